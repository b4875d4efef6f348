#include "sim/drive/run.hpp"

#include <algorithm>

#include "sim/kernel/contract.hpp"

namespace kafault {

Run::Run(const ClusterPlan& plan, const LedgerLayout& layout) : layout_(&layout), cluster_(plan) {}

Run::Run(const Run& other) : layout_(other.layout_), cluster_(other.cluster_) { *this = other; }

Run& Run::operator=(const Run& other) {
  if (this == &other) return *this;
  layout_ = other.layout_;
  seeded_fate_ = other.seeded_fate_;
  is_kind_ = other.is_kind_;
  cluster_ = other.cluster_;
  faults_ = other.faults_;
  ledger_ = other.ledger_;
  invariants_ = other.invariants_;
  digest_ = other.digest_;
  watches_operations_ = other.watches_operations_;
  if (watches_operations_) operations_ = other.operations_;
  trace_into(nullptr);
  phase_ = other.phase_;
  settled_ = other.settled_;
  limit_ = other.limit_;
  flows_ = other.flows_;
  cluster_.attach(fate(), *this);
  faults_.rebind(cluster_, fate());
  return *this;
}

Fate& Run::fate() {
  if (is_kind_) return kind_fate_;
  return seeded_fate_;
}

void Run::reset(const std::vector<FaultPlan>& faults, std::uint64_t seed) {
  is_kind_ = false;
  seeded_fate_.reset(seed);
  begin(faults);
}

void Run::reset_kindly(const std::vector<FaultPlan>& faults) {
  is_kind_ = true;
  begin(faults);
}

void Run::begin(const std::vector<FaultPlan>& faults) {
  ledger_.reset(*layout_);
  const VersionProfile& version = cluster_.plan().version;
  const bool logs_may_differ = !version.leader_epoch_truncation || !version.common_epoch_search ||
                               !version.leader_epoch_fencing || !version.epoch_checkpoint_synced;
  invariants_.reset(*layout_->cluster, layout_->terms,
                    static_cast<std::int32_t>(layout_->sinks.size()), layout_->overshoots,
                    logs_may_differ);
  if (watches_operations_) operations_.reset(*layout_);
  digest_ = Digest{};
  flows_.clear();
  phase_ = Phase::play;
  settled_ = false;
  cluster_.attach(fate(), *this);
  static const std::vector<FaultPlan> nothing;
  faults_.reset(nothing, cluster_, fate());  // nothing strikes while the world is set up
  cluster_.reset();
  faults_.reset(faults, cluster_, fate());
  limit_ = cluster_.now() + cluster_.plan().horizon;
}

// Simplified: how long the run may still take is left out, or no two moments would be alike.
void Run::hash_into(Fingerprint& print) const {
  print.add(phase_);
  cluster_.hash_into(print);
  faults_.hash_into(print);
  ledger_.hash_into(print);
}

// What is to be compared of two runs.
[[gnu::always_inline]] inline void Run::take_down(const Observation& observation, Instant now) {
  digest_.add(static_cast<std::uint64_t>(now.time_since_epoch().count()));
  digest_.add(static_cast<std::uint64_t>(observation.kind) |
              static_cast<std::uint64_t>(observation.error) << 8U |
              static_cast<std::uint64_t>(static_cast<std::uint32_t>(observation.node)) << 32U);
  digest_.add(static_cast<std::uint64_t>(static_cast<std::uint32_t>(observation.partition)) |
              static_cast<std::uint64_t>(observation.first) << 32U);
  digest_.add(static_cast<std::uint64_t>(observation.offset) ^
              static_cast<std::uint64_t>(observation.count) << 48U);
}

// One choice for both: what means nothing to either costs nothing.
[[gnu::always_inline]] inline void Run::show_oracles(const Observation& observation, Instant now) {
  switch (observation.kind) {
#define KAFAULT_SHOW(Name)                                \
  case ObservationKind::Name:                             \
    ledger_.see(ObservationKind::Name, observation, now); \
    return invariants_.see(ObservationKind::Name, observation, now);
    KAFAULT_OBSERVATIONS(KAFAULT_SHOW)
#undef KAFAULT_SHOW
  }
}

[[gnu::noinline]] void Run::show_watchers(const Observation& observation, Instant now) {
  if (trace_ != nullptr) trace_->see(observation, now);
  if (watches_operations_) operations_.see(observation, now);
}

// It is taken down, and judged.
[[gnu::always_inline]] inline void Run::hear(const Observation& observation, Instant now) {
  take_down(observation, now);
  show_oracles(observation, now);
  if (is_watched_) [[unlikely]]
    show_watchers(observation, now);
}

void Run::see(const Observation& observation, Instant now) {
  invariants_.heard(observation, now);
  hear(observation, now);
  faults_.see(observation, now);
}

void Run::see(std::span<Observation> observations, std::span<const Noted> noted) {
  Observation* next = observations.data();
  for (const auto [by, end, at] : noted) {
    Observation* const behind = observations.data() + end;
    KAFAULT_REQUIRE(next < behind);
    invariants_.heard_from(by, at);
    for (; next != behind; ++next) {
      next->node = by;
      hear(*next, at);
    }
  }
}

const std::vector<std::string>& Run::violations() const { return invariants_.violations(); }

bool Run::drained() const {
  return cluster_.all_has_come() && cluster_.replicas_settled() && cluster_.produces_executed();
}

bool Run::advance() {
  bool goes_on = true;
  if (phase_ == Phase::play) {
    const bool in_time = cluster_.next_due() <= limit_;
    if (in_time) cluster_.step();
    if (!in_time || cluster_.all_has_come()) end_play(in_time);
  } else {
    goes_on = drain_on();
  }
  cluster_.tell_notes();  // whoever goes on event by event wants to know what this one brought
  return goes_on;
}

void Run::finish() {
  while (phase_ == Phase::play) end_play(cluster_.play(limit_));
  while (drain_on()) {
  }
}

// All has come, or the time is over; unless something is still to strike.
void Run::end_play(bool in_time) {
  if (in_time && faults_.waiting()) return;
  faults_.heal(cluster_.now());
  phase_ = Phase::drain;
  limit_ = cluster_.now() + cluster_.plan().settle_limit;
}

bool Run::drain_on() {
  if (phase_ == Phase::done) return false;
  const bool over_time = cluster_.next_due() > limit_;
  if (!over_time) cluster_.step();
  settled_ = drained();
  if (!over_time && !settled_) return true;
  judge();
  phase_ = Phase::done;
  return false;
}

void Run::judge() {
  cluster_.tell_notes();
  const ClusterLayout& layout = cluster_.plan().layout;
  for (PartitionId p = 0; p < static_cast<PartitionId>(layout.partitions.size()); ++p) {
    if (p != layout.offsets_partition) read_log(p);
  }
  cluster_.sinks().read([&](const Observation& read) { see(read, cluster_.now()); });
  ledger_.judge(cluster_.now(), flows_, settled_);
  if (watches_operations_) judge_operations();
  findings_.clear();
  if (settled_) invariants_.judge(cluster_.now(), ledger_, findings_);
}

void Run::judge_operations() {
  for (std::size_t i = 0; i < flows_.size(); ++i) {
    const Flow& flow = layout_->flows[i];
    Operations& seen = flows_[i].operations;
    seen = operations_.judge(flow, cluster_.now());
    if (flow.group < 0) continue;
    const Sinks& sinks = cluster_.sinks();
    seen.rows_stale = sinks.stale_rows(flow.group, flow.sink, flow.producer);
    seen.rows_gone_back = sinks.rows_gone_back(flow.group, flow.sink);
    const ClusterPlan& plan = cluster_.plan();
    const std::size_t members = plan.groups[static_cast<std::size_t>(flow.group)].members.size();
    for (std::size_t m = 0; m < members; ++m) {
      const NodeId node = plan.node_of_member(flow.group, static_cast<std::int32_t>(m));
      const Duration longest = cluster_.member_at(node).longest_commit();
      seen.commit_latency_max_ms = std::max<std::int64_t>(
          seen.commit_latency_max_ms,
          std::chrono::duration_cast<std::chrono::milliseconds>(longest).count());
    }
  }
}

// What a reader of the final log finds: the leader's log below its high watermark. Where nobody
// leads (the run did not settle), the longest log that is left.
void Run::read_log(PartitionId partition) {
  const NodeId leader = cluster_.leader_of(partition);
  const PartitionLog* log = leader == no_node ? nullptr : cluster_.broker(leader).log(partition);
  Offset end = leader == no_node ? 0 : cluster_.broker(leader).high_watermark(partition);
  if (!settled_) {
    for (const NodeId replica : cluster_.replicas_of(partition)) {
      const Offset other = cluster_.broker(replica).end_offset(partition);
      if (leader == no_node && (log == nullptr || other > end)) {
        log = cluster_.broker(replica).log(partition);
        end = other;
      }
    }
    if (leader != no_node) end = cluster_.broker(leader).end_offset(partition);
  }
  if (log == nullptr) return;
  Observation stretch{.kind = ObservationKind::LogRead, .node = leader, .partition = partition};
  const auto show = [&] {
    if (stretch.count > 0) see(stretch, cluster_.now());
  };
  for (const Batch& batch : log->batches()) {
    if (batch.base_offset >= end || batch.producer < 0) continue;
    // Of the first batch the beginning may be deleted.
    const Offset deleted = std::max<Offset>(log->start_offset() - batch.base_offset, 0);
    const SendNumber first = batch.first + static_cast<SendNumber>(deleted);
    const std::uint32_t count = batch.count - static_cast<std::uint32_t>(deleted);
    const Offset offset = batch.base_offset + deleted;
    // Mostly one batch goes on where the one before it ends.
    const bool goes_on = stretch.producer == batch.producer &&
                         stretch.epoch == batch.leader_epoch &&
                         stretch.first + stretch.count == first &&
                         stretch.offset + static_cast<Offset>(stretch.count) == offset;
    if (goes_on) {
      stretch.count += count;
      continue;
    }
    show();
    stretch.producer = batch.producer;
    stretch.first = first;
    stretch.count = count;
    stretch.epoch = batch.leader_epoch;
    stretch.offset = offset;
  }
  show();
}

}  // namespace kafault
