// Who gets which partitions: computed by the group's leader, a client, from what JoinGroup told it
// (RangeAssignor, RoundRobinAssignor).
#pragma once

#include <span>
#include <vector>

#include "sim/protocol/layout.hpp"
#include "sim/protocol/messages.hpp"

namespace kafault {

// Fills `assignments`, ordered by partition. Members are taken in the order of their ids.
// Simplified: Kafka's member ids are random, so there the order of members changes with each
// process; without racks (KIP-881).
void assign_partitions(Assignor assignor, std::span<const JoinGroupResponse::Member> members,
                       const ClusterLayout& layout,
                       std::vector<SyncGroupRequest::Assigned>& assignments);

// Range: the first `partitions % members` members get one partition more than the others. Which
// of the `members` subscribers (0, 1, ...) gets partition number `number`.
std::int32_t range_owner(std::int32_t number, std::int32_t partitions, std::int32_t members);

}  // namespace kafault
