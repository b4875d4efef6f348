// Which records the handler fails on, or takes longer for. It belongs to the records, not to the
// process: a poisoned record is still poisoned after a restart.
#pragma once

#include <optional>
#include <vector>

#include "sim/kernel/fingerprint.hpp"
#include "sim/kernel/time.hpp"
#include "sim/protocol/ids.hpp"

namespace kafault {

class HandlingFaults {
 public:
  struct Slow {
    PartitionId partition;
    Offset offset;
    Duration extra;
    std::int64_t factor;
  };

  void clear() {
    failing_.clear();
    slow_.clear();
  }
  // The handler throws for this record, `times` times; -1: always.
  void fail(PartitionId partition, Offset offset, std::int64_t times) {
    if (times != 0) failing_.push_back({partition, offset, times});
  }
  // Once, the record takes `extra` longer and `factor` times as long.
  void slow_down(const Slow& slow) { slow_.push_back(slow); }

  // Whether the handler throws this time.
  bool takes_failure(PartitionId partition, Offset offset) {
    return !failing_.empty() && find_failure(partition, offset);
  }
  std::optional<Slow> take_slowness(PartitionId partition, Offset offset) {
    return slow_.empty() ? std::nullopt : find_slowness(partition, offset);
  }

  // In the order in which they were made: the first that names a record counts.
  void hash_into(Fingerprint& print) const;

 private:
  struct Failing {
    PartitionId partition;
    Offset offset;
    std::int64_t times_left;
  };
  bool find_failure(PartitionId partition, Offset offset);
  std::optional<Slow> find_slowness(PartitionId partition, Offset offset);

  std::vector<Failing> failing_;
  std::vector<Slow> slow_;
};

}  // namespace kafault
