// The rows of a combination: one per flow, the path from a producer through a topic to a group and
// its sink.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "sim/cluster/plan.hpp"
#include "sim/oracle/counts.hpp"

namespace kafault {

// A topic that no group reads is a flow that ends in the log.
std::vector<Flow> flows_of(const ClusterPlan& plan);
// "orders", "orders>billing>append"; with the producer in front ("shop>orders") where several write
// to the topic.
std::string flow_name(const ClusterPlan& plan, const Flow& flow);

// The columns that only the tables of explorations have; an axis may not be called like one of
// them.
inline constexpr std::array<std::string_view, 5> exploration_columns{
    "promise", "smallest", "confirmed", "worlds", "complete"};

}  // namespace kafault
