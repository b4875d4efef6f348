// A member's door to its group: where the coordinator is, and a membership under one of the two
// group protocols. Both are small state machines of their own; who asks for what they have in
// common comes through here. Who was given partitions by hand, with assign(), has none: it only
// commits under the group's name, in no generation.
#pragma once

#include "sim/client/classic_membership.hpp"
#include "sim/client/consumer_membership.hpp"
#include "sim/client/coordinator_lookup.hpp"

namespace kafault {

class GroupClient {
 public:
  GroupClient(GroupIndex group, const ConsumerConfig* config,
              const std::vector<std::int32_t>* topics, const ClusterLayout* layout)
      : is_by_hand_(!config->assigned.empty()),
        is_modern_(config->group_protocol == GroupProtocol::consumer && !is_by_hand_),
        lookup_(group, config),
        classic_(group, config, topics, layout),
        modern_(group, config, topics) {}

  // `id`: of this process, where the client makes it (KIP-1082).
  void begin(MemberId id);
  // The background thread: looks for the coordinator, sends heartbeats, notices expired timers.
  void tend(ConsumerTurn& turn, ConsumerNetwork& network) {
    if (!lookup_.is_known()) lookup_.tend(turn, network);
    if (is_modern_) {
      modern_.tend(turn, network, lookup_);
    } else if (!is_by_hand_) {
      classic_.tend(turn, network, lookup_);
    }
  }

  NodeId coordinator() const { return lookup_.node(); }
  bool knows_coordinator() const { return lookup_.is_known(); }
  bool is_coordinator_ready(ConsumerTurn& turn, ConsumerNetwork& network) const {
    return lookup_.is_ready(turn, network);
  }
  std::uint32_t lookup_failures() const { return lookup_.failures(); }

  bool is_by_hand() const { return is_by_hand_; }
  bool is_stable() const {
    if (is_by_hand_) return true;
    return is_modern_ ? modern_.state() == ConsumerMembership::State::stable
                      : classic_.state() == ClassicMembership::State::stable;
  }
  // Or the member's epoch; -1: it is in no group.
  Generation generation() const { return is_modern_ ? modern_.epoch() : classic_.generation(); }
  MemberId member() const { return is_modern_ ? modern_.member() : classic_.member(); }
  // poll() begins and returns: between polls, max.poll.interval.ms runs.
  void poll_begins() {
    classic_.poll_begins();
    modern_.poll_begins();
  }
  void poll_returns(Instant now) {
    classic_.poll_returns(now);
    modern_.poll_returns(now);
  }
  // Another process has this static member's identity: nothing helps but to close.
  bool is_fenced() const { return is_modern_ ? modern_.is_fatal() : classic_.is_fenced(); }
  // And that one has come after this.
  bool was_replaced() const {
    return is_modern_ ? modern_.state() == ConsumerMembership::State::replaced
                      : classic_.is_fenced();
  }
  // The membership was taken away: what is owned is lost, not revoked.
  bool is_membership_lost() const {
    return is_modern_ ? modern_.epoch() < 0 : classic_.is_membership_lost();
  }

  // Tells the coordinator if there is a membership to give up; true if an answer is awaited.
  bool leave(ConsumerTurn& turn, ConsumerNetwork& network,
             LeaveOnClose how = LeaveOnClose::by_default) {
    return is_modern_ ? modern_.leave(turn, network, lookup_, how)
                      : classic_.leave(turn, network, lookup_, how);
  }
  bool wants_to_leave(LeaveOnClose how) const {
    return is_modern_ ? lookup_.is_known() && modern_.wants_to_leave()
                      : classic_.wants_to_leave(lookup_, how);
  }
  bool is_leaving() const { return is_modern_ ? modern_.is_leaving() : classic_.is_leaving(); }

  // Why a commit cannot even be sent, else none. Under KIP-848 it is, by whoever.
  Error commit_refusal() const {
    return is_modern_ || is_by_hand_ ? Error::none : classic_.commit_refusal();
  }
  void on_coordinator_error(Error error, ConsumerTurn& turn, ConsumerNetwork& network);

  // The reconciliation of KIP-848.
  bool is_modern() const { return is_modern_; }
  ConsumerMembership& modern() { return modern_; }
  const ConsumerMembership& modern() const { return modern_; }
  void leave_stalled(ConsumerTurn& turn, ConsumerNetwork& network) {
    modern_.leave_stalled(turn, network, lookup_);
  }

  // The rebalances of the classic protocol.
  bool is_cooperative() const { return classic_.is_cooperative(); }
  bool needs_rejoin() const { return !is_modern_ && !is_by_hand_ && classic_.needs_rejoin(); }
  void request_rejoin() { classic_.request_rejoin(); }
  void watch_metadata(const KnownPartitions& known) { classic_.watch_metadata(known); }
  void join(const std::vector<PartitionId>& owned, ConsumerTurn& turn, ConsumerNetwork& network) {
    classic_.join(owned, turn, network, lookup_);
  }
  bool has_joined() const { return classic_.has_joined(); }
  bool take_joined() { return classic_.take_joined(); }
  const std::vector<PartitionId>& assignment() const { return classic_.assignment(); }

  void on(const FindCoordinatorResponse& response, ConsumerTurn& turn);
  template <class Response>
  void on(const Response& response, ConsumerTurn& turn, ConsumerNetwork& network) {
    classic_.on(response, turn, network, lookup_);
  }
  void on(const LeaveGroupResponse& response) { classic_.on(response); }
  void on(const ConsumerGroupHeartbeatResponse& response, std::uint32_t tag, ConsumerTurn& turn,
          ConsumerNetwork& network) {
    modern_.on(response, tag, turn, network, lookup_);
  }
  void on_coordinator_connected() { lookup_.on_connected(); }
  void on_coordinator_lost(ConsumerTurn& turn);  // its connection broke
  void on_lookup_lost(ConsumerTurn& turn) { lookup_.on_lost(turn); }

  void hash_into(Fingerprint& print) const;

 private:
  bool is_by_hand_;
  bool is_modern_;
  CoordinatorLookup lookup_;
  ClassicMembership classic_;
  ConsumerMembership modern_;
};

}  // namespace kafault
