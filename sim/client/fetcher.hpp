// Fetches ahead of the application and hands out records in polls (AbstractFetch, FetchBuffer,
// FetchCollector). What was fetched and not returned is not consumed: positions do not move.
#pragma once

#include <vector>

#include "sim/client/consumer_config.hpp"
#include "sim/client/consumer_network.hpp"
#include "sim/client/position_resolver.hpp"
#include "sim/client/subscription.hpp"
#include "sim/protocol/flat_vector.hpp"

namespace kafault {

// Records that poll() returned: a contiguous range of one batch.
struct PolledRange {
  PartitionId partition = no_partition;
  ProducerIndex producer = -1;
  SendNumber first = 0;
  std::uint32_t count = 0;
  Offset offset = no_offset;  // of the first

  Offset end_offset() const { return offset + static_cast<Offset>(count); }  // exclusive
  void hash_into(Fingerprint& print) const { print.add(partition, producer, first, count, offset); }
};

class Fetcher {
 public:
  explicit Fetcher(const ConsumerConfig* config) : config_(config) {}

  void begin(std::int32_t brokers);
  // Asks every leader that has nothing of ours on its way and nothing undrained in the buffer.
  void send(ConsumerTurn& turn, Subscription& subscription, ConsumerNetwork& network);
  // Appends at most max.poll.records to `polled` and moves the positions behind them.
  void collect(ConsumerTurn& turn, Subscription& subscription, ConsumerNetwork& network,
               PositionResolver& positions, FlatVector<PolledRange>& polled);
  // Before a rebalance nothing that was fetched may be returned any more.
  void drop_buffered() { front_ = end_ = 0; }
  bool has_buffered() const { return front_ < end_; }

  void on(const FetchResponse& response, NodeId from, Instant now, Subscription& subscription,
          ConsumerNetwork& network);
  void on_lost(NodeId broker) { in_flight_.erase(broker); }

  void hash_into(Fingerprint& print) const;

 private:
  // CompletedFetch: one partition's part of an answer.
  struct Completed {
    PartitionId partition = no_partition;
    NodeId node = no_node;
    Error error = Error::none;
    Offset next_offset = no_offset;  // of the next record; stale if the position is elsewhere
    FlatVector<Batch> batches;
    std::size_t next_batch = 0;
  };

  // What was asked of a broker.
  struct Asked {
    PartitionId partition;
    Offset offset;
  };

  // Declared inline is what is called from one place.
  inline BrokerSet busy() const;
  inline BrokerSet brokers_to_ask(Subscription& subscription, Instant now,
                                  ConsumerNetwork& network) const;
  inline void ask(NodeId broker, ConsumerTurn& turn, Subscription& subscription,
                  ConsumerNetwork& network);
  [[gnu::noinline]] void heed(const FetchResponse::Entry& entry, Instant now,
                              Subscription& subscription, ConsumerNetwork& network);
  inline void buffer(const FetchResponse& response, const FetchResponse::Entry& entry, NodeId from,
                     Offset asked_offset);
  inline void drop_front();
  inline std::uint32_t take(Completed& from, AssignedPartition& p, std::uint32_t left,
                            FlatVector<PolledRange>& polled);
  [[gnu::noinline]] void make_room();
  static void hash_into(Fingerprint& print, const Completed& completed);
  void handle_error(const Completed& completed, AssignedPartition& p, ConsumerTurn& turn,
                    ConsumerNetwork& network, PositionResolver& positions);

  const ConsumerConfig* config_;
  BrokerSet in_flight_;                   // who has a request of ours
  std::vector<FlatVector<Asked>> asked_;  // by broker - 1; what was in the last request
  std::vector<Completed> buffered_;       // in use are those from front_ to end_, oldest first
  std::size_t front_ = 0;
  std::size_t end_ = 0;
};

// The part of `batch` from `position` on, at most `most` records.
PolledRange slice(const Batch& batch, PartitionId partition, Offset position, std::uint32_t most);

}  // namespace kafault
