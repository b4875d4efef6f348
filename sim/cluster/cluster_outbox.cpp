// The part of the cluster that does what a handler has put into the outbox. It runs at every event:
// what only faults and explorations need is left out where there are none, and what is done mostly
// is inlined.
#include <algorithm>

#include "sim/cluster/carry_out.hpp"
#include "sim/cluster/cluster.hpp"

namespace kafault {

// --- messages ---------------------------------------------------------------------------------

Duration Cluster::latency_that_varies(NodeId from, NodeId to) {
  const NetworkPlan& network = plan_->network;
  Duration one_way = network.latency_low;
  if (network.latency_high > network.latency_low) {
    one_way = Duration{fate_->between(Question::latency, from, network.latency_low.count(),
                                      network.latency_high.count())};
  }
  return anybody_slow_ ? one_way * std::max(process(from).slowness, process(to).slowness) : one_way;
}

// What delays it beyond the latency; nothing if it is lost.
std::optional<Duration> Cluster::delay_of(ConnectionIndex index, bool to_server, MessageKind kind) {
  Connection& connection = network_[index];
  const NodeId from = to_server ? connection.client : connection.server;
  const NodeId to = to_server ? connection.server : connection.client;
  bool& silent = to_server ? connection.to_server.silent : connection.to_client.silent;
  Duration extra{};
  if ((watched_[static_cast<std::size_t>(kind)] & sent_watched) != 0) {
    const Stroke stroke = onlooker_->on_message(kind, from, to, false, now());
    if (stroke.kind == Stroke::Kind::drop_connection) {
      break_connection(index);
      return std::nullopt;
    }
    if (stroke.kind == Stroke::Kind::swallow) silent = true;
    extra = stroke.by;
  }
  if (network_.is_blocked(from, to)) silent = true;
  if (silent) {
    if (to_server && plan_->network.loss_ppm > 0) socket_takes(index, now());
    return std::nullopt;
  }
  if (kind == MessageKind::MetadataFetchResponse) {
    extra += Duration{fate_->between(Question::latency, to, plan_->network.metadata_low.count(),
                                     plan_->network.metadata_high.count())};
  }
  return extra;
}

[[gnu::noinline]] void Cluster::transmit_disturbed(ConnectionIndex index, bool to_server,
                                                   MessageKind kind, std::uint32_t slot) {
  const std::optional<Duration> delay = delay_of(index, to_server, kind);
  if (!delay) return store_.give_back(kind, slot);
  const Connection& connection = network_[index];
  const Duration one_way = to_server ? latency(connection.client, connection.server)
                                     : latency(connection.server, connection.client);
  const Instant arrives = plan_->network.loss_ppm == 0
                              ? now() + one_way
                              : send_lossy(index, to_server, kind, slot, one_way);
  put_on_its_way(index, to_server, kind, slot, arrives + *delay);
}

// Its client has gone; what it sent behind this request may be read now.
void Cluster::orphan_done(NodeId server, const Effect& effect) {
  const RequestHandle handle{effect.to, effect.lane, effect.connection};
  for (Orphan& orphan : orphans_) {
    if (orphan.server == server && orphan.handle == handle) orphan.waits = false;
  }
  discard(effect);
}

// --- effects ----------------------------------------------------------------------------------

void Cluster::arm(NodeId node, TimerId id, Duration after, Duration up_to) {
  Process& process = processes_[static_cast<std::size_t>(node)];
  if (up_to > after) {
    after = Duration{fate_->between(Question::timer, node, after.count(), up_to.count())};
  }
  const std::size_t index = timer_index(id);
  Timer& timer = process.timers[index];
  const bool endless = after >= forever - now().time_since_epoch();
  timer.deadline = endless ? never : now() + std::max(after, Duration{0}) * process.slowness;
  if (timer.deadline == never || timer.entry <= timer.deadline) return;
  Event event;
  event.kind = Event::Kind::timer;
  event.node = node;
  event.a = static_cast<std::uint32_t>(index);
  event.b = ++timer.generation;
  event.due = timer.deadline;
  timer.entry = timer.deadline;
  calendar_.schedule(event);
}

[[gnu::noinline]] void Cluster::perform_other(NodeId node, Process& process, const Effect& effect) {
  switch (effect.kind) {
    case Effect::Kind::send:
    case Effect::Kind::reply:
    case Effect::Kind::note:
      break;
    case Effect::Kind::finish:
    case Effect::Kind::close: {
      const ConnectionIndex index = network_.find_or_add(effect.to, node, effect.lane);
      if (!request_done(index, effect.connection)) return orphan_done(node, effect);
      if (effect.kind == Effect::Kind::close) close_by_server(index, Duration{0});
      break;
    }
    case Effect::Kind::connect:
      open(node, effect.to, effect.lane);
      break;
    case Effect::Kind::disconnect:
      close_by_client(network_.find_or_add(node, effect.to, effect.lane));
      break;
    case Effect::Kind::arm:
      arm(node, effect.timer, effect.after, effect.up_to);
      break;
    case Effect::Kind::disarm:
      process.timers[timer_index(effect.timer)].deadline = never;
      break;
    case Effect::Kind::local: {
      const LocalEvent event = outbox_.local_at(effect.slot);
      brokers_[static_cast<std::size_t>(node) - 1].on_local(event, now(), outbox_);
      break;
    }
    case Effect::Kind::exit:
      if (!outbox_.keeps_order()) show_notes(node);
      process.done = true;
      end_process(node, Duration{0});
      note(node, {.kind = ObservationKind::ProcessExited});
      controller_ends_with(node, Duration{0}, true);
      if (process.starts_again) start(node);
      break;
  }
}

[[gnu::noinline]] void Cluster::tell_notes() {
  if (noted_.empty()) return;
  onlooker_->see(outbox_.notes(), noted_);
  forget_notes();
}

void Cluster::carry_out_in_order(NodeId node, Process& process) {
  const std::uint32_t incarnation = process.incarnation;
  // Local events are handled at once and append to the same outbox, so the end may move.
  for (std::size_t i = 0; i < outbox_.effects().size(); ++i) {
    const Effect& effect = outbox_.effects()[i];
    if (process.state == Process::State::down || process.incarnation != incarnation) {
      discard(effect);
      // It was about to say so and did not live to: for its workload it has not happened.
      if (effect.kind == Effect::Kind::note && process.kind == ProcessKind::producer) {
        producers_[static_cast<std::size_t>(process.index)].take_back(outbox_.note_at(effect.slot));
      }
      continue;
    }
    if (process.state == Process::State::paused) {
      hold_rest(node, i);
      break;
    }
    if (effect.kind != Effect::Kind::note) {
      perform(node, process, effect);
      continue;
    }
    Observation& observation = outbox_.note_at(effect.slot);
    observation.node = node;
    if (sinks_.decide()) sinks_.see(observation, now());
    onlooker_->see(observation, now());
    if (stops_at_notes_ && stops_before(i + 1) && process.incarnation == incarnation) {
      hold_rest(node, i + 1);
      interrupted_ = node;
      return outbox_.clear();
    }
  }
  outbox_.clear();
}

void Cluster::carry_out(NodeId node) {
  Process& process = processes_[static_cast<std::size_t>(node)];
  if (outbox_.keeps_order()) return carry_out_in_order(node, process);
  carry_out_at_once(node, process);
}

// A crash or a pause at the note before would keep something from the rest of the world.
bool Cluster::stops_before(std::size_t effect) const {
  const std::span<const Effect> effects = outbox_.effects();
  return interrupted_ == no_node &&
         std::any_of(effects.begin() + static_cast<std::ptrdiff_t>(effect), effects.end(),
                     [](const Effect& next) {
                       return next.kind != Effect::Kind::note && next.kind != Effect::Kind::arm &&
                              next.kind != Effect::Kind::disarm;
                     });
}

void Cluster::hold_rest(NodeId node, std::size_t from) {
  Process& process = processes_[static_cast<std::size_t>(node)];
  for (std::size_t i = from; i < outbox_.effects().size(); ++i) {
    Effect effect = outbox_.effects()[i];
    if (effect.kind == Effect::Kind::note) {
      process.held_notes.push_back(outbox_.note_at(effect.slot));
      effect.slot = static_cast<std::uint32_t>(process.held_notes.size() - 1);
    } else if (effect.kind == Effect::Kind::local) {
      process.held_locals.push_back(outbox_.local_at(effect.slot));
      effect.slot = static_cast<std::uint32_t>(process.held_locals.size() - 1);
    }
    process.held_effects.push_back(effect);
  }
}

void Cluster::discard(const Effect& effect) {
  if (effect.kind == Effect::Kind::send || effect.kind == Effect::Kind::reply) {
    store_.give_back(effect.message, effect.slot);
  }
}

void Cluster::after_handler(NodeId node) {
  after_handler_here(node, processes_[static_cast<std::size_t>(node)]);
}

}  // namespace kafault
