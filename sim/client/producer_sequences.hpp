// What makes a producer idempotent (KIP-98, KIP-360; TransactionManager and TxnPartitionEntry
// without transactions): producer id and epoch, and per partition which sequences are out.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "sim/client/client_profile.hpp"
#include "sim/client/producer_batch.hpp"
#include "sim/protocol/error.hpp"
#include "sim/protocol/mutants.hpp"

namespace kafault {

class Sequences {
 public:
  // What to do with a batch that the broker did not take (TransactionManager.canRetry).
  enum class Verdict : std::uint8_t { retry, bump_and_retry, give_up };

  void configure(std::size_t partitions, ClientProfile client) {
    bumps_all_ = bumps_all_partitions(client);
    partitions_.resize(partitions);
    clear();
  }
  void clear();  // keeps capacity

  const ProducerIdentity& identity() const { return identity_; }
  void assign(const ProducerIdentity& identity) { identity_ = identity; }

  // The first steps of Sender.runOnce: partitions with unresolved sequences whose batches have all
  // come back either are resolved or ask for an epoch bump; then the epoch is bumped if somebody
  // asked. True if it was.
  bool resolve_and_bump(BatchPool& pool) {
    if (has_unresolved_) resolve();
    if (!bump_required_ || !identity_.is_valid()) return false;
    if (bumps_all_ && is_any_on_wire(pool)) return false;
    bump(pool);
    return true;
  }

  // Acc.shouldStopDrainBatchesForPartition, the other way round.
  bool may_drain(const ProducerBatch& head, const BatchPool& pool) const {
    if (!identity_.is_valid()) return false;
    if (bumps_all_ && bump_required_) return false;
    const Partition& partition = entry(head.partition);
    if (partition.in_flight.empty()) return head.has_sequence() || !partition.is_unresolved();
    // It is being retried: only the lowest sequence in flight may go, so that the partition runs
    // with one batch in flight until it has caught up.
    if (head.has_sequence()) {
      return pool[partition.in_flight.front()].base_sequence == head.base_sequence;
    }
    // A batch of the new epoch must not overtake those of the old one.
    return partition.identity == identity_ && !partition.is_unresolved();
  }
  // A batch that is drained for the first time gets its sequence, and keeps it.
  void stamp(BatchIndex index, BatchPool& pool) {
    ProducerBatch& batch = pool[index];
    batch.sequence_was_reset = false;
    Partition& partition = entry(batch.partition);
    if (is_restamped(batch)) {
      partition.in_flight.erase(index);
    } else if (batch.has_sequence()) {
      return;
    }
    if (partition.in_flight.empty() && partition.identity != identity_) {
      start_at_beginning(partition, pool);
    }
    batch.identity = identity_;
    batch.base_sequence = partition.next;
    partition.next = sequence_after(partition.next, batch.count);
    partition.in_flight.push_back(index);
  }

  Verdict judge(const ProducerBatch& batch, Error error) const;
  void request_bump(std::int32_t partition);
  void on_completed(BatchIndex index, const BatchPool& pool) {
    Partition& partition = entry(pool[index].partition);
    partition.last_acked = std::max(partition.last_acked, pool[index].last_sequence());
    partition.in_flight.erase(index);
  }
  // `adjust`: the batch had retries left, so its sequence must be given to another.
  void on_failed(BatchIndex index, Error error, bool adjust, const BatchPool& pool);
  // The batch expired. If it may have been appended, what follows must wait.
  void on_expired(const ProducerBatch& batch);

  // Of a batch that is stamped, the records from `piece` on have become a batch of their own.
  void add_piece(BatchIndex piece, const BatchPool& pool);

  // What its future depends on; `pool` tells the batches by their records.
  void hash_into(Fingerprint& print, const BatchPool& pool) const;

  std::size_t in_flight(std::int32_t partition) const { return entry(partition).in_flight.size(); }

 private:
  struct alignas(64) Partition {
    ProducerIdentity identity;  // under which its sequences run
    std::int32_t next = 0;      // counts records; wraps to 0 after 2^31-1
    std::int32_t last_acked = no_sequence;
    std::int32_t unresolved = no_sequence;  // first sequence after those whose fate is unknown
    bool rewrites = false;                  // at the next bump
    BatchQueue in_flight;                   // stamped and not decided, by sequence

    bool is_unresolved() const { return unresolved != no_sequence; }
  };

  Partition& entry(std::int32_t p) { return partitions_[static_cast<std::size_t>(p)]; }
  const Partition& entry(std::int32_t p) const { return partitions_[static_cast<std::size_t>(p)]; }
  static bool is_next(const Partition& partition, std::int32_t sequence) {
    return sequence - partition.last_acked == 1;
  }
  static bool is_restamped(const ProducerBatch& batch) {
    return is_mutant(Mutant::sequence_per_attempt) ||
           (is_mutant(Mutant::new_sequence_at_second_retry) && batch.attempts > 1);
  }
  static bool is_any_on_wire(const BatchPool& pool);
  void mark_unresolved(const ProducerBatch& batch);
  void resolve();
  void bump(BatchPool& pool);
  void start_at_beginning(Partition& partition, BatchPool& pool);

  ProducerIdentity identity_;
  bool bumps_all_ = false;  // see bumps_all_partitions()
  bool bump_required_ = false;
  bool has_unresolved_ = false;  // perhaps; spares a look at every partition
  std::vector<Partition> partitions_;
};

}  // namespace kafault
