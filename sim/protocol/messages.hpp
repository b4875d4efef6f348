// Every message of the model, as a struct, and the one list of them. Names and fields are those of
// Kafka's request schemas (clients/src/main/resources/common/message), without what no count
// depends on. Messages live in slabs and are recycled: `clear()` keeps the capacity of vectors.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/kernel/time.hpp"
#include "sim/protocol/batch.hpp"
#include "sim/protocol/error.hpp"
#include "sim/protocol/flat_vector.hpp"
#include "sim/protocol/group_messages.hpp"
#include "sim/protocol/ids.hpp"

namespace kafault {

struct ApiVersionsRequest {
  void clear() {}
};
struct ApiVersionsResponse {
  void clear() {}
};

struct PartitionMetadata {
  PartitionId partition = no_partition;
  NodeId leader = no_node;
  LeaderEpoch leader_epoch = no_epoch;
};
struct MetadataRequest {
  void clear() {}
};
struct MetadataResponse {
  BrokerSet brokers;  // alive (unfenced) as the answering broker knows it
  std::vector<PartitionMetadata> partitions;
  void clear() {
    brokers = {};
    partitions.clear();
  }
};

struct InitProducerIdRequest {
  void clear() {}
};
struct InitProducerIdResponse {
  Error error = Error::none;
  ProducerId producer_id = no_producer_id;
  std::int16_t producer_epoch = -1;
  void clear() { *this = {}; }
};

struct ProduceRequest {
  struct Entry {
    PartitionId partition;
    Batch batch;
  };
  Acks acks = Acks::all;
  Duration timeout{};  // how long the broker may keep it in purgatory
  FlatVector<Entry> entries;
  void clear() { entries.clear(); }
};
struct ProduceResponse {
  struct Entry {
    PartitionId partition;
    Error error;
    Offset base_offset;
    // KIP-951: with NOT_LEADER_OR_FOLLOWER, the leader that the broker knows of (or no_node).
    NodeId current_leader;
    LeaderEpoch current_leader_epoch;
  };
  FlatVector<Entry> entries;
  void clear() { entries.clear(); }
};

// What a fetch says for all its partitions: a reader's fetches are alike in it.
struct FetchTerms {
  NodeId replica = no_node;  // the fetching broker; no_node: a consumer
  std::int64_t broker_epoch = -1;
  Duration max_wait{};
  std::int32_t min_bytes = 1;
  std::int32_t max_bytes = 0;  // of the whole answer; the first batch always fits
  std::int32_t partition_max_bytes = 0;
  IsolationLevel isolation = IsolationLevel::read_uncommitted;
  std::int32_t rack = no_rack;  // of a consumer that may be sent to a replica near it (KIP-392)
  bool reads_from_followers() const { return rack != no_rack; }
};
struct FetchRequest : FetchTerms {
  struct Entry {
    PartitionId partition;
    Offset fetch_offset;
    LeaderEpoch current_leader_epoch;  // KIP-320; no_epoch: not checked
    LeaderEpoch last_fetched_epoch;    // no_epoch: no divergence check
  };
  FlatVector<Entry> entries;
  void clear() {
    rack = no_rack;
    entries.clear();
  }
};
struct FetchResponse {
  struct Entry {
    PartitionId partition = no_partition;
    Error error = Error::none;
    Offset high_watermark = no_offset;
    Offset log_start_offset = 0;
    LeaderEpoch diverging_epoch = no_epoch;   // no_epoch: does not diverge
    Offset diverging_end_offset = no_offset;  // with OFFSET_OUT_OF_RANGE the end of the log
    NodeId current_leader = no_node;          // KIP-951, as in ProduceResponse
    LeaderEpoch current_leader_epoch = no_epoch;
    NodeId preferred_replica = no_node;  // to be asked instead (KIP-392)
    std::uint32_t first_batch = 0;       // range in `batches`
    std::uint32_t batch_count = 0;
  };
  FlatVector<Entry> entries;
  FlatVector<Batch> batches;
  void clear() {
    entries.clear();
    batches.clear();
  }
};

struct ListOffsetsRequest {
  enum class Which : std::uint8_t { earliest, latest, since };
  struct Entry {
    PartitionId partition;
    LeaderEpoch current_leader_epoch;
    Which which;
    Instant
        since{};  // the first record that is not older; its offset is no_offset if there is none
  };
  std::vector<Entry> entries;
  void clear() { entries.clear(); }
};
struct ListOffsetsResponse {
  struct Entry {
    PartitionId partition;
    Error error;
    Offset offset;
    LeaderEpoch leader_epoch;
  };
  std::vector<Entry> entries;
  void clear() { entries.clear(); }
};

struct OffsetsForLeaderEpochRequest {
  struct Entry {
    PartitionId partition;
    LeaderEpoch current_leader_epoch;
    LeaderEpoch leader_epoch;
  };
  std::vector<Entry> entries;
  void clear() { entries.clear(); }
};
struct OffsetsForLeaderEpochResponse {
  struct Entry {
    PartitionId partition;
    Error error;
    LeaderEpoch leader_epoch;
    Offset end_offset;
  };
  std::vector<Entry> entries;
  void clear() { entries.clear(); }
};

// KIP-631: how a broker lives in a KRaft cluster.
struct BrokerRegistrationRequest {
  NodeId broker = no_node;
  std::uint32_t incarnation = 0;
  std::int64_t previous_broker_epoch =
      -1;  // KIP-966: of the last clean shutdown; -1: was not clean
  void clear() { previous_broker_epoch = -1; }
};
struct BrokerRegistrationResponse {
  Error error = Error::none;
  std::int64_t broker_epoch = -1;
  void clear() { *this = {}; }
};
struct BrokerHeartbeatRequest {
  NodeId broker = no_node;
  std::int64_t broker_epoch = -1;
  std::int64_t metadata_offset = 0;  // how much of the metadata log it has applied
  bool want_shut_down = false;
  void clear() {}
};
struct BrokerHeartbeatResponse {
  Error error = Error::none;
  bool is_fenced = false;
  bool should_shut_down = false;
  void clear() { *this = {}; }
};
// KIP-497; broker epochs of the ISR are checked since 3.5 (KIP-903).
struct AlterPartitionRequest {
  struct Entry {
    PartitionId partition;
    LeaderEpoch leader_epoch;
    std::int32_t partition_epoch;
    BrokerSet isr;
    // KIP-903: who joins, and as which incarnation it fetched; -1: not told. Simplified: Kafka
    // tells it of every member, but one that was in the ISR and restarted has left it.
    NodeId newcomer = no_node;
    std::int64_t newcomer_epoch = -1;
  };
  NodeId broker = no_node;
  std::int64_t broker_epoch = -1;
  std::vector<Entry> entries;
  void clear() { entries.clear(); }
};
struct AlterPartitionResponse {
  struct Entry {
    PartitionId partition;
    Error error;
    NodeId leader;
    LeaderEpoch leader_epoch;
    std::int32_t partition_epoch;
    BrokerSet isr;
  };
  Error error = Error::none;
  std::vector<Entry> entries;
  void clear() {
    error = Error::none;
    entries.clear();
  }
};

// One record of the metadata log (PartitionChangeRecord, BrokerRegistrationChangeRecord).
struct MetadataRecord {
  enum class Kind : std::uint8_t { partition, broker, config } kind = Kind::partition;
  PartitionId partition = no_partition;
  NodeId leader = no_node;
  LeaderEpoch leader_epoch = no_epoch;
  std::int32_t partition_epoch = 0;
  BrokerSet isr;
  ReplicaList replicas;     // empty: as they were at the beginning
  NodeId broker = no_node;  // kind broker
  std::int64_t broker_epoch = -1;
  bool fenced = false;
  bool in_controlled_shutdown = false;
  std::int32_t change = -1;  // kind config: index among the operator's changes
};
// A broker follows the metadata log as a KRaft observer: a long-polling fetch at the controller.
struct MetadataFetchRequest {
  NodeId broker = no_node;
  std::int64_t offset = 0;
  Duration max_wait{};
  void clear() {}
};
struct MetadataFetchResponse {
  std::int64_t end_offset = 0;
  std::vector<MetadataRecord> records;
  void clear() {
    end_offset = 0;
    records.clear();
  }
};

// The one list of messages. Requests and responses alternate: a request's answer is the next kind.
#define KAFAULT_MESSAGES(X)        \
  X(ApiVersionsRequest)            \
  X(ApiVersionsResponse)           \
  X(MetadataRequest)               \
  X(MetadataResponse)              \
  X(InitProducerIdRequest)         \
  X(InitProducerIdResponse)        \
  X(ProduceRequest)                \
  X(ProduceResponse)               \
  X(FetchRequest)                  \
  X(FetchResponse)                 \
  X(ListOffsetsRequest)            \
  X(ListOffsetsResponse)           \
  X(OffsetsForLeaderEpochRequest)  \
  X(OffsetsForLeaderEpochResponse) \
  X(FindCoordinatorRequest)        \
  X(FindCoordinatorResponse)       \
  X(JoinGroupRequest)              \
  X(JoinGroupResponse)             \
  X(SyncGroupRequest)              \
  X(SyncGroupResponse)             \
  X(HeartbeatRequest)              \
  X(HeartbeatResponse)             \
  X(LeaveGroupRequest)             \
  X(LeaveGroupResponse)            \
  X(OffsetCommitRequest)           \
  X(OffsetCommitResponse)          \
  X(OffsetFetchRequest)            \
  X(OffsetFetchResponse)           \
  X(BrokerRegistrationRequest)     \
  X(BrokerRegistrationResponse)    \
  X(BrokerHeartbeatRequest)        \
  X(BrokerHeartbeatResponse)       \
  X(AlterPartitionRequest)         \
  X(AlterPartitionResponse)        \
  X(MetadataFetchRequest)          \
  X(MetadataFetchResponse)         \
  X(ConsumerGroupHeartbeatRequest) \
  X(ConsumerGroupHeartbeatResponse)

enum class MessageKind : std::uint8_t {
#define KAFAULT_KIND(Message) Message,
  KAFAULT_MESSAGES(KAFAULT_KIND)
#undef KAFAULT_KIND
};
#define KAFAULT_ONE(Message) +1
inline constexpr int message_kinds = 0 KAFAULT_MESSAGES(KAFAULT_ONE);
#undef KAFAULT_ONE

template <class Message>
inline constexpr MessageKind kind_of = MessageKind::ApiVersionsRequest;
#define KAFAULT_KIND_OF(Message) \
  template <>                    \
  inline constexpr MessageKind kind_of<Message> = MessageKind::Message;
KAFAULT_MESSAGES(KAFAULT_KIND_OF)
#undef KAFAULT_KIND_OF

inline constexpr const char* message_names[] = {
#define KAFAULT_NAME(Message) #Message,
    KAFAULT_MESSAGES(KAFAULT_NAME)
#undef KAFAULT_NAME
};

constexpr const char* name_of(MessageKind kind) { return message_names[static_cast<int>(kind)]; }
// What is sent again and again while nothing happens, and its answers.
constexpr bool is_poll(MessageKind kind) {
  switch (kind) {
    case MessageKind::FetchRequest:
    case MessageKind::FetchResponse:
    case MessageKind::MetadataRequest:
    case MessageKind::MetadataResponse:
    case MessageKind::MetadataFetchRequest:
    case MessageKind::MetadataFetchResponse:
    case MessageKind::HeartbeatRequest:
    case MessageKind::HeartbeatResponse:
    case MessageKind::BrokerHeartbeatRequest:
    case MessageKind::BrokerHeartbeatResponse:
    case MessageKind::ConsumerGroupHeartbeatRequest:
    case MessageKind::ConsumerGroupHeartbeatResponse:
      return true;
    default:
      return false;
  }
}
constexpr bool is_request(MessageKind kind) { return static_cast<int>(kind) % 2 == 0; }

}  // namespace kafault
