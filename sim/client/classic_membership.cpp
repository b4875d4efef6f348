#include "sim/client/classic_membership.hpp"

#include <algorithm>

namespace kafault {

void ClassicMembership::begin() {
  reset_membership(false);
  join_in_flight_ = false;
  join_at_ = Instant{};
  failed_joins_ = 0;
  joined_ = false;
  assignment_.clear();
  assigned_in_ = -1;
  assigned_added_ = not_leader;
  is_fenced_ = false;
  heartbeat_in_flight_ = false;
  is_leaving_ = false;
  heartbeat_at_ = session_deadline_ = poll_deadline_ = never;
}

void ClassicMembership::reset_membership(bool keep_member_id) {
  state_ = State::unjoined;
  generation_ = -1;
  if (!keep_member_id) member_ = no_member;
  needs_rejoin_ = true;
}

// Even an unreachable coordinator is given up at the session timeout.
void ClassicMembership::tend_out_of_reach(ConsumerTurn& turn, ConsumerNetwork& network,
                                          CoordinatorLookup& coordinator) {
  const bool heeds_session = coordinator.is_known() || revokes_itself(config_->client);
  if (heeds_session && state_ == State::stable && turn.is_due(session_deadline_)) {
    end_session(turn, network, coordinator);
  }
}

// The checks of AbstractCoordinator.HeartbeatThread, in its order.
void ClassicMembership::tend_timers(ConsumerTurn& turn, ConsumerNetwork& network,
                                    CoordinatorLookup& coordinator) {
  if (turn.is_due(session_deadline_)) return end_session(turn, network, coordinator);
  if (turn.is_due(poll_deadline_)) {
    // The application has stalled. It finds out at its next commit or poll.
    leave(turn, network, coordinator);
    return;
  }
  if (!heartbeat_in_flight_ && turn.is_due(heartbeat_at_)) {
    send_heartbeat(turn, network, coordinator.node());
  }
}

void ClassicMembership::send_heartbeat(ConsumerTurn& turn, ConsumerNetwork& network,
                                       NodeId coordinator) {
  auto& request = network.send<HeartbeatRequest>(coordinator, Lane::coordinator, turn);
  request.group = group_;
  request.generation = generation_;
  request.member = member_;
  request.instance = config_->instance;
  heartbeat_in_flight_ = true;
  heartbeat_at_ = turn.now + config_->heartbeat_interval;
}

void ClassicMembership::end_session(ConsumerTurn& turn, ConsumerNetwork& network,
                                    CoordinatorLookup& coordinator) {
  coordinator.lose(turn, network);
  if (revokes_itself(config_->client)) reset_membership(false);
}

void ClassicMembership::on_coordinator_lost(ConsumerTurn& turn) {
  heartbeat_in_flight_ = false;
  heartbeat_at_ =
      std::min(heartbeat_at_, turn.now + drawn_backoff(*config_, 0, turn.dice.jitter()));
  is_leaving_ = false;
  if (!join_in_flight_) return;
  join_in_flight_ = false;
  join_at_ = turn.now + drawn_backoff(*config_, failed_joins_++, turn.dice.jitter());
}

void ClassicMembership::on_error(Error error) {
  switch (error) {
    case Error::rebalance_in_progress:
      needs_rejoin_ = true;
      return;
    // KAFKA-13419: the member id may still be valid.
    case Error::illegal_generation:
      return reset_membership(true);
    case Error::unknown_member_id:
      return reset_membership(false);
    case Error::fenced_instance_id:
      is_fenced_ = true;
      return reset_membership(false);
    default:
      return;
  }
}

// ---- joining -----------------------------------------------------------------------------------

void ClassicMembership::join(const std::vector<PartitionId>& owned, ConsumerTurn& turn,
                             ConsumerNetwork& network, const CoordinatorLookup& coordinator) {
  if (is_fenced_ || join_in_flight_ || !turn.is_due(join_at_) ||
      !coordinator.is_ready(turn, network)) {
    return;
  }
  // JoinGroup is parked until all members have come, so it may take the rebalance timeout and
  // JOIN_GROUP_TIMEOUT_LAPSE.
  const Duration timeout =
      std::max(config_->request_timeout, config_->max_poll_interval + std::chrono::seconds(5));
  auto& request =
      network.send<JoinGroupRequest>(coordinator.node(), Lane::coordinator, timeout, 0, turn);
  request.group = group_;
  request.member = member_;
  request.session_timeout = config_->session_timeout;
  request.rebalance_timeout = config_->max_poll_interval;
  request.assignors.assign(config_->partition_assignment_strategy.begin(),
                           config_->partition_assignment_strategy.end());
  request.topics.assign(topics_->begin(), topics_->end());
  request.instance = config_->instance;
  describe_owned(owned, request);
  state_ = State::preparing_rebalance;
  join_in_flight_ = true;
}

// The subscription says what a cooperative member owns and since which generation; an eager one has
// given everything up by now, but StickyAssignor remembers (its user data).
void ClassicMembership::describe_owned(const std::vector<PartitionId>& owned,
                                       JoinGroupRequest& request) const {
  request.owned.clear();
  request.owned_in = -1;
  const auto& assignors = config_->partition_assignment_strategy;
  if (is_cooperative_) {
    request.owned.assign(owned.begin(), owned.end());
    request.owned_in = generation_;
  } else if (std::count(assignors.begin(), assignors.end(), Assignor::sticky) > 0) {
    request.owned.assign(assignment_.begin(), assignment_.end());
    request.owned_in = assigned_in_;
  }
}

void ClassicMembership::on(const JoinGroupResponse& response, ConsumerTurn& turn,
                           ConsumerNetwork& network, CoordinatorLookup& coordinator) {
  join_in_flight_ = false;
  if (response.error == Error::member_id_required) {  // KIP-394
    member_ = response.member;
    return;
  }
  if (response.error != Error::none) return fail_join(response.error, turn, network, coordinator);
  if (state_ != State::preparing_rebalance) return;  // reset meanwhile: joins again
  generation_ = response.generation;
  member_ = response.member;
  state_ = State::completing_rebalance;
  heartbeat_at_ = turn.now + config_->heartbeat_interval;
  session_deadline_ = turn.now + config_->session_timeout;
  send_sync(response, turn, network, coordinator.node());
}

void ClassicMembership::send_sync(const JoinGroupResponse& response, ConsumerTurn& turn,
                                  ConsumerNetwork& network, NodeId coordinator) {
  auto& request = network.send<SyncGroupRequest>(coordinator, Lane::coordinator, turn);
  request.group = group_;
  request.generation = generation_;
  request.member = member_;
  request.instance = config_->instance;
  const bool is_leader = response.leader == member_;
  assigned_added_ =
      is_leader && topics_change_ ? network.partitions().added_to(*topics_) : not_leader;
  if (is_leader && !response.skip_assignment) {
    assignments_.assign(response.assignor, response.members, network.partitions(),
                        request.assignments);
  }
  join_in_flight_ = true;
}

void ClassicMembership::on(const SyncGroupResponse& response, ConsumerTurn& turn,
                           ConsumerNetwork& network, CoordinatorLookup& coordinator) {
  join_in_flight_ = false;
  if (response.error != Error::none) return fail_join(response.error, turn, network, coordinator);
  if (state_ != State::completing_rebalance) return;  // reset meanwhile: joins again
  state_ = State::stable;
  needs_rejoin_ = false;
  joined_ = true;
  failed_joins_ = 0;
  assignment_.assign(response.partitions.begin(), response.partitions.end());
  assigned_in_ = generation_;
}

void ClassicMembership::fail_join(Error error, ConsumerTurn& turn, ConsumerNetwork& network,
                                  CoordinatorLookup& coordinator) {
  if (loses_coordinator(error)) coordinator.lose(turn, network);
  on_error(error);
  needs_rejoin_ = true;
  const bool again_at_once = error == Error::unknown_member_id ||
                             error == Error::illegal_generation ||
                             error == Error::rebalance_in_progress;
  join_at_ = again_at_once
                 ? turn.now
                 : turn.now + drawn_backoff(*config_, failed_joins_++, turn.dice.jitter());
}

// ---- membership --------------------------------------------------------------------------------

void ClassicMembership::on(const HeartbeatResponse& response, ConsumerTurn& turn,
                           ConsumerNetwork& network, CoordinatorLookup& coordinator) {
  heartbeat_in_flight_ = false;
  switch (response.error) {
    case Error::none:
      session_deadline_ = turn.now + config_->session_timeout;
      return;
    case Error::rebalance_in_progress:
      // Heartbeats go on while the group rebalances; the application joins at its next poll().
      session_deadline_ = turn.now + config_->session_timeout;
      if (state_ == State::stable) needs_rejoin_ = true;
      return;
    default:
      heartbeat_at_ = turn.now + drawn_backoff(*config_, 0, turn.dice.jitter());
      if (loses_coordinator(response.error)) coordinator.lose(turn, network);
      return on_error(response.error);
  }
}

// maybeLeaveGroup: a static member keeps its place until its session ends.
bool ClassicMembership::leave(ConsumerTurn& turn, ConsumerNetwork& network,
                              const CoordinatorLookup& coordinator, LeaveOnClose how) {
  const bool has_membership =
      wants_to_leave(coordinator, how) && coordinator.is_ready(turn, network);
  if (has_membership) {
    auto& request = network.send<LeaveGroupRequest>(coordinator.node(), Lane::coordinator, turn);
    request.group = group_;
    request.member = member_;
    is_leaving_ = true;
  }
  reset_membership(false);
  return has_membership;
}

void ClassicMembership::on(const LeaveGroupResponse&) { is_leaving_ = false; }

Error ClassicMembership::commit_refusal() const {
  switch (state_) {
    case State::stable:
      return Error::none;
    case State::unjoined:
      return Error::commit_failed;
    case State::preparing_rebalance:
    case State::completing_rebalance:
      return Error::rebalance_in_progress;
  }
  contract_broken("a known state", __FILE__, __LINE__);
}

// ---- what matters to the future ----------------------------------------------------------------

void ClassicMembership::hash_into(Fingerprint& print) const {
  print.add(state_, generation_);
  print.renamed(Fingerprint::Family::member, member_);
  print.add(needs_rejoin_, join_in_flight_);
  print.deadline(join_at_);
  print.add(retry_backoff(*config_, failed_joins_), joined_);
  const auto& assignors = config_->partition_assignment_strategy;
  const bool is_remembered = std::count(assignors.begin(), assignors.end(), Assignor::sticky) > 0;
  if (is_remembered) print.add(assigned_in_);
  if (topics_change_) print.add(assigned_added_);
  if (joined_ || is_remembered) {
    print.add(assignment_.size());
    for (const PartitionId partition : assignment_) print.add(partition);
  }
  print.add(is_fenced_, heartbeat_in_flight_, is_leaving_);
  if (state_ != State::stable && state_ != State::completing_rebalance) return;
  print.poll(heartbeat_at_, config_->heartbeat_interval);
  print.poll(session_deadline_, config_->heartbeat_interval);
  print.poll(poll_deadline_, config_->fetch_max_wait);
}

}  // namespace kafault
