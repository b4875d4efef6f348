// Which record each send was: sends are numbered per partition, over all lives of the process;
// which record a number stands for matters only while it is undecided.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "sim/kernel/fingerprint.hpp"
#include "sim/protocol/flat_vector.hpp"
#include "sim/protocol/ids.hpp"

namespace kafault {

class SendLog {
 public:
  // `count` records from `record` on had the send numbers from `first` on.
  struct Run {
    SendNumber first = 0;
    std::uint32_t count = 0;
    std::int64_t record = 0;
  };

  void reset(std::size_t partitions) {
    partitions_.resize(partitions);
    for (Partition& partition : partitions_) {
      partition.next = 0;
      partition.runs.clear();
    }
  }
  SendNumber next(std::size_t p) const { return partitions_[p].next; }

  SendNumber append(std::size_t p, std::int64_t record, std::uint32_t count) {
    Partition& partition = partitions_[p];
    const SendNumber first = partition.next;
    partition.next += count;
    if (!partition.runs.empty()) {
      Run& last = partition.runs.back();
      if (last.record + last.count == record) {
        last.count += count;
        return first;
      }
    }
    partition.runs.emplace_back(first, count, record);
    return first;
  }

  // The runs that `count` sends from `first` on consist of.
  template <class Visit>
  void for_each(std::size_t p, SendNumber first, std::uint32_t count, Visit&& visit) const {
    const FlatVector<Run>& runs = partitions_[p].runs;
    const SendNumber end = first + count;
    auto run = std::upper_bound(runs.begin(), runs.end(), first,
                                [](SendNumber number, const Run& r) { return number < r.first; });
    if (run != runs.begin()) --run;
    for (; run != runs.end() && run->first < end; ++run) {
      const SendNumber from = std::max(first, run->first);
      const SendNumber to = std::min(end, run->first + run->count);
      if (from < to) visit(Run{from, to - from, run->record + (from - run->first)});
    }
  }

  // Which records these sends were.
  void hash_into(Fingerprint& print, std::size_t p, SendNumber first, std::uint32_t count) const {
    for_each(p, first, count, [&](const Run& run) { print.add(run.count, run.record); });
  }
  // The numbers of the sends to come.
  void hash_into(Fingerprint& print) const {
    for (const Partition& partition : partitions_) print.add(partition.next);
  }

  // All sends are decided: only the numbering goes on.
  void forget() {
    for (Partition& partition : partitions_) partition.runs.clear();
  }
  // Sends from `first` on have not happened after all.
  void take_back(std::size_t p, SendNumber first) {
    partitions_[p].next = std::min(partitions_[p].next, first);
  }

 private:
  struct Partition {
    SendNumber next = 0;
    FlatVector<Run> runs;  // by first; without gaps since the last forget()
  };
  std::vector<Partition> partitions_;
};

}  // namespace kafault
