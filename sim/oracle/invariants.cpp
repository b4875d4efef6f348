#include "sim/oracle/invariants.hpp"

#include <algorithm>

#include "sim/kernel/contract.hpp"
#include "sim/oracle/index.hpp"

namespace kafault {
namespace {

std::string digits(std::int64_t value, std::size_t width) {
  std::string text = std::to_string(value);
  if (text.size() < width) text.insert(0, width - text.size(), '0');
  return text;
}

// "1.230000000 s"
std::string spell(Instant time) {
  constexpr std::int64_t second = 1'000'000'000;
  const std::int64_t ns = time.time_since_epoch().count();
  return std::to_string(ns / second) + "." + digits(ns % second, 9) + " s";
}

std::string broker(NodeId node) { return "broker " + std::to_string(node); }

bool same_batch(const Observation& a, const Observation& b) {
  return a.node == b.node && a.partition == b.partition && a.producer == b.producer &&
         a.first == b.first && a.count == b.count;
}

}  // namespace

// ---- where things lie --------------------------------------------------------------------------

Invariants::Replica& Invariants::replica(PartitionId p, NodeId node) {
  KAFAULT_REQUIRE(node >= 1 && node <= layout_->brokers);
  return replicas_[at(p) * at(layout_->brokers) + at(node - 1)];
}

std::vector<Invariants::Send>& Invariants::sends(ProducerIndex producer, PartitionId p) {
  return sends_[at(producer) * partition_count_ + at(p)];
}

const std::vector<Invariants::Send>& Invariants::sends(ProducerIndex producer,
                                                       PartitionId p) const {
  return sends_[at(producer) * partition_count_ + at(p)];
}

void Invariants::broken(Instant now, PartitionId p, const std::string& what) {
  if (violations_.size() >= most_violations) return;
  violations_.push_back("at " + spell(now) + ", " + layout_->name_of(p) + ": " + what);
}

void Invariants::reset(const ClusterLayout& layout, std::int32_t producers, std::int32_t groups) {
  layout_ = &layout;
  partition_count_ = layout.partitions.size();
  producer_count_ = at(producers);
  // Vectors of vectors are never shrunk, so that a warm reset allocates nothing.
  partitions_.resize(std::max(partitions_.size(), partition_count_));
  for (std::size_t p = 0; p < partition_count_; ++p) {
    Partition& fresh = partitions_[p];
    fresh.isr = {};
    for (const NodeId node : layout.partitions[p].replicas) fresh.isr.insert(node);
    fresh.epoch = 0;
    fresh.largest_end = fresh.final_end = 0;
    fresh.leaders.clear();
  }
  replicas_.assign(partition_count_ * at(layout.brokers), Replica{});
  sends_.resize(std::max(sends_.size(), producer_count_ * partition_count_));
  for (std::vector<Send>& s : sends_) s.clear();
  in_log_.resize(std::max(in_log_.size(), producer_count_));
  for (std::vector<char>& records : in_log_) records.clear();
  committed_.assign(at(groups) * partition_count_, no_offset);
  truncations_.clear();
  last_noted_.assign(at(layout.brokers), Instant{} - Duration{1});
  notes_lost_ = false;
  last_refused_ = {};
  last_refused_at_ = {};
  violations_.clear();
}

void Invariants::see(const Observation& o, Instant now) {
  if (o.kind == ObservationKind::ProcessCrashed) return crashed(o.node, now);
  if (o.node >= 1 && o.node <= layout_->brokers) last_noted_[at(o.node - 1)] = now;
  switch (o.kind) {
    case ObservationKind::RecordSent:
      return sent(o);
    case ObservationKind::RecordAcked:
      return acked(o, now);
    case ObservationKind::BatchAppended:
      return appended(o, now);
    case ObservationKind::BatchReplicated:
      return replicated(o, now);
    case ObservationKind::BatchRefused:
      return refused(o, now);
    case ObservationKind::LogTruncated:
      return truncated(o, now);
    case ObservationKind::LeadershipTaken:
      return leadership_taken(o, now);
    case ObservationKind::HighWatermarkAdvanced:
      return high_watermark_advanced(o, now);
    case ObservationKind::OffsetCommitted:
      return offset_committed(o, now);
    case ObservationKind::LeaderElected:
      return elected(o);
    case ObservationKind::IsrChanged:
      return isr_changed(o);
    case ObservationKind::LogRead:
      return read(o, now);
    default:
      return;
  }
}

// A fault that strikes at a note discards the notes behind it, not what they tell of.
void Invariants::crashed(NodeId node, Instant now) {
  const bool is_broker = node >= 1 && node <= layout_->brokers;
  if (!is_broker || last_noted_[at(node - 1)] != now) return;
  notes_lost_ = true;
  for (PartitionId p = 0; at(p) < partition_count_; ++p) replica(p, node).uncertain = true;
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

void Invariants::sent(const Observation& o) {
  std::vector<Send>& map = sends(o.producer, o.partition);
  const std::size_t needed = std::size_t{o.first} + o.count;
  if (map.size() < needed) map.resize(needed);
  for (std::uint32_t i = 0; i < o.count; ++i) map[o.first + i].record = o.value + i;

  std::vector<char>& records = in_log_[at(o.producer)];
  const std::size_t known = at(o.value) + o.count;
  if (records.size() < known) records.resize(known, 0);
}

bool Invariants::was_appended(const Observation& o) const {
  const std::vector<Send>& map = sends(o.producer, o.partition);
  if (std::size_t{o.first} + o.count > map.size()) return false;
  return std::all_of(map.begin() + o.first, map.begin() + o.first + o.count,
                     [](const Send& send) { return send.appended_at != no_offset; });
}

void Invariants::acked(const Observation& o, Instant now) {
  std::vector<Send>& map = sends(o.producer, o.partition);
  if (map.size() < std::size_t{o.first} + o.count) {
    return broken(now, o.partition, "a send is acked that nobody has sent");
  }
  if (o.offset != no_offset && !was_appended(o) && !notes_lost_) {
    return broken(
        now, o.partition,
        "sends from " + std::to_string(o.first) + " on are acked, and no leader has appended them");
  }
  for (std::uint32_t i = 0; i < o.count; ++i) {
    Send& send = map[o.first + i];
    send.acked = true;
    send.acked_at = o.offset == no_offset ? no_offset : o.offset + i;
  }
}

// ---- logs --------------------------------------------------------------------------------------

void Invariants::extend(const Observation& o, Instant now) {
  Replica& log = replica(o.partition, o.node);
  heard_of(log, o.offset);
  if (o.offset != log.end) {
    broken(now, o.partition,
           broker(o.node) + " writes at offset " + std::to_string(o.offset) +
               ", and its log ends at " + std::to_string(log.end));
  }
  log.end = o.offset + static_cast<Offset>(o.count);
  Partition& where = partition(o.partition);
  where.largest_end = std::max(where.largest_end, log.end);
}

// The first thing it says after a crash tells where its log really ended.
void Invariants::heard_of(Replica& log, Offset end) {
  if (log.uncertain) log.end = end;
  log.uncertain = false;
}

// Two leaders of one epoch would be two truths (KRaft elects one leader per epoch).
bool Invariants::is_first_leader_of(PartitionId p, LeaderEpoch epoch, NodeId node) {
  if (epoch < 0) return true;
  std::vector<NodeId>& leaders = partition(p).leaders;
  if (leaders.size() <= at(epoch)) leaders.resize(at(epoch) + 1, no_node);
  NodeId& leader = leaders[at(epoch)];
  if (leader == no_node) leader = node;
  return leader == node;
}

void Invariants::appended(const Observation& o, Instant now) {
  if (!is_first_leader_of(o.partition, o.epoch, o.node)) {
    broken(now, o.partition,
           broker(o.node) + " appends in epoch " + std::to_string(o.epoch) + ", which " +
               broker(partition(o.partition).leaders[at(o.epoch)]) + " leads");
  }
  if (now == last_refused_at_ && last_refused_.kind == ObservationKind::BatchRefused &&
      same_batch(last_refused_, o)) {
    broken(now, o.partition, broker(o.node) + " appends a batch that it has just refused");
  }
  extend(o, now);
  if (o.producer < 0) return;

  std::vector<Send>& map = sends(o.producer, o.partition);
  if (std::size_t{o.first} + o.count > map.size()) {
    return broken(now, o.partition, "a batch is appended that nobody has sent");
  }
  for (std::uint32_t i = 0; i < o.count; ++i) map[o.first + i].appended_at = o.offset + i;
}

void Invariants::replicated(const Observation& o, Instant now) {
  extend(o, now);
  if (o.producer < 0 || was_appended(o)) return;
  if (!notes_lost_) {
    broken(now, o.partition, broker(o.node) + " copies a batch that no leader has appended");
  }
  std::vector<Send>& map = sends(o.producer, o.partition);
  const std::size_t end = std::min(map.size(), std::size_t{o.first} + o.count);
  for (std::size_t i = o.first; i < end; ++i) {
    map[i].appended_at = o.offset + static_cast<Offset>(i - o.first);
  }
}

void Invariants::refused(const Observation& o, Instant now) {
  // The one refusal that comes after the append (acks=all, the ISR shrank meanwhile).
  if (o.error == Error::not_enough_replicas_after_append) return;
  last_refused_ = o;
  last_refused_at_ = now;
}

void Invariants::truncated(const Observation& o, Instant now) {
  Replica& log = replica(o.partition, o.node);
  heard_of(log, o.value);
  if (o.value != log.end || o.offset > log.end) {
    broken(now, o.partition,
           broker(o.node) + " truncates from " + std::to_string(o.value) + " to " +
               std::to_string(o.offset) + ", and its log ends at " + std::to_string(log.end));
  }
  log.end = o.offset;
  truncations_.push_back({o.partition, o.node, o.offset, o.value, now});
}

// ---- leaders -----------------------------------------------------------------------------------

void Invariants::leadership_taken(const Observation& o, Instant now) {
  if (!is_first_leader_of(o.partition, o.epoch, o.node)) {
    broken(now, o.partition,
           broker(o.node) + " and " + broker(partition(o.partition).leaders[at(o.epoch)]) +
               " both lead in epoch " + std::to_string(o.epoch));
  }
  heard_of(replica(o.partition, o.node), o.offset);
  partition(o.partition).largest_end = std::max(partition(o.partition).largest_end, o.offset);
  const Offset end = replica(o.partition, o.node).end;
  if (o.offset != end) {
    broken(now, o.partition,
           broker(o.node) + " leads from offset " + std::to_string(o.offset) +
               ", and its log ends at " + std::to_string(end));
  }
}

// The leader's own view of the ISR is a superset of the controller's while both speak of the same
// epoch (KIP-497, the "maximal ISR"), so the controller's may be held against the high watermark.
// A leader that was replaced and does not know it yet is nobody's leader: not judged here.
void Invariants::high_watermark_advanced(const Observation& o, Instant now) {
  Replica& leader = replica(o.partition, o.node);
  if (o.epoch == leader.high_watermark_epoch && o.offset < leader.high_watermark) {
    broken(now, o.partition,
           "the high watermark goes back from " + std::to_string(leader.high_watermark) + " to " +
               std::to_string(o.offset) + " in epoch " + std::to_string(o.epoch));
  }
  leader.high_watermark = o.offset;
  leader.high_watermark_epoch = o.epoch;

  const Partition& where = partition(o.partition);
  for (NodeId node = 1; node <= layout_->brokers; ++node) {
    const bool counts = node == o.node || (o.epoch == where.epoch && where.isr.contains(node));
    const Replica& member = replica(o.partition, node);
    if (!counts || member.end >= o.offset || member.uncertain) continue;
    broken(now, o.partition,
           "the high watermark is " + std::to_string(o.offset) + ", and " + broker(node) +
               " of the ISR has only " + std::to_string(member.end));
  }
}

void Invariants::offset_committed(const Observation& o, Instant now) {
  if (o.offset > partition(o.partition).largest_end) {
    broken(now, o.partition,
           "offset " + std::to_string(o.offset) +
               " is committed, and no leader's log ever reached it");
  }
  committed_[at(o.group) * partition_count_ + at(o.partition)] = o.offset;
}

// ---- the judgement -----------------------------------------------------------------------------

void Invariants::read(const Observation& o, Instant now) {
  Partition& where = partition(o.partition);
  if (o.offset < where.final_end) {
    broken(now, o.partition, "the final log goes back to offset " + std::to_string(o.offset));
  }
  where.final_end = o.offset + static_cast<Offset>(o.count);
  if (o.producer < 0) return;
  std::vector<Send>& map = sends(o.producer, o.partition);
  const bool is_sent = std::size_t{o.first} + o.count <= map.size();
  if (!is_sent || (!was_appended(o) && !notes_lost_)) {
    return broken(
        now, o.partition,
        "offset " + std::to_string(o.offset) + " of the final log was appended by no leader");
  }
  for (std::uint32_t i = 0; i < o.count; ++i) {
    Send& send = map[o.first + i];
    send.read = true;
    send.read_where_acked |= send.acked_at == o.offset + i;
    in_log_[at(o.producer)][at(send.record)] = 1;
  }
}

const Invariants::Truncation* Invariants::truncation_of(PartitionId p, Offset offset) const {
  const auto covers = [&](const Truncation& t) {
    return t.partition == p && t.new_end <= offset && offset < t.old_end;
  };
  const auto found = std::find_if(truncations_.begin(), truncations_.end(), covers);
  return found == truncations_.end() ? nullptr : &*found;
}

bool Invariants::record_was_read(ProducerIndex producer, std::int64_t record) const {
  return in_log_[at(producer)][at(record)] != 0;
}

void Invariants::judge_send(ProducerIndex producer, PartitionId p, SendNumber number, Instant end,
                            std::vector<Finding>& findings) {
  const Send& send = sends(producer, p)[number];
  Finding finding{
      FindingKind::acked_and_truncated, producer, send.record, -1, p, send.acked_at, no_node, end};
  if (send.acked_at == no_offset) {
    if (send.read) return;
    finding.offset = send.appended_at;
    if (send.appended_at == no_offset) finding.kind = FindingKind::acked_and_unwritten;
  } else if (send.read_where_acked) {
    return;
  }
  if (finding.kind == FindingKind::acked_and_truncated) {
    const Truncation* const why = truncation_of(p, finding.offset);
    if (why == nullptr && !notes_lost_) {
      return broken(end, p,
                    "record " + std::to_string(send.record) + " was acked at offset " +
                        std::to_string(finding.offset) +
                        ", is not there in the final log, and nobody truncated it");
    }
    if (why != nullptr) {
      finding.node = why->node;
      finding.at = why->at;
    }
  }
  if (!record_was_read(producer, send.record)) findings.push_back(finding);
}

void Invariants::judge(Instant end, std::vector<Finding>& findings) {
  for (std::size_t producer = 0; producer < producer_count_; ++producer) {
    for (std::size_t p = 0; p < partition_count_; ++p) {
      const std::vector<Send>& map = sends_[producer * partition_count_ + p];
      for (SendNumber number = 0; number < map.size(); ++number) {
        if (!map[number].acked || map[number].read_where_acked) continue;  // nearly all
        judge_send(static_cast<ProducerIndex>(producer), static_cast<PartitionId>(p), number, end,
                   findings);
      }
    }
  }
  for (std::size_t i = 0; i < committed_.size(); ++i) {
    const auto group = static_cast<GroupIndex>(i / partition_count_);
    const auto p = static_cast<PartitionId>(i % partition_count_);
    if (committed_[i] <= partition(p).final_end) continue;
    const Truncation* const why = truncation_of(p, committed_[i] - 1);
    Finding finding{FindingKind::committed_past_end, -1, -1, group, p, committed_[i], no_node, end};
    if (why != nullptr) {
      finding.node = why->node;
      finding.at = why->at;
    } else if (!notes_lost_) {
      broken(end, p,
             "group " + std::to_string(group) + " has committed offset " +
                 std::to_string(committed_[i]) + " past the final log's end, " +
                 std::to_string(partition(p).final_end));
      continue;
    }
    findings.push_back(finding);
  }
}

}  // namespace kafault
