// The application's code: what happens to the records that poll() returned, and when it commits.
#include <algorithm>

#include "sim/client/member.hpp"

namespace kafault {

// ---- commits -----------------------------------------------------------------------------------

void Member::commit(CommitCall call, Phase then, ConsumerTurn& turn) {
  std::vector<CommittedOffset>& offsets = committer_.offsets_to_commit();
  go_on_at(then, turn.now);
  if (hooks_->waits_for_flush && !window_.empty()) return;
  if (hooks_->waits_for_due && !is_commit_due(then, turn.now)) return;
  switch (call) {
    case CommitCall::nothing:
      return;
    case CommitCall::sync_positions:
    case CommitCall::async_positions:
      subscription_.consumed(offsets);
      break;
    case CommitCall::sync_record:
      // new OffsetAndMetadata(offset + 1): without an epoch, so truncation is not noticed.
      offsets.assign(1, {in_hand_.partition, in_hand_.end_offset(), no_epoch});
      break;
    case CommitCall::sync_past_record:
      offsets.assign(1, {in_hand_.partition, in_hand_.end_offset() + 1, no_epoch});
      break;
    case CommitCall::sync_at_record:
      offsets.assign(1, {in_hand_.partition, in_hand_.offset, no_epoch});
      break;
    case CommitCall::sync_handled:
      if (uses_workers(application_->commit)) {
        workers_.finished_prefix(offsets);
      } else {
        offsets.assign(handled_.begin(), handled_.end());
      }
      break;
    case CommitCall::sync_finished:
      workers_.finished_prefix(offsets);
      break;
  }
  if (call == CommitCall::sync_handled) {
    uncommitted_ = 0;
    committed_at_ = turn.now;
  }
  if (call == CommitCall::async_positions) {
    return committer_.commit_async(OffsetCommitter::By::async, turn, group_, network_);
  }
  if (offsets.empty()) return;
  commit_call_ = call;
  block_on_commit(then, config_->default_api_timeout, turn);
}

// AckMode COUNT and TIME look between polls; a revocation or a close does not wait for them.
bool Member::is_commit_due(Phase then, Instant now) const {
  if (then != Phase::polling || prepare_step_ == PrepareStep::release || moved_are_given_up_) {
    return true;
  }
  if (application_->commit == CommitStrategy::ack_time) {
    return now - committed_at_ >= application_->commit_every;
  }
  return uncommitted_ >= application_->commit_every_records;
}

void Member::go_on_at(Phase phase, Instant now) {
  phase_ = phase;
  if (phase == Phase::polling) enter_poll(now);
}

void Member::block_on_commit(Phase then, Duration timeout, ConsumerTurn& turn) {
  after_commit_ = then;
  phase_ = Phase::committing;
  committer_.start_sync(turn.now, timeout);
}

// The application catches what commitSync() throws and goes on.
bool Member::finish_commit(ConsumerTurn& turn) {
  const std::optional<Error> outcome = committer_.take_sync_outcome();
  if (!outcome) return false;
  go_on_at(after_commit_, turn.now);
  if (*outcome == Error::none) {
    workers_.prefix_committed(committer_.offsets_to_commit());
  } else if (commit_call_ != CommitCall::nothing) {  // else an auto-commit: only logged
    turn.out.note(
        {.kind = ObservationKind::CommitFailed, .error = *outcome, .group = group_index_});
    const bool in_loop =
        phase_ == Phase::polling && prepare_step_ != PrepareStep::release && !moved_are_given_up_;
    if (*outcome == Error::timeout_exception && in_loop) on_commit_timeout();
  }
  return true;
}

// It may have been applied, and may yet be.
void Member::on_commit_timeout() {
  switch (application_->on_commit_timeout) {
    case OnCommitTimeout::go_on:
      return;
    case OnCommitTimeout::rewind:
      return seek_to_batch();
    case OnCommitTimeout::ask:  // poll() does the asking, as after an assignment
      for (AssignedPartition& p : subscription_.partitions()) {
        p.state = AssignedPartition::State::initializing;
      }
      return;
  }
}

// ---- handling in the poll loop -----------------------------------------------------------------

bool Member::is_timed() const {
  return application_->record_by_record || application_->takes_high > Duration{};
}

// There is one.
void Member::begin_record(ConsumerTurn& turn) {
  if (uses_workers(application_->commit)) return hand_batch_over(turn);
  PolledRange& rest = polled_[next_polled_];
  in_hand_ = rest;
  const bool takes_time = is_timed();
  const bool one_by_one = takes_time || hooks_->after_record != CommitCall::nothing;
  if (one_by_one && rest.count > 1) {
    in_hand_.count = 1;
    ++rest.first;
    ++rest.offset;
    --rest.count;
  } else {
    ++next_polled_;
  }

  phase_ = Phase::handling;
  handling_since_ = turn.now;
  note_delivered(in_hand_, turn);
  if (takes_time) return arm_handling(handler_timer, turn);
  finish_in_hand(turn);
}

void Member::finish_record(ConsumerTurn& turn) {
  if (phase_ == Phase::handling) finish_in_hand(turn);
}

[[gnu::always_inline]] inline void Member::finish_in_hand(ConsumerTurn& turn) {
  if (is_slowed(in_hand_, handling_since_, handler_timer, turn)) return;
  if (throws(in_hand_, turn) || !apply_effects(in_hand_, turn)) return fail_record(turn);
  remember_handled(in_hand_);
  phase_ = Phase::record_ends;
}

bool Member::is_slowed(const PolledRange& range, Instant started, std::uint8_t timer,
                       ConsumerTurn& turn) {
  const auto slow = faults_.take_slowness(range.partition, range.offset);
  if (!slow) return false;
  turn.out.arm({0, timer}, slow->extra + (turn.now - started) * (slow->factor - 1));
  return true;
}

void Member::fail_record(ConsumerTurn& turn) {
  note(ObservationKind::HandlerThrew, in_hand_, turn);
  switch (what_to_do(in_hand_)) {
    case OnException::close:  // the loop ends in finally { close(); }
      return begin_closing();
    case OnException::skip:
      window_.clear();  // and the batch that was being written
      batch_broke_ = false;
      remember_handled(in_hand_);
      phase_ = Phase::record_ends;
      return;
    case OnException::retry:
      handling_since_ = turn.now;
      return arm_retry(handler_timer, turn);
    case OnException::seek:
    case OnException::seek_batch:
      return seek_back(turn);
    case OnException::seek_to_end:
      return skip_to_end(turn);
    case OnException::crash:
      return die(turn);
    case OnException::publish:
      return publish(turn);
  }
}

void Member::seek_back(ConsumerTurn& turn) {
  if (application_->backoff == Duration{}) return poll_again(turn);
  phase_ = Phase::backing_off;
  turn.out.arm({0, handler_timer}, application_->backoff);
}

// Counts in memory how often a record has failed (FailedRecordTracker): a restart begins anew.
OnException Member::what_to_do(const PolledRange& range) {
  if (application_->attempts == 0) return application_->on_exception;
  auto at = std::find_if(attempts_.begin(), attempts_.end(),
                         [&](const Attempts& each) { return each.partition == range.partition; });
  if (at == attempts_.end()) {
    attempts_.push_back({range.partition, range.offset, 0});
    at = attempts_.end() - 1;
  }
  if (at->offset != range.offset) *at = {range.partition, range.offset, 0};
  return ++at->count < application_->attempts ? application_->on_exception : application_->then;
}

void Member::poll_again(ConsumerTurn& turn) {
  if (application_->on_exception == OnException::seek_batch) {
    seek_to_batch();
  } else {
    seek_to_unhandled(turn);
  }
  commit(hooks_->on_seek, Phase::polling, turn);
}

// The rest of the batch is polled again: each of its partitions goes back to its first record that
// was not handled, as error handlers with seeks do (Spring's SeekUtils).
void Member::seek_to_unhandled(ConsumerTurn& turn) {
  for (std::size_t i = polled_.size(); i > next_polled_; --i) {  // the earliest range last
    seek_back_to(polled_[i - 1].partition, polled_[i - 1].offset, turn);
  }
  seek_back_to(in_hand_.partition, in_hand_.offset, turn);
}

// Offsets that are kept in the sink are read back from there: it may have lost some.
void Member::seek_back_to(PartitionId partition, Offset offset, ConsumerTurn& turn) {
  AssignedPartition* p = subscription_.find(partition);
  if (p == nullptr) return;
  const bool is_stored = application_->commit == CommitStrategy::sink &&
                         turn.out.stored_offset(group_index_, partition) != no_offset;
  if (is_stored) return seek_to_stored(*p, turn);
  seek(*p, offset);
}

// A listener of batches that threw an exception which does not say where.
void Member::seek_to_batch() {
  for (const CommittedOffset& began : batch_began_) {
    AssignedPartition* p = subscription_.find(began.partition);
    if (p != nullptr) seek(*p, began.offset);
  }
}

// catch (...) { consumer.seekToEnd(consumer.assignment()); }: what was fetched is dropped, and the
// next commit of positions is behind all of it.
void Member::skip_to_end(ConsumerTurn& turn) {
  for (AssignedPartition& p : subscription_.partitions()) {
    if (p.state == AssignedPartition::State::fetching) PositionResolver::seek_to_end(p);
  }
  enter_poll(turn.now);
}

void Member::die(ConsumerTurn& turn) {
  turn.out.exit();
  phase_ = Phase::absent;
}

// ---- handling by workers -----------------------------------------------------------------------

void Member::hand_batch_over(ConsumerTurn& turn) {
  for (const PolledRange& range : polled_) {
    if (is_timed()) {
      workers_.hand_over(range);
    } else {  // handled as soon as it is handed over
      note_delivered(range, turn);
      static_cast<void>(apply_effects(range, turn));
      workers_.hand_over(range);
      workers_.finish_queued();
    }
  }
  phase_ = Phase::batch_ends;
  if (is_timed()) start_workers(turn);
}

void Member::start_workers(ConsumerTurn& turn) {
  for (std::size_t thread = 0; thread < workers_.threads() && workers_.has_queued(); ++thread) {
    if (workers_.is_busy(thread)) continue;
    note_delivered(workers_.start(thread, turn.now).range, turn);
    arm_handling(static_cast<std::uint8_t>(first_worker_timer + thread), turn);
  }
}

void Member::finish_worker(std::size_t thread, ConsumerTurn& turn) {
  if (thread >= workers_.threads() || !workers_.is_busy(thread)) return;
  const Workers::Task task = workers_.task_of(thread);
  const auto timer = static_cast<std::uint8_t>(first_worker_timer + thread);
  if (is_slowed(task.range, task.started, timer, turn)) return;
  if (throws(task.range, turn) || !apply_effects(task.range, turn)) {
    fail_worker(thread, turn);
  } else {
    workers_.finish(thread);
  }
  if (is_running()) start_workers(turn);
}

// A worker cannot seek: an exception that nobody catches there leaves the record unhandled.
void Member::fail_worker(std::size_t thread, ConsumerTurn& turn) {
  Workers::Task& task = workers_.task_of(thread);
  note(ObservationKind::HandlerThrew, task.range, turn);
  switch (what_to_do(task.range)) {
    case OnException::close:
      must_close_ = true;
      return workers_.abandon(thread);
    case OnException::skip:
      return workers_.finish(thread);
    case OnException::retry:
      task.started = turn.now;
      return arm_retry(static_cast<std::uint8_t>(first_worker_timer + thread), turn);
    case OnException::seek:
    case OnException::seek_batch:
    case OnException::seek_to_end:
      return workers_.abandon(thread);
    case OnException::crash:
      return die(turn);
    case OnException::publish:
      break;
  }
  contract_broken("workers publish nothing", __FILE__, __LINE__);
}

// ---- notes and timers --------------------------------------------------------------------------

void Member::note(ObservationKind kind, const PolledRange& range, ConsumerTurn& turn,
                  std::int64_t value) {
  turn.out.note({.kind = kind,
                 .partition = range.partition,
                 .producer = range.producer,
                 .group = group_index_,
                 .first = range.first,
                 .count = range.count,
                 .offset = range.offset,
                 .value = value});
}

void Member::note_delivered(const PolledRange& range, ConsumerTurn& turn) {
  delivered_ = range.partition;
  delivered_at_ = range.offset;
  note(ObservationKind::RecordDelivered, range, turn);
}

bool Member::throws(const PolledRange& range, ConsumerTurn& turn) {
  const HandlingFaults::Throws failure =
      faults_.take_failure(range.partition, range.offset, range.first);
  if (failure == HandlingFaults::Throws::after_effect) {
    static_cast<void>(write_to_sinks(range, turn));
  }
  return failure != HandlingFaults::Throws::no;
}

// False if the sink throws in the middle of a batch.
bool Member::write_to_sinks(const PolledRange& range, ConsumerTurn& turn) {
  if (application_->window > 1) return write_to_window(range, turn);
  if (faults_.breaks_batch(range.partition, range.offset, range.first)) return false;
  write_now(range, turn);
  return true;
}

bool Member::write_to_window(const PolledRange& range, ConsumerTurn& turn) {
  const bool is_there =
      batch_broke_ && std::any_of(window_.begin(), window_.end(), [&](const PolledRange& each) {
        return each.partition == range.partition && each.offset == range.offset;
      });
  if (!is_there) window_.push_back(range);
  std::int64_t records = 0;
  for (const PolledRange& each : window_) records += each.count;
  return (records < application_->window && !batch_broke_) || write_batch(turn);
}

// What is written in part and tried again is written again as a whole, unless the application goes
// by what the sink has answered for each record.
bool Member::write_batch(ConsumerTurn& turn) {
  std::size_t written = 0;
  for (; written < window_.size(); ++written) {
    const PolledRange& range = window_[written];
    if (faults_.breaks_batch(range.partition, range.offset, range.first)) break;
    write_now(range, turn);
  }
  const bool is_whole = written == window_.size();
  if (is_whole || application_->rewrites == Rewrites::failed) {
    window_.erase(window_.begin(), window_.begin() + static_cast<std::ptrdiff_t>(written));
  }
  batch_broke_ = !is_whole;
  return is_whole;
}

// Between batches of records: an exception here is tried again at once.
void Member::flush(ConsumerTurn& turn) {
  while (!window_.empty() && !write_batch(turn)) {
  }
}

void Member::write_now(const PolledRange& range, ConsumerTurn& turn) {
  if (!application_->writes.empty()) return write_in_steps(range, turn);
  for (std::int32_t sink = 0; sink < sinks_; ++sink) {
    note(ObservationKind::EffectApplied, range, turn, sink);
  }
}

// What a step was answered the sink knows as well as this process, and leaves the rest out.
void Member::write_in_steps(const PolledRange& range, ConsumerTurn& turn) {
  for (std::int32_t sink = 0; sink < sinks_; ++sink) {
    const WriteSteps steps = application_->writes[static_cast<std::size_t>(sink)];
    if (steps.asks) note(ObservationKind::SinkAsked, range, turn, sink);
    if (steps.stores_first) note(ObservationKind::IdStored, range, turn, sink);
    note(ObservationKind::EffectApplied, range, turn, sink);
    if (steps.stores_after) note(ObservationKind::IdStored, range, turn, sink);
  }
}

bool Member::apply_effects(const PolledRange& range, ConsumerTurn& turn) {
  if (!write_to_sinks(range, turn)) return false;
  note(ObservationKind::RecordProcessed, range, turn);
  return true;
}

void Member::arm_handling(std::uint8_t timer, ConsumerTurn& turn) {
  const Duration delay = faults_.sink_delay();
  turn.out.arm({0, timer}, application_->takes_low + delay, application_->takes_high + delay);
}

// Simplified: a retry takes at least a millisecond, so that a poisoned record does not stop time.
void Member::arm_retry(std::uint8_t timer, ConsumerTurn& turn) {
  constexpr Duration shortest = std::chrono::milliseconds(1);
  turn.out.arm({0, timer}, application_->backoff + std::max(shortest, application_->takes_low),
               application_->backoff + std::max(shortest, application_->takes_high));
}

void Member::remember_first_handled(const PolledRange& range) {
  handled_.push_back({range.partition, range.end_offset(), no_epoch});
}

}  // namespace kafault
