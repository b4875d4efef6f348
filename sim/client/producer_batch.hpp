// The producer's batches (ProducerBatch) and what holds them: a pool that recycles them and a
// deque of indices into it.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>

#include "sim/kernel/contract.hpp"
#include "sim/kernel/fingerprint.hpp"
#include "sim/kernel/time.hpp"
#include "sim/protocol/flat_vector.hpp"
#include "sim/protocol/ids.hpp"

namespace kafault {

using BatchIndex = std::uint32_t;

// Who writes: producer id and epoch (ProducerIdAndEpoch).
struct ProducerIdentity {
  ProducerId id = no_producer_id;
  std::int16_t epoch = -1;
  bool is_valid() const { return id != no_producer_id; }
  void hash_into(Fingerprint& print) const {
    print.renamed(Fingerprint::Family::producer_id, id);
    print.add(epoch);
  }
  friend bool operator==(const ProducerIdentity&, const ProducerIdentity&) = default;
};

// The sequence of the record that is `count` behind; wraps to 0 after 2^31-1
// (DefaultRecordBatch.incrementSequence).
constexpr std::int32_t sequence_after(std::int32_t sequence, std::uint32_t count) {
  return static_cast<std::int32_t>((static_cast<std::uint32_t>(sequence) + count) & 0x7fffffffU);
}

// Two lines of cache, and a size that an index is quickly multiplied by. What is looked at again
// and again lies in the first.
struct alignas(64) ProducerBatch {
  std::int32_t partition = 0;  // within the topic
  SendNumber first = 0;
  std::uint32_t count = 0;
  std::uint32_t bytes = 0;
  std::uint32_t reserved = 0;  // bytes of buffer.memory; at as many the batch is full
  std::int32_t attempts = 0;   // that failed
  std::int32_t attempts_at_leader_change = 0;
  LeaderEpoch leader_epoch = no_epoch;  // newest that this batch has met (KAFKA-15415)
  ProducerIdentity identity;
  std::int32_t base_sequence = no_sequence;
  bool is_live = false;             // the slot is in use
  bool is_queued = true;            // in the deque: to be sent, or to be sent again
  bool is_closed = false;           // takes no more records
  bool is_done = false;             // its records are decided; the first final state wins
  bool is_on_wire = false;          // a request that holds it is not completed
  bool is_unawaited = false;        // a flush() that waited for it has forgotten it (KAFKA-19479)
  bool sequence_was_reset = false;  // re-stamped since it was drained (ProducerBatch.reopened)
  Instant created{};                // the delivery timeout counts from here, retries included
  Instant last_attempt{};           // when it was re-enqueued last; at first: created
  Duration backoff{};               // from then on, of a batch in retry
  // With compression: bytes of its records as they were given, and what they are expected to take
  // of them, in millionths. `bytes` is an estimate then, until the batch is closed.
  std::int64_t raw_bytes = 0;
  std::int64_t estimate = 0;

  bool has_sequence() const { return base_sequence != no_sequence; }
  bool in_retry() const { return attempts > 0; }
  std::int32_t last_sequence() const { return sequence_after(base_sequence, count - 1U); }
  // A newer leader has become known since the last attempt: no reason to back off.
  bool leader_changed_for_ongoing_retry() const {
    return attempts > 0 && attempts == attempts_at_leader_change;
  }
  void meet_leader_epoch(LeaderEpoch epoch) {
    if (epoch <= leader_epoch) return;
    leader_epoch = epoch;
    attempts_at_leader_change = attempts;
  }
};

// Slots of batches, recycled. References are good until the next take().
class BatchPool {
 public:
  BatchIndex take() {
    BatchIndex index = static_cast<BatchIndex>(batches_.size());
    if (free_.empty()) {
      batches_.push_back(fresh);
    } else {
      index = free_.back();
      free_.pop_back();
      batches_[index] = fresh;
    }
    batches_[index].is_live = true;
    return index;
  }
  void give_back(BatchIndex index) {
    KAFAULT_REQUIRE(batches_[index].is_live);
    batches_[index].is_live = false;
    free_.push_back(index);
  }
  void clear() {
    batches_.clear();
    free_.clear();
  }
  ProducerBatch& operator[](BatchIndex index) { return batches_[index]; }
  const ProducerBatch& operator[](BatchIndex index) const { return batches_[index]; }
  std::span<const ProducerBatch> all() const { return batches_; }

 private:
  static constexpr ProducerBatch fresh{};

  FlatVector<ProducerBatch> batches_;
  FlatVector<BatchIndex> free_;
};

// A deque that keeps its memory.
class BatchQueue {
 public:
  bool empty() const { return head_ == end_; }
  std::size_t size() const { return end_ - head_; }
  BatchIndex front() const { return items_[head_]; }
  BatchIndex back() const { return items_[end_ - 1]; }
  BatchIndex operator[](std::size_t at) const { return items_[head_ + at]; }
  const BatchIndex* begin() const { return items_.data() + head_; }
  const BatchIndex* end() const { return items_.data() + end_; }
  void push_back(BatchIndex index) {
    if (end_ == items_.size()) make_room();
    items_[end_++] = index;
  }
  void pop_front() {
    if (++head_ == end_) clear();
  }
  // Before the item that is now at position `at`.
  void insert(std::size_t at, BatchIndex index) {
    if (at == 0 && head_ > 0) {
      items_[--head_] = index;
      return;
    }
    push_back(index);
    BatchIndex* const items = items_.data();
    std::rotate(items + head_ + at, items + end_ - 1, items + end_);
  }
  void erase(BatchIndex index) {
    if (empty()) return;
    if (front() == index) return pop_front();  // as a rule
    erase_within(index);
  }
  void clear() { head_ = end_ = 0; }

 private:
  [[gnu::noinline]] void make_room() {
    if (head_ > items_.size() / 2) {
      std::copy(begin(), end(), items_.data());
      end_ -= head_;
      head_ = 0;
    } else {
      const std::size_t room = std::max<std::size_t>(4, 2 * items_.size());
      while (items_.size() < room) items_.push_back(0);
    }
  }
  [[gnu::noinline]] void erase_within(BatchIndex index) {
    BatchIndex* const last = items_.data() + end_;
    if (std::remove(items_.data() + head_, last, index) != last) --end_;
  }

  FlatVector<BatchIndex> items_;  // in use are those from head_ to end_
  std::uint32_t head_ = 0;
  std::uint32_t end_ = 0;
};

}  // namespace kafault
