// A consumer's connections and what it knows of the cluster (ConsumerNetworkClient, NetworkClient
// and Metadata of the Java client): one connection per broker for data, one to the coordinator.
// Never decides what a lost request means: it lists them, the member's parts do.
#pragma once

#include <optional>
#include <vector>

#include "sim/client/consumer_config.hpp"
#include "sim/client/consumer_turn.hpp"
#include "sim/net/channel.hpp"
#include "sim/protocol/known_partitions.hpp"
#include "sim/protocol/layout.hpp"
#include "sim/protocol/version_profile.hpp"

namespace kafault {

struct LeaderAndEpoch {
  NodeId leader = no_node;
  LeaderEpoch epoch = no_epoch;
  void hash_into(Fingerprint& print) const { print.add(leader, epoch); }
  friend bool operator==(const LeaderAndEpoch&, const LeaderAndEpoch&) = default;
};

class ConsumerNetwork {
 public:
  struct Lost {
    NodeId broker;
    Lane lane;
    Channel::InFlight request;  // kind ApiVersionsRequest: nothing, only the connection itself
  };

  ConsumerNetwork(const ConsumerConfig* config, const ClusterLayout* layout,
                  const VersionProfile* version, NodeId node);

  void begin(Instant now);  // a process starts: it has only bootstrap.servers
  // Gives up on what timed out, refreshes metadata.
  void tend(ConsumerTurn& turn) {
    if (next_deadline_ <= turn.now) give_up_timed_out(turn);
    if (turn.is_due(refresh_at_)) refresh_metadata(turn);
  }

  // Nothing times out before; may be earlier than need be. What next_deadline() says is exact, and
  // takes a look at every connection.
  Instant nothing_times_out_before() const { return next_deadline_; }
  Instant next_deadline() {
    if (deadline_is_stale_) find_next_deadline();
    return next_deadline_;
  }

  // Whether a request can be sent now; if not, a connection is on its way.
  bool is_ready(NodeId broker, Lane lane, ConsumerTurn& turn) {
    return channel(broker, lane).is_ready() || connect(broker, lane, turn);
  }
  // NetworkClient.leastLoadedNode: for a request that every broker can answer, else no_node.
  NodeId least_loaded(ConsumerTurn& turn);

  template <class Request>
  Request& send(NodeId broker, Lane lane, Duration timeout, std::uint32_t tag, ConsumerTurn& turn) {
    expect(turn.now + timeout);
    return channel(broker, lane).send<Request>(turn.now, timeout, tag, turn.out);
  }
  template <class Request>
  Request& send(NodeId broker, Lane lane, ConsumerTurn& turn) {
    return send<Request>(broker, lane, config_->request_timeout, 0, turn);
  }
  // If it can be sent now; if not, there is none, and a connection is on its way.
  template <class Request>
  Request* try_send(NodeId broker, Lane lane, ConsumerTurn& turn) {
    Channel& to = channel(broker, lane);
    if (!to.is_ready() && !connect(broker, lane, turn)) return nullptr;
    expect(turn.now + config_->request_timeout);
    return &to.send<Request>(turn.now, config_->request_timeout, 0, turn.out);
  }

  // The request that this answer belongs to; nothing if nobody waits for it any more.
  template <class Response>
  std::optional<Channel::InFlight> take_answered(NodeId from, Lane lane, ConsumerTurn& turn) {
    constexpr auto asked = static_cast<MessageKind>(static_cast<int>(kind_of<Response>) - 1);
    Channel& c = channel(from, lane);
    if (!c.is_ready() || c.in_flight() == 0) return std::nullopt;
    if (c.requests().front().kind != asked) [[unlikely]] {
      // An answer is missing: the correlation ids do not match, and the client hangs up.
      close(from, lane, turn);
      return std::nullopt;
    }
    const Channel::InFlight answered = c.take_answered();
    if (answered.deadline <= next_deadline_) deadline_is_stale_ = true;
    return answered;
  }

  void close(NodeId broker, Lane lane, ConsumerTurn& turn);
  void close_all(ConsumerTurn& turn);

  // What was in flight on connections that broke, until the member has dealt with it.
  const std::vector<Lost>& lost() const { return lost_; }
  void clear_lost() { lost_.clear(); }

  void on_connected(NodeId broker, Lane lane, ConsumerTurn& turn);
  void on_disconnected(NodeId broker, Lane lane, ConsumerTurn& turn);
  void on_handshake(NodeId broker, Lane lane);

  void on_metadata(const MetadataResponse& response, ConsumerTurn& turn);
  void on_metadata_lost(ConsumerTurn& turn);
  void request_metadata() {
    metadata_requested_ = true;
    schedule_refresh();
  }
  // Notes a leader from elsewhere than metadata (KIP-951).
  void learn_leader(PartitionId partition, LeaderAndEpoch leader);
  // Metadata older than an epoch that was seen elsewhere is stale (updateLastSeenEpochIfNewer).
  void saw_epoch(PartitionId partition, LeaderEpoch epoch);
  // Who is not to notice truncation (before KIP-320) does not know the epoch.
  LeaderAndEpoch leader_of(PartitionId partition) const {
    const LeaderAndEpoch& known = leaders_[static_cast<std::size_t>(partition)];
    return version_->truncation_detected ? known : LeaderAndEpoch{known.leader, no_epoch};
  }
  void hash_into(Fingerprint& print) const;
  std::uint32_t metadata_version() const { return metadata_version_; }
  const KnownPartitions& partitions() const { return partitions_; }
  std::int32_t brokers() const { return layout_->brokers; }
  // Whether the metadata has it: a broker that is registered and not fenced.
  bool shows(NodeId broker) const { return alive_.contains(broker); }

 private:
  Channel& channel(NodeId broker, Lane lane) {
    KAFAULT_REQUIRE(broker >= 1);
    KAFAULT_REQUIRE(broker <= layout_->brokers);
    KAFAULT_REQUIRE(lane == Lane::data || lane == Lane::coordinator);
    const std::size_t first = static_cast<std::size_t>(broker - 1) * 2;
    return channels_[first + (lane == Lane::data ? 0U : 1U)];
  }
  bool connect(NodeId broker, Lane lane, ConsumerTurn& turn);
  void expect(Instant deadline) { next_deadline_ = std::min(next_deadline_, deadline); }
  void find_next_deadline();
  void give_up_timed_out(ConsumerTurn& turn);
  void give_up(Channel& channel, ConsumerTurn& turn);
  void remember_lost(const Channel& channel);
  void schedule_refresh() {
    if (metadata_in_flight_) {
      refresh_at_ = never;
    } else {
      refresh_at_ = metadata_requested_ ? metadata_retry_at_ : metadata_expires_at_;
    }
  }
  void refresh_metadata(ConsumerTurn& turn);
  void lose_topic_unless_in(const MetadataResponse& response, std::int32_t topic);
  NodeId least_busy_connected() const;
  bool is_any_connecting() const;
  bool connect_somewhere(ConsumerTurn& turn, bool only_alive);

  const ConsumerConfig* config_;
  const ClusterLayout* layout_;
  const VersionProfile* version_;
  NodeId node_;
  ChannelTimes times_;
  std::vector<Channel> channels_;   // broker 1 data, broker 1 coordinator, broker 2 data, ...
  Instant next_deadline_ = never;   // one more deadline moves it, one less makes it stale
  bool deadline_is_stale_ = false;  // it may be too early
  std::vector<Channel::InFlight> scratch_;
  std::vector<Lost> lost_;
  std::int32_t next_broker_ = 0;  // where least_loaded() begins to look

  std::vector<LeaderAndEpoch> leaders_;  // by partition
  KnownPartitions partitions_;
  std::vector<std::int32_t> recreated_topics_;  // an operator deletes them, and creates them anew
  BrokerSet alive_;
  std::uint32_t metadata_version_ = 0;
  bool metadata_requested_ = true;
  bool metadata_in_flight_ = false;
  std::int32_t metadata_failures_ = 0;
  Instant metadata_retry_at_{};
  Instant metadata_expires_at_ = never;
  Instant refresh_at_{};  // never: there is a request on its way
};

}  // namespace kafault
