#include "sim/client/producer_sequences.hpp"

#include <algorithm>
#include <limits>

namespace kafault {

void Sequences::clear() {
  identity_ = {};
  bump_required_ = has_unresolved_ = false;
  for (Partition& partition : partitions_) {
    partition.identity = {};
    partition.next = 0;
    partition.last_acked = partition.unresolved = no_sequence;
    partition.rewrites = false;
    partition.in_flight.clear();
  }
}

bool Sequences::is_any_on_wire(const BatchPool& pool) {
  return std::any_of(pool.all().begin(), pool.all().end(),
                     [](const ProducerBatch& batch) { return batch.is_live && batch.is_on_wire; });
}

void Sequences::resolve() {
  has_unresolved_ = false;
  for (std::size_t p = 0; p < partitions_.size(); ++p) {
    Partition& partition = partitions_[p];
    if (partition.unresolved == no_sequence) continue;
    if (!partition.in_flight.empty()) {
      has_unresolved_ = true;
      continue;
    }
    // If a later batch was acked, the expired one was appended after all.
    if (!is_next(partition, partition.next)) request_bump(static_cast<std::int32_t>(p));
    partition.unresolved = no_sequence;
  }
}

// Locally, without asking a broker (KIP-360). Rewrites the sequences of the partitions that caused
// it, batches on the wire included: one that was appended under its old sequence is then appended
// again (KAFKA-14034).
void Sequences::bump(BatchPool& pool) {
  if (identity_.epoch == std::numeric_limits<std::int16_t>::max()) {
    identity_ = {};  // a new producer id first
    return;
  }
  ++identity_.epoch;
  for (Partition& partition : partitions_) {
    if (!partition.rewrites && !bumps_all_) continue;
    start_at_beginning(partition, pool);
    partition.unresolved = no_sequence;
    partition.rewrites = false;
  }
  bump_required_ = false;
}

void Sequences::start_at_beginning(Partition& partition, BatchPool& pool) {
  std::int32_t sequence = 0;
  for (const BatchIndex index : partition.in_flight) {
    ProducerBatch& batch = pool[index];
    batch.identity = identity_;
    batch.base_sequence = sequence;
    batch.sequence_was_reset = true;
    sequence = sequence_after(sequence, batch.count);
  }
  partition.identity = identity_;
  partition.next = sequence;
  partition.last_acked = no_sequence;
}

Sequences::Verdict Sequences::judge(const ProducerBatch& batch, Error error) const {
  if (error != Error::out_of_order_sequence_number) {
    return is_retriable(error) ? Verdict::retry : Verdict::give_up;
  }
  const Partition& partition = entry(batch.partition);
  if (bumps_all_) {
    // Simplified: out of step with the broker; librdkafka fails everything from then on.
    return is_next(partition, batch.base_sequence) ? Verdict::give_up : Verdict::bump_and_retry;
  }
  if (partition.unresolved == no_sequence) {
    // Not the next in line: an earlier batch, still to be retried, will fill the gap.
    const bool gap_will_be_filled =
        batch.sequence_was_reset || !is_next(partition, batch.base_sequence);
    return gap_will_be_filled ? Verdict::retry : Verdict::bump_and_retry;
  }
  return batch.base_sequence == partition.unresolved ? Verdict::bump_and_retry : Verdict::retry;
}

void Sequences::request_bump(std::int32_t partition) {
  bump_required_ = true;
  entry(partition).rewrites = true;
}

void Sequences::on_failed(BatchIndex index, Error error, bool adjust, const BatchPool& pool) {
  const std::int32_t p = pool[index].partition;
  entry(p).in_flight.erase(index);
  if (adjust || bumps_all_ || error == Error::out_of_order_sequence_number) request_bump(p);
}

void Sequences::add_piece(BatchIndex piece, const BatchPool& pool) {
  if (!pool[piece].has_sequence()) return;
  BatchQueue& in_flight = entry(pool[piece].partition).in_flight;
  std::size_t at = 0;
  while (at < in_flight.size() && pool[in_flight[at]].first < pool[piece].first) ++at;
  in_flight.insert(at, piece);
}

void Sequences::on_expired(const ProducerBatch& batch) {
  if (bumps_all_) return request_bump(batch.partition);
  if (batch.in_retry()) mark_unresolved(batch);
}

void Sequences::mark_unresolved(const ProducerBatch& batch) {
  has_unresolved_ = true;
  Partition& partition = entry(batch.partition);
  partition.unresolved = std::max(partition.unresolved, sequence_after(batch.last_sequence(), 1));
}

void Sequences::hash_into(Fingerprint& print, const BatchPool& pool) const {
  identity_.hash_into(print);
  print.add(bump_required_);
  for (const Partition& partition : partitions_) {
    partition.identity.hash_into(print);
    print.add(partition.next, partition.last_acked, partition.unresolved, partition.rewrites,
              partition.in_flight.size());
    for (const BatchIndex index : partition.in_flight) print.add(pool[index].first);
  }
}

}  // namespace kafault
