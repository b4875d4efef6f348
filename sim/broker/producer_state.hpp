// What one replica remembers of the idempotent producers that wrote to its partition, and the check
// that it makes before it appends (ProducerStateManager, ProducerAppendInfo, KIP-98, KIP-360). It
// is rebuilt from the log; it never looks at offsets, epochs of leaders or replicas.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <variant>
#include <vector>

#include "sim/kernel/fingerprint.hpp"
#include "sim/kernel/time.hpp"
#include "sim/protocol/batch.hpp"
#include "sim/protocol/error.hpp"

namespace kafault {

// The next number after the last sequence of a batch; sequences wrap to 0 after 2^31-1.
constexpr bool is_next_sequence(std::int32_t last, std::int32_t next) {
  return last == INT32_MAX ? next == 0 : next == last + 1;
}

// When a producer that writes nothing is forgotten (producer.id.expiration.ms, KIP-854). A manager
// of logs looks every `check_interval`; when in that period it does, nobody knows. Simplified: it
// looks at full multiples of its period. It goes by the timestamps of what a producer wrote.
struct ProducerExpiry {
  Duration after = forever;
  Duration check_interval = std::chrono::minutes(10);
};

class ProducerState {
 public:
  // ProducerStateEntry.NUM_BATCHES_TO_RETAIN.
  static constexpr std::size_t batches_kept = 5;

  struct Fresh {
    friend bool operator==(Fresh, Fresh) = default;
  };
  struct Duplicate {  // of a batch that is in the log at this offset
    Offset base_offset = no_offset;
    friend bool operator==(Duplicate, Duplicate) = default;
  };
  struct Refused {
    Error error = Error::none;
    friend bool operator==(Refused, Refused) = default;
  };
  using Verdict = std::variant<Fresh, Duplicate, Refused>;

  // Whether a batch goes on where its producer's last one ended: the usual one. It is fresh, never
  // a duplicate: the batches kept are those before it.
  bool is_next(const Batch& batch, Instant now) const {
    const Producer* known = find(producers_, batch.producer_id);
    return known != nullptr && known->epoch == batch.producer_epoch &&
           is_next_sequence(known->last().last_sequence, batch.base_sequence) &&
           !is_forgotten(*known, now);
  }
  // What the leader does with a batch. Batches without a producer id are always fresh.
  // `must_begin`: a producer that is not known begins with sequence 0.
  Verdict judge(const Batch& batch, Instant now = {}, bool must_begin = false) const;
  // A batch was appended. Replicas call this too, without judging (KAFKA-6003). `stamp` is the
  // largest timestamp of its records.
  void remember(const Batch& batch, Instant now, Instant stamp) {
    if (batch.producer_id == no_producer_id) return;
    Producer* producer = find(producers_, batch.producer_id);
    const bool goes_on = producer != nullptr && producer->epoch == batch.producer_epoch &&
                         !is_forgotten(*producer, now);
    if (!goes_on) return begin(producer, batch, now, stamp);
    producer->last_written = now;
    producer->last_stamp = stamp;
    producer->keep(kept_of(batch));
  }
  void remember(const Batch& batch, Instant now = {}) { remember(batch, now, now); }

  void configure(const ProducerExpiry& expiry) {
    expiry_ = expiry;
    expires_ = expiry.after != forever;
  }
  void clear();                               // nothing known, no snapshots: before a run
  void lose_memory() { producers_.clear(); }  // the process died; snapshots are files

  // After a truncation: the newest snapshot that is not beyond the end, and the log behind it. A
  // snapshot holds only the last batch of each producer, so a later reload may remember less.
  void reload_after_truncation(std::span<const Batch> log);
  // After a restart, clean or not: recovery reads the log and takes a snapshot at its end
  // (LogLoader.recoverSegment), and the state is loaded from that. One batch per producer is left.
  void reload_after_restart(std::span<const Batch> log);

  void hash_into(Fingerprint& print) const;

 private:
  struct Kept {
    std::int32_t first_sequence = no_sequence;
    std::int32_t last_sequence = no_sequence;
    Offset base_offset = no_offset;
  };
  static constexpr std::size_t ring_size = 8;  // holds those kept; quicker to walk than one of 5
  struct Producer {
    ProducerId id = no_producer_id;
    std::int16_t epoch = -1;
    std::uint8_t count = 0;  // of batches that are kept
    std::uint8_t next = 0;   // where the next one goes
    Instant last_written{};
    Instant last_stamp{};  // of what it wrote last
    std::array<Kept, ring_size> ring;

    const Kept& kept(std::size_t i) const {  // oldest first
      return ring[(next + ring_size - count + i) % ring_size];
    }
    const Kept& last() const { return ring[(next + ring_size - 1) % ring_size]; }
    void keep(const Kept& newest) {
      ring[next] = newest;
      next = static_cast<std::uint8_t>((next + 1U) % ring_size);
      if (count < batches_kept) ++count;
    }
    void keep_only(const Kept& one);
  };

  template <class Producers>
  static auto find(Producers& producers, ProducerId id) -> decltype(producers.data()) {
    for (auto& known : producers) {
      if (known.id == id) return &known;
    }
    return nullptr;
  }
  static Kept kept_of(const Batch& batch) {
    return {batch.base_sequence, batch.last_sequence(), batch.base_offset};
  }
  void begin(Producer* known, const Batch& batch, Instant now, Instant stamp);
  void reload(std::span<const Batch> log);
  bool is_forgotten(const Producer& known, Instant now) const {
    return expires_ && has_expired(known, now);
  }
  bool has_expired(const Producer& known, Instant now) const;

  ProducerExpiry expiry_;
  bool expires_ = false;
  std::vector<Producer> producers_;
  std::vector<Offset> snapshots_;  // ascending; what each holds follows from the log below it
};

}  // namespace kafault
