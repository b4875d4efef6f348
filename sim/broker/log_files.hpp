// A log's files: what of them is on disk, what only in the page cache, and what is old enough to be
// deleted. Nothing happens in the model
// when a page is written out: the machine that loses power asks, and the answer follows from the
// times at which the batches were written. Knows no roles and no replicas.
//
// Two write a log out. Kafka, with fsync: after log.flush.interval.messages, when a segment is
// rolled, and every log.flush.interval.ms (UnifiedLog.append, LocalLog.roll,
// LogManager.flushDirtyLogs). The kernel, by itself: its flusher wakes up every dirty_writeback and
// writes files out whole that have been dirty for dirty_expire (Linux, fs/fs-writeback.c).
#pragma once

#include <cstdint>
#include <limits>
#include <span>

#include "sim/kernel/time.hpp"
#include "sim/protocol/batch.hpp"

namespace kafault {

// Kafka's part; fixed during a run.
struct FlushRules {
  std::int64_t messages = std::numeric_limits<std::int64_t>::max();
  Duration interval = forever;
  Duration scheduler_interval = forever;  // how often Kafka looks whether `interval` is over
  std::int64_t segment_bytes = 1073741824;
  Duration segment_time = std::chrono::hours(24 * 7);
};

// What may be deleted, by segments.
struct RetentionRules {
  Duration age = forever;   // retention.ms
  std::int64_t bytes = -1;  // retention.bytes; -1: no limit
};

// The kernel's part, and where both look in their periods: nobody knows that.
struct WriteBack {
  Duration period = std::chrono::seconds(5);   // 0: it never writes by itself
  Duration expire = std::chrono::seconds(30);  // of a file, since it became dirty
  Duration phase{};                            // of the kernel's flusher
  Duration scheduler_phase{};                  // of Kafka's
};

// Where segments begin.
class SegmentRoll {
 public:
  explicit SegmentRoll(const FlushRules& rules) : rules_(rules) {}
  // Whether this batch, of that time, is the first of one (LogSegment.shouldRoll).
  bool begins_with(const Batch& batch, Instant at);
  std::int64_t bytes() const { return bytes_; }  // of the newest

 private:
  const FlushRules& rules_;
  std::int64_t bytes_ = 0;
  Instant began_{};
};

struct OnDisk {
  Offset end = 0;  // what lies below is on disk
  Instant next_write =
      never;                  // when the rest will be, if nothing is appended; never: there is none
  Offset recovery_point = 0;  // what lies below was flushed by Kafka: recovery does not read it
};

// How much of the log is on disk at `now`. `written` says when each batch was written; everything
// below `known` is on disk for certain. Simplified: a file is written out in no time, and the
// memory is large enough that nobody is made to write earlier; of a batch nothing is on disk until
// all of it is (a torn one fails its CRC); a truncated file is as dirty as what is left of it.
OnDisk what_is_on_disk(std::span<const Batch> log, std::span<const Instant> written, Offset known,
                       const FlushRules& rules, const WriteBack& kernel, Instant now);

// Whether the kernel has written out a file that was rewritten at `dirty_since`, and not since.
bool is_written_back(Instant dirty_since, const WriteBack& kernel, Instant now);

// The end of the segments, oldest first, that are older than retention allows or more than it
// allows; `start` if there are none. Also the active one goes if it is old: a new one is rolled.
// `stamps` are the batches' largest timestamps.
Offset end_of_deletable(std::span<const Batch> log, std::span<const Instant> stamps, Offset start,
                        const RetentionRules& retention, const FlushRules& rules, Instant now);

}  // namespace kafault
