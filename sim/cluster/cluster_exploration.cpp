// What an exploration asks of the world: what comes next, and what of it matters to its future.
#include <algorithm>
#include <array>

#include "sim/cluster/cluster.hpp"
#include "sim/protocol/message_fingerprint.hpp"

namespace kafault {

std::optional<Cluster::Delivery> Cluster::next_delivery() {
  if (interrupted_ != no_node || calendar_.empty()) return std::nullopt;
  const Event& event = calendar_.next();
  const bool to_server = event.kind == Event::Kind::to_server;
  if ((!to_server && event.kind != Event::Kind::to_client) || is_stale(event)) return std::nullopt;
  const Connection& connection = network_[event.a];
  const bool gone = to_server ? connection.server_gone : connection.client_gone;
  if (gone || process(event.node).state == Process::State::down) return std::nullopt;
  return Delivery{event.message, to_server ? connection.client : connection.server, event.node};
}

bool Cluster::next_brings_news() {
  const std::optional<Delivery> next = next_delivery();
  if (!next) return false;
  const std::uint32_t slot = calendar_.next().c;
  switch (next->kind) {
    case MessageKind::FetchRequest: {  // of a follower that is farther than its leader knows
      const FetchRequest& fetch = store_.of<FetchRequest>()[slot];
      const auto is_news = [&](const FetchRequest::Entry& entry) {
        const RemoteReplica* known =
            broker(next->to).partition(entry.partition).replica(next->from);
        return known != nullptr && known->end_offset != entry.fetch_offset;
      };
      return std::any_of(fetch.entries.begin(), fetch.entries.end(), is_news);
    }
    case MessageKind::FetchResponse: {
      const FetchResponse& answer = store_.of<FetchResponse>()[slot];
      const auto is_news = [](const FetchResponse::Entry& entry) {
        return entry.batch_count > 0 || entry.error != Error::none ||
               entry.diverging_epoch != no_epoch;
      };
      return std::any_of(answer.entries.begin(), answer.entries.end(), is_news);
    }
    case MessageKind::MetadataFetchResponse:
      return !store_.of<MetadataFetchResponse>()[slot].records.empty();
    case MessageKind::HeartbeatResponse:
      return store_.of<HeartbeatResponse>()[slot].error != Error::none;
    case MessageKind::ConsumerGroupHeartbeatRequest:
      return store_.of<ConsumerGroupHeartbeatRequest>()[slot].has_owned ||
             store_.of<ConsumerGroupHeartbeatRequest>()[slot].epoch <= 0;
    case MessageKind::ConsumerGroupHeartbeatResponse:
      return store_.of<ConsumerGroupHeartbeatResponse>()[slot].has_assignment ||
             store_.of<ConsumerGroupHeartbeatResponse>()[slot].error != Error::none;
    default:
      return !is_poll(next->kind);
  }
}

// Whether an event has lost what it was about: a former connection, or a timer that has moved.
bool Cluster::is_stale(const Event& event) const {
  switch (event.kind) {
    case Event::Kind::alarm:
    case Event::Kind::command:
      return false;
    case Event::Kind::timer: {
      const Timer& timer = process(event.node).timers[event.a];
      return event.b != timer.generation || timer.deadline == never;
    }
    case Event::Kind::to_server: {
      const Connection& connection = network_[event.a];
      const bool orphan = connection.orphans_due > 0 && connection.orphans_of == event.b;
      return event.b != connection.generation && !orphan;
    }
    case Event::Kind::handled: {
      const std::vector<InHand>& in_hand = process(event.node).in_hand;
      return std::none_of(in_hand.begin(), in_hand.end(), [&](const InHand& each) {
        return each.connection == event.a && each.generation == event.b && each.slot == event.c &&
               each.due == event.due;
      });
    }
    default:
      return event.b != network_[event.a].generation;
  }
}

void Cluster::hash_into(Fingerprint& print) const {
  for (NodeId node = 0; node < nodes(); ++node) hash_process(node, print);
  controller_.hash_into(print);
  for (const BrokerProcess& broker : brokers_) broker.hash_into(print, journal_);
  for (const Producer& producer : producers_) producer.hash_into(print);
  for (const Member& member : members_) member.hash_into(print);

  sinks_.hash_into(print);
  if (plan_->disk.reads_contents) contents_.hash_into(print);

  for (ConnectionIndex i = 0; i < network_.size(); ++i) hash_connection(network_[i], print);
  if (network_.any_blocked()) {
    for (NodeId from = 0; from < nodes(); ++from) {
      for (NodeId to = 0; to < nodes(); ++to) print.add(network_.is_blocked(from, to));
    }
  }
  hash_calendar(print);
  for (const Orphan& orphan : orphans_) {
    print.add(orphan.server, orphan.handle.client, orphan.handle.lane, orphan.waits);
    hash_message(orphan.kind, orphan.slot, print);
  }
  for (const OperatorRequest& request : operator_requests_) {
    print.add(request.kind, request.change, request.partition);
  }
  for (const PendingReset& pending : offset_resets_) {
    print.add(pending.group, pending.reset.to, pending.reset.value);
  }
  if (controllers_down_ > 0) print.add(controllers_down_);
  if (plan_->has_controller_on_broker()) print.add(machine_of_controller());
  print.add(interrupted_, next_stroke_.kind, next_stroke_.by);
}

// What comes to different nodes at one moment may come in any order: they hear of each other later.
void Cluster::hash_calendar(Fingerprint& print) const {
  std::array<const Event*, 64> together;
  std::size_t count = 0;
  const auto hash_together = [&] {
    for (std::size_t i = 0; i < count; ++i) hash_event(*together[i], print);
    count = 0;
  };
  calendar_.for_each_pending([&](const Event& event) {
    if (is_stale(event) || is_wake_up(event)) return;
    if (count > 0 && (count == together.size() || together[0]->due != event.due)) hash_together();
    std::size_t at = count++;
    for (; at > 0 && together[at - 1]->node > event.node; --at) together[at] = together[at - 1];
    together[at] = &event;
  });
  hash_together();
}

// Timers that may come early, where an actor then finds nothing due, and the broker's look at its
// ISRs, which comes again and again: what they are for is in the fingerprints of their actors.
bool Cluster::is_wake_up(const Event& event) const {
  if (event.kind != Event::Kind::timer) return false;
  const ProcessKind kind = process(event.node).kind;
  if (kind == ProcessKind::controller) return event.a < Controller::preferred_elections;
  return kind == ProcessKind::broker || event.a == 0;
}

void Cluster::hash_process(NodeId node, Fingerprint& print) const {
  const Process& process = this->process(node);
  print.add(process.state, process.done, process.starts_again, process.incarnation > 0,
            process.slowness, process.held.size());
  if (process.write_takes > Duration{}) {
    print.add(process.write_takes);
    print.deadline(process.disk_free_at);
  }
  for (const Event& event : process.held) hash_event(event, print);
  print.add(process.held_effects.size());
  for (const Effect& effect : process.held_effects) {
    print.add(effect.kind, effect.to, effect.lane);
    if (effect.kind == Effect::Kind::arm || effect.kind == Effect::Kind::disarm) {
      print.add(effect.timer.room, effect.timer.index);
    }
    if (effect.kind == Effect::Kind::arm) {
      print.add(effect.after, effect.up_to);
    }
    const bool message = effect.kind == Effect::Kind::send || effect.kind == Effect::Kind::reply;
    if (message) hash_message(effect.message, effect.slot, print);
    if (effect.kind == Effect::Kind::note) {
      const Observation& note = process.held_notes[effect.slot];
      print.add(note.kind, note.partition, note.first, note.count);
      if (process.kind == ProcessKind::producer) {
        producers_[static_cast<std::size_t>(process.index)].hash_into(print, note);
      }
    }
    if (effect.kind == Effect::Kind::local) {
      const LocalEvent& local = process.held_locals[effect.slot];
      print.add(local.kind, local.error, local.epoch, local.offset);
      if (local.record >= 0) {
        kafault::hash_into(print, journal_[static_cast<std::size_t>(local.record)]);
      }
    }
  }
}

// The numbers of a connection and of the one before it are history.
void Cluster::hash_connection(const Connection& connection, Fingerprint& print) const {
  if (connection.state == Connection::State::closed && connection.orphans_due == 0) return;
  const bool is_held = connection.to_server.held > now() || connection.to_client.held > now();
  print.add(connection.client, connection.server, connection.lane, connection.state,
            connection.busy, connection.server_gone, connection.client_gone,
            connection.to_server.silent, connection.to_client.silent, is_held,
            static_cast<std::uint16_t>(connection.orphans_due),
            static_cast<std::uint16_t>(connection.unread.size()));
  if (is_held) {
    print.deadline(connection.to_server.held);
    print.deadline(connection.to_client.held);
  }
  for (const Connection::Received& request : connection.unread) {
    hash_message(request.kind, request.slot, print);
  }
}

void Cluster::hash_event(const Event& event, Fingerprint& print) const {
  print.deadline(event.due);
  print.add(event.kind, event.node);
  switch (event.kind) {
    case Event::Kind::alarm:
    case Event::Kind::command:
      return print.add(event.a);
    case Event::Kind::timer:
      print.add(event.a);
      return print.deadline(process(event.node).timers[event.a].deadline);
    case Event::Kind::to_server:
    case Event::Kind::to_client:
    case Event::Kind::written:
    case Event::Kind::handled:
      hash_message(event.message, event.c, print);
      [[fallthrough]];
    default: {
      const Connection& connection = network_[event.a];
      print.add(connection.client, connection.server, connection.lane,
                event.b == connection.generation);
    }
  }
}

void Cluster::hash_message(MessageKind kind, std::uint32_t slot, Fingerprint& print) const {
  print.add(kind);
  switch (kind) {
#define KAFAULT_HASH(Message)                                        \
  case MessageKind::Message:                                         \
    kafault::hash_into(print, store_.of<Message>()[slot], journal_); \
    break;
    KAFAULT_MESSAGES(KAFAULT_HASH)
#undef KAFAULT_HASH
  }
}

}  // namespace kafault
