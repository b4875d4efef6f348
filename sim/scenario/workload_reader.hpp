// The applications of a combination: producers with what they send, groups with how they handle.
#pragma once

#include <optional>
#include <string>

#include "sim/cluster/plan.hpp"
#include "sim/scenario/cursor.hpp"
#include "sim/scenario/version_reader.hpp"

namespace kafault {

// The layout must be there. Returns the ConfigException of the first client that refuses to start.
std::optional<std::string> read_producers(const Cursor& root, const VersionReader& versions,
                                          ClusterPlan& plan);
// The producers must be there.
std::optional<std::string> read_groups(const Cursor& root, const VersionReader& versions,
                                       ClusterPlan& plan);

inline constexpr std::size_t most_members = 1000;
std::size_t members_of(const ClusterPlan& plan);

}  // namespace kafault
