#include "sim/client/coordinator_lookup.hpp"

namespace kafault {

void CoordinatorLookup::begin() {
  node_ = no_node;
  is_looking_ = false;
  look_at_ = Instant{};
  failed_in_a_row_ = 0;
  failures_ = 0;
}

void CoordinatorLookup::tend(ConsumerTurn& turn, ConsumerNetwork& network) {
  if (is_looking_ || !turn.is_due(look_at_)) return;
  const NodeId broker = network.least_loaded(turn);
  if (broker == no_node) return;
  network.send<FindCoordinatorRequest>(broker, Lane::data, turn).group = group_;
  is_looking_ = true;
}

bool CoordinatorLookup::on(const FindCoordinatorResponse& response, ConsumerTurn& turn) {
  is_looking_ = false;
  if (response.error != Error::none || response.coordinator == no_node) {
    fail(turn);
    return false;
  }
  node_ = response.coordinator;
  return true;
}

void CoordinatorLookup::on_lost(ConsumerTurn& turn) {
  is_looking_ = false;
  fail(turn);
}

void CoordinatorLookup::fail(ConsumerTurn& turn) {
  ++failures_;
  look_at_ = turn.now + drawn_backoff(*config_, failed_in_a_row_++, turn.dice.jitter());
}

void CoordinatorLookup::lose(ConsumerTurn& turn, ConsumerNetwork& network) {
  if (!is_known()) return;
  const NodeId old = node_;
  node_ = no_node;
  look_at_ = turn.now;
  turn.again = true;
  network.close(old, Lane::coordinator, turn);
}

void CoordinatorLookup::on_disconnected(ConsumerTurn& turn) {
  if (!is_known()) return;
  node_ = no_node;
  const bool was_connected = failed_in_a_row_ == 0;
  fail(turn);
  if (was_connected) look_at_ = turn.now;
}

void CoordinatorLookup::hash_into(Fingerprint& print) const {
  print.add(node_, is_looking_);
  if (!is_known()) print.deadline(look_at_);
  print.add(failed_in_a_row_ == 0, retry_backoff(*config_, failed_in_a_row_));
}

}  // namespace kafault
