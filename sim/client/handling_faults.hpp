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

  // Whether and when a handling throws: before the sink has anything of it, or after the sink has
  // applied it (a time-out behind a commit).
  // in_batch: not the handling, but the write of a batch when it comes to the record.
  enum class Throws : std::uint8_t { no, before_effect, after_effect, in_batch };

  void clear() {
    failing_.clear();
    slow_.clear();
    sink_is_down_ = false;
    sink_delay_ = Duration{};
  }
  // The handler throws for this record, `times` times; -1: always.
  void fail(PartitionId partition, Offset offset, std::int64_t times,
            Throws when = Throws::before_effect) {
    if (times != 0) failing_.push_back({partition, offset, times, when, 0});
  }
  // The record was sent on, to where nobody knows its offset yet: it fails there as it did here.
  void follow(PartitionId partition, Offset offset, PartitionId to, SendNumber send);
  // Meanwhile every write to the sink fails, and the handler with it.
  void set_sink_down(bool down) { sink_is_down_ = down; }
  // Meanwhile every handling takes so much longer.
  void set_sink_delay(Duration delay) { sink_delay_ = delay; }
  Duration sink_delay() const { return sink_delay_; }
  // Once, the record takes `extra` longer and `factor` times as long.
  void slow_down(const Slow& slow) { slow_.push_back(slow); }

  // Whether the handler throws this time.
  Throws take_failure(PartitionId partition, Offset offset, SendNumber send) {
    if (sink_is_down_) return Throws::before_effect;
    return failing_.empty() ? Throws::no : find_failure(partition, offset, send, false);
  }
  // Whether the write of a batch ends before this record.
  bool breaks_batch(PartitionId partition, Offset offset, SendNumber send) {
    return !failing_.empty() && find_failure(partition, offset, send, true) != Throws::no;
  }
  std::optional<Slow> take_slowness(PartitionId partition, Offset offset) {
    return slow_.empty() ? std::nullopt : find_slowness(partition, offset);
  }

  // In the order in which they were made: the first that names a record counts.
  void hash_into(Fingerprint& print) const;

 private:
  struct Failing {
    PartitionId partition;
    Offset offset;  // no_offset: it was sent on, and has this number there
    std::int64_t times_left;
    Throws when;
    SendNumber send = 0;

    bool is(PartitionId where, Offset at, SendNumber number) const {
      return partition == where && (offset == no_offset ? send == number : offset == at);
    }
  };
  Throws find_failure(PartitionId partition, Offset offset, SendNumber send, bool in_batch);
  std::optional<Slow> find_slowness(PartitionId partition, Offset offset);

  std::vector<Failing> failing_;
  std::vector<Slow> slow_;
  bool sink_is_down_ = false;
  Duration sink_delay_{};
};

}  // namespace kafault
