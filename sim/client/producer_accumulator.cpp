#include "sim/client/producer_accumulator.hpp"

#include <limits>

#include "sim/protocol/mutants.hpp"

namespace kafault {
namespace {

// Ratios are in millionths.
constexpr std::int64_t one = 1'000'000;

// CompressionRatioEstimator.COMPRESSION_RATIO_IMPROVING_STEP and
// .COMPRESSION_RATIO_DETERIORATE_STEP: a producer believes slowly what it sees.
constexpr std::int64_t improving_step = 5'000;
constexpr std::int64_t deteriorating_step = 50'000;

// What so many bytes are expected to take, with a reserve (MemoryRecordsBuilder
// .COMPRESSION_RATE_ESTIMATION_FACTOR).
std::int64_t expected_bytes(std::int64_t raw, std::int64_t estimate) {
  constexpr std::int64_t factor = 105;  // percent
  return raw * estimate / one * factor / 100;
}

}  // namespace

void Accumulator::configure(const ProducerConfig& config, const VersionProfile& version,
                            std::size_t partitions, std::int64_t compressed_to) {
  config_ = &config;
  compressed_to_ = compressed_to;
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
  estimate_ = one;
  reserved_ = 0;
  next_expiry_ = never;
  has_overdue_ = false;
}

// Of a batch that has failed before; in the past if there is no reason to wait.
Instant Accumulator::backs_off_until(const ProducerBatch& batch) const {
  if (version_->leader_in_answers && batch.leader_changed_for_ongoing_retry()) return {};
  return batch.last_attempt + batch.backoff;
}

void Accumulator::update_next_expiry(Instant now) {
  next_expiry_ = never;
  has_overdue_ = false;
  for (const ProducerBatch& batch : pool_.all()) {
    if (!batch.is_live || batch.is_done) continue;
    // One that is too old already stands behind a younger one.
    if (has_expired(batch, now)) {
      has_overdue_ = true;
    } else {
      next_expiry_ = std::min(next_expiry_, batch.created + delivery_timeout_);
    }
  }
}

void Accumulator::expect_expiry_of_head(const BatchQueue& queue) {
  if (queue.empty()) return;
  next_expiry_ = std::min(next_expiry_, pool_[queue.front()].created + delivery_timeout_);
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

// ---- compression -------------------------------------------------------------------------------

// MemoryRecordsBuilder.hasRoomFor: the next record counts as it is, those before as expected.
std::uint32_t Accumulator::compressed_room(const ProducerBatch& batch, std::uint32_t record_bytes) {
  std::uint32_t records = 0;
  const auto limit = static_cast<std::int64_t>(batch.reserved);
  for (std::int64_t raw = batch.raw_bytes;
       batch_overhead + expected_bytes(raw, batch.estimate) + record_bytes <= limit;
       raw += record_bytes) {
    ++records;
  }
  return records;
}

void Accumulator::append_compressed(ProducerBatch& batch, std::uint32_t records,
                                    std::uint32_t record_bytes) {
  batch.raw_bytes += std::int64_t{records} * record_bytes;
  batch.bytes =
      batch_overhead + static_cast<std::uint32_t>(expected_bytes(batch.raw_bytes, batch.estimate));
}

// Now it is known what it takes (ProducerBatch.close).
void Accumulator::close_compressed(ProducerBatch& batch) {
  batch.bytes = batch_overhead + static_cast<std::uint32_t>(batch.raw_bytes * compressed_to_ / one);
  if (compressed_to_ > estimate_) {
    estimate_ = std::max(estimate_ + deteriorating_step, compressed_to_);
  } else {
    estimate_ = std::max(estimate_ - improving_step, compressed_to_);
  }
}

void Accumulator::split(BatchIndex index, std::uint32_t record_bytes,
                        std::vector<BatchIndex>& pieces) {
  if (compressed_to_ == 0) return;
  estimate_ = std::max(one, compressed_to_);
  ProducerBatch mould = pool_[index];
  mould.reserved = static_cast<std::uint32_t>(config_->batch_size);
  mould.estimate = estimate_;
  mould.raw_bytes = 0;
  const std::uint32_t most = std::max(1U, compressed_room(mould, record_bytes));
  if (mould.count <= most) return;
  Partition& partition = partitions_[static_cast<std::size_t>(mould.partition)];
  const auto at = static_cast<std::size_t>(
      std::find(partition.queue.begin(), partition.queue.end(), index) - partition.queue.begin());
  mould.reserved = 0;  // none of the buffer's memory
  std::uint32_t left = mould.count - most;
  pool_[index].count = most;
  for (std::size_t place = at + 1; left > 0; ++place) {
    mould.first += most;
    if (mould.has_sequence()) {
      mould.base_sequence = sequence_after(mould.base_sequence, most);
    }
    mould.count = std::min(left, most);
    left -= mould.count;
    const BatchIndex piece = pool_.take();
    pool_[piece] = mould;
    append_compressed(pool_[piece], mould.count, record_bytes);
    partition.queue.insert(place, piece);
    pieces.push_back(piece);
  }
  pool_[index].raw_bytes = 0;
  pool_[index].estimate = estimate_;
  append_compressed(pool_[index], most, record_bytes);
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
