// What a broker makes of records' contents: it compacts the logs that it hosts (LogCleaner), and
// refuses records that lack a key or have a timestamp too far from its clock (LogValidator).
#include "sim/broker/broker.hpp"

namespace kafault {

Error Broker::refuse_contents(const ProduceRequest::Entry& entry, Instant now,
                              const Outbox& out) const {
  const RecordContents& contents = *out.contents();
  return at(entry.partition)
      .refuse_contents(contents.has_keys(entry.batch.producer),
                       contents.timestamp_of(entry.batch, entry.partition), now);
}

// Simplified: with LogAppendTime a follower stamps by its own clock.
Instant Broker::stamp_of(const Batch& batch, PartitionId id, Instant now, const Outbox& out) const {
  if (batch.producer < 0 || at(id).stamps_by_append()) return now;
  return out.contents()->timestamp_of(batch, id);
}

// LogCleanerManager.grabFilthiestCompactedLog, Cleaner.clean. True if there was one.
bool Broker::clean_filthiest(Instant now, Outbox& out) {
  PartitionId filthiest = no_partition;
  DirtyPart worst;
  for (PartitionId id = 0; is_known(id); ++id) {
    const PartitionRules& rules = at(id).rules();
    const bool is_cleaned = at(id).is_hosted() && rules.cleaner.compacts;
    if (!is_cleaned || id == layout_->offsets_partition) continue;
    const auto dirty = at(id).log().dirty_part(rules.cleaner, rules.flush, now);
    if (!dirty || !dirty->is_worth_it(rules.cleaner)) continue;
    if (filthiest != no_partition && !dirty->is_dirtier_than(worst)) continue;
    filthiest = id;
    worst = *dirty;
  }
  if (filthiest == no_partition) return false;
  Partition& partition = at(filthiest);
  cleaned_away_.clear();
  partition.log().clean(worst, partition.rules().cleaner, filthiest, *out.contents(), now,
                        cleaned_away_);
  for (const CleanedAway& gone : cleaned_away_) {
    out.note({.kind = ObservationKind::RecordsCompacted,
              .partition = filthiest,
              .producer = gone.producer,
              .first = gone.first,
              .count = gone.count,
              .epoch = partition.is_leader() ? partition.epoch() : no_epoch,
              .offset = gone.offset,
              .value = gone.is_tombstone ? 1 : 0});
  }
  return true;
}

// CleanerThread.doWork: it rests only when nothing is dirty enough. It also deletes what is too old
// or too much where cleanup.policy is compact,delete.
// Simplified: one thread; the offsets topic is not cleaned.
void Broker::clean_logs(Instant now, Outbox& out) {
  while (clean_filthiest(now, out)) {
  }
  for (PartitionId id = 0; is_known(id); ++id) {
    if (id != layout_->offsets_partition && at(id).rules().cleaner.compacts) {
      delete_old_segments_of(id, now, out);
    }
  }
  out.arm(timer(cleaner_timer), config_->log_cleaner_backoff);
}

}  // namespace kafault
