// Who is to get which partitions under KIP-848: computed by the coordinator, from what everybody
// was to own before (UniformHomogeneousAssignmentBuilder and RangeAssignor of the coordinator).
// Simplified: members are taken in the order in which they joined, Kafka's in that of their random
// ids; uniform assignment takes it that all members subscribe to the same topics; no racks.
#include <algorithm>
#include <array>

#include "sim/coordinator/consumer_group.hpp"

namespace kafault {
namespace {

bool is_in(const std::vector<PartitionId>& partitions, PartitionId partition) {
  return std::find(partitions.begin(), partitions.end(), partition) != partitions.end();
}

bool is_subscribed(const ConsumerGroupMember& member, std::int32_t topic) {
  return std::find(member.topics.begin(), member.topics.end(), topic) != member.topics.end();
}

// computePreferredServerAssignor; without a wish the first of group.consumer.assignors.
RemoteAssignor preferred_assignor(const ConsumerGroup& group) {
  std::array<int, 2> votes{};
  for (const ConsumerGroupMember& member : group.members) {
    if (member.assignor != RemoteAssignor::none) {
      ++votes[static_cast<std::size_t>(member.assignor)];
    }
  }
  return votes[1] > votes[0] ? RemoteAssignor::range : RemoteAssignor::uniform;
}

// Everybody keeps what it had, up to its share; the rest is dealt to who has less than that.
void assign_uniform(ConsumerGroup& group, const KnownPartitions& known) {
  const std::vector<std::int32_t>& topics = group.members.front().topics;
  std::vector<PartitionId> unassigned;
  std::size_t total = 0;
  for (const std::int32_t topic : topics) {
    const auto t = static_cast<std::size_t>(topic);
    const PartitionId first = known.first_of(t);
    total += static_cast<std::size_t>(known.of(t));
    for (PartitionId p = first; p < first + known.of(t); ++p) {
      const bool had_owner =
          std::any_of(group.members.begin(), group.members.end(),
                      [&](const ConsumerGroupMember& m) { return is_in(m.target, p); });
      if (!had_owner) unassigned.push_back(p);
    }
  }
  const std::size_t least = total / group.members.size();
  const std::size_t with_one_more = total % group.members.size();
  std::size_t rank = 0;
  for (ConsumerGroupMember& member : group.members) {
    const std::size_t quota = least + (rank++ < with_one_more ? 1 : 0);
    for (std::size_t i = quota; i < member.target.size(); ++i) {
      unassigned.push_back(member.target[i]);
    }
    if (member.target.size() > quota) member.target.resize(quota);
  }
  rank = 0;
  std::size_t next = 0;
  for (ConsumerGroupMember& member : group.members) {
    const std::size_t quota = least + (rank++ < with_one_more ? 1 : 0);
    while (member.target.size() < quota && next < unassigned.size()) {
      member.target.push_back(unassigned[next++]);
    }
    std::sort(member.target.begin(), member.target.end());
  }
}

// Of one topic: who has more than its share gives the highest up; what is free goes to the others
// in ranges.
void assign_range_of(std::int32_t index, const KnownPartitions& known, ConsumerGroup& group) {
  const PartitionId first = known.first_of(static_cast<std::size_t>(index));
  const std::int32_t partitions = known.of(static_cast<std::size_t>(index));
  const auto takes_part = [&](const ConsumerGroupMember& m) { return is_subscribed(m, index); };
  const auto of_topic = [&](PartitionId p) { return p >= first && p < first + partitions; };
  const auto count = std::count_if(group.members.begin(), group.members.end(), takes_part);
  if (count == 0) return;
  const auto least = partitions / static_cast<std::int32_t>(count);
  auto with_one_more = partitions % static_cast<std::int32_t>(count);
  std::vector<std::int32_t> missing;  // by member, in order; of who keeps one more: -1
  std::vector<PartitionId> kept;
  for (ConsumerGroupMember& member : group.members) {
    if (!takes_part(member)) continue;
    std::sort(member.target.begin(), member.target.end());
    const auto had = static_cast<std::int32_t>(
        std::count_if(member.target.begin(), member.target.end(), of_topic));
    const bool keeps_one_more = had > least && with_one_more > 0;
    if (keeps_one_more) --with_one_more;
    std::int32_t room = least + (keeps_one_more ? 1 : 0);
    const auto goes = [&](PartitionId p) { return of_topic(p) && room-- <= 0; };
    member.target.erase(std::remove_if(member.target.begin(), member.target.end(), goes),
                        member.target.end());
    std::copy_if(member.target.begin(), member.target.end(), std::back_inserter(kept), of_topic);
    missing.push_back(keeps_one_more ? -1 : std::max(least - had, 0));
  }
  PartitionId next = first;
  std::size_t at = 0;
  for (ConsumerGroupMember& member : group.members) {
    if (!takes_part(member)) continue;
    std::int32_t wanted = missing[at++];
    if (wanted < 0) continue;
    if (with_one_more > 0) {
      ++wanted;
      --with_one_more;
    }
    for (; wanted > 0; ++next) {
      if (is_in(kept, next)) continue;
      member.target.push_back(next);
      --wanted;
    }
    std::sort(member.target.begin(), member.target.end());
  }
}

}  // namespace

void assign_targets(ConsumerGroup& group, const KnownPartitions& known) {
  group.target_epoch = group.epoch;
  if (group.members.empty()) return;
  if (preferred_assignor(group) == RemoteAssignor::uniform) return assign_uniform(group, known);
  for (std::size_t i = 0; i < known.topics(); ++i) {
    assign_range_of(static_cast<std::int32_t>(i), known, group);
  }
}

std::int32_t added_to_subscriptions(const ConsumerGroup& group, const KnownPartitions& known) {
  std::int32_t added = 0;
  for (std::size_t i = 0; i < known.topics(); ++i) {
    const auto topic = static_cast<std::int32_t>(i);
    const bool is_read =
        std::any_of(group.members.begin(), group.members.end(),
                    [&](const ConsumerGroupMember& m) { return is_subscribed(m, topic); });
    if (is_read) added += known.added_to({&topic, 1});
  }
  return added;
}

}  // namespace kafault
