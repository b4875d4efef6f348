#include "sim/sink/sinks.hpp"

#include <algorithm>

#include "sim/kernel/contract.hpp"
#include "sim/protocol/mutants.hpp"

namespace kafault {

void Sinks::add_group(const std::vector<SinkPlan>& sinks, const SinksPlan& plan) {
  groups_.push_back({tables_.size(), static_cast<std::int32_t>(sinks.size()), plan});
  for (const SinkPlan& sink : sinks) tables_.emplace_back(sink);
  need_records_ |= groups_.back().keeps_records();
  decide_ |= need_records_ || plan.offsets != OffsetWrite::none;
}

void Sinks::resize(const std::vector<RecordSource>& sources, std::size_t producers_and_outlets,
                   std::size_t partitions) {
  stored_.resize(groups_.size(), partitions);
  if (!need_records_) return;
  sent_.resize(sources, producers_and_outlets, partitions);
  for (const Group& group : groups_) {
    if (!group.keeps_records()) continue;
    for (std::int32_t sink = 0; sink < group.tables; ++sink) {
      tables_[group.first_table + static_cast<std::size_t>(sink)].resize(sent_,
                                                                         group.plan.may_fail_over);
    }
  }
}

void Sinks::reset() {
  if (!decide_) return;
  stored_.clear();
  changes_.clear();
  if (!need_records_) return;
  sent_.clear();
  for (SinkTable& table : tables_) table.clear();
}

void Sinks::see(Observation& o, Instant now) {
  switch (o.kind) {
    case ObservationKind::RecordSent:
    case ObservationKind::RecordForwarded:
      if (need_records_) sent_.see(o, now);
      return;
    case ObservationKind::SinkAsked:
      o.epoch = table_of(o).ask(o.node, sent_.index_of(o), sent_, now) ? 1 : 0;
      return;
    case ObservationKind::IdStored:
      o.epoch = table_of(o).store_id(o.node, sent_.index_of(o), now) ? 0 : 1;
      return;
    case ObservationKind::EffectApplied:
      if (!takes(o, now)) o.kind = ObservationKind::EffectRefused;
      return;
    default:
      return;
  }
}

bool Sinks::takes(const Observation& effect, Instant now) {
  const Group& group = groups_[static_cast<std::size_t>(effect.group)];
  if (group.plan.offsets != OffsetWrite::none && !store_offset(effect, group, now)) return false;
  if (!group.keeps_records()) return true;
  KAFAULT_REQUIRE(effect.count == 1);
  return table_of(effect).write(effect, sent_, now);
}

bool Sinks::store_offset(const Observation& effect, const Group& group, Instant now) {
  KAFAULT_REQUIRE(effect.count == 1);
  Offset& next = stored_.of(effect.group, effect.partition);
  const bool is_conditional = group.plan.offsets == OffsetWrite::conditional &&
                              !is_mutant(Mutant::condition_forgotten_in_sink);
  if (is_conditional && next > effect.offset) return false;
  if (group.plan.may_fail_over) changes_.push_back({now, effect.group, effect.partition, next});
  next = effect.offset + 1;
  return true;
}

void Sinks::fail_over(GroupIndex group, Instant to) {
  const Group& failed = groups_[static_cast<std::size_t>(group)];
  for (std::int32_t sink = 0; sink < failed.tables; ++sink) {
    tables_[failed.first_table + static_cast<std::size_t>(sink)].fail_over(to);
  }
  for (std::size_t i = changes_.size(); i > 0 && changes_[i - 1].at > to; --i) {
    const OffsetChange& change = changes_[i - 1];
    if (change.group == group) stored_.of(group, change.partition) = change.before;
  }
  std::erase_if(changes_, [&](const OffsetChange& change) {
    return change.group == group && change.at > to;
  });
}

void Sinks::process_ended(NodeId node) {
  if (!need_records_) return;
  for (SinkTable& table : tables_) table.process_ended(node);
}

void Sinks::hash_into(Fingerprint& print) const {
  if (!decide_) return;
  for (const Offset offset : stored_.all()) print.add(offset);
  if (!need_records_) return;
  sent_.hash_into(print);
  for (const SinkTable& table : tables_) table.hash_into(print);
}

}  // namespace kafault
