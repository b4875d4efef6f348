#include "sim/broker/page_cache.hpp"

#include <algorithm>

#include "sim/kernel/contract.hpp"

namespace kafault {
namespace {

// The first of the instants phase, phase + period, ... that is not before `instant`.
Instant next_wake_up(Instant instant, Duration period, Duration phase) {
  if (period <= Duration{} || period >= forever || instant >= never) return never;
  const Duration since = instant.time_since_epoch() - phase;
  if (since <= Duration{}) return Instant{phase};
  return Instant{phase + (since + period - Duration{1}) / period * period};
}

// One log's files as time goes by.
class Files {
 public:
  Files(const FlushRules& rules, const WriteBack& kernel, Offset start)
      : rules_(rules), kernel_(kernel), end_(start), on_disk_(start), recovery_point_(start) {}

  void append(const Batch& batch, Instant now) {
    write_out_until(now);
    if (must_roll(batch, now)) {
      fsync(now);
      segment_bytes_ = 0;
    }
    if (segment_bytes_ == 0) segment_began_ = now;
    segment_bytes_ += batch.bytes;
    end_ = batch.end_offset();
    dirty_since_ = std::min(dirty_since_, now);
    unflushed_since_ = std::min(unflushed_since_, now);
    if (end_ - recovery_point_ >= rules_.messages) fsync(now);
  }

  OnDisk on_disk_at(Instant now) {
    write_out_until(now);
    return {on_disk_, std::min(kernel_writes(), scheduler_flushes())};
  }

  // What lies below was on disk before: by another life of the machine.
  void begin_at(Offset offset) {
    on_disk_ = recovery_point_ = offset;
    dirty_since_ = unflushed_since_ = never;
  }

 private:
  // LogSegment.shouldRoll.
  bool must_roll(const Batch& batch, Instant now) const {
    if (segment_bytes_ == 0) return false;
    return segment_bytes_ + batch.bytes > rules_.segment_bytes ||
           now - segment_began_ > rules_.segment_time;
  }

  void write_out_until(Instant now) {
    for (;;) {
      const Instant kernel = kernel_writes();
      const Instant kafka = scheduler_flushes();
      if (std::min(kernel, kafka) > now) return;
      if (kafka <= kernel) {
        fsync(kafka);
      } else {
        on_disk_ = end_;
        dirty_since_ = never;
      }
    }
  }
  Instant kernel_writes() const {
    return next_wake_up(std::min(never, dirty_since_ + kernel_.expire), kernel_.period,
                        kernel_.phase);
  }
  // LogManager.flushDirtyLogs: of the logs that have something to flush.
  Instant scheduler_flushes() const {
    if (unflushed_since_ == never || rules_.interval >= forever) return never;
    return next_wake_up(std::max(unflushed_since_, last_flush_ + rules_.interval),
                        rules_.scheduler_interval, kernel_.scheduler_phase);
  }
  void fsync(Instant now) {
    on_disk_ = recovery_point_ = end_;
    dirty_since_ = unflushed_since_ = never;
    last_flush_ = now;
  }

  const FlushRules& rules_;
  const WriteBack& kernel_;
  Offset end_;
  Offset on_disk_;
  Offset recovery_point_;  // what Kafka has flushed itself
  Instant dirty_since_ = never;
  Instant unflushed_since_ = never;
  Instant last_flush_{};
  std::int64_t segment_bytes_ = 0;
  Instant segment_began_{};
};

}  // namespace

OnDisk what_is_on_disk(std::span<const Batch> log, std::span<const Instant> written, Offset known,
                       const FlushRules& rules, const WriteBack& kernel, Instant now) {
  KAFAULT_REQUIRE(log.size() == written.size());
  if (log.empty()) return {known, never};
  Files files(rules, kernel, log.front().base_offset);
  for (std::size_t i = 0; i < log.size(); ++i) {
    files.append(log[i], written[i]);
    if (log[i].end_offset() <= known) files.begin_at(log[i].end_offset());
  }
  return files.on_disk_at(now);
}

}  // namespace kafault
