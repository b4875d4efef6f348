// Simulated time: an integer count of nanoseconds since the start of a run. There is no `now()`:
// an actor is told what time it is, so that nothing in a run can depend on the wall clock.
#pragma once

#include <chrono>
#include <cstdint>

namespace kafault {

struct SimClock {
  using rep = std::int64_t;
  using period = std::nano;
  using duration = std::chrono::duration<rep, period>;
  using time_point = std::chrono::time_point<SimClock, duration>;
  static constexpr bool is_steady = true;
};

using Instant = SimClock::time_point;
using Duration = SimClock::duration;

// Later than anything that happens; halved so that adding to it cannot overflow.
inline constexpr Duration forever{INT64_MAX / 4};
inline constexpr Instant never{forever};

}  // namespace kafault
