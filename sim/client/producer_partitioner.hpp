// Which partition a record goes to (KafkaProducer.partition, BuiltInPartitioner). Never looks at
// queues or brokers: the producer tells it what is available.
#pragma once

#include <cstdint>
#include <string_view>

#include "sim/kernel/dice.hpp"
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
// Simplified: no adaptive weighting by queue length; random partitions until 3.2 as well, where a
// new batch never stays on its partition.
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
  // A random partition of those for which `is_available(partition)`; of all if there is none. With
  // fixed dice the next after the current one.
  template <class IsAvailable>
  void advance(std::int32_t partitions, IsAvailable&& is_available, Dice& dice) {
    produced_ = 0;
    if (!dice.are_fixed()) return draw(partitions, is_available, dice);
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
  void begin(std::int32_t partitions, IsAvailable&& is_available, Dice& dice) {
    if (has_begun_) return;
    has_begun_ = true;
    partition_ = partitions - 1;
    advance(partitions, is_available, dice);
  }

  void hash_into(Fingerprint& print) const { print.add(produced_, partition_, has_begun_); }

 private:
  // BuiltInPartitioner.nextPartition.
  template <class IsAvailable>
  void draw(std::int32_t partitions, IsAvailable&& is_available, Dice& dice) {
    std::int32_t available = 0;
    for (std::int32_t p = 0; p < partitions; ++p) available += is_available(p) ? 1 : 0;
    if (available == 0) {
      partition_ = dice.below(partitions);
      return;
    }
    std::int32_t nth = dice.below(available);
    for (partition_ = 0; !is_available(partition_) || nth-- > 0; ++partition_) {
    }
  }

  std::int64_t sticky_bytes_ = 1;
  std::int64_t produced_ = 0;
  std::int32_t partition_ = 0;
  bool has_begun_ = false;
};

}  // namespace kafault
