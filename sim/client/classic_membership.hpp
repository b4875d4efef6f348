// Membership in a group under the classic protocol (AbstractCoordinator): joining, heartbeats. The
// heartbeat thread keeps the membership while the application handles records, and gives it up when
// the application does not poll; everything else waits for poll().
#pragma once

#include <algorithm>
#include <utility>
#include <vector>

#include "sim/client/application.hpp"
#include "sim/client/assignors.hpp"
#include "sim/client/consumer_config.hpp"
#include "sim/client/consumer_network.hpp"
#include "sim/client/coordinator_lookup.hpp"
#include "sim/protocol/layout.hpp"

namespace kafault {

class ClassicMembership {
 public:
  enum class State : std::uint8_t {
    unjoined,
    preparing_rebalance,   // JoinGroup is sent
    completing_rebalance,  // SyncGroup is sent
    stable,
  };

  ClassicMembership(GroupIndex group, const ConsumerConfig* config,
                    const std::vector<std::int32_t>* topics, const ClusterLayout* layout)
      : group_(group),
        config_(config),
        topics_(topics),
        is_cooperative_(kafault::is_cooperative(config->partition_assignment_strategy)),
        topics_change_(std::any_of(topics->begin(), topics->end(), [&](std::int32_t topic) {
          const ClusterLayout::Topic& t = layout->topics[static_cast<std::size_t>(topic)];
          return t.added > 0 || t.is_recreated;
        })) {}

  void begin();
  // The background thread: sends heartbeats, notices expired timers.
  void tend(ConsumerTurn& turn, ConsumerNetwork& network, CoordinatorLookup& coordinator) {
    if (!coordinator.is_ready(turn, network)) return tend_out_of_reach(turn, network, coordinator);
    if (state_ != State::stable && state_ != State::completing_rebalance) return;
    // As a rule none of its timers is due.
    if (!turn.waits_for(next_timer())) tend_timers(turn, network, coordinator);
  }

  State state() const { return state_; }
  Generation generation() const { return generation_; }
  MemberId member() const { return member_; }

  // poll() begins and returns: between polls, max.poll.interval.ms runs.
  void poll_begins() { poll_deadline_ = never; }
  void poll_returns(Instant now) { poll_deadline_ = now + config_->max_poll_interval; }

  // Whether partitions are kept while the group rebalances (KIP-429).
  bool is_cooperative() const { return is_cooperative_; }
  bool needs_rejoin() const { return needs_rejoin_; }
  void request_rejoin() { needs_rejoin_ = true; }
  // In poll(): the group's leader has it rebalance when its metadata has other partitions than when
  // it assigned them (rejoinNeededOrPending, assignmentSnapshot).
  void watch_metadata(const KnownPartitions& known) {
    if (assigned_added_ == not_leader || !known.have_grown()) return;
    if (known.added_to(*topics_) != assigned_added_) needs_rejoin_ = true;
  }
  // Another process has taken this static member's identity: nothing helps but to close.
  bool is_fenced() const { return is_fenced_; }
  // The generation was taken away: what is owned is lost, not revoked.
  bool is_membership_lost() const { return generation_ < 0 || member_ == no_member; }
  // `owned`: what is still the member's, for a cooperative assignor.
  void join(const std::vector<PartitionId>& owned, ConsumerTurn& turn, ConsumerNetwork& network,
            const CoordinatorLookup& coordinator);
  // A join is complete and the member has not taken note of it.
  bool has_joined() const { return joined_; }
  // True once after each completed join.
  bool take_joined() { return std::exchange(joined_, false); }
  const std::vector<PartitionId>& assignment() const { return assignment_; }

  // Sends LeaveGroup if there is a membership to give up; true if an answer is awaited.
  bool leave(ConsumerTurn& turn, ConsumerNetwork& network, const CoordinatorLookup& coordinator,
             LeaveOnClose how = LeaveOnClose::by_default);
  bool wants_to_leave(const CoordinatorLookup& coordinator, LeaveOnClose how) const {
    const bool keeps_its_place = how == LeaveOnClose::by_default ? config_->instance != no_instance
                                                                 : how == LeaveOnClose::remain;
    return !keeps_its_place && coordinator.is_known() && state_ != State::unjoined &&
           member_ != no_member;
  }
  bool is_leaving() const { return is_leaving_; }

  // Why a commit cannot even be sent (sendOffsetCommitRequest), else none.
  Error commit_refusal() const;
  // What an error that is not about the coordinator means for the membership.
  void on_error(Error error);

  void on(const JoinGroupResponse& response, ConsumerTurn& turn, ConsumerNetwork& network,
          CoordinatorLookup& coordinator);
  void on(const SyncGroupResponse& response, ConsumerTurn& turn, ConsumerNetwork& network,
          CoordinatorLookup& coordinator);
  void on(const HeartbeatResponse& response, ConsumerTurn& turn, ConsumerNetwork& network,
          CoordinatorLookup& coordinator);
  void on(const LeaveGroupResponse& response);
  void on_coordinator_found(Instant now) { session_deadline_ = now + config_->session_timeout; }
  void on_coordinator_lost(ConsumerTurn& turn);  // its connection broke

  void hash_into(Fingerprint& print) const;

 private:
  Instant next_timer() const {
    Instant next = heartbeat_in_flight_ ? never : heartbeat_at_;
    if (session_deadline_ < next) next = session_deadline_;
    if (poll_deadline_ < next) next = poll_deadline_;
    return next;
  }
  void tend_out_of_reach(ConsumerTurn& turn, ConsumerNetwork& network,
                         CoordinatorLookup& coordinator);
  void tend_timers(ConsumerTurn& turn, ConsumerNetwork& network, CoordinatorLookup& coordinator);
  void end_session(ConsumerTurn& turn, ConsumerNetwork& network, CoordinatorLookup& coordinator);
  void send_heartbeat(ConsumerTurn& turn, ConsumerNetwork& network, NodeId coordinator);
  void send_sync(const JoinGroupResponse& response, ConsumerTurn& turn, ConsumerNetwork& network,
                 NodeId coordinator);
  void fail_join(Error error, ConsumerTurn& turn, ConsumerNetwork& network,
                 CoordinatorLookup& coordinator);
  void describe_owned(const std::vector<PartitionId>& owned, JoinGroupRequest& request) const;
  void reset_membership(bool keep_member_id);

  GroupIndex group_;
  const ConsumerConfig* config_;
  const std::vector<std::int32_t>* topics_;
  bool is_cooperative_;
  bool topics_change_;  // an operator adds partitions during the run, or deletes a topic

  State state_ = State::unjoined;
  Generation generation_ = -1;
  MemberId member_ = no_member;
  bool needs_rejoin_ = true;
  bool join_in_flight_ = false;  // JoinGroup or SyncGroup
  Instant join_at_{};
  std::int32_t failed_joins_ = 0;
  bool joined_ = false;
  std::vector<PartitionId> assignment_;  // of the last completed join
  Generation assigned_in_ = -1;
  AssignmentMaker assignments_;  // as the group's leader
  // As it, where topics grow: how many partitions had been added by then.
  static constexpr std::int32_t not_leader = INT32_MIN;
  std::int32_t assigned_added_ = not_leader;
  bool is_fenced_ = false;

  bool heartbeat_in_flight_ = false;
  bool is_leaving_ = false;
  Instant heartbeat_at_ = never;
  Instant session_deadline_ = never;
  Instant poll_deadline_ = never;
};

}  // namespace kafault
