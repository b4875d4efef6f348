#include "sim/oracle/invariants.hpp"

#include <algorithm>

#include "sim/oracle/broken_law.hpp"
#include "sim/oracle/index.hpp"

namespace kafault {
namespace {

bool same_batch(const Observation& a, const Observation& b) {
  return a.node == b.node && a.partition == b.partition && a.producer == b.producer &&
         a.first == b.first && a.count == b.count;
}

}  // namespace

void Invariants::reset(const ClusterLayout& layout, std::span<const ProducerTerms> producers,
                       std::int32_t groups, std::span<const std::uint8_t> overshoots,
                       bool logs_may_differ) {
  layout_ = &layout;
  overshoots_ = overshoots;
  logs_may_differ_ = logs_may_differ;
  terms_ = producers;
  partition_count_ = layout.partitions.size();
  // Vectors of vectors are never shrunk, so that a warm reset allocates nothing.
  partitions_.resize(std::max(partitions_.size(), partition_count_));
  for (std::size_t p = 0; p < partition_count_; ++p) {
    Partition& fresh = partitions_[p];
    fresh.isr = {};
    for (const NodeId node : layout.partitions[p].replicas) fresh.isr.insert(node);
    fresh.epoch = 0;
    fresh.start = fresh.largest_end = fresh.largest_mark = fresh.final_end = 0;
    fresh.first_epoch = 0;
    fresh.compacted.clear();
    fresh.leaders.clear();
  }
  replicas_.assign(partition_count_ * at(layout.brokers), Replica{});
  sends_.resize(std::max(sends_.size(), terms_.size() * partition_count_));
  for (Sends& s : sends_) {
    for (RangeMap* map :
         {&s.appended, &s.acked, &s.acked_unwritten, &s.deleted, &s.read, &s.in_epoch}) {
      map->clear();
    }
    s.epoch = no_epoch;
    s.recognised_from = 0;
    s.end = 0;
  }
  committed_.assign(at(groups) * partition_count_, no_offset);
  truncations_.clear();
  last_noted_.assign(at(layout.brokers) + 1, Instant{} - Duration{1});
  paused_while_noting_ = {};
  notes_lost_ = false;
  last_refused_ = {};
  last_refused_at_ = {};
  violations_.clear();
}

// A fault that strikes at a note discards the notes behind it, or holds them back until the process
// goes on, but not what they tell of: a broker that dies then has done more than it told.
void Invariants::process_changed(const Observation& o, Instant now) {
  if (o.node < controller_node || o.node > layout_->brokers) return;
  const bool was_noting = last_noted_[at(o.node)] == now;
  if (o.kind == ObservationKind::ProcessPaused) {
    if (was_noting) paused_while_noting_.insert(o.node);
    return;
  }
  const bool tells_no_more = was_noting || paused_while_noting_.contains(o.node);
  paused_while_noting_.erase(o.node);
  if (o.kind != ObservationKind::ProcessCrashed || !tells_no_more) return;
  if (o.node == controller_node) {  // who is in which ISR is not known until it changes again
    for (Partition& where : partitions_) where.isr = {};
    return;
  }
  notes_lost_ = true;
  for (PartitionId p = 0; at(p) < partition_count_; ++p) replica(p, o.node).uncertain = true;
}

void Invariants::elected(const Observation& o) {
  partition(o.partition).epoch = std::max(partition(o.partition).epoch, o.epoch);
}

void Invariants::isr_changed(const Observation& o) {
  Partition& where = partition(o.partition);
  where.isr = {};
  for (NodeId node = 1; node <= layout_->brokers; ++node) {
    if (((static_cast<std::uint64_t>(o.value) >> node) & 1U) != 0) where.isr.insert(node);
  }
  where.epoch = std::max(where.epoch, o.epoch);
}

// ---- sends -------------------------------------------------------------------------------------

// A producer that goes on with another epoch (KIP-360) gives new sequences to what it had sent: a
// leader that has it already does not know it again. A new id is another life of the process, which
// sends nothing of the one before.
void Invariants::producer_id_assigned(const Observation& o) {
  if (o.epoch == 0) return;
  for (PartitionId p = 0; at(p) < partition_count_; ++p) {
    Sends& s = sends(o.producer, p);
    s.recognised_from = s.end;
  }
}

void Invariants::acked(const Observation& o, Instant now) {
  Sends& s = sends(o.producer, o.partition);
  if (s.end < o.first + o.count) {
    return broken(now, o.partition, "a send is acked that nobody has sent");
  }
  if (o.offset == no_offset) return s.acked_unwritten.assign(o.first, o.count, o.first);
  if (!s.appended.has_all(o.first, o.count) && !notes_lost_) {
    return broken(now, o.partition, "sends from ", o.first,
                  " on are acked, and no leader has appended them");
  }
  // A leader says so only once its high watermark is there, and whoever leads later has its
  // records.
  const Offset mark = partition(o.partition).largest_mark;
  if (terms_[at(o.producer)].acks_all && o.offset + o.count > mark && !notes_lost_) {
    broken(now, o.partition, "acks=all: offsets from ", o.offset, " to ", o.offset + o.count - 1,
           " are acked, and no leader's high watermark ever passed ", mark);
  }
  s.acked.assign(o.first, o.count, o.offset);
}

// ---- logs --------------------------------------------------------------------------------------

inline void Invariants::extend(const Observation& o, Instant now) {
  Replica& log = replica(o.partition, o.node);
  heard_of(log, o.offset);
  if (o.offset != log.end) written_elsewhere(o, log.end, now);
  log.end = o.offset + static_cast<Offset>(o.count);
  Partition& where = partition(o.partition);
  where.largest_end = std::max(where.largest_end, log.end);
}

// Behind a gap that a cleaner has left is a place to write, too.
[[gnu::cold, gnu::noinline]] void Invariants::written_elsewhere(const Observation& o, Offset end,
                                                                Instant now) {
  if (!partition(o.partition).compacted.empty() && o.offset > end) return;
  broken(now, o.partition, law::Broker{o.node}, " writes at offset ", o.offset,
         ", and its log ends at ", end);
}

// The first thing it says after a crash tells where its log really ended.
inline void Invariants::heard_of(Replica& log, Offset end) {
  if (log.uncertain) log.end = end;
  log.uncertain = false;
  log.end_told = 0;
}

// Two leaders of one epoch would be two truths (KRaft elects one leader per epoch).
inline bool Invariants::is_first_leader_of(PartitionId p, LeaderEpoch epoch, NodeId node) {
  const std::vector<NodeId>& leaders = partition(p).leaders;
  const auto nth = static_cast<std::uint64_t>(std::int64_t{epoch} - partition(p).first_epoch);
  const bool is_known = nth < leaders.size() && leaders[nth] == node;
  return is_known || becomes_leader_of(p, epoch, node);
}

[[gnu::noinline]] bool Invariants::becomes_leader_of(PartitionId p, LeaderEpoch epoch,
                                                     NodeId node) {
  const std::int64_t nth = std::int64_t{epoch} - partition(p).first_epoch;
  if (nth < 0) return true;
  std::vector<NodeId>& leaders = partition(p).leaders;
  if (leaders.size() <= at(nth)) leaders.resize(at(nth) + 1, no_node);
  NodeId& leader = leaders[at(nth)];
  if (leader == no_node) leader = node;
  return leader == node;
}

void Invariants::appended(const Observation& o, Instant now) {
  const Partition& where = partition(o.partition);
  if (!is_first_leader_of(o.partition, o.epoch, o.node)) {
    broken(now, o.partition, law::Broker{o.node}, " appends in epoch ", o.epoch, ", which ",
           law::Broker{first_leader_of(o.partition, o.epoch)}, " leads");
  }
  if (now == last_refused_at_ && last_refused_.kind == ObservationKind::BatchRefused &&
      same_batch(last_refused_, o)) {
    broken(now, o.partition, law::Broker{o.node}, " appends a batch that it has just refused");
  }
  extend(o, now);
  if (o.producer < 0) return;

  Sends& s = sends(o.producer, o.partition);
  if (s.end < o.first + o.count) {
    return broken(now, o.partition, "a batch is appended that nobody has sent");
  }
  if (terms_[at(o.producer)].is_idempotent) append_once(o, now);
  s.appended.assign(o.first, o.count, o.offset);
  if (o.epoch < where.first_epoch) s.deleted.assign(o.first, o.count, o.offset);
}

// With idempotence a leader recognises what it has appended, whatever is retried.
inline void Invariants::append_once(const Observation& o, Instant now) {
  Sends& s = sends(o.producer, o.partition);
  if (o.epoch < s.epoch) return;  // by a leader that was replaced
  if (o.epoch > s.epoch) s.in_epoch.clear();
  s.epoch = o.epoch;
  if (o.first >= s.recognised_from && s.in_epoch.has_any(o.first, o.count)) {
    broken(now, o.partition, law::Broker{o.node}, " appends sends from ", o.first,
           " on twice in epoch ", o.epoch, ", and its producer is idempotent");
  }
  s.in_epoch.assign(o.first, o.count, o.offset);
}

void Invariants::replicated(const Observation& o, Instant now) {
  extend(o, now);
  if (o.producer < 0) return;
  const bool is_known = sends(o.producer, o.partition).appended.last_has_all(o.first, o.count);
  if (!is_known) copied_from_nobody(o, now);  // or from longer ago
}

[[gnu::noinline]] void Invariants::copied_from_nobody(const Observation& o, Instant now) {
  Sends& s = sends(o.producer, o.partition);
  if (s.appended.has_all(o.first, o.count)) return;
  if (!notes_lost_) {
    broken(now, o.partition, law::Broker{o.node}, " copies a batch that no leader has appended");
  }
  s.appended.assign(o.first, o.count, o.offset);
}

void Invariants::refused(const Observation& o, Instant now) {
  // The one refusal that comes after the append (acks=all, the ISR shrank meanwhile).
  if (o.error == Error::not_enough_replicas_after_append) return;
  // A late request of an older epoch; the batch may be taken in the same moment, stamped anew.
  if (o.error == Error::invalid_producer_epoch) return;
  last_refused_ = o;
  last_refused_at_ = now;
}

void Invariants::truncated(const Observation& o, Instant now) {
  Replica& log = replica(o.partition, o.node);
  heard_of(log, o.value);
  if (o.value != log.end || o.offset > log.end) {
    broken(now, o.partition, law::Broker{o.node}, " truncates from ", o.value, " to ", o.offset,
           ", and its log ends at ", log.end);
  }
  log.end = o.offset;
  log.end_told = o.kind == ObservationKind::LogTailLost ? o.value : 0;
  if (o.kind == ObservationKind::ReplicaDeleted && o.epoch != no_epoch) return;  // with its topic
  truncations_.push_back({o.partition, o.node, o.offset, o.value, now});
}

void Invariants::start_advanced(const Observation& o) {
  if (o.epoch < partition(o.partition).first_epoch) return;
  partition(o.partition).start = std::max(partition(o.partition).start, o.offset);
}

// Only where its leader's log starts beyond its end.
void Invariants::started_anew(const Observation& o, Instant now) {
  Replica& log = replica(o.partition, o.node);
  heard_of(log, o.value);
  if (o.value != log.end || o.offset > partition(o.partition).start) {
    broken(now, o.partition, law::Broker{o.node}, " starts anew at ", o.offset,
           ", and its log ends at ", log.end);
  }
  log.end = o.offset;
}

// Nobody cleans away what is not committed, or what was never there.
void Invariants::compacted(const Observation& o, Instant now) {
  Partition& where = partition(o.partition);
  where.compacted.assign(static_cast<RangeMap::Number>(o.offset), o.count, o.offset);
  if (o.producer < 0) return;
  Sends& s = sends(o.producer, o.partition);
  const bool is_committed = o.offset + o.count <= where.largest_mark;
  if ((!is_committed || !s.appended.has_all(o.first, o.count)) && !notes_lost_) {
    broken(now, o.partition, law::Broker{o.node}, " cleans away offsets from ", o.offset,
           " on, and nobody has committed them");
  }
}

bool Invariants::was_removed(PartitionId p, Offset offset) const {
  const Partition& where = partitions_[at(p)];
  return offset < where.start || where.compacted.has_any(static_cast<RangeMap::Number>(offset), 1);
}

// ---- leaders -----------------------------------------------------------------------------------

void Invariants::leadership_taken(const Observation& o, Instant now) {
  if (!is_first_leader_of(o.partition, o.epoch, o.node)) {
    broken(now, o.partition, law::Broker{o.node}, " and ",
           law::Broker{first_leader_of(o.partition, o.epoch)}, " both lead in epoch ", o.epoch);
  }
  heard_of(replica(o.partition, o.node), o.offset);
  for (std::size_t producer = 0; producer < terms_.size(); ++producer) {
    Sends& s = sends(static_cast<ProducerIndex>(producer), o.partition);
    if (s.epoch == o.epoch) s.in_epoch.clear();  // it was away, and its log may be shorter
  }
  partition(o.partition).largest_end = std::max(partition(o.partition).largest_end, o.offset);
  const Offset end = replica(o.partition, o.node).end;
  if (o.offset != end) {
    broken(now, o.partition, law::Broker{o.node}, " leads from offset ", o.offset,
           ", and its log ends at ", end);
  }
}

// The leader's own view of the ISR is a superset of the controller's while both speak of the same
// epoch (KIP-497, the "maximal ISR"), so the controller's may be held against the high watermark.
// A leader that was replaced and does not know it yet is nobody's leader: not judged here.
void Invariants::high_watermark_advanced(const Observation& o, Instant now) {
  Replica& leader = replica(o.partition, o.node);
  if (o.epoch == leader.high_watermark_epoch && o.offset < leader.high_watermark) {
    broken(now, o.partition, "the high watermark goes back from ", leader.high_watermark, " to ",
           o.offset, " in epoch ", o.epoch);
  }
  leader.high_watermark = o.offset;
  leader.high_watermark_epoch = o.epoch;

  Partition& where = partition(o.partition);
  where.largest_mark = std::max(where.largest_mark, o.offset);
  const std::span<const Replica> members(&replica(o.partition, 1), at(layout_->brokers));
  const bool all_have_it =
      std::ranges::all_of(members, [&](const Replica& m) { return m.end >= o.offset; });
  if (!all_have_it && !logs_may_differ_) held_back(o, now);
}

// By members of the ISR that have less; others may.
[[gnu::noinline]] void Invariants::held_back(const Observation& o, Instant now) {
  const Partition& where = partition(o.partition);
  for (NodeId node = 1; node <= layout_->brokers; ++node) {
    const Replica& member = replica(o.partition, node);
    if (std::max(member.end, member.end_told) >= o.offset || member.uncertain) continue;
    const bool counts = node == o.node || (o.epoch == where.epoch && where.isr.contains(node));
    if (!counts) continue;
    broken(now, o.partition, "the high watermark is ", o.offset, ", and ", law::Broker{node},
           " of the ISR has only ", member.end);
  }
}

// How far past the end of the log a group's application may commit by its own mistake.
Offset Invariants::overshoot(GroupIndex group) const {
  return !overshoots_.empty() && overshoots_[at(group)] != 0 ? 1 : 0;
}

void Invariants::offset_committed(const Observation& o, Instant now) {
  if (o.offset > partition(o.partition).largest_end + overshoot(o.group)) {
    broken(now, o.partition, "offset ", o.offset,
           " is committed, and no leader's log ever reached it");
  }
  committed_[at(o.group) * partition_count_ + at(o.partition)] = o.offset;
}

}  // namespace kafault
