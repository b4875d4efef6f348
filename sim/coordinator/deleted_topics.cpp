// What a coordinator does when a topic is deleted (GroupCoordinatorService.onPartitionsDeleted,
// OffsetMetadataManager; before 4.0 GroupCoordinator.handleDeletedPartitions).
#include <algorithm>

#include "sim/coordinator/group_coordinator.hpp"
#include "sim/protocol/topic_life.hpp"

namespace kafault {
namespace {

constexpr std::int32_t not_met = -2;
constexpr std::int32_t gone = -1;

}  // namespace

void GroupCoordinator::meet_settled() {
  for (std::size_t p = 0; p < layout_->partitions.size(); ++p) {
    const std::int32_t topic = layout_->partitions[p].topic;
    if (!layout_->topics[static_cast<std::size_t>(topic)].is_recreated) continue;
    if (lives_.empty()) lives_.assign(layout_->partitions.size(), not_met);
    lives_[p] = 0;
  }
}

// The topic may have come back before this broker has heard that it was gone. One whose end came
// while there was no coordinator leaves its offsets to the next topic of its name.
void GroupCoordinator::meet(PartitionId partition, LeaderEpoch epoch, Instant now, Outbox& out) {
  if (lives_.empty()) lives_.assign(layout_->partitions.size(), not_met);
  std::int32_t& known = lives_[static_cast<std::size_t>(partition)];
  const std::int32_t life = epoch == no_epoch ? gone : life_of(epoch);
  if (life == known) return;
  if (known >= 0 && serving_) delete_offsets(partition, now, out);
  known = life;
  if (life == gone) {
    partitions_.lose(layout_->partitions[static_cast<std::size_t>(partition)].topic);
  } else {
    partitions_.learn(partition);
  }
}

void GroupCoordinator::delete_offsets(PartitionId partition, Instant now, Outbox& out) {
  for (std::size_t group = 0; group < groups_.size(); ++group) {
    const auto index = static_cast<GroupIndex>(group);
    CommittedOffset& offset = committed_[slot_of(index, partition)];
    const bool has_any = std::any_of(unapplied_.begin(), unapplied_.end(), [&](const auto& each) {
      return each.group == index && each.value.partition == partition;
    });
    if (offset.offset == no_offset && !has_any) continue;
    offset = {no_partition, no_offset, no_epoch};
    std::erase_if(unapplied_, [&](const UnappliedOffset& each) {
      return each.group == index && each.value.partition == partition;
    });
    GroupRecord& tombstone = out.journal().emplace_back();
    tombstone.kind = GroupRecord::Kind::offset_commit;
    tombstone.group = index;
    tombstone.partition = partition;
    tombstone.time = now;
    append(static_cast<std::int32_t>(out.journal().size()) - 1, out);
  }
}

// KafkaApis.handleOffsetCommit. Simplified: what the request says of other topics is refused, too.
bool GroupCoordinator::is_any_gone(const OffsetCommitRequest& request) const {
  if (lives_.empty()) return false;
  return std::any_of(request.offsets.begin(), request.offsets.end(),
                     [&](const CommittedOffset& offset) {
                       return lives_[static_cast<std::size_t>(offset.partition)] == gone;
                     });
}

}  // namespace kafault
