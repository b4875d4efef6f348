// Fetches that wait for data (DelayedFetch), of followers and consumers. Knows who watches which
// partition; the broker knows when there is enough.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "sim/broker/arrivals.hpp"
#include "sim/kernel/fingerprint.hpp"
#include "sim/kernel/time.hpp"
#include "sim/protocol/outbox.hpp"

namespace kafault {

class FetchPurgatory {
 public:
  struct Parked {
    RequestHandle handle;
    FetchRequest request;
    Instant deadline = never;

    bool is_consumer() const { return request.replica == no_node; }
    bool watches(PartitionId partition) const {
      for (const FetchRequest::Entry& entry : request.entries) {
        if (entry.partition == partition) return true;
      }
      return false;
    }
  };

  // Empty; keeps the memory.
  void reset() {
    parked_.clear();
    consumers_ = 0;
  }
  // Mostly only followers wait.
  bool has_consumers() const { return consumers_ > 0; }

  void park(const RequestHandle& handle, const FetchRequest& request, Instant deadline) {
    Parked& parked = parked_.next();
    parked.handle = handle;
    static_cast<FetchTerms&>(parked.request) = request;
    parked.request.entries.clear();
    parked.request.entries.append(request.entries);
    parked.deadline = deadline;
    parked_.add();
    if (parked.is_consumer()) ++consumers_;
  }

  // `complete(parked)`, asked of each fetch that watches the partition, the first to come first,
  // says whether the fetch was answered; it leaves the purgatory then.
  template <class Complete>
  void check(PartitionId partition, Complete&& complete) {
    parked_.remove_if([&](const Parked& parked) {
      if (!parked.watches(partition) || !complete(parked)) return false;
      note_leaving(parked);
      return true;
    });
  }

  template <class Complete>
  void expire(Instant now, Complete&& complete) {
    parked_.remove_if([&](const Parked& parked) {
      if (parked.deadline > now) return false;
      complete(parked);
      note_leaving(parked);
      return true;
    });
  }

  Instant next_deadline() const {
    Instant next = never;
    for (const auto slot : parked_.slots()) next = std::min(next, parked_[slot].deadline);
    return next;
  }

  void hash_into(Fingerprint& print) const;

 private:
  void note_leaving(const Parked& parked) {
    if (parked.is_consumer()) --consumers_;
  }

  Arrivals<Parked> parked_;
  std::uint32_t consumers_ = 0;  // among them
};

}  // namespace kafault
