// Who watches a cluster: oracles, traces, and the faults, which may act on what they see. The
// cluster knows none of them.
#pragma once

#include <span>

#include "sim/kernel/time.hpp"
#include "sim/protocol/messages.hpp"
#include "sim/protocol/observation.hpp"

namespace kafault {

// What becomes of a message that a fault has an eye on.
struct Stroke {
  enum class Kind : std::uint8_t { pass, drop_connection, swallow, delay };
  Kind kind = Kind::pass;
  Duration by{};
};

// What a process noted while it handled something: all notes up to number `end`.
struct Noted {
  NodeId by = no_node;
  std::uint32_t end = 0;
  Instant at{};
};

class Onlooker {
 public:
  virtual ~Onlooker() = default;
  // Every observation, in order. May crash or pause processes.
  virtual void see(const Observation& observation, Instant now) = 0;
  // Likewise, what processes have noted one after the other, where none of it is to be acted upon:
  // then it matters to nobody whether it is seen at once. Who noted it is yet to be filled in. What
  // becomes of a process comes alone.
  virtual void see(std::span<Observation> observations, std::span<const Noted> noted) = 0;
  // A message of a watched kind is sent, or received (before the receiver sees it).
  virtual Stroke on_message(MessageKind kind, NodeId from, NodeId to, bool received,
                            Instant now) = 0;
  // A process that is watched step by step has handled an event.
  virtual void on_step(NodeId node, Instant now) = 0;
  // An alarm that was set with Cluster::set_alarm.
  virtual void on_alarm(std::uint32_t alarm, Instant now) = 0;
};

}  // namespace kafault
