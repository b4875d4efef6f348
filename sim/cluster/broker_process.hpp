// What runs inside one broker: log and replication, its life with the controller, and the group
// coordinator. They share a process: they start, crash and pause together.
#pragma once

#include "sim/broker/broker.hpp"
#include "sim/broker/lifecycle.hpp"
#include "sim/cluster/plan.hpp"
#include "sim/coordinator/group_coordinator.hpp"

namespace kafault {

class BrokerProcess {
 public:
  BrokerProcess(NodeId id, const ClusterPlan& plan)
      : id_(id),
        offsets_partition_(plan.layout.offsets_partition),
        broker(id, &plan.brokers[static_cast<std::size_t>(id) - 1], &plan.topics, &plan.layout,
               &plan.version, &plan.config_changes),
        lifecycle(id, &plan.brokers[static_cast<std::size_t>(id) - 1]),
        coordinator(id, &plan.brokers[static_cast<std::size_t>(id) - 1], &plan.layout,
                    static_cast<std::int32_t>(plan.groups.size())) {
    for (const ClusterLayout::Topic& topic : plan.layout.topics) {
      for (std::int32_t p = 0; topic.is_recreated && p < topic.partitions; ++p) {
        of_recreated_topics_.push_back(topic.first_partition + p);
      }
    }
  }

  void reset();
  void start_settled(NodeId offsets_leader, Duration heartbeat_phase, Instant now, Outbox& out);
  void start(std::uint32_t incarnation, Instant now, Outbox& out);
  void crash();
  void on_timer(TimerId timer, Instant now, Outbox& out);
  void on_connected(NodeId peer, Lane lane, Instant now, Outbox& out);
  void on_disconnected(NodeId peer, Lane lane, Instant now, Outbox& out);
  void on_local(const LocalEvent& event, Instant now, Outbox& out);
  // What the replication wants of the controller goes out.
  void submit_isr_changes(Instant now, Outbox& out);
  void hash_into(Fingerprint& print, const GroupJournal& journal) const;

  void on(const ApiVersionsResponse& answer, NodeId from, Lane lane, Instant now, Outbox& out);
  void on(const MetadataFetchResponse& answer, Lane lane, Instant now, Outbox& out);
  void on(const AlterPartitionResponse& answer, Lane lane, Instant now, Outbox& out);

 private:
  NodeId id_;
  PartitionId offsets_partition_;
  std::vector<PartitionId> of_recreated_topics_;
  std::vector<AlterPartitionRequest::Entry> isr_changes_;

 public:
  Broker broker;
  Lifecycle lifecycle;
  GroupCoordinator coordinator;
};

}  // namespace kafault
