#include "sim/client/subscription.hpp"

#include <algorithm>
#include <utility>

#include "sim/protocol/topic_life.hpp"

namespace kafault {

using State = AssignedPartition::State;

void Subscription::assign(const std::vector<PartitionId>& partitions) {
  partitions_.clear();
  assign_and_keep(partitions);
}

void Subscription::assign_and_keep(const std::vector<PartitionId>& partitions) {
  partitions_.erase(std::remove_if(partitions_.begin(), partitions_.end(),
                                   [&](const AssignedPartition& p) {
                                     return std::find(partitions.begin(), partitions.end(),
                                                      p.partition) == partitions.end();
                                   }),
                    partitions_.end());
  const std::size_t kept = partitions_.size();
  for (const PartitionId partition : partitions) {
    const auto end = partitions_.begin() + static_cast<std::ptrdiff_t>(kept);
    const bool is_kept = std::any_of(partitions_.begin(), end, [&](const AssignedPartition& p) {
      return p.partition == partition;
    });
    if (!is_kept) partitions_.emplace_back().partition = partition;
  }
  std::sort(partitions_.begin(), partitions_.end(),
            [](const auto& a, const auto& b) { return a.partition < b.partition; });
}

void Subscription::owned(std::vector<PartitionId>& partitions) const {
  partitions.clear();
  for (const AssignedPartition& p : partitions_) partitions.push_back(p.partition);
}

AssignedPartition* Subscription::search(PartitionId partition) {
  const auto at = std::lower_bound(
      partitions_.begin(), partitions_.end(), partition,
      [](const AssignedPartition& p, PartitionId wanted) { return p.partition < wanted; });
  return at != partitions_.end() && at->partition == partition ? &*at : nullptr;
}

void Subscription::consumed(std::vector<CommittedOffset>& offsets) const {
  offsets.clear();
  for (const AssignedPartition& p : partitions_) {
    const bool has_position =
        p.state == State::fetching || (p.state == State::revoking && p.offset != no_offset);
    if (has_position) offsets.push_back({p.partition, p.offset, p.epoch});
  }
}

bool Subscription::begin_to_revoke(const std::vector<PartitionId>& assignment) {
  bool is_any_revoked = false;
  for (AssignedPartition& p : partitions_) {
    if (std::find(assignment.begin(), assignment.end(), p.partition) != assignment.end()) continue;
    if (p.state != State::fetching && p.state != State::revoking) p.offset = no_offset;
    p.state = State::revoking;
    is_any_revoked = true;
  }
  return is_any_revoked;
}

namespace {

void set_position(AssignedPartition& p, Offset offset, LeaderEpoch epoch, State state) {
  p.offset = offset;
  p.epoch = epoch;
  p.state = state;
  p.retry_at = Instant{};
  p.asked = no_node;
  p.preferred = no_node;
}

State state_at(LeaderEpoch position_epoch, LeaderEpoch leader_epoch) {
  const bool can_be_validated = position_epoch != no_epoch && leader_epoch != no_epoch;
  return can_be_validated ? State::awaiting_validation : State::fetching;
}

}  // namespace

void seek_unvalidated(AssignedPartition& p, Offset offset, LeaderEpoch epoch,
                      LeaderAndEpoch leader) {
  p.leader = leader;
  set_position(p, offset, epoch, state_at(epoch, leader.epoch));
}

void seek(AssignedPartition& p, Offset offset) {
  set_position(p, offset, no_epoch, State::fetching);
}

void adopt_leader(AssignedPartition& p, LeaderAndEpoch leader) {
  if (p.state != State::fetching && p.state != State::awaiting_validation) return;
  if (leader.leader == no_node || leader == p.leader) return;
  // Of a topic that was created anew under the same name: nobody compares ids, so that the position
  // stays, and if the numbers are the same not even the epoch is asked about.
  if (life_of(leader.epoch) != life_of(p.leader.epoch)) {
    p.leader.epoch = mistaken_for(p.leader.epoch, leader.epoch);
    p.epoch = mistaken_for(p.epoch, leader.epoch);
    if (leader == p.leader) return;
  }
  seek_unvalidated(p, p.offset, p.epoch, leader);
}

void Subscription::hash_into(Fingerprint& print) const {
  print.add(partitions_.size());
  for (const AssignedPartition& p : partitions_) {
    print.add(p.partition, p.state, p.offset, p.epoch);
    if (p.state == State::awaiting_reset) print.add(p.to_end, p.found_nothing);
    p.leader.hash_into(print);
    print.deadline(p.retry_at);
    print.add(p.asked);
    if (p.preferred != no_node) {
      print.add(p.preferred);
      print.deadline(p.preferred_until);
    }
    if (p.state != State::awaiting_validation || p.asked == no_node) continue;
    print.add(p.asked_offset, p.asked_epoch);
  }
}

}  // namespace kafault
