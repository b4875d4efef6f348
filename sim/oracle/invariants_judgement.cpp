// What is said of the final log.
#include <algorithm>

#include "sim/oracle/broken_law.hpp"
#include "sim/oracle/index.hpp"
#include "sim/oracle/ledger.hpp"

namespace kafault {

void Invariants::read(const Observation& o, Instant now) {
  Partition& where = partition(o.partition);
  if (o.offset < where.final_end) {
    broken(now, o.partition, "the final log goes back to offset ", o.offset);
  }
  where.final_end = o.offset + static_cast<Offset>(o.count);
  if (o.producer < 0) return;
  Sends& s = sends(o.producer, o.partition);
  const bool is_sent = o.first + o.count <= s.end;
  if (!is_sent || (!s.appended.has_all(o.first, o.count) && !notes_lost_)) {
    return broken(now, o.partition, "offset ", o.offset,
                  " of the final log was appended by no leader");
  }
  const bool is_first = !s.read.has_any(o.first, o.count);
  if (!is_first && terms_[at(o.producer)].is_idempotent && o.first >= s.recognised_from) {
    broken(now, o.partition, "sends from ", o.first, " on are in the final log twice, at offset ",
           o.offset, " too, and their producer is idempotent");
  }
  if (is_first || s.acked.maps(o.first, o.count, o.offset)) {
    return s.read.assign(o.first, o.count, o.offset);
  }
  for (std::uint32_t i = 0; i < o.count; ++i) {
    const SendNumber send = o.first + i;
    const bool is_copy = s.read.has_any(send, 1) && s.acked.value_of(send) != o.offset + i;
    if (!is_copy) s.read.assign(send, 1, o.offset + i);
  }
}

const Invariants::Truncation* Invariants::truncation_of(PartitionId p, Offset offset) const {
  const auto covers = [&](const Truncation& t) {
    return t.partition == p && t.new_end <= offset && offset < t.old_end;
  };
  const auto found = std::find_if(truncations_.begin(), truncations_.end(), covers);
  return found == truncations_.end() ? nullptr : &*found;
}

bool Invariants::record_was_read(ProducerIndex producer, std::int64_t record,
                                 const Ledger& ledger) {
  if (in_log_of_ != producer) {
    in_log_of_ = producer;
    in_log_.clear();
    const auto mark = [&](const RangeMap::Stretch& records) {
      const std::size_t end = at(records.value) + records.count;
      if (in_log_.size() < end) in_log_.resize(end, 0);
      std::fill_n(in_log_.begin() + records.value, records.count, 1);
    };
    for (PartitionId p = 0; at(p) < partition_count_; ++p) {
      sends(producer, p).read.for_each([&](const RangeMap::Stretch& read) {
        ledger.for_each_record(producer, p, read.first, read.count, mark);
      });
    }
  }
  return at(record) < in_log_.size() && in_log_[at(record)] != 0;
}

void Invariants::judge_sends(ProducerIndex producer, PartitionId p, Instant end,
                             const Ledger& ledger, std::vector<Finding>& findings) {
  const Sends& s = sends(producer, p);
  s.acked.for_each([&](const RangeMap::Stretch& acked) {
    if (s.read.maps(acked.first, acked.count, acked.value)) return;  // nearly always
    for (std::uint32_t i = 0; i < acked.count; ++i) {
      if (s.read.value_of(acked.first + i) == acked.value + i) continue;
      judge_send(producer, p, acked.first + i, acked.value + i, end, ledger, findings);
    }
  });
  s.acked_unwritten.for_each([&](const RangeMap::Stretch& acked) {
    if (s.read.has_all(acked.first, acked.count)) return;
    for (SendNumber send = acked.first; send != acked.end(); ++send) {
      if (!s.read.has_any(send, 1)) judge_send(producer, p, send, no_offset, end, ledger, findings);
    }
  });
}

// An acked send that is not where it was acked; with acks=0, one that is nowhere.
void Invariants::judge_send(ProducerIndex producer, PartitionId p, SendNumber number,
                            Offset acked_at, Instant end, const Ledger& ledger,
                            std::vector<Finding>& findings) {
  const Sends& s = sends(producer, p);
  if (acked_at != no_offset && was_removed(p, acked_at)) return;  // which is no loss
  if (s.deleted.has_any(number, 1)) return;                       // nor is this
  std::int64_t record = -1;
  ledger.for_each_record(producer, p, number, 1,
                         [&](const RangeMap::Stretch& sent) { record = sent.value; });
  Finding finding{
      FindingKind::acked_and_truncated, producer, record, -1, p, acked_at, no_node, end};
  if (acked_at == no_offset) {
    finding.offset = s.appended.value_of(number);
    const bool is_relay = terms_[static_cast<std::size_t>(producer)].relays_outbox;
    if (finding.offset == no_offset) {
      finding.kind = is_relay ? FindingKind::passed_over : FindingKind::acked_and_unwritten;
    }
    if (finding.offset != no_offset && was_removed(p, finding.offset)) return;
  }
  if (finding.kind == FindingKind::acked_and_truncated) {
    const Truncation* const why = truncation_of(p, finding.offset);
    if (why == nullptr && !notes_lost_ && !logs_may_differ_) {
      return broken(end, p, "record ", record, " was acked at offset ", finding.offset,
                    ", is not there in the final log, and nobody truncated it");
    }
    if (why != nullptr) {
      finding.node = why->node;
      finding.at = why->at;
    }
  }
  if (!record_was_read(producer, record, ledger)) findings.push_back(finding);
}

void Invariants::judge(Instant end, const Ledger& ledger, std::vector<Finding>& findings) {
  in_log_of_ = -1;
  for (std::size_t producer = 0; producer < terms_.size(); ++producer) {
    for (std::size_t p = 0; p < partition_count_; ++p) {
      judge_sends(static_cast<ProducerIndex>(producer), static_cast<PartitionId>(p), end, ledger,
                  findings);
    }
  }
  for (std::size_t i = 0; i < committed_.size(); ++i) {
    const auto group = static_cast<GroupIndex>(i / partition_count_);
    const auto p = static_cast<PartitionId>(i % partition_count_);
    const Offset end_of_log = std::max(partition(p).final_end, partition(p).start);
    if (committed_[i] <= end_of_log + overshoot(group)) continue;
    const Truncation* const why = truncation_of(p, committed_[i] - 1);
    Finding finding{FindingKind::committed_past_end, -1, -1, group, p, committed_[i], no_node, end};
    if (why != nullptr) {
      finding.node = why->node;
      finding.at = why->at;
    } else if (!notes_lost_ && !logs_may_differ_ && partition(p).first_epoch == 0) {
      broken(end, p, "group ", group, " has committed offset ", committed_[i],
             " past the final log's end, ", partition(p).final_end);
      continue;
    }
    findings.push_back(finding);
  }
}

}  // namespace kafault
