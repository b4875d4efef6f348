// What a fault does, said to a reader: "broker 1 crashes".
#pragma once

#include <string>

#include "sim/cluster/plan.hpp"
#include "sim/fault/fault_plan.hpp"

namespace kafault {

// "broker 1", "the leader of orders-0", "billing-0".
std::string words_for(const Target& target, const ClusterPlan& plan);

// "a ProduceResponse is lost and its connection breaks". For a fault that strikes a process,
// `struck` is whom it meant in the end, if that is known.
std::string words_for(const FaultPlan& fault, const ClusterPlan& plan,
                      const std::string& struck = {});

}  // namespace kafault
