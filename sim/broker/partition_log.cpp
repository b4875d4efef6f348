#include "sim/broker/partition_log.hpp"

#include <algorithm>

namespace kafault {

void PartitionLog::clear() {
  batches_.clear();
  epochs_.clear();
  written_.clear();
  stamped_.clear();
  cleaner_.clear();
  start_ = end_ = high_watermark_ = on_disk_ = 0;
  latest_epoch_ = no_epoch;
  epochs_rewritten_ = never;
}

void PartitionLog::begin_epoch(LeaderEpoch epoch) {
  if (epoch > latest_epoch()) assign_epoch(epoch, end_);
}

void PartitionLog::remember_times(Instant now, Instant stamp) {
  written_.push_back(now);
  if (keeps_stamps_) stamped_.push_back(stamp);
}

void PartitionLog::truncate_to(Offset offset, Instant now) {
  if (batches_.empty()) end_ = std::min(end_, offset);
  while (!batches_.empty() && batches_.back().end_offset() > offset) {
    end_ = batches_.back().base_offset;
    batches_.pop_back();
  }
  if (keeps_stamps_) cut_cleaned(offset);
  start_ = std::min(start_, end_);
  cut_epochs(end_, now);
  set_high_watermark(high_watermark_);
  if (keeps_times_) written_.resize(batches_.size());
  on_disk_ = std::min(on_disk_, end_);
}

void PartitionLog::advance_start(Offset offset, Instant now) {
  KAFAULT_REQUIRE(offset <= end_);
  if (offset <= start_) return;
  start_ = offset;
  const auto kept = std::find_if(batches_.begin(), batches_.end(),
                                 [&](const Batch& batch) { return batch.end_offset() > offset; });
  const auto gone = kept - batches_.begin();
  batches_.erase_front(static_cast<std::size_t>(gone));
  if (keeps_times_) written_.erase(written_.begin(), written_.begin() + gone);
  if (keeps_stamps_) {
    stamped_.erase(stamped_.begin(), stamped_.begin() + gone);
    cleaner_.advance_start(offset);
  }
  cut_epochs_below(offset, now);
  set_high_watermark(high_watermark_);
}

void PartitionLog::start_anew_at(Offset offset) {
  clear();
  start_ = end_ = high_watermark_ = on_disk_ = offset;
}

Offset PartitionLog::first_written_since(Instant time) const {
  KAFAULT_REQUIRE(keeps_times_);
  const std::span<const Instant> all = stamps();
  const auto at =
      std::find_if(all.begin(), all.end(), [&](Instant stamp) { return stamp >= time; });
  if (at == all.end()) return end_;
  return std::max(batches_[static_cast<std::size_t>(at - all.begin())].base_offset, start_);
}

Offset PartitionLog::end_of_deletable(const RetentionRules& retention, const FlushRules& rules,
                                      Instant now) const {
  return std::min(kafault::end_of_deletable(batches_, stamps(), start_, retention, rules, now),
                  high_watermark_);
}

// In a gap the log ends with the batch before it.
void PartitionLog::cut_cleaned(Offset offset) {
  if (end_ > offset) end_ = batches_.empty() ? offset : batches_.back().end_offset();
  stamped_.resize(batches_.size());
  cleaner_.truncate_to(end_);
}

// What is cleaned is flushed (Cleaner.cleanSegments).
void PartitionLog::clean(const DirtyPart& dirty, const CleanerRules& rules, PartitionId partition,
                         const RecordContents& contents, Instant now,
                         std::vector<CleanedAway>& removed) {
  cleaner_.clean(batches_, written_, stamped_, dirty, rules, partition, contents, now, removed);
  on_disk_ = std::max(on_disk_, dirty.to);
}

EpochEnd PartitionLog::end_of_earlier_epoch(LeaderEpoch epoch) const {
  const auto higher = std::find_if(epochs_.begin(), epochs_.end(),
                                   [&](const EpochStart& known) { return known.epoch > epoch; });
  if (higher == epochs_.end()) return {};                        // newer than all we know
  if (higher == epochs_.begin()) return {epoch, higher->start};  // older than all we know
  return {std::prev(higher)->epoch, higher->start};
}

// Who lags, lags by a few batches.
std::size_t PartitionLog::search(Offset offset) const {
  constexpr std::size_t a_few = 8;
  const std::size_t most = batches_.size() - std::min(a_few, batches_.size());
  for (std::size_t i = batches_.size(); i > most; --i) {
    if (batches_[i - 1].end_offset() <= offset) return i;
  }
  const auto at = std::partition_point(batches_.begin(), batches_.end(), [&](const Batch& batch) {
    return batch.end_offset() <= offset;
  });
  return static_cast<std::size_t>(at - batches_.begin());
}

// An entry that the new one contradicts goes: an epoch in which nothing was written leaves no trace
// (LeaderEpochFileCache.maybeTruncateNonMonotonicEntries).
void PartitionLog::assign_epoch(LeaderEpoch epoch, Offset start) {
  while (!epochs_.empty() && (epochs_.back().epoch >= epoch || epochs_.back().start >= start)) {
    epochs_.pop_back();
  }
  epochs_.push_back({epoch, start});
  latest_epoch_ = epoch;
  epochs_rewritten_ = never;
}

// The epoch that holds the new start begins there (LeaderEpochFileCache.truncateFromStart).
void PartitionLog::cut_epochs_below(Offset start, Instant now) {
  if (!epochs_.empty()) epochs_rewritten_ = now;
  while (epochs_.size() > 1 && epochs_[1].start <= start) epochs_.erase(epochs_.begin());
  if (!epochs_.empty()) epochs_.front().start = std::max(epochs_.front().start, start);
}

void PartitionLog::cut_epochs(Offset end, Instant now) {
  if (!epochs_.empty() && epochs_.back().start >= end) epochs_rewritten_ = now;
  while (!epochs_.empty() && epochs_.back().start >= end) epochs_.pop_back();
  latest_epoch_ = epochs_.empty() ? no_epoch : epochs_.back().epoch;
}

void PartitionLog::lose_unsynced_epochs(Offset recovery_point, const WriteBack& kernel,
                                        Instant now) {
  if (epochs_rewritten_ == never || is_written_back(epochs_rewritten_, kernel, now)) return;
  epochs_.clear();
  latest_epoch_ = no_epoch;
  epochs_rewritten_ = never;
  for (const Batch& batch : batches_) {
    const bool is_read = batch.base_offset >= recovery_point;
    if (is_read && latest_epoch() != batch.leader_epoch) {
      assign_epoch(batch.leader_epoch, batch.base_offset);
    }
  }
}

}  // namespace kafault
