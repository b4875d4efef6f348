// The sinks of all groups, as far as they decide at the moment of a write whether it shows: those
// with the timestamp as a unique key, and those that keep the group's offsets beside the effects.
// They stand outside Kafka: no crash of a member takes anything back.
// Simplified: a write takes no time of its own and never waits for another.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/kernel/fingerprint.hpp"
#include "sim/kernel/time.hpp"
#include "sim/protocol/observation.hpp"
#include "sim/protocol/stored_offsets.hpp"
#include "sim/sink/sink.hpp"

namespace kafault {

// Whether a group's effects bring their offset along.
enum class OffsetWrite : std::uint8_t {
  none,
  always,       // UPDATE offsets SET next = :offset + 1
  conditional,  // ... WHERE next <= :offset; if that changes no row, the transaction is rolled back
};

class Sinks {
 public:
  void add_group(const std::vector<SinkKind>& kinds, OffsetWrite offsets);
  // Once all groups are there.
  void resize(std::size_t producers, std::size_t partitions);
  void reset();

  // Otherwise every write shows and there is nothing to ask.
  bool decide() const { return decide_; }
  // Takes note of when records were sent, and judges effects of single records: one that does not
  // show becomes an EffectRefused.
  void see(Observation& o, Instant now);

  const StoredOffsets& stored() const { return stored_; }
  void hash_into(Fingerprint& print) const;

 private:
  struct Table {
    bool has_timestamp_key = false;
    std::vector<std::int64_t> keys;  // sorted, milliseconds
  };
  struct Group {
    std::size_t first_table = 0;
    OffsetWrite offsets = OffsetWrite::none;
  };
  void record_sent(const Observation& o, Instant now);
  bool takes(const Observation& effect);
  bool insert_key(Table& table, const Observation& effect) const;

  std::vector<Group> groups_;
  std::vector<Table> tables_;  // by group, then sink
  bool decide_ = false;
  bool needs_timestamps_ = false;
  std::size_t partitions_ = 0;
  std::vector<std::vector<std::int64_t>> timestamps_;  // by producer and partition, then send
  StoredOffsets stored_;
};

}  // namespace kafault
