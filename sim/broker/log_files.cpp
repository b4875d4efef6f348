#include "sim/broker/log_files.hpp"

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
      : rules_(rules),
        kernel_(kernel),
        segments_(rules),
        end_(start),
        on_disk_(start),
        recovery_point_(start) {}

  void append(const Batch& batch, Instant now) {
    write_out_until(now);
    if (segments_.begins_with(batch, now)) fsync(now);
    end_ = batch.end_offset();
    dirty_since_ = std::min(dirty_since_, now);
    unflushed_since_ = std::min(unflushed_since_, now);
    if (end_ - recovery_point_ >= rules_.messages) fsync(now);
  }

  OnDisk on_disk_at(Instant now) {
    write_out_until(now);
    return {on_disk_, std::min(kernel_writes(), scheduler_flushes()), recovery_point_};
  }

  // What lies below was on disk before: by another life of the machine.
  void begin_at(Offset offset) {
    on_disk_ = recovery_point_ = offset;
    dirty_since_ = unflushed_since_ = never;
  }

 private:
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
  SegmentRoll segments_;
  Offset end_;
  Offset on_disk_;
  Offset recovery_point_;  // what Kafka has flushed itself
  Instant dirty_since_ = never;
  Instant unflushed_since_ = never;
  Instant last_flush_{};
};

}  // namespace

bool SegmentRoll::begins_with(const Batch& batch, Instant at) {
  const bool rolls = bytes_ > 0 && (bytes_ + batch.bytes > rules_.segment_bytes ||
                                    at - began_ > rules_.segment_time);
  if (rolls) bytes_ = 0;
  if (bytes_ == 0) began_ = at;
  bytes_ += batch.bytes;
  return rolls;
}

OnDisk what_is_on_disk(std::span<const Batch> log, std::span<const Instant> written, Offset known,
                       const FlushRules& rules, const WriteBack& kernel, Instant now) {
  KAFAULT_REQUIRE(log.size() == written.size());
  if (log.empty()) return {known, never, known};
  Files files(rules, kernel, log.front().base_offset);
  for (std::size_t i = 0; i < log.size(); ++i) {
    files.append(log[i], written[i]);
    if (log[i].end_offset() <= known) files.begin_at(log[i].end_offset());
  }
  return files.on_disk_at(now);
}

bool is_written_back(Instant dirty_since, const WriteBack& kernel, Instant now) {
  return next_wake_up(std::min(never, dirty_since + kernel.expire), kernel.period, kernel.phase) <=
         now;
}

Offset end_of_deletable(std::span<const Batch> log, std::span<const Instant> stamps, Offset start,
                        const RetentionRules& retention, const FlushRules& rules, Instant now) {
  KAFAULT_REQUIRE(log.size() == stamps.size());
  std::int64_t bytes_left = 0;
  for (const Batch& batch : log) bytes_left += batch.bytes;
  // A segment's last batch is known when the next one begins.
  const auto may_go = [&](std::size_t last, std::int64_t bytes) {
    const bool is_old = retention.age < forever && now - stamps[last] > retention.age;
    const bool is_too_much = retention.bytes >= 0 && bytes_left - bytes >= retention.bytes;
    return is_old || is_too_much;
  };
  SegmentRoll segments(rules);
  for (std::size_t i = 0; i < log.size(); ++i) {
    const std::int64_t bytes = segments.bytes();
    if (!segments.begins_with(log[i], stamps[i])) continue;
    if (!may_go(i - 1, bytes)) return start;
    bytes_left -= bytes;
    start = log[i - 1].end_offset();
  }
  // The active one goes by age only: by size, it is what is left.
  const bool active_is_old =
      !log.empty() && retention.age < forever && now - stamps.back() > retention.age;
  return active_is_old ? log.back().end_offset() : start;
}

}  // namespace kafault
