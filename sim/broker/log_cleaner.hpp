// Compaction of one log: of every key only the last record stays, and a tombstone, a record without
// a value, only for a while. Offsets stay what they are, so that there are gaps (Cleaner,
// LogCleanerManager, KIP-58, KIP-354, KIP-534). It decides and rewrites; when it is asked is its
// broker's business. Knows no roles and no replicas: each replica cleans its own log.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "sim/broker/log_files.hpp"
#include "sim/kernel/fingerprint.hpp"
#include "sim/kernel/time.hpp"
#include "sim/protocol/flat_vector.hpp"
#include "sim/protocol/record_contents.hpp"

namespace kafault {

// What a topic's settings say.
struct CleanerRules {
  bool compacts = false;                               // cleanup.policy has compact
  std::int64_t min_dirty_millionths = 500000;          // min.cleanable.dirty.ratio
  Duration min_lag{};                                  // min.compaction.lag.ms
  Duration max_lag = forever;                          // max.compaction.lag.ms
  Duration delete_retention = std::chrono::hours(24);  // delete.retention.ms
};

// A log as its cleaner sees it.
struct LogView {
  std::span<const Batch> batches;
  std::span<const Instant> stamps;  // by batch: its largest timestamp
  Offset start = 0;
  Offset high_watermark = 0;
};

// Whole segments behind what was cleaned last; never the active one.
struct DirtyPart {
  Offset from = 0;
  Offset to = 0;
  std::int64_t clean_bytes = 0;  // of what lies before
  std::int64_t dirty_bytes = 0;
  bool is_overdue = false;  // by max.compaction.lag.ms

  // Whether there is enough of it for a cleaning (LogCleanerManager.grabFilthiestCompactedLog).
  bool is_worth_it(const CleanerRules& rules) const;
  bool is_dirtier_than(const DirtyPart& other) const;
};

// Neighbours in one batch that a cleaning removed for the same reason.
struct CleanedAway {
  ProducerIndex producer = -1;
  SendNumber first = 0;
  std::uint32_t count = 0;
  Offset offset = no_offset;
  bool is_tombstone = false;  // whose time was over; else a later record has its key
};

class LogCleaner {
 public:
  void clear();
  void truncate_to(Offset end);
  void advance_start(Offset start);

  // LogCleanerManager.cleanableOffsets; nothing if there is nothing between what is clean and the
  // active segment. min.compaction.lag.ms and what is not committed end it earlier.
  std::optional<DirtyPart> dirty_part(const LogView& log, const CleanerRules& rules,
                                      const FlushRules& flush, Instant now);

  // Cleaner.doClean: removes from all that lies below `dirty.to` the records whose key comes again
  // in `dirty`, and tombstones whose time is over: delete.retention.ms after the cleaning that
  // first met them (KIP-534). What was removed is appended to `removed`.
  // Simplified: takes no time; segments stay apart, however small they have become; a producer
  // whose last batch is removed whole is forgotten after a restart.
  void clean(FlatVector<Batch>& batches, std::vector<Instant>& written,
             std::vector<Instant>& stamps, const DirtyPart& dirty, const CleanerRules& rules,
             PartitionId partition, const RecordContents& contents, Instant now,
             std::vector<CleanedAway>& removed);

  // As kafault::end_of_deletable, of a log that is cleaned (cleanup.policy=compact,delete).
  Offset end_of_deletable(const LogView& log, const RetentionRules& retention,
                          const FlushRules& flush, Instant now);

  void hash_into(Fingerprint& print) const;

 private:
  struct LastOfKey {
    std::int64_t key;
    Offset offset;
    friend bool operator<(const LastOfKey& a, const LastOfKey& b) {
      return a.key != b.key ? a.key < b.key : a.offset < b.offset;
    }
  };
  struct Tombstone {
    Offset offset;
    Instant horizon;  // from then on a cleaning may remove it
  };
  enum class Fate : std::uint8_t { kept, superseded, forgotten };

  void find_segments(const LogView& log, const FlushRules& flush);
  void find_last_of_keys(std::span<const Batch> batches, const DirtyPart& dirty,
                         PartitionId partition, const RecordContents& contents);
  Offset last_of(std::int64_t key) const;
  Fate judge(Offset offset, const RecordContents::Content& content, const CleanerRules& rules,
             Instant now);

  std::vector<Offset> segments_;       // where they begin; the last one is active
  Offset cleaned_to_ = 0;              // cleaner-offset-checkpoint
  std::vector<Tombstone> tombstones_;  // that a cleaning has met, by offset

  // Scratch.
  std::vector<LastOfKey> last_of_keys_;
  std::vector<Tombstone> met_;
  FlatVector<Batch> kept_;
  std::vector<Instant> kept_written_;
  std::vector<Instant> kept_stamps_;
};

}  // namespace kafault
