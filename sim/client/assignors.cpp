#include "sim/client/assignors.hpp"

#include <algorithm>

#include "sim/kernel/contract.hpp"

namespace kafault {

namespace {

using JoinedMember = JoinGroupResponse::Member;

bool subscribes(const JoinedMember& member, std::int32_t topic) {
  return std::find(member.topics.begin(), member.topics.end(), topic) != member.topics.end();
}

std::int32_t subscribers(std::span<const JoinedMember> members, std::int32_t topic) {
  return static_cast<std::int32_t>(std::count_if(
      members.begin(), members.end(), [&](const JoinedMember& m) { return subscribes(m, topic); }));
}

// MemberInfo.compareTo: static members come first, in the order of their instance ids.
std::int64_t rank_of(const JoinedMember& member) {
  constexpr std::int64_t behind_static = std::int64_t{1} << 32;
  return member.instance != no_instance ? member.instance : behind_static + member.id;
}

// The subscriber of the topic that follows `last` by rank; nullptr at the end of the row. Members
// are few and come in any order: looking for the next is cheaper than keeping them sorted.
const JoinedMember* next_subscriber(std::span<const JoinedMember> members, std::int32_t topic,
                                    const JoinedMember* last) {
  const JoinedMember* next = nullptr;
  for (const JoinedMember& member : members) {
    if ((last != nullptr && rank_of(member) <= rank_of(*last)) || !subscribes(member, topic)) {
      continue;
    }
    if (next == nullptr || rank_of(member) < rank_of(*next)) next = &member;
  }
  return next;
}

void assign_range(std::span<const JoinedMember> members, const KnownPartitions& known,
                  std::vector<SyncGroupRequest::Assigned>& assignments) {
  for (std::size_t i = 0; i < known.topics(); ++i) {
    const auto topic = static_cast<std::int32_t>(i);
    const std::int32_t count = subscribers(members, topic);
    if (count == 0) continue;
    const JoinedMember* member = next_subscriber(members, topic, nullptr);
    std::int32_t owner = 0;
    for (std::int32_t number = 0; number < known.of(i); ++number) {
      for (; owner < range_owner(number, known.of(i), count); ++owner) {
        member = next_subscriber(members, topic, member);
      }
      assignments.push_back({member->id, known.first_of(i) + number});
    }
  }
}

// Deals all partitions in a circle; a member that does not subscribe to the topic is passed over.
void assign_round_robin(std::span<const JoinedMember> members, const KnownPartitions& known,
                        std::vector<SyncGroupRequest::Assigned>& assignments) {
  const JoinedMember* last = nullptr;
  for (std::size_t i = 0; i < known.topics(); ++i) {
    const auto topic = static_cast<std::int32_t>(i);
    if (subscribers(members, topic) == 0) continue;
    for (std::int32_t number = 0; number < known.of(i); ++number) {
      const JoinedMember* next = next_subscriber(members, topic, last);
      last = next != nullptr ? next : next_subscriber(members, topic, nullptr);
      assignments.push_back({last->id, known.first_of(i) + number});
    }
  }
}

}  // namespace

std::int32_t range_owner(std::int32_t number, std::int32_t partitions, std::int32_t members) {
  KAFAULT_REQUIRE(members > 0);
  const std::int32_t each = partitions / members;
  const std::int32_t with_one_more = partitions % members;
  const std::int32_t in_larger_shares = with_one_more * (each + 1);
  if (number < in_larger_shares) return number / (each + 1);
  return with_one_more + (number - in_larger_shares) / each;
}

bool is_cooperative(std::span<const Assignor> assignors) {
  return std::all_of(assignors.begin(), assignors.end(),
                     [](Assignor assignor) { return assignor == Assignor::cooperative_sticky; });
}

void AssignmentMaker::assign(Assignor assignor, std::span<const JoinedMember> members,
                             const KnownPartitions& known,
                             std::vector<SyncGroupRequest::Assigned>& assignments) {
  assignments.clear();
  switch (assignor) {
    case Assignor::range:
      return assign_range(members, known, assignments);
    case Assignor::roundrobin:
      return assign_round_robin(members, known, assignments);
    case Assignor::sticky:
      return assign_sticky(members, known, false, assignments);
    case Assignor::cooperative_sticky:
      return assign_sticky(members, known, true, assignments);
  }
}

}  // namespace kafault
