// What settings cost, beside what they promise: latency and requests when nothing happens, waiting
// and refusing when something does.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "sim/cluster/plan.hpp"
#include "sim/kernel/time.hpp"

namespace kafault {

struct RunCost {
  Duration ack{};            // from send() to its ack: the median of a run in which nothing happens
  std::int64_t commits = 0;  // of offsets, in that run
  Duration longest_wait{};   // for an ack while records waited, in any run with one misfortune
  // The fewest misfortunes with which a send fails, whether or not it was written; nothing: none.
  std::optional<std::size_t> fails_after;
  friend bool operator==(const RunCost&, const RunCost&) = default;
};

// `ack` and `commits` of the plan's kind run, with its own latencies, not those of a lattice.
RunCost cost_of_kind_run(ClusterPlan plan, std::int64_t records);

}  // namespace kafault
