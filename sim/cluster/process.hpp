// A process as its operating system sees it: running, paused or gone, with timers that die with
// it. What runs inside is an actor, or several.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/kernel/time.hpp"
#include "sim/protocol/outbox.hpp"

namespace kafault {

// Everything that happens, as a flat event. What `a`, `b`, `c` mean depends on the kind.
struct Event {
  enum class Kind : std::uint8_t {
    to_server,         // a=connection b=generation c=slot: a request arrives
    to_client,         // a=connection b=generation c=slot: an answer arrives
    written,           // a=connection b=generation c=slot: what an answer brought is on a slow disk
    handled,           // a=connection b=generation c=slot: a handler thread is done with a request
    opened,            // a=connection b=generation: the client's connection is up
    sent,              // a=connection b=generation: the client's socket has taken its request
    refused,           // a=connection b=generation: nobody listens there
    closed_to_client,  // a=connection b=generation: the client sees the end of the connection
    closed_to_server,  // a=connection b=generation: the server sees it
    timer,             // a=timer b=generation of the timer
    command,           // a=Command: what an operator or the operating system does to a process
    alarm,             // a=alarm: set by the onlooker (faults)
  };
  Instant due{};
  Kind kind = Kind::alarm;
  MessageKind message = MessageKind::ApiVersionsRequest;
  NodeId node = no_node;
  std::uint32_t a = 0;
  std::uint32_t b = 0;
  std::uint32_t c = 0;
};
static_assert(sizeof(Event) == 32);

enum class Command : std::uint8_t {
  start,
  shut_down,
  leave,
  unsubscribe,
  subscribe,
  resume,
  apply,
  disk_works,
  operate
};

// One timer: a deadline that may move, and at most one live calendar entry. Moving the deadline
// back costs nothing: an entry that comes too early is put in again.
struct Timer {
  Instant deadline = never;
  Instant entry = never;         // when the live calendar entry is due; never: none
  std::uint32_t generation = 0;  // of the live entry; older ones are stale
};

enum class ProcessKind : std::uint8_t { controller, broker, producer, member };

// A request that a handler thread of a broker works on, where that takes time.
struct InHand {
  std::uint32_t connection = 0;
  std::uint32_t generation = 0;
  MessageKind kind = MessageKind::ApiVersionsRequest;
  std::uint32_t slot = 0;
  Instant due{};
};

struct Process {
  // `applying`: a broker takes up new leaderships; its requests and fetches wait meanwhile.
  // `stalled`: its disk hangs; everything waits but its heartbeats.
  enum class State : std::uint8_t { down, running, paused, applying, stalled };
  ProcessKind kind = ProcessKind::broker;
  State state = State::down;
  bool done = false;          // ended by itself, will not start again
  bool starts = false;        // was told to, and will at this very time
  bool stops = false;         // was told to shut down, and is on its way
  bool starts_again = false;  // once it has stopped
  bool has_power = true;      // its machine
  std::int32_t index = 0;     // of the actor among its kind
  std::uint32_t incarnation = 0;
  std::int64_t slowness = 1;         // everything takes this many times longer
  Duration write_takes{};            // by a slow disk, beyond what is usual
  Instant disk_free_at{};            // when that has done what it was given
  std::int64_t steps = 0;            // events it has handled
  std::vector<Timer> timers;         // by room and index
  std::vector<InHand> in_hand;       // requests that its threads have begun
  std::vector<Event> held;           // what arrived while it was paused
  std::vector<Effect> held_effects;  // what it was about to do when it was paused
  std::vector<Observation> held_notes;
  std::vector<LocalEvent> held_locals;
};

// Timers of one process: 4 rooms, each with this many indices.
inline constexpr std::size_t timer_rooms = 4;

}  // namespace kafault
