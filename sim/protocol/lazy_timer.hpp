// One deadline of an actor that moves often and mostly backwards: the timer is armed only when it
// would come too late, and armed again when it comes early. A session that is renewed a thousand
// times costs a few timer events, not a thousand.
#pragma once

#include <algorithm>

#include "sim/kernel/time.hpp"
#include "sim/protocol/outbox.hpp"

namespace kafault {

class LazyTimer {
 public:
  LazyTimer() = default;
  explicit LazyTimer(TimerId id) : id_(id) {}

  // Sees to it that on_timer() comes at `deadline` or before; `never` asks for nothing.
  void wake_by(Instant deadline, Instant now, Outbox& out) {
    if (deadline < armed_) arm(deadline, now, out);
  }
  // To be called first in on_timer(): the timer has come, whether or not it was early.
  void on_fired() { armed_ = never; }
  // The process that owned the timer is gone, and the timer with it.
  void forget() { armed_ = never; }

 private:
  [[gnu::noinline]] void arm(Instant deadline, Instant now, Outbox& out) {
    armed_ = deadline;
    out.arm(id_, std::max(deadline - now, Duration{}));
  }

  TimerId id_{};
  Instant armed_ = never;
};

}  // namespace kafault
