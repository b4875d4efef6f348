// Conservation laws that no misfortune may break: if one is, the model is wrong, not the scenario.
// Watches replicas rather than records: where their logs end, who leads, how far the high watermark
// is. A broker that a fault kills in the middle of noting what it did has done more than is known;
// until it is heard of again, it is not held to what is known. On the way this room learns why
// acknowledged records are gone, which it tells as findings.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "sim/kernel/contract.hpp"
#include "sim/kernel/time.hpp"
#include "sim/oracle/finding.hpp"
#include "sim/oracle/producer_terms.hpp"
#include "sim/oracle/range_map.hpp"
#include "sim/protocol/batch.hpp"
#include "sim/protocol/layout.hpp"
#include "sim/protocol/observation.hpp"

namespace kafault {

class Ledger;

// A law that was broken, as a sentence with time and place: our bug (exit code 70).
using ModelViolation = std::string;

class Invariants {
 public:
  static constexpr std::size_t most_violations = 20;  // the first ones say it all

  // Forgets everything. `layout` and `producers` must outlive the run. At the start every replica
  // is in its ISR. `logs_may_differ`: replication as it was before KIP-101, KIP-279 or KIP-320,
  // which does not keep the logs alike.
  void reset(const ClusterLayout& layout, std::span<const ProducerTerms> producers,
             std::int32_t groups, std::span<const std::uint8_t> overshoots = {},
             bool logs_may_differ = false);

  void see(const Observation& observation, Instant now) {
    heard(observation, now);
    see(observation.kind, observation, now);
  }
  // The same in two steps. Of what process `from` noted in a row, the first is enough to have heard
  // of it: what becomes of a process is noted by nobody, and says nothing about what it knows.
  // Where the kind is known there is nothing to choose from.
  void heard(const Observation& alone, Instant now);
  void heard_from(NodeId from, Instant now);
  void see(ObservationKind kind, const Observation& observation, Instant now);

  // After the final log was read: appends a finding for every acknowledged record that is not in
  // it, and for every group that has committed past its end. One without an explanation is a
  // violation. `ledger` has seen the same.
  void judge(Instant end, const Ledger& ledger, std::vector<Finding>& findings);

  const std::vector<ModelViolation>& violations() const { return violations_; }

 private:
  struct Replica {
    Offset end = 0;
    Offset high_watermark = 0;  // as it last said, when it led
    LeaderEpoch high_watermark_epoch = no_epoch;
    bool uncertain = false;  // killed while it was noting: `end` may be wrong
    Offset end_told = 0;     // before it lost data: its leader may still believe in it
  };
  struct Partition {
    BrokerSet isr;  // the controller's
    LeaderEpoch epoch = 0;
    Offset start = 0;             // below it a leader has deleted by policy
    Offset largest_end = 0;       // that any leader's log ever had
    Offset largest_mark = 0;      // that any leader's high watermark ever reached
    Offset final_end = 0;         // of the log as it was read
    LeaderEpoch first_epoch = 0;  // of the topic that has its name now
    RangeMap compacted;           // by offset: what some replica's cleaner has removed
    std::vector<NodeId> leaders;  // by epoch from the first on; no_node: not known
  };
  // One producer's sends to one partition, in the logs.
  struct Sends {
    RangeMap appended;         // at which offset, by a leader, the last time
    RangeMap acked;            // at which offset
    RangeMap acked_unwritten;  // acks=0; at no offset: what it maps them to says nothing
    RangeMap deleted;          // with the topic that they were in
    RangeMap read;             // where in the final log; if it is there twice, where it was acked
    // Idempotence: what the leader of this epoch has appended, and from which send on a batch keeps
    // its sequence, so that a leader knows it again.
    RangeMap in_epoch;
    LeaderEpoch epoch = no_epoch;
    SendNumber recognised_from = 0;
    SendNumber end = 0;  // behind the last one that was sent
  };
  struct Truncation {
    PartitionId partition;
    NodeId node;
    Offset new_end;
    Offset old_end;
    Instant at;
  };

  void process_changed(const Observation& o, Instant now);
  void elected(const Observation& o);
  void isr_changed(const Observation& o);
  void sent(const Observation& o) {
    SendNumber& end = sends(o.producer, o.partition).end;
    end = std::max(end, o.first + o.count);
  }
  void producer_id_assigned(const Observation& o);
  void acked(const Observation& o, Instant now);
  void appended(const Observation& o, Instant now);
  void replicated(const Observation& o, Instant now);
  void refused(const Observation& o, Instant now);
  void truncated(const Observation& o, Instant now);
  void start_advanced(const Observation& o);
  void started_anew(const Observation& o, Instant now);
  void compacted(const Observation& o, Instant now);
  void topic_deleted(const Observation& o);
  void leadership_taken(const Observation& o, Instant now);
  void high_watermark_advanced(const Observation& o, Instant now);
  void held_back(const Observation& o, Instant now);
  Offset overshoot(GroupIndex group) const;
  void offset_committed(const Observation& o, Instant now);
  void read(const Observation& o, Instant now);

  void judge_sends(ProducerIndex producer, PartitionId partition, Instant end, const Ledger& ledger,
                   std::vector<Finding>& findings);
  void judge_send(ProducerIndex producer, PartitionId partition, SendNumber number, Offset acked_at,
                  Instant end, const Ledger& ledger, std::vector<Finding>& findings);
  void extend(const Observation& o, Instant now);
  void written_elsewhere(const Observation& o, Offset end, Instant now);
  void append_once(const Observation& o, Instant now);
  void heard_of(Replica& log, Offset end);
  bool is_first_leader_of(PartitionId partition, LeaderEpoch epoch, NodeId node);
  bool becomes_leader_of(PartitionId partition, LeaderEpoch epoch, NodeId node);
  void copied_from_nobody(const Observation& o, Instant now);
  NodeId first_leader_of(PartitionId p, LeaderEpoch epoch) {
    return partition(p).leaders[static_cast<std::size_t>(epoch - partition(p).first_epoch)];
  }
  const Truncation* truncation_of(PartitionId partition, Offset offset) const;
  bool record_was_read(ProducerIndex producer, std::int64_t record, const Ledger& ledger);

  Partition& partition(PartitionId p) { return partitions_[static_cast<std::size_t>(p)]; }
  bool was_removed(PartitionId p, Offset offset) const;  // by policy
  Replica& replica(PartitionId p, NodeId node) {
    KAFAULT_REQUIRE(node >= 1 && node <= layout_->brokers);
    return replicas_[static_cast<std::size_t>(p) * static_cast<std::size_t>(layout_->brokers) +
                     static_cast<std::size_t>(node - 1)];
  }
  Sends& sends(ProducerIndex producer, PartitionId p) {
    return sends_[static_cast<std::size_t>(producer) * partition_count_ +
                  static_cast<std::size_t>(p)];
  }
  template <class... Parts>
  void broken(Instant now, PartitionId p, const Parts&... parts);

  const ClusterLayout* layout_ = nullptr;
  std::size_t partition_count_ = 0;
  std::span<const ProducerTerms> terms_;  // by producer
  std::vector<Partition> partitions_;
  std::vector<Replica> replicas_;             // by partition, then broker
  std::vector<Sends> sends_;                  // by producer, then partition
  std::span<const std::uint8_t> overshoots_;  // by group; empty: none
  std::vector<Offset> committed_;             // by group, then partition
  std::vector<Truncation> truncations_;
  std::vector<Instant> last_noted_;  // by broker, the controller first
  BrokerSet paused_while_noting_;    // what they have yet to note comes when they go on, or never
  bool notes_lost_ = false;          // some append or truncation may be unknown
  bool logs_may_differ_ = false;
  Observation last_refused_;
  Instant last_refused_at_{};
  std::vector<ModelViolation> violations_;
  // While judging: whose records in the final log these are, by record.
  ProducerIndex in_log_of_ = -1;
  std::vector<char> in_log_;
};

inline void Invariants::heard_from(NodeId from, Instant now) {
  if (from < controller_node || from > layout_->brokers) return;
  last_noted_[static_cast<std::size_t>(from)] = now;
}

inline void Invariants::heard(const Observation& alone, Instant now) {
  const bool is_of_process =
      alone.kind >= ObservationKind::ProcessStarted && alone.kind <= ObservationKind::ProcessExited;
  if (!is_of_process) heard_from(alone.node, now);
}

[[gnu::always_inline]] inline void Invariants::see(ObservationKind kind, const Observation& o,
                                                   Instant now) {
  switch (kind) {
    case ObservationKind::RecordSent:
    case ObservationKind::RecordForwarded:
      return sent(o);
    case ObservationKind::ProducerIdAssigned:
      return producer_id_assigned(o);
    case ObservationKind::RecordAcked:
      return acked(o, now);
    case ObservationKind::BatchAppended:
      return appended(o, now);
    case ObservationKind::BatchReplicated:
      return replicated(o, now);
    case ObservationKind::BatchRefused:
      return refused(o, now);
    case ObservationKind::LogTruncated:
    case ObservationKind::LogTailLost:
    case ObservationKind::ReplicaDeleted:
      return truncated(o, now);
    case ObservationKind::LogStartAdvanced:
      return start_advanced(o);
    case ObservationKind::LogStartedAnew:
      return started_anew(o, now);
    case ObservationKind::RecordsCompacted:
      return compacted(o, now);
    case ObservationKind::TopicDeleted:
      return topic_deleted(o);
    case ObservationKind::LeadershipTaken:
      return leadership_taken(o, now);
    case ObservationKind::HighWatermarkAdvanced:
      return high_watermark_advanced(o, now);
    case ObservationKind::OffsetCommitted:
      return offset_committed(o, now);
    case ObservationKind::LeaderElected:
      return elected(o);
    case ObservationKind::IsrChanged:
      return isr_changed(o);
    case ObservationKind::LogRead:
      return read(o, now);
    case ObservationKind::ProcessStarted:
    case ObservationKind::ProcessCrashed:
    case ObservationKind::ProcessPaused:
    case ObservationKind::ProcessResumed:
    case ObservationKind::ProcessExited:
      return process_changed(o, now);
    default:
      return;
  }
}

}  // namespace kafault
