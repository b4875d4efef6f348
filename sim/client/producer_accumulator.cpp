#include "sim/client/producer_accumulator.hpp"

#include <limits>

#include "sim/protocol/mutants.hpp"

namespace kafault {

void Accumulator::configure(const ProducerConfig& config, const VersionProfile& version,
                            std::size_t partitions) {
  config_ = &config;
  version_ = &version;
  memory_ = config.buffer_memory;
  // Kafka's clock has milliseconds: nothing expires in the instant in which it was made.
  delivery_timeout_ = std::max<Duration>(config.delivery_timeout, std::chrono::milliseconds(1));
  partitions_.resize(partitions);
  clear();
}

void Accumulator::clear() {
  for (Partition& partition : partitions_) {
    partition.queue.clear();
    partition.in_flight.clear();
    partition.is_muted = false;
  }
  pool_.clear();
  reserved_ = 0;
  next_expiry_ = never;
}

void Accumulator::open(std::size_t p, SendNumber first, std::uint32_t buffer, Instant now) {
  BatchQueue& queue = partitions_[p].queue;
  if (!queue.empty()) pool_[queue.back()].is_closed = true;
  const BatchIndex index = pool_.take();
  ProducerBatch& batch = pool_[index];
  batch.partition = static_cast<std::int32_t>(p);
  batch.first = first;
  batch.bytes = batch_overhead;
  batch.reserved = buffer;
  batch.created = batch.last_attempt = now;
  reserved_ += batch.reserved;
  next_expiry_ = std::min(next_expiry_, now + delivery_timeout_);
  queue.push_back(index);
}

// Of a batch that has failed before; in the past if there is no reason to wait.
Instant Accumulator::backs_off_until(const ProducerBatch& batch) const {
  if (version_->leader_in_answers && batch.leader_changed_for_ongoing_retry()) return {};
  return batch.last_attempt + batch.backoff;
}

void Accumulator::update_next_expiry(Instant now) {
  next_expiry_ = never;
  for (const ProducerBatch& batch : pool_.all()) {
    // One that is too old already stands behind a younger one.
    if (!batch.is_live || batch.is_done || has_expired(batch, now)) continue;
    next_expiry_ = std::min(next_expiry_, batch.created + delivery_timeout_);
  }
}

void Accumulator::reenqueue(BatchIndex index, bool by_sequence, Instant now, Jitter jitter) {
  ProducerBatch& batch = pool_[index];
  ++batch.attempts;
  batch.last_attempt = now;
  batch.backoff = drawn_backoff(*config_, batch.attempts - 1, jitter);
  Partition& partition = partitions_[static_cast<std::size_t>(batch.partition)];
  partition.in_flight.erase(index);
  const bool is_late = is_mutant(Mutant::retry_at_the_back) ||
                       (is_mutant(Mutant::second_retry_at_the_back) && batch.attempts > 1);
  std::size_t at = is_late ? partition.queue.size() : 0;
  while (by_sequence && at < partition.queue.size()) {
    const ProducerBatch& other = pool_[partition.queue[at]];
    if (!other.has_sequence() || other.base_sequence >= batch.base_sequence) break;
    ++at;
  }
  partition.queue.insert(at, index);
  batch.is_queued = true;
}

void Accumulator::remove(BatchIndex index) {
  ProducerBatch& batch = pool_[index];
  Partition& partition = partitions_[static_cast<std::size_t>(batch.partition)];
  BatchQueue& queue = batch.is_queued ? partition.queue : partition.in_flight;
  queue.erase(index);
  expect_expiry_of_head(queue);
  reserved_ -= batch.reserved;
  batch.reserved = 0;
}

// Times as what is left of them, attempts as the waits and retries that follow from them.
void Accumulator::hash_into(Fingerprint& print, const ProducerBatch& batch) const {
  constexpr std::int32_t without_end = std::numeric_limits<std::int32_t>::max();
  print.add(batch.partition, batch.first, batch.count);
  if (!batch.is_done) print.deadline(batch.created + delivery_timeout_);
  if (batch.is_queued) {
    print.deadline(batch.last_attempt + config_->linger);
    print.add(batch.in_retry(), batch.leader_changed_for_ongoing_retry());
    if (batch.in_retry()) print.deadline(backs_off_until(batch));
  }
  print.add(retry_backoff(*config_, batch.attempts));
  if (config_->retries != without_end) print.add(config_->retries - batch.attempts);
  print.add(batch.leader_epoch);
  batch.identity.hash_into(print);
  print.add(batch.base_sequence, batch.sequence_was_reset, batch.is_closed, batch.is_done,
            batch.is_on_wire);
}

}  // namespace kafault
