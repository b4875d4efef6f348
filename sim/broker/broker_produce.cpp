// The life of a produce request at the leader (KafkaApis.handleProduceRequest,
// ReplicaManager.appendRecords, DelayedProduce).

#include <variant>

#include "sim/broker/broker.hpp"
#include "sim/protocol/mutants.hpp"

namespace kafault {

// First everything is appended, then it is told: whatever strikes at a note finds the logs as they
// will be.
void Broker::on(const ProduceRequest& request, const RequestHandle& handle, Instant now,
                Outbox& out) {
  judged_.clear();
  outcomes_.clear();
  for (const ProduceRequest::Entry& entry : request.entries) {
    judged_.push_back(judge_and_append(entry, request.acks, outcomes_.emplace_back(), now, out));
  }
  for (std::size_t i = 0; i < judged_.size(); ++i) {
    note_judged(request.entries[i], judged_[i], outcomes_[i], out);
  }
  answer_produce(request, handle, now, out);
  // The producer's answer leaves before those of parked fetches (ReplicaManager's action queue).
  for (std::size_t i = 0; i < judged_.size(); ++i) {
    if (!judged_[i].is_fresh) continue;
    after_append(request.entries[i].partition, judged_[i].high_watermark_moved, out);
  }
}

inline Broker::Judged Broker::judge_and_append(const ProduceRequest::Entry& entry, Acks acks,
                                               ProduceOutcome& outcome, Instant now,
                                               const Outbox& out) {
  Judged judged;
  outcome.partition = entry.partition;
  if (!is_known(entry.partition)) {
    outcome.error = Error::unknown_topic_or_partition;
    return judged;
  }
  Partition& partition = at(entry.partition);
  outcome.error = partition.refuse_produce(acks);
  if (outcome.error != Error::none) {
    if (metadata_.partition(entry.partition).is_deleted()) {
      outcome.error = Error::unknown_topic_or_partition;
    }
    return judged;
  }
  if (partition.is_too_large(entry.batch)) {
    outcome.error = Error::message_too_large;
    return judged;
  }
  Instant stamp = now;
  if (reads_contents_) {
    outcome.error = refuse_contents(entry, now, out);
    if (outcome.error != Error::none) return judged;
    stamp = stamp_of(entry.batch, entry.partition, now, out);
  }

  const ProducerState::Verdict verdict = partition.judge(entry.batch, now);
  if (const auto* refused = std::get_if<ProducerState::Refused>(&verdict)) {
    outcome.error = refused->error;
  } else if (const auto* duplicate = std::get_if<ProducerState::Duplicate>(&verdict)) {
    // The answer was lost, not the batch: say again what was said then, and wait as one did then.
    judged.is_duplicate = true;
    outcome.base_offset = duplicate->base_offset;
    outcome.required = duplicate->base_offset + entry.batch.count;
  } else if (is_mutant(Mutant::ack_before_append)) {
    outcome.base_offset = partition.log().end_offset();
  } else {
    const Batch& appended = partition.append_as_leader(entry.batch, now, stamp);
    judged.is_fresh = true;
    outcome.base_offset = appended.base_offset;
    outcome.required = appended.end_offset();
    judged.high_watermark_moved = partition.advance_high_watermark(metadata_, now);
  }
  return judged;
}

inline void Broker::note_judged(const ProduceRequest::Entry& entry, const Judged& judged,
                                const ProduceOutcome& outcome, Outbox& out) const {
  if (judged.is_fresh) {
    const PartitionLog& log = at(entry.partition).log();
    note_append(entry.partition, log.batches()[log.position_of(outcome.base_offset)], out);
    if (judged.high_watermark_moved) note_high_watermark(entry.partition, out);
    return;
  }
  Observation seen{.kind = ObservationKind::BatchDeduplicated,
                   .error = outcome.error,
                   .partition = entry.partition,
                   .producer = entry.batch.producer,
                   .first = entry.batch.first,
                   .count = entry.batch.count};
  if (judged.is_duplicate) {
    seen.epoch = at(entry.partition).epoch();
    seen.offset = outcome.base_offset;
  } else {
    seen.kind = ObservationKind::BatchRefused;
  }
  out.note(seen);
}

inline void Broker::answer_produce(const ProduceRequest& request, const RequestHandle& handle,
                                   Instant now, Outbox& out) {
  bool any_error = false;
  bool any_waiting = false;
  for (ProduceOutcome& outcome : outcomes_) {
    if (outcome.error != Error::none) {
      any_error = true;
    } else if (request.acks == Acks::all) {
      const auto decided = at(outcome.partition).acks_all_outcome(outcome.required);
      outcome.is_waiting = !decided;
      outcome.error = decided.value_or(Error::none);
      any_waiting |= outcome.is_waiting;
    }
  }
  if (request.acks == Acks::none) {
    // There is no answer that could say what went wrong: hang up, so that the client looks again.
    any_error ? out.close(handle) : out.finish(handle);
  } else if (any_waiting) {
    // The broker's own clock, from the append: the client's runs from its send.
    const Instant deadline = now + request.timeout;
    produces_.admit(handle, deadline, outcomes_);
    produce_deadline_.wake_by(deadline, now, out);
  } else {
    reply_produce(handle, outcomes_, out);
  }
}

void Broker::reply_produce(const RequestHandle& handle, std::span<const ProduceOutcome> outcomes,
                           Outbox& out) const {
  ProduceResponse& response = out.reply<ProduceResponse>(handle);
  for (const ProduceOutcome& outcome : outcomes) {
    ProduceResponse::Entry& entry = response.entries.emplace_back();
    entry.partition = outcome.partition;
    entry.error = outcome.error;
    entry.base_offset = outcome.error == Error::none ? outcome.base_offset : no_offset;
    hint_leader(entry);
  }
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

void Broker::note_high_watermark(PartitionId id, Outbox& out) const {
  out.note({.kind = ObservationKind::HighWatermarkAdvanced,
            .partition = id,
            .epoch = at(id).epoch(),
            .offset = at(id).log().high_watermark()});
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

void Broker::complete_produces(PartitionId id, Outbox& out) {
  const Partition& partition = at(id);
  produces_.complete(
      id, [&](Offset required) { return partition.acks_all_outcome(required); },
      [&](const ProducePurgatory::Delayed& delayed) {
        reply_produce(delayed.request, delayed.outcomes, out);
      });
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
  if (moved) note_high_watermark(id, out);
  out.local(answer);
  after_append(id, moved, out);
}

}  // namespace kafault
