// A misfortune as a scenario states it, resolved: when it strikes, whom, how, and for how long.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "sim/kernel/time.hpp"
#include "sim/protocol/messages.hpp"
#include "sim/protocol/observation.hpp"
#include "sim/protocol/operator_request.hpp"
#include "sim/protocol/setting.hpp"

namespace kafault {

// Whom a fault means; leaders and coordinators are resolved at the moment it strikes.
struct Target {
  enum class Kind : std::uint8_t {
    everyone,  // not stated
    broker,    // index: broker id
    leader,    // index: PartitionId
    follower,  // index: PartitionId; the first follower in assignment order
    controller,
    coordinator,  // index: GroupIndex
    producer,     // index: ProducerIndex
    group,        // index: GroupIndex (only as `of`)
    member,       // index: NodeId of the member
    topic,        // index: topic
    partition,    // index: PartitionId
  };
  Kind kind = Kind::everyone;
  std::int32_t index = -1;
  friend bool operator==(const Target&, const Target&) = default;
};

struct Trigger {
  // by_hand: when an exploration says so.
  enum class Kind : std::uint8_t { at, message, event, chance, anywhere, by_hand };
  Kind kind = Kind::at;
  Duration at{};  // at: from the start, or from the strike of `after`
  MessageKind message = MessageKind::ApiVersionsRequest;  // message; anywhere for message faults
  bool on_received = false;                               // else as it is sent
  std::int64_t nth = 1;                                   // message, event
  Target from;                                            // message filters
  Target to;
  Duration since{};  // message, event: count from this time on
  ObservationKind event = ObservationKind::FaultStruck;
  Target of;  // event: a producer, a group or a member
  std::int64_t chance_numerator = 0;
  std::int64_t chance_denominator = 1;
};

enum class Action : std::uint8_t {
  drop_connection,
  swallow,
  delay,
  crash,
  power_loss,
  replace_disk,
  fill_disk,
  stall_disk,
  slow_disk,
  corrupt_log,
  pause,
  shut_down,
  isolate,
  slow,
  join,
  leave,
  unsubscribe,
  fail_handling,
  fail_after_effect,
  slow_handling,
  fail_batch_write,
  sink_down,
  sink_slow,
  sink_failover,
  delete_records,
  change_config,
  elect,
  reassign,
  add_partitions,
  recreate_topic,
  reset_offsets,
  rolling_restart,
};
template <>
struct Spellings<Action> {
  static constexpr std::array<Spelling<Action>, 32> all{
      {{"drop_connection", Action::drop_connection},
       {"swallow", Action::swallow},
       {"delay", Action::delay},
       {"crash", Action::crash},
       {"power_loss", Action::power_loss},
       {"replace_disk", Action::replace_disk},
       {"fill_disk", Action::fill_disk},
       {"stall_disk", Action::stall_disk},
       {"slow_disk", Action::slow_disk},
       {"corrupt_log", Action::corrupt_log},
       {"delete_records", Action::delete_records},
       {"change_config", Action::change_config},
       {"elect", Action::elect},
       {"reassign", Action::reassign},
       {"add_partitions", Action::add_partitions},
       {"recreate_topic", Action::recreate_topic},
       {"reset_offsets", Action::reset_offsets},
       {"rolling_restart", Action::rolling_restart},
       {"pause", Action::pause},
       {"shut_down", Action::shut_down},
       {"isolate", Action::isolate},
       {"slow", Action::slow},
       {"join", Action::join},
       {"leave", Action::leave},
       {"unsubscribe", Action::unsubscribe},
       {"fail_handling", Action::fail_handling},
       {"fail_after_effect", Action::fail_after_effect},
       {"slow_handling", Action::slow_handling},
       {"fail_batch_write", Action::fail_batch_write},
       {"sink_down", Action::sink_down},
       {"sink_slow", Action::sink_slow},
       {"sink_failover", Action::sink_failover}}};
};
// Strikes the sinks of a group, which all its members share.
constexpr bool strikes_sinks(Action action) {
  return action == Action::sink_down || action == Action::sink_slow ||
         action == Action::sink_failover;
}
// Asks something of the controller: what an operator does, and no process suffers.
constexpr bool asks_controller(Action action) {
  return action == Action::change_config || action == Action::elect || action == Action::reassign ||
         action == Action::add_partitions || action == Action::recreate_topic;
}
// Says with `to` what becomes of its target.
constexpr bool takes_to(Action action) {
  return action == Action::add_partitions || action == Action::reset_offsets;
}
// Strikes a message (needs a message trigger, or `anywhere` with a message kind).
constexpr bool strikes_messages(Action action) {
  return action == Action::drop_connection || action == Action::swallow || action == Action::delay;
}
// Strikes the handling of a record (needs an event trigger on RecordDelivered).
constexpr bool strikes_handling(Action action) {
  return action == Action::fail_handling || action == Action::fail_after_effect ||
         action == Action::slow_handling || action == Action::fail_batch_write;
}

// Of a record that a group handles, or of its effect.
constexpr bool is_about_handling(ObservationKind kind) {
  switch (kind) {
    case ObservationKind::RecordDelivered:
    case ObservationKind::RecordProcessed:
    case ObservationKind::HandlerThrew:
    case ObservationKind::EffectApplied:
    case ObservationKind::EffectRefused:
    case ObservationKind::SinkAsked:
    case ObservationKind::IdStored:
      return true;
    default:
      return false;
  }
}

enum class Direction : std::uint8_t { both, in, out };
template <>
struct Spellings<Direction> {
  static constexpr std::array<Spelling<Direction>, 3> all{
      {{"both", Direction::both}, {"in", Direction::in}, {"out", Direction::out}}};
};

// kafka-leader-election --election-type.
enum class ElectionType : std::uint8_t { preferred, unclean };
template <>
struct Spellings<ElectionType> {
  static constexpr std::array<Spelling<ElectionType>, 2> all{
      {{"preferred", ElectionType::preferred}, {"unclean", ElectionType::unclean}}};
};

inline constexpr std::int64_t all_times = -1;

struct FaultPlan {
  std::string name;
  Trigger when;
  Action action = Action::crash;
  Target target;
  std::vector<Target> others;             // struck in the same moment: a rack, a data centre
  std::vector<Target> from;               // isolate: from whom; empty: from everyone
  Direction direction = Direction::both;  // isolate
  Duration lasts = forever;               // `for`; forever: until everything heals
  Duration ends_on{};                     // and until the next multiple of this; 0: no longer
  std::int64_t times = 1;                 // or all_times
  std::int32_t after = -1;                // index of the fault it waits for; -1: none
  // delay; rolling_restart: between two brokers; slow_disk, sink_slow: each write takes so much
  // longer;
  // sink_failover: how far behind the replica is
  Duration by{};
  std::int64_t factor = 1;    // slow, slow_handling (thousandths are not needed)
  Duration slow_by{};         // slow_handling with a duration
  Offset before = no_offset;  // delete_records; no_offset: all that is committed
  ReplicaList replicas;       // reassign: the new ones
  bool cancels = false;       // reassign: what is under way
  ElectionType election = ElectionType::preferred;  // elect
  std::vector<std::int32_t> changes;  // change_config: indices among the plan's config_changes
  std::vector<std::int32_t> undoing;  // and of those that undo them when `for` is over
  std::string settings;               // change_config, as text
  std::int32_t partitions = 0;        // add_partitions: how many the topic has then
  OffsetsReset offsets;               // reset_offsets
};

}  // namespace kafault
