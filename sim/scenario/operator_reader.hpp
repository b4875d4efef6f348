// What an operator asks for in a fault: other settings, an election, other replicas.
#pragma once

#include "sim/cluster/plan.hpp"
#include "sim/fault/fault_plan.hpp"
#include "sim/scenario/cursor.hpp"

namespace kafault {

// Reads the keys of `change_config`, `elect`, `reassign`, `add_partitions`, `reset_offsets` and
// `rolling_restart`, and reports them
// where another fault has them. The target is read already; if this combination has none, what
// would be done to it is not looked at. Adds to the plan what the fault may ask for. `root` is the
// whole scenario.
void read_operation(const Cursor& root, const Cursor& fault, bool target_is_missing,
                    ClusterPlan& plan, FaultPlan& result);

}  // namespace kafault
