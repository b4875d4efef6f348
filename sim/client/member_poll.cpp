// The application's thread inside poll() and close().
#include <algorithm>
#include <utility>

#include "sim/client/member.hpp"
#include "sim/protocol/mutants.hpp"

namespace kafault {

// ---- poll() ------------------------------------------------------------------------------------

void Member::enter_poll(Instant now) {
  phase_ = Phase::polling;
  poll_deadline_ =
      now + std::max<Duration>(application_->poll_timeout, std::chrono::milliseconds(1));
  group_.poll_begins();
}

[[gnu::always_inline]] inline bool Member::take_records(ConsumerTurn& turn, bool commits_late) {
  polled_.clear();
  next_polled_ = 0;
  const bool has_delays = outlet_plan_ != nullptr && !outlet_plan_->delays.empty();
  while (polled_.empty() && fetcher_.has_buffered()) {
    fetcher_.collect(turn, subscription_, network_, positions_, polled_);
    if (!has_delays) break;
    hold_back_early(turn);
  }
  if (commits_late) auto_commit_if_due(turn);
  fetcher_.send(turn, subscription_, network_);  // fetches ahead while the records are handled
  if (polled_.empty()) return false;
  group_.poll_returns(turn.now);
  phase_ = Phase::batch_begins;
  const bool goes_back = application_->on_exception == OnException::seek_batch ||
                         application_->on_commit_timeout == OnCommitTimeout::rewind;
  if (goes_back) note_where_batch_began();
  return true;
}

// One round of ClassicKafkaConsumer.poll(). A poll() that returns nothing is followed by the next
// at once, so it is not an event of its own unless the application does something in between.
bool Member::poll(ConsumerTurn& turn) {
  if (must_close_ || positions_.has_thrown() || group_.is_fenced()) {
    // A pool that commits in order is awaited before close(); the others are not.
    const bool awaits_workers = application_->commit == CommitStrategy::worker_ordered;
    if (awaits_workers) {
      phase_ = Phase::draining;
    } else {
      begin_closing();
    }
    return true;
  }
  if (is_unsubscribed_) {
    unsubscribe(turn);
    return true;
  }
  committer_.run_callbacks(turn, group_, network_);
  const bool has_lost = !group_.is_modern() && group_.is_membership_lost();
  if (has_lost && revokes_itself(config_->client) && !subscription_.empty()) {
    take_partitions_away(ObservationKind::PartitionLost, turn);
    release_partitions();
    prepare_step_ = PrepareStep::done;
  }
  bool commits_late = is_mutant(Mutant::position_before_return);
  if (group_.is_modern()) {
    if (reconcile(turn)) return true;
    if (!commits_in_background(config_->client)) {
      commits_late = commits_late || background_is_late();
      if (!commits_late) auto_commit_if_due(turn);
    }
  } else if (group_.is_by_hand()) {
    if (!commits_in_background(config_->client)) auto_commit_if_due(turn);
  } else if (group_.knows_coordinator()) {
    if (group_.has_joined() && !complete_join(turn)) return true;
    group_.watch_metadata(network_.partitions());
    if (group_.needs_rejoin()) {
      if (rejoin(turn)) return true;
      return polls_while_rejoining() && poll_while_rejoining(turn);
    }
    if (!commits_late && !commits_in_background(config_->client)) auto_commit_if_due(turn);
  } else if (!turn.is_due(poll_deadline_)) {
    return false;  // looks for the coordinator until the time-out, then returns what it has
  }
  find_positions(turn);
  if (take_records(turn, commits_late)) return true;
  if (positions_.has_thrown()) return true;
  if (!window_.empty() && turn.is_due(poll_deadline_)) flush(turn);
  if (commit_after_poll(turn)) return true;
  if (poll_deadline_ <= turn.now) enter_poll(turn.now);
  if (!group_.knows_coordinator()) static_cast<void>(turn.is_due(poll_deadline_));
  return false;
}

// updateFetchPositions(): the coordinator is asked first, then the leaders.
void Member::find_positions(ConsumerTurn& turn) {
  positions_.follow_leaders(subscription_, network_);
  if (subscription_.all_fetching()) return;
  if (group_.knows_coordinator()) {
    committer_.fetch_committed(turn, subscription_, group_, network_);
  }
  positions_.ask(turn, subscription_, network_);
}

// In the previews of KIP-848 poll() did not wait for the auto-commit that it had asked the
// background thread for, which took the positions as it found them (KAFKA-18641). Which thread is
// faster is chance; without dice it is the application's.
// Simplified: between the two there is nothing but the records that lie ready.
bool Member::background_is_late() {
  return !version_->auto_commit_before_collecting && dice_.below(2) == 0;
}

void Member::note_where_batch_began() {
  batch_began_.clear();
  for (const PolledRange& range : polled_) {
    const auto at = std::find_if(
        batch_began_.begin(), batch_began_.end(),
        [&](const CommittedOffset& began) { return began.partition == range.partition; });
    if (at == batch_began_.end()) batch_began_.push_back({range.partition, range.offset, no_epoch});
  }
}

OffsetCommitter::Committable Member::committable() const {
  const bool by_hand = application_->commit == CommitStrategy::stored;
  return {subscription_, by_hand ? &handled_ : nullptr};
}

void Member::auto_commit_if_due(ConsumerTurn& turn) {
  if (!committer_.is_auto_commit_due(turn)) return;
  committer_.auto_commit(turn, committable(), group_, network_);
}

// Strategies that commit after each poll do so after an empty one, too, once it has timed out.
bool Member::commit_after_poll(ConsumerTurn& turn) {
  const bool has_handled = hooks_->after_poll == CommitCall::sync_handled && uncommitted_ > 0;
  if ((!has_handled && !has_prefix_to_commit()) || !turn.is_due(poll_deadline_)) return false;
  commit(hooks_->after_poll, Phase::polling, turn);
  return true;
}

// ---- rebalances --------------------------------------------------------------------------------

bool Member::rejoin(ConsumerTurn& turn) {
  if (prepare_step_ != PrepareStep::done) return prepare_join(turn);
  if (group_.is_cooperative()) subscription_.owned(owned_);
  group_.join(owned_, turn, network_);
  return false;
}

// An eager one did so, too, in the clients 3.2.1 and 3.2.2, while its auto-commit was on its way.
bool Member::polls_while_rejoining() const {
  if (group_.is_cooperative()) return true;
  return !version_->pending_revocation_stops_poll && prepare_step_ == PrepareStep::auto_commit;
}

// A cooperative member goes on with what it owns, as far as its positions are known. What it
// returns now is behind the auto-commit of onJoinPrepare, and there is no other before it may have
// to give the partition up.
bool Member::poll_while_rejoining(ConsumerTurn& turn) {
  if (take_records(turn)) return true;
  if (poll_deadline_ <= turn.now) enter_poll(turn.now);
  return false;
}

// onJoinPrepare: auto-commit; an eager member then tells the listener, and owns nothing.
bool Member::prepare_join(ConsumerTurn& turn) {
  switch (prepare_step_) {
    case PrepareStep::auto_commit: {
      // From here on nothing that was fetched is returned (KAFKA-14196), but to cooperative members
      // (maybeMarkPartitionsPendingRevocation).
      if (!polls_while_rejoining()) fetcher_.drop_buffered();
      if (!committer_.commit_before_rebalance(turn, committable(), group_, network_)) return false;
      prepare_step_ = PrepareStep::revoke;
      return true;
    }
    case PrepareStep::revoke:
      prepare_step_ = PrepareStep::release;
      if (subscription_.empty()) return true;
      if (group_.is_membership_lost()) {
        take_partitions_away(ObservationKind::PartitionLost, turn);
        return true;
      }
      if (group_.is_cooperative()) {
        prepare_step_ = PrepareStep::done;
        return true;
      }
      take_partitions_away(ObservationKind::PartitionRevoked, turn);
      if (hooks_->waits_for_flush) flush(turn);
      commit(on_revoke_call(*hooks_, application_->on_revoke), Phase::polling, turn);
      return true;
    case PrepareStep::release:
      release_partitions();
      prepare_step_ = PrepareStep::done;
      return true;
    case PrepareStep::done:
      break;
  }
  contract_broken("a step of the preparation", __FILE__, __LINE__);
}

void Member::take_partitions_away(ObservationKind kind, ConsumerTurn& turn) {
  for (const AssignedPartition& p : subscription_.partitions()) {
    turn.out.note({.kind = kind, .partition = p.partition, .group = group_index_});
  }
}

void Member::release_partitions() {
  subscription_.clear();
  fetcher_.drop_buffered();
  handled_.clear();
  workers_.forget_progress();
}

// onJoinComplete; false if the application is told first what it loses, which may take a commit.
bool Member::complete_join(ConsumerTurn& turn) {
  if (group_.is_cooperative() && !moved_are_given_up_ && give_up_moved(turn)) return false;
  static_cast<void>(group_.take_joined());
  prepare_step_ = PrepareStep::auto_commit;
  take_assignment(group_.assignment(), turn);
  committer_.restart_auto_commit_timer(turn.now);
  // What moves goes to its new owner in a second rebalance.
  if (std::exchange(moved_are_given_up_, false)) group_.request_rejoin();
  return true;
}

// What is owned and not in the new assignment is revoked; true if there was any.
bool Member::give_up_moved(ConsumerTurn& turn) {
  const std::vector<PartitionId>& assignment = group_.assignment();
  for (const AssignedPartition& p : subscription_.partitions()) {
    if (std::find(assignment.begin(), assignment.end(), p.partition) != assignment.end()) continue;
    moved_are_given_up_ = true;
    turn.out.note({.kind = ObservationKind::PartitionRevoked,
                   .partition = p.partition,
                   .group = group_index_});
  }
  if (moved_are_given_up_) {
    commit(on_revoke_call(*hooks_, application_->on_revoke), Phase::polling, turn);
  }
  return moved_are_given_up_;
}

void Member::take_assignment(const std::vector<PartitionId>& assignment, ConsumerTurn& turn) {
  subscription_.owned(owned_);
  const auto is_in = [](const std::vector<PartitionId>& list, PartitionId partition) {
    return std::find(list.begin(), list.end(), partition) != list.end();
  };
  for (const PartitionId partition : owned_) {
    if (is_in(assignment, partition)) continue;
    handled_.erase(
        std::remove_if(handled_.begin(), handled_.end(),
                       [&](const CommittedOffset& c) { return c.partition == partition; }),
        handled_.end());
    workers_.forget_progress(partition);
  }
  subscription_.assign_and_keep(assignment);
  for (AssignedPartition& p : subscription_.partitions()) {
    if (is_in(owned_, p.partition)) continue;
    if (application_->commit == CommitStrategy::sink) seek_to_stored(p, turn);
    turn.out.note({.kind = ObservationKind::PartitionAssigned,
                   .partition = p.partition,
                   .group = group_index_,
                   .epoch = group_.generation()});
  }
}

// What an application that keeps its offsets in the sink does in onPartitionsAssigned. It knows no
// leader epoch, so a log that was truncated below its position is not noticed.
void Member::seek_to_stored(AssignedPartition& p, ConsumerTurn& turn) {
  const Offset stored = turn.out.stored_offset(group_index_, p.partition);
  if (stored == no_offset) return;
  seek_unvalidated(p, stored, no_epoch, network_.leader_of(p.partition));
}

// ---- close() -----------------------------------------------------------------------------------

void Member::begin_closing() {
  must_close_ = true;
  phase_ = Phase::closing;
  close_step_ = CloseStep::application_commit;
  close_deadline_ = never;
  group_.poll_begins();  // close() is not a stalled application
}

bool Member::close(ConsumerTurn& turn) {
  switch (close_step_) {
    case CloseStep::application_commit:
      close_step_ = CloseStep::auto_commit;
      flush(turn);
      commit(hooks_->on_close, Phase::closing, turn);
      return true;
    case CloseStep::auto_commit:
      return close_auto_commit(turn);
    case CloseStep::await_commits:
      if (committer_.has_async_pending() && !turn.is_due(close_deadline_)) return false;
      close_step_ = CloseStep::revoke;
      return true;
    case CloseStep::revoke:
      return close_revoke(turn);
    case CloseStep::leave:
      return close_leave(turn);
    case CloseStep::await_leave:
      if (group_.is_leaving() && !turn.is_due(close_deadline_)) return false;
      close_step_ = CloseStep::await_outlet;
      return true;
    case CloseStep::await_outlet:
      if (!close_outlet(turn)) return false;
      close_step_ = CloseStep::finish;
      return true;
    case CloseStep::finish:
      return close_finish(turn);
  }
  contract_broken("a step of close()", __FILE__, __LINE__);
}

// maybeAutoCommitOffsetsSync: positions, thus all of the last batch, also when a handler threw in
// the middle of it. A failure is only logged.
bool Member::close_auto_commit(ConsumerTurn& turn) {
  close_deadline_ = turn.now + application_->close_timeout;
  close_step_ = CloseStep::await_commits;
  if (!config_->enable_auto_commit || is_mutant(Mutant::no_commit_on_close)) return true;
  committable().list(committer_.offsets_to_commit());
  commit_call_ = CommitCall::nothing;
  block_on_commit(Phase::closing, application_->close_timeout, turn);
  return true;
}

// onLeavePrepare: the listener is told, and may commit.
bool Member::close_revoke(ConsumerTurn& turn) {
  close_step_ = CloseStep::leave;
  if (subscription_.empty() || group_.is_by_hand()) return true;
  if (group_.is_membership_lost()) {
    take_partitions_away(ObservationKind::PartitionLost, turn);
    return true;
  }
  take_partitions_away(ObservationKind::PartitionRevoked, turn);
  commit(on_revoke_call(*hooks_, application_->on_revoke), Phase::closing, turn);
  return true;
}

bool Member::close_leave(ConsumerTurn& turn) {
  release_partitions();
  const bool can_send = group_.is_coordinator_ready(turn, network_);
  const LeaveOnClose how = application_->leave_on_close;
  if (group_.wants_to_leave(how) && !can_send && !turn.is_due(close_deadline_)) return false;
  close_step_ =
      group_.leave(turn, network_, how) ? CloseStep::await_leave : CloseStep::await_outlet;
  return true;
}

bool Member::close_finish(ConsumerTurn& turn) {
  turn.out.note({.kind = ObservationKind::ApplicationClosed, .group = group_index_});
  if (!workers_.has_work()) {
    exit(turn);
    return true;
  }
  network_.close_all(turn);
  network_.clear_lost();
  phase_ = Phase::zombie;
  return true;
}

void Member::exit(ConsumerTurn& turn) {
  turn.out.exit();
  phase_ = Phase::exited;
  was_replaced_ = group_.was_replaced();
}

}  // namespace kafault
