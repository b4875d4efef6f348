// What records contain, as far as anybody looks: the key and the null value that compaction goes
// by, and the timestamp that retention and the expiry of producers go by. Facts beside logs and
// messages, as the GroupJournal is: who has a batch can look them up by its send numbers. Kept only
// where somebody asks.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "sim/kernel/fingerprint.hpp"
#include "sim/kernel/time.hpp"
#include "sim/protocol/batch.hpp"
#include "sim/protocol/ids.hpp"

namespace kafault {

inline constexpr std::int64_t no_key = -1;

// What a producer puts into its records, by their numbers.
struct ContentRules {
  std::int64_t keys = 0;             // as Workload::keys: 0: no key, -1: every record has its own
  std::int64_t tombstones_from = 0;  // their value is null
  std::int64_t tombstones_to = 0;    // exclusive
  Duration shift{};                  // what timestamps are beside the time of send()

  std::int64_t key_of(std::int64_t record) const {
    if (keys == 0 || record < 0) return no_key;
    return keys < 0 ? record : record % keys;
  }
  bool is_tombstone(std::int64_t record) const {
    return tombstones_from <= record && record < tombstones_to;
  }
};

class RecordContents {
 public:
  struct Content {
    std::int64_t key = no_key;  // its number, the same for all producers
    bool is_tombstone = false;
    Instant timestamp{};
  };

  // Of a world with these producers; those behind them give their records neither keys nor
  // timestamps of their own.
  RecordContents(std::vector<ContentRules> rules, std::size_t producers, std::size_t partitions)
      : rules_(std::move(rules)), partitions_(partitions), sends_(producers * partitions) {
    rules_.resize(producers);
  }
  RecordContents() = default;
  void reset() {
    for (std::vector<Run>& runs : sends_) runs.clear();
  }

  // `count` records from `record` on (-1: of somebody else's) get the send numbers from `first` on.
  // Later numbers that were given before never went out: their process died.
  void sent(ProducerIndex producer, PartitionId partition, SendNumber first, std::uint32_t count,
            std::int64_t record, Instant now) {
    std::vector<Run>& runs = runs_of(producer, partition);
    while (!runs.empty() && runs.back().first >= first) runs.pop_back();
    const Instant timestamp = now + rules_[static_cast<std::size_t>(producer)].shift;
    if (!runs.empty()) {
      Run& last = runs.back();
      last.count = std::min(last.count, first - last.first);
      const bool goes_on = record >= 0 && last.record + last.count == record &&
                           last.first + last.count == first && last.timestamp == timestamp;
      if (goes_on) {
        last.count += count;
        return;
      }
    }
    runs.push_back({first, count, record, timestamp});
  }

  Content of(ProducerIndex producer, PartitionId partition, SendNumber send) const {
    if (producer < 0) return {};
    const std::vector<Run>& runs = const_cast<RecordContents*>(this)->runs_of(producer, partition);
    auto run = std::upper_bound(runs.begin(), runs.end(), send,
                                [](SendNumber number, const Run& r) { return number < r.first; });
    if (run == runs.begin()) return {};
    --run;
    const ContentRules& rules = rules_[static_cast<std::size_t>(producer)];
    const std::int64_t record = run->record < 0 ? -1 : run->record + (send - run->first);
    return {rules.key_of(record), rules.is_tombstone(record), run->timestamp};
  }
  // A batch's largest: its records were sent one after the other.
  Instant timestamp_of(const Batch& batch, PartitionId partition) const {
    return of(batch.producer, partition, batch.first + batch.count - 1U).timestamp;
  }
  bool has_keys(ProducerIndex producer) const {
    return producer >= 0 && rules_[static_cast<std::size_t>(producer)].keys != 0;
  }

  // Which record a send is says what follows from its content; when it was sent ages.
  void hash_into(Fingerprint& print) const {
    for (const std::vector<Run>& runs : sends_) {
      print.add(runs.size());
      for (const Run& run : runs) {
        print.add(run.first, run.count, run.record);
        print.deadline(run.timestamp);
      }
    }
  }

 private:
  struct Run {
    SendNumber first = 0;
    std::uint32_t count = 0;
    std::int64_t record = -1;
    Instant timestamp{};
  };
  std::vector<Run>& runs_of(ProducerIndex producer, PartitionId partition) {
    return sends_[static_cast<std::size_t>(producer) * partitions_ +
                  static_cast<std::size_t>(partition)];
  }

  std::vector<ContentRules> rules_;  // by producer
  std::size_t partitions_ = 0;
  std::vector<std::vector<Run>> sends_;  // by producer, then partition; by first
};

}  // namespace kafault
