// A broker's own view of the cluster, as far as it has applied the metadata log
// (KRaftMetadataCache). It may be behind the controller's; what a broker decides by it is fenced by
// epochs.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/kernel/fingerprint.hpp"
#include "sim/protocol/batch.hpp"
#include "sim/protocol/messages.hpp"

namespace kafault {

// A replica whose fetches have not told a broker epoch.
inline constexpr std::int64_t unknown_broker_epoch = -2;
// What the metadata log says of a partition whose topic was deleted (RemoveTopicRecord).
inline constexpr std::int32_t deleted_partition_epoch = -2;
// The epoch of a broker of a cluster that has been up since before the run began.
constexpr std::int64_t settled_broker_epoch(NodeId broker) { return broker; }

class MetadataCache {
 public:
  struct PartitionState {
    NodeId leader = no_node;
    LeaderEpoch leader_epoch = no_epoch;
    std::int32_t partition_epoch = -1;
    BrokerSet isr;
    ReplicaList replicas;  // empty: as laid out

    bool is_deleted() const { return partition_epoch == deleted_partition_epoch; }
  };

  // Nothing known; keeps the memory.
  void reset(std::size_t partitions, std::int32_t brokers) {
    partitions_.assign(partitions, {});
    brokers_.assign(static_cast<std::size_t>(brokers) + 1, {});
    alive_ = {};
  }

  void apply(const MetadataRecord& record) {
    if (record.kind == MetadataRecord::Kind::partition) {
      partitions_[static_cast<std::size_t>(record.partition)] = {
          record.leader, record.leader_epoch, record.partition_epoch, record.isr, record.replicas};
    } else if (record.kind == MetadataRecord::Kind::broker) {
      brokers_[static_cast<std::size_t>(record.broker)] = {record.broker_epoch, record.fenced,
                                                           record.in_controlled_shutdown};
      record.fenced ? alive_.erase(record.broker) : alive_.insert(record.broker);
    }
  }

  std::size_t partitions() const { return partitions_.size(); }
  const PartitionState& partition(PartitionId id) const {
    return partitions_[static_cast<std::size_t>(id)];
  }
  BrokerSet alive() const { return alive_; }  // registered and not fenced
  bool is_shutting_down(NodeId broker) const { return state(broker).in_controlled_shutdown; }

  // Whether a fetch carries the epoch of an incarnation that the controller has replaced
  // (Partition.updateFollowerFetchState). -1: the fetch tells none.
  bool is_stale(NodeId broker, std::int64_t broker_epoch) const {
    return broker_epoch != -1 && state(broker).epoch > broker_epoch && alive_.contains(broker);
  }

  // Partition.isReplicaIsrEligible: not fenced, not shutting down (KIP-841), and the incarnation
  // that fetches is the registered one (KIP-903).
  bool may_join_isr(NodeId broker, std::int64_t fetched_with_epoch) const {
    if (!alive_.contains(broker) || is_shutting_down(broker)) return false;
    if (fetched_with_epoch == unknown_broker_epoch) return false;
    return fetched_with_epoch == -1 || fetched_with_epoch == state(broker).epoch;
  }

  void hash_into(Fingerprint& print) const;

 private:
  struct BrokerState {
    std::int64_t epoch = -1;
    bool fenced = true;
    bool in_controlled_shutdown = false;
  };
  const BrokerState& state(NodeId broker) const {
    return brokers_[static_cast<std::size_t>(broker)];
  }

  std::vector<PartitionState> partitions_;
  std::vector<BrokerState> brokers_;  // by broker number
  BrokerSet alive_;
};

}  // namespace kafault
