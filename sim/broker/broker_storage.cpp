// What of a broker's logs survives its machine, and what is deleted by policy (LogManager,
// ReplicaManager.deleteRecords).
#include "sim/broker/broker.hpp"

namespace kafault {

// ---- the disk ----------------------------------------------------------------------------------

void Broker::flush_logs() {
  for (Partition& partition : partitions_) partition.log().mark_all_on_disk();
}

void Broker::keep_times(const WriteBack& kernel) {
  write_back_ = kernel;
  keep_times();
}

void Broker::keep_times() {
  for (Partition& partition : partitions_) partition.log().keep_times();
}

// ---- what is deleted ---------------------------------------------------------------------------

// ReplicaManager.deleteRecords, UnifiedLog.maybeIncrementLogStartOffset.
bool Broker::delete_records(PartitionId partition, Offset before, Instant now) {
  if (!at(partition).is_leader()) return false;
  PartitionLog& log = at(partition).log();
  if (before == no_offset) before = log.high_watermark();
  if (before > log.high_watermark()) return false;
  log.advance_start(before, now);
  return true;
}

void Broker::enforce_retention() {
  enforces_retention_ = true;
  keep_times();
}

// LogManager.cleanupLogs. Simplified: the leader's only; followers take over its log start. The
// offsets partition is compacted: nothing of it is too old.
void Broker::delete_old_segments(Instant now, Outbox& out) {
  for (PartitionId id = 0; is_known(id); ++id) {
    if (id == layout_->offsets_partition || at(id).rules().cleaner.compacts) continue;
    delete_old_segments_of(id, now, out);
  }
  out.arm(timer(retention_timer), config_->log_retention_check_interval);
}

void Broker::delete_old_segments_of(PartitionId id, Instant now, Outbox& out) {
  if (!at(id).is_leader()) return;
  const Offset old_start = at(id).log().start_offset();
  const Offset start = at(id).end_of_deletable(now);
  if (start <= old_start) return;
  at(id).log().advance_start(start, now);
  out.note({.kind = ObservationKind::LogStartAdvanced,
            .partition = id,
            .epoch = at(id).epoch(),
            .offset = start,
            .value = old_start});
}

}  // namespace kafault
