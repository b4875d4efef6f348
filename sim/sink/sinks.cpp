#include "sim/sink/sinks.hpp"

#include <algorithm>
#include <chrono>

#include "sim/kernel/contract.hpp"
#include "sim/protocol/mutants.hpp"

namespace kafault {

void Sinks::add_group(const std::vector<SinkKind>& kinds, OffsetWrite offsets) {
  groups_.push_back({tables_.size(), offsets});
  decide_ |= offsets != OffsetWrite::none;
  for (const SinkKind kind : kinds) {
    Table& table = tables_.emplace_back();
    table.has_timestamp_key = kind == SinkKind::timestamp_key;
    needs_timestamps_ |= table.has_timestamp_key;
  }
  decide_ |= needs_timestamps_;
}

void Sinks::resize(std::size_t producers, std::size_t partitions) {
  partitions_ = partitions;
  timestamps_.resize(producers * partitions);
  stored_.resize(groups_.size(), partitions);
}

void Sinks::reset() {
  if (!decide_) return;
  for (Table& table : tables_) table.keys.clear();
  for (auto& timestamps : timestamps_) timestamps.clear();
  stored_.clear();
}

void Sinks::see(Observation& o, Instant now) {
  const bool is_sent =
      o.kind == ObservationKind::RecordSent || o.kind == ObservationKind::RecordForwarded;
  if (is_sent && needs_timestamps_) record_sent(o, now);
  if (o.kind != ObservationKind::EffectApplied || takes(o)) return;
  o.kind = ObservationKind::EffectRefused;
}

// CreateTime: the producer's clock at send().
void Sinks::record_sent(const Observation& o, Instant now) {
  const std::size_t slot =
      static_cast<std::size_t>(o.producer) * partitions_ + static_cast<std::size_t>(o.partition);
  const auto milliseconds =
      std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count();
  timestamps_[slot].resize(std::size_t{o.first} + o.count, milliseconds);
}

bool Sinks::takes(const Observation& effect) {
  const Group& group = groups_[static_cast<std::size_t>(effect.group)];
  Table& table = tables_[group.first_table + static_cast<std::size_t>(effect.value)];
  if (group.offsets != OffsetWrite::none) {
    KAFAULT_REQUIRE(effect.count == 1);
    Offset& next = stored_.of(effect.group, effect.partition);
    const bool is_conditional = group.offsets == OffsetWrite::conditional &&
                                !is_mutant(Mutant::condition_forgotten_in_sink);
    if (is_conditional && next > effect.offset) return false;
    next = effect.offset + 1;
  }
  return !table.has_timestamp_key || insert_key(table, effect);
}

bool Sinks::insert_key(Table& table, const Observation& effect) const {
  KAFAULT_REQUIRE(effect.count == 1);
  const std::size_t slot = static_cast<std::size_t>(effect.producer) * partitions_ +
                           static_cast<std::size_t>(effect.partition);
  const std::int64_t key = timestamps_[slot][effect.first];
  const auto at = std::lower_bound(table.keys.begin(), table.keys.end(), key);
  if (at != table.keys.end() && *at == key) return false;
  table.keys.insert(at, key);
  return true;
}

void Sinks::hash_into(Fingerprint& print) const {
  if (!decide_) return;
  for (const Table& table : tables_) {
    print.add(table.keys.size());
    for (const std::int64_t key : table.keys) print.add(key);
  }
  for (const auto& timestamps : timestamps_) {
    print.add(timestamps.size());
    for (const std::int64_t timestamp : timestamps) print.add(timestamp);
  }
  for (const Offset offset : stored_.all()) print.add(offset);
}

}  // namespace kafault
