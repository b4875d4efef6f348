// TCP as Kafka sees it: connections between processes. Within one connection nothing is lost,
// duplicated or reordered; a connection breaks and takes what is in flight with it, or it stays
// silent (a black hole) until somebody's time-out. This room keeps the state of connections and
// links; the cluster moves the messages.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <vector>

#include "sim/kernel/time.hpp"
#include "sim/net/lossy_way.hpp"
#include "sim/protocol/messages.hpp"

namespace kafault {

using ConnectionIndex = std::uint32_t;

// How many requests a server executes whose client has closed the connection meanwhile, the one
// in hand included: it answers the first (the peer's kernel resets the connection), reads the
// second, which was readable already, and finds the connection closed when it answers that.
// Measured on Kafka 4.1.0: of five requests that a paused broker had in its socket buffer, two are
// appended when it goes on.
inline constexpr std::uint32_t orphans_per_connection = 2;

struct Connection {
  enum class State : std::uint8_t { closed, opening, open };
  struct Received {
    MessageKind kind;
    std::uint32_t slot;
  };
  // One direction.
  struct Way {
    Instant last{};       // when the newest message arrives: in order
    Instant held{};       // a message was delayed as it arrived: nothing overtakes it
    bool silent = false;  // a black hole from here on
    static constexpr std::uint32_t nothing = UINT32_MAX;
    std::uint32_t writing = nothing;  // the request that waits for room in its sender's socket
  };

  NodeId client = no_node;
  NodeId server = no_node;
  Lane lane = Lane::data;
  State state = State::closed;
  bool busy = false;             // the server executes a request of this connection
  bool server_gone = false;      // the server's end is closed; the client does not know yet
  bool client_gone = false;      // likewise the other way round
  std::uint32_t generation = 0;  // counts connections of this pair and lane
  // Of a connection that its client gave up, the server still executes this many requests that
  // are on their way: it notices the end only when it answers, see `orphans_per_connection`.
  std::uint32_t orphans_due = 0;
  std::uint32_t orphans_of = 0;  // generation of that connection
  Way to_server;
  Way to_client;
  std::vector<Received> unread;  // received by the server's kernel, oldest first
};

class Network {
 public:
  // Forgets every connection and link of a former run; keeps the capacity.
  void reset(std::int32_t nodes) {
    if (nodes != nodes_) {
      nodes_ = nodes;
      node_bits_ = static_cast<int>(std::bit_width(static_cast<unsigned>(nodes)));
      index_.assign(std::size_t{1} << (2 * node_bits_ + lane_bits), none);
      blocked_.assign(std::size_t{1} << (2 * node_bits_), 0);
    } else {
      for (ConnectionIndex i = 0; i < used_; ++i) {
        index_[slot_of(connections_[i].client, connections_[i].server, connections_[i].lane)] =
            none;
      }
      if (links_blocked_ != 0) std::fill(blocked_.begin(), blocked_.end(), 0);
    }
    links_blocked_ = 0;
    used_ = 0;
    guest_ = host_ = no_node;
  }

  ConnectionIndex find_or_add(NodeId client, NodeId server, Lane lane) {
    const ConnectionIndex index = index_[slot_of(client, server, lane)];
    return index != none ? index : add(client, server, lane);
  }
  Connection& operator[](ConnectionIndex index) { return connections_[index]; }
  const Connection& operator[](ConnectionIndex index) const { return connections_[index]; }
  ConnectionIndex size() const { return used_; }

  // Where packets are lost: one direction of a connection.
  LossyWay& lossy(ConnectionIndex index, bool to_server) {
    if (lossy_.size() < 2 * std::size_t{index} + 2) lossy_.resize(2 * std::size_t{index} + 2);
    return lossy_[2 * std::size_t{index} + (to_server ? 1 : 0)];
  }

  // From now on one node, the guest, lives on another one's machine, and has its links.
  void move(NodeId guest, NodeId host) {
    guest_ = guest;
    host_ = host;
  }
  NodeId machine_of(NodeId node) const { return node == guest_ ? host_ : node; }

  // Links, between machines: an isolation blocks a direction; isolations may overlap.
  void block(NodeId from, NodeId to) {
    ++blocked_[pair(from, to)];
    ++links_blocked_;
  }
  void unblock(NodeId from, NodeId to) {
    --blocked_[pair(from, to)];
    --links_blocked_;
  }
  bool is_blocked(NodeId from, NodeId to) const {
    return links_blocked_ != 0 && blocked_[pair(machine_of(from), machine_of(to))] != 0;
  }
  // Between two machines, in either direction.
  bool is_cut(NodeId a, NodeId b) const {
    return links_blocked_ != 0 && (blocked_[pair(a, b)] != 0 || blocked_[pair(b, a)] != 0);
  }
  bool any_blocked() const { return links_blocked_ != 0; }

 private:
  static constexpr ConnectionIndex none = UINT32_MAX;
  static constexpr int lane_bits = static_cast<int>(std::bit_width(static_cast<unsigned>(lanes)));

  std::size_t pair(NodeId a, NodeId b) const {
    return static_cast<std::size_t>(a) << node_bits_ | static_cast<std::size_t>(b);
  }
  std::size_t slot_of(NodeId client, NodeId server, Lane lane) const {
    return pair(client, server) << lane_bits | static_cast<std::size_t>(lane);
  }
  ConnectionIndex add(NodeId client, NodeId server, Lane lane) {
    const ConnectionIndex index = used_++;
    index_[slot_of(client, server, lane)] = index;
    if (connections_.size() < used_) connections_.emplace_back();
    Connection& fresh = connections_[index];
    std::vector<Connection::Received> unread = std::move(fresh.unread);
    unread.clear();
    fresh = Connection{};
    fresh.unread = std::move(unread);
    fresh.client = client;
    fresh.server = server;
    fresh.lane = lane;
    return index;
  }

  std::int32_t nodes_ = 0;
  int node_bits_ = 0;  // of a node id, in the places of the tables below
  std::uint32_t used_ = 0;
  std::int32_t links_blocked_ = 0;
  NodeId guest_ = no_node;
  NodeId host_ = no_node;
  std::vector<ConnectionIndex> index_;  // by client, server, lane
  std::vector<std::int32_t> blocked_;   // by from, to
  std::vector<Connection> connections_;
  std::vector<LossyWay> lossy_;  // by connection, then direction; empty where nothing is lost
};

}  // namespace kafault
