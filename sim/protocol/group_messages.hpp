// What the members of a group and its coordinator say to each other, under either group protocol.
// Part of messages.hpp, which has the one list of all messages.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/kernel/time.hpp"
#include "sim/protocol/error.hpp"
#include "sim/protocol/ids.hpp"
#include "sim/protocol/reused_vector.hpp"

namespace kafault {

struct FindCoordinatorRequest {
  GroupIndex group = -1;
  void clear() {}
};
struct FindCoordinatorResponse {
  Error error = Error::none;
  NodeId coordinator = no_node;
  void clear() { *this = {}; }
};

// Assignors, in Kafka's spelling "range", "roundrobin", "sticky" and "cooperative-sticky".
enum class Assignor : std::uint8_t { range, roundrobin, sticky, cooperative_sticky };

struct JoinGroupRequest {
  GroupIndex group = -1;
  MemberId member = no_member;  // no_member: a first join (KIP-394: answered with an id)
  Duration session_timeout{};
  Duration rebalance_timeout{};      // the client's max.poll.interval.ms
  std::vector<Assignor> assignors;   // in order of preference
  std::vector<std::int32_t> topics;  // indices into ClusterLayout::topics
  InstanceId instance = no_instance;
  // What a sticky assignor is told: the partitions that the member owns (or, under the eager one,
  // owned last) and the generation in which it got them.
  std::vector<PartitionId> owned;
  Generation owned_in = -1;
  void clear() {
    assignors.clear();
    topics.clear();
    owned.clear();
  }
};
struct JoinGroupResponse {
  struct Member {
    MemberId id;
    std::vector<std::int32_t> topics;
    InstanceId instance = no_instance;
    std::vector<PartitionId> owned = {};
    Generation owned_in = -1;
    void clear() {
      topics.clear();
      owned.clear();
    }
  };
  Error error = Error::none;
  Generation generation = -1;
  MemberId member = no_member;
  MemberId leader = no_member;
  Assignor assignor = Assignor::range;
  bool skip_assignment = false;  // the leader is a restarted static member: nothing has changed
  ReusedVector<Member> members;  // all of them, for the leader only; else empty
  void clear() {
    error = Error::none;
    skip_assignment = false;
    generation = -1;
    member = leader = no_member;
    members.clear();
  }
};

struct SyncGroupRequest {
  struct Assigned {
    MemberId member;
    PartitionId partition;
  };
  GroupIndex group = -1;
  Generation generation = -1;
  MemberId member = no_member;
  InstanceId instance = no_instance;
  std::vector<Assigned> assignments;  // from the leader; else empty
  void clear() { assignments.clear(); }
};
struct SyncGroupResponse {
  Error error = Error::none;
  std::vector<PartitionId> partitions;
  void clear() {
    error = Error::none;
    partitions.clear();
  }
};

struct HeartbeatRequest {
  GroupIndex group = -1;
  Generation generation = -1;
  MemberId member = no_member;
  InstanceId instance = no_instance;
  void clear() {}
};
struct HeartbeatResponse {
  Error error = Error::none;
  void clear() { *this = {}; }
};
struct LeaveGroupRequest {
  GroupIndex group = -1;
  MemberId member = no_member;
  void clear() {}
};
struct LeaveGroupResponse {
  Error error = Error::none;
  void clear() { *this = {}; }
};

// KIP-848. The coordinator's assignors, in Kafka's spelling "uniform" and "range".
enum class RemoteAssignor : std::int8_t { none = -1, uniform, range };
// Instead of a member epoch, of who leaves: for good, or a static member for a while.
inline constexpr Generation leave_epoch = -1;
inline constexpr Generation leave_static_epoch = -2;

// Joins (epoch 0), keeps and leaves a membership.
struct ConsumerGroupHeartbeatRequest {
  GroupIndex group = -1;
  MemberId member = no_member;
  Generation epoch = 0;
  InstanceId instance = no_instance;
  // The first one, and the first after an error, say everything; the others leave out what has not
  // changed, which is all but `owned`.
  bool is_full = false;
  Duration rebalance_timeout{};
  RemoteAssignor assignor = RemoteAssignor::none;
  std::vector<std::int32_t> topics;
  bool has_owned = false;
  std::vector<PartitionId> owned;
  void clear() {
    is_full = has_owned = false;
    topics.clear();
    owned.clear();
  }
};
struct ConsumerGroupHeartbeatResponse {
  Error error = Error::none;
  Generation epoch = 0;
  Duration heartbeat_interval{};
  bool has_assignment = false;
  std::vector<PartitionId> partitions;
  void clear() {
    error = Error::none;
    epoch = 0;
    heartbeat_interval = {};
    has_assignment = false;
    partitions.clear();
  }
};

struct CommittedOffset {
  PartitionId partition;
  Offset offset;
  LeaderEpoch leader_epoch;
};
struct OffsetCommitRequest {
  GroupIndex group = -1;
  Generation generation = -1;  // or the member's epoch (KIP-848)
  MemberId member = no_member;
  InstanceId instance = no_instance;
  std::vector<CommittedOffset> offsets;
  void clear() { offsets.clear(); }
};
struct OffsetCommitResponse {
  Error error = Error::none;
  void clear() { *this = {}; }
};
struct OffsetFetchRequest {
  GroupIndex group = -1;
  MemberId member = no_member;  // KIP-848: who asks, and in which epoch; else not told
  Generation epoch = -1;
  std::vector<PartitionId> partitions;
  void clear() {
    member = no_member;
    epoch = -1;
    partitions.clear();
  }
};
struct OffsetFetchResponse {
  Error error = Error::none;
  std::vector<CommittedOffset> offsets;  // no_offset where nothing is committed
  void clear() {
    error = Error::none;
    offsets.clear();
  }
};

}  // namespace kafault
