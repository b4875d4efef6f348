// Membership in a group under KIP-848 (AbstractMembershipManager, ConsumerMembershipManager,
// AbstractHeartbeatRequestManager; 4.1): one heartbeat for all, from the background thread. What
// the coordinator wants the member to own comes with an answer; the member reconciles what it owns
// to that and acknowledges. Never decides when that is: it says what is wanted, Member does it.
#pragma once

#include <vector>

#include "sim/client/application.hpp"
#include "sim/client/consumer_config.hpp"
#include "sim/client/consumer_network.hpp"
#include "sim/client/coordinator_lookup.hpp"

namespace kafault {

class ConsumerMembership {
 public:
  // MemberState; Kafka's UNSUBSCRIBED is `left`.
  enum class State : std::uint8_t {
    joining,
    reconciling,    // owns something else than it is wanted to
    acknowledging,  // owns it now, and has not said so
    stable,
    fenced,   // evicted: joins anew once the application was told
    stale,    // has left since the application did not poll: joins anew when it does
    stalled,  // likewise, but leaves only then (leaves_when_it_polls)
    left,
    replaced,    // another process has taken the identity: nothing helps but to close
    unreleased,  // another process has the identity still: likewise
  };

  ConsumerMembership(GroupIndex group, const ConsumerConfig* config,
                     const std::vector<std::int32_t>* topics)
      : group_(group), config_(config), topics_(topics) {}

  void begin(MemberId id);
  // The background thread: sends heartbeats, and leaves for an application that has stalled.
  void tend(ConsumerTurn& turn, ConsumerNetwork& network, const CoordinatorLookup& coordinator);

  State state() const { return state_; }
  MemberId member() const { return member_; }
  // -1: not in the group.
  Generation epoch() const { return epoch_ > 0 ? epoch_ : -1; }

  void poll_begins() { poll_deadline_ = never; }
  void poll_returns(Instant now) { poll_deadline_ = now + config_->max_poll_interval; }

  // What the member owns was taken away from it: it tells the application and calls rejoin().
  bool is_lost() const {
    return state_ == State::fenced || state_ == State::stale || state_ == State::stalled;
  }
  bool is_stalled() const { return state_ == State::stalled; }
  void leave_stalled(ConsumerTurn& turn, ConsumerNetwork& network,
                     const CoordinatorLookup& coordinator);
  void rejoin(Instant now);

  bool is_fatal() const { return state_ == State::replaced || state_ == State::unreleased; }

  bool wants_reconciliation() const { return state_ == State::reconciling; }
  const std::vector<PartitionId>& target() const { return target_; }
  // The member owns `assignment`, which was the target when it began to reconcile.
  void acknowledge(const std::vector<PartitionId>& assignment);

  // True if an answer is awaited.
  bool leave(ConsumerTurn& turn, ConsumerNetwork& network, const CoordinatorLookup& coordinator,
             LeaveOnClose how = LeaveOnClose::by_default);
  // A dynamic member that is to remain leaves all the same: what AbstractHeartbeatRequestManager
  // sends in pollOnClose() does not look at it (4.1.0, measured).
  bool wants_to_leave() const {
    return epoch_ > 0 && state_ != State::left && !is_fatal() && (!is_lost() || is_stalled());
  }
  bool is_leaving() const { return is_leaving_; }

  // `tag`: that of the request.
  void on(const ConsumerGroupHeartbeatResponse& response, std::uint32_t tag, ConsumerTurn& turn,
          ConsumerNetwork& network, CoordinatorLookup& coordinator);
  void on_coordinator_lost(ConsumerTurn& turn);  // its connection broke

  void hash_into(Fingerprint& print) const;

 private:
  ConsumerGroupHeartbeatRequest& send(Generation epoch, std::uint32_t tag, ConsumerTurn& turn,
                                      ConsumerNetwork& network, NodeId coordinator);
  void send_leave(ConsumerTurn& turn, ConsumerNetwork& network, NodeId coordinator,
                  LeaveOnClose how = LeaveOnClose::by_default);
  void take_assignment(const std::vector<PartitionId>& partitions);
  void fail(Error error, ConsumerTurn& turn, ConsumerNetwork& network,
            CoordinatorLookup& coordinator);

  GroupIndex group_;
  const ConsumerConfig* config_;
  const std::vector<std::int32_t>* topics_;

  State state_ = State::joining;
  MemberId member_ = no_member;
  Generation epoch_ = 0;
  std::vector<PartitionId> target_;   // what the coordinator wants, sorted
  std::vector<PartitionId> current_;  // what was reconciled last, sorted
  bool has_current_ = false;

  bool in_flight_ = false;
  std::int32_t outdated_ = 0;    // heartbeats on their way whose answers no longer matter
  bool says_everything_ = true;  // the next heartbeat
  bool is_leaving_ = false;      // a leave is sent, on close()
  std::int32_t failures_ = 0;
  Duration interval_{};
  Instant beat_at_{};
  Instant poll_deadline_ = never;
};

}  // namespace kafault
