// The part of the cluster that moves messages: connections open, carry, break and close here.
#include <algorithm>

#include "sim/cluster/cluster.hpp"
#include "sim/cluster/dispatch.hpp"
#include "sim/cluster/rarely.hpp"
#include "sim/kernel/contract.hpp"

namespace kafault {

// --- opening and closing ----------------------------------------------------------------------

void Cluster::open(NodeId client, NodeId server, Lane lane) {
  const ConnectionIndex index = network_.find_or_add(client, server, lane);
  Connection& connection = network_[index];
  if (connection.state != Connection::State::closed) {  // of a former life of the client
    forget_unread(connection);
    ++connection.generation;
  }
  connection.state = Connection::State::opening;
  connection.busy = false;
  connection.server_gone = connection.client_gone = false;
  connection.to_server = connection.to_client = {now(), now(), false};
  if (plan_->network.loss_ppm > 0) {
    network_.lossy(index, true).reset();
    network_.lossy(index, false).reset();
  }
  if (network_.is_blocked(client, server) || network_.is_blocked(server, client)) return;
  knock(index);
}

// One attempt to open: it has an outcome a round trip later, unless the link is blocked by then.
void Cluster::knock(ConnectionIndex index) {
  const Connection& connection = network_[index];
  Event event;
  event.kind = Event::Kind::opened;
  event.node = connection.client;
  event.a = index;
  event.b = connection.generation;
  event.due = now() + latency(connection.client, connection.server) +
              latency(connection.server, connection.client);
  calendar_.schedule(event);
}

// A broker opens its port when it has seen its own registration.
bool Cluster::listens(NodeId server) const {
  if (process(server).state == Process::State::down) return false;
  return server == controller_node || broker(server).is_serving();
}

// The kernel of a paused server accepts; nobody listens where the process is gone.
void Cluster::opening_ends(const Event& event) {
  Connection& connection = network_[event.a];
  if (event.b != connection.generation || connection.state != Connection::State::opening) return;
  const NodeId server = connection.server;
  const NodeId client = connection.client;
  if (network_.is_blocked(client, server) || network_.is_blocked(server, client)) return;
  const Lane lane = connection.lane;
  if (!listens(server)) {
    connection.state = Connection::State::closed;
    ++connection.generation;
    Dispatch::disconnected(*this, client, server, lane);
  } else {
    connection.state = Connection::State::open;
    Dispatch::connected(*this, client, server, lane);
  }
  after_handler(client);
}

// Breaks in the middle: what is in flight in either direction is gone, both ends notice. A request
// that the server has begun is finished; its answer finds no connection.
void Cluster::break_connection(ConnectionIndex index) {
  Connection& connection = network_[index];
  if (connection.state == Connection::State::closed) return;
  if (connection.state == Connection::State::open && !connection.server_gone) {
    orphan_unread(connection);
    connection.orphans_due = 0;
  }
  forget_unread(connection);
  Event event;
  event.kind = Event::Kind::closed_to_client;
  event.node = connection.client;
  event.a = index;
  event.b = ++connection.generation;  // the notice outlives what was in flight
  event.due = now() + latency(connection.server, connection.client);
  connection.busy = false;
  connection.state = Connection::State::open;
  connection.server_gone = true;
  calendar_.schedule(event);
}

void Cluster::close_by_server(ConnectionIndex index, Duration teardown) {
  Connection& connection = network_[index];
  if (connection.state != Connection::State::open || connection.server_gone) return;
  forget_unread(connection);
  connection.busy = false;
  if (teardown == forever) {
    connection.to_server.silent = connection.to_client.silent = disturbed_ = true;
    return;
  }
  connection.server_gone = true;
  Event event;
  event.kind = Event::Kind::closed_to_client;
  event.node = connection.client;
  event.a = index;
  event.b = connection.generation;
  event.due = std::max(now() + teardown + latency(connection.server, connection.client),
                       connection.to_client.last);
  calendar_.schedule(event);
}

void Cluster::close_by_client(ConnectionIndex index) {
  Connection& connection = network_[index];
  if (connection.state == Connection::State::closed) return;
  if (connection.state == Connection::State::open && !connection.server_gone) {
    orphan_unread(connection);
  }
  forget_unread(connection);
  connection.state = Connection::State::closed;
  connection.busy = false;
  connection.server_gone = false;
  ++connection.generation;
}

// The client is gone; what the server has in hand, has unread or is about to get may still be
// executed, up to `orphans_per_connection` in all.
void Cluster::orphan_unread(Connection& connection) {
  std::uint32_t due = orphans_per_connection - (connection.busy ? 1 : 0);
  while (due > 0 && !connection.unread.empty()) {
    const Connection::Received next = connection.unread.front();
    connection.unread.erase(connection.unread.begin());
    orphans_.push_back({connection.server,
                        {connection.client, connection.lane, connection.generation},
                        next.kind,
                        next.slot,
                        connection.busy});
    --due;
  }
  connection.orphans_due = due;
  connection.orphans_of = connection.generation;
}

// Simplified: two orphans that wait for a paused server do not wait for each other's answers.
void Cluster::execute_orphans() {
  for (std::size_t i = 0; i < orphans_.size() && interrupted_ == no_node;) {
    if (orphans_[i].waits || process(orphans_[i].server).state != Process::State::running) {
      ++i;
      continue;
    }
    const Orphan orphan = orphans_[i];
    orphans_.erase(orphans_.begin() + static_cast<std::ptrdiff_t>(i));
    execute(orphan.server, orphan.handle, orphan.kind, orphan.slot);
  }
}

void Cluster::closing_is_seen(const Event& event) {
  Connection& connection = network_[event.a];
  if (event.b != connection.generation || connection.state != Connection::State::open) return;
  forget_unread(connection);
  connection.state = Connection::State::closed;
  connection.busy = false;
  connection.server_gone = connection.client_gone = false;
  ++connection.generation;
  if (event.kind == Event::Kind::closed_to_server) return;
  const NodeId client = connection.client;
  Dispatch::disconnected(*this, client, connection.server, connection.lane);
  after_handler(client);
}

void Cluster::forget_unread(Connection& connection) {
  for (const Connection::Received& request : connection.unread) {
    store_.give_back(request.kind, request.slot);
  }
  connection.unread.clear();
}

// --- links ------------------------------------------------------------------------------------

// A controller that lives on a broker has no links of its own; ZooKeeper has.
bool Cluster::has_links(NodeId node) const { return node != controller_node || !plan_->combined; }

void Cluster::block(NodeId from, NodeId to) {
  if (!has_links(from) || !has_links(to)) return;
  network_.block(from, to);
  disturbed_ = true;
  review_controller();
}

void Cluster::unblock(NodeId from, NodeId to) {
  if (!has_links(from) || !has_links(to)) return;
  network_.unblock(from, to);
  if (network_.is_blocked(from, to)) return;
  for (ConnectionIndex i = 0; i < network_.size(); ++i) {
    const Connection& connection = network_[i];
    const NodeId client = network_.machine_of(connection.client);
    const NodeId server = network_.machine_of(connection.server);
    const bool request_side = client == from && server == to;
    const bool answer_side = server == from && client == to;
    if (connection.state == Connection::State::opening && (request_side || answer_side)) {
      knock(i);  // TCP repeats its SYN
    }
    if (connection.state != Connection::State::open) continue;
    if ((request_side && connection.to_server.silent) ||
        (answer_side && connection.to_client.silent)) {
      break_connection(i);
    }
  }
  review_controller();
}

}  // namespace kafault
