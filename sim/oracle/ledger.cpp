#include "sim/oracle/ledger.hpp"

#include <algorithm>

#include "sim/kernel/contract.hpp"
#include "sim/oracle/index.hpp"

namespace kafault {
namespace {

constexpr std::uint32_t no_record = UINT32_MAX;

}  // namespace

// ---- where things lie --------------------------------------------------------------------------

Ledger::Sends& Ledger::sends(ProducerIndex p, PartitionId partition) {
  return sends_[at(p) * partitions_ + at(partition)];
}

const Ledger::Sends& Ledger::sends(ProducerIndex p, PartitionId partition) const {
  return sends_[at(p) * partitions_ + at(partition)];
}

Ledger::Reader* Ledger::reader(Producer& of, GroupIndex group) {
  for (std::uint32_t i = 0; i < of.reader_count; ++i) {
    Reader& candidate = readers_[of.first_reader + i];
    if (candidate.group == group) return &candidate;
  }
  return nullptr;
}

std::uint32_t* Ledger::handlings_of(GroupIndex group) {
  return handlings_.data() + at(group) * total_records_;
}

std::uint32_t* Ledger::effects_of(GroupIndex group, std::int32_t sink) {
  KAFAULT_REQUIRE(sink >= 0 && sink < layout_->sinks[at(group)]);
  return effects_.data() + (first_sink_[at(group)] + at(sink)) * total_records_;
}

void Ledger::for_each_record(const Observation& o, auto&& visit) {
  const std::vector<RecordIndex>& map = sends(o.producer, o.partition).records;
  KAFAULT_REQUIRE(std::uint64_t{o.first} + o.count <= map.size());  // nobody sent it
  for (std::uint32_t i = 0; i < o.count; ++i) {
    const RecordIndex index = map[o.first + i];
    KAFAULT_REQUIRE(index != no_record);
    visit(index, records_[index]);
  }
}

void Ledger::for_each_reader(const Producer& of, auto&& visit) {
  for (std::uint32_t i = 0; i < of.reader_count; ++i) visit(readers_[of.first_reader + i]);
}

std::int64_t Ledger::record_of(ProducerIndex p, PartitionId partition, SendNumber send) const {
  if (p < 0 || partition < 0) return -1;
  const std::vector<RecordIndex>& map = sends(p, partition).records;
  if (send >= map.size() || map[send] == no_record) return -1;
  return map[send] - producers_[at(p)].base;
}

// ---- the life of a run -------------------------------------------------------------------------

void Ledger::reset(const LedgerLayout& layout) {
  KAFAULT_REQUIRE(layout.cluster != nullptr);
  layout_ = &layout;
  partitions_ = layout.cluster->partitions.size();

  total_records_ = 0;
  producers_.clear();
  readers_.clear();
  for (std::size_t p = 0; p < layout.records.size(); ++p) {
    Producer fresh;
    fresh.base = static_cast<RecordIndex>(total_records_);
    fresh.records = static_cast<std::uint32_t>(layout.records[p]);
    fresh.first_reader = static_cast<std::uint32_t>(readers_.size());
    producers_.push_back(fresh);
    for (const Flow& flow : layout.flows) {
      if (at(flow.producer) != p || flow.group < 0) continue;
      if (reader(producers_.back(), flow.group) != nullptr) continue;
      readers_.push_back({flow.group, {}});
      ++producers_.back().reader_count;
    }
    total_records_ += fresh.records;
  }

  // Never shrunk: what a larger layout has allocated serves the next one of its size.
  sends_.resize(std::max(sends_.size(), producers_.size() * partitions_));
  for (Sends& s : sends_) {
    s.records.clear();
    s.last_read = -1;
  }
  logs_.resize(std::max(logs_.size(), partitions_));
  for (LeaderLog& log : logs_) {
    log.epoch = no_epoch;
    log.stretches.clear();
  }
  records_.assign(total_records_, Record{});
  handlings_.assign(layout.sinks.size() * total_records_, 0);
  std::size_t sinks = 0;
  first_sink_.clear();
  for (const std::int32_t count : layout.sinks) {
    first_sink_.push_back(sinks);
    sinks += at(count);
  }
  effects_.assign(sinks * total_records_, 0);
}

void Ledger::see(const Observation& o, Instant now) {
  switch (o.kind) {
    case ObservationKind::RecordSent:
      return sent(o, now);
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
      return effect_applied(o);
    case ObservationKind::ProcessCrashed:
    case ObservationKind::ProcessExited:
      return process_ended(o.node, now);
    case ObservationKind::LogRead:
      return read(o);
    default:
      return;
  }
}

// ---- the producer's application ----------------------------------------------------------------

void Ledger::sent(const Observation& o, Instant now) {
  Producer& by = producer(o.producer);
  by.node = o.node;
  KAFAULT_REQUIRE(o.value >= 0 && o.value + o.count <= by.records);

  std::vector<RecordIndex>& map = sends(o.producer, o.partition).records;
  const std::size_t needed = std::size_t{o.first} + o.count;
  if (map.size() < needed) map.resize(needed, no_record);
  for (std::uint32_t i = 0; i < o.count; ++i) {
    const RecordIndex index = by.base + static_cast<RecordIndex>(o.value) + i;
    map[o.first + i] = index;
    records_[index].sent = true;
    records_[index].failed = false;  // sent again: nobody knows yet
  }
  by.undecided.add(o.count, now);
}

void Ledger::acked(const Observation& o, Instant now) {
  for_each_record(o, [](RecordIndex, Record& record) { record.acked = true; });
  WaitClock& undecided = producer(o.producer).undecided;
  undecided.progress(now);
  undecided.remove(o.count, now);
}

void Ledger::failed(const Observation& o, Instant now) {
  for_each_record(o, [](RecordIndex, Record& record) { record.failed = true; });
  producer(o.producer).undecided.remove(o.count, now);
}

// Whoever waited for a callback in that process does not any more.
void Ledger::process_ended(NodeId node, Instant now) {
  for (Producer& candidate : producers_) {
    if (candidate.node == node) candidate.undecided.nobody_waits(now);
  }
}

// ---- the logs of the leaders -------------------------------------------------------------------

// A record lies unread in a group while a current leader has it and the group never handled it.
void Ledger::appended(const Observation& o, Instant now) {
  LeaderLog& log = logs_[at(o.partition)];
  const bool from_a_zombie = o.epoch < log.epoch;
  if (!from_a_zombie) cut(log, o.partition, o.offset, now);
  if (o.producer < 0) return;
  if (from_a_zombie) {
    return for_each_record(o, [](RecordIndex, Record& record) { record.appended = true; });
  }
  for_each_reader(producer(o.producer), [&](Reader& reader) {
    const std::uint32_t* const handled = handlings_of(reader.group);
    std::int64_t unread = 0;
    for_each_record(o, [&](RecordIndex index, const Record& record) {
      unread += record.live == 0 && handled[index] == 0;
    });
    if (unread > 0) reader.unread.add(unread, now);
  });
  for_each_record(o, [](RecordIndex, Record& record) {
    record.appended = true;
    ++record.live;
  });
  log.epoch = std::max(log.epoch, o.epoch);
  log.stretches.push_back({o.offset, o.producer, o.first, o.count});
}

// Simplified: what the new leader has below its log end is taken to be what the old one had. It
// differs only after an unclean election of a replica that had diverged, and only gaps depend on
// it.
void Ledger::leadership_taken(const Observation& o, Instant now) {
  LeaderLog& log = logs_[at(o.partition)];
  if (o.epoch <= log.epoch) return;
  log.epoch = o.epoch;
  cut(log, o.partition, o.offset, now);
}

void Ledger::cut(LeaderLog& log, PartitionId partition, Offset end, Instant now) {
  while (!log.stretches.empty() && log.stretches.back().end() > end) {
    Stretch& last = log.stretches.back();
    const auto keep = static_cast<std::uint32_t>(std::max<Offset>(end - last.offset, 0));
    remove(last, partition, keep, now);
    last.count = keep;
    if (keep > 0) return;
    log.stretches.pop_back();
  }
}

void Ledger::remove(const Stretch& stretch, PartitionId partition, std::uint32_t keep,
                    Instant now) {
  Observation gone;
  gone.producer = stretch.producer;
  gone.partition = partition;
  gone.first = stretch.first + keep;
  gone.count = stretch.count - keep;
  for_each_record(gone, [&](RecordIndex index, Record& record) {
    if (--record.live > 0) return;
    for_each_reader(producer(stretch.producer), [&](Reader& reader) {
      if (handlings_of(reader.group)[index] == 0) reader.unread.remove(1, now);
    });
  });
}

// ---- the consumer's application ----------------------------------------------------------------

void Ledger::processed(const Observation& o, Instant now) {
  if (o.producer < 0) return;
  Reader* const by = reader(producer(o.producer), o.group);
  if (by != nullptr) by->unread.progress(now);
  std::uint32_t* const handled = handlings_of(o.group);
  std::int64_t read = 0;
  for_each_record(o, [&](RecordIndex index, const Record& record) {
    read += handled[index]++ == 0 && record.live > 0;
  });
  if (by != nullptr && read > 0) by->unread.remove(read, now);
}

void Ledger::effect_applied(const Observation& o) {
  if (o.producer < 0) return;
  std::uint32_t* const shown = effects_of(o.group, static_cast<std::int32_t>(o.value));
  for_each_record(o, [&](RecordIndex index, const Record&) { ++shown[index]; });
}

// ---- the judgement -----------------------------------------------------------------------------

// The final log comes partition by partition, in the order of offsets.
void Ledger::read(const Observation& o) {
  if (o.producer < 0) return;
  Producer& by = producer(o.producer);
  std::int64_t& last = sends(o.producer, o.partition).last_read;
  for_each_record(o, [&](RecordIndex index, Record& record) {
    ++record.copies;
    record.appended = true;  // also where a crash has cut off the note of it
    if (record.read_in == o.partition) return;
    record.read_in = o.partition;
    if (last > std::int64_t{index}) ++by.reordered;
    last = index;
  });
}

FlowResult Ledger::judge_flow(const Flow& flow, Instant end, bool settled) const {
  FlowResult result;
  Counts& counts = result.counts;
  const Producer& by = producers_[at(flow.producer)];
  const bool has_group = flow.group >= 0;
  const bool has_sink = has_group && flow.sink >= 0;
  const std::uint32_t* handled =
      has_group ? handlings_.data() + at(flow.group) * total_records_ : nullptr;
  const std::uint32_t* effects =
      has_sink ? effects_.data() + (first_sink_[at(flow.group)] + at(flow.sink)) * total_records_
               : nullptr;

  for (std::uint32_t i = by.base; i < by.base + by.records; ++i) {
    const Record& record = records_[i];
    if (!record.sent) continue;
    ++counts.sent;
    const bool is_as_should_be = record.acked && record.copies == 1 &&
                                 (!has_group || handled[i] == 1) && (!has_sink || effects[i] == 1);
    if (is_as_should_be) {  // nearly all
      ++counts.acked;
      continue;
    }
    const bool failed = !record.acked && record.failed && !record.appended;
    counts.acked += record.acked;
    counts.failed += failed;
    counts.unknown += !record.acked && !failed;

    const std::int64_t copies = record.copies;
    const bool in_log = copies > 0;
    counts.log_lost += record.acked && !in_log;
    counts.log_copies += std::max<std::int64_t>(copies - 1, 0);
    counts.log_unexpected += !record.acked && in_log;

    std::int64_t shown = copies;  // at the flow's last counting point
    if (has_group) {
      const std::int64_t times = handled[i];
      counts.unhandled += in_log && times == 0;
      counts.handled_again += std::max<std::int64_t>(times - 1, 0);
      counts.ghosts += !in_log && times > 0;
      shown = times;
    }
    if (has_sink) {
      shown = flow.sink_shows_repeats ? effects[i] : std::min<std::uint32_t>(effects[i], 1);
      counts.effects_missing += in_log && shown == 0;
      counts.effects_extra += std::max<std::int64_t>(shown - in_log, 0);
    }
    counts.lost += record.acked && shown == 0;
    counts.given_up += !record.acked && shown == 0;
    counts.duplicated += shown > 1;
  }
  counts.reordered = by.reordered;

  result.ack_gap = by.undecided.longest_until(end);
  for (std::uint32_t i = 0; i < by.reader_count; ++i) {
    const Reader& reader = readers_[by.first_reader + i];
    if (reader.group != flow.group) continue;
    result.handling_gap = settled ? reader.unread.longest() : reader.unread.longest_until(end);
  }
  return result;
}

void Ledger::judge(Instant end, std::vector<FlowResult>& out, bool settled) const {
  out.clear();
  for (const Flow& flow : layout_->flows) out.push_back(judge_flow(flow, end, settled));
}

}  // namespace kafault
