// The follower's side of replication: one fetcher per broker that it follows, one fetch on its way
// at a time for all partitions led there (AbstractFetcherThread, ReplicaFetcherThread). It appends
// what comes and truncates where the logs diverge; it never decides whom to follow.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sim/broker/partition.hpp"
#include "sim/net/channel.hpp"
#include "sim/protocol/broker_config.hpp"
#include "sim/protocol/flat_vector.hpp"
#include "sim/protocol/outbox.hpp"
#include "sim/protocol/version_profile.hpp"

namespace kafault {

// An event at the broker that a fetcher works for, and where its effects go. Passed by value where
// that is no step of the usual way: the rest of it then stays in registers.
struct FollowerTurn {
  Instant now;
  Outbox& out;
  Partition* partitions;  // by PartitionId
  const VersionProfile& version;
  const BrokerConfig& config;
  const FetchTerms& terms;                   // of every fetch of this broker
  const RecordContents* contents = nullptr;  // where somebody looks at them

  // The largest timestamp of its records, as far as anybody looks.
  Instant stamp_of(const Batch& batch, PartitionId id_of) const {
    return contents == nullptr ? now : looked_up_stamp(*this, batch, id_of);
  }
  [[gnu::cold, gnu::noinline]] static Instant looked_up_stamp(FollowerTurn turn, const Batch& batch,
                                                              PartitionId id_of) {
    const bool is_dated = batch.producer >= 0 && !turn.partition(id_of).stamps_by_append();
    return is_dated ? turn.contents->timestamp_of(batch, id_of) : turn.now;
  }
  Partition& partition(PartitionId id_of) const {
    return partitions[static_cast<std::size_t>(id_of)];
  }
};

class ReplicaFetcher {
 public:
  explicit ReplicaFetcher(NodeId source);

  // Nobody to follow, nothing connected; keeps the memory.
  void reset();
  // The connection that a settled cluster has.
  void start_ready() { channel_.start_ready(); }

  void add(PartitionId partition);
  void remove(PartitionId partition);
  bool is_idle() const { return followed_.empty(); }

  // Sends the next fetch, or works towards it. A fetcher without partitions hangs up.
  void run(FollowerTurn turn);

  void on_connected(const FollowerTurn& turn);
  void on_disconnected(const FollowerTurn& turn);
  void on_handshake(const FollowerTurn& turn);
  [[gnu::always_inline]] inline void on(const FetchResponse& response, const FollowerTurn& turn);
  void on_timer(const FollowerTurn& turn);

  // When on_timer() is wanted: a time-out, or the end of a partition's back-off.
  Instant next_deadline(Instant now) const {
    return channel_.in_flight() > 0 ? channel_.requests().front().deadline : next_attempt(now);
  }

  void hash_into(Fingerprint& print, Duration poll_period) const;

 private:
  struct Followed {
    PartitionId partition = no_partition;
    Instant delayed_until = long_ago;
    bool has_failed = false;  // until its leader epoch changes (markPartitionFailed)
    // Before KIP-279 a follower compares its epochs with the leader's once, when it begins.
    bool has_compared = false;
    // By the fetch on its way; no_offset: it does not ask for this partition.
    Offset asked_offset = no_offset;
    LeaderEpoch asked_epoch = no_epoch;

    bool is_fetched(Instant now) const { return !has_failed && delayed_until <= now; }
  };

  [[gnu::cold, gnu::noinline]] Followed* find(PartitionId partition);
  bool has_work(Instant now) const {
    for (const Followed& one : followed_) {
      if (one.is_fetched(now)) return true;
    }
    return false;
  }
  [[gnu::noinline]] Instant next_attempt(Instant now) const;
  static LeaderEpoch epoch_to_compare(const Followed& one, const PartitionLog& log,
                                      const VersionProfile& version);
  [[gnu::always_inline]] inline void send_fetch(const FollowerTurn& turn);
  [[gnu::cold, gnu::noinline]] static void apply_error(const FetchResponse::Entry& entry,
                                                       Followed& followed, Partition& partition,
                                                       FollowerTurn turn);
  [[gnu::always_inline]] static inline void apply(const FetchResponse& response,
                                                  const FetchResponse::Entry& entry,
                                                  Followed& followed, Partition& partition,
                                                  const FollowerTurn& turn);
  [[gnu::cold, gnu::noinline]] static void truncate(PartitionId id, Offset offset,
                                                    Partition& partition, FollowerTurn turn);
  void lose_connection(const FollowerTurn& turn);

  Channel channel_;
  FlatVector<Followed> followed_;
  std::vector<Channel::InFlight> lost_;
};

// Where a follower cuts its log when the leader answers that it diverges: the leader's largest
// epoch that is not above the follower's, and its end there (KIP-101, KIP-279, KIP-595;
// AbstractFetcherThread.getOffsetTruncationState).
Offset truncation_offset(const PartitionLog& log, EpochEnd leader);

}  // namespace kafault
