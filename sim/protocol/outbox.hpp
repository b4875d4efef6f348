// What an actor causes. A handler fills the outbox; the cluster carries it out, in order. A fault
// that strikes at a note splits the outbox there: what precedes it has happened, a crash discards
// what follows, a pause holds it.
#pragma once

#include <cstdint>
#include <tuple>
#include <vector>

#include "sim/kernel/time.hpp"
#include "sim/protocol/messages.hpp"
#include "sim/protocol/observation.hpp"
#include "sim/protocol/slab.hpp"

namespace kafault {

// The slabs of all messages in flight.
class MessageStore {
 public:
  template <class Message>
  Slab<Message>& of() {
    return std::get<Slab<Message>>(slabs_);
  }
  template <class Message>
  const Slab<Message>& of() const {
    return std::get<Slab<Message>>(slabs_);
  }
  void give_back(MessageKind kind, std::uint32_t slot);
  void reset();
  std::uint32_t live() const;

 private:
  struct End {
    void clear() {}
  };
  std::tuple<
#define KAFAULT_SLAB(Message) Slab<Message>,
      KAFAULT_MESSAGES(KAFAULT_SLAB)
#undef KAFAULT_SLAB
          Slab<End>>
      slabs_;
};

// A request that a server has in hand: what it needs to answer it later. Stays valid when the
// client has gone; the answer is then dropped.
struct RequestHandle {
  NodeId client = no_node;
  Lane lane = Lane::data;
  std::uint32_t connection = 0;  // which connection of the pair, in the network's numbering
  friend bool operator==(const RequestHandle&, const RequestHandle&) = default;
};

// A timer of one process: `room` names the actor within it, `index` is the actor's own business.
struct TimerId {
  std::uint8_t room = 0;
  std::uint8_t index = 0;
  friend bool operator==(TimerId, TimerId) = default;
};

// Events between the actors of one broker process: the group coordinator asks its broker to
// append to the offsets partition, the broker tells it how that partition fares.
struct LocalEvent {
  enum class Kind : std::uint8_t {
    append,     // coordinator -> broker: append `record` (index into the journal), tag
    appended,   // broker -> coordinator: at `offset` (end of the batch), or `error`; tag
    committed,  // broker -> coordinator: the high watermark has passed `offset` (exclusive)
    elected,    // broker -> coordinator: leads the offsets partition in `epoch`
    resigned,   // broker -> coordinator: leads it no longer
  };
  Kind kind = Kind::append;
  Error error = Error::none;
  std::int32_t record = -1;
  std::uint32_t tag = 0;
  LeaderEpoch epoch = no_epoch;
  Offset offset = no_offset;
};

struct Effect {
  enum class Kind : std::uint8_t {
    send,
    reply,
    finish,
    close,
    connect,
    disconnect,
    arm,
    disarm,
    note,
    local,
    exit
  };
  Kind kind;
  MessageKind message = MessageKind::ApiVersionsRequest;
  Lane lane = Lane::data;
  TimerId timer{};
  NodeId to = no_node;
  std::uint32_t slot = 0;        // of the message, the note or the local event
  std::uint32_t connection = 0;  // reply, finish, close
  Duration after{};              // arm
  Duration up_to{};              // arm
};

class Outbox {
 public:
  Outbox(MessageStore& messages, GroupJournal& journal)
      : messages_(&messages), journal_(&journal) {}

  // A request on the (already open) connection to `to`; fill in what is returned.
  template <class Request>
  Request& send(NodeId to, Lane lane) {
    static_assert(is_request(kind_of<Request>));
    Slab<Request>& slab = messages_->of<Request>();
    const std::uint32_t slot = slab.take();
    effects_.push_back({Effect::Kind::send, kind_of<Request>, lane, {}, to, slot, 0, {}, {}});
    return slab[slot];
  }
  // The answer to a request in hand; the broker takes the connection's next request after it.
  template <class Response>
  Response& reply(const RequestHandle& request) {
    static_assert(!is_request(kind_of<Response>));
    Slab<Response>& slab = messages_->of<Response>();
    const std::uint32_t slot = slab.take();
    effects_.push_back({Effect::Kind::reply,
                        kind_of<Response>,
                        request.lane,
                        {},
                        request.client,
                        slot,
                        request.connection,
                        {},
                        {}});
    return slab[slot];
  }
  // A request that gets no answer (acks=0) is done.
  void finish(const RequestHandle& r) {
    plain(Effect::Kind::finish, r.client, r.lane, r.connection);
  }
  // The server closes the connection of this request.
  void close(const RequestHandle& r) { plain(Effect::Kind::close, r.client, r.lane, r.connection); }
  // The client opens, or closes, its connection.
  void connect(NodeId to, Lane lane) { plain(Effect::Kind::connect, to, lane, 0); }
  void disconnect(NodeId to, Lane lane) { plain(Effect::Kind::disconnect, to, lane, 0); }

  // One deadline per timer: arming again moves it. With `up_to`, fate picks between the two.
  void arm(TimerId timer, Duration after) { arm(timer, after, after); }
  void arm(TimerId timer, Duration after, Duration up_to) {
    effects_.push_back({Effect::Kind::arm, {}, {}, timer, no_node, 0, 0, after, up_to});
  }
  void disarm(TimerId timer) {
    effects_.push_back({Effect::Kind::disarm, {}, {}, timer, no_node, 0, 0, {}, {}});
  }
  void note(const Observation& observation) {
    effects_.push_back({Effect::Kind::note,
                        {},
                        {},
                        {},
                        no_node,
                        static_cast<std::uint32_t>(notes_.size()),
                        0,
                        {},
                        {}});
    notes_.push_back(observation);
  }
  void local(const LocalEvent& event) {
    effects_.push_back({Effect::Kind::local,
                        {},
                        {},
                        {},
                        no_node,
                        static_cast<std::uint32_t>(locals_.size()),
                        0,
                        {},
                        {}});
    locals_.push_back(event);
  }
  // The process ends by itself: its connections close, its timers are gone.
  void exit() { plain(Effect::Kind::exit, no_node, Lane::data, 0); }

  GroupJournal& journal() { return *journal_; }

  // For the cluster, and for tests of one actor.
  const std::vector<Effect>& effects() const { return effects_; }
  const Observation& note_at(std::uint32_t slot) const { return notes_[slot]; }
  Observation& note_at(std::uint32_t slot) { return notes_[slot]; }
  const LocalEvent& local_at(std::uint32_t slot) const { return locals_[slot]; }
  MessageStore& messages() { return *messages_; }
  // An effect that was held back by a pause, with the notes and local events it may name.
  void put_back(const Effect& effect, const std::vector<Observation>& notes,
                const std::vector<LocalEvent>& locals) {
    if (effect.kind == Effect::Kind::note) return note(notes[effect.slot]);
    if (effect.kind == Effect::Kind::local) return local(locals[effect.slot]);
    effects_.push_back(effect);
  }
  void clear() {
    effects_.clear();
    notes_.clear();
    locals_.clear();
  }

 private:
  void plain(Effect::Kind kind, NodeId to, Lane lane, std::uint32_t connection) {
    effects_.push_back({kind, {}, lane, {}, to, 0, connection, {}, {}});
  }

  MessageStore* messages_;
  GroupJournal* journal_;
  std::vector<Effect> effects_;
  std::vector<Observation> notes_;
  std::vector<LocalEvent> locals_;
};

}  // namespace kafault
