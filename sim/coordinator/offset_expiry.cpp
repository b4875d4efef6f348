// Committed offsets that nobody needs any more are forgotten (KIP-211; cleanupGroupMetadata and
// cleanupExpiredOffsets of the coordinator, and the groups' offsetExpirationCondition; 4.1).
#include <algorithm>

#include "sim/coordinator/group_coordinator.hpp"
#include "sim/protocol/mutants.hpp"

namespace kafault {
namespace {

// What no run lasts long enough for is not looked at, nor told apart.
constexpr Duration longest_retention_that_matters = std::chrono::hours(24);

}  // namespace

// From when on a check finds the offset expired; never: it is needed. A classic group's offsets age
// from the moment at which it lost its last member; those of the other protocol from their commit,
// even if the group has lost its last member just now; and so do those of who uses assign(),
// whether that process is alive or not.
Instant GroupCoordinator::expires_at(GroupIndex index, std::size_t slot) const {
  const Duration retention = std::chrono::minutes(config_->offsets_retention_minutes);
  const Instant by_commit = committed_at_[slot] + retention;
  if (is_mutant(Mutant::expiry_despite_members)) return by_commit;
  if (const ConsumerGroup& group = consumer_view(index); group.exists()) {
    return group.members.empty() ? std::max(by_commit, group.empty_since) : never;
  }
  const ClassicGroup& group = view(index);
  const bool had_members = group.generation > 0;
  if (group.state != GroupState::empty) return never;
  return had_members ? group.empty_since + retention : by_commit;
}

// Before anything about the group changes: what the last check has found. Nobody can tell it from
// a check that happened in its time. Simplified: but for a coordinator that dies in between, the
// tombstones come with the next request.
void GroupCoordinator::expire_offsets(GroupIndex index, Instant now, Outbox& out) {
  if (std::chrono::minutes(config_->offsets_retention_minutes) > longest_retention_that_matters) {
    return;
  }
  if (!unapplied_.empty()) return;  // a commit on its way keeps what it replaces
  const Duration interval = config_->offsets_retention_check_interval;
  const Instant last_check = serving_since_ + (now - serving_since_) / interval * interval;
  bool has_expired = false;
  bool has_any = false;
  for (PartitionId p = 0; p < static_cast<PartitionId>(layout_->partitions.size()); ++p) {
    const std::size_t slot = slot_of(index, p);
    if (committed_[slot].offset == no_offset) continue;
    if (expires_at(index, slot) > last_check) {
      has_any = true;
      continue;
    }
    has_expired = true;
    committed_[slot] = {no_partition, no_offset, no_epoch};
    GroupRecord& tombstone = out.journal().emplace_back();
    tombstone.kind = GroupRecord::Kind::offset_commit;
    tombstone.group = index;
    tombstone.partition = p;
    tombstone.time = now;
    append(static_cast<std::int32_t>(out.journal().size()) - 1, out);
  }
  if (has_expired && !has_any) delete_group(index, out);
}

// maybeDeleteGroup: an empty group without offsets is gone, and who commits next is a new one.
void GroupCoordinator::delete_group(GroupIndex index, Outbox& out) {
  if (consumer_group_of(index).exists()) {
    consumer_group_of(index).clear();
    append(journal_consumer_group(index, out), out);
  } else {
    group_of(index).clear();
    append(write_group(index, nullptr, out), out);
  }
}

void GroupCoordinator::hash_expiry(Fingerprint& print) const {
  if (std::chrono::minutes(config_->offsets_retention_minutes) > longest_retention_that_matters) {
    return;
  }
  print.add(print.now() - serving_since_);
  for (std::size_t slot = 0; slot < committed_.size(); ++slot) {
    if (committed_[slot].offset == no_offset) continue;
    print.deadline(expires_at(static_cast<GroupIndex>(slot / layout_->partitions.size()), slot));
    print.add(print.now() - committed_at_[slot]);
  }
}

}  // namespace kafault
