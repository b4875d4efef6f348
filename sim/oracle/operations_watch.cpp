#include "sim/oracle/operations_watch.hpp"

#include <algorithm>
#include <utility>

#include "sim/oracle/index.hpp"

namespace kafault {
namespace {

std::int64_t whole_ms(Duration time) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(time).count();
}

}  // namespace

void OperationsWatch::reset(const LedgerLayout& layout) {
  layout_ = &layout;
  groups_ = layout.sinks.size();
  partitions_ = layout.cluster->partitions.size();
  topics_ = layout.cluster->topics.size();
  topic_of_.assign(partitions_, -1);
  for (std::size_t t = 0; t < topics_; ++t) {
    const ClusterLayout::Topic& topic = layout.cluster->topics[t];
    for (std::int32_t p = 0; p < topic.partitions; ++p) {
      topic_of_[at(topic.first_partition + p)] = static_cast<std::int32_t>(t);
    }
  }
  logs_.resize(partitions_);
  for (Log& log : logs_) {
    log.epoch = no_epoch;
    log.end = 0;
    log.marks.clear();
  }
  readings_.assign(2 * groups_ * partitions_, Reading{});
  sums_.assign(2 * groups_ * topics_, Sum{});
  rebalances_.assign(groups_, 0);
  producers_.assign(layout.records.size(), Producer{});
}

OperationsWatch::Reading& OperationsWatch::reading(Side side, GroupIndex group,
                                                   PartitionId partition) {
  return readings_[(at(static_cast<int>(side)) * groups_ + at(group)) * partitions_ +
                   at(partition)];
}
const OperationsWatch::Reading& OperationsWatch::reading(Side side, GroupIndex group,
                                                         PartitionId partition) const {
  return readings_[(at(static_cast<int>(side)) * groups_ + at(group)) * partitions_ +
                   at(partition)];
}

OperationsWatch::Sum& OperationsWatch::sum(Side side, GroupIndex group, PartitionId partition) {
  return sums_[(at(static_cast<int>(side)) * groups_ + at(group)) * topics_ +
               at(topic_of_[at(partition)])];
}
const OperationsWatch::Sum& OperationsWatch::sum_of_topic(Side side, GroupIndex group,
                                                          std::int32_t topic) const {
  return sums_[(at(static_cast<int>(side)) * groups_ + at(group)) * topics_ + at(topic)];
}

std::int64_t OperationsWatch::client_lag(GroupIndex group, std::int32_t topic) const {
  return sum_of_topic(Side::client, group, topic).now;
}
std::int64_t OperationsWatch::group_lag(GroupIndex group, std::int32_t topic) const {
  return sum_of_topic(Side::committed, group, topic).now;
}

std::int64_t OperationsWatch::lag(const Reading& reading, PartitionId partition) const {
  return reading.is_known ? std::max<Offset>(logs_[at(partition)].end - reading.next, 0) : 0;
}

// How long ago the high watermark passed the first record that this reader has not come to.
Duration OperationsWatch::age(const Reading& reading, PartitionId partition, Instant now) const {
  const std::vector<Mark>& marks = logs_[at(partition)].marks;
  const auto mark = std::upper_bound(marks.begin(), marks.end(), reading.next,
                                     [](Offset next, const Mark& m) { return next < m.end; });
  return mark == marks.end() ? Duration{} : now - mark->at;
}

void OperationsWatch::see(const Observation& o, Instant now) {
  switch (o.kind) {
    case ObservationKind::HighWatermarkAdvanced:
      return high_watermark(o, now);
    case ObservationKind::RecordDelivered:
      come_on(reading(Side::client, o.group, o.partition), o.partition, now);
      return move_to(Side::client, o.group, o.partition, o.offset + static_cast<Offset>(o.count),
                     now);
    case ObservationKind::OffsetCommitted:
      return move_to(Side::committed, o.group, o.partition, o.offset, now);
    case ObservationKind::PartitionAssigned: {
      const Reading& committed = reading(Side::committed, o.group, o.partition);
      if (committed.is_known) move_to(Side::client, o.group, o.partition, committed.next, now);
      return;
    }
    case ObservationKind::OffsetReset:
      move_to(Side::client, o.group, o.partition, o.offset, now);
      if (!reading(Side::committed, o.group, o.partition).is_known) {
        move_to(Side::committed, o.group, o.partition, o.offset, now);
      }
      return;
    case ObservationKind::RebalanceCompleted:
      ++rebalances_[at(o.group)];
      return;
    case ObservationKind::RecordSent: {
      Producer& by = producers_[at(o.producer)];
      if (!by.has_sent) by.first_sent = now;
      by.has_sent = true;
      return;
    }
    case ObservationKind::RecordAcked: {
      Producer& by = producers_[at(o.producer)];
      if (!by.is_acked) by.first_acked = now;
      by.is_acked = true;
      return;
    }
    default:
      return;
  }
}

// A newer leader may begin below where the one before it had come to.
void OperationsWatch::high_watermark(const Observation& o, Instant now) {
  Log& log = logs_[at(o.partition)];
  if (o.epoch < log.epoch || o.offset == log.end) return;
  log.epoch = o.epoch;
  const auto each_reader = [&](auto&& visit) {
    for (const Side side : {Side::client, Side::committed}) {
      for (GroupIndex g = 0; g < static_cast<GroupIndex>(groups_); ++g) {
        visit(reading(side, g, o.partition), sum(side, g, o.partition));
      }
    }
  };
  each_reader([&](Reading& reader, Sum& all) { all.move(-lag(reader, o.partition)); });
  while (!log.marks.empty() && log.marks.back().end >= o.offset) log.marks.pop_back();
  const Offset before = std::exchange(log.end, o.offset);
  log.marks.push_back({o.offset, now});
  each_reader([&](Reading& reader, Sum& all) {
    if (before <= reader.next) reader.since = now;  // it had nothing to do until now
    all.move(lag(reader, o.partition));
  });
}

// A handler is given something, if only again.
void OperationsWatch::come_on(Reading& reader, PartitionId partition, Instant now) {
  if (lag(reader, partition) > 0) {
    reader.longest_stall = std::max(reader.longest_stall, now - reader.since);
  }
  reader.since = now;
}

void OperationsWatch::move_to(Side side, GroupIndex group, PartitionId partition, Offset next,
                              Instant now) {
  Reading& reader = reading(side, group, partition);
  Sum& all = sum(side, group, partition);
  const std::int64_t before = lag(reader, partition);
  if (before > 0 && next > reader.next) {
    reader.greatest_age = std::max(reader.greatest_age, age(reader, partition, now));
  }
  if (before == 0) reader.since = now;
  reader.next = next;
  reader.is_known = true;
  all.move(lag(reader, partition) - before);
}

Operations OperationsWatch::judge(const Flow& flow, Instant end) const {
  Operations seen;
  const Producer& by = producers_[at(flow.producer)];
  if (by.has_sent) {
    seen.first_ack_ms = whole_ms((by.is_acked ? by.first_acked : end) - by.first_sent);
  }
  if (flow.group < 0) return seen;
  seen.rebalances = rebalances_[at(flow.group)];
  const Sum& client = sum_of_topic(Side::client, flow.group, flow.topic);
  const Sum& committed = sum_of_topic(Side::committed, flow.group, flow.topic);
  seen.client_lag_max = client.most;
  seen.client_lag_end = client.now;
  seen.group_lag_max = committed.most;
  seen.group_lag_end = committed.now;
  const ClusterLayout::Topic& topic = layout_->cluster->topics[at(flow.topic)];
  for (PartitionId p = topic.first_partition; p < topic.first_partition + topic.partitions; ++p) {
    const auto look = [&](Side side, std::int64_t& greatest, std::int64_t& at_end) {
      const Reading& reader = reading(side, flow.group, p);
      const Duration still = lag(reader, p) > 0 ? age(reader, p, end) : Duration{};
      greatest = std::max(greatest, whole_ms(std::max(reader.greatest_age, still)));
      at_end = std::max(at_end, whole_ms(still));
    };
    look(Side::client, seen.client_lag_max_ms, seen.client_lag_end_ms);
    look(Side::committed, seen.group_lag_max_ms, seen.group_lag_end_ms);
    const Reading& reader = reading(Side::client, flow.group, p);
    const Duration still = lag(reader, p) > 0 ? end - reader.since : Duration{};
    seen.partition_stall_ms =
        std::max(seen.partition_stall_ms, whole_ms(std::max(reader.longest_stall, still)));
  }
  return seen;
}

}  // namespace kafault
