// The sinks of all groups, as far as they decide at the moment of a write whether it shows: those
// that tell records apart, and those that keep the group's offsets beside the effects. They stand
// outside Kafka: no crash of a member takes anything back.
// Simplified: a transaction takes no time of its own and never waits for another; what is between
// two of them is a moment in which something may strike.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/kernel/fingerprint.hpp"
#include "sim/kernel/time.hpp"
#include "sim/protocol/observation.hpp"
#include "sim/protocol/stored_offsets.hpp"
#include "sim/sink/sent_records.hpp"
#include "sim/sink/sink.hpp"
#include "sim/sink/sink_table.hpp"

namespace kafault {

// Whether a group's effects bring their offset along.
enum class OffsetWrite : std::uint8_t {
  none,
  always,       // UPDATE offsets SET next = :offset + 1
  conditional,  // ... WHERE next <= :offset; if that changes no row, the transaction is rolled back
};

// What a group has.
struct SinksPlan {
  OffsetWrite offsets = OffsetWrite::none;
  bool judge_records = false;  // some of them tell its records apart
  bool may_fail_over = false;  // some fault does that to them
};

class Sinks {
 public:
  void add_group(const std::vector<SinkPlan>& sinks, const SinksPlan& plan);
  // Once all groups are there. `sources`: by producer.
  void resize(const std::vector<RecordSource>& sources, std::size_t producers_and_outlets,
              std::size_t partitions);
  void reset();

  // Otherwise every write shows and there is nothing to ask.
  bool decide() const { return decide_; }
  // Takes note of when records were sent, and judges effects of single records: one that does not
  // show becomes an EffectRefused.
  void see(Observation& o, Instant now);
  // The sinks of a group go on with a replica that has nothing of what was written after `to`.
  void fail_over(GroupIndex group, Instant to);
  void process_ended(NodeId node);

  // Calls `show` with an EffectRead for every record that a sink does not show as often as its
  // effects say, once all is over.
  template <class Show>
  void read(Show&& show) const;
  // Of one sink; see SinkTable.
  std::int64_t stale_rows(GroupIndex group, std::int32_t sink, std::int32_t producer) const {
    return table(group, sink).stale_rows(producer, sent_);
  }
  std::int64_t rows_gone_back(GroupIndex group, std::int32_t sink) const {
    return table(group, sink).rows_gone_back();
  }

  const StoredOffsets& stored() const { return stored_; }
  void hash_into(Fingerprint& print) const;

 private:
  struct Group {
    std::size_t first_table = 0;
    std::int32_t tables = 0;
    SinksPlan plan;
    bool keeps_records() const { return plan.judge_records || plan.may_fail_over; }
  };
  // An offset that was replaced.
  struct OffsetChange {
    Instant at;
    GroupIndex group;
    PartitionId partition;
    Offset before;
  };
  const SinkTable& table(GroupIndex group, std::int32_t sink) const {
    return tables_[groups_[static_cast<std::size_t>(group)].first_table +
                   static_cast<std::size_t>(sink)];
  }
  SinkTable& table_of(const Observation& o) {
    return tables_[groups_[static_cast<std::size_t>(o.group)].first_table +
                   static_cast<std::size_t>(o.value)];
  }
  bool takes(const Observation& effect, Instant now);
  bool store_offset(const Observation& effect, const Group& group, Instant now);

  std::vector<Group> groups_;
  std::vector<SinkTable> tables_;  // by group, then sink
  bool decide_ = false;
  bool need_records_ = false;
  SentRecords sent_;
  StoredOffsets stored_;
  std::vector<OffsetChange> changes_;  // in their order; only where a failover may take them back
};

template <class Show>
void Sinks::read(Show&& show) const {
  if (!need_records_) return;
  for (std::size_t g = 0; g < groups_.size(); ++g) {
    const Group& group = groups_[g];
    for (std::int32_t sink = 0; sink < group.tables && group.keeps_records(); ++sink) {
      const auto index = static_cast<GroupIndex>(g);
      table(index, sink).read(sent_, [&](RecordIndex record, std::int32_t times) {
        const SentRecords::Send& send = sent_.first_send(record);
        show(Observation{.kind = ObservationKind::EffectRead,
                         .partition = send.partition,
                         .producer = send.producer,
                         .group = index,
                         .first = send.number,
                         .count = 1,
                         .epoch = times,
                         .value = sink});
      });
    }
  }
}

}  // namespace kafault
