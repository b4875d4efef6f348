// Records travel, are stored and are retried as batches, never one by one: a batch names a
// contiguous range of one producer's sends to one partition.
#pragma once

#include <algorithm>
#include <array>
#include <compare>
#include <cstdint>
#include <span>
#include <vector>

#include "sim/kernel/time.hpp"
#include "sim/protocol/ids.hpp"
#include "sim/protocol/reused_vector.hpp"

namespace kafault {

struct Batch {
  ProducerIndex producer = -1;  // whose sends; -1: written by a group coordinator
  SendNumber first = 0;
  std::uint32_t count = 0;
  std::uint32_t bytes = 0;
  ProducerId producer_id = no_producer_id;
  std::int32_t base_sequence = no_sequence;
  std::int16_t producer_epoch = -1;
  LeaderEpoch leader_epoch = no_epoch;  // stamped by the leader that appends it
  std::int32_t group_record = -1;       // index into GroupJournal, for the offsets topic
  Offset base_offset = no_offset;       // stamped by the leader

  Offset end_offset() const { return base_offset + static_cast<Offset>(count); }  // exclusive
  std::int32_t last_sequence() const {  // wraps to 0 after 2^31-1 (DefaultRecordBatch)
    return static_cast<std::int32_t>((static_cast<std::uint32_t>(base_sequence) + count - 1U) &
                                     0x7fffffffU);
  }
  friend bool operator==(const Batch&, const Batch&) = default;
};

// A set of brokers as a bit mask: brokers are numbered 1..63.
class BrokerSet {
 public:
  static constexpr NodeId max_broker = 63;
  constexpr BrokerSet() = default;
  constexpr bool contains(NodeId broker) const { return ((bits_ >> broker) & 1U) != 0; }
  constexpr void insert(NodeId broker) { bits_ |= std::uint64_t{1} << broker; }
  constexpr void erase(NodeId broker) { bits_ &= ~(std::uint64_t{1} << broker); }
  constexpr int size() const { return __builtin_popcountll(bits_); }
  constexpr bool empty() const { return bits_ == 0; }
  // In ascending order, from 0; there are more than n.
  constexpr NodeId nth(int n) const {
    std::uint64_t rest = bits_;
    for (; n > 0; --n) rest &= rest - 1;
    return static_cast<NodeId>(__builtin_ctzll(rest));
  }
  // The lowest; there is one.
  constexpr NodeId take_first() {
    const NodeId first = nth(0);
    bits_ &= bits_ - 1;
    return first;
  }
  constexpr std::uint64_t bits() const { return bits_; }
  friend constexpr bool operator==(BrokerSet, BrokerSet) = default;

 private:
  std::uint64_t bits_ = 0;
};

// A partition's replicas in their order, the preferred leader first.
class ReplicaList {
 public:
  static constexpr std::size_t most = 12;  // also while they are reassigned
  void push_back(NodeId broker) { brokers_[size_++] = broker; }
  bool empty() const { return size_ == 0; }
  std::size_t size() const { return size_; }
  const NodeId* begin() const { return brokers_.data(); }
  const NodeId* end() const { return brokers_.data() + size_; }
  bool contains(NodeId broker) const { return std::find(begin(), end(), broker) != end(); }
  friend bool operator==(const ReplicaList&, const ReplicaList&) = default;

 private:
  std::array<NodeId, most> brokers_{};
  std::uint32_t size_ = 0;
};

// One value written to the offsets topic (GroupMetadataManager's record types).
struct GroupRecord {
  struct Member {
    MemberId id = no_member;
    NodeId node = no_node;
    InstanceId instance = no_instance;
    Duration session_timeout{};
    Duration rebalance_timeout{};
    std::vector<PartitionId> assignment;
    std::vector<std::int32_t> topics;  // its subscription
    // consumer_group: `assignment` is what it has been given.
    Generation epoch = 0;
    Generation previous_epoch = -1;
    std::uint8_t state = 0;
    std::int8_t assignor = -1;
    std::vector<PartitionId> revoking;
    std::vector<PartitionId> target;
    void clear() {
      assignment.clear();
      topics.clear();
      epoch = 0;
      previous_epoch = -1;
      state = 0;
      assignor = -1;
      revoking.clear();
      target.clear();
    }
    friend bool operator==(const Member&, const Member&) = default;
  };
  // Simplified: what Kafka writes of a group under KIP-848 as records of the group, its target
  // assignment and each member, in one atomic batch, is one record of the whole group.
  enum class Kind : std::uint8_t {
    offset_commit,
    group_metadata,  // of a classic group
    consumer_group,
  } kind = Kind::offset_commit;
  GroupIndex group = -1;
  PartitionId partition = no_partition;  // offset_commit
  Offset offset = no_offset;             // offset_commit; no_offset: a tombstone
  Instant time{};                        // when it was written
  LeaderEpoch leader_epoch = no_epoch;   // offset_commit
  Generation generation = -1;            // group_metadata; consumer_group: the group's epoch
  Generation target_epoch = -1;          // consumer_group
  std::int32_t added_partitions = 0;     // consumer_group: to its topics
  MemberId leader = no_member;           // group_metadata
  std::int32_t assignor = -1;            // group_metadata
  ReusedVector<Member> members;          // group_metadata, consumer_group
  void clear() {
    group = -1;
    partition = no_partition;
    offset = no_offset;
    time = {};
    leader_epoch = no_epoch;
    generation = -1;
    target_epoch = -1;
    added_partitions = 0;
    leader = no_member;
    assignor = -1;
    members.clear();
  }
  friend bool operator==(const GroupRecord&, const GroupRecord&) = default;
};

// What was ever written to the offsets topic, by index. Append-only facts: a batch in a log or on
// the wire names its content by index, so that copying and truncating logs stays cheap.
using GroupJournal = ReusedVector<GroupRecord>;

}  // namespace kafault
