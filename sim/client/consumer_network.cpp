#include "sim/client/consumer_network.hpp"

#include <algorithm>

#include "sim/protocol/topic_life.hpp"

namespace kafault {

ConsumerNetwork::ConsumerNetwork(const ConsumerConfig* config, const ClusterLayout* layout,
                                 const VersionProfile* version, NodeId node)
    : config_(config),
      layout_(layout),
      version_(version),
      node_(node),
      times_(channel_times(*config)),
      partitions_(layout) {
  for (NodeId broker = 1; broker <= layout->brokers; ++broker) {
    channels_.emplace_back(broker, Lane::data);
    channels_.emplace_back(broker, Lane::coordinator);
  }
  for (std::size_t topic = 0; topic < layout->topics.size(); ++topic) {
    if (!layout->topics[topic].is_recreated) continue;
    recreated_topics_.push_back(static_cast<std::int32_t>(topic));
  }
  begin(Instant{});
}

void ConsumerNetwork::begin(Instant now) {
  for (Channel& channel : channels_) channel.reset();
  next_deadline_ = never;
  deadline_is_stale_ = false;
  lost_.clear();
  next_broker_ = node_ % layout_->brokers;
  leaders_.assign(layout_->partitions.size(), LeaderAndEpoch{});
  partitions_.reset();
  alive_ = {};
  ++metadata_version_;
  metadata_requested_ = true;
  metadata_in_flight_ = false;
  metadata_failures_ = 0;
  metadata_retry_at_ = now;
  metadata_expires_at_ = never;
  schedule_refresh();
}

void ConsumerNetwork::find_next_deadline() {
  next_deadline_ = never;
  for (const Channel& c : channels_) expect(c.next_deadline());
  deadline_is_stale_ = false;
}

void ConsumerNetwork::give_up_timed_out(ConsumerTurn& turn) {
  if (next_deadline() > turn.now) return;
  for (Channel& c : channels_) {
    if (!c.is_disconnected() && turn.is_due(c.next_deadline())) give_up(c, turn);
  }
}

void ConsumerNetwork::give_up(Channel& c, ConsumerTurn& turn) {
  const bool waited_for_an_answer = c.in_flight() > 0;
  turn.out.note({.kind = waited_for_an_answer ? ObservationKind::RequestTimedOut
                                              : ObservationKind::ConnectionLost,
                 .value = c.peer()});
  close(c.peer(), c.lane(), turn);
}

// Always false: it is not open yet.
bool ConsumerNetwork::connect(NodeId broker, Lane lane, ConsumerTurn& turn) {
  Channel& c = channel(broker, lane);
  c.ready_or_connect(turn.now, times_, turn.out);
  expect(c.next_deadline());
  static_cast<void>(turn.is_due(c.is_disconnected() ? c.may_connect_at() : c.next_deadline()));
  return false;
}

NodeId ConsumerNetwork::least_loaded(ConsumerTurn& turn) {
  if (!turn.dice.are_fixed()) next_broker_ = turn.dice.below(layout_->brokers);
  const NodeId connected = least_busy_connected();
  if (connected != no_node) return connected;
  if (is_any_connecting()) return no_node;
  // Brokers that the metadata knows as alive, else the bootstrap servers again (KIP-1102).
  const bool may_rebootstrap =
      alive_.empty() || config_->metadata_recovery == MetadataRecovery::rebootstrap;
  if (connect_somewhere(turn, true)) return no_node;
  if (may_rebootstrap && connect_somewhere(turn, false)) return no_node;
  for (const Channel& c : channels_) {
    if (c.lane() == Lane::data) static_cast<void>(turn.is_due(c.may_connect_at()));
  }
  return no_node;
}

NodeId ConsumerNetwork::least_busy_connected() const {
  const Channel* best = nullptr;
  for (std::int32_t i = 0; i < layout_->brokers; ++i) {
    const auto at = static_cast<std::size_t>((next_broker_ + i) % layout_->brokers) * 2;
    const Channel& c = channels_[at];
    if (c.is_ready() && (best == nullptr || c.in_flight() < best->in_flight())) best = &c;
  }
  return best == nullptr ? no_node : best->peer();
}

bool ConsumerNetwork::is_any_connecting() const {
  return std::any_of(channels_.begin(), channels_.end(), [](const Channel& c) {
    return c.lane() == Lane::data && !c.is_ready() && !c.is_disconnected();
  });
}

bool ConsumerNetwork::connect_somewhere(ConsumerTurn& turn, bool only_alive) {
  for (std::int32_t i = 0; i < layout_->brokers; ++i) {
    const std::int32_t at = (next_broker_ + i) % layout_->brokers;
    Channel& c = channels_[static_cast<std::size_t>(at) * 2];
    if (only_alive && !alive_.contains(c.peer())) continue;
    if (c.may_connect_at() > turn.now) continue;
    static_cast<void>(is_ready(c.peer(), Lane::data, turn));
    next_broker_ = (at + 1) % layout_->brokers;
    return true;
  }
  return false;
}

void ConsumerNetwork::close(NodeId broker, Lane lane, ConsumerTurn& turn) {
  Channel& c = channel(broker, lane);
  if (c.is_disconnected()) return;
  c.close(turn.now, times_, scratch_, turn.dice, turn.out);
  remember_lost(c);
}

void ConsumerNetwork::close_all(ConsumerTurn& turn) {
  for (const Channel& c : channels_) close(c.peer(), c.lane(), turn);
}

void ConsumerNetwork::remember_lost(const Channel& c) {
  deadline_is_stale_ = true;
  lost_.push_back({c.peer(), c.lane(), {}});
  for (const Channel::InFlight& request : scratch_) {
    lost_.push_back({c.peer(), c.lane(), request});
  }
  request_metadata();  // NetworkClient: any disconnection asks for metadata
}

void ConsumerNetwork::on_connected(NodeId broker, Lane lane, ConsumerTurn& turn) {
  Channel& c = channel(broker, lane);
  c.on_connected(turn.now, times_, turn.out);
  expect(c.next_deadline());
  deadline_is_stale_ = true;
}

void ConsumerNetwork::on_disconnected(NodeId broker, Lane lane, ConsumerTurn& turn) {
  Channel& c = channel(broker, lane);
  if (c.is_disconnected()) return;
  turn.out.note({.kind = ObservationKind::ConnectionLost, .value = broker});
  c.on_disconnected(turn.now, times_, scratch_, turn.dice);
  remember_lost(c);
}

void ConsumerNetwork::on_handshake(NodeId broker, Lane lane) {
  Channel& c = channel(broker, lane);
  if (c.state() == Channel::State::handshaking) c.on_handshake();
  deadline_is_stale_ = true;
}

void ConsumerNetwork::refresh_metadata(ConsumerTurn& turn) {
  const NodeId broker = least_loaded(turn);
  if (broker == no_node) return;
  send<MetadataRequest>(broker, Lane::data, turn);
  metadata_in_flight_ = true;
  metadata_requested_ = false;
  schedule_refresh();
}

void ConsumerNetwork::on_metadata(const MetadataResponse& response, ConsumerTurn& turn) {
  metadata_in_flight_ = false;
  metadata_failures_ = 0;
  metadata_retry_at_ = turn.now + drawn_backoff(*config_, 0, turn.dice.jitter());
  metadata_expires_at_ = turn.now + config_->metadata_max_age;
  schedule_refresh();
  alive_ = response.brokers;
  for (const PartitionMetadata& p : response.partitions) {
    learn_leader(p.partition, {p.leader, p.leader_epoch});
  }
  for (const std::int32_t topic : recreated_topics_) lose_topic_unless_in(response, topic);
}

// UNKNOWN_TOPIC_OR_PARTITION: its partitions have no leader any more, and the client asks again.
void ConsumerNetwork::lose_topic_unless_in(const MetadataResponse& response, std::int32_t topic) {
  const auto is_of_topic = [&](const PartitionMetadata& p) {
    return layout_->partitions[static_cast<std::size_t>(p.partition)].topic == topic;
  };
  if (std::any_of(response.partitions.begin(), response.partitions.end(), is_of_topic)) return;
  const ClusterLayout::Topic& gone = layout_->topics[static_cast<std::size_t>(topic)];
  for (PartitionId p = gone.first_partition; p < gone.first_partition + gone.partitions; ++p) {
    leaders_[static_cast<std::size_t>(p)].leader = no_node;
  }
  partitions_.lose(topic);
  ++metadata_version_;
  request_metadata();
}

void ConsumerNetwork::on_metadata_lost(ConsumerTurn& turn) {
  metadata_in_flight_ = false;
  metadata_retry_at_ = turn.now + drawn_backoff(*config_, metadata_failures_++, turn.dice.jitter());
  request_metadata();
}

void ConsumerNetwork::learn_leader(PartitionId partition, LeaderAndEpoch leader) {
  LeaderAndEpoch& known = leaders_[static_cast<std::size_t>(partition)];
  if (leader.epoch < known.epoch || leader == known) return;  // a broker that lags behind
  const bool looks_older = epoch_in_life(leader.epoch) < epoch_in_life(known.epoch);
  if (looks_older && !version_->topics_told_apart) return;
  if (known.epoch == no_epoch || known.leader == no_node) partitions_.learn(partition);
  known = leader;
  ++metadata_version_;
}

void ConsumerNetwork::saw_epoch(PartitionId partition, LeaderEpoch epoch) {
  if (epoch > leader_of(partition).epoch) request_metadata();
}

// Failures as the wait that follows from them.
void ConsumerNetwork::hash_into(Fingerprint& print) const {
  for (const Channel& c : channels_) {
    c.hash_into(print, config_->fetch_max_wait);
    for (const Channel::InFlight& request : c.requests()) print.add(request.tag);
  }
  print.add(next_broker_);
  for (const LeaderAndEpoch& leader : leaders_) leader.hash_into(print);
  print.add(alive_.bits(), metadata_requested_, metadata_in_flight_,
            retry_backoff(*config_, metadata_failures_));
  print.deadline(metadata_retry_at_);
  print.poll(metadata_expires_at_, config_->metadata_max_age);
}

}  // namespace kafault
