// Where handled records take effect. A sink decides whether a second handling of a record shows.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "sim/kernel/time.hpp"
#include "sim/protocol/setting.hpp"

namespace kafault {

enum class SinkKind : std::uint8_t {
  append,
  counter,
  read_then_write,
  upsert,
  unique_id,
  consumer_uuid,
  timestamp_key,
  newest_version,
  newest_timestamp,
  select_then_insert,
  inbox,
  inbox_before,
  inbox_after,
  cache,
  log_then_wal,
};
template <>
struct Spellings<SinkKind> {
  static constexpr std::array<Spelling<SinkKind>, 15> all{
      {{"append", SinkKind::append},
       {"counter", SinkKind::counter},
       {"read_then_write", SinkKind::read_then_write},
       {"upsert", SinkKind::upsert},
       {"unique_id", SinkKind::unique_id},
       {"consumer_uuid", SinkKind::consumer_uuid},
       {"timestamp_key", SinkKind::timestamp_key},
       {"newest_version", SinkKind::newest_version},
       {"newest_timestamp", SinkKind::newest_timestamp},
       {"select_then_insert", SinkKind::select_then_insert},
       {"inbox", SinkKind::inbox},
       {"inbox_before", SinkKind::inbox_before},
       {"inbox_after", SinkKind::inbox_after},
       {"cache", SinkKind::cache},
       {"log_then_wal", SinkKind::log_then_wal}}};
};

// What each stands for.
constexpr std::string_view meaning_of(SinkKind kind) {
  switch (kind) {
    case SinkKind::append:
      return "every handling shows: a plain INSERT, a line in a file, an e-mail";
    case SinkKind::counter:
      return "x = x + 1: every handling adds one; the sum is off by effects_extra less "
             "effects_missing";
    case SinkKind::read_then_write:
      return "SELECT x, then UPDATE x = :x + 1, one x per key: what others add in between is "
             "overwritten";
    case SinkKind::upsert:
      return "one row per key of the producer, or per record: the last write wins";
    case SinkKind::unique_id:
      return "the id that the producer gave the record is a unique key: a second INSERT is refused";
    case SinkKind::consumer_uuid:
      return "the key is made by the handler, anew each time: it protects nothing";
    case SinkKind::timestamp_key:
      return "the record's timestamp in milliseconds is a unique key: two records may share one";
    case SinkKind::newest_version:
      return "as upsert, WHERE version < :version, which counts a key's records";
    case SinkKind::newest_timestamp:
      return "as upsert, WHERE updated_at < :updated_at, in the column's resolution";
    case SinkKind::select_then_insert:
      return "SELECT by the producer's id, then INSERT if nothing is there; no unique key";
    case SinkKind::inbox:
      return "ids of what was handled, in the effect's own transaction";
    case SinkKind::inbox_before:
      return "the id is inserted and committed, then the effect is";
    case SinkKind::inbox_after:
      return "SELECT the id; commit the effect; then insert and commit the id";
    case SinkKind::cache:
      return "as inbox_after, with the ids outside the database";
    case SinkKind::log_then_wal:
      return "two files of the process: one says that an effect is begun, one that it is committed";
  }
  return "";
}

struct SinkPlan {
  SinkKind kind = SinkKind::append;
  Duration remembers = forever;                        // an inbox: then its ids are deleted
  Duration resolution = std::chrono::milliseconds(1);  // newest_timestamp: of its column
  // log_then_wal: of what is in the log and not in the WAL the database is asked.
  bool checks = true;
  bool keeps_files = true;  // log_then_wal: they outlive the process
  friend bool operator==(const SinkPlan&, const SinkPlan&) = default;
};

// Whether a repeated effect of a record is one more effect. A sink with timestamp keys has refused
// those that it knows; what it took from another copy of the record, sent again, it has twice.
constexpr bool shows_repeats(SinkKind kind) {
  switch (kind) {
    case SinkKind::upsert:
    case SinkKind::unique_id:
    case SinkKind::newest_version:
    case SinkKind::newest_timestamp:
      return false;
    default:
      return true;
  }
}

// One row per key of the records, which shows what was written to it last.
constexpr bool has_rows(SinkKind kind) {
  return kind == SinkKind::upsert || kind == SinkKind::newest_version ||
         kind == SinkKind::newest_timestamp;
}

// Keeps the ids of the records that it has had, beside their effects.
constexpr bool has_inbox(SinkKind kind) {
  return kind == SinkKind::inbox || kind == SinkKind::inbox_before || kind == SinkKind::inbox_after;
}

// What the application's code does before and after the effect's own transaction.
constexpr bool is_asked_first(SinkKind kind) {
  return kind == SinkKind::read_then_write || kind == SinkKind::select_then_insert ||
         kind == SinkKind::inbox_after || kind == SinkKind::cache || kind == SinkKind::log_then_wal;
}
constexpr bool is_stored_first(SinkKind kind) {
  return kind == SinkKind::inbox_before || kind == SinkKind::log_then_wal;
}
constexpr bool is_stored_after(SinkKind kind) {
  return kind == SinkKind::inbox_after || kind == SinkKind::cache || kind == SinkKind::log_then_wal;
}

// Whether the sink tells single records apart. An upsert does where several records have one key.
constexpr bool judges_records(SinkKind kind, bool keys_repeat) {
  switch (kind) {
    case SinkKind::append:
    case SinkKind::counter:
    case SinkKind::unique_id:
    case SinkKind::consumer_uuid:
      return false;
    case SinkKind::upsert:
      return keys_repeat;
    default:
      return true;
  }
}

}  // namespace kafault
