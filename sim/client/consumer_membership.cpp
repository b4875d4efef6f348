#include "sim/client/consumer_membership.hpp"

#include <algorithm>
#include <utility>

namespace kafault {
namespace {

// What a request was for travels as its tag.
constexpr std::uint32_t leave_tag = 0;
constexpr std::uint32_t beat_tag = 1;

}  // namespace

void ConsumerMembership::begin(MemberId id) {
  state_ = State::joining;
  member_ = id;
  epoch_ = 0;
  target_.clear();
  current_.clear();
  has_current_ = false;
  in_flight_ = is_leaving_ = false;
  outdated_ = 0;
  says_everything_ = true;
  failures_ = 0;
  interval_ = Duration{};
  beat_at_ = Instant{};
  poll_deadline_ = never;
}

void ConsumerMembership::tend(ConsumerTurn& turn, ConsumerNetwork& network,
                              const CoordinatorLookup& coordinator) {
  if (is_lost() || state_ == State::left || is_fatal()) return;
  if (!coordinator.is_ready(turn, network)) return;
  if (turn.is_due(poll_deadline_)) {
    if (leaves_when_it_polls(config_->client)) {
      state_ = State::stalled;
      return;
    }
    // The answer does not matter: it joins anew before or after that.
    send_leave(turn, network, coordinator.node());
    state_ = State::stale;
    epoch_ = 0;
    if (std::exchange(in_flight_, false)) ++outdated_;
    return;
  }
  if (in_flight_ || !turn.is_due(beat_at_)) return;
  ConsumerGroupHeartbeatRequest& request =
      send(epoch_, beat_tag, turn, network, coordinator.node());
  request.is_full = says_everything_;
  request.has_owned = says_everything_ || state_ == State::acknowledging;
  if (request.is_full) {
    request.rebalance_timeout = config_->max_poll_interval;
    request.assignor = config_->group_remote_assignor;
    request.topics.assign(topics_->begin(), topics_->end());
  }
  if (request.has_owned) request.owned.assign(current_.begin(), current_.end());
  says_everything_ = false;
  in_flight_ = true;
  beat_at_ = turn.now + interval_;
  // onHeartbeatRequestGenerated: newer wishes may have come while it reconciled.
  if (state_ == State::acknowledging) {
    state_ = current_ == target_ ? State::stable : State::reconciling;
  }
}

ConsumerGroupHeartbeatRequest& ConsumerMembership::send(Generation epoch, std::uint32_t tag,
                                                        ConsumerTurn& turn,
                                                        ConsumerNetwork& network,
                                                        NodeId coordinator) {
  auto& request = network.send<ConsumerGroupHeartbeatRequest>(coordinator, Lane::coordinator,
                                                              config_->request_timeout, tag, turn);
  request.group = group_;
  request.member = member_;
  request.epoch = epoch;
  request.instance = config_->instance;
  return request;
}

// A static member keeps its place until its session ends.
void ConsumerMembership::send_leave(ConsumerTurn& turn, ConsumerNetwork& network,
                                    NodeId coordinator, LeaveOnClose how) {
  const bool keeps_its_place = config_->instance != no_instance && how != LeaveOnClose::leave;
  send(keeps_its_place ? leave_static_epoch : leave_epoch, leave_tag, turn, network, coordinator);
}

bool ConsumerMembership::leave(ConsumerTurn& turn, ConsumerNetwork& network,
                               const CoordinatorLookup& coordinator, LeaveOnClose how) {
  const bool sends = wants_to_leave() && coordinator.is_ready(turn, network);
  if (sends) {
    send_leave(turn, network, coordinator.node(), how);
    is_leaving_ = true;
  }
  state_ = State::left;
  epoch_ = 0;
  return sends;
}

void ConsumerMembership::leave_stalled(ConsumerTurn& turn, ConsumerNetwork& network,
                                       const CoordinatorLookup& coordinator) {
  if (coordinator.is_ready(turn, network)) send_leave(turn, network, coordinator.node());
  if (std::exchange(in_flight_, false)) ++outdated_;
}

void ConsumerMembership::rejoin(Instant now) {
  state_ = State::joining;
  epoch_ = 0;
  target_.clear();
  current_.clear();
  has_current_ = false;
  says_everything_ = true;
  beat_at_ = now;
}

void ConsumerMembership::acknowledge(const std::vector<PartitionId>& assignment) {
  current_.assign(assignment.begin(), assignment.end());
  has_current_ = true;
  if (state_ != State::reconciling) return;
  state_ = State::acknowledging;
  beat_at_ = Instant{};
}

// ---- answers -----------------------------------------------------------------------------------

void ConsumerMembership::on(const ConsumerGroupHeartbeatResponse& response, std::uint32_t tag,
                            ConsumerTurn& turn, ConsumerNetwork& network,
                            CoordinatorLookup& coordinator) {
  if (tag == leave_tag) {
    is_leaving_ = false;
    return;
  }
  if (outdated_ > 0) {
    --outdated_;
    return;
  }
  in_flight_ = false;
  if (state_ == State::left) return;
  if (response.error != Error::none) return fail(response.error, turn, network, coordinator);
  failures_ = 0;
  epoch_ = response.epoch;
  if (interval_ != response.heartbeat_interval) {
    interval_ = response.heartbeat_interval;
    beat_at_ = turn.now + interval_;
  }
  if (response.has_assignment) take_assignment(response.partitions);
}

void ConsumerMembership::take_assignment(const std::vector<PartitionId>& partitions) {
  target_.assign(partitions.begin(), partitions.end());
  std::sort(target_.begin(), target_.end());
  if (!has_current_ || current_ != target_) {
    state_ = State::reconciling;
  } else if (state_ == State::reconciling || state_ == State::joining) {
    state_ = State::stable;
  }
}

void ConsumerMembership::fail(Error error, ConsumerTurn& turn, ConsumerNetwork& network,
                              CoordinatorLookup& coordinator) {
  says_everything_ = true;
  if (loses_coordinator(error)) {
    beat_at_ = turn.now;
    return coordinator.lose(turn, network);
  }
  switch (error) {
    case Error::fenced_member_epoch:
    case Error::unknown_member_id:
      state_ = State::fenced;
      epoch_ = 0;
      return;
    case Error::unreleased_instance_id:
    case Error::fenced_instance_id:
      state_ = error == Error::fenced_instance_id ? State::replaced : State::unreleased;
      epoch_ = 0;
      return;
    default:
      beat_at_ = turn.now + drawn_backoff(*config_, failures_++, turn.dice.jitter());
  }
}

void ConsumerMembership::on_coordinator_lost(ConsumerTurn& turn) {
  is_leaving_ = false;
  outdated_ = 0;
  if (!std::exchange(in_flight_, false)) return;
  says_everything_ = true;
  beat_at_ = turn.now + drawn_backoff(*config_, failures_++, turn.dice.jitter());
}

// ---- what matters to the future ----------------------------------------------------------------

void ConsumerMembership::hash_into(Fingerprint& print) const {
  print.add(state_, epoch_);
  print.renamed(Fingerprint::Family::member, member_);
  for (const std::vector<PartitionId>* each : {&target_, &current_}) {
    print.add(each->size());
    for (const PartitionId partition : *each) print.add(partition);
  }
  print.add(has_current_, in_flight_, outdated_, says_everything_, is_leaving_);
  print.add(retry_backoff(*config_, failures_), interval_);
  print.poll(beat_at_, std::max<Duration>(interval_, Duration{1}));
  print.poll(poll_deadline_, config_->fetch_max_wait);
}

}  // namespace kafault
