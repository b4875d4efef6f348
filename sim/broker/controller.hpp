// The active controller of a KRaft cluster, on a node of its own: who is alive, who leads, who is
// in sync. Decides; brokers learn of it when they fetch the metadata log.
// Modelled on QuorumController with ClusterControlManager, BrokerHeartbeatManager and
// ReplicationControlManager and ConfigurationControlManager (4.1). Simplified: a quorum of one that
// commits at once (no append linger).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sim/broker/changing_topics.hpp"
#include "sim/broker/metadata_log.hpp"
#include "sim/broker/partition_change.hpp"
#include "sim/protocol/broker_config.hpp"
#include "sim/protocol/layout.hpp"
#include "sim/protocol/lazy_timer.hpp"
#include "sim/protocol/operator_request.hpp"
#include "sim/protocol/outbox.hpp"
#include "sim/protocol/version_profile.hpp"

namespace kafault {

// What the controller knows of a broker (BrokerRegistration and BrokerHeartbeatState).
struct RegisteredBroker {
  std::int64_t epoch = -1;  // -1: never registered
  std::uint32_t incarnation = 0;
  bool fenced = true;
  bool in_controlled_shutdown = false;
  std::int64_t metadata_offset = 0;  // as its last heartbeat said
  std::int64_t shutdown_offset = 0;  // others must have applied this before it may stop
  Instant last_contact{};

  bool is_active() const { return !fenced && !in_controlled_shutdown; }
  void hash_into(Fingerprint& print, NodeId id, const BrokerConfig& config) const;
};

enum class BrokerControlState : std::uint8_t {
  fenced,
  unfenced,
  controlled_shutdown,
  shutdown_now
};

// BrokerHeartbeatManager.calculateNextBrokerState. `lowest_active_offset`: how far the slowest
// active broker has applied the metadata log.
BrokerControlState next_broker_state(const RegisteredBroker& broker,
                                     const BrokerHeartbeatRequest& request, bool has_leaderships,
                                     std::int64_t lowest_active_offset);

class Controller {
 public:
  // Timers from this one on are no wake-ups: something happens when they fire.
  static constexpr std::uint8_t preferred_elections = 2;

  // `brokers` by broker id - 1, `topics` as in `layout`, `changes` as operators' requests name
  // them; all outlive the controller.
  Controller(const std::vector<BrokerConfig>* brokers, const std::vector<TopicConfig>* topics,
             const ClusterLayout* layout, const VersionProfile* version,
             const std::vector<TopicConfigChange>* changes = nullptr);

  // Back to before the run; keeps memory.
  void reset();
  // Every broker is registered (epoch = id) and unfenced, every first replica leads in epoch 0
  // with all replicas in sync; sessions begin now.
  void start_settled(Instant now, Outbox& out);
  // The process dies: what is in the metadata log stays.
  void crash();
  // An activated controller gives every unfenced broker a new session
  // (ClusterControlManager.activate), but for those whose session is ZooKeeper's and went on
  // without a sign of them.
  void start(Instant now, Outbox& out, BrokerSet silent = {});

  void on(const ApiVersionsRequest& request, const RequestHandle& handle, Instant now, Outbox& out);
  void on(const BrokerRegistrationRequest& request, const RequestHandle& handle, Instant now,
          Outbox& out);
  void on(const BrokerHeartbeatRequest& request, const RequestHandle& handle, Instant now,
          Outbox& out);
  void on(const AlterPartitionRequest& request, const RequestHandle& handle, Instant now,
          Outbox& out);
  void on(const MetadataFetchRequest& request, const RequestHandle& handle, Instant now,
          Outbox& out);
  // Simplified: an operator's request takes no time, and is not answered.
  void on(const OperatorRequest& request, Instant now, Outbox& out);
  void on_timer(std::uint8_t index, Instant now, Outbox& out);

  // An operator may yet add it.
  bool exists(PartitionId partition) const {
    return this->partition(partition).leader_epoch != no_epoch;
  }
  // All brokers active, every partition led and fully in sync.
  bool is_settled() const;
  const PartitionState& partition(PartitionId partition) const {
    return partitions_[static_cast<std::size_t>(partition)];
  }
  // In their order; the preferred leader first.
  std::span<const NodeId> replicas_of(PartitionId partition) const {
    const ReplicaList& assigned = this->partition(partition).assigned.replicas;
    if (!assigned.empty()) return assigned;
    return layout_->partitions[static_cast<std::size_t>(partition)].replicas;
  }
  const RegisteredBroker& broker(NodeId broker) const {
    return brokers_[static_cast<std::size_t>(broker) - 1];
  }
  std::int64_t end_offset() const { return log_.end_offset(); }
  void hash_into(Fingerprint& print) const;

 private:
  struct ParkedFetch {
    RequestHandle handle;
    std::int64_t offset = 0;
    Instant deadline = never;
  };
  // ReplicationControlManager.generateLeaderAndIsrUpdates: who leaves the ISRs, and whether its log
  // is not to be trusted either.
  struct Leaving {
    NodeId broker = no_node;
    bool unclean = false;
  };

  RegisteredBroker& known(NodeId broker) { return brokers_[static_cast<std::size_t>(broker) - 1]; }
  const TopicConfig& topic_of(PartitionId partition) const;
  std::int32_t min_isr_of(PartitionId partition) const;
  Duration session_of(NodeId broker) const;
  bool has_valid_session(NodeId broker, Instant now) const;
  bool has_leaderships(NodeId broker) const;
  std::int64_t lowest_active_offset() const;
  BrokerSet active_brokers() const;
  bool may_be_in_isr(BrokerSet isr) const;
  Error judge(const AlterPartitionRequest::Entry& entry, NodeId from) const;
  Error judge(std::int64_t broker_epoch, NodeId broker) const;

  void fence(NodeId broker);
  void unfence(NodeId broker);
  void enter_controlled_shutdown(NodeId broker);
  void forget_log_of(NodeId broker, bool clean);
  void take_step(NodeId broker, BrokerControlState next);

  PartitionChange circumstances(PartitionId partition) const;
  void remove_from_isrs(const Leaving& leaving);
  void remove_from_elrs(const Leaving& leaving);
  void remove(PartitionId partition, const Leaving& leaving);
  void elect_where_leaderless();
  void change_config(std::int32_t index, Outbox& out);
  void elect(PartitionId partition, OperatorRequest::Kind kind);
  void elect_preferred_leaders();
  void reassign(PartitionId partition, const ReplicaList& replicas);
  void cancel_reassignment(PartitionId partition);
  void add_partitions(PartitionId last);
  void create(PartitionId partition, BrokerSet active);
  void delete_topic(std::int32_t topic);
  void create_topic(std::int32_t topic);
  void look_for_unclean_elections(Outbox& out);
  void activate(Instant now, Outbox& out, BrokerSet silent = {});
  bool rebalances_leaders() const { return configs_->front().auto_leader_rebalance_enable; }
  Duration rebalance_interval() const {
    return std::chrono::seconds(configs_->front().leader_imbalance_check_seconds);
  }
  void change(PartitionId partition, const PartitionChange& change);
  void write_broker(NodeId broker);
  MetadataRecord record_of(PartitionId partition) const;
  MetadataRecord record_of_broker(NodeId broker) const;

  void tell(Outbox& out);
  void answer_fetches(Instant now, Outbox& out);
  void answer_fetch(const ParkedFetch& fetch, Outbox& out) const;
  Instant next_fencing() const;
  Duration fencing_period() const;
  void fence_stale_brokers(Instant now);

  static constexpr std::uint8_t fencing = 0;
  static constexpr std::uint8_t fetch_wait = 1;
  static constexpr std::uint8_t unclean_elections = 3;
  // QuorumController.uncleanLeaderElectionCheckIntervalMs.
  static constexpr Duration unclean_election_check_interval = std::chrono::minutes(5);
  static constexpr TimerId timer(std::uint8_t index) { return {0, index}; }

  const std::vector<BrokerConfig>* configs_;
  const ClusterLayout* layout_;
  const VersionProfile* version_;

  // The metadata log and what follows from it.
  MetadataLog log_;
  ChangingTopics topics_;
  std::vector<PartitionState> partitions_;
  std::vector<std::int32_t> lives_;  // by topic: how many of its name there were before
  std::vector<RegisteredBroker> brokers_;

  // Memory of the process.
  Instant activated_{};
  std::vector<ParkedFetch> parked_;
  std::vector<Observation> untold_;
  std::vector<AlterPartitionResponse::Entry> altered_;
  bool looks_for_unclean_elections_ = false;
  LazyTimer fencing_timer_{timer(fencing)};
  LazyTimer fetch_timer_{timer(fetch_wait)};
};

}  // namespace kafault
