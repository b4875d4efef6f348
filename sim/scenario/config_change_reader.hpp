// The settings that a `change_config` fault changes while the cluster runs.
#pragma once

#include "sim/cluster/plan.hpp"
#include "sim/fault/fault_plan.hpp"
#include "sim/scenario/cursor.hpp"

namespace kafault {

// Of the topic that is the fault's target; without one, as defaults of the brokers, of all topics
// for which the scenario (at `root`) does not say otherwise. Adds to the plan what the fault may
// ask for, and what undoes it. Simplified: "otherwise" is what is written in the scenario, not what
// another fault has changed meanwhile.
void read_config_change(const Cursor& root, const Cursor& config, ClusterPlan& plan,
                        FaultPlan& fault);

}  // namespace kafault
