// A broker's life with the controller (KIP-631): registration, heartbeats, controlled shutdown,
// the metadata log it follows, and the ISR changes it asks for. Never looks into a partition: what
// is fetched or answered here, the cluster hands to the Broker of the same process.
// Modelled on BrokerLifecycleManager, AlterPartitionManager, NodeToControllerChannelManager and the
// fetching side of KafkaRaftClient (4.1).
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "sim/net/channel.hpp"
#include "sim/protocol/broker_config.hpp"
#include "sim/protocol/lazy_timer.hpp"
#include "sim/protocol/outbox.hpp"

namespace kafault {

// Fires for the heartbeats and nothing else.
inline constexpr TimerId heartbeat_timer{2, 0};

class Lifecycle {
 public:
  // `config` outlives the lifecycle.
  Lifecycle(NodeId broker, const BrokerConfig* config);

  // Back to before the run; keeps memory.
  void reset();
  // Registered with its id as broker epoch, unfenced, its three connections to the controller open.
  // The first heartbeat goes out after `phase`, so that brokers do not beat in step.
  void start_settled(Duration phase, Instant now, Outbox& out);
  // The process starts anew: registers, and reads the whole metadata log.
  void start(Instant now, std::uint32_t incarnation, Outbox& out);
  // The process dies. The note of a clean shutdown is on disk and stays.
  void crash();
  // Whether the process that is gone stopped in order, until the next one starts.
  bool has_stopped_cleanly() const { return clean_shutdown_epoch_ >= 0; }
  // With the disk goes the note of a clean shutdown.
  void lose_disk() { clean_shutdown_epoch_ = -1; }
  // Asks the controller to move its leaderships away and exits when told to, however long that
  // takes. A broker that is not registered yet exits at once.
  // Simplified: Kafka gives up after five minutes.
  void shut_down(Instant now, Outbox& out);

  // Puts ISR changes into the next AlterPartition request. One request is under way at a time, and
  // is repeated until it is answered (AlterPartitionManager).
  void submit(const std::vector<AlterPartitionRequest::Entry>& changes, Instant now, Outbox& out);
  // Nothing is under way or queued.
  bool can_submit() const { return is_running() && changes_.empty(); }

  void on_connected(NodeId peer, Lane lane, Instant now, Outbox& out);
  void on_disconnected(NodeId peer, Lane lane, Instant now, Outbox& out);
  void on(const ApiVersionsResponse& answer, Lane lane, Instant now, Outbox& out);
  void on(const BrokerRegistrationResponse& answer, Lane lane, Instant now, Outbox& out);
  void on(const BrokerHeartbeatResponse& answer, Lane lane, Instant now, Outbox& out);
  // After the Broker has seen the entries.
  void on(const AlterPartitionResponse& answer, Lane lane, Instant now, Outbox& out);
  // After the Broker has applied the records.
  void on(const MetadataFetchResponse& answer, Lane lane, Instant now, Outbox& out);
  void on_timer(std::uint8_t index, Instant now, Outbox& out);

  bool is_running() const { return broker_epoch_ >= 0; }
  bool is_shutting_down() const { return want_shut_down_; }
  std::int64_t broker_epoch() const { return broker_epoch_; }  // -1: not registered
  std::int64_t metadata_offset() const { return metadata_offset_; }
  void hash_into(Fingerprint& print) const;

 private:
  enum LinkIndex : std::uint8_t { heartbeat_link, alter_partition_link, metadata_link };
  struct Link {
    Channel channel;
    ChannelTimes times;
    LazyTimer timer;
    Instant due = never;  // when the next request wants to go out; never: nothing to ask
  };

  Link& link_of(Lane lane);
  Link& heartbeats() { return links_[heartbeat_link]; }
  Link& alterations() { return links_[alter_partition_link]; }
  Link& metadata() { return links_[metadata_link]; }

  void begin(std::uint32_t incarnation);
  void attend(Link& link, Instant now, Outbox& out);
  void transmit(Link& link, Instant now, Outbox& out);
  void after_loss(Link& link, bool timed_out, Instant now);
  Duration pause_before_next_heartbeat();

  NodeId broker_;
  const BrokerConfig* config_;

  // On disk (.kafka_cleanshutdown): the epoch under which the broker last stopped cleanly, or -1.
  std::int64_t clean_shutdown_epoch_ = -1;

  // Memory of the process.
  bool started_ = false;
  std::uint32_t incarnation_ = 0;
  std::int64_t previous_broker_epoch_ = -1;
  std::int64_t broker_epoch_ = -1;
  std::int64_t metadata_offset_ = 0;
  bool want_shut_down_ = false;
  bool shutdown_answered_ = false;
  bool beat_again_at_once_ = false;
  std::vector<AlterPartitionRequest::Entry> changes_;  // the first `sent_changes_` are under way
  std::size_t sent_changes_ = 0;
  std::array<Link, 3> links_;
  std::vector<Channel::InFlight> lost_;  // reused
};

}  // namespace kafault
