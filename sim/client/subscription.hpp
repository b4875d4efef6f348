// The partitions that a consumer owns and where it stands in each (SubscriptionState). A position
// is the next offset that poll() returns; it moves when records are returned, not when fetched.
#pragma once

#include <algorithm>
#include <vector>

#include "sim/client/consumer_network.hpp"
#include "sim/protocol/messages.hpp"

namespace kafault {

struct AssignedPartition {
  enum class State : std::uint8_t {
    initializing,         // asks the coordinator for a committed offset
    awaiting_reset,       // asks the leader where the log begins or ends
    awaiting_validation,  // asks the new leader whether the log still is the one it read (KIP-320)
    fetching,
    revoking,  // KIP-848: to be given up; nothing of it is fetched or returned any more
  };
  PartitionId partition = no_partition;
  State state = State::initializing;
  bool to_end = false;           // awaiting_reset: by seekToEnd(), not by auto.offset.reset
  bool found_nothing = false;    // awaiting_reset: nothing was as young as by_duration says
  Offset offset = no_offset;     // the position
  LeaderEpoch epoch = no_epoch;  // of the record before it; no_epoch: cannot be validated
  LeaderAndEpoch leader;         // as of the position, possibly older than the metadata
  Instant retry_at{};
  NodeId asked = no_node;  // the broker that owes an answer on reset or validation
  Offset asked_offset = no_offset;
  LeaderEpoch asked_epoch = no_epoch;

  bool is_looking_back() const { return state == State::awaiting_reset && found_nothing; }
  // The replica that the leader said to read from, and how long that holds (KIP-392).
  NodeId preferred = no_node;
  Instant preferred_until{};

  NodeId reads_from(Instant now) const {
    if (preferred == no_node) [[likely]] {
      return leader.leader;
    }
    return now < preferred_until ? preferred : leader.leader;
  }
};

class Subscription {
 public:
  void clear() { partitions_.clear(); }
  void assign(const std::vector<PartitionId>& partitions);
  // The same, but what was and stays assigned keeps its position.
  void assign_and_keep(const std::vector<PartitionId>& partitions);
  void owned(std::vector<PartitionId>& partitions) const;

  bool empty() const { return partitions_.empty(); }
  std::vector<AssignedPartition>& partitions() { return partitions_; }
  const std::vector<AssignedPartition>& partitions() const { return partitions_; }
  AssignedPartition* find(PartitionId partition) {
    if (partitions_.empty()) return nullptr;
    // As a rule they follow each other.
    const auto guess = static_cast<std::size_t>(partition - partitions_.front().partition);
    const bool is_it = guess < partitions_.size() && partitions_[guess].partition == partition;
    return is_it ? &partitions_[guess] : search(partition);
  }
  const AssignedPartition* find(PartitionId partition) const {
    return const_cast<Subscription*>(this)->find(partition);
  }

  bool is_any(AssignedPartition::State state) const {
    return std::any_of(partitions_.begin(), partitions_.end(),
                       [&](const AssignedPartition& p) { return p.state == state; });
  }
  bool all_fetching() const {
    for (const AssignedPartition& p : partitions_) {
      if (p.state != AssignedPartition::State::fetching) return false;
    }
    return true;
  }
  // None of them waits before it is fetched again.
  bool all_fetching_at(Instant now) const {
    for (const AssignedPartition& p : partitions_) {
      if (p.state != AssignedPartition::State::fetching || p.retry_at > now) return false;
    }
    return true;
  }
  // Nothing is under way but to look again for a young record, from time to time.
  bool is_at_rest() const {
    return std::all_of(partitions_.begin(), partitions_.end(), [](const AssignedPartition& p) {
      return p.state == AssignedPartition::State::fetching || p.is_looking_back();
    });
  }
  // What is not in `assignment` is revoking from here on; true if there is any
  // (markPendingRevocation).
  bool begin_to_revoke(const std::vector<PartitionId>& assignment);
  // That broker cannot be reached: the leader is asked again (AbstractFetch.handleFetchFailure).
  void forget_preferred(NodeId broker) {
    for (AssignedPartition& p : partitions_) {
      if (p.preferred == broker) p.preferred = no_node;
    }
  }
  // allConsumed(): what commitSync() without arguments commits, the positions of all partitions
  // that have a valid one, whether their records were handled or not.
  void consumed(std::vector<CommittedOffset>& offsets) const;

  void hash_into(Fingerprint& print) const;

 private:
  AssignedPartition* search(PartitionId partition);

  std::vector<AssignedPartition> partitions_;  // sorted
};

// A position that a log of `leader` may not contain: validated if both epochs are known
// (SubscriptionState.validatePosition).
void seek_unvalidated(AssignedPartition& p, Offset offset, LeaderEpoch epoch,
                      LeaderAndEpoch leader);
// The application's seek(), or a reset: no epoch, so nothing to validate.
void seek(AssignedPartition& p, Offset offset);
// maybeValidatePositionForCurrentLeader: what a changed leader or epoch means for the position.
void adopt_leader(AssignedPartition& p, LeaderAndEpoch leader);

}  // namespace kafault
