// One run's world before it starts: layout, settings and workload of one combination, resolved.
// Durations that may be a range are drawn by fate. Everything is validated; nothing is a string
// that an actor reads.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "sim/client/application.hpp"
#include "sim/client/consumer_config.hpp"
#include "sim/client/outlet.hpp"
#include "sim/client/producer_config.hpp"
#include "sim/client/workload.hpp"
#include "sim/protocol/broker_config.hpp"
#include "sim/protocol/layout.hpp"
#include "sim/protocol/operator_request.hpp"
#include "sim/protocol/version_profile.hpp"
#include "sim/sink/sinks.hpp"

namespace kafault {

struct NetworkPlan {
  Duration latency_low = std::chrono::microseconds(500);  // one way
  Duration latency_high = std::chrono::microseconds(500);
  // Packets lost in either direction, in millionths; TCP sends them again.
  std::int64_t loss_ppm = 0;
  // From SIGKILL until the kernel has torn the process down and its sockets close: peers see
  // silence before they see the end of a connection. Measured on Kafka 4.1.0: 20-31 ms.
  Duration teardown_low = std::chrono::milliseconds(20);
  Duration teardown_high = std::chrono::milliseconds(31);
  // From a change at the controller until a broker acts on it: the quorum's append linger (25 ms),
  // its commit, and the broker's metadata loader. Measured on Kafka 4.1.0: 30-60 ms, and brokers
  // differ by 2-10 ms.
  Duration metadata_low = std::chrono::milliseconds(25);
  Duration metadata_high = std::chrono::milliseconds(40);
  // How long a broker takes to act on new leaderships (ReplicaManager.applyDelta); requests for its
  // partitions wait. Inferred, not measured: on Kafka 4.1.0 a leader that steps down under 200
  // requests/s leaves three or four of them waiting.
  Duration apply_low = std::chrono::milliseconds(10);
  Duration apply_high = std::chrono::milliseconds(20);
};

// Of every broker's machine.
struct DiskPlan {
  // Linux: vm.dirty_writeback_centisecs and vm.dirty_expire_centisecs.
  Duration dirty_writeback = std::chrono::seconds(5);
  Duration dirty_expire = std::chrono::seconds(30);
  bool may_lose_power = false;    // some fault does it: what is on disk, and what not, matters
  bool deletes_segments = false;  // retention can let something go while the run lasts
  bool reads_contents = false;    // keys or timestamps of records matter
  bool compacts = false;          // brokers clean the logs of some topic
};

// What a broker needs for a request besides waiting for others: the queue for a handler thread, the
// handler with the append, the answer's way to the socket (RequestMetrics: RequestQueueTimeMs,
// LocalTimeMs, ResponseQueueTimeMs, ResponseSendTimeMs). Handler threads do not run out.
struct RequestPlan {
  Duration low{};
  Duration high{};
  bool takes_time() const { return high > Duration{}; }
};

struct ProducerPlan {
  std::string name;
  VersionProfile version;  // of the client
  ProducerConfig config;
  Workload sends;
};

struct MemberPlan {
  std::string name;  // "billing-0"
  ConsumerConfig config;
  Duration start{};             // when its process starts
  bool joins_by_fault = false;  // waits for a `join` fault that names it
};

struct GroupPlan {
  std::string name;
  VersionProfile version;  // of its members' client
  std::vector<std::int32_t> topics;
  ApplicationPlan application;  // commit strategy, handling, what happens on errors
  std::vector<SinkPlan> sinks;
  SinksPlan sinks_together;
  OutletPlan outlet;  // where what it publishes goes
  Duration start{};
  std::vector<MemberPlan> members;
};

struct ClusterPlan {
  VersionProfile version;        // of controller and brokers
  std::int32_t controllers = 1;  // voters of the quorum
  bool combined = false;         // these are the first brokers; else nodes of their own
  NetworkPlan network;
  bool client_dice = false;  // clients draw what Java leaves to chance
  DiskPlan disk;
  RequestPlan request;
  ClusterLayout layout;
  std::vector<std::string> racks;                 // by broker id - 1; empty: nobody says
  std::vector<BrokerConfig> brokers;              // by broker id - 1
  std::vector<TopicConfig> topics;                // by topic, the offsets topic last
  bool replicas_move = false;                     // some fault reassigns them
  std::vector<TopicConfigChange> config_changes;  // what operators may ask for
  std::vector<ProducerPlan> producers;
  std::vector<GroupPlan> groups;
  Duration horizon = std::chrono::hours(1);
  Duration settle_limit = std::chrono::hours(1);

  // The active controller is a broker (process.roles=broker,controller; ZooKeeper).
  bool has_controller_on_broker() const { return combined || version.zookeeper; }
  bool has_elections() const { return controllers > 1 || has_controller_on_broker(); }
  // Among the brokers: who may be it.
  std::int32_t voters() const { return version.zookeeper ? layout.brokers : controllers; }

  NodeId node_of_producer(ProducerIndex p) const { return layout.brokers + 1 + p; }
  NodeId node_of_member(GroupIndex g, std::int32_t member) const {
    NodeId node = layout.brokers + 1 + static_cast<NodeId>(producers.size());
    for (GroupIndex i = 0; i < g; ++i) {
      node += static_cast<NodeId>(groups[static_cast<std::size_t>(i)].members.size());
    }
    return node + member;
  }
  // Producers are numbered on: those of the scenario, then the outlets, member by member.
  ProducerIndex outlet_of(GroupIndex g, std::int32_t member) const {
    auto index = static_cast<ProducerIndex>(producers.size());
    for (GroupIndex i = 0; i < g; ++i) index += outlets_in(groups[static_cast<std::size_t>(i)]);
    return index + member;
  }
  static std::int32_t outlets_in(const GroupPlan& group) {
    return group.outlet.exists() ? static_cast<std::int32_t>(group.members.size()) : 0;
  }
  std::int32_t producers_and_outlets() const {
    return outlet_of(static_cast<GroupIndex>(groups.size()), 0);
  }
  NodeId nodes() const { return node_of_member(static_cast<GroupIndex>(groups.size()), 0); }
};

}  // namespace kafault
