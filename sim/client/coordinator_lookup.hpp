// Where the coordinator of the member's group is (AbstractCoordinator.lookupCoordinator,
// CoordinatorRequestManager): the same under either group protocol.
#pragma once

#include "sim/client/consumer_config.hpp"
#include "sim/client/consumer_network.hpp"

namespace kafault {

class CoordinatorLookup {
 public:
  CoordinatorLookup(GroupIndex group, const ConsumerConfig* config)
      : group_(group), config_(config) {}

  void begin();
  // Of a coordinator that is not known: asks a broker for it.
  void tend(ConsumerTurn& turn, ConsumerNetwork& network);

  NodeId node() const { return node_; }
  bool is_known() const { return node_ != no_node; }
  bool is_ready(ConsumerTurn& turn, ConsumerNetwork& network) const {
    return is_known() && network.is_ready(node_, Lane::coordinator, turn);
  }
  // How often it could not be found or reached: who waited for it gives up.
  std::uint32_t failures() const { return failures_; }

  // markCoordinatorUnknown: also closes the connection, so that nothing stays in flight on it.
  void lose(ConsumerTurn& turn, ConsumerNetwork& network);

  bool on(const FindCoordinatorResponse& response, ConsumerTurn& turn);  // true: found
  void on_lost(ConsumerTurn& turn);  // FindCoordinator got no answer
  void on_connected() { failed_in_a_row_ = 0; }
  void on_disconnected(ConsumerTurn& turn);  // the coordinator's connection broke

  void hash_into(Fingerprint& print) const;

 private:
  void fail(ConsumerTurn& turn);

  GroupIndex group_;
  const ConsumerConfig* config_;
  NodeId node_ = no_node;
  bool is_looking_ = false;
  Instant look_at_{};
  std::int32_t failed_in_a_row_ = 0;
  std::uint32_t failures_ = 0;
};

// What an answer with this error says of the broker that gave it: it is not the coordinator (any
// more), or cannot act as one.
constexpr bool loses_coordinator(Error error) {
  return error == Error::not_coordinator || error == Error::coordinator_not_available ||
         error == Error::request_timed_out;
}

}  // namespace kafault
