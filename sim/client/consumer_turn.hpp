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
  bool again = false;    // something that was looked at before has changed
  bool was_due = false;  // something was, and may be due again at a time that nobody has asked for

  // Another look at everything begins.
  void begin_round() {
    wake = never;
    again = was_due = false;
  }
  // Whether `when` has come; if not, the process asks to be woken then.
  bool is_due(Instant when) {
    if (waits_for(when)) return false;
    was_due = true;
    return true;
  }
  // The other way round, of what is done once and not looked at again.
  bool waits_for(Instant when) {
    if (when <= now) return false;
    wake = std::min(wake, when);
    return true;
  }
};

}  // namespace kafault
