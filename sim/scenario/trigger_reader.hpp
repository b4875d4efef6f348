// When a fault strikes: its `when`, and what stands beside it if it strikes anywhere.
#pragma once

#include "sim/cluster/plan.hpp"
#include "sim/fault/fault_plan.hpp"
#include "sim/scenario/cursor.hpp"

namespace kafault {

struct ReadTrigger {
  Trigger trigger;
  bool is_missing = false;  // it filters by a name that this combination does not have
};
ReadTrigger read_trigger(const Cursor& fault, Action action, const ClusterPlan& plan);

}  // namespace kafault
