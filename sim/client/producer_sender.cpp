// The Sender thread of a producer (Sender.runOnce, Sender.completeBatch), and its turns with the
// application.
#include <algorithm>
#include <utility>

#include "sim/client/producer.hpp"
#include "sim/protocol/mutants.hpp"

namespace kafault {

// DefaultMetadataUpdater.maybeUpdate.
// Simplified: without metadata.recovery.rebootstrap.trigger.ms.
void Producer::update_metadata(Instant now, Outbox& out) {
  NodeId node = least_loaded_node(now);
  const bool may_rebootstrap =
      metadata_.is_known() && config_->metadata_recovery == MetadataRecovery::rebootstrap;
  if (node == no_node && may_rebootstrap && is_out_of_touch()) {
    metadata_.rebootstrap();
    node = least_loaded_node(now);
  }
  if (node == no_node || !make_ready(node, now, out)) return;
  send<MetadataRequest>(node, 0, now, out);
  metadata_.on_sent();
}

void Producer::request_producer_id(Instant now, Outbox& out) {
  if (id_is_requested_ || now < id_retry_at_) return;
  const NodeId node = least_loaded_node(now);
  if (node == no_node || !make_ready(node, now, out)) return;
  send<InitProducerIdRequest>(node, 0, now, out);
  id_is_requested_ = true;
}

// The leaders of partitions that have something to send. A partition without a known leader makes
// the producer ask for one.
BrokerSet Producer::ready_nodes(Instant now) {
  BrokerSet ready;
  const bool is_hurried = is_in_a_hurry();
  const ProducerMetadata::Known* leader = metadata_.leaders().data();
  for (const Accumulator::Partition& partition : accumulator_.partitions()) {
    const ProducerMetadata::Known& known = *leader++;
    if (partition.queue.empty()) continue;
    if (known.available == no_node) {
      metadata_.request_update();
      continue;
    }
    ProducerBatch& head = accumulator_.head(partition);
    head.meet_leader_epoch(known.epoch);
    const Instant from = accumulator_.may_leave_from(partition, head, is_hurried, now);
    from <= now ? ready.insert(known.available) : look_again_at(from);
  }
  return ready;
}

// A request for one node: at most one batch of each of its partitions, lingering or not, up to
// max.request.size (RecordAccumulator.drainBatchesForOneNode). True if something was drained and
// another request to this node, or the application, could follow.
[[gnu::always_inline]] inline bool Producer::drain(NodeId node, const Channel& leader,
                                                   Instant now) {
  const FlatVector<std::uint32_t>& led = metadata_.led_by(node);
  const std::uint32_t tag = take_request(node);
  FlatVector<BatchIndex>& batches = requests_[tag].batches;
  std::size_t& drain_index = drain_index_[static_cast<std::size_t>(node)];
  const std::size_t start = drain_index < led.size() ? drain_index : drain_index % led.size();
  std::int64_t bytes = 0;
  for (std::size_t i = 0; i < led.size(); ++i) {
    drain_index = start + i < led.size() ? start + i : start + i - led.size();
    const std::size_t p = led[drain_index];
    Accumulator::Partition& partition = accumulator_.partition(p);
    if (partition.is_muted || partition.queue.empty()) continue;
    const BatchIndex index = partition.queue.front();
    ProducerBatch& head = accumulator_[index];
    head.meet_leader_epoch(metadata_.epoch(p));
    if (accumulator_.is_backing_off(head, now)) continue;
    if (bytes + head.bytes > config_->max_request_size && !batches.empty()) break;
    // Kafka leaves the loop here: the node's other partitions wait as well.
    if (config_->enable_idempotence) {
      if (!sequences_.may_drain(head, accumulator_.pool())) break;
      sequences_.stamp(index, accumulator_.pool());
    }
    accumulator_.take_head(partition, index);
    bytes += head.bytes;
    batches.push_back(index);
    if (guarantees_order()) partition.is_muted = true;
  }
  if (batches.empty()) {
    give_back_request(tag);
    return false;
  }
  drained_.push_back(tag);
  if (config_->acks == Acks::none) return true;
  const bool has_room = leader.in_flight() + 1 < static_cast<std::size_t>(config_->max_in_flight);
  if (!has_room) return false;
  for (const std::uint32_t p : led) {
    if (!accumulator_.partition(p).queue.empty()) return true;
  }
  return false;
}

// Sender.sendProducerData: batches older than delivery.timeout.ms fail now, even if a request with
// them is on the wire. Looks no further than the first that is young enough, as Kafka does.
bool Producer::expire(Instant now, Outbox& out) {
  bool has_expired = false;
  const auto expire_front = [&](const BatchQueue& queue) {
    while (!queue.empty() && accumulator_.has_expired(accumulator_[queue.front()], now)) {
      const BatchIndex index = queue.front();
      if (!version_->buffers_kept_until_sent) free_buffer_in_use(index);
      fail(index, Error::timeout_exception, false, out);
      if (config_->enable_idempotence) sequences_.on_expired(accumulator_[index]);
      release(index);
      has_expired = true;
    }
  };
  for (std::size_t p = 0; p < partitions_; ++p) {
    expire_front(accumulator_.partition(p).queue);
    expire_front(accumulator_.partition(p).in_flight);
  }
  accumulator_.update_next_expiry(now);
  return has_expired;
}

[[gnu::always_inline]] inline void Producer::send_drained(Instant now, Outbox& out) {
  for (const std::uint32_t tag : drained_) {
    const Request& request = requests_[tag];
    if (config_->acks != Acks::none) {
      ProduceRequest& message = send<ProduceRequest>(request.to, tag, now, out);
      fill(message, request);
      if (!loose_buffers_.empty()) close_taken_buffers(request, message);
      continue;
    }
    // Nobody will answer: complete as soon as the bytes are handed to the socket.
    note_use(request.to);
    fill(channel(request.to).send_unanswered<ProduceRequest>(out), request);
    for (const BatchIndex index : request.batches) {
      complete(index, Error::none, no_offset, now, out);
    }
    give_back_request(tag);
  }
  drained_.clear();
}

void Producer::fill(ProduceRequest& message, const Request& request) const {
  message.acks = config_->acks;
  message.timeout = config_->request_timeout;
  for (const BatchIndex index : request.batches) {
    const ProducerBatch& batch = accumulator_[index];
    message.entries.emplace_back(partition_id(static_cast<std::size_t>(batch.partition)),
                                 Batch{.producer = index_,
                                       .first = batch.first,
                                       .count = batch.count,
                                       .bytes = batch.bytes,
                                       .producer_id = batch.identity.id,
                                       .base_sequence = batch.base_sequence,
                                       .producer_epoch = batch.identity.epoch});
  }
}

void Producer::on(const ProduceResponse& response, NodeId from, Lane, Instant now, Outbox& out) {
  if (!is_running_ || !channel(from).is_ready()) return;
  const Channel::InFlight answered = channel(from).take_answered();
  KAFAULT_REQUIRE(answered.kind == MessageKind::ProduceRequest);
  const Request& request = requests_[answered.tag];
  KAFAULT_REQUIRE(request.batches.size() == response.entries.size());
  if (undecided_ == 0) send_log_.forget();

  bool is_any_refused = false;
  const BatchIndex* batch = request.batches.begin();
  for (const ProduceResponse::Entry& entry : response.entries) {
    const BatchIndex index = batch_of(request, entry.partition, *batch++);
    complete_here(index, entry.error, entry.base_offset, now, out);
    is_any_refused |= entry.error != Error::none;
  }
  give_back_request(answered.tag);
  if (is_any_refused && version_->leader_in_answers) learn_leaders(response, out);
  run(now, out);
}

// KIP-951
void Producer::learn_leaders(const ProduceResponse& response, Outbox& out) {
  for (const ProduceResponse::Entry& entry : response.entries) {
    std::size_t p = 0;
    const bool names_leader =
        entry.error == Error::not_leader_or_follower || entry.error == Error::fenced_leader_epoch;
    if (!names_leader || !locate(entry.partition, p)) continue;
    const auto change =
        metadata_.learn_from_error(p, {entry.current_leader, entry.current_leader_epoch});
    note_leader(change, p, out);
  }
}

// A request has one batch per partition; answers usually come in the order of the request.
BatchIndex Producer::batch_of(const Request& request, PartitionId partition,
                              BatchIndex hint) const {
  const auto is_it = [&](BatchIndex index) {
    return partition_id(static_cast<std::size_t>(accumulator_[index].partition)) == partition;
  };
  if (is_it(hint)) return hint;
  const auto found = std::find_if(request.batches.begin(), request.batches.end(), is_it);
  KAFAULT_REQUIRE(found != request.batches.end());
  return *found;
}

// One batch of a request that is over: answered, refused, or lost with its connection.
[[gnu::always_inline]] inline void Producer::complete_here(BatchIndex index, Error error,
                                                           Offset base_offset, Instant now,
                                                           Outbox& out) {
  ProducerBatch& batch = accumulator_[index];
  const auto p = static_cast<std::size_t>(batch.partition);
  batch.is_on_wire = false;
  error == Error::none ? succeed(index, base_offset, out) : retry_or_fail(index, error, now, out);
  release(index);
  if (guarantees_order()) accumulator_.partition(p).is_muted = false;
}

void Producer::complete(BatchIndex index, Error error, Offset base_offset, Instant now,
                        Outbox& out) {
  complete_here(index, error, base_offset, now, out);
}

void Producer::retry_or_fail(BatchIndex index, Error error, Instant now, Outbox& out) {
  const ProducerBatch& batch = accumulator_[index];
  if (error == Error::message_too_large && splits_batches(config_->client) && batch.count > 1 &&
      !batch.is_done) {
    split(index, now, out);
  } else if (can_retry(batch, error, now)) {
    retry(index, error, now, out);
  } else {
    // If the retries are exhausted, nobody knows whether the sequence was used: it is not given to
    // another batch.
    fail(index, error, batch.attempts < config_->retries, out);
  }
  if (invalidates_metadata(error)) metadata_.request_update();
}

bool Producer::can_retry(const ProducerBatch& batch, Error error, Instant now) {
  if (accumulator_.has_expired(batch, now)) return false;
  if (batch.attempts >= config_->retries) return false;
  if (batch.is_done) return false;
  if (is_mutant(Mutant::no_retry) && error == Error::network_exception) return false;
  if (!config_->enable_idempotence) return is_retriable(error);
  const Sequences::Verdict verdict = sequences_.judge(batch, error);
  if (verdict == Sequences::Verdict::bump_and_retry) sequences_.request_bump(batch.partition);
  return verdict != Sequences::Verdict::give_up;
}

void Producer::retry(BatchIndex index, Error error, Instant now, Outbox& out) {
  accumulator_.reenqueue(index, config_->enable_idempotence, now, dice_.jitter());
  const ProducerBatch& batch = accumulator_[index];
  note_sends(ObservationKind::BatchRetried, static_cast<std::size_t>(batch.partition), batch.first,
             batch.count, error, batch.attempts, no_offset, out);
}

// MESSAGE_TOO_LARGE for several records: pieces of batch.size bytes take the batch's place, at once
// and as if they had never been sent (RecordAccumulator.splitAndReenqueue). A batch that is not
// compressed never had more bytes than that: it is its own only piece, and is refused again until
// delivery.timeout.ms is over. Measured on Kafka 4.1.0: 2,686 times in 30 s.
// Simplified: a batch with a record of another size is its own only piece, too.
void Producer::split(BatchIndex index, Instant now, Outbox& out) {
  retry(index, Error::message_too_large, now, out);
  ProducerBatch& batch = accumulator_[index];
  batch.attempts = batch.attempts_at_leader_change = 0;
  batch.last_attempt = batch.created;
  // A flush() that waits for the batch does not wait for its pieces (KAFKA-19479).
  if (!version_->flush_awaits_pieces && is_flushing() && !batch.is_unawaited) {
    batch.is_unawaited = true;
    unawaited_ += batch.count;
  }
  if (batch.raw_bytes != std::int64_t{batch.count} * record_bytes_) return;
  pieces_.clear();
  accumulator_.split(index, record_bytes_, pieces_);
  for (const BatchIndex piece : pieces_) sequences_.add_piece(piece, accumulator_.pool());
}

// An answer that comes after the batch expired is dropped, but it still tells which sequences the
// broker has.
void Producer::succeed(BatchIndex index, Offset base_offset, Outbox& out) {
  if (config_->enable_idempotence) sequences_.on_completed(index, accumulator_.pool());
  const ProducerBatch& batch = accumulator_[index];
  if (batch.is_done) return;
  decide(index);
  out.note({.kind = ObservationKind::RecordAcked,
            .partition = partition_id(static_cast<std::size_t>(batch.partition)),
            .producer = index_,
            .first = batch.first,
            .count = batch.count,
            .offset = base_offset});
}

void Producer::fail(BatchIndex index, Error error, bool adjust_sequences, Outbox& out) {
  const ProducerBatch& batch = accumulator_[index];
  if (batch.is_done) return;
  if (batch.has_sequence()) {
    sequences_.on_failed(index, error, adjust_sequences, accumulator_.pool());
  }
  decide(index);
  failures_ += batch.count;
  const auto p = static_cast<std::size_t>(batch.partition);
  note_sends(ObservationKind::RecordFailed, p, batch.first, batch.count, error, 0, no_offset, out);
  on_records_failed(p, batch.first, batch.count);
}

// The first final state wins (ProducerBatch.done).
void Producer::decide(BatchIndex index) {
  ProducerBatch& batch = accumulator_[index];
  batch.is_done = true;
  undecided_ -= batch.count;
  if (batch.is_unawaited) unawaited_ -= batch.count;
  accumulator_.remove(index);
}

void Producer::release(BatchIndex index) {
  const ProducerBatch& batch = accumulator_[index];
  if (batch.is_done && !batch.is_on_wire) accumulator_.pool().give_back(index);
}

std::uint32_t Producer::take_request(NodeId to) {
  if (free_requests_.empty()) {
    free_requests_.push_back(static_cast<std::uint32_t>(requests_.size()));
    requests_.emplace_back();
  }
  const std::uint32_t tag = free_requests_.back();
  free_requests_.pop_back();
  requests_[tag].to = to;
  requests_[tag].batches.clear();
  return tag;
}

// ---- the threads' turns ------------------------------------------------------------------------

// One iteration. True if it sent or decided something so that another may find more to do.
[[gnu::always_inline]] inline bool Producer::run_once(Instant now, Outbox& out) {
  look_again_ = never;
  if (config_->enable_idempotence) {
    if (sequences_.resolve_and_bump(accumulator_.pool())) {
      out.note({.kind = ObservationKind::ProducerIdAssigned,
                .producer = index_,
                .epoch = sequences_.identity().epoch,
                .value = sequences_.identity().id});
    }
    if (!sequences_.identity().is_valid()) {
      // Kafka's Sender does nothing else until it has its id: batches do not even expire.
      if (metadata_.next_update() <= now) update_metadata(now, out);
      request_producer_id(now, out);
      return false;
    }
  }
  // While an update is due no node counts as ready, so that metadata goes first and, as a rule, its
  // answer comes before the next drain (NetworkClient.isReady).
  const bool update_is_due = metadata_.next_update() <= now;
  const auto window = static_cast<std::size_t>(config_->max_in_flight);
  bool may_go_on = false;
  for (BrokerSet ready = ready_nodes(now); !ready.empty();) {
    const NodeId node = ready.take_first();
    const Channel& leader = channel(node);
    if (leader.in_flight() >= window) continue;  // as most are, most of the time
    // Waiting for a node costs no attempt.
    if (update_is_due || !can_send(leader)) {
      if (leader.is_disconnected()) connect(node, now, out);
      if (leader.is_disconnected()) look_again_at(leader.may_connect_at());
    } else if (drain(node, leader, now)) {
      may_go_on = true;
    }
  }
  if (now >= accumulator_.next_expiry() && expire(now, out)) may_go_on = true;
  if (!drained_.empty()) send_drained(now, out);
  if (metadata_.next_update() <= now) update_metadata(now, out);
  return may_go_on;
}

// When the Sender's poll() returns by itself. Requests in flight have no deadline of their own in
// it: poll() waits for request.timeout.ms at most and looks at the age of requests whenever it
// returns, so that a time-out is noticed at the next answer, metadata refresh or new batch
// (NetworkClient.poll, NetworkClient.handleTimedOutRequests). Measured on Kafka 4.1.0: 3.5 s for a
// request.timeout.ms of 3 s and a metadata.max.age.ms of 1 s.
Instant Producer::next_sender_wake(Instant now) {
  Instant next = never;
  const auto consider = [&](Instant at) {
    if (at > now) next = std::min(next, at);
  };
  bool waits_for_answers = !is_wire_quiet();
  if (!waits_for_answers || is_connecting_) {
    is_connecting_ = false;
    for (const Channel& each : channels_) {
      if (each.in_flight() > 0) waits_for_answers = true;
      if (each.state() != Channel::State::connecting) continue;
      is_connecting_ = true;
      consider(each.next_deadline());
    }
  }
  if (waits_for_answers) consider(now + times_.request_timeout);
  const bool waits_for_id = config_->enable_idempotence && !sequences_.identity().is_valid();
  const bool wants_any_node = metadata_.next_update() <= now || (waits_for_id && !id_is_requested_);
  consider(metadata_.next_update());
  if (wants_any_node) {
    for (const Channel& each : channels_) consider(each.may_connect_at());
  }
  if (waits_for_id) {
    consider(id_retry_at_);
    return next;
  }
  consider(look_again_);
  consider(accumulator_.next_expiry());
  return next;
}

// An application that has nothing left to send lets go of its producer: no more refreshes.
void Producer::arm_wake_timer(Instant now, Outbox& out) {
  Instant next = never;
  if (!is_done()) {
    next = next_due_after(now);
    if (sender_wakes_at_ < next) next = sender_wakes_at_;
    if (closes_by_ < next) next = closes_by_;
  }
  if (next == never && armed_for_ != never) out.disarm(wake_timer());
  // A timer that comes too early is cheaper than one that moves with every answer.
  if (next < armed_for_) out.arm(wake_timer(), next - now);
  if (next == never || next < armed_for_) armed_for_ = next;
}

// The application first, then the Sender, until neither has anything left to do. It is run after
// every event: the Sender's iteration is a part of it.
void Producer::run_threads(Instant now, Outbox& out) {
  if (!is_running_) return;
  bool timeouts_judged = false;
  do {
    if (!has_sent_all() || ends_when_sent_) run_application(now, out);
    if (is_running_ && now >= closes_by_) force_close(out);
    if (!is_running_) return;
    if (is_sender_awake_ && !std::exchange(timeouts_judged, true)) {
      close_timed_out_channels(now, out);
    }
  } while (run_once(now, out));
  if (is_sender_awake_) sender_wakes_at_ = next_sender_wake(now);
  is_sender_awake_ = false;
  if (is_closing_ && undecided_ == 0 && is_wire_quiet()) return exit(out);
  arm_wake_timer(now, out);
}

}  // namespace kafault
