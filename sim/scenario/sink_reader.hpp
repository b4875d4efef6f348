// Where a group's records take effect: its sinks, and what the application's code does for them.
#pragma once

#include "sim/cluster/plan.hpp"
#include "sim/scenario/cursor.hpp"

namespace kafault {

// The group's application and the plan's producers have been read before.
void read_sinks(const Cursor& group, const ClusterPlan& plan, GroupPlan& made);

}  // namespace kafault
