// What an actor causes. A handler fills the outbox; the cluster carries it out, in order. A fault
// that strikes at a note splits the outbox there: what precedes it has happened, a crash discards
// what follows, a pause holds it.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <tuple>
#include <vector>

#include "sim/kernel/time.hpp"
#include "sim/protocol/messages.hpp"
#include "sim/protocol/observation.hpp"
#include "sim/protocol/record_contents.hpp"
#include "sim/protocol/slab.hpp"
#include "sim/protocol/stored_offsets.hpp"

namespace kafault {

// The slabs of all messages in flight.
class MessageStore {
 public:
  MessageStore() = default;
  MessageStore(const MessageStore& other) { *this = other; }
  MessageStore(MessageStore&&) noexcept = default;
  MessageStore& operator=(const MessageStore& other);
  MessageStore& operator=(MessageStore&&) noexcept = default;
  ~MessageStore() = default;

  template <class Message>
  Slab<Message>& of() {
    return std::get<Slab<Message>>(slabs_);
  }
  template <class Message>
  const Slab<Message>& of() const {
    return std::get<Slab<Message>>(slabs_);
  }
  // A cleared one; `slot` is where it lies.
  template <class Message>
  Message& take(std::uint32_t& slot) {
    Slots& slots = slots_of(kind_of<Message>);
    slot = slots.has_freed() ? slots.take_freed() : take_unused<Message>();
    Message& message = of<Message>()[slot];
    message.clear();
    return message;
  }
  void give_back(MessageKind kind, std::uint32_t slot) { slots_of(kind).give_back(slot); }
  void reset();
  std::uint32_t live() const;

 private:
  struct End {};

  Slots& slots_of(MessageKind kind) { return slots_[static_cast<std::size_t>(kind)]; }
  template <class Message>
  [[gnu::noinline]] std::uint32_t take_unused() {
    Slots& slots = slots_of(kind_of<Message>);
    const std::uint32_t slot = slots.take_unused();
    if (slot == of<Message>().size()) {
      of<Message>().grow();
      slots.reserve(of<Message>().size());
    }
    return slot;
  }

  std::array<Slots, message_kinds> slots_;
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
  Kind kind = Kind::send;
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
  Outbox(MessageStore& messages, GroupJournal& journal, const StoredOffsets* stored = nullptr,
         RecordContents* contents = nullptr)
      : messages_(&messages), journal_(&journal), stored_(stored), contents_(contents) {}

  // A request on the (already open) connection to `to`; fill in what is returned.
  template <class Request>
  Request& send(NodeId to, Lane lane) {
    static_assert(is_request(kind_of<Request>));
    return message<Request>(add(Effect::Kind::send, to, lane, 0));
  }
  // The answer to a request in hand; the broker takes the connection's next request after it.
  template <class Response>
  Response& reply(const RequestHandle& request) {
    static_assert(!is_request(kind_of<Response>));
    return message<Response>(
        add(Effect::Kind::reply, request.client, request.lane, request.connection));
  }
  // An answer that is written before other effects, and leaves after them, or never.
  template <class Response>
  Response& draft(std::uint32_t& slot) {
    return messages_->take<Response>(slot);
  }
  template <class Response>
  void reply_draft(const RequestHandle& request, std::uint32_t slot) {
    Effect& effect = add(Effect::Kind::reply, request.client, request.lane, request.connection);
    effect.message = kind_of<Response>;
    effect.slot = slot;
  }
  template <class Response>
  void discard_draft(std::uint32_t slot) {
    messages_->give_back(kind_of<Response>, slot);
  }
  // A request that gets no answer (acks=0) is done.
  void finish(const RequestHandle& r) { add(Effect::Kind::finish, r.client, r.lane, r.connection); }
  // The server closes the connection of this request.
  void close(const RequestHandle& r) { add(Effect::Kind::close, r.client, r.lane, r.connection); }
  // The client opens, or closes, its connection.
  void connect(NodeId to, Lane lane) { add(Effect::Kind::connect, to, lane, 0); }
  void disconnect(NodeId to, Lane lane) { add(Effect::Kind::disconnect, to, lane, 0); }

  // One deadline per timer: arming again moves it. With `up_to`, fate picks between the two.
  void arm(TimerId timer, Duration after) { arm(timer, after, after); }
  void arm(TimerId timer, Duration after, Duration up_to) {
    Effect& effect = add(Effect::Kind::arm, no_node, Lane::data, 0);
    effect.timer = timer;
    effect.after = after;
    effect.up_to = up_to;
  }
  void disarm(TimerId timer) { add(Effect::Kind::disarm, no_node, Lane::data, 0).timer = timer; }
  // Inlined, so that an observation is written where it stays.
  [[gnu::always_inline]] void note(const Observation& observation) {
    if (keeps_order_) place_note();
    if (notes_used_ == notes_room_) grow_notes();
    notes_[notes_used_++] = observation;
  }
  void local(const LocalEvent& event) {
    add(Effect::Kind::local, no_node, Lane::data, 0).slot =
        static_cast<std::uint32_t>(locals_.size());
    locals_.push_back(event);
  }
  // The process ends by itself: its connections close, its timers are gone.
  void exit() { add(Effect::Kind::exit, no_node, Lane::data, 0); }

  GroupJournal& journal() { return *journal_; }
  // Of records; null where nobody looks at them.
  RecordContents* contents() { return contents_; }
  const RecordContents* contents() const { return contents_; }
  // What a group's sink has stored beside its effects, to be read only.
  Offset stored_offset(GroupIndex group, PartitionId partition) const {
    return stored_ == nullptr ? no_offset : stored_->of(group, partition);
  }

  // Whether notes stand among the other effects. Where nothing can strike at a note, nobody can
  // tell: then they only stand in line behind each other, in notes().
  bool keeps_order() const { return keeps_order_; }
  void keep_order(bool keeps) { keeps_order_ = keeps; }
  // Whether a socket may be full: its client then hears when it has taken a request.
  bool sends_take_time() const { return sends_take_time_; }
  void let_sends_take_time(bool take) { sends_take_time_ = take; }
  std::span<Observation> notes() { return {notes_.data(), notes_used_}; }
  void clear_notes() { notes_used_ = 0; }

  // For the cluster, and for tests of one actor.
  std::span<const Effect> effects() const { return {effects_.data(), used_}; }
  const Observation& note_at(std::uint32_t slot) const { return notes_[slot]; }
  Observation& note_at(std::uint32_t slot) { return notes_[slot]; }
  const LocalEvent& local_at(std::uint32_t slot) const { return locals_[slot]; }
  MessageStore& messages() { return *messages_; }
  // An effect that was held back by a pause, with the notes and local events it may name.
  void put_back(const Effect& effect, const std::vector<Observation>& notes,
                const std::vector<LocalEvent>& locals) {
    if (effect.kind == Effect::Kind::note) return note(notes[effect.slot]);
    if (effect.kind == Effect::Kind::local) return local(locals[effect.slot]);
    add(effect.kind, effect.to, effect.lane, effect.connection) = effect;
  }
  void clear() {
    clear_effects();
    clear_notes();
  }
  void clear_effects() {
    used_ = 0;
    locals_.clear();
  }

 private:
  // In place: what the kind does not use stays as it was.
  Effect& add(Effect::Kind kind, NodeId to, Lane lane, std::uint32_t connection) {
    if (used_ == room_) grow();
    Effect& effect = effects_[used_++];
    effect.kind = kind;
    effect.lane = lane;
    effect.to = to;
    effect.connection = connection;
    return effect;
  }
  [[gnu::cold, gnu::noinline]] void grow() {
    room_ = std::max<std::size_t>(16, 2 * room_);
    effects_.resize(room_);
  }
  // The next one, among the other effects.
  [[gnu::noinline]] void place_note() {
    add(Effect::Kind::note, no_node, Lane::data, 0).slot = static_cast<std::uint32_t>(notes_used_);
  }
  [[gnu::cold, gnu::noinline]] void grow_notes() {
    notes_room_ = std::max<std::size_t>(16, 2 * notes_room_);
    notes_.resize(notes_room_);
  }
  template <class Message>
  Message& message(Effect& effect) {
    effect.message = kind_of<Message>;
    return messages_->take<Message>(effect.slot);
  }

  MessageStore* messages_;
  GroupJournal* journal_;
  const StoredOffsets* stored_;
  RecordContents* contents_;
  std::vector<Effect> effects_;  // the first `used_`
  std::size_t used_ = 0;
  std::size_t room_ = 0;  // the size of effects_, which takes a multiplication to find out
  std::vector<Observation> notes_;  // likewise
  std::size_t notes_used_ = 0;
  std::size_t notes_room_ = 0;
  bool keeps_order_ = true;
  bool sends_take_time_ = false;
  std::vector<LocalEvent> locals_;
};

}  // namespace kafault
