// What a producer's application does: how many records, how often, where to, and how it reacts.
#pragma once

#include <array>
#include <cstdint>

#include "sim/client/relay_schedule.hpp"
#include "sim/kernel/time.hpp"
#include "sim/protocol/ids.hpp"
#include "sim/protocol/setting.hpp"

namespace kafault {

// When a send fails: forget it, send it again (at once, in the callback), or send nothing more.
enum class OnError : std::uint8_t { ignore, resend, stop };
template <>
struct Spellings<OnError> {
  static constexpr std::array<Spelling<OnError>, 3> all{
      {{"ignore", OnError::ignore}, {"resend", OnError::resend}, {"stop", OnError::stop}}};
};

// When its process restarts: go on after the last acked record; begin again; after the last record
// that send() took, or that a flush() covered, as who commits a position in its input then; or stay
// dead.
enum class OnRestart : std::uint8_t { resume, replay, after_sent, after_flushed, stay_dead };
template <>
struct Spellings<OnRestart> {
  static constexpr std::array<Spelling<OnRestart>, 5> all{
      {{"resume", OnRestart::resume},
       {"replay", OnRestart::replay},
       {"after_sent", OnRestart::after_sent},
       {"after_flushed", OnRestart::after_flushed},
       {"stay_dead", OnRestart::stay_dead}}};
};

struct Workload {
  std::int32_t topic = 0;  // index into ClusterLayout::topics
  std::int64_t records = 0;
  Duration every{};  // 0: all at once
  Duration start{};
  std::int32_t size = 100;         // bytes of a record's value
  std::int64_t large_record = -1;  // this one has large_size instead; -1: none
  std::int32_t large_size = 0;
  std::int32_t partition = -1;  // within the topic; -1: by key or sticky
  // Number of distinct keys; 0: no key (sticky partitioning, KIP-794), -1: every key is unique.
  std::int64_t keys = 0;
  // These records have no value.
  std::int64_t tombstones_from = 0;
  std::int64_t tombstones_to = 0;  // exclusive
  Duration timestamp_shift{};      // what its records' timestamps are beside the time of send()
  // What a record of `size` bytes takes once it is compressed; 0: as many.
  std::int32_t compressed_size = 0;
  bool wait = false;             // send().get(): the next send waits for this one's outcome
  std::int64_t flush_every = 0;  // records between two calls of flush(); 0: never
  bool exits_when_sent = false;  // the process ends right after its last send(), without close()
  Duration close_timeout = forever;  // of close(), after the last send() or on SIGTERM
  OnError on_error = OnError::ignore;
  OnRestart on_restart = OnRestart::resume;
  OutboxPlan outbox = {};  // then the process is its relay, and `every` the pace of the rows

  bool is_tombstone(std::int64_t record) const {
    return tombstones_from <= record && record < tombstones_to;
  }
};

}  // namespace kafault
