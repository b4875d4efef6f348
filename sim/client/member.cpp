#include "sim/client/member.hpp"

#include <algorithm>

#include "sim/protocol/mutants.hpp"

namespace kafault {
namespace {

// Ids that clients make are apart from those of coordinators, and unique.
constexpr MemberId first_client_id = 1'000'000'000;
constexpr MemberId ids_per_client = 1'000'000;

OffsetCommitter::Callback callback_of(CommitStrategy strategy) {
  if (strategy == CommitStrategy::async_retry) return OffsetCommitter::Callback::retry;
  return strategy == CommitStrategy::async_retry_guarded
             ? OffsetCommitter::Callback::retry_if_newest
             : OffsetCommitter::Callback::nothing;
}

}  // namespace

Member::Member(NodeId node, GroupIndex group, const ConsumerConfig* config,
               const ApplicationPlan* application, std::int32_t sinks,
               const std::vector<std::int32_t>* topics, const ClusterLayout* layout,
               const VersionProfile* version, const OutletPlan* outlet, ProducerIndex outlet_index)
    : node_(node),
      group_index_(group),
      config_(config),
      application_(application),
      hooks_(&hooks_of(application->commit)),
      sinks_(sinks),
      layout_(layout),
      version_(version),
      outlet_plan_(outlet),
      network_(config, layout, version, node),
      group_(group, config, topics, layout),
      committer_(config, group, callback_of(application->commit)),
      positions_(config, group),
      fetcher_(config),
      workers_(uses_workers(application->commit) ? application->workers : 0,
               application->commit == CommitStrategy::worker_highest,
               application->commit == CommitStrategy::worker_unowned) {
  if (outlet != nullptr && outlet->exists()) {
    outlet_.emplace_back(outlet_index, &outlet->config, &outlet->sends, layout, version);
  }
  reset();
}

void Member::reset() {
  for (Producer& outlet : outlet_) outlet.reset();
  forget();
  faults_.clear();
  was_replaced_ = false;
  longest_commit_ = Duration{};
  starts_ = 0;
}

void Member::forget() {
  network_.begin(Instant{});
  group_.begin(first_client_id + node_ * ids_per_client + starts_);
  committer_.begin();
  subscription_.clear();
  positions_.begin();
  fetcher_.begin(layout_->brokers);
  workers_.begin();
  phase_ = Phase::absent;
  is_unsubscribed_ = must_close_ = false;
  prepare_step_ = PrepareStep::done;  // nothing is owned that could be revoked
  wake_at_ = never;
  polled_.clear();
  next_polled_ = 0;
  batch_began_.clear();
  handled_.clear();
  uncommitted_ = 0;
  committed_at_ = Instant{};
  attempts_.clear();
  moved_are_given_up_ = false;
  reconciling_.clear();
  outlet_is_closing_ = false;
  window_.clear();
  batch_broke_ = false;
  delivered_ = no_partition;
}

void Member::start(Instant now, Outbox& out, Dice dice) {
  ++starts_;
  forget();
  dice_ = dice;
  network_.begin(now);
  ConsumerTurn turn{now, out, dice_};
  committed_at_ = now;
  if (group_.is_by_hand()) {
    take_assignment(config_->assigned, turn);
    committer_.restart_auto_commit_timer(now);
  }
  enter_poll(now);
  settle(turn);
}

void Member::crash() {
  for (Producer& outlet : outlet_) outlet.crash();
  forget();
}

void Member::shut_down(Instant now, Outbox& out) {
  if (!is_running()) return;
  must_close_ = true;  // wakeup(): a poll() that waits ends at once
  ConsumerTurn turn{now, out, dice_};
  settle(turn);
}

// ---- the threads' turns ------------------------------------------------------------------------

// Both threads run as far as they get. The last round changes nothing and collects what they wait
// for.
void Member::settle(ConsumerTurn& turn) {
  bool progress = true;
  while (progress && is_running()) {
    turn.begin_round();
    if (has_open_consumer()) tend(turn);
    const bool polls = phase_ == Phase::polling;
    progress = advance(turn);
    Handled handled = Handled::nothing;
    if (!turn.again && network_.lost().empty()) handled = handle_on(turn);
    if (has_open_consumer()) network_.tend(turn);  // what the two have just asked for
    if (turn.again || !network_.lost().empty()) {
      progress = true;
    } else if (handled != Handled::nothing) {
      progress = !polls || handled != Handled::batch || !has_seen_all(turn);
    }
  }
  if (is_running()) arm_wake(turn);
}

// Of a round in which poll() returned records that are handled by now: whether the next one would
// be the last, since nothing is left to be returned, to be asked for or to be waited for that this
// one has not asked for. It is as good as done then.
bool Member::has_seen_all(const ConsumerTurn& turn) const {
  if (is_mutant(Mutant::every_round_taken)) return false;
  const bool is_at_rest = !turn.was_due && group_.is_stable() && group_.knows_coordinator() &&
                          !group_.has_joined() && !group_.needs_rejoin() &&
                          committer_.has_only_auto_commits_pending();
  const bool rolls_dice = group_.is_modern() && !version_->auto_commit_before_collecting;
  const bool poll_only_fetches = !must_close_ && !is_unsubscribed_ && !positions_.has_thrown() &&
                                 window_.empty() && hooks_->after_poll == CommitCall::nothing;
  return is_at_rest && !rolls_dice && poll_only_fetches && !fetcher_.has_buffered() &&
         subscription_.all_fetching_at(turn.now);
}

// The application handles what poll() returned, up to a step that asks anybody anything or takes
// time: before that, there is nothing in it for the background thread.
Member::Handled Member::handle_on(ConsumerTurn& turn) {
  for (Handled handled = Handled::nothing;; handled = Handled::something) {
    switch (phase_) {
      case Phase::batch_begins:
        if (hooks_->before_batch != CommitCall::nothing) return handled;
        phase_ = Phase::next_record;
        break;
      case Phase::next_record:
        next_record(turn);
        break;
      case Phase::record_ends:
        if (hooks_->after_record != CommitCall::nothing) return handled;
        phase_ = Phase::next_record;
        break;
      case Phase::batch_ends:
        if (hooks_->after_batch != CommitCall::nothing) return handled;
        enter_poll(turn.now);
        return Handled::batch;
      default:
        return handled;
    }
  }
}

// The background thread, and I/O that does not wait for poll().
// Simplified: answers are dealt with as they come; the heartbeat thread would look for them every
// retry.backoff.ms while the application handles records.
void Member::tend(ConsumerTurn& turn) {
  network_.tend(turn);
  deal_with_lost(turn);
  group_.tend(turn, network_);
  deal_with_lost(turn);
  if (group_.is_modern()) reconcile_behind_the_application(turn);
  if (commits_in_background(config_->client) && group_.is_stable()) {
    auto_commit_if_due(turn);
  }
  committer_.tend(turn, group_, network_);
}

void Member::arm_wake(ConsumerTurn& turn) {
  // One armed timer: what is due later is asked about again when it fires.
  const auto is_armed_for = [&](Instant wake) { return wake_at_ > turn.now && wake_at_ <= wake; };
  if (is_armed_for(std::min(turn.wake, network_.nothing_times_out_before()))) return;
  turn.wake = std::min(turn.wake, network_.next_deadline());
  if (turn.wake == never || is_armed_for(turn.wake)) return;
  wake_at_ = turn.wake;
  turn.out.arm({0, wake_timer}, turn.wake - turn.now);
}

// The application's thread: one step, if it is not blocked.
bool Member::advance(ConsumerTurn& turn) {
  switch (phase_) {
    case Phase::absent:
    case Phase::exited:
    case Phase::handling:
    case Phase::backing_off:
      return false;
    case Phase::polling:
      return poll(turn);
    case Phase::publishing:
      return finish_publishing(turn);
    case Phase::committing:
      return finish_commit(turn);
    case Phase::batch_begins:
      commit(hooks_->before_batch, Phase::next_record, turn);
      return true;
    case Phase::next_record:
      next_record(turn);
      return true;
    case Phase::record_ends:
      commit(hooks_->after_record, Phase::next_record, turn);
      return true;
    case Phase::batch_ends:
      commit(hooks_->after_batch, Phase::polling, turn);
      return true;
    case Phase::unsubscribing:
      leave_unsubscribed(turn);
      return true;
    case Phase::unsubscribed:
      return rest_unsubscribed(turn);
    case Phase::draining:
      if (workers_.has_work()) return false;
      begin_closing();
      return true;
    case Phase::closing:
      return close(turn);
    case Phase::zombie:
      if (workers_.has_work()) return false;
      exit(turn);
      return true;
  }
  contract_broken("a known phase", __FILE__, __LINE__);
}

// ---- what was lost with a connection -----------------------------------------------------------

void Member::deal_with_all_lost(ConsumerTurn& turn) {
  turn.again = true;
  // By index: dealing with one may close another connection.
  for (std::size_t i = 0; i < network_.lost().size(); ++i) {
    deal_with(ConsumerNetwork::Lost(network_.lost()[i]), turn);
  }
  network_.clear_lost();
}

void Member::deal_with(const ConsumerNetwork::Lost& lost, ConsumerTurn& turn) {
  switch (lost.request.kind) {
    case MessageKind::ApiVersionsRequest:  // the connection itself
      if (lost.lane == Lane::coordinator) return group_.on_coordinator_lost(turn);
      return subscription_.forget_preferred(lost.broker);
    case MessageKind::MetadataRequest:
      return network_.on_metadata_lost(turn);
    case MessageKind::FindCoordinatorRequest:
      return group_.on_lookup_lost(turn);
    case MessageKind::FetchRequest:
      return fetcher_.on_lost(lost.broker);
    case MessageKind::ListOffsetsRequest:
    case MessageKind::OffsetsForLeaderEpochRequest:
      return positions_.on_lost(lost.broker, turn, subscription_);
    case MessageKind::OffsetCommitRequest:
      return committer_.on_commit_lost(static_cast<OffsetCommitter::By>(lost.request.tag), turn);
    case MessageKind::OffsetFetchRequest:
      return committer_.on_fetch_lost(turn);
    default:
      return;  // Join, Sync, Heartbeat, Leave: lost with the coordinator's connection
  }
}

// ---- events ------------------------------------------------------------------------------------

void Member::on_timer(std::uint8_t index, Instant now, Outbox& out) {
  if (!is_running()) return;
  ConsumerTurn turn{now, out, dice_};
  if (index == wake_timer) {
    wake_at_ = never;
  } else if (index == handler_timer && phase_ == Phase::backing_off) {
    poll_again(turn);
  } else if (index == handler_timer) {
    finish_record(turn);
  } else {
    finish_worker(static_cast<std::size_t>(index - first_worker_timer), turn);
  }
  settle(turn);
}

void Member::on_connected(NodeId broker, Lane lane, Instant now, Outbox& out) {
  if (!is_running()) return;
  if (lane == Lane::outlet) return on_outlet_connected(broker, now, out);
  ConsumerTurn turn{now, out, dice_};
  network_.on_connected(broker, lane, turn);
  settle(turn);
}

void Member::on_disconnected(NodeId broker, Lane lane, Instant now, Outbox& out) {
  if (!is_running()) return;
  if (lane == Lane::outlet) return on_outlet_disconnected(broker, now, out);
  ConsumerTurn turn{now, out, dice_};
  network_.on_disconnected(broker, lane, turn);
  settle(turn);
}

void Member::on(const ApiVersionsResponse& r, NodeId from, Lane lane, Instant now, Outbox& out) {
  if (!is_running()) return;
  if (lane == Lane::outlet) return on_outlet(r, from, now, out);
  ConsumerTurn turn{now, out, dice_};
  network_.on_handshake(from, lane);
  if (lane == Lane::coordinator && from == group_.coordinator()) group_.on_coordinator_connected();
  settle(turn);
}

// Answers that nobody waits for any more are dropped.
template <class Response, class Deal>
void Member::deal_with_answer(NodeId from, Lane lane, Instant now, Outbox& out, Deal&& deal) {
  if (!has_open_consumer()) return;
  ConsumerTurn turn{now, out, dice_};
  const auto request = network_.take_answered<Response>(from, lane, turn);
  if (request) deal(turn, *request);
  settle(turn);
}

using Request = Channel::InFlight;

void Member::on(const MetadataResponse& r, NodeId from, Lane lane, Instant now, Outbox& out) {
  if (lane == Lane::outlet) return on_outlet(r, from, now, out);
  deal_with_answer<MetadataResponse>(from, lane, now, out, [&](ConsumerTurn& turn, const Request&) {
    network_.on_metadata(r, turn);
  });
}

void Member::on(const FindCoordinatorResponse& r, NodeId from, Lane lane, Instant now,
                Outbox& out) {
  deal_with_answer<FindCoordinatorResponse>(
      from, lane, now, out, [&](ConsumerTurn& turn, const Request&) { group_.on(r, turn); });
}

void Member::on(const JoinGroupResponse& r, NodeId from, Lane lane, Instant now, Outbox& out) {
  deal_with_answer<JoinGroupResponse>(
      from, lane, now, out,
      [&](ConsumerTurn& turn, const Request&) { group_.on(r, turn, network_); });
}

void Member::on(const SyncGroupResponse& r, NodeId from, Lane lane, Instant now, Outbox& out) {
  deal_with_answer<SyncGroupResponse>(
      from, lane, now, out,
      [&](ConsumerTurn& turn, const Request&) { group_.on(r, turn, network_); });
}

void Member::on(const HeartbeatResponse& r, NodeId from, Lane lane, Instant now, Outbox& out) {
  deal_with_answer<HeartbeatResponse>(
      from, lane, now, out,
      [&](ConsumerTurn& turn, const Request&) { group_.on(r, turn, network_); });
}

void Member::on(const LeaveGroupResponse& r, NodeId from, Lane lane, Instant now, Outbox& out) {
  deal_with_answer<LeaveGroupResponse>(from, lane, now, out,
                                       [&](ConsumerTurn&, const Request&) { group_.on(r); });
}

void Member::on(const ConsumerGroupHeartbeatResponse& r, NodeId from, Lane lane, Instant now,
                Outbox& out) {
  deal_with_answer<ConsumerGroupHeartbeatResponse>(from, lane, now, out,
                                                   [&](ConsumerTurn& turn, const Request& request) {
                                                     group_.on(r, request.tag, turn, network_);
                                                   });
}

void Member::on(const OffsetCommitResponse& r, NodeId from, Lane lane, Instant now, Outbox& out) {
  deal_with_answer<OffsetCommitResponse>(
      from, lane, now, out, [&](ConsumerTurn& turn, const Request& request) {
        const Instant sent = request.deadline - config_->request_timeout;
        longest_commit_ = std::max(longest_commit_, now - sent);
        committer_.on(r, static_cast<OffsetCommitter::By>(request.tag), turn, group_, network_);
      });
}

void Member::on(const OffsetFetchResponse& r, NodeId from, Lane lane, Instant now, Outbox& out) {
  deal_with_answer<OffsetFetchResponse>(
      from, lane, now, out, [&](ConsumerTurn& turn, const Request&) {
        committer_.on(r, turn, subscription_, positions_, group_, network_);
      });
}

void Member::on(const ListOffsetsResponse& r, NodeId from, Lane lane, Instant now, Outbox& out) {
  deal_with_answer<ListOffsetsResponse>(from, lane, now, out,
                                        [&](ConsumerTurn& turn, const Request&) {
                                          positions_.on(r, from, turn, subscription_, network_);
                                        });
}

void Member::on(const OffsetsForLeaderEpochResponse& r, NodeId from, Lane lane, Instant now,
                Outbox& out) {
  deal_with_answer<OffsetsForLeaderEpochResponse>(
      from, lane, now, out, [&](ConsumerTurn& turn, const Request&) {
        positions_.on(r, from, turn, subscription_, network_);
      });
}

void Member::on(const FetchResponse& r, NodeId from, Lane lane, Instant now, Outbox& out) {
  deal_with_answer<FetchResponse>(from, lane, now, out, [&](ConsumerTurn&, const Request&) {
    fetcher_.on(r, from, now, subscription_, network_);
  });
}

// ---- questions ---------------------------------------------------------------------------------

bool Member::is_idle() const {
  return is_idle_but_for_auto_commits() && !committer_.has_async_pending();
}

bool Member::is_idle_but_for_auto_commits() const {
  return phase_ == Phase::polling && has_joined() && !group_.needs_rejoin() &&
         subscription_.is_at_rest() && !fetcher_.has_buffered() &&
         committer_.has_only_auto_commits_pending() && window_.empty() && !workers_.has_work() &&
         !has_prefix_to_commit() &&
         std::all_of(outlet_.begin(), outlet_.end(), [](const Producer& outlet) {
           return !outlet.is_running() || outlet.is_done();
         });
}

bool Member::has_prefix_to_commit() const {
  return hooks_->after_poll == CommitCall::sync_finished && workers_.has_uncommitted_prefix();
}

Offset Member::position(PartitionId partition) const {
  const AssignedPartition* p = subscription_.find(partition);
  const bool is_valid = p != nullptr && p->state == AssignedPartition::State::fetching;
  return is_valid ? p->offset : no_offset;
}

}  // namespace kafault
