// A member's door to its group: where the coordinator is, and a membership under one of the two
// group protocols. Both are small state machines of their own; who asks for what they have in
// common comes through here.
#pragma once

#include "sim/client/classic_membership.hpp"
#include "sim/client/coordinator_lookup.hpp"

namespace kafault {

class GroupClient {
 public:
  GroupClient(GroupIndex group, const ConsumerConfig* config,
              const std::vector<std::int32_t>* topics, const ClusterLayout* layout)
      : lookup_(group, config), classic_(group, config, topics, layout) {}

  void begin();
  // The background thread: looks for the coordinator, sends heartbeats, notices expired timers.
  void tend(ConsumerTurn& turn, ConsumerNetwork& network);

  NodeId coordinator() const { return lookup_.node(); }
  bool knows_coordinator() const { return lookup_.is_known(); }
  bool is_coordinator_ready(ConsumerTurn& turn, ConsumerNetwork& network) const {
    return lookup_.is_ready(turn, network);
  }
  std::uint32_t lookup_failures() const { return lookup_.failures(); }

  bool is_stable() const { return classic_.state() == ClassicMembership::State::stable; }
  Generation generation() const { return classic_.generation(); }
  MemberId member() const { return classic_.member(); }
  // poll() begins and returns: between polls, max.poll.interval.ms runs.
  void poll_begins() { classic_.poll_begins(); }
  void poll_returns(Instant now) { classic_.poll_returns(now); }
  // Another process has taken this static member's identity: nothing helps but to close.
  bool is_fenced() const { return classic_.is_fenced(); }
  // The generation was taken away: what is owned is lost, not revoked.
  bool is_membership_lost() const { return classic_.is_membership_lost(); }

  // Tells the coordinator if there is a membership to give up; true if an answer is awaited.
  bool leave(ConsumerTurn& turn, ConsumerNetwork& network) {
    return classic_.leave(turn, network, lookup_);
  }
  bool wants_to_leave() const { return classic_.wants_to_leave(lookup_); }
  bool is_leaving() const { return classic_.is_leaving(); }

  // Why a commit cannot even be sent, else none.
  Error commit_refusal() const { return classic_.commit_refusal(); }
  void on_coordinator_error(Error error, ConsumerTurn& turn, ConsumerNetwork& network);

  // The rebalances of the classic protocol.
  bool is_cooperative() const { return classic_.is_cooperative(); }
  bool needs_rejoin() const { return classic_.needs_rejoin(); }
  void request_rejoin() { classic_.request_rejoin(); }
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
  void on_coordinator_connected() { lookup_.on_connected(); }
  void on_coordinator_lost(ConsumerTurn& turn);  // its connection broke
  void on_lookup_lost(ConsumerTurn& turn) { lookup_.on_lost(turn); }

  void hash_into(Fingerprint& print) const;

 private:
  CoordinatorLookup lookup_;
  ClassicMembership classic_;
};

}  // namespace kafault
