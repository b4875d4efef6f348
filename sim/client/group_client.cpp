#include "sim/client/group_client.hpp"

namespace kafault {

void GroupClient::begin(MemberId id) {
  lookup_.begin();
  classic_.begin();
  modern_.begin(id);
}

void GroupClient::on_coordinator_error(Error error, ConsumerTurn& turn, ConsumerNetwork& network) {
  if (loses_coordinator(error)) return lookup_.lose(turn, network);
  // Under KIP-848 only heartbeats say what has become of the membership.
  if (!is_modern_) classic_.on_error(error);
}

void GroupClient::on(const FindCoordinatorResponse& response, ConsumerTurn& turn) {
  if (lookup_.on(response, turn)) classic_.on_coordinator_found(turn.now);
}

void GroupClient::on_coordinator_lost(ConsumerTurn& turn) {
  lookup_.on_disconnected(turn);
  if (is_modern_) {
    modern_.on_coordinator_lost(turn);
  } else {
    classic_.on_coordinator_lost(turn);
  }
}

void GroupClient::hash_into(Fingerprint& print) const {
  lookup_.hash_into(print);
  if (is_modern_) {
    modern_.hash_into(print);
  } else {
    classic_.hash_into(print);
  }
}

}  // namespace kafault
