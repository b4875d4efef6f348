// Produce requests with acks=all that wait for replication (DelayedProduce). A request holds
// batches of several partitions and is answered when all of them are decided.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "sim/broker/arrivals.hpp"
#include "sim/broker/partition.hpp"
#include "sim/kernel/fingerprint.hpp"
#include "sim/kernel/time.hpp"
#include "sim/protocol/error.hpp"
#include "sim/protocol/flat_vector.hpp"
#include "sim/protocol/outbox.hpp"

namespace kafault {

// How one batch of a produce request fares.
struct ProduceOutcome {
  PartitionId partition = no_partition;
  Error error = Error::none;
  Offset base_offset = no_offset;
  Offset required = no_offset;  // the high watermark that acks=all waits for
  bool is_waiting = false;
  // Of the request that is being handled.
  bool is_appended = false;
  bool high_watermark_moved = false;

  void settle(const AcksAllOutcome& decided) {
    if (!is_waiting || required > decided.up_to) return;
    is_waiting = false;
    error = decided.error;
  }
};

class ProducePurgatory {
 public:
  struct Delayed {
    RequestHandle request;
    Instant deadline = never;
    FlatVector<ProduceOutcome> outcomes;

    bool has_any_error() const {
      return std::any_of(outcomes.begin(), outcomes.end(), [](const ProduceOutcome& outcome) {
        return outcome.error != Error::none;
      });
    }
  };

  // Empty; keeps the memory.
  void reset() { delayed_.clear(); }
  bool is_empty() const { return delayed_.empty(); }

  // Where the next request is written down, whether or not it will have to wait.
  Delayed& draft() {
    Delayed& draft = delayed_.next();
    draft.outcomes.clear();
    return draft;
  }
  // At least one of the draft's outcomes is waiting.
  void admit_draft() { delayed_.add(); }

  // What has become of the partition's batches is known; requests that are complete then go to
  // `answer(delayed)`, in the order in which they came.
  template <class Answer>
  void complete(PartitionId partition, const AcksAllOutcome& decided, Answer&& answer) {
    delayed_.remove_if([&](Delayed& delayed) {
      bool waits = false;
      for (ProduceOutcome& outcome : delayed.outcomes) {
        if (outcome.partition == partition) outcome.settle(decided);
        waits |= outcome.is_waiting;
      }
      if (waits) return false;
      answer(std::as_const(delayed));
      return true;
    });
  }

  // What still waits at its deadline has timed out at the broker.
  template <class Answer>
  void expire(Instant now, Answer&& answer) {
    delayed_.remove_if([&](Delayed& delayed) {
      if (delayed.deadline > now) return false;
      for (ProduceOutcome& outcome : delayed.outcomes) {
        if (outcome.is_waiting) outcome.error = Error::request_timed_out;
        outcome.is_waiting = false;
      }
      answer(std::as_const(delayed));
      return true;
    });
  }

  Instant next_deadline() const {
    Instant next = never;
    for (const std::uint32_t slot : delayed_.slots()) {
      next = std::min(next, delayed_[slot].deadline);
    }
    return next;
  }

  void hash_into(Fingerprint& print) const;

 private:
  Arrivals<Delayed> delayed_;
};

}  // namespace kafault
