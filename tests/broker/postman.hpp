// A tiny world for scripted exchanges between brokers: every message takes one hop of 1 ms, links
// can be cut, processes can die, and the test plays the controller and the clients.
#pragma once

#include <algorithm>
#include <map>
#include <set>
#include <span>
#include <utility>
#include <vector>

#include "sim/broker/broker.hpp"

namespace kafault {

class Postman {
 public:
  static constexpr Duration hop = std::chrono::milliseconds(1);
  static constexpr NodeId client = 100;

  struct Options {
    std::int32_t brokers = 3;
    std::int32_t partitions = 1;  // of one topic, all led by broker 1
    std::int32_t min_isr = 1;
    VersionProfile version{};
    bool offsets_topic = false;  // a second topic, led by broker 1
    bool racks = false;          // a rack for each broker, from 0, and consumers sent to theirs
  };
  struct Note {
    NodeId node;
    Observation what;
  };
  struct Answer {
    Instant at;
    ProduceResponse::Entry entry;
  };

  explicit Postman(const Options& options) : version_(options.version) {
    layout_.brokers = options.brokers;
    if (options.racks) {
      for (NodeId id = 1; id <= options.brokers; ++id) layout_.racks.push_back(id - 1);
      config_.replica_selector = ReplicaSelector::rack_aware;
    }
    std::vector<NodeId> replicas;
    for (NodeId id = 1; id <= options.brokers; ++id) replicas.push_back(id);
    layout_.topics.push_back({"orders", 0, options.partitions});
    for (std::int32_t i = 0; i < options.partitions; ++i) {
      layout_.partitions.push_back({0, i, replicas});
    }
    topics_.push_back({.min_insync_replicas = options.min_isr});
    if (options.offsets_topic) {
      layout_.offsets_partition = options.partitions;
      layout_.topics.push_back({"__consumer_offsets", options.partitions, 1});
      layout_.partitions.push_back({1, 0, replicas});
      topics_.push_back({});
    }
    for (NodeId id = 1; id <= options.brokers; ++id) {
      brokers_.emplace_back(id, &config_, &topics_, &layout_, &version_);
      outboxes_.emplace_back(messages_, journal_);
    }
    dead_.insert(0);
  }
  Postman(const Postman&) = delete;
  Postman& operator=(const Postman&) = delete;

  // All brokers up, all fetches outstanding.
  void settle() {
    dead_.clear();
    for (NodeId from = 1; from <= layout_.brokers; ++from) {
      for (NodeId to = 1; to <= layout_.brokers; ++to)
        connections_[{from, to}] = ++last_connection_;
    }
    for (NodeId id = 1; id <= layout_.brokers; ++id) {
      brokers_[index(id)].start_settled(now, outboxes_[index(id)]);
      carry_out(id);
    }
    run_for(2 * hop);
  }

  Broker& broker(NodeId id) { return brokers_[index(id)]; }

  void run_for(Duration duration) {
    const Instant end = now + duration;
    while (!events_.empty() && events_.begin()->first.first <= end) {
      const Event event = events_.begin()->second;
      now = events_.begin()->first.first;
      events_.erase(events_.begin());
      happen(event);
    }
    now = end;
  }

  // ---- faults ----
  void cut(NodeId a, NodeId b) { cut_.insert({std::min(a, b), std::max(a, b)}); }
  void heal() { cut_.clear(); }
  void crash(NodeId id) {
    dead_.insert(id);
    brokers_[index(id)].crash();
    std::erase_if(events_, [&](const auto& event) {
      return event.second.kind == Event::Kind::timer && event.second.to == id;
    });
    for (auto connection = connections_.begin(); connection != connections_.end();) {
      const auto [from, to] = connection->first;
      const bool is_hit = from == id || to == id;
      if (to == id && from != id) {
        schedule(hop, {.kind = Event::Kind::disconnected, .from = id, .to = from});
      }
      connection = is_hit ? connections_.erase(connection) : std::next(connection);
    }
  }
  // Registered again, with a new broker epoch that it alone knows.
  void start(NodeId id) {
    dead_.erase(id);
    brokers_[index(id)].start(now, outboxes_[index(id)]);
    carry_out(id);
    tell(id, registration(id, ++last_broker_epoch_));
  }

  // ---- the controller ----
  static MetadataRecord leadership(PartitionId partition, NodeId leader, LeaderEpoch epoch,
                                   std::int32_t partition_epoch, std::vector<NodeId> isr) {
    MetadataRecord record;
    record.partition = partition;
    record.leader = leader;
    record.leader_epoch = epoch;
    record.partition_epoch = partition_epoch;
    for (const NodeId id : isr) record.isr.insert(id);
    return record;
  }
  static MetadataRecord registration(NodeId id, std::int64_t epoch, bool fenced = false) {
    MetadataRecord record;
    record.kind = MetadataRecord::Kind::broker;
    record.broker = id;
    record.broker_epoch = epoch;
    record.fenced = fenced;
    return record;
  }
  void tell(NodeId id, std::span<const MetadataRecord> records) {
    brokers_[index(id)].apply(records, now, outboxes_[index(id)]);
    carry_out(id);
  }
  void tell(NodeId id, const MetadataRecord& record) { tell(id, std::span(&record, 1)); }
  // Confirms, or refuses, what a leader wants of its ISR; the ISRs it asked for.
  std::vector<AlterPartitionRequest::Entry> answer_isr_changes(NodeId id,
                                                               Error error = Error::none) {
    std::vector<AlterPartitionRequest::Entry> wanted;
    brokers_[index(id)].take_isr_changes(wanted);
    AlterPartitionResponse response;
    for (const auto& entry : wanted) {
      response.entries.push_back(
          {entry.partition, error, id, entry.leader_epoch, entry.partition_epoch + 1, entry.isr});
    }
    brokers_[index(id)].on_alter_partition_result(response, now, outboxes_[index(id)]);
    carry_out(id);
    return wanted;
  }

  // ---- the client: requests arrive at once, answers are collected ----
  void produce(NodeId to, Acks acks, FlatVector<ProduceRequest::Entry> entries,
               Duration timeout = std::chrono::seconds(30)) {
    ProduceRequest request;
    request.acks = acks;
    request.timeout = timeout;
    request.entries = std::move(entries);
    ask(to, request);
  }
  void produce(NodeId to, Acks acks, const Batch& batch) {
    produce(to, acks, FlatVector<ProduceRequest::Entry>{{0, batch}});
  }
  template <class Request>
  void ask(NodeId to, const Request& request) {
    brokers_[index(to)].on(request, RequestHandle{client, Lane::data, 0}, now,
                           outboxes_[index(to)]);
    carry_out(to);
  }
  void append_local(NodeId to, const LocalEvent& event) {
    brokers_[index(to)].on_local(event, now, outboxes_[index(to)]);
    carry_out(to);
  }

  Instant now{};
  std::vector<Answer> answers;         // of produces
  std::vector<FetchResponse> fetched;  // by the client
  std::vector<ListOffsetsResponse> listed;
  std::vector<Effect::Kind> endings;  // finish and close, for the client
  std::vector<Note> notes;
  std::vector<LocalEvent> locals;

  int count(ObservationKind kind, NodeId node) const {
    return static_cast<int>(std::count_if(notes.begin(), notes.end(), [&](const Note& note) {
      return note.what.kind == kind && note.node == node;
    }));
  }
  BrokerConfig& config() { return config_; }

 private:
  struct Event {
    enum class Kind { message, timer, connected, disconnected };
    Kind kind = Kind::message;
    NodeId from = no_node;
    NodeId to = no_node;
    MessageKind message = MessageKind::ApiVersionsRequest;
    std::uint32_t slot = 0;
    std::uint32_t connection = 0;
    std::uint8_t timer = 0;
  };

  static std::size_t index(NodeId id) { return static_cast<std::size_t>(id) - 1; }
  void schedule(Duration after, const Event& event) {
    events_.emplace(std::pair{now + after, ++serial_}, event);
  }
  bool is_cut(NodeId a, NodeId b) const { return cut_.contains({std::min(a, b), std::max(a, b)}); }
  bool is_open(std::uint32_t connection) const {
    return std::any_of(connections_.begin(), connections_.end(),
                       [&](const auto& open) { return open.second == connection; });
  }

  void happen(const Event& event) {
    if (event.kind == Event::Kind::message) return deliver(event);
    if (dead_.contains(event.to)) return;
    Broker& to = brokers_[index(event.to)];
    Outbox& out = outboxes_[index(event.to)];
    switch (event.kind) {
      case Event::Kind::timer:
        to.on_timer(event.timer, now, out);
        break;
      case Event::Kind::connected:
        to.on_connected(event.from, Lane::replication, now, out);
        break;
      default:
        to.on_disconnected(event.from, Lane::replication, now, out);
    }
    carry_out(event.to);
  }

  void deliver(const Event& event) {
    if (is_open(event.connection) && !is_cut(event.from, event.to)) {
      Broker& to = brokers_[index(event.to)];
      Outbox& out = outboxes_[index(event.to)];
      const RequestHandle handle{event.from, Lane::replication, event.connection};
      switch (event.message) {
        case MessageKind::FetchRequest:
          to.on(messages_.of<FetchRequest>()[event.slot], handle, now, out);
          break;
        case MessageKind::ApiVersionsRequest:
          to.on(ApiVersionsRequest{}, handle, now, out);
          break;
        case MessageKind::FetchResponse:
          to.on(messages_.of<FetchResponse>()[event.slot], event.from, now, out);
          break;
        default:
          to.on(ApiVersionsResponse{}, event.from, Lane::replication, now, out);
      }
      carry_out(event.to);
    }
    messages_.give_back(event.message, event.slot);
  }

  void carry_out(NodeId from) {
    Outbox& out = outboxes_[index(from)];
    const std::vector<Effect> effects(out.effects().begin(), out.effects().end());
    for (const Effect& effect : effects) carry_out(from, effect, out);
    out.clear();
  }

  void carry_out(NodeId from, const Effect& effect, Outbox& out) {
    switch (effect.kind) {
      case Effect::Kind::send:
        schedule(hop, {Event::Kind::message, from, effect.to, effect.message, effect.slot,
                       connections_[{from, effect.to}], 0});
        break;
      case Effect::Kind::reply:
        if (effect.to == client) return collect(effect);
        schedule(hop, {Event::Kind::message, from, effect.to, effect.message, effect.slot,
                       effect.connection, 0});
        break;
      case Effect::Kind::finish:
      case Effect::Kind::close:
        endings.push_back(effect.kind);
        break;
      case Effect::Kind::connect:
        if (is_cut(from, effect.to)) break;
        if (dead_.contains(effect.to)) {
          schedule(2 * hop, {.kind = Event::Kind::disconnected, .from = effect.to, .to = from});
        } else {
          connections_[{from, effect.to}] = ++last_connection_;
          schedule(2 * hop, {.kind = Event::Kind::connected, .from = effect.to, .to = from});
        }
        break;
      case Effect::Kind::disconnect:
        connections_.erase({from, effect.to});
        break;
      case Effect::Kind::arm:
        std::erase_if(events_, [&](const auto& event) {
          return event.second.kind == Event::Kind::timer && event.second.to == from &&
                 event.second.timer == effect.timer.index;
        });
        schedule(effect.up_to,
                 {.kind = Event::Kind::timer, .to = from, .timer = effect.timer.index});
        break;
      case Effect::Kind::note:
        notes.push_back({from, out.note_at(effect.slot)});
        break;
      case Effect::Kind::local:
        locals.push_back(out.local_at(effect.slot));
        break;
      default:
        break;
    }
  }

  void collect(const Effect& effect) {
    if (effect.message == MessageKind::ProduceResponse) {
      for (const auto& entry : messages_.of<ProduceResponse>()[effect.slot].entries) {
        answers.push_back({now, entry});
      }
    } else if (effect.message == MessageKind::FetchResponse) {
      fetched.push_back(messages_.of<FetchResponse>()[effect.slot]);
    } else if (effect.message == MessageKind::ListOffsetsResponse) {
      listed.push_back(messages_.of<ListOffsetsResponse>()[effect.slot]);
    }
    messages_.give_back(effect.message, effect.slot);
  }

  BrokerConfig config_;
  std::vector<TopicConfig> topics_;
  ClusterLayout layout_;
  VersionProfile version_;
  MessageStore messages_;
  GroupJournal journal_;
  std::vector<Broker> brokers_;
  std::vector<Outbox> outboxes_;
  std::set<NodeId> dead_;
  std::set<std::pair<NodeId, NodeId>> cut_;
  std::map<std::pair<NodeId, NodeId>, std::uint32_t> connections_;  // replication, from -> to
  std::uint32_t last_connection_ = 0;
  std::int64_t last_broker_epoch_ = 100;
  std::map<std::pair<Instant, std::uint64_t>, Event> events_;
  std::uint64_t serial_ = 0;
};

// `count` records of producer 0 from its send number `first`, without idempotence.
inline Batch plain_batch(SendNumber first, std::uint32_t count = 1) {
  Batch batch;
  batch.producer = 0;
  batch.first = first;
  batch.count = count;
  batch.bytes = 100 * count;
  return batch;
}

// The same with producer id 7, sequences as send numbers.
inline Batch idempotent_batch(SendNumber first, std::uint32_t count = 1, std::int16_t epoch = 0) {
  Batch batch = plain_batch(first, count);
  batch.producer_id = 7;
  batch.producer_epoch = epoch;
  batch.base_sequence = static_cast<std::int32_t>(first);
  return batch;
}

}  // namespace kafault
