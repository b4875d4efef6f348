// Which partition a record goes to (KafkaProducer.partition, BuiltInPartitioner). Never looks at
// queues or brokers: the producer tells it what is available.
#pragma once

#include <cstdint>
#include <string_view>

#include "sim/kernel/fingerprint.hpp"

namespace kafault {

// Kafka's variant of MurmurHash2 (org.apache.kafka.common.utils.Utils.murmur2).
std::int32_t murmur2(std::string_view text);

// The partition of a keyed record, over all partitions, available or not.
std::int32_t partition_of_key(std::string_view key, std::int32_t partitions);

// The partition of record `record` whose key is the text "k<number>": the record's own number
// (keys == -1) or that number modulo `keys`.
std::int32_t partition_of_record(std::int64_t record, std::int64_t keys, std::int32_t partitions);

// KIP-794: records without a key stay on a partition until batch.size bytes went to it and the
// last batch is full or gone, at most until twice as much did.
// Simplified: the next available partition in order instead of a random one, and no adaptive
// weighting by queue length.
class StickyPartitioner {
 public:
  void reset(std::int64_t sticky_bytes) { *this = {}, sticky_bytes_ = sticky_bytes; }
  std::int32_t current() const { return partition_; }

  // How many bytes may follow on this partition before it is left in any case.
  std::int64_t bytes_left() const { return 2 * sticky_bytes_ - produced_; }
  // BuiltInPartitioner.updatePartitionInfo: true if it is time for another partition.
  bool produced(std::int64_t bytes, bool all_batches_full) {
    produced_ += bytes;
    return (produced_ >= sticky_bytes_ && all_batches_full) || produced_ >= 2 * sticky_bytes_;
  }
  // The next partition after the current one for which `is_available(partition)`; the next of all
  // if there is none.
  template <class IsAvailable>
  void advance(std::int32_t partitions, IsAvailable&& is_available) {
    produced_ = 0;
    const std::int32_t next = (partition_ + 1) % partitions;
    std::int32_t candidate = next;
    do {
      if (is_available(candidate)) {
        partition_ = candidate;
        return;
      }
      candidate = (candidate + 1) % partitions;
    } while (candidate != next);
    partition_ = next;
  }
  // The first partition, chosen when metadata is known.
  template <class IsAvailable>
  void begin(std::int32_t partitions, IsAvailable&& is_available) {
    if (has_begun_) return;
    has_begun_ = true;
    partition_ = partitions - 1;
    advance(partitions, is_available);
  }

  void hash_into(Fingerprint& print) const { print.add(produced_, partition_, has_begun_); }

 private:
  std::int64_t sticky_bytes_ = 1;
  std::int64_t produced_ = 0;
  std::int32_t partition_ = 0;
  bool has_begun_ = false;
};

}  // namespace kafault
