// The way of every message to its handler, to be inlined into the course of events.
#pragma once

#include "sim/cluster/dispatch.hpp"
#include "sim/kernel/contract.hpp"

namespace kafault {

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

[[gnu::always_inline]] inline void Dispatch::request(Cluster& world, NodeId server,
                                                     const RequestHandle& handle, MessageKind kind,
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

[[gnu::always_inline]] inline void Dispatch::answer(Cluster& world, NodeId client, NodeId server,
                                                    Lane lane, MessageKind kind,
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

}  // namespace kafault
