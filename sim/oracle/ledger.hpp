// What became of every record: counted while the run goes, judged after the drain. Three counting
// points, never mixed: the log, the delivery (the handler returned), the effect (what the sink
// shows). Sees each observation once, keeps a few bytes per record, holds no handle on the world.
// Records share their fate with their neighbours, so all work is done on ranges of them.
//
// A record is named by its number in its producer's workload. On the wire it is a *send*: a number
// per (producer, partition). A record that its application sends again, in its error callback or
// after a restart, has several sends; RecordSent says which.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "sim/kernel/contract.hpp"
#include "sim/kernel/time.hpp"
#include "sim/oracle/counts.hpp"
#include "sim/oracle/producer_terms.hpp"
#include "sim/oracle/range_map.hpp"
#include "sim/oracle/record_table.hpp"
#include "sim/oracle/wait_clock.hpp"
#include "sim/protocol/layout.hpp"
#include "sim/protocol/observation.hpp"

namespace kafault {

class Fingerprint;

// What there is to count. Immutable during a run; the ledger keeps a pointer to it.
struct LedgerLayout {
  const ClusterLayout* cluster = nullptr;
  std::vector<std::int64_t> records;  // by producer: how many its workload has
  std::vector<std::int32_t> sinks;    // by group: how many sinks it has
  std::vector<Flow> flows;
  std::vector<ProducerTerms> terms;  // by producer, for the invariants
  // By group, for the invariants: its application commits one offset too many.
  std::vector<std::uint8_t> overshoots;
  // By outlet, behind the producers of the scenario: whose. Their `records` are 0.
  std::vector<GroupIndex> outlets = {};
  // By group, then partition; empty without outlets: it reads that.
  std::vector<std::uint8_t> reads = {};
};

class Ledger {
 public:
  // Forgets everything. Allocates nothing if the layout is no larger than one seen before.
  void reset(const LedgerLayout& layout);

  void see(const Observation& observation, Instant now) { see(observation.kind, observation, now); }
  // Where the kind is known there is nothing to choose from.
  void see(ObservationKind kind, const Observation& observation, Instant now);

  // One result per flow of the layout, in its order. `settled`: the run came to rest, so that what
  // was not handled by then waits for nobody, and only waits that ended are gaps. In a run that did
  // not, everything still waiting waited until `end`.
  void judge(Instant end, std::vector<FlowResult>& out, bool settled = true) const;

  // Everything that what is lost, duplicated, reordered or handled may yet depend on; not the gaps.
  // During the run only, not once the final log is being read. Beyond twice, times look alike.
  void hash_into(Fingerprint& print) const;

  // The record behind a send, for stories; -1 if there is no such send.
  std::int64_t record_of(ProducerIndex producer, PartitionId partition, SendNumber send) const;
  // Visits in order, as stretches, which records sends are of. What an outlet passes on has another
  // record's content, and goes by the number of its send.
  template <class Visit>
  void for_each_record(ProducerIndex p, PartitionId partition, SendNumber first,
                       std::uint32_t count, Visit&& visit) const {
    if (is_outlet(p)) return visit(RangeMap::Stretch{first, count, first});
    sends(p, partition).records.for_each(first, count, visit);
  }

 private:
  using Word = RecordTable::Word;
  using Row = RecordTable::Row;
  using Column = RecordTable::Column;
  using Place = RecordTable::Place;

  // What the table tells of a record of any producer. Those of one row were sent one behind the
  // other, by one producer to one partition, so that a batch is one range of places.
  enum : Column {
    is_sent,
    is_acked,
    is_failed,    // its last send was decided so
    is_appended,  // by any leader, at any time
    is_expired,   // deleted from a leader's log by policy
    is_seen,      // in the final log of this partition
    live,         // copies in the logs of the current leaders: once and again
    copies = live + RecordTable::columns_of_times,  // in the final log
    first_handled = copies + RecordTable::columns_of_times,
    // By group; behind them the effects by group, then sink; then, only if anybody has an outlet,
    // what is parked and overtaken, each by group.
  };

  struct View;
  // Batches as the current leader of a partition has them.
  struct Stretch {
    Offset offset;
    ProducerIndex producer;
    SendNumber first;
    std::uint32_t count;
    Offset end() const { return offset + static_cast<Offset>(count); }
    bool goes_on_with(const Observation& o) const {
      return producer == o.producer && end() == o.offset && first + count == o.first;
    }
  };
  struct LeaderLog {
    LeaderEpoch epoch = no_epoch;
    std::vector<Stretch> stretches;
    bool goes_past(Offset end) const { return !stretches.empty() && stretches.back().end() > end; }
  };
  // A group that reads a producer's records.
  struct Reader {
    GroupIndex group;
    Column handled;
    WaitClock unread;
  };
  struct Producer {
    std::uint32_t records = 0;
    std::uint32_t next_record = 0;  // behind the last one that was sent
    NodeId node = no_node;          // known from its first RecordSent
    std::uint32_t first_reader = 0;
    std::uint32_t reader_count = 0;
    std::int64_t reordered = 0;
    WaitClock undecided;
  };
  // One producer's sends to one partition.
  struct Sends {
    RangeMap records;
    // By 64 sends: their records' row. A record keeps the place of its first send.
    std::vector<std::uint32_t> rows;
    RangeMap resent;              // where the records of other sends are
    std::int64_t last_seen = -1;  // record that first appeared last in the final log
  };
  // Sends one behind the other whose records lie in one row.
  struct Piece {
    Row row;
    Word records;
    std::uint32_t count;
    // How many these are: mostly all or none.
    std::int64_t count_of(Word some) const {
      if (some == records) return count;
      std::int64_t counted = 0;
      for (; some != 0; some &= some - 1) ++counted;
      return counted;
    }
  };
  struct Records {
    Row row;
    Word records;
  };

  // A send of a producer of the scenario.
  struct Home {
    ProducerIndex producer;
    PartitionId partition;
    SendNumber send;
  };

  void sent(const Observation& o, Instant now);
  void give_places(const Observation& o);
  void add_row(Sends& s, ProducerIndex owner);
  void send_again(const Observation& o);
  void acked(const Observation& o, Instant now);
  void failed(const Observation& o, Instant now);
  void appended(const Observation& o, Instant now);
  void leadership_taken(const Observation& o, Instant now);
  void start_advanced(const Observation& o, Instant now);
  void compacted(const Observation& o, Instant now);
  void topic_deleted(const Observation& o, Instant now);
  void appended_late(const Observation& o);
  void begin_stretch(LeaderLog& log, const Observation& o);
  void cut(LeaderLog& log, PartitionId partition, Offset end, Instant now);
  void remove(const Stretch& stretch, PartitionId partition, std::uint32_t keep, Instant now);
  void remove(const Observation& gone, Instant now);
  void processed(const Observation& o, Instant now);
  // ledger_forwarded.cpp
  bool is_outlet(ProducerIndex p) const { return p >= own_producers_; }
  const Home& home_of(const Observation& o, std::uint32_t i) const;
  void forwarded(const Observation& o);
  void processed_elsewhere(const Observation& o, Instant now);
  void read_elsewhere(const Observation& o);
  void add(Column times, Place place);
  void effect_applied(const Observation& o, Instant now);
  void effect_read(const Observation& o);
  void read(const Observation& o);
  void appear(const Observation& o, SendNumber first, std::uint32_t count);
  void process_ended(NodeId node, Instant now);

  Producer& producer(ProducerIndex p) { return producers_[static_cast<std::size_t>(p)]; }
  Sends& sends(ProducerIndex p, PartitionId partition) {
    return sends_[static_cast<std::size_t>(p) * partitions_ + static_cast<std::size_t>(partition)];
  }
  const Sends& sends(ProducerIndex p, PartitionId partition) const {
    return sends_[static_cast<std::size_t>(p) * partitions_ + static_cast<std::size_t>(partition)];
  }
  Reader* reader(Producer& of, GroupIndex group);
  std::int64_t find_place(const Sends& s, SendNumber send) const;
  Place place_of(const Sends& s, SendNumber send) const;
  Piece first_piece(const Sends& s, SendNumber first, std::uint32_t count);
  Records first_resent(const Sends& s, SendNumber first, std::uint32_t count);
  void for_each_piece(const Observation& o, auto&& visit);
  void see_row_by_row(const Observation& o, Instant now);
  void insert(const Observation& o, Column into);
  static Column nth(Column first, std::int64_t index) {
    return first + static_cast<Column>(index) * RecordTable::columns_of_times;
  }
  Column handled_by(GroupIndex group) const { return nth(first_handled, group); }
  Column effects_of(GroupIndex group, std::int64_t sink) const {
    KAFAULT_REQUIRE(sink >= 0 && sink < layout_->sinks[static_cast<std::size_t>(group)]);
    return nth(first_effects_[static_cast<std::size_t>(group)], sink);
  }
  Column parked_by(GroupIndex group) const { return nth(first_parked_, group); }
  Column overtaken_by(GroupIndex group) const { return nth(first_overtaken_, group); }

  FlowResult judge_flow(const Flow& flow, Instant end, bool settled) const;

  const LedgerLayout* layout_ = nullptr;
  std::size_t partitions_ = 0;
  ProducerIndex own_producers_ = 0;  // before the outlets
  RecordTable table_;
  std::vector<ProducerIndex> owners_;  // by row
  std::vector<Producer> producers_;
  std::vector<Reader> readers_;   // by producer, then group
  std::vector<Sends> sends_;      // by producer, then partition
  std::vector<RangeMap> places_;  // by producer: where its records are
  std::vector<LeaderLog> logs_;   // by partition
  PartitionId reading_ = no_partition;
  std::vector<Column> first_effects_;  // by group: of its first sink
  // Only if anybody has an outlet.
  Column first_parked_ = 0;
  Column first_overtaken_ = 0;
  std::vector<Home> homes_;  // by number, which the outlets' sends map to as to a record
};

[[gnu::always_inline]] inline void Ledger::see(ObservationKind kind, const Observation& o,
                                               Instant now) {
  switch (kind) {
    case ObservationKind::RecordSent:
      return sent(o, now);
    case ObservationKind::RecordForwarded:
      return forwarded(o);
    case ObservationKind::RecordAcked:
      return acked(o, now);
    case ObservationKind::RecordFailed:
      return failed(o, now);
    case ObservationKind::BatchAppended:
      return appended(o, now);
    case ObservationKind::LeadershipTaken:
      return leadership_taken(o, now);
    case ObservationKind::RecordProcessed:
      return processed(o, now);
    case ObservationKind::EffectApplied:
      return effect_applied(o, now);
    case ObservationKind::ProcessCrashed:
    case ObservationKind::ProcessExited:
      return process_ended(o.node, now);
    case ObservationKind::LogRead:
      return read(o);
    case ObservationKind::EffectRead:
      return effect_read(o);
    case ObservationKind::LogStartAdvanced:
      return start_advanced(o, now);
    case ObservationKind::RecordsCompacted:
      return compacted(o, now);
    case ObservationKind::TopicDeleted:
      return topic_deleted(o, now);
    default:
      return;
  }
}

}  // namespace kafault
