// Keeps what operators see of a run, from its observations: one pass, a mark per advance of a high
// watermark. It has nothing to do with what is judged: a run that is watched is the same run.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "sim/kernel/time.hpp"
#include "sim/oracle/ledger.hpp"
#include "sim/oracle/operations.hpp"
#include "sim/protocol/observation.hpp"

namespace kafault {

class OperationsWatch {
 public:
  // `layout` must outlive the watch and its copies.
  void reset(const LedgerLayout& layout);
  void see(const Observation& observation, Instant now);
  // Of a flow, in a run that ended at `end`; all but the latency of commits, which members know.
  Operations judge(const Flow& flow, Instant end) const;

  // Right now, for those who look while the run goes.
  std::int64_t client_lag(GroupIndex group, std::int32_t topic) const;
  std::int64_t group_lag(GroupIndex group, std::int32_t topic) const;

 private:
  // A high watermark, and when it came to be where.
  struct Mark {
    Offset end;
    Instant at;
  };
  struct Log {
    LeaderEpoch epoch = no_epoch;
    Offset end = 0;
    std::vector<Mark> marks;
  };
  // Somebody's way through a partition.
  struct Reading {
    Offset next = 0;
    bool is_known = false;  // else nobody has said where it begins, and it has no lag
    Instant since{};        // when it last came on, or began to have something before it
    Duration longest_stall{};
    Duration greatest_age{};
  };
  // What all partitions of a topic add up to.
  struct Sum {
    std::int64_t now = 0;
    std::int64_t most = 0;
    void move(std::int64_t by) {
      now += by;
      if (now > most) most = now;
    }
  };
  struct Producer {
    bool has_sent = false;
    bool is_acked = false;
    Instant first_sent{};
    Instant first_acked{};
  };
  // What a group is given (client) and what it has committed.
  enum class Side : std::uint8_t { client, committed };

  Reading& reading(Side side, GroupIndex group, PartitionId partition);
  const Reading& reading(Side side, GroupIndex group, PartitionId partition) const;
  Sum& sum(Side side, GroupIndex group, PartitionId partition);
  const Sum& sum_of_topic(Side side, GroupIndex group, std::int32_t topic) const;
  std::int64_t lag(const Reading& reading, PartitionId partition) const;
  Duration age(const Reading& reading, PartitionId partition, Instant now) const;
  void high_watermark(const Observation& o, Instant now);
  void come_on(Reading& reader, PartitionId partition, Instant now);
  void move_to(Side side, GroupIndex group, PartitionId partition, Offset next, Instant now);

  const LedgerLayout* layout_ = nullptr;
  std::size_t groups_ = 0;
  std::size_t partitions_ = 0;
  std::size_t topics_ = 0;
  std::vector<std::int32_t> topic_of_;    // by partition
  std::vector<Log> logs_;                 // by partition
  std::vector<Reading> readings_;         // by side, group, partition
  std::vector<Sum> sums_;                 // by side, group, topic
  std::vector<std::int64_t> rebalances_;  // by group
  std::vector<Producer> producers_;
};

}  // namespace kafault
