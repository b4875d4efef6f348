// Short ways to tell an oracle what happened: one partition (or more), producer 0 on node 4,
// group 0, brokers 1 to 3.
#pragma once

#include <vector>

#include "sim/oracle/ledger.hpp"
#include "sim/protocol/layout.hpp"
#include "sim/protocol/observation.hpp"

namespace kafault::test {

inline ClusterLayout layout_of(std::int32_t partitions) {
  ClusterLayout layout;
  layout.topics.push_back({"orders", 0, partitions});
  for (std::int32_t i = 0; i < partitions; ++i) layout.partitions.push_back({0, i, {1, 2, 3}});
  return layout;
}

inline constexpr NodeId shop_node = 4;

inline Instant ms(std::int64_t count) { return Instant{} + std::chrono::milliseconds(count); }

// A range of sends of producer 0 to partition 0, at an offset.
struct Range {
  SendNumber first = 0;
  std::uint32_t count = 1;
  Offset offset = no_offset;
  PartitionId partition = 0;
};

inline Observation tell(ObservationKind kind, Range range, NodeId node = 1) {
  Observation o;
  o.kind = kind;
  o.node = node;
  o.partition = range.partition;
  o.producer = 0;
  o.first = range.first;
  o.count = range.count;
  o.offset = range.offset;
  return o;
}

inline Observation sent(Range range, std::int64_t record) {
  Observation o = tell(ObservationKind::RecordSent, range, shop_node);
  o.value = record;
  return o;
}
inline Observation sent(Range range) { return sent(range, range.first); }
inline Observation acked(Range range) {
  return tell(ObservationKind::RecordAcked, range, shop_node);
}
inline Observation failed(Range range) {
  return tell(ObservationKind::RecordFailed, range, shop_node);
}
inline Observation appended(Range range, NodeId leader = 1, LeaderEpoch epoch = 0) {
  Observation o = tell(ObservationKind::BatchAppended, range, leader);
  o.epoch = epoch;
  return o;
}
inline Observation replicated(Range range, NodeId follower) {
  Observation o = tell(ObservationKind::BatchReplicated, range, follower);
  o.epoch = 0;
  return o;
}
inline Observation processed(Range range, GroupIndex group = 0) {
  Observation o = tell(ObservationKind::RecordProcessed, range, 5);
  o.group = group;
  return o;
}
inline Observation effect(Range range, std::int64_t sink = 0) {
  Observation o = tell(ObservationKind::EffectApplied, range, 5);
  o.group = 0;
  o.value = sink;
  return o;
}
inline Observation shown(Range range, std::int32_t times, std::int64_t sink = 0) {
  Observation o = tell(ObservationKind::EffectRead, range);
  o.group = 0;
  o.epoch = times;
  o.value = sink;
  return o;
}
inline Observation read(Range range) { return tell(ObservationKind::LogRead, range); }
inline Observation leads(NodeId leader, LeaderEpoch epoch, Offset end) {
  Observation o = tell(ObservationKind::LeadershipTaken, {0, 0, end}, leader);
  o.producer = -1;
  o.epoch = epoch;
  return o;
}
inline Observation elected(LeaderEpoch epoch) {
  Observation o = tell(ObservationKind::LeaderElected, {0, 0}, controller_node);
  o.epoch = epoch;
  return o;
}
inline Observation isr(std::int64_t bits) {
  Observation o = tell(ObservationKind::IsrChanged, {0, 0}, controller_node);
  o.value = bits;
  return o;
}
inline Observation truncated(NodeId node, Offset from, Offset to) {
  Observation o = tell(ObservationKind::LogTruncated, {0, 0, to}, node);
  o.value = from;
  return o;
}
// What lay below `start` at this leader was deleted by policy.
inline Observation deleted_below(Offset start, NodeId leader = 1, LeaderEpoch epoch = 0) {
  Observation o = tell(ObservationKind::LogStartAdvanced, {0, 0, start}, leader);
  o.producer = -1;
  o.epoch = epoch;
  return o;
}
// A replica's cleaner removed these; without an epoch one that does not lead.
inline Observation compacted(Range range, NodeId node = 1, LeaderEpoch epoch = 0) {
  Observation o = tell(ObservationKind::RecordsCompacted, range, node);
  o.epoch = epoch;
  return o;
}
// With a page cache, or with a disk.
inline Observation tail_lost(NodeId node, Offset from, Offset to) {
  Observation o = truncated(node, from, to);
  o.kind = ObservationKind::LogTailLost;
  return o;
}
inline Observation high_watermark(NodeId leader, LeaderEpoch epoch, Offset offset) {
  Observation o = tell(ObservationKind::HighWatermarkAdvanced, {0, 0, offset}, leader);
  o.epoch = epoch;
  return o;
}
inline Observation crashed(NodeId node) {
  Observation o;
  o.kind = ObservationKind::ProcessCrashed;
  o.node = node;
  return o;
}

}  // namespace kafault::test
