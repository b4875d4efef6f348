// The cluster of a combination: network, brokers, topics and who replicates what.
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "sim/cluster/plan.hpp"
#include "sim/scenario/cursor.hpp"
#include "sim/scenario/versions.hpp"

namespace kafault {

inline constexpr std::int64_t most_partitions = 10'000;

// The list of one partition's replicas; empty, and reported, if it is wrong.
std::vector<NodeId> read_replicas(const Cursor& list, std::int32_t brokers);

// Letters, digits, `.`, `_` and `-`, at most 249 of them: Kafka's rule for topics (Topic.validate),
// which we ask of every name.
bool is_legal_name(std::string_view name);
// Reported at the key; false if it is not legal.
bool check_name(const Cursor& member, std::string_view name);

// The topic that a producer writes to when its `sends` do not say it.
std::string topic_of_sends(const Cursor& root, const Json& producer);

// Fills the network, the layout, the brokers' and the topics' settings. The offsets topic is an
// ordinary topic, the last.
void read_cluster(const Cursor& root, const VersionDefaults& defaults, ClusterPlan& plan);

}  // namespace kafault
