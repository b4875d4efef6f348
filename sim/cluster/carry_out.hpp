// What is done with an outbox at every event, to be inlined into the loop of events: what only
// faults and explorations need is left out where there are none, and what is rare lies elsewhere
// (cluster_outbox.cpp).
#pragma once

#include "sim/cluster/cluster.hpp"
#include "sim/cluster/rarely.hpp"
#include "sim/kernel/contract.hpp"

namespace kafault {

// Behind what was sent before it on its connection.
[[gnu::always_inline]] inline void Cluster::put_on_its_way(ConnectionIndex index, bool to_server,
                                                           MessageKind kind, std::uint32_t slot,
                                                           Instant arrives) {
  Connection& connection = network_[index];
  Connection::Way& way = to_server ? connection.to_server : connection.to_client;
  if (way.last < arrives) way.last = arrives;
  sent_kinds_ |= std::uint64_t{1} << static_cast<unsigned>(kind);
  Event& event = calendar_.schedule_at(way.last);
  event.kind = to_server ? Event::Kind::to_server : Event::Kind::to_client;
  event.message = kind;
  event.node = to_server ? connection.server : connection.client;
  event.a = index;
  event.b = connection.generation;
  event.c = slot;
}

[[gnu::always_inline]] inline void Cluster::transmit(ConnectionIndex index, bool to_server,
                                                     MessageKind kind, std::uint32_t slot) {
  const Connection& connection = network_[index];
  if (connection.state != Connection::State::open) [[unlikely]]
    return store_.give_back(kind, slot);
  if (disturbed_ || kind == MessageKind::MetadataFetchResponse) [[unlikely]] {
    return transmit_disturbed(index, to_server, kind, slot);
  }
  const NodeId from = to_server ? connection.client : connection.server;
  const NodeId to = to_server ? connection.server : connection.client;
  put_on_its_way(index, to_server, kind, slot, now() + latency(from, to));
}

// A request is answered, or will not be: the next one of its connection may be executed. False if
// its client has gone.
[[gnu::always_inline]] inline bool Cluster::request_done(ConnectionIndex index,
                                                         std::uint32_t generation) {
  Connection& connection = network_[index];
  if (connection.generation != generation || !connection.busy) [[unlikely]]
    return false;
  connection.busy = false;
  if (!connection.unread.empty()) append_rarely(ready_, index);
  return true;
}

[[gnu::always_inline]] inline void Cluster::perform(NodeId node, Process& process,
                                                    const Effect& effect) {
  if (effect.kind == Effect::Kind::send) {  // mostly
    const ConnectionIndex connection = network_.find_or_add(node, effect.to, effect.lane);
    if (settling_) [[unlikely]]
      network_[connection].state = Connection::State::open;
    return transmit(connection, true, effect.message, effect.slot);
  }
  if (effect.kind == Effect::Kind::reply) {
    const ConnectionIndex connection = network_.find_or_add(effect.to, node, effect.lane);
    if (!request_done(connection, effect.connection)) return orphan_done(node, effect);
    return transmit(connection, false, effect.message, effect.slot);
  }
  perform_other(node, process, effect);
}

// Seen is what was noted in bursts: whoever looks at many notes one after the other does so faster.
[[gnu::always_inline]] inline void Cluster::show_notes(NodeId node) {
  const std::span<Observation> notes = outbox_.notes();
  const auto end = static_cast<std::uint32_t>(notes.size());
  if (end == noted_end_) return;
  if (sinks_.decide()) [[unlikely]] {
    for (Observation& observation : notes.subspan(noted_end_)) {
      observation.node = node;
      sinks_.see(observation, now());
    }
  }
  Noted& noted = noted_.emplace_back();
  noted.by = node;
  noted.end = end;
  noted.at = now();
  noted_end_ = end;
  if (end >= burst) tell_notes();
}

// Where nothing can strike in the middle, it matters to nobody whether something is noted before
// or after it is done.
[[gnu::always_inline]] inline void Cluster::carry_out_at_once(NodeId node, Process& process) {
  KAFAULT_REQUIRE(process.state != Process::State::paused);
  // Local events are handled at once and append to the same outbox, so the end may move.
  for (std::size_t i = 0; i < outbox_.effects().size(); ++i) {
    const Effect& effect = outbox_.effects()[i];
    if (process.state == Process::State::down) [[unlikely]] {
      discard(effect);
    } else {
      perform(node, process, effect);
    }
  }
  show_notes(node);
  outbox_.clear_effects();
}

[[gnu::always_inline]] inline void Cluster::after_handler_here(NodeId node, Process& process) {
  if (process.kind == ProcessKind::broker) {
    BrokerProcess& broker = brokers_[static_cast<std::size_t>(node) - 1];
    if (broker.broker.has_isr_changes()) broker.submit_isr_changes(now(), outbox_);
  }
  ++process.steps;
  last_actor_ = node;
  if (outbox_.keeps_order()) [[unlikely]] {
    carry_out_in_order(node, process);
  } else {
    carry_out_at_once(node, process);
  }
  if (watched_steps_ == node) [[unlikely]]
    onlooker_->on_step(node, now());
}

}  // namespace kafault
