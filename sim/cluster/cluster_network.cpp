// The part of the cluster that moves messages: connections open, carry, break and close here.
#include <algorithm>

#include "sim/cluster/cluster.hpp"
#include "sim/cluster/dispatch.hpp"
#include "sim/cluster/rarely.hpp"
#include "sim/kernel/contract.hpp"

namespace kafault {

// --- arrivals ---------------------------------------------------------------------------------

void Cluster::handle(NodeId server, const RequestHandle& handle, MessageKind kind,
                     std::uint32_t slot) {
  Dispatch::request(*this, server, handle, kind, slot);
  store_.give_back(kind, slot);
  after_handler(server);
}

[[gnu::always_inline]] inline void Cluster::execute(NodeId server, const RequestHandle& handle,
                                                    MessageKind kind, std::uint32_t slot) {
  if (disturbed_ && takes_longer(server, kind, slot)) {
    return take_in_hand(server, handle, kind, slot);
  }
  this->handle(server, handle, kind, slot);
}

// The server's kernel takes the request in even while the process is paused; the process executes
// one request per connection at a time (SocketServer mutes the channel until it has answered).
void Cluster::request_arrives(const Event& event) {
  Connection& connection = network_[event.a];
  const Process& server = process(event.node);
  if (event.b != connection.generation || connection.server_gone ||
      server.state == Process::State::down) {
    return request_comes_too_late(event);
  }
  if (disturbed_ && is_struck(event)) return;
  if (connection.busy || !connection.unread.empty() || server.state != Process::State::running) {
    return append_rarely(connection.unread, {event.message, event.c});
  }
  connection.busy = true;
  execute(event.node, {connection.client, connection.lane, event.b}, event.message, event.c);
}

// Its connection is not what it was; a few requests of such a one are read all the same.
void Cluster::request_comes_too_late(const Event& event) {
  Connection& connection = network_[event.a];
  const bool is_read = event.b != connection.generation && connection.orphans_due > 0 &&
                       connection.orphans_of == event.b &&
                       process(event.node).state != Process::State::down;
  if (!is_read) return store_.give_back(event.message, event.c);
  --connection.orphans_due;
  orphans_.push_back(
      {event.node, {connection.client, connection.lane, event.b}, event.message, event.c, false});
}

// A misfortune that has an eye on a message as it arrives, before its receiver sees it.
bool Cluster::is_struck(const Event& event) {
  Connection& connection = network_[event.a];
  const bool to_server = event.kind == Event::Kind::to_server;
  Connection::Way& way = to_server ? connection.to_server : connection.to_client;
  Instant& held = way.held;
  Stroke stroke = std::exchange(next_stroke_, {});
  const bool was_held = held == now();
  if (!was_held && (watched_[static_cast<std::size_t>(event.message)] & received_watched) != 0) {
    const NodeId from = to_server ? connection.client : connection.server;
    stroke = onlooker_->on_message(event.message, from, event.node, true, now());
  }
  switch (stroke.kind) {
    case Stroke::Kind::pass:
      break;
    case Stroke::Kind::delay:
      held = std::max(held, now() + stroke.by);
      break;
    case Stroke::Kind::drop_connection:
      store_.give_back(event.message, event.c);
      break_connection(event.a);
      return true;
    case Stroke::Kind::swallow:
      held = never;  // nor does what is on its way behind it arrive
      way.silent = true;
      break;
  }
  return is_held_up(event);
}

// It, or what was sent before it on its connection, arrives later or not at all.
bool Cluster::is_held_up(const Event& event) {
  const Connection& connection = network_[event.a];
  const bool to_server = event.kind == Event::Kind::to_server;
  const Instant held = (to_server ? connection.to_server : connection.to_client).held;
  if (held <= now()) return false;
  if (held >= never) {
    store_.give_back(event.message, event.c);
    return true;
  }
  Event later = event;
  later.due = held;
  calendar_.schedule(later);
  return true;
}

void Cluster::execute_next(ConnectionIndex index) {
  Connection& connection = network_[index];
  if (connection.busy || connection.unread.empty()) return;
  if (process(connection.server).state != Process::State::running) return;
  const Connection::Received next = connection.unread.front();
  connection.unread.erase(connection.unread.begin());
  connection.busy = true;
  execute(connection.server, {connection.client, connection.lane, connection.generation}, next.kind,
          next.slot);
}

bool Cluster::takes_longer(NodeId server, MessageKind kind, std::uint32_t slot) const {
  if (plan_->request.takes_time() && server != controller_node) return true;
  return anybody_slow_ && waits_for_disk(server, kind, slot);
}

// What the request does, it does when its time is over.
void Cluster::take_in_hand(NodeId server, const RequestHandle& handle, MessageKind kind,
                           std::uint32_t slot) {
  const RequestPlan& request = plan_->request;
  Process& process = processes_[static_cast<std::size_t>(server)];
  Event done;
  done.kind = Event::Kind::handled;
  done.node = server;
  done.message = kind;
  done.a = network_.find_or_add(handle.client, server, handle.lane);
  done.b = handle.connection;
  done.c = slot;
  done.due = now() + Duration{fate_->between(Question::process, server, request.low.count(),
                                             request.high.count())} *
                         process.slowness;
  if (waits_for_disk(server, kind, slot)) done.due = written_at(server, done.due);
  process.in_hand.push_back({done.a, done.b, kind, slot, done.due});
  calendar_.schedule(done);
}

// What is written while the disk is slow: to the log, and to nothing else that anybody waits for.
bool Cluster::waits_for_disk(NodeId node, MessageKind kind, std::uint32_t slot) const {
  if (process(node).write_takes <= Duration{}) return false;
  switch (kind) {
    case MessageKind::ProduceRequest:
    case MessageKind::OffsetCommitRequest:
      return true;
    case MessageKind::FetchResponse:
      return !store_.of<FetchResponse>()[slot].batches.empty();
    default:
      return false;
  }
}

// One write after the other.
Instant Cluster::written_at(NodeId node, Instant from) {
  Process& process = processes_[static_cast<std::size_t>(node)];
  process.disk_free_at = std::max(process.disk_free_at, from) + process.write_takes;
  return process.disk_free_at;
}

// A follower with a slow disk takes up what it fetched when that is written, and fetches again
// then.
bool Cluster::begins_to_write(const Event& event) {
  if (!waits_for_disk(event.node, event.message, event.c)) return false;
  Event written = event;
  written.kind = Event::Kind::written;
  written.due = written_at(event.node, now());
  calendar_.schedule(written);
  return true;
}

// Nothing if the process died meanwhile.
void Cluster::request_is_handled(const Event& event) {
  std::vector<InHand>& in_hand = processes_[static_cast<std::size_t>(event.node)].in_hand;
  const auto request = std::find_if(in_hand.begin(), in_hand.end(), [&](const InHand& each) {
    return each.connection == event.a && each.generation == event.b && each.slot == event.c &&
           each.due == event.due;
  });
  if (request == in_hand.end()) return;
  in_hand.erase(request);
  const Connection& connection = network_[event.a];
  handle(event.node, {connection.client, connection.lane, event.b}, event.message, event.c);
}

// Stops when a handler has: what is ready then waits for its rest.
void Cluster::run_ready_connections() {
  std::size_t done = 0;
  while (done < ready_.size() && interrupted_ == no_node) execute_next(ready_[done++]);
  if (done == ready_.size()) {
    ready_.clear();
  } else {
    ready_.erase(ready_.begin(), ready_.begin() + static_cast<std::ptrdiff_t>(done));
  }
  if (!orphans_.empty()) execute_orphans();
}

void Cluster::answer_arrives(const Event& event) {
  const Connection& connection = network_[event.a];
  Process& client = processes_[static_cast<std::size_t>(event.node)];
  const bool gone = event.b != connection.generation || connection.client_gone ||
                    client.state == Process::State::down;
  if (gone) return store_.give_back(event.message, event.c);
  const bool may_be_kept = disturbed_ && event.kind == Event::Kind::to_client;
  if (may_be_kept && is_held_up(event)) return;
  if (must_wait(client, event)) return append_rarely(client.held, event);
  if (takes_time_to_apply(event)) return begin_to_apply(event);
  if (may_be_kept && (is_struck(event) || begins_to_write(event))) return;
  Dispatch::answer(*this, event.node, connection.server, connection.lane, event.message, event.c);
  store_.give_back(event.message, event.c);
  after_handler(event.node);
}

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
