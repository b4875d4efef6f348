#include "sim/drive/lives.hpp"

#include <algorithm>

#include "sim/kernel/contract.hpp"

namespace kafault {
namespace {

constexpr std::size_t at(std::int64_t index) { return static_cast<std::size_t>(index); }

}  // namespace

Lives::Lives(const ClusterPlan& plan, const Trace& trace) {
  partitions_ = plan.layout.partitions.size();
  first_epochs_.assign(partitions_, 0);
  Life fresh;
  fresh.handlings.assign(plan.groups.size(), 0);
  fresh.parked.assign(plan.groups.size(), 0);
  for (const GroupPlan& group : plan.groups) {
    fresh.effects.emplace_back(group.sinks.size(), 0);
  }
  for (const ProducerPlan& producer : plan.producers) {
    lives_.emplace_back(at(producer.sends.records), fresh);
    read_in_.emplace_back(at(producer.sends.records), no_partition);
  }
  const auto producers = static_cast<std::size_t>(plan.producers_and_outlets());
  sends_.resize(producers * partitions_);
  for (const GroupPlan& group : plan.groups) {
    const auto index = static_cast<GroupIndex>(&group - plan.groups.data());
    for (std::int32_t i = 0; i < ClusterPlan::outlets_in(group); ++i) outlets_.push_back(index);
    for (std::size_t p = 0; p < partitions_; ++p) {
      const std::int32_t topic = plan.layout.partitions[p].topic;
      reads_.push_back(std::find(group.topics.begin(), group.topics.end(), topic) !=
                       group.topics.end());
    }
  }
  last_read_.assign(plan.producers.size() * partitions_, -1);
  for (const Trace::Entry& entry : trace.entries()) see(entry.what, entry.at);
}

const Life& Lives::of(RecordName name) const { return lives_[at(name.producer)][at(name.record)]; }

RecordName Lives::name_of(ProducerIndex producer, PartitionId partition, SendNumber send) const {
  if (producer < 0 || partition < 0) return {producer, -1};
  const std::vector<RecordName>& sends = sends_[at(producer) * partitions_ + at(partition)];
  return send < sends.size() ? sends[send] : RecordName{producer, -1};
}

std::int64_t Lives::record_of(ProducerIndex producer, PartitionId partition,
                              SendNumber send) const {
  return name_of(producer, partition, send).record;
}

void Lives::for_each(const Observation& o, auto&& visit) {
  for (std::uint32_t i = 0; i < o.count; ++i) {
    const RecordName name = name_of(o.producer, o.partition, o.first + i);
    if (name.record >= 0) visit(lives_[at(name.producer)][at(name.record)], name.record);
  }
}

// What an outlet does with a record is no news of the send that its producer made of it.
void Lives::see_of_outlet(const Observation& o) {
  switch (o.kind) {
    case ObservationKind::RecordForwarded: {
      std::vector<RecordName>& sends = sends_[at(o.producer) * partitions_ + at(o.partition)];
      if (sends.size() <= o.first)
        sends.resize(std::size_t{o.first} + 1, RecordName{o.producer, -1});
      sends[o.first] =
          name_of(o.epoch, static_cast<PartitionId>(o.value), static_cast<SendNumber>(o.offset));
      return;
    }
    case ObservationKind::LogRead: {
      const GroupIndex group = outlets_[at(o.producer) - lives_.size()];
      if (reads_[at(group) * partitions_ + at(o.partition)]) return;
      return for_each(o, [&](Life& life, std::int64_t) { ++life.parked[at(group)]; });
    }
    case ObservationKind::RecordProcessed:
    case ObservationKind::EffectApplied:
      return see_handling(o);
    default:
      return;
  }
}

void Lives::see_handling(const Observation& o) {
  for_each(o, [&](Life& life, std::int64_t) {
    if (o.kind == ObservationKind::RecordProcessed) ++life.handlings[at(o.group)];
    if (o.kind == ObservationKind::EffectApplied) ++life.effects[at(o.group)][at(o.value)];
  });
}

void Lives::see(const Observation& o, Instant when) {
  if (o.kind == ObservationKind::LogStartAdvanced) return deleted(o, o.offset);
  if (o.kind == ObservationKind::TopicDeleted) {
    first_epochs_[at(o.partition)] = o.epoch;
    return deleted(o, INT64_MAX);
  }
  if (o.producer < 0) return;
  if (at(o.producer) >= lives_.size()) return see_of_outlet(o);
  switch (o.kind) {
    case ObservationKind::RecordSent:
      return sent(o, when);
    case ObservationKind::RecordAcked:
      return for_each(o, [](Life& life, std::int64_t) { life.acked = true; });
    case ObservationKind::RecordFailed:
      return for_each(o, [](Life& life, std::int64_t) { life.failed = true; });
    case ObservationKind::BatchAppended:
      return appended(o);
    case ObservationKind::RecordsCompacted:
      return for_each(o, [](Life& life, std::int64_t) { life.deleted = true; });
    case ObservationKind::RecordProcessed:
    case ObservationKind::EffectApplied:
      return see_handling(o);
    case ObservationKind::EffectRead:
      return for_each(
          o, [&](Life& life, std::int64_t) { life.effects[at(o.group)][at(o.value)] = o.epoch; });
    case ObservationKind::LogRead:
      return read(o);
    default:
      return;
  }
}

void Lives::appended(const Observation& o) {
  for (std::uint32_t i = 0; i < o.count; ++i) {
    const std::int64_t record = record_of(o.producer, o.partition, o.first + i);
    if (record < 0) continue;
    Life& life = lives_[at(o.producer)][at(record)];
    life.appended = true;
    life.partition = o.partition;
    life.offset = o.offset + static_cast<Offset>(i);
    const LeaderEpoch first_epoch = first_epochs_[at(o.partition)];
    if (first_epoch > 0) life.deleted = o.epoch < first_epoch;
  }
}

void Lives::deleted(const Observation& o, Offset end) {
  for (std::vector<Life>& lives : lives_) {
    for (Life& life : lives) {
      life.deleted |= life.partition == o.partition && life.offset < end;
    }
  }
}

void Lives::sent(const Observation& o, Instant when) {
  std::vector<RecordName>& sends = sends_[at(o.producer) * partitions_ + at(o.partition)];
  if (sends.size() < std::size_t{o.first} + o.count) {
    sends.resize(std::size_t{o.first} + o.count, RecordName{o.producer, -1});
  }
  for (std::uint32_t i = 0; i < o.count; ++i) {
    const std::int64_t record = o.value + i;
    KAFAULT_REQUIRE(record >= 0 && record < records(o.producer));
    sends[o.first + i] = {o.producer, record};
    Life& life = lives_[at(o.producer)][at(record)];
    life.sends.push_back({o.partition, o.first + i, when});
    life.failed = false;
  }
}

// The final log comes partition by partition, in the order of offsets.
void Lives::read(const Observation& o) {
  std::int64_t& last = last_read_[at(o.producer) * partitions_ + at(o.partition)];
  for_each(o, [&](Life& life, std::int64_t record) {
    ++life.log_copies;
    PartitionId& read_in = read_in_[at(o.producer)][at(record)];
    if (read_in == o.partition) return;
    read_in = o.partition;
    if (last > record) life.out_of_order = true;
    last = record;
  });
}

std::int64_t Lives::shown(const Flow& flow, const Life& life) const {
  if (flow.group < 0) return life.log_copies;
  const std::int64_t parked = life.parked[at(flow.group)];
  if (flow.sink < 0) return life.handlings[at(flow.group)] + parked;
  const std::int64_t effects = life.effects[at(flow.group)][at(flow.sink)];
  return parked + (flow.sink_shows_repeats ? effects : std::min<std::int64_t>(effects, 1));
}

std::optional<Stage> Lives::befell(const Flow& flow, StoryKind kind, const Life& life) const {
  if (life.sends.empty()) return std::nullopt;
  const bool may_be_gone =
      kind == StoryKind::lost || kind == StoryKind::ghost || kind == StoryKind::given_up;
  if (may_be_gone && life.deleted && (life.log_copies == 0 || flow.group >= 0)) {
    return std::nullopt;
  }
  const std::int64_t times = shown(flow, life);
  const std::int64_t handled = flow.group < 0 ? 0 : life.handlings[at(flow.group)];
  // What the first of the counting points says; the later ones only repeat it.
  const auto first_wrong = [&](bool log_is_wrong, bool delivery_is_wrong) {
    if (log_is_wrong || flow.group < 0) return Stage::log;
    return delivery_is_wrong || flow.sink < 0 ? Stage::delivery : Stage::effect;
  };
  switch (kind) {
    case StoryKind::lost:
      if (!life.acked || times > 0) return std::nullopt;
      return first_wrong(life.log_copies == 0, handled == 0);
    case StoryKind::twice:
      if (times < 2) return std::nullopt;
      if (flow.group >= 0 && life.parked[at(flow.group)] > 0) return Stage::parked;
      return first_wrong(life.log_copies > 1, handled > 1);
    case StoryKind::reordered:
      return life.out_of_order ? std::optional(Stage::log) : std::nullopt;
    case StoryKind::ghost:
      return handled > 0 && life.log_copies == 0 ? std::optional(Stage::delivery) : std::nullopt;
    case StoryKind::given_up:
      if (life.acked || times > 0) return std::nullopt;
      return first_wrong(life.log_copies == 0, handled == 0);
    case StoryKind::ordinary:
      return Stage::log;
  }
  return std::nullopt;
}

std::vector<RecordName> Lives::all(const Flow& flow, StoryKind kind) const {
  std::vector<RecordName> found;
  const std::vector<Life>& lives = lives_[at(flow.producer)];
  for (std::size_t record = 0; record < lives.size(); ++record) {
    if (befell(flow, kind, lives[record])) {
      found.push_back({flow.producer, static_cast<std::int64_t>(record)});
    }
  }
  return found;
}

}  // namespace kafault
