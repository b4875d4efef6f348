// The course of events: what comes next is taken from the calendar and handed to the actor whom it
// concerns, or waits for it.
#include <algorithm>
#include <utility>

#include "sim/cluster/carry_out.hpp"
#include "sim/cluster/cluster.hpp"
#include "sim/cluster/dispatch_messages.hpp"
#include "sim/cluster/rarely.hpp"
#include "sim/kernel/contract.hpp"

namespace kafault {

// --- messages ---------------------------------------------------------------------------------

void Cluster::handle(NodeId server, const RequestHandle& handle, MessageKind kind,
                     std::uint32_t slot) {
  Dispatch::request(*this, server, handle, kind, slot);
  store_.give_back(kind, slot);
  after_handler(server);
}

void Cluster::take(NodeId client, const Connection& from, MessageKind kind, std::uint32_t slot) {
  Dispatch::answer(*this, client, from.server, from.lane, kind, slot);
  store_.give_back(kind, slot);
  after_handler(client);
}

void Cluster::execute(NodeId server, const RequestHandle& handle, MessageKind kind,
                      std::uint32_t slot) {
  if (takes_longer(server, kind, slot)) return take_in_hand(server, handle, kind, slot);
  this->handle(server, handle, kind, slot);
}

// An answer that may not be taken at once.
void Cluster::answer_arrives(const Event& event) {
  const Connection& connection = network_[event.a];
  if (is_gone(event, connection, process(event.node))) {
    store_.give_back(event.message, event.c);
  } else if (!is_kept(event)) {
    take(event.node, connection, event.message, event.c);
  }
}

// --- one event after the other ------------------------------------------------------------------

inline bool Cluster::comes_too_late(const Event& request, const Connection& connection,
                                    const Process& server) {
  return request.b != connection.generation || connection.server_gone ||
         server.state == Process::State::down;
}

inline bool Cluster::is_gone(const Event& answer, const Connection& connection,
                             const Process& client) {
  return answer.b != connection.generation || connection.client_gone ||
         client.state == Process::State::down;
}

// The server's kernel takes the request in even while the process is paused; the process executes
// one request per connection at a time (SocketServer mutes the channel until it has answered).
inline bool Cluster::has_to_wait(const Connection& connection, const Process& server) {
  return connection.busy || !connection.unread.empty() || server.state != Process::State::running;
}

// Where nothing disturbs messages: mostly one is handled at once.
[[gnu::always_inline]] inline void Cluster::message_arrives(const Event& event) {
  Connection& connection = network_[event.a];
  Process& receiver = processes_[static_cast<std::size_t>(event.node)];
  if (event.kind == Event::Kind::to_server) {
    if (comes_too_late(event, connection, receiver)) [[unlikely]]
      return request_comes_too_late(event);
    if (has_to_wait(connection, receiver)) {
      return append_rarely(connection.unread, {event.message, event.c});
    }
    connection.busy = true;
    Dispatch::request(*this, event.node, {connection.client, connection.lane, event.b},
                      event.message, event.c);
  } else {
    const bool is_plain = !is_gone(event, connection, receiver) && !waits(receiver) &&
                          event.message != MessageKind::MetadataFetchResponse;
    if (!is_plain) [[unlikely]]
      return answer_arrives(Event(event));
    Dispatch::answer(*this, event.node, connection.server, connection.lane, event.message, event.c);
  }
  store_.give_back(event.message, event.c);
  after_handler_here(event.node, receiver);
}

void Cluster::message_arrives_disturbed(Event event) {
  if (event.kind == Event::Kind::to_client) return answer_arrives(event);
  Connection& connection = network_[event.a];
  const Process& server = process(event.node);
  if (comes_too_late(event, connection, server)) return request_comes_too_late(event);
  if (is_struck(event)) return;
  if (has_to_wait(connection, server)) {
    connection.unread.push_back({event.message, event.c});
    return;
  }
  connection.busy = true;
  execute(event.node, {connection.client, connection.lane, event.b}, event.message, event.c);
}

// One event, or more: until what is waited for has come.
bool Cluster::proceed(Instant limit, bool until_all_has_come) {
  do {
    if (next_due() > limit) return false;
    if (interrupted_ != no_node) [[unlikely]] {
      go_on();
      continue;
    }
    const Event& event = calendar_.pop_in_place();
    ++events_;
    const bool is_message =
        event.kind == Event::Kind::to_server || event.kind == Event::Kind::to_client;
    if (!is_message) {
      happen(event);
    } else if (disturbed_) {
      message_arrives_disturbed(event);
    } else {
      message_arrives(event);
    }
    if (!ready_.empty() || !orphans_.empty()) run_ready_connections();
  } while (until_all_has_come && !all_has_come());
  return true;
}

// What is no message that arrives.
void Cluster::happen(Event event) {
  switch (event.kind) {
    case Event::Kind::alarm:
      return onlooker_->on_alarm(event.a, now());
    case Event::Kind::command:
      return obey(event.node, static_cast<Command>(event.a));
    case Event::Kind::closed_to_server:
      return closing_is_seen(event);
    case Event::Kind::written:
      return answer_arrives(event);
    default:
      break;
  }
  Process& process = processes_[static_cast<std::size_t>(event.node)];
  if (must_wait(process, event)) {
    append_rarely(process.held, event);
  } else if (process.state != Process::State::down) {
    hand_over(event);
  }
}

// The rest of what the handler does that stopped at a note.
void Cluster::go_on() {
  Process& process = processes_[static_cast<std::size_t>(interrupted_)];
  const NodeId node = std::exchange(interrupted_, no_node);
  if (process.state == Process::State::running) {
    Dispatch::put_back(*this, process);
    carry_out(node);
  }
  run_ready_connections();
}

void Cluster::hand_over(const Event& event) {
  switch (event.kind) {
    case Event::Kind::timer:
      if (!timer_is_live(event)) return;
      Dispatch::timer(*this, event.node,
                      {static_cast<std::uint8_t>(event.a / timer_stride_),
                       static_cast<std::uint8_t>(event.a % timer_stride_)});
      break;
    case Event::Kind::handled:
      return request_is_handled(event);
    case Event::Kind::opened:
    case Event::Kind::refused:
      return opening_ends(event);
    case Event::Kind::closed_to_client:
      return closing_is_seen(event);
    case Event::Kind::sent:
      return socket_has_room(event);
    case Event::Kind::to_client:
    case Event::Kind::written:
      return answer_arrives(event);
    default:
      KAFAULT_REQUIRE(false);
  }
  after_handler(event.node);
}

// A timer's entry in the calendar may come before its deadline (it was moved back): then it is put
// in again. An entry of an older generation is stale.
bool Cluster::timer_is_live(const Event& event) {
  Timer& timer = processes_[static_cast<std::size_t>(event.node)].timers[event.a];
  if (event.b != timer.generation) return false;
  timer.entry = never;
  if (timer.deadline == never) return false;
  if (timer.deadline > now()) {
    Event again = event;
    again.due = timer.deadline;
    again.b = ++timer.generation;
    timer.entry = timer.deadline;
    calendar_.schedule(again);
    return false;
  }
  timer.deadline = never;
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

// Stops when a handler has: what is ready then waits for its rest.
void Cluster::run_ready_connections() {
  std::size_t done = 0;
  while (done < ready_.size() && interrupted_ == no_node) execute_next(ready_[done++]);
  if (done == ready_.size()) {
    ready_.clear();
  } else {
    ready_.erase_front(done);
  }
  if (!orphans_.empty()) execute_orphans();
}

// --- what becomes of messages where something is disturbed ------------------------------------

// An answer that its client does not see now, or at all.
bool Cluster::is_kept(Event event) {
  Process& client = processes_[static_cast<std::size_t>(event.node)];
  const bool has_arrived = event.kind == Event::Kind::to_client;
  if (has_arrived && is_held_up(event)) return true;
  if (must_wait(client, event)) {
    client.held.push_back(event);
    return true;
  }
  if (takes_time_to_apply(event)) {
    begin_to_apply(event);
    return true;
  }
  return has_arrived && (is_struck(event) || begins_to_write(event));
}

// Its connection is not what it was; a few requests of such a one are read all the same.
void Cluster::request_comes_too_late(Event event) {
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
bool Cluster::is_struck(Event event) {
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

}  // namespace kafault
