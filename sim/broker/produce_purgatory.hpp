// Produce requests with acks=all that wait for replication (DelayedProduce). A request holds
// batches of several partitions and is answered when all of them are decided.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

#include "sim/broker/arrivals.hpp"
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
};

class ProducePurgatory {
 public:
  struct Delayed {
    RequestHandle request;
    Instant deadline = never;
    FlatVector<ProduceOutcome> outcomes;
  };

  // Empty; keeps the memory.
  void reset() { delayed_.clear(); }
  bool is_empty() const { return delayed_.empty(); }

  // At least one of `outcomes` is waiting. Takes them, and gives memory for others.
  void admit(const RequestHandle& request, Instant deadline, FlatVector<ProduceOutcome>& outcomes) {
    Delayed& delayed = delayed_[delayed_.add()];
    delayed.request = request;
    delayed.deadline = deadline;
    delayed.outcomes.swap(outcomes);
  }

  // `decide(required)` is what has become of a batch, nothing if it must go on waiting; requests
  // that are complete then go to `answer(delayed)`, in the order in which they came.
  template <class Decide, class Answer>
  void complete(PartitionId partition, Decide&& decide, Answer&& answer) {
    delayed_.remove_if([&](Delayed& delayed) {
      bool waits = false;
      for (ProduceOutcome& outcome : delayed.outcomes) {
        if (outcome.partition == partition && outcome.is_waiting) settle(outcome, decide);
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
  template <class Decide>
  static void settle(ProduceOutcome& outcome, Decide& decide) {
    const std::optional<Error> decided = decide(outcome.required);
    if (!decided) return;
    outcome.is_waiting = false;
    outcome.error = *decided;
  }

  Arrivals<Delayed> delayed_;
};

}  // namespace kafault
