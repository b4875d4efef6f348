// What every part of a consumer needs while it handles one event: the time, where effects go, and
// when the process wants to be woken if nothing happens before.
#pragma once

#include <algorithm>
#include <cstdint>

#include "sim/kernel/dice.hpp"
#include "sim/kernel/time.hpp"
#include "sim/protocol/outbox.hpp"

namespace kafault {

struct ConsumerTurn {
  Instant now;
  Outbox& out;
  Dice& dice;
  Instant wake = never;
  bool again = false;  // something that was looked at before has changed

  // Whether `when` has come; if not, the process asks to be woken then.
  bool is_due(Instant when) {
    if (when <= now) return true;
    wake = std::min(wake, when);
    return false;
  }
};

}  // namespace kafault
