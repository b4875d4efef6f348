// One replica of a partition: its log, its role, and as a leader what it knows of the other
// replicas and of the ISR (Partition, Replica, ReplicaState; KIP-497). It decides; the broker
// sends, answers and notes.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "sim/broker/metadata_cache.hpp"
#include "sim/broker/partition_log.hpp"
#include "sim/broker/producer_state.hpp"
#include "sim/kernel/fingerprint.hpp"
#include "sim/kernel/time.hpp"
#include "sim/protocol/messages.hpp"
#include "sim/protocol/mutants.hpp"

namespace kafault {

inline constexpr Instant long_ago{-forever};

// What the leader knows of another replica: only what its fetches told.
struct RemoteReplica {
  NodeId broker = no_node;
  Offset end_offset = no_offset;           // its last fetch offset; no_offset: none in this term
  Offset leader_end_at_fetch = no_offset;  // where the leader's log ended at that fetch
  Instant last_fetch = long_ago;
  Instant last_caught_up = long_ago;
  std::int64_t broker_epoch = unknown_broker_epoch;

  // ReplicaState: caught up now, or at the previous fetch with all there was then.
  void note_fetch(Offset offset, Offset leader_end, std::int64_t epoch, Instant now) {
    if (offset >= leader_end) {
      last_caught_up = std::max(last_caught_up, now);
    } else if (offset >= leader_end_at_fetch) {
      last_caught_up = std::max(last_caught_up, last_fetch);
    }
    end_offset = offset;
    leader_end_at_fetch = std::max(leader_end, leader_end_at_fetch);
    last_fetch = now;
    broker_epoch = epoch;
  }
  bool is_caught_up(Offset leader_end, Duration lag_time_max, Instant now) const;
  void hash_into(Fingerprint& print, Duration lag_time_max) const;
};

// Whether a record's timestamp is its producer's (CreateTime) or that of its append at the leader;
// its producer's may not be too far from the leader's clock (KIP-937).
struct TimestampRules {
  bool by_append = false;
  Duration before_max = forever;
  Duration after_max = forever;
};

// What settings and version say. Settings change only at an operator's will.
struct PartitionRules {
  std::int32_t min_isr = 1;             // already capped, where the version caps it
  bool strict_min_isr = true;           // KAFKA-15583
  bool fenced_stay_out_of_isr = true;   // KIP-841
  bool waits_for_ineligible = false;    // until KAFKA-15021
  bool first_sequence_checked = false;  // KAFKA-15591
  bool epoch_checkpoint_synced = true;  // KAFKA-16541
  std::uint32_t max_message_bytes = UINT32_MAX;
  Duration lag_time_max{};  // replica.lag.time.max.ms
  FlushRules flush{};
  RetentionRules retention{};
  CleanerRules cleaner{};
  TimestampRules timestamps{};
  ProducerExpiry producer_expiry{};
};

// What has become of the batches that wait with acks=all: of those that end here or before.
struct AcksAllOutcome {
  Offset up_to = INT64_MAX;
  Error error = Error::none;
};

class Partition {
 public:
  enum class Role : std::uint8_t { none, leader, follower };

  // Called once. A broker that is not among the replicas hosts nothing: the role stays `none`.
  void configure(NodeId self, std::span<const NodeId> replicas, const PartitionRules& rules);
  // Others than before; what is known of those that stay is kept.
  void set_replicas(std::span<const NodeId> replicas);
  BrokerSet replicas() const { return replicas_; }
  void follow(const PartitionRules& rules) { rules_ = rules; }
  void reset();        // before a run
  void lose_memory();  // the process died; the log stays
  void recover();      // the process starts: state is rebuilt from the log

  bool is_hosted() const { return hosted_; }
  bool is_leader() const { return role_ == Role::leader; }
  Role role() const { return role_; }
  NodeId leader() const { return leader_; }
  LeaderEpoch epoch() const { return epoch_; }
  // Of which topic of its name it is a partition: a file beside the log says so (KIP-516).
  std::int32_t life() const { return life_; }
  bool has_anything() const { return role_ != Role::none || log_.latest_epoch() != no_epoch; }
  std::int32_t partition_epoch() const { return partition_epoch_; }
  PartitionLog& log() { return log_; }
  const PartitionLog& log() const { return log_; }
  const ProducerState& producers() const { return producers_; }

  // The ISR that the controller confirmed, and the largest that may be: with a follower whose
  // joining is on its way, and with those whose leaving is not yet confirmed.
  BrokerSet isr() const { return isr_; }
  BrokerSet maximal_isr() const { return change_ == Change::expansion ? proposed_ : isr_; }
  Offset epoch_start() const { return epoch_start_; }

  // Both return whether the leader epoch is new. What happened within it is forgotten if it is.
  bool become_leader(const MetadataCache::PartitionState& state, Instant now);
  bool become_follower(const MetadataCache::PartitionState& state);
  // The leader of a cluster that has been up for a while: all replicas are caught up.
  void settle_as_leader(Instant now);

  // KIP-320: none, FENCED_LEADER_EPOCH or UNKNOWN_LEADER_EPOCH, then NOT_LEADER_OR_FOLLOWER.
  Error refuse_reader(LeaderEpoch claimed) const;
  // That of the usual reader, and of one that claims nothing.
  bool is_read_here(LeaderEpoch claimed) const {
    return is_leader() && (claimed == epoch_ || claimed == no_epoch);
  }
  // Of a fetch: consumers that say where they are read from followers, too (KIP-392).
  // Simplified: those that do not say do not, though Kafka would let them.
  Error refuse_fetch(const FetchRequest& request, LeaderEpoch claimed) const {
    return is_read_here(claimed) ? Error::none : refuse_elsewhere(request, claimed);
  }
  // Whether a batch is its producer's next one, which needs no closer look.
  bool is_next(const Batch& batch, Instant now) const { return producers_.is_next(batch, now); }
  // What the idempotent producers' sequences say to a batch that a leader is to append.
  ProducerState::Verdict judge(const Batch& batch, Instant now) const {
    return producers_.judge(batch, now, rules_.first_sequence_checked && log_.end_offset() == 0);
  }
  // Why a leader (or not) does not even look at a produced batch. No epoch travels with it: a
  // leader that does not know it was deposed accepts.
  Error refuse_produce(Acks acks) const {
    if (!is_leader()) return Error::not_leader_or_follower;
    if (is_mutant(Mutant::min_isr_ignored)) return Error::none;
    return acks == Acks::all && is_under_min_isr() ? Error::not_enough_replicas : Error::none;
  }
  bool is_too_large(const Batch& batch) const { return batch.bytes > rules_.max_message_bytes; }
  // Why its records' contents are refused (LogValidator): INVALID_RECORD without keys where the log
  // is compacted, INVALID_TIMESTAMP.
  Error refuse_contents(bool has_keys, Instant timestamp, Instant now) const;
  bool stamps_by_append() const { return rules_.timestamps.by_append; }
  const PartitionRules& rules() const { return rules_; }

  // `stamp` is the largest timestamp of its records.
  const Batch& append_as_leader(const Batch& batch, Instant now, Instant stamp) {
    const Batch& appended = log_.append_as_leader(batch, epoch_, now, stamp);
    producers_.remember(appended, now, stamp);
    return appended;
  }
  const Batch& append_as_leader(const Batch& batch, Instant now = {}) {
    return append_as_leader(batch, now, now);
  }
  void append_as_follower(const Batch& batch, Instant now, Instant stamp) {
    log_.append_as_follower(batch, now, stamp);
    producers_.remember(batch, now, stamp);
  }
  void append_as_follower(const Batch& batch, Instant now = {}) {
    append_as_follower(batch, now, now);
  }
  void truncate_to(Offset offset, Instant now = {});
  // The segments that retention lets go.
  Offset end_of_deletable(Instant now) {
    if (rules_.cleaner.compacts) {
      return log_.end_of_deletable_and_cleaned(rules_.retention, rules_.flush, now);
    }
    return log_.end_of_deletable(rules_.retention, rules_.flush, now);
  }
  // How long a producer is remembered, where its records have timestamps of their own.
  void expire_producers(const ProducerExpiry& expiry) {
    rules_.producer_expiry = expiry;
    producers_.configure(expiry);
  }
  // A follower that is behind its leader's log start has nothing to keep.
  void start_anew_at(Offset offset);
  // The machine lost power: what was not on disk is gone. With its disk, everything is.
  void lose_page_cache(const WriteBack& kernel, Instant now);
  void lose_disk() { log_.clear(); }
  // What recovery reads after an unclean stop: batches that Kafka never flushed itself. Needs the
  // log's times.
  std::span<const Batch> unflushed(const WriteBack& kernel, Instant now) const;
  // It found the log whole up to here, and cut it.
  void recover_up_to(Offset end);
  // No replica any more, or not yet again: nothing of it is left.
  void remove();

  // Partition.maybeIncrementLeaderHW. True if it moved.
  bool advance_high_watermark(const MetadataCache& metadata, Instant now);
  // Partition.checkEnoughReplicasReachOffset: batches that end beyond it must wait.
  AcksAllOutcome acks_all_outcome() const {
    if (!is_leader()) return {.error = Error::not_leader_or_follower};
    if (is_mutant(Mutant::ack_all_like_leader)) return {};
    const bool is_enough =
        maximal_isr_size() >= rules_.min_isr || is_mutant(Mutant::commits_below_min_isr);
    return {log_.high_watermark(),
            is_enough ? Error::none : Error::not_enough_replicas_after_append};
  }

  // KIP-392: the replica in the consumer's rack that has all before `offset`, the leader itself if
  // it is there, else the one that is most caught up; no_node: the leader (ReplicaManager
  // .findPreferredReadReplica, RackAwareReplicaSelector). `in_rack`: those alive there.
  NodeId preferred_reader(BrokerSet in_rack, Offset offset) const;

  bool has_replica(NodeId broker) const { return replicas_.contains(broker); }
  // Null for a broker that has no other replica of this partition.
  RemoteReplica* replica(NodeId broker) { return find(remotes_, broker); }
  const RemoteReplica* replica(NodeId broker) const { return find(remotes_, broker); }

  // A change of the ISR that the controller must confirm; at most one is on its way.
  bool propose_expansion(const RemoteReplica& follower, const MetadataCache& metadata) {
    return !isr_.contains(follower.broker) && !has_change() && propose_join(follower, metadata);
  }
  bool propose_shrink(Instant now);
  bool has_change() const { return change_ != Change::none; }
  bool has_unsent_change() const { return has_change() && !change_sent_; }
  AlterPartitionRequest::Entry take_change(PartitionId id);
  // The controller's answer. True if the ISR is committed anew.
  bool settle_change(const AlterPartitionResponse::Entry& answer);

  void hash_into(Fingerprint& print, const GroupJournal& journal) const;
  // Where power may be lost, also how much of the log that would cost.
  void hash_disk_into(Fingerprint& print, const WriteBack& kernel) const;

 private:
  enum class Change : std::uint8_t { none, expansion, shrink };

  bool is_under_min_isr() const { return isr_size_ < rules_.min_isr; }
  std::int32_t maximal_isr_size() const {
    return isr_size_ + (change_ == Change::expansion ? 1 : 0);
  }
  void commit_isr(BrokerSet isr);
  bool may_join_isr(const RemoteReplica& follower, const MetadataCache& metadata) const {
    if (!rules_.fenced_stay_out_of_isr) return true;
    return metadata.may_join_isr(follower.broker, follower.broker_epoch);
  }
  [[gnu::cold, gnu::noinline]] bool propose_join(const RemoteReplica& follower,
                                                 const MetadataCache& metadata);
  [[gnu::noinline]] Error refuse_elsewhere(const FetchRequest& request, LeaderEpoch claimed) const;
  [[gnu::cold, gnu::noinline]] bool advance_with_joiners(Offset mark, const MetadataCache& metadata,
                                                         Instant now);
  template <class Remotes>
  static auto find(Remotes& remotes, NodeId broker) -> decltype(remotes.data()) {
    for (auto& remote : remotes) {
      if (remote.broker == broker) return &remote;
    }
    return nullptr;
  }

  // What every fetch and every batch looks at stands first, and together.
  // Memory.
  Role role_ = Role::none;
  Change change_ = Change::none;
  bool change_sent_ = false;
  bool hosted_ = false;  // fixed
  LeaderEpoch epoch_ = no_epoch;
  BrokerSet isr_;
  BrokerSet replicas_;  // fixed
  std::int32_t isr_size_ = 0;
  NodeId leader_ = no_node;
  std::vector<RemoteReplica> remotes_;

  // Page cache. What the log says of producers is rebuilt from it (its snapshots are files).
  ProducerState producers_;
  PartitionLog log_;
  std::int32_t life_ = 0;

  // Memory.
  std::int32_t partition_epoch_ = -1;
  Offset epoch_start_ = no_offset;
  BrokerSet proposed_;

  // Fixed.
  NodeId self_ = no_node;
  PartitionRules rules_;
};

// The smallest log end of the leader, of the maximal ISR, and of those that are caught up and about
// to join it (so that they can).
inline bool Partition::advance_high_watermark(const MetadataCache& metadata, Instant now) {
  const bool is_strict = rules_.strict_min_isr && !is_mutant(Mutant::commits_below_min_isr);
  if (is_strict && is_under_min_isr()) return false;
  const BrokerSet in_sync = maximal_isr();
  const Offset high_watermark = log_.high_watermark();
  Offset mark = log_.end_offset();
  if (is_mutant(Mutant::high_watermark_too_early)) return log_.raise_high_watermark(mark);
  for (const RemoteReplica& remote : remotes_) {
    if (remote.end_offset >= mark || !in_sync.contains(remote.broker)) continue;
    mark = remote.end_offset;
    if (mark <= high_watermark) return false;
  }
  if (in_sync != replicas_) return advance_with_joiners(mark, metadata, now);
  return log_.raise_high_watermark(mark);
}

}  // namespace kafault
