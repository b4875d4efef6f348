#include "sim/client/position_resolver.hpp"

namespace kafault {

using State = AssignedPartition::State;

void PositionResolver::begin() {
  seen_metadata_ = 0;
  has_thrown_ = false;
}

void PositionResolver::adopt_leaders(Subscription& subscription, const ConsumerNetwork& network) {
  seen_metadata_ = network.metadata_version();
  for (AssignedPartition& p : subscription.partitions()) {
    adopt_leader(p, network.leader_of(p.partition));
  }
}

void PositionResolver::ask(ConsumerTurn& turn, Subscription& subscription,
                           ConsumerNetwork& network) {
  BrokerSet of_offsets;
  BrokerSet of_epochs;
  for (const AssignedPartition& p : subscription.partitions()) {
    const bool is_reset = p.state == State::awaiting_reset;
    if (!is_reset && p.state != State::awaiting_validation) continue;
    const NodeId leader = is_reset ? network.leader_of(p.partition).leader : p.leader.leader;
    if (leader == no_node) {
      if (is_reset) network.request_metadata();
    } else if (p.asked == no_node) {
      (is_reset ? of_offsets : of_epochs).insert(leader);
    }
  }
  if (of_offsets.empty() && of_epochs.empty()) return;
  for (NodeId broker = 1; broker <= network.brokers(); ++broker) {
    if (of_offsets.contains(broker)) ask_for_offsets(broker, turn, subscription, network);
    if (of_epochs.contains(broker)) ask_for_epochs(broker, turn, subscription, network);
  }
}

void PositionResolver::reset_by_policy(AssignedPartition& p) {
  if (config_->auto_offset_reset == OffsetReset::none) {
    has_thrown_ = true;
    return;
  }
  reset_later(p, false);
}

void PositionResolver::reset_later(AssignedPartition& p, bool to_end) {
  p.state = State::awaiting_reset;
  p.to_end = to_end;
  p.found_nothing = false;
  p.asked = no_node;
  p.retry_at = Instant{};
}

ListOffsetsRequest::Which PositionResolver::wanted(const AssignedPartition& p) const {
  using enum ListOffsetsRequest::Which;
  if (p.to_end) return latest;
  switch (config_->auto_offset_reset.to) {
    case OffsetReset::earliest:
      return earliest;
    case OffsetReset::by_duration:
      return since;
    case OffsetReset::latest:
    case OffsetReset::none:
      break;
  }
  return latest;
}

void PositionResolver::ask_for_offsets(NodeId broker, ConsumerTurn& turn,
                                       Subscription& subscription, ConsumerNetwork& network) {
  ListOffsetsRequest* request = nullptr;
  for (AssignedPartition& p : subscription.partitions()) {
    if (p.state != State::awaiting_reset || p.asked != no_node) continue;
    const LeaderAndEpoch leader = network.leader_of(p.partition);
    if (leader.leader != broker || !turn.is_due(p.retry_at)) continue;
    if (request == nullptr) {
      if (!network.is_ready(broker, Lane::data, turn)) return;
      request = &network.send<ListOffsetsRequest>(broker, Lane::data, turn);
    }
    const ListOffsetsRequest::Which which = wanted(p);
    request->entries.push_back(
        {p.partition, leader.epoch, which, turn.now - config_->auto_offset_reset.back});
    p.asked = broker;
    // setNextAllowedRetry: matters where the answer is that there is no such offset.
    if (which == ListOffsetsRequest::Which::since) p.retry_at = turn.now + config_->request_timeout;
  }
}

void PositionResolver::ask_for_epochs(NodeId broker, ConsumerTurn& turn, Subscription& subscription,
                                      ConsumerNetwork& network) {
  OffsetsForLeaderEpochRequest* request = nullptr;
  for (AssignedPartition& p : subscription.partitions()) {
    if (p.state != State::awaiting_validation || p.asked != no_node) continue;
    if (p.leader.leader != broker || !turn.is_due(p.retry_at)) continue;
    if (request == nullptr) {
      if (!network.is_ready(broker, Lane::data, turn)) return;
      request = &network.send<OffsetsForLeaderEpochRequest>(broker, Lane::data, turn);
    }
    request->entries.push_back({p.partition, p.leader.epoch, p.epoch});
    p.asked = broker;
    p.asked_offset = p.offset;
    p.asked_epoch = p.leader.epoch;
  }
}

void PositionResolver::retry_later(AssignedPartition& p, Error error, ConsumerTurn& turn,
                                   ConsumerNetwork& network) {
  p.retry_at = turn.now + retry_backoff(*config_, 0);
  if (is_retriable(error)) network.request_metadata();
}

void PositionResolver::on(const ListOffsetsResponse& response, NodeId from, ConsumerTurn& turn,
                          Subscription& subscription, ConsumerNetwork& network) {
  for (const auto& answer : response.entries) {
    AssignedPartition* p = subscription.find(answer.partition);
    if (p == nullptr || p->asked != from || p->state != State::awaiting_reset) continue;
    p->asked = no_node;
    if (answer.error != Error::none) {
      retry_later(*p, answer.error, turn, network);
      continue;
    }
    network.saw_epoch(p->partition, answer.leader_epoch);
    if (answer.offset == no_offset) {  // nothing is so young: it asks again when it is due
      p->found_nothing = true;
      continue;
    }
    seek(*p, answer.offset);
    p->leader = network.leader_of(p->partition);
    turn.out.note({.kind = ObservationKind::OffsetReset,
                   .partition = p->partition,
                   .group = group_,
                   .offset = p->offset});
  }
}

void PositionResolver::on(const OffsetsForLeaderEpochResponse& response, NodeId from,
                          ConsumerTurn& turn, Subscription& subscription,
                          ConsumerNetwork& network) {
  for (const auto& answer : response.entries) {
    AssignedPartition* p = subscription.find(answer.partition);
    if (p == nullptr || p->asked != from || p->state != State::awaiting_validation) continue;
    p->asked = no_node;
    if (answer.error != Error::none) {
      retry_later(*p, answer.error, turn, network);
    } else if (p->offset == p->asked_offset && p->leader.epoch == p->asked_epoch) {
      complete_validation(*p, answer);
    }
  }
}

Validation judge_position(Offset offset, LeaderEpoch answered_epoch, Offset end_offset) {
  if (answered_epoch == no_epoch || end_offset == no_offset) return Validation::unknown;
  return end_offset < offset ? Validation::truncated : Validation::valid;
}

void PositionResolver::complete_validation(AssignedPartition& p,
                                           const OffsetsForLeaderEpochResponse::Entry& answer) {
  switch (judge_position(p.offset, answer.leader_epoch, answer.end_offset)) {
    case Validation::valid:
      p.state = State::fetching;
      return;
    case Validation::unknown:
      return reset_by_policy(p);
    case Validation::truncated:
      if (config_->auto_offset_reset == OffsetReset::none) return reset_by_policy(p);
      // The log diverged here: what the new leader wrote since is read, nothing twice.
      p.offset = answer.end_offset;
      p.epoch = answer.leader_epoch;
      p.state = State::fetching;
      return;
  }
}

void PositionResolver::on_lost(NodeId broker, ConsumerTurn& turn, Subscription& subscription) {
  for (AssignedPartition& p : subscription.partitions()) {
    if (p.asked != broker) continue;
    p.asked = no_node;
    p.retry_at = turn.now + retry_backoff(*config_, 0);
  }
}

}  // namespace kafault
