// One replica's log: batches in offset order, the leader epochs they were written in, and the high
// watermark. It is what the page cache holds, so it survives the death of the process; it knows
// nothing of roles, replicas or requests (UnifiedLog, LeaderEpochFileCache).
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "sim/broker/log_cleaner.hpp"
#include "sim/broker/log_files.hpp"
#include "sim/kernel/contract.hpp"
#include "sim/kernel/fingerprint.hpp"
#include "sim/protocol/batch.hpp"
#include "sim/protocol/flat_vector.hpp"
#include "sim/protocol/ids.hpp"

namespace kafault {

// The answer to "where does this leader epoch end?": the largest epoch of the log that is not above
// the one asked for, and its end (exclusive). Both undefined if the log has seen no such epoch.
struct EpochEnd {
  LeaderEpoch epoch = no_epoch;
  Offset end_offset = no_offset;
  friend bool operator==(const EpochEnd&, const EpochEnd&) = default;
};

class PartitionLog {
 public:
  struct EpochStart {
    LeaderEpoch epoch = no_epoch;
    Offset start = 0;
    friend bool operator==(const EpochStart&, const EpochStart&) = default;
  };

  // Empty again; keeps the memory.
  void clear();
  // It is to know when each batch was written. Asked for where power may be lost: else nobody asks.
  void keep_times() { keeps_times_ = true; }
  // It is to know also which timestamps its records have. Else they have the time of their writing.
  void keep_stamps() { keeps_times_ = keeps_stamps_ = true; }

  Offset start_offset() const { return start_; }  // what lies below was deleted by policy
  Offset end_offset() const { return end_; }      // the log end offset (LEO), exclusive
  std::span<const Batch> batches() const { return batches_; }
  std::span<const EpochStart> epochs() const { return epochs_; }
  LeaderEpoch latest_epoch() const { return latest_epoch_; }

  Offset high_watermark() const { return high_watermark_; }
  // Clipped to the end of the log. On a follower it may go back (UnifiedLog.updateHighWatermark).
  void set_high_watermark(Offset offset) { high_watermark_ = std::clamp(offset, start_, end_); }
  // To an offset of the log; a leader's only moves on. True if it moved.
  bool raise_high_watermark(Offset offset) {
    if (offset <= high_watermark_) return false;
    high_watermark_ = offset;
    return true;
  }

  // A new leader records where its epoch begins before it has written anything (KAFKA-7415).
  void begin_epoch(LeaderEpoch epoch);
  // Stamps offset and epoch. The reference is good until the next change.
  const Batch& append_as_leader(const Batch& batch, LeaderEpoch epoch, Instant now = {},
                                Instant stamp = {}) {
    Batch& appended = batches_.push_back(batch);
    appended.leader_epoch = epoch;
    appended.base_offset = end_;
    note_appended(appended, now, stamp);
    return appended;
  }
  // As the leader stamped it; it lies behind the end of the log, with a gap only where the leader
  // has cleaned its own.
  void append_as_follower(const Batch& batch, Instant now = {}, Instant stamp = {}) {
    KAFAULT_REQUIRE(batch.base_offset == end_ || (keeps_stamps_ && batch.base_offset > end_));
    batches_.push_back(batch);
    note_appended(batch, now, stamp);
  }
  // Removes every batch that reaches beyond `offset`. The epoch cache is cut even where no batch
  // is: this broker may have begun an epoch in which it never wrote (UnifiedLog.truncateTo).
  void truncate_to(Offset offset, Instant now = {});
  // Whole batches below `offset` go; one that reaches beyond it stays, and is not to be read below
  // it (UnifiedLog.maybeIncrementLogStartOffset).
  void advance_start(Offset offset, Instant now = {});
  // Drops everything and goes on at `offset` (UnifiedLog.truncateFullyAndStartAt).
  void start_anew_at(Offset offset);
  // Where the segments end that may go, by their age and by the size of all (0: no limit), as they
  // are at `now`; needs keep_times() (UnifiedLog.deletableSegments).
  Offset end_of_deletable(const RetentionRules& retention, const FlushRules& rules,
                          Instant now) const;
  // Compaction; needs keep_stamps().
  std::optional<DirtyPart> dirty_part(const CleanerRules& rules, const FlushRules& flush,
                                      Instant now) {
    return cleaner_.dirty_part(view(), rules, flush, now);
  }
  void clean(const DirtyPart& dirty, const CleanerRules& rules, PartitionId partition,
             const RecordContents& contents, Instant now, std::vector<CleanedAway>& removed);
  // Of a log that is cleaned, too.
  Offset end_of_deletable_and_cleaned(const RetentionRules& retention, const FlushRules& rules,
                                      Instant now) {
    return cleaner_.end_of_deletable(view(), retention, rules, now);
  }

  // The first batch with a timestamp of `time` or later, the end if there is none; needs
  // keep_times() (UnifiedLog.fetchOffsetByTimestamp).
  Offset first_written_since(Instant time) const;

  // How much of it survives the loss of power now; needs keep_times().
  OnDisk what_is_on_disk(const FlushRules& rules, const WriteBack& kernel, Instant now) const {
    return kafault::what_is_on_disk(batches_, written_, on_disk_, rules, kernel, now);
  }
  void mark_all_on_disk() { on_disk_ = end_; }
  // KAFKA-16541: power is lost, and the checkpoint of the epochs was rewritten without fsync a
  // moment ago. It is empty then, and only what recovery reads, from the recovery point on, comes
  // back. Simplified: the file is never in shreds, which would stop the broker.
  void lose_unsynced_epochs(Offset recovery_point, const WriteBack& kernel, Instant now);
  // It has records, and does not know who wrote them.
  bool has_lost_epochs() const { return epochs_.empty() && end_ > start_; }

  EpochEnd end_of_epoch(LeaderEpoch epoch) const {
    if (epoch == no_epoch) return {};
    return epoch == latest_epoch() ? EpochEnd{epoch, end_} : end_of_earlier_epoch(epoch);
  }

  // Before KIP-279: the end of the epoch asked for, whether the log has it or not, is where the
  // next higher one begins (LeaderEpochFileCache.endOffsetFor of 0.11).
  EpochEnd end_or_next_epoch(LeaderEpoch epoch) const {
    const EpochEnd found = end_of_epoch(epoch);
    return found.epoch == no_epoch ? found : EpochEnd{epoch, found.end_offset};
  }

  // All from the one that holds `offset` on; it lies before the end.
  std::span<const Batch> batches_from(Offset offset) const {
    // Readers are nearly always at the tail.
    const Batch* const last = batches_.end() - 1;
    if (offset >= last->base_offset) return {last, 1};
    return batches().subspan(search(offset));
  }
  // The position in batches() of the batch that holds `offset`; the number of batches at the end.
  std::size_t position_of(Offset offset) const {
    return offset >= end_ ? batches_.size() : batches_.size() - batches_from(offset).size();
  }

  void hash_into(Fingerprint& print, const GroupJournal& journal) const;

 private:
  EpochEnd end_of_earlier_epoch(LeaderEpoch epoch) const;
  std::size_t search(Offset offset) const;
  void note_appended(const Batch& batch, Instant now, Instant stamp) {
    KAFAULT_REQUIRE(batch.count > 0);
    end_ = batch.end_offset();
    if (latest_epoch_ != batch.leader_epoch) assign_epoch(batch.leader_epoch, batch.base_offset);
    if (keeps_times_) remember_times(now, stamp);
  }
  [[gnu::cold, gnu::noinline]] void assign_epoch(LeaderEpoch epoch, Offset start);
  void cut_epochs(Offset end, Instant now);
  void cut_epochs_below(Offset start, Instant now);
  [[gnu::cold, gnu::noinline]] void remember_times(Instant now, Instant stamp);
  void cut_cleaned(Offset offset);
  std::span<const Instant> stamps() const { return keeps_stamps_ ? stamped_ : written_; }
  LogView view() const { return {batches_, stamps(), start_, high_watermark_}; }

  Offset start_ = 0;
  Offset end_ = 0;
  Offset high_watermark_ = 0;
  LeaderEpoch latest_epoch_ = no_epoch;  // of epochs_
  bool keeps_times_ = false;
  bool keeps_stamps_ = false;
  FlatVector<Batch> batches_;
  std::vector<EpochStart> epochs_;    // ascending in both fields
  Instant epochs_rewritten_ = never;  // without fsync (KAFKA-15046), and not synced since
  std::vector<Instant> written_;      // by batch, if times are kept
  std::vector<Instant> stamped_;      // likewise, if timestamps are
  Offset on_disk_ = 0;                // what lies below is on disk for certain
  LogCleaner cleaner_;                // needs the timestamps
};

}  // namespace kafault
