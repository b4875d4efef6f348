// Time on a lattice. In a timed model a microsecond more or less makes two worlds differ that go on
// alike; an exploration therefore runs a plan whose latencies and time-outs are multiples of one
// tick, and whose idle polls come rarely.
#pragma once

#include <cstdint>

#include "sim/cluster/plan.hpp"

namespace kafault {

// Every duration of `plan` rounded up to a multiple of `tick` (zero stays zero), every range to its
// lower end, `records` per producer, and long polls that last as long as the time-outs around them
// allow.
ClusterPlan on_lattice(ClusterPlan plan, Duration tick, std::int64_t records);

}  // namespace kafault
