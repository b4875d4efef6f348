#include "sim/client/group_client.hpp"

namespace kafault {

void GroupClient::begin() {
  lookup_.begin();
  classic_.begin();
}

void GroupClient::tend(ConsumerTurn& turn, ConsumerNetwork& network) {
  lookup_.tend(turn, network);
  classic_.tend(turn, network, lookup_);
}

void GroupClient::on_coordinator_error(Error error, ConsumerTurn& turn, ConsumerNetwork& network) {
  if (loses_coordinator(error)) return lookup_.lose(turn, network);
  classic_.on_error(error);
}

void GroupClient::on(const FindCoordinatorResponse& response, ConsumerTurn& turn) {
  if (lookup_.on(response, turn)) classic_.on_coordinator_found(turn.now);
}

void GroupClient::on_coordinator_lost(ConsumerTurn& turn) {
  lookup_.on_disconnected(turn);
  classic_.on_coordinator_lost(turn);
}

void GroupClient::hash_into(Fingerprint& print) const {
  lookup_.hash_into(print);
  classic_.hash_into(print);
}

}  // namespace kafault
