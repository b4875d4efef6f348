#include "sim/broker/log_cleaner.hpp"

#include <algorithm>

#include "sim/kernel/contract.hpp"

namespace kafault {
namespace {

constexpr std::int64_t million = 1'000'000;

std::size_t first_batch_from(std::span<const Batch> batches, Offset offset) {
  const auto found = std::partition_point(batches.begin(), batches.end(),
                                          [&](const Batch& b) { return b.end_offset() <= offset; });
  return static_cast<std::size_t>(found - batches.begin());
}

std::int64_t bytes_between(std::span<const Batch> batches, Offset from, Offset to) {
  std::int64_t bytes = 0;
  for (std::size_t i = first_batch_from(batches, from);
       i < batches.size() && batches[i].base_offset < to; ++i) {
    bytes += batches[i].bytes;
  }
  return bytes;
}

Instant newest_between(const LogView& log, Offset from, Offset to) {
  Instant newest{-forever};
  for (std::size_t i = first_batch_from(log.batches, from);
       i < log.batches.size() && log.batches[i].base_offset < to; ++i) {
    newest = std::max(newest, log.stamps[i]);
  }
  return newest;
}

std::int32_t sequence_in(const Batch& batch, std::uint32_t record) {
  if (batch.base_sequence == no_sequence) return no_sequence;
  return static_cast<std::int32_t>((static_cast<std::uint32_t>(batch.base_sequence) + record) &
                                   0x7fffffffU);
}

// `count` records of a batch, the first of them its `from`th.
Batch piece_of(const Batch& batch, std::uint32_t from, std::uint32_t count) {
  Batch piece = batch;
  piece.first += from;
  piece.count = count;
  piece.base_offset += from;
  piece.bytes =
      std::max(1U, static_cast<std::uint32_t>(std::uint64_t{batch.bytes} * count / batch.count));
  piece.base_sequence = sequence_in(batch, from);
  return piece;
}

}  // namespace

bool DirtyPart::is_worth_it(const CleanerRules& rules) const {
  if (dirty_bytes == 0) return false;
  return is_overdue ||
         dirty_bytes * million > rules.min_dirty_millionths * (clean_bytes + dirty_bytes);
}

bool DirtyPart::is_dirtier_than(const DirtyPart& other) const {
  return dirty_bytes * (other.clean_bytes + other.dirty_bytes) >
         other.dirty_bytes * (clean_bytes + dirty_bytes);
}

void LogCleaner::clear() {
  segments_.clear();
  tombstones_.clear();
  cleaned_to_ = 0;
}

void LogCleaner::truncate_to(Offset end) {
  while (!segments_.empty() && segments_.back() >= end) segments_.pop_back();
  while (!tombstones_.empty() && tombstones_.back().offset >= end) tombstones_.pop_back();
  cleaned_to_ = std::min(cleaned_to_, end);
}

void LogCleaner::advance_start(Offset start) {
  while (segments_.size() > 1 && segments_[1] <= start) segments_.erase(segments_.begin());
  std::erase_if(tombstones_, [&](const Tombstone& one) { return one.offset < start; });
}

// Those known stay: what lies before the active one may have been cleaned, and says no longer where
// it was rolled.
void LogCleaner::find_segments(const LogView& log, const FlushRules& flush) {
  if (log.batches.empty()) return;
  if (segments_.empty()) segments_.push_back(log.batches.front().base_offset);
  SegmentRoll roll(flush);
  for (std::size_t i = first_batch_from(log.batches, segments_.back()); i < log.batches.size();
       ++i) {
    if (roll.begins_with(log.batches[i], log.stamps[i])) {
      segments_.push_back(log.batches[i].base_offset);
    }
  }
}

std::optional<DirtyPart> LogCleaner::dirty_part(const LogView& log, const CleanerRules& rules,
                                                const FlushRules& flush, Instant now) {
  KAFAULT_REQUIRE(log.batches.size() == log.stamps.size());
  find_segments(log, flush);
  if (segments_.size() < 2) return std::nullopt;
  DirtyPart dirty;
  dirty.from = dirty.to = std::max(cleaned_to_, segments_.front());
  for (std::size_t s = 0; s + 1 < segments_.size(); ++s) {
    const Offset end = segments_[s + 1];
    if (end <= dirty.from) continue;
    if (end > log.high_watermark) break;
    const Instant newest = newest_between(log, segments_[s], end);
    if (rules.min_lag > Duration{} && newest > now - rules.min_lag) break;
    const Instant first = log.stamps[first_batch_from(log.batches, segments_[s])];
    if (rules.max_lag < forever && first < now - rules.max_lag) dirty.is_overdue = true;
    dirty.to = end;
  }
  dirty.clean_bytes = bytes_between(log.batches, log.start, dirty.from);
  dirty.dirty_bytes = bytes_between(log.batches, dirty.from, dirty.to);
  if (dirty.dirty_bytes == 0) return std::nullopt;
  return dirty;
}

// Cleaner.buildOffsetMap.
void LogCleaner::find_last_of_keys(std::span<const Batch> batches, const DirtyPart& dirty,
                                   PartitionId partition, const RecordContents& contents) {
  last_of_keys_.clear();
  for (std::size_t b = first_batch_from(batches, dirty.from);
       b < batches.size() && batches[b].base_offset < dirty.to; ++b) {
    for (std::uint32_t i = 0; i < batches[b].count; ++i) {
      const std::int64_t key =
          contents.of(batches[b].producer, partition, batches[b].first + i).key;
      if (key != no_key) last_of_keys_.push_back({key, batches[b].base_offset + i});
    }
  }
  std::sort(last_of_keys_.begin(), last_of_keys_.end());
}

// no_offset: the key does not come in what is dirty.
Offset LogCleaner::last_of(std::int64_t key) const {
  const auto behind =
      std::upper_bound(last_of_keys_.begin(), last_of_keys_.end(), LastOfKey{key, INT64_MAX});
  if (behind == last_of_keys_.begin() || std::prev(behind)->key != key) return no_offset;
  return std::prev(behind)->offset;
}

// Cleaner.shouldRetainRecord.
LogCleaner::Fate LogCleaner::judge(Offset offset, const RecordContents::Content& content,
                                   const CleanerRules& rules, Instant now) {
  if (content.key == no_key) return Fate::superseded;  // of before the topic was compacted
  if (offset < last_of(content.key)) return Fate::superseded;
  if (!content.is_tombstone) return Fate::kept;
  const auto known =
      std::lower_bound(tombstones_.begin(), tombstones_.end(), offset,
                       [](const Tombstone& one, Offset wanted) { return one.offset < wanted; });
  const bool was_met = known != tombstones_.end() && known->offset == offset;
  if (was_met && known->horizon <= now) return Fate::forgotten;
  met_.push_back({offset, was_met ? known->horizon : now + rules.delete_retention});
  return Fate::kept;
}

void LogCleaner::clean(FlatVector<Batch>& batches, std::vector<Instant>& written,
                       std::vector<Instant>& stamps, const DirtyPart& dirty,
                       const CleanerRules& rules, PartitionId partition,
                       const RecordContents& contents, Instant now,
                       std::vector<CleanedAway>& removed) {
  find_last_of_keys(batches, dirty, partition, contents);
  met_.clear();
  kept_.clear();
  kept_written_.clear();
  kept_stamps_.clear();
  std::size_t b = 0;
  for (; b < batches.size() && batches[b].base_offset < dirty.to; ++b) {
    const Batch& batch = batches[b];
    const auto fate_of = [&](std::uint32_t i) {
      return judge(batch.base_offset + i, contents.of(batch.producer, partition, batch.first + i),
                   rules, now);
    };
    const std::size_t kept_before = kept_.size();
    Fate fate = fate_of(0);
    for (std::uint32_t i = 0; i < batch.count;) {
      const std::uint32_t from = i++;
      const Fate of_all = fate;
      while (i < batch.count && (fate = fate_of(i)) == of_all) ++i;
      if (of_all == Fate::kept) {
        kept_.push_back(i - from == batch.count ? batch : piece_of(batch, from, i - from));
        kept_written_.push_back(written[b]);
        kept_stamps_.push_back(stamps[b]);
      } else {
        removed.push_back({batch.producer, batch.first + from, i - from, batch.base_offset + from,
                           of_all == Fate::forgotten});
      }
    }
    // What is left of a batch ends with its last sequence, by which its producer is known again, as
    // what is left of Kafka's batches does.
    if (kept_.size() > kept_before) {
      kept_.back().base_sequence = sequence_in(batch, batch.count - kept_.back().count);
    }
  }
  const auto rest = static_cast<std::ptrdiff_t>(b);
  kept_.append(std::span(batches).subspan(b));
  kept_written_.insert(kept_written_.end(), written.begin() + rest, written.end());
  kept_stamps_.insert(kept_stamps_.end(), stamps.begin() + rest, stamps.end());
  batches.swap(kept_);
  written.swap(kept_written_);
  stamps.swap(kept_stamps_);
  tombstones_.swap(met_);
  cleaned_to_ = dirty.to;
}

Offset LogCleaner::end_of_deletable(const LogView& log, const RetentionRules& retention,
                                    const FlushRules& flush, Instant now) {
  if (log.batches.empty()) return log.start;
  find_segments(log, flush);
  Offset end = log.start;
  std::int64_t bytes_left = bytes_between(log.batches, log.start, INT64_MAX);
  for (std::size_t s = 0; s < segments_.size(); ++s) {
    const bool is_active = s + 1 == segments_.size();
    const Offset next = is_active ? log.batches.back().end_offset() : segments_[s + 1];
    const std::int64_t bytes = bytes_between(log.batches, segments_[s], next);
    if (bytes == 0) continue;  // cleaned away whole, and part of the next one in Kafka
    const Instant newest = newest_between(log, segments_[s], next);
    const bool is_old = retention.age < forever && now - newest > retention.age;
    const bool is_too_much =
        !is_active && retention.bytes >= 0 && bytes_left - bytes >= retention.bytes;
    if (!is_old && !is_too_much) break;
    bytes_left -= bytes;
    end = next;
  }
  return std::min(end, log.high_watermark);
}

// Tombstones as the time that they still have; segments follow from the log's end.
void LogCleaner::hash_into(Fingerprint& print) const {
  print.add(cleaned_to_, segments_.size());
  for (const Offset segment : segments_) print.add(segment);
  for (const Tombstone& one : tombstones_) {
    print.add(one.offset);
    print.deadline(one.horizon);
  }
}

}  // namespace kafault
