#include "sim/broker/producer_state.hpp"

#include <algorithm>

#include "sim/protocol/mutants.hpp"

namespace kafault {

ProducerState::Verdict ProducerState::judge(const Batch& batch, Instant now,
                                            bool must_begin) const {
  if (batch.producer_id == no_producer_id || is_mutant(Mutant::lost_dedup_cache)) return Fresh{};
  if (is_next(batch, now)) return Fresh{};
  const Producer* known = find(producers_, batch.producer_id);
  // A producer that is not known may begin anywhere (KIP-360): its records may have been deleted.
  // But not in a partition that never had any (KAFKA-15591).
  if (known == nullptr || is_forgotten(*known, now)) {
    if (must_begin && batch.base_sequence != 0) return Refused{Error::out_of_order_sequence_number};
    return Fresh{};
  }

  if (batch.producer_epoch < known->epoch) return Refused{Error::invalid_producer_epoch};
  if (batch.producer_epoch > known->epoch) {
    if (batch.base_sequence == 0) return Fresh{};
    return Refused{Error::out_of_order_sequence_number};
  }
  for (std::size_t i = 0; i < known->count; ++i) {
    const Kept& kept = known->kept(i);
    if (kept.first_sequence == batch.base_sequence && kept.last_sequence == batch.last_sequence()) {
      return Duplicate{kept.base_offset};
    }
  }
  // A batch that is older than those kept ends here as well.
  return Refused{Error::out_of_order_sequence_number};
}

void ProducerState::Producer::keep_only(const Kept& one) {
  ring[0] = one;
  next = 1;
  count = 1;
}

// At the last look before `now`.
bool ProducerState::has_expired(const Producer& known, Instant now) const {
  const Instant looked = now - now.time_since_epoch() % expiry_.check_interval;
  return looked >= known.last_written && looked - known.last_stamp >= expiry_.after;
}

// It was not known, or not in this epoch, or not any more.
void ProducerState::begin(Producer* known, const Batch& batch, Instant now, Instant stamp) {
  if (known == nullptr) {
    known = &producers_.emplace_back();
    known->id = batch.producer_id;
  }
  known->epoch = batch.producer_epoch;
  known->last_written = now;
  known->last_stamp = stamp;
  known->keep_only(kept_of(batch));
}

void ProducerState::clear() {
  producers_.clear();
  snapshots_.clear();
}

void ProducerState::reload_after_truncation(std::span<const Batch> log) {
  const Offset end = log.empty() ? 0 : log.back().end_offset();
  while (!snapshots_.empty() && snapshots_.back() > end) snapshots_.pop_back();
  reload(log);
  if (snapshots_.empty() || snapshots_.back() < end) snapshots_.push_back(end);
}

void ProducerState::reload_after_restart(std::span<const Batch> log) {
  snapshots_.clear();
  if (!log.empty()) snapshots_.push_back(log.back().end_offset());
  reload(log);
}

void ProducerState::reload(std::span<const Batch> log) {
  const Offset snapshot = snapshots_.empty() ? 0 : snapshots_.back();
  producers_.clear();
  // Simplified: what is read from the log does not expire until its producer writes again.
  auto batch = log.begin();
  for (; batch != log.end() && batch->end_offset() <= snapshot; ++batch) remember(*batch, never);
  for (Producer& producer : producers_) producer.keep_only(Kept(producer.last()));
  for (; batch != log.end(); ++batch) remember(*batch, never);
}

}  // namespace kafault
