// The life of a produce request at the leader (KafkaApis.handleProduceRequest,
// ReplicaManager.appendRecords, DelayedProduce).

#include <variant>

#include "sim/broker/broker.hpp"
#include "sim/protocol/mutants.hpp"

namespace kafault {

inline void Broker::reply_produce(const ProducePurgatory::Delayed& delayed, Outbox& out) const {
  ProduceResponse& response = out.reply<ProduceResponse>(delayed.request);
  for (const ProduceOutcome& outcome : delayed.outcomes) {
    const bool is_appended = outcome.error == Error::none;
    ProduceResponse::Entry& entry = response.entries.emplace_back(
        outcome.partition, outcome.error, is_appended ? outcome.base_offset : no_offset, no_node,
        no_epoch);
    if (!is_appended) name_leader(entry);
  }
}

inline void Broker::complete_produces(PartitionId id, Outbox& out) {
  produces_.complete(id, at(id).acks_all_outcome(), [&](const ProducePurgatory::Delayed& delayed) {
    reply_produce(delayed, out);
  });
}

void Broker::release_produces(PartitionId id, Outbox& out) { complete_produces(id, out); }

void Broker::expire_produces(Instant now, Outbox& out) {
  produces_.expire(now,
                   [&](const ProducePurgatory::Delayed& delayed) { reply_produce(delayed, out); });
}

void Broker::on(const ProduceRequest& request, const RequestHandle& handle, Instant now,
                Outbox& out) {
  ProducePurgatory::Delayed& draft = produces_.draft();
  draft.request = handle;
  bool any_waiting = false;
  for (const ProduceRequest::Entry& entry : request.entries) {
    ProduceOutcome& outcome = draft.outcomes.emplace_back(entry.partition);
    judge_and_append(entry, request.acks, outcome, now, out);
    any_waiting |= outcome.is_waiting;
  }
  if (any_waiting) {
    // The broker's own clock, from the append: the client's runs from its send.
    draft.deadline = now + request.timeout;
    produces_.admit_draft();
    produce_deadline_.wake_by(draft.deadline, now, out);
  } else if (request.acks != Acks::none) {
    reply_produce(draft, out);
  } else {
    // There is no answer that could say what went wrong: hang up, so that the client looks again.
    draft.has_any_error() ? out.close(handle) : out.finish(handle);
  }
  // The producer's answer leaves before those of parked fetches (ReplicaManager's action queue).
  for (const ProduceOutcome& outcome : draft.outcomes) {
    if (outcome.is_appended) after_append(outcome.partition, outcome.high_watermark_moved, out);
  }
}

[[gnu::always_inline]] inline void Broker::judge_and_append(const ProduceRequest::Entry& entry,
                                                            Acks acks, ProduceOutcome& outcome,
                                                            Instant now, Outbox& out) {
  outcome.error = refuse_produce(entry, acks, now, out);
  if (outcome.error != Error::none) return note_refused(entry, outcome.error, out);
  Partition& partition = at(entry.partition);
  const bool is_fresh =
      partition.is_next(entry.batch, now) || is_judged_fresh(entry, outcome, now, out);
  if (is_fresh && is_mutant(Mutant::ack_before_append)) {
    outcome.base_offset = partition.log().end_offset();
    note_refused(entry, Error::none, out);
  } else if (is_fresh) {
    const Instant stamp = reads_contents_ ? stamp_of(entry.batch, entry.partition, now, out) : now;
    const Batch& appended = partition.append_as_leader(entry.batch, now, stamp);
    outcome.base_offset = appended.base_offset;
    outcome.required = appended.end_offset();
    note_append(entry.partition, appended, out);
    outcome.is_appended = true;
    outcome.high_watermark_moved = partition.advance_high_watermark(metadata_, now);
    if (outcome.high_watermark_moved) note_high_watermark(entry.partition, partition, out);
  }
  if (acks != Acks::all || outcome.error != Error::none) return;
  outcome.is_waiting = true;
  outcome.settle(partition.acks_all_outcome());
}

// Whether a batch that is not just its producer's next one is to be appended; else how it fares.
bool Broker::is_judged_fresh(const ProduceRequest::Entry& entry, ProduceOutcome& outcome,
                             Instant now, Outbox& out) const {
  const ProducerState::Verdict verdict = at(entry.partition).judge(entry.batch, now);
  if (const auto* refused = std::get_if<ProducerState::Refused>(&verdict)) {
    outcome.error = refused->error;
    note_refused(entry, outcome.error, out);
    return false;
  }
  if (const auto* duplicate = std::get_if<ProducerState::Duplicate>(&verdict)) {
    // The answer was lost, not the batch: say again what was said then, and wait as one did then.
    outcome.base_offset = duplicate->base_offset;
    outcome.required = duplicate->base_offset + entry.batch.count;
    note_duplicate(entry, duplicate->base_offset, out);
    return false;
  }
  return true;
}

// Why a batch is not even compared with what its producer has written.
inline Error Broker::refuse_produce(const ProduceRequest::Entry& entry, Acks acks, Instant now,
                                    const Outbox& out) const {
  if (!is_known(entry.partition)) return Error::unknown_topic_or_partition;
  const Partition& partition = at(entry.partition);
  const Error error = partition.refuse_produce(acks);
  if (error != Error::none) {
    const bool is_deleted = metadata_.partition(entry.partition).is_deleted();
    return is_deleted ? Error::unknown_topic_or_partition : error;
  }
  if (partition.is_too_large(entry.batch)) return Error::message_too_large;
  return reads_contents_ ? refuse_contents(entry, now, out) : Error::none;
}

void Broker::note_refused(const ProduceRequest::Entry& entry, Error error, Outbox& out) const {
  out.note({.kind = ObservationKind::BatchRefused,
            .error = error,
            .partition = entry.partition,
            .producer = entry.batch.producer,
            .first = entry.batch.first,
            .count = entry.batch.count});
}

void Broker::note_duplicate(const ProduceRequest::Entry& entry, Offset base_offset,
                            Outbox& out) const {
  out.note({.kind = ObservationKind::BatchDeduplicated,
            .partition = entry.partition,
            .producer = entry.batch.producer,
            .first = entry.batch.first,
            .count = entry.batch.count,
            .epoch = at(entry.partition).epoch(),
            .offset = base_offset});
}

void Broker::note_append(PartitionId id, const Batch& batch, Outbox& out) const {
  out.note({.kind = ObservationKind::BatchAppended,
            .partition = id,
            .producer = batch.producer,
            .first = batch.first,
            .count = batch.count,
            .epoch = batch.leader_epoch,
            .offset = batch.base_offset});
}

void Broker::note_high_watermark(PartitionId id, const Partition& partition, Outbox& out) const {
  out.note({.kind = ObservationKind::HighWatermarkAdvanced,
            .partition = id,
            .epoch = partition.epoch(),
            .offset = partition.log().high_watermark()});
}

void Broker::after_append(PartitionId id, bool high_watermark_moved, Outbox& out) {
  release_followers(id, out);
  if (high_watermark_moved) after_high_watermark(id, out);
}

void Broker::after_high_watermark(PartitionId id, Outbox& out) {
  if (id == layout_->offsets_partition) {
    out.local({.kind = LocalEvent::Kind::committed,
               .epoch = at(id).epoch(),
               .offset = at(id).log().high_watermark()});
  }
  release_consumers(id, out);
  complete_produces(id, out);
}

// The coordinator of 4.0 appends as with acks=1 and waits for the high watermark itself
// (CoordinatorPartitionWriter): min.insync.replicas does not stop it, only its commits stay open.
void Broker::on_local(const LocalEvent& event, Instant now, Outbox& out) {
  if (event.kind != LocalEvent::Kind::append) return;
  const PartitionId id = layout_->offsets_partition;
  Partition& partition = at(id);
  LocalEvent answer{.kind = LocalEvent::Kind::appended,
                    .record = event.record,
                    .tag = event.tag,
                    .epoch = partition.epoch()};
  answer.error = partition.refuse_produce(Acks::leader);
  if (answer.error != Error::none) return out.local(answer);

  constexpr std::uint32_t usual_size = 100;  // bytes; only fetch limits look at it
  const Batch& appended = partition.append_as_leader(
      {.count = 1, .bytes = usual_size, .group_record = event.record}, now);
  const bool moved = partition.advance_high_watermark(metadata_, now);
  answer.offset = appended.end_offset();
  note_append(id, appended, out);
  if (moved) note_high_watermark(id, at(id), out);
  out.local(answer);
  after_append(id, moved, out);
}

}  // namespace kafault
