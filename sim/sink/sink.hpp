// Where handled records take effect. A sink decides whether a second handling of a record shows.
#pragma once

#include <array>
#include <cstdint>

#include "sim/protocol/setting.hpp"

namespace kafault {

enum class SinkKind : std::uint8_t {
  append,         // every handling shows: a log file, an e-mail, a plain INSERT
  counter,        // x = x + 1: every handling adds one
  upsert,         // one row per record's business key: a second handling rewrites it
  unique_id,      // the producer's record id is a unique key: a second insert is refused
  consumer_uuid,  // the key is made by the handler, anew each time: it protects nothing
  timestamp_key,  // the record's timestamp in milliseconds is a unique key: two records may share
                  // it
};
template <>
struct Spellings<SinkKind> {
  static constexpr std::array<Spelling<SinkKind>, 6> all{
      {{"append", SinkKind::append},
       {"counter", SinkKind::counter},
       {"upsert", SinkKind::upsert},
       {"unique_id", SinkKind::unique_id},
       {"consumer_uuid", SinkKind::consumer_uuid},
       {"timestamp_key", SinkKind::timestamp_key}}};
};

// Whether a repeated effect of a record is one more effect. A sink with timestamp keys has refused
// those that it knows; what it took from another copy of the record, sent again, it has twice.
constexpr bool shows_repeats(SinkKind kind) {
  return kind != SinkKind::upsert && kind != SinkKind::unique_id;
}

}  // namespace kafault
