// Produce requests with acks=all that wait for replication (DelayedProduce). A request holds
// batches of several partitions and is answered when all of them are decided.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "sim/broker/arrivals.hpp"
#include "sim/kernel/fingerprint.hpp"
#include "sim/kernel/time.hpp"
#include "sim/protocol/error.hpp"
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
    std::uint32_t waiting = 0;
    std::vector<ProduceOutcome> outcomes;
  };

  // Empty; keeps the memory.
  void reset(std::size_t partitions) {
    waiters_.resize(partitions);
    for (auto& waiters : waiters_) waiters.clear();
    delayed_.clear();
  }
  bool is_empty() const { return delayed_.empty(); }

  // At least one of `outcomes` is waiting.
  void admit(const RequestHandle& request, Instant deadline,
             const std::vector<ProduceOutcome>& outcomes) {
    const std::uint32_t slot = delayed_.add();
    Delayed& delayed = delayed_[slot];
    delayed.request = request;
    delayed.deadline = deadline;
    delayed.waiting = 0;
    delayed.outcomes = outcomes;
    for (std::uint32_t i = 0; i < outcomes.size(); ++i) {
      const ProduceOutcome& outcome = outcomes[i];
      if (!outcome.is_waiting) continue;
      ++delayed.waiting;
      waiters_[static_cast<std::size_t>(outcome.partition)].push_back({slot, i});
    }
  }

  // `decide(required)` is what has become of a batch, nothing if it must go on waiting; requests
  // that are complete then go to `answer(delayed)`.
  template <class Decide, class Answer>
  void complete(PartitionId partition, Decide&& decide, Answer&& answer) {
    std::vector<Waiter>& waiters = waiters_[static_cast<std::size_t>(partition)];
    std::size_t kept = 0;
    for (std::size_t i = 0; i < waiters.size(); ++i) {
      const Waiter waiter = waiters[i];
      ProduceOutcome& outcome = delayed_[waiter.slot].outcomes[waiter.outcome];
      const std::optional<Error> decided = decide(outcome.required);
      if (!decided) {
        waiters[kept++] = waiter;
        continue;
      }
      settle(waiter.slot, outcome, *decided, answer);
    }
    waiters.erase(waiters.begin() + static_cast<std::ptrdiff_t>(kept), waiters.end());
  }

  // What still waits at its deadline has timed out at the broker.
  template <class Answer>
  void expire(Instant now, Answer&& answer) {
    for (std::size_t i = 0; i < delayed_.slots().size();) {
      const std::uint32_t slot = delayed_.slots()[i];
      if (delayed_[slot].deadline > now) {
        ++i;
        continue;
      }
      for (ProduceOutcome& outcome : delayed_[slot].outcomes) {
        if (!outcome.is_waiting) continue;
        forget(outcome.partition, slot);
        settle(slot, outcome, Error::request_timed_out, answer);
      }
    }
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
  struct Waiter {
    std::uint32_t slot = 0;
    std::uint32_t outcome = 0;
  };

  template <class Answer>
  void settle(std::uint32_t slot, ProduceOutcome& outcome, Error error, Answer& answer) {
    outcome.is_waiting = false;
    outcome.error = error;
    if (--delayed_[slot].waiting > 0) return;
    answer(static_cast<const Delayed&>(delayed_[slot]));
    delayed_.remove(slot);
  }

  void forget(PartitionId partition, std::uint32_t slot) {
    std::erase_if(waiters_[static_cast<std::size_t>(partition)],
                  [&](const Waiter& waiter) { return waiter.slot == slot; });
  }

  Arrivals<Delayed> delayed_;
  std::vector<std::vector<Waiter>> waiters_;  // by partition, in the order of admission
};

}  // namespace kafault
