// Drives one producer without a cluster: every connection opens, every handshake and metadata
// request is answered, and produce requests are kept for the test to answer.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sim/client/producer.hpp"
#include "sim/protocol/outbox.hpp"

namespace kafault {

struct ProducerSetup {
  ProducerConfig config;
  Workload sends;
  VersionProfile version;
  std::int32_t partitions = 1;
  std::int32_t brokers = 3;
};

class ProducerHarness {
 public:
  struct Sent {
    NodeId to;
    std::vector<ProduceRequest::Entry> entries;
  };

  explicit ProducerHarness(ProducerSetup setup) : setup_(std::move(setup)), out_(store_, journal_) {
    layout_.brokers = setup_.brokers;
    layout_.topics.push_back({"orders", 0, setup_.partitions});
    for (PartitionId p = 0; p < setup_.partitions; ++p) {
      leaders.push_back({p, 1 + p % setup_.brokers, 0});
      layout_.partitions.push_back({0, p, {}});
    }
    for (NodeId broker = 1; broker <= setup_.brokers; ++broker) alive.insert(broker);
    producer.emplace(0, &setup_.config, &setup_.sends, &layout_, &setup_.version);
  }
  ProducerHarness(const ProducerHarness&) = delete;
  ProducerHarness& operator=(const ProducerHarness&) = delete;

  void start(Dice dice = {}) {
    producer->start(now, out_, dice);
    settle();
  }
  // Lets time pass until `until`, with every timer on the way.
  void pass(Duration duration) {
    const Instant until = now + duration;
    while (alarm <= until) {
      now = alarm;
      alarm = never;
      ASSERT_LT(++timers, 100000) << "time does not get on";
      producer->on_timer(0, now, out_);
      settle();
    }
    now = until;
  }
  void answer(Error error = Error::none, Offset offset = 0, NodeId leader = no_node,
              LeaderEpoch epoch = no_epoch) {
    ProduceResponse response;
    const Sent request = take();
    for (const auto& entry : request.entries) {
      response.entries.push_back({entry.partition, error, offset, leader, epoch});
    }
    producer->on(response, request.to, Lane::data, now, out_);
    settle();
  }
  // The first produce request that was sent and not looked at.
  Sent take() {
    EXPECT_FALSE(sent.empty()) << "no produce request";
    if (sent.empty()) return {};
    const Sent first = sent.front();
    sent.pop_front();
    return first;
  }
  void disconnect(NodeId broker) {
    std::erase_if(sent, [&](const Sent& each) { return each.to == broker; });
    producer->on_disconnected(broker, Lane::data, now, out_);
    settle();
  }
  // What is sent to this broker from now on waits for room in the socket.
  void fill_socket(NodeId broker) {
    out_.let_sends_take_time(true);
    full_socket = broker;
  }
  // There is room: the last request is taken, as it is by then.
  void empty_socket(ProduceRequest& request) {
    producer->on_sent(std::exchange(full_socket, no_node), &request, now, out_);
    settle();
  }
  void shut_down() {
    producer->shut_down(now, out_);
    settle();
  }
  void crash() {
    producer->crash();
    sent.clear();
    alarm = never;
  }
  std::vector<Observation> all(ObservationKind kind) const {
    std::vector<Observation> found;
    for (const Observation& note : notes) {
      if (note.kind == kind) found.push_back(note);
    }
    return found;
  }
  // Records of notes of that kind.
  std::int64_t count(ObservationKind kind) const {
    std::int64_t sum = 0;
    for (const Observation& note : all(kind)) sum += note.count;
    return sum;
  }
  // "0-4 5 3" : first send numbers of the batches in the produce requests not looked at.
  std::vector<SendNumber> firsts() const {
    std::vector<SendNumber> list;
    for (const Sent& each : sent) {
      for (const auto& entry : each.entries) list.push_back(entry.batch.first);
    }
    return list;
  }

  Instant now{};
  std::optional<Producer> producer;
  std::deque<Sent> sent;
  std::vector<Observation> notes;
  std::vector<PartitionMetadata> leaders;
  BrokerSet alive;
  BrokerSet mute;               // accepts connections and never answers
  bool is_unreachable = false;  // connections stay silent
  NodeId full_socket = no_node;
  bool exited = false;
  Instant alarm = never;
  int timers = 0;
  int metadata_requests = 0;
  std::map<NodeId, int> connections;  // that were asked for, by broker
  NodeId first_connection = no_node;
  ProducerId next_id = 7;

 private:
  void settle() {
    while (!out_.effects().empty()) {
      const std::vector<Effect> effects(out_.effects().begin(), out_.effects().end());
      std::vector<Observation> noted;
      for (const Effect& effect : effects) {
        if (effect.kind == Effect::Kind::note) noted.push_back(out_.note_at(effect.slot));
      }
      out_.clear();
      notes.insert(notes.end(), noted.begin(), noted.end());
      for (const Effect& effect : effects) carry_out(effect);
    }
  }
  void carry_out(const Effect& effect) {
    switch (effect.kind) {
      case Effect::Kind::arm:
        EXPECT_GT(effect.after, Duration{});
        alarm = now + effect.after;
        break;
      case Effect::Kind::disarm:
        alarm = never;
        break;
      case Effect::Kind::connect:
        if (connections.empty()) first_connection = effect.to;
        ++connections[effect.to];
        if (!is_unreachable) producer->on_connected(effect.to, effect.lane, now, out_);
        break;
      case Effect::Kind::exit:
        exited = true;
        alarm = never;
        break;
      case Effect::Kind::send:
        deliver(effect);
        store_.give_back(effect.message, effect.slot);
        break;
      default:
        break;
    }
  }
  void deliver(const Effect& effect) {
    const NodeId to = effect.to;
    if (out_.sends_take_time() && to != full_socket) producer->on_sent(to, nullptr, now, out_);
    if (effect.message == MessageKind::ProduceRequest) {
      const auto& entries = store_.of<ProduceRequest>()[effect.slot].entries;
      sent.push_back({to, {entries.begin(), entries.end()}});
      return;
    }
    if (effect.message == MessageKind::MetadataRequest) ++metadata_requests;
    if (mute.contains(to)) return;
    if (effect.message == MessageKind::ApiVersionsRequest) {
      producer->on(ApiVersionsResponse{}, to, Lane::data, now, out_);
    } else if (effect.message == MessageKind::MetadataRequest) {
      producer->on(MetadataResponse{alive, leaders}, to, Lane::data, now, out_);
    } else if (effect.message == MessageKind::InitProducerIdRequest) {
      producer->on(InitProducerIdResponse{Error::none, next_id++, 0}, to, Lane::data, now, out_);
    }
  }

  ProducerSetup setup_;
  ClusterLayout layout_;
  MessageStore store_;
  GroupJournal journal_;
  Outbox out_;
};

}  // namespace kafault
