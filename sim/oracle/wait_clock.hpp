// The longest time without progress while somebody waited.
#pragma once

#include <algorithm>
#include <cstdint>

#include "sim/kernel/time.hpp"

namespace kafault {

class WaitClock {
 public:
  // `count` more begin to wait.
  void add(std::int64_t count, Instant now) {
    if (waiting_ == 0) since_ = now;
    waiting_ += count;
  }
  // `count` of them do not wait any more; whether that is progress, progress() says.
  void remove(std::int64_t count, Instant now) {
    if (waiting_ == 0) return;
    waiting_ = std::max<std::int64_t>(waiting_ - count, 0);
    if (waiting_ == 0) longest_ = until(now);
  }
  void progress(Instant now) {
    if (waiting_ == 0) return;
    longest_ = until(now);
    since_ = now;
  }
  void nobody_waits(Instant now) { remove(waiting_, now); }

  std::int64_t waiting() const { return waiting_; }
  // The longest wait that ended, and the longest if those who still wait wait until `end`.
  Duration longest() const { return longest_; }
  Duration longest_until(Instant end) const { return waiting_ == 0 ? longest_ : until(end); }

 private:
  Duration until(Instant now) const { return std::max(longest_, now - since_); }

  std::int64_t waiting_ = 0;
  Instant since_{};
  Duration longest_{};
};

}  // namespace kafault
