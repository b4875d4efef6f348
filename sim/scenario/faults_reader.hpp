// The misfortunes of a combination.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "sim/cluster/plan.hpp"
#include "sim/fault/fault_plan.hpp"
#include "sim/scenario/cursor.hpp"

namespace kafault {

// A `join` may name a member that the group does not have yet: it is added to the plan, so that all
// processes are known before the run. To be called before read_faults.
// Returns which member a `join` that names a whole group means, by the fault's place in the list.
using JoiningMembers = std::map<std::size_t, std::string>;
JoiningMembers add_joining_members(const Cursor& root, ClusterPlan& plan);

struct Faults {
  std::vector<FaultPlan> plans;
  // Names of faults (not in `plans`) whose target this combination does not have, and of those
  // that wait for one of them.
  std::vector<std::string> nothing_to_strike;
};
Faults read_faults(const Cursor& root, ClusterPlan& plan, const JoiningMembers& joining);

}  // namespace kafault
