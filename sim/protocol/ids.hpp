// Kafka's nouns as small numbers: everything that a scenario names becomes a dense index at load,
// so that actors and messages hold no strings.
#pragma once

#include <cstdint>

namespace kafault {

// Node 0 is the controller, 1..B are the brokers (so that `broker(2)` is node 2), then come the
// producers, then the members of the groups.
using NodeId = std::int32_t;
inline constexpr NodeId no_node = -1;
inline constexpr NodeId controller_node = 0;

using PartitionId = std::int32_t;    // dense over all topics, the offsets topic's partition last
using ProducerIndex = std::int32_t;  // position in Plan::producers; -1: not a user's producer
using GroupIndex = std::int32_t;
using Offset = std::int64_t;
using LeaderEpoch = std::int32_t;
using ProducerId = std::int64_t;
using Generation = std::int32_t;
// Made by the coordinator (JoinGroup), or by the client (KIP-848, KIP-1082); never reused.
using MemberId = std::int32_t;
using InstanceId = std::int32_t;  // group.instance.id (KIP-345), as its rank among its group's
// Numbers the sends of one producer to one partition: 0, 1, 2 ... A record that the application
// sends again has a new number, so a batch is always a contiguous range of them.
using SendNumber = std::uint32_t;

inline constexpr PartitionId no_partition = -1;
inline constexpr Offset no_offset = -1;
inline constexpr LeaderEpoch no_epoch = -1;
inline constexpr ProducerId no_producer_id = -1;
inline constexpr MemberId no_member = -1;
inline constexpr InstanceId no_instance = -1;
inline constexpr std::int32_t no_sequence = -1;
inline constexpr std::int32_t no_rack = -1;  // racks are numbers in ClusterLayout

enum class Acks : std::int8_t { none = 0, leader = 1, all = -1 };
enum class IsolationLevel : std::uint8_t { read_uncommitted, read_committed };

// A process has separate connections for separate purposes, as Kafka's clients and brokers do: a
// broker executes one request per connection at a time, so the purpose decides who waits for whom.
enum class Lane : std::uint8_t {
  data,         // Produce, Fetch, Metadata, ListOffsets, InitProducerId
  coordinator,  // FindCoordinator's answer: Join, Sync, Heartbeat, Leave, OffsetCommit, OffsetFetch
  replication,  // follower's Fetch, OffsetsForLeaderEpoch
  heartbeat,    // broker to controller: BrokerHeartbeat, BrokerRegistration
  alter_partition,  // broker to controller: AlterPartition
  metadata,         // broker to controller: the metadata log
  outlet,           // as data, of the producer that a consuming application has beside its consumer
};
inline constexpr int lanes = 7;

}  // namespace kafault
