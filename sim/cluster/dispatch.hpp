// Which actor of which process gets what. A message goes to the actor that has a handler for it;
// one that reaches a process where none has is a broken contract.
#pragma once

#include "sim/cluster/cluster.hpp"

namespace kafault {

class Dispatch {
 public:
  static void start(Cluster& world, NodeId node);
  static void crash(Cluster& world, NodeId node);
  static void shut_down(Cluster& world, NodeId node);
  static void timer(Cluster& world, NodeId node, TimerId timer);
  static void connected(Cluster& world, NodeId client, NodeId server, Lane lane);
  static void disconnected(Cluster& world, NodeId client, NodeId server, Lane lane);
  // These two are in dispatch_messages.hpp.
  static void request(Cluster& world, NodeId server, const RequestHandle& handle, MessageKind kind,
                      std::uint32_t slot);
  static void answer(Cluster& world, NodeId client, NodeId server, Lane lane, MessageKind kind,
                     std::uint32_t slot);
  // What a paused process was about to do goes back into the outbox.
  static void put_back(Cluster& world, Process& process);
};

}  // namespace kafault
