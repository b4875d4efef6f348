// Fetches that wait for data (DelayedFetch), of followers and consumers. Knows who watches which
// partition; the broker knows when there is enough.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "sim/kernel/time.hpp"
#include "sim/protocol/outbox.hpp"

namespace kafault {

class FetchPurgatory {
 public:
  struct Parked {
    RequestHandle handle;
    FetchRequest request;
    Instant deadline = never;
    bool is_live = false;
  };

  // Empty; keeps the memory.
  void reset(std::size_t partitions) {
    watchers_.resize(partitions);
    for (auto& watchers : watchers_) watchers.clear();
    free_.clear();
    // Slots are handed out as they were the first time: no run depends on those before it.
    for (auto slot = static_cast<std::uint32_t>(slots_.size()); slot-- > 0;) {
      slots_[slot].is_live = false;
      free_.push_back(slot);
    }
  }

  void park(const RequestHandle& handle, const FetchRequest& request, Instant deadline) {
    const std::uint32_t slot = take();
    Parked& parked = slots_[slot];
    parked.handle = handle;
    parked.request = request;
    parked.deadline = deadline;
    parked.is_live = true;
    for (const FetchRequest::Entry& entry : request.entries) {
      if (is_watched(entry.partition)) {
        watchers_[static_cast<std::size_t>(entry.partition)].push_back(slot);
      }
    }
  }

  // `complete(parked)` says whether the fetch was answered; it leaves the purgatory then.
  template <class Complete>
  void check(PartitionId partition, Complete&& complete) {
    std::vector<std::uint32_t>& watchers = watchers_[static_cast<std::size_t>(partition)];
    for (std::size_t i = 0; i < watchers.size();) {
      const std::uint32_t slot = watchers[i];
      if (complete(static_cast<const Parked&>(slots_[slot]))) {
        release(slot);  // takes it out of `watchers` too
      } else {
        ++i;
      }
    }
  }

  template <class Complete>
  void expire(Instant now, Complete&& complete) {
    for (std::uint32_t slot = 0; slot < slots_.size(); ++slot) {
      if (!slots_[slot].is_live || slots_[slot].deadline > now) continue;
      complete(static_cast<const Parked&>(slots_[slot]));
      release(slot);
    }
  }

  Instant next_deadline() const {
    Instant next = never;
    for (const Parked& parked : slots_) {
      if (parked.is_live && parked.deadline < next) next = parked.deadline;
    }
    return next;
  }

 private:
  bool is_watched(PartitionId partition) const {
    return partition >= 0 && static_cast<std::size_t>(partition) < watchers_.size();
  }

  std::uint32_t take() {
    if (free_.empty()) {
      slots_.emplace_back();
      free_.reserve(slots_.size());
      return static_cast<std::uint32_t>(slots_.size() - 1);
    }
    const std::uint32_t slot = free_.back();
    free_.pop_back();
    return slot;
  }

  void release(std::uint32_t slot) {
    for (const FetchRequest::Entry& entry : slots_[slot].request.entries) {
      if (!is_watched(entry.partition)) continue;
      std::vector<std::uint32_t>& watchers = watchers_[static_cast<std::size_t>(entry.partition)];
      const auto at = std::find(watchers.begin(), watchers.end(), slot);
      if (at != watchers.end()) watchers.erase(at);
    }
    slots_[slot].is_live = false;
    free_.push_back(slot);
  }

  std::vector<Parked> slots_;
  std::vector<std::uint32_t> free_;
  std::vector<std::vector<std::uint32_t>> watchers_;  // slots, by partition
};

}  // namespace kafault
