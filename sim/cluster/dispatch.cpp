#include "sim/cluster/dispatch.hpp"

#include "sim/kernel/contract.hpp"

namespace kafault {

namespace {

// Requests to a broker go to its coordinator, its lifecycle or its log, whichever has a handler.
template <class Message>
void to_broker(BrokerProcess& broker, const Message& message, const RequestHandle& handle,
               Instant now, Outbox& out) {
  if constexpr (requires { broker.coordinator.on(message, handle, now, out); }) {
    broker.coordinator.on(message, handle, now, out);
  } else if constexpr (requires { broker.broker.on(message, handle, now, out); }) {
    broker.broker.on(message, handle, now, out);
  } else {
    KAFAULT_REQUIRE(false);
  }
}

template <class Message>
void to_controller(Controller& controller, const Message& message, const RequestHandle& handle,
                   Instant now, Outbox& out) {
  if constexpr (requires { controller.on(message, handle, now, out); }) {
    controller.on(message, handle, now, out);
  } else {
    KAFAULT_REQUIRE(false);
  }
}

template <class Message>
void answer_to_broker(BrokerProcess& broker, const Message& message, NodeId from, Lane lane,
                      Instant now, Outbox& out) {
  if constexpr (requires { broker.on(message, lane, now, out); }) {
    broker.on(message, lane, now, out);
  } else if constexpr (requires { broker.on(message, from, lane, now, out); }) {
    broker.on(message, from, lane, now, out);
  } else if constexpr (requires { broker.broker.on(message, from, now, out); }) {
    broker.broker.on(message, from, now, out);
  } else if constexpr (requires { broker.lifecycle.on(message, lane, now, out); }) {
    broker.lifecycle.on(message, lane, now, out);
  } else {
    KAFAULT_REQUIRE(false);
  }
}

template <class Actor, class Message>
void answer_to_client(Actor& actor, const Message& message, NodeId from, Lane lane, Instant now,
                      Outbox& out) {
  if constexpr (requires { actor.on(message, from, lane, now, out); }) {
    actor.on(message, from, lane, now, out);
  } else {
    KAFAULT_REQUIRE(false);
  }
}

}  // namespace

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

void Dispatch::request(Cluster& world, NodeId server, const RequestHandle& handle, MessageKind kind,
                       std::uint32_t slot) {
  const Instant now = world.now();
  Outbox& out = world.outbox_;
  switch (kind) {
#define KAFAULT_REQUEST(Message)                                                                  \
  case MessageKind::Message: {                                                                    \
    const Message& message = world.store_.of<Message>()[slot];                                    \
    if (server == controller_node) {                                                              \
      to_controller(world.controller_, message, handle, now, out);                                \
    } else {                                                                                      \
      to_broker(world.brokers_[static_cast<std::size_t>(server) - 1], message, handle, now, out); \
    }                                                                                             \
    break;                                                                                        \
  }
    KAFAULT_MESSAGES(KAFAULT_REQUEST)
#undef KAFAULT_REQUEST
  }
}

void Dispatch::answer(Cluster& world, NodeId client, NodeId server, Lane lane, MessageKind kind,
                      std::uint32_t slot) {
  const Process& process = world.process(client);
  const auto index = static_cast<std::size_t>(process.index);
  const Instant now = world.now();
  Outbox& out = world.outbox_;
  switch (kind) {
#define KAFAULT_ANSWER(Message)                                                   \
  case MessageKind::Message: {                                                    \
    const Message& message = world.store_.of<Message>()[slot];                    \
    if (process.kind == ProcessKind::broker) {                                    \
      answer_to_broker(world.brokers_[index], message, server, lane, now, out);   \
    } else if (process.kind == ProcessKind::producer) {                           \
      answer_to_client(world.producers_[index], message, server, lane, now, out); \
    } else {                                                                      \
      answer_to_client(world.members_[index], message, server, lane, now, out);   \
    }                                                                             \
    break;                                                                        \
  }
    KAFAULT_MESSAGES(KAFAULT_ANSWER)
#undef KAFAULT_ANSWER
  }
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
