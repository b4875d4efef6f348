// What the producer knows of the cluster, and when it asks again (Metadata and
// NetworkClient.DefaultMetadataUpdater). It may be wrong for as long as metadata.max.age.ms.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sim/client/producer_config.hpp"
#include "sim/kernel/fingerprint.hpp"
#include "sim/kernel/time.hpp"
#include "sim/protocol/batch.hpp"
#include "sim/protocol/flat_vector.hpp"
#include "sim/protocol/ids.hpp"

namespace kafault {

class ProducerMetadata {
 public:
  struct Leader {
    NodeId node = no_node;
    LeaderEpoch epoch = no_epoch;
  };
  struct Known : Leader {
    NodeId available = no_node;  // the same node if it is alive
  };
  enum class Change : std::uint8_t { none, first, newer };

  // `at_first`: how many of them there are when the run begins.
  void configure(const ProducerConfig& config, std::size_t partitions, std::size_t at_first);
  void clear();  // a new process; keeps capacity
  // Only bootstrap.servers are known again: no leader, and nothing to send to anybody. Epochs stay,
  // so that no older leader is believed (Metadata.rebootstrap).
  void rebootstrap();

  bool is_known() const { return is_known_; }
  // How many partitions there are, as far as it has heard.
  std::int32_t partitions() const { return static_cast<std::int32_t>(partitions_); }
  BrokerSet brokers() const { return brokers_; }
  // The leader if it is known and alive, else no_node.
  NodeId leader(std::size_t p) const { return leaders_[p].available; }
  LeaderEpoch epoch(std::size_t p) const { return leaders_[p].epoch; }
  std::span<const Known> leaders() const { return leaders_; }  // by partition
  // The partitions, at least one, whose leader a node is, as leader() says; in order.
  const FlatVector<std::uint32_t>& led_by(NodeId node) {
    if (led_is_stale_) list_led();
    return led_[static_cast<std::size_t>(node)];
  }

  void request_update() {
    if (is_requested_) return;
    is_requested_ = true;
    schedule_update();
  }
  // When the next request is due; never while one is under way.
  Instant next_update() const { return next_update_; }
  void on_sent() {
    is_in_progress_ = true;
    next_update_ = never;
  }
  void on_failed(Instant now, Jitter jitter);

  // A response: first `begin_update`, then `learn` for each partition.
  void begin_update(BrokerSet brokers, Instant now, Jitter jitter);
  // Leader epochs never go back (Metadata.updateLatestMetadata).
  Change learn(std::size_t p, Leader leader);
  // It said UNKNOWN_TOPIC_OR_PARTITION: nobody leads any more, and the client asks again.
  void lose_topic();
  // KIP-951: an error named the leader. Only a newer epoch counts.
  Change learn_from_error(std::size_t p, Leader leader);

  void hash_into(Fingerprint& print) const;

 private:
  void schedule_update();
  Instant allowed_from() const;
  void find_available();
  void list_led();

  const ProducerConfig* config_ = nullptr;
  BrokerSet brokers_;
  std::size_t at_first_ = 0;
  std::size_t partitions_ = 0;
  std::vector<Known> leaders_;
  std::vector<FlatVector<std::uint32_t>> led_;  // by node
  bool led_is_stale_ = false;
  bool is_known_ = false;
  bool is_requested_ = true;
  bool is_in_progress_ = false;
  bool was_refreshed_ = false;
  Instant next_update_{};
  Instant last_refresh_{};  // attempt, successful or not
  Instant last_successful_refresh_{};
  Jitter jitter_;                          // of the wait after the last attempt
  std::int32_t failures_ = 0;              // in a row
  std::int32_t equivalent_responses_ = 0;  // in a row that told nothing new (KIP-580)
};

}  // namespace kafault
