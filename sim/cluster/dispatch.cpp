#include "sim/cluster/dispatch.hpp"

#include "sim/kernel/contract.hpp"

namespace kafault {

#define KAFAULT_EACH_CLIENT(world, process, call)                         \
  switch ((process).kind) {                                               \
    case ProcessKind::controller:                                         \
      break;                                                              \
    case ProcessKind::broker:                                             \
      (world).brokers_[static_cast<std::size_t>((process).index)].call;   \
      break;                                                              \
    case ProcessKind::producer:                                           \
      (world).producers_[static_cast<std::size_t>((process).index)].call; \
      break;                                                              \
    case ProcessKind::member:                                             \
      (world).members_[static_cast<std::size_t>((process).index)].call;   \
      break;                                                              \
  }

void Dispatch::start(Cluster& world, NodeId node) {
  const Process& process = world.process(node);
  const auto index = static_cast<std::size_t>(process.index);
  Outbox& out = world.outbox_;
  switch (process.kind) {
    case ProcessKind::controller:
      world.controller_.start(world.now(), out, world.silent_brokers());
      break;
    case ProcessKind::broker:
      world.brokers_[index].start(process.incarnation, world.now(), out);
      break;
    case ProcessKind::producer:
      world.producers_[index].start(world.now(), out, world.cast_dice(node));
      break;
    case ProcessKind::member:
      world.members_[index].start(world.now(), out, world.cast_dice(node));
      break;
  }
}

void Dispatch::crash(Cluster& world, NodeId node) {
  if (node == controller_node) return world.controller_.crash();
  KAFAULT_EACH_CLIENT(world, world.process(node), crash())
}

void Dispatch::shut_down(Cluster& world, NodeId node) {
  const Process& process = world.process(node);
  const auto index = static_cast<std::size_t>(process.index);
  switch (process.kind) {
    case ProcessKind::controller:
      break;
    case ProcessKind::broker:
      world.brokers_[index].lifecycle.shut_down(world.now(), world.outbox_);
      break;
    case ProcessKind::producer:
      world.producers_[index].shut_down(world.now(), world.outbox_);
      break;
    case ProcessKind::member:
      world.members_[index].shut_down(world.now(), world.outbox_);
      break;
  }
}

void Dispatch::timer(Cluster& world, NodeId node, TimerId timer) {
  const Process& process = world.process(node);
  const auto index = static_cast<std::size_t>(process.index);
  const Instant now = world.now();
  switch (process.kind) {
    case ProcessKind::controller:
      world.controller_.on_timer(timer.index, now, world.outbox_);
      break;
    case ProcessKind::broker:
      world.brokers_[index].on_timer(timer, now, world.outbox_);
      break;
    case ProcessKind::producer:
      world.producers_[index].on_timer(timer.index, now, world.outbox_);
      break;
    case ProcessKind::member:
      if (timer.room != 0) return world.members_[index].on_outlet_timer(now, world.outbox_);
      world.members_[index].on_timer(timer.index, now, world.outbox_);
      break;
  }
}

void Dispatch::connected(Cluster& world, NodeId client, NodeId server, Lane lane) {
  KAFAULT_EACH_CLIENT(world, world.process(client),
                      on_connected(server, lane, world.now(), world.outbox_))
}

void Dispatch::disconnected(Cluster& world, NodeId client, NodeId server, Lane lane) {
  KAFAULT_EACH_CLIENT(world, world.process(client),
                      on_disconnected(server, lane, world.now(), world.outbox_))
}

void Dispatch::put_back(Cluster& world, Process& process) {
  for (const Effect& effect : process.held_effects) {
    world.outbox_.put_back(effect, process.held_notes, process.held_locals);
  }
  process.held_effects.clear();
  process.held_notes.clear();
  process.held_locals.clear();
}

}  // namespace kafault
