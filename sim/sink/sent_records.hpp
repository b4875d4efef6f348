// What a sink finds in a record: the id, the key and the timestamp that its producer's application
// gave it. A record that is sent again, or passed on by a reader, is the same record.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "sim/kernel/fingerprint.hpp"
#include "sim/kernel/time.hpp"
#include "sim/protocol/observation.hpp"

namespace kafault {

// Of all records of all producers, in their order.
using RecordIndex = std::uint32_t;
inline constexpr RecordIndex no_record = UINT32_MAX;

// As a producer's workload has it: how many records, and `keys` different ones among their keys;
// none where that is not positive: every record has a row of its own.
struct RecordSource {
  std::int64_t records = 0;
  std::int64_t keys = 0;
};

class SentRecords {
 public:
  // One send of a record.
  struct Send {
    std::int32_t producer = -1;
    PartitionId partition = no_partition;
    SendNumber number = 0;
  };

  // `sources`: by producer; behind them come outlets, which have no records of their own.
  void resize(const std::vector<RecordSource>& sources, std::size_t producers_and_outlets,
              std::size_t partitions);
  void clear();
  // RecordSent and RecordForwarded.
  void see(const Observation& o, Instant now);

  std::size_t records() const { return first_sends_.size(); }
  std::size_t rows() const { return rows_; }
  // Which record a handling or an effect is about.
  RecordIndex index_of(const Observation& o) const { return sends_[slot(o)][o.first].record; }
  // CreateTime of that send.
  std::int64_t created_ms(const Observation& o) const { return sends_[slot(o)][o.first].created; }
  // Its `updated_at`, which stays when it is sent again.
  Instant updated_at(RecordIndex record) const { return updated_at_[record]; }
  std::size_t row_of(RecordIndex record) const;
  // Which producer's it is.
  std::int32_t producer_of(RecordIndex record) const;
  // Its producer is negative if it was never sent.
  const Send& first_send(RecordIndex record) const { return first_sends_[record]; }

  void hash_into(Fingerprint& print) const;

 private:
  struct Sent {
    RecordIndex record = no_record;
    std::int64_t created = 0;
  };
  struct Source {
    RecordIndex first = 0;
    std::size_t first_row = 0;
    std::int64_t keys = 0;
  };
  std::size_t slot(const Observation& o) const {
    return static_cast<std::size_t>(o.producer) * partitions_ +
           static_cast<std::size_t>(o.partition);
  }

  std::size_t partitions_ = 0;
  std::size_t rows_ = 0;
  std::vector<Source> sources_;           // by producer
  std::vector<std::vector<Sent>> sends_;  // by producer and partition, then send
  std::vector<Send> first_sends_;         // by record
  std::vector<Instant> updated_at_;       // by record
};

}  // namespace kafault
