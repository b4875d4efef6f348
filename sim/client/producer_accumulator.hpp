// Records that wait for the Sender, per partition in batches (RecordAccumulator, BufferPool). It
// says what is ready; it never sends.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sim/client/producer_batch.hpp"
#include "sim/client/producer_config.hpp"
#include "sim/kernel/time.hpp"
#include "sim/protocol/version_profile.hpp"

namespace kafault {

// Bytes of a record beside its value, and of a batch beside its records (DefaultRecord,
// DefaultRecordBatch). Simplified: a record's varints and key have a fixed size.
inline constexpr std::uint32_t record_overhead = 20;
inline constexpr std::uint32_t batch_overhead = 61;

class Accumulator {
 public:
  struct alignas(64) Partition {
    BatchQueue queue;      // to be sent, or to be sent again
    BatchQueue in_flight;  // drained and neither decided nor re-enqueued (Sender.inFlightBatches)
    bool is_muted = false;
  };

  // `compressed_to`: what compression makes of records' bytes, in millionths; 0: there is none.
  void configure(const ProducerConfig& config, const VersionProfile& version,
                 std::size_t partitions, std::int64_t compressed_to = 0);
  void clear();  // everything is gone; keeps capacity

  ProducerBatch& operator[](BatchIndex index) { return pool_[index]; }
  const ProducerBatch& operator[](BatchIndex index) const { return pool_[index]; }
  BatchPool& pool() { return pool_; }
  const BatchPool& pool() const { return pool_; }
  std::span<const Partition> partitions() const { return partitions_; }
  Partition& partition(std::size_t p) { return partitions_[p]; }
  const Partition& partition(std::size_t p) const { return partitions_[p]; }
  ProducerBatch& head(const Partition& partition) { return pool_[partition.queue.front()]; }

  // The last batch if it takes more, and its range continues with `next`.
  ProducerBatch* growing(std::size_t p, SendNumber next) {
    const BatchQueue& queue = partitions_[p].queue;
    if (queue.empty()) return nullptr;
    ProducerBatch& last = pool_[queue.back()];
    return is_full(last) || last.first + last.count != next ? nullptr : &last;
  }
  // How many more records of this size it takes.
  std::uint32_t room(const ProducerBatch& batch, std::uint32_t record_bytes) const {
    if (compressed_to_ != 0) return compressed_room(batch, record_bytes);
    const std::uint32_t left = batch.reserved - batch.bytes;
    return left < record_bytes ? 0 : left / record_bytes;
  }
  // What a new batch takes of buffer.memory: whole buffers of batch.size (BufferPool), or as much
  // as its first record needs.
  std::uint32_t buffer_for(std::uint32_t record_bytes) const {
    return std::max(static_cast<std::uint32_t>(config_->batch_size), batch_overhead + record_bytes);
  }
  bool has_memory(std::uint32_t buffer) const { return reserved_ + buffer <= memory_; }
  bool can_ever_open(std::uint32_t buffer) const { return buffer <= memory_; }
  // Good until another is opened.
  ProducerBatch& open(std::size_t p, SendNumber first, std::uint32_t buffer, Instant now) {
    BatchQueue& queue = partitions_[p].queue;
    if (!queue.empty()) pool_[queue.back()].is_closed = true;
    const BatchIndex index = pool_.take();
    queue.push_back(index);
    ProducerBatch& batch = pool_[index];
    batch.partition = static_cast<std::int32_t>(p);
    batch.first = first;
    batch.bytes = batch_overhead;
    batch.reserved = buffer;
    batch.estimate = estimate_;
    batch.created = batch.last_attempt = now;
    reserved_ += buffer;
    next_expiry_ = std::min(next_expiry_, now + delivery_timeout_);
    return batch;
  }
  void append(ProducerBatch& batch, std::uint32_t records, std::uint32_t record_bytes) {
    batch.count += records;
    if (compressed_to_ != 0) return append_compressed(batch, records, record_bytes);
    batch.bytes += records * record_bytes;
    KAFAULT_REQUIRE(batch.bytes <= batch.reserved);
  }
  bool is_full(const ProducerBatch& batch) const {
    return batch.is_closed || batch.bytes >= batch.reserved;
  }
  // Only the last batch may be incomplete (RecordAccumulator.allBatchesFull).
  bool all_batches_full(std::size_t p) const {
    const BatchQueue& queue = partitions_[p].queue;
    return queue.empty() || is_full(pool_[queue.back()]);
  }

  // RecordAccumulator.batchReady for the first batch: whether it may leave, or when to look again,
  // which is later than `now` then. `hurry`: somebody waits for memory, or the producer closes.
  Instant may_leave_from(const Partition& partition, const ProducerBatch& head, bool hurry,
                         Instant now) const {
    if (partition.is_muted) [[unlikely]] {
      return never;
    }
    if (is_backing_off(head, now)) return backs_off_until(head);
    if (partition.queue.size() > 1 || is_full(head) || hurry) return Instant{};
    return head.last_attempt + config_->linger;
  }
  bool is_backing_off(const ProducerBatch& batch, Instant now) const {
    return batch.in_retry() && now < backs_off_until(batch);
  }
  bool has_expired(const ProducerBatch& batch, Instant now) const {
    return now - batch.created >= delivery_timeout_;
  }
  // Nothing at the head of a deque expires before; may be earlier than need be. Kept so that expiry
  // costs nothing on the way (RecordAccumulator.nextBatchExpiryTimeMs).
  Instant next_expiry() const { return next_expiry_; }
  void update_next_expiry(Instant now);

  // The first batch, which is `index`, leaves the deque for a request.
  void take_head(Partition& partition, BatchIndex index) {
    partition.queue.pop_front();
    partition.in_flight.push_back(index);
    if (has_overdue_) expect_expiry_of_head(partition.queue);
    ProducerBatch& batch = pool_[index];
    batch.is_queued = false;
    batch.is_closed = batch.is_on_wire = true;
    if (compressed_to_ != 0) close_compressed(batch);
  }
  // Back into the deque after a failed attempt. Without idempotence to the front, whatever is
  // there: batches that fail oldest first come back in reverse. With it in order of sequence.
  void reenqueue(BatchIndex index, bool by_sequence, Instant now, Jitter jitter);

  // A batch that is back in the deque takes up no more than batch.size as it was given; what else
  // it has follows it in batches of their own, whose indices are appended to `pieces`
  // (RecordAccumulator.splitAndReenqueue).
  void split(BatchIndex index, std::uint32_t record_bytes, std::vector<BatchIndex>& pieces);

  // Decided: out of the deque or of those in flight; its memory is free, the slot is not yet.
  void remove(BatchIndex index) {
    ProducerBatch& batch = pool_[index];
    Partition& partition = partitions_[static_cast<std::size_t>(batch.partition)];
    BatchQueue& queue = batch.is_queued ? partition.queue : partition.in_flight;
    queue.erase(index);
    if (has_overdue_) expect_expiry_of_head(queue);
    reserved_ -= batch.reserved;
    batch.reserved = 0;
  }
  std::int64_t reserved() const { return reserved_; }

  // What is to be sent and what is under way; of each batch also what `also(batch)` adds.
  template <class Also>
  void hash_into(Fingerprint& print, Also&& also) const {
    for (const Partition& partition : partitions_) {
      print.add(partition.is_muted);
      for (const BatchQueue* queue : {&partition.queue, &partition.in_flight}) {
        print.add(queue->size());
        for (const BatchIndex index : *queue) {
          hash_into(print, pool_[index]);
          also(pool_[index]);
        }
      }
    }
  }
  void hash_into(Fingerprint& print, const ProducerBatch& batch) const;

 private:
  static std::uint32_t compressed_room(const ProducerBatch& batch, std::uint32_t record_bytes);
  static void append_compressed(ProducerBatch& batch, std::uint32_t records,
                                std::uint32_t record_bytes);
  void close_compressed(ProducerBatch& batch);
  Instant backs_off_until(const ProducerBatch& batch) const;
  void expect_expiry_of_head(const BatchQueue& queue);

  const ProducerConfig* config_ = nullptr;
  const VersionProfile* version_ = nullptr;
  std::int64_t compressed_to_ = 0;  // millionths
  std::int64_t estimate_ = 0;  // what the producer expects it to be (CompressionRatioEstimator)
  std::int64_t memory_ = 0;
  std::int64_t reserved_ = 0;
  Duration delivery_timeout_{};
  Instant next_expiry_ = never;
  bool has_overdue_ = false;  // next_expiry_ leaves one out that stands behind a younger one
  BatchPool pool_;
  std::vector<Partition> partitions_;
};

}  // namespace kafault
