#include "sim/client/producer.hpp"

#include <algorithm>
#include <utility>

#include "sim/protocol/topic_life.hpp"

namespace kafault {

Producer::Producer(ProducerIndex index, const ProducerConfig* config, const Workload* sends,
                   const ClusterLayout* layout, const VersionProfile* version)
    : index_(index), config_(config), sends_(sends), layout_(layout), version_(version) {
  std::size_t at_first = layout->partitions.size();
  if (is_outlet()) {
    partitions_ = at_first;
  } else {
    const ClusterLayout::Topic& topic = layout->topics[static_cast<std::size_t>(sends->topic)];
    first_partition_ = topic.first_partition;
    partitions_ = static_cast<std::size_t>(topic.partitions);
    at_first = static_cast<std::size_t>(topic.at_first());
    KAFAULT_REQUIRE(sends->partition < topic.partitions);
  }
  record_bytes_ = static_cast<std::uint32_t>(sends->size) + record_overhead;
  is_sticky_ = !is_outlet() && sends->partition < 0 && sends->keys == 0;
  ends_when_sent_ = sends->exits_when_sent || sends->close_timeout < forever;
  sends_in_all_ = sends->records;
  times_ = channel_times(*config);
  accumulator_.configure(*config, *version, partitions_, compressed_to(*config, *sends));
  metadata_.configure(*config, partitions_, at_first);
  sequences_.configure(partitions_, config->client);
  for (NodeId broker = 0; broker <= layout->brokers; ++broker) {
    channels_.emplace_back(broker, is_outlet() ? Lane::outlet : Lane::data);
  }
  drain_index_.resize(channels_.size());
  if (sends->outbox.exists) {
    schedule_ = {sends->outbox, sends->records, Instant{} + sends->start, sends->every};
    sends_in_all_ = static_cast<std::int64_t>(schedule_.turns().size());
  }
  reset();
}

void Producer::reset() {
  forget_everything();
  has_started_ = is_running_ = has_exited_ = false;
  next_record_ = paced_from_record_ = 0;
  failures_ = 0;
  send_log_.reset(partitions_);
}

// What a process has in memory. Send numbers go on: they name sends for the whole run.
void Producer::forget_everything() {
  is_closing_ = has_stopped_ = waits_for_memory_ = id_is_requested_ = false;
  armed_for_ = blocked_until_ = sender_wakes_at_ = closes_by_ = never;
  id_retry_at_ = {};
  undecided_ = unawaited_ = 0;
  resends_.clear();
  next_resend_ = 0;
  forwards_.clear();
  sticky_.reset(std::max(config_->batch_size, 1));
  accumulator_.clear();
  sequences_.clear();
  metadata_.clear();
  for (Channel& each : channels_) each.reset();
  nothing_times_out_before_ = never;
  is_connecting_ = false;
  bootstrap_ = no_node;
  free_requests_.clear();
  for (std::uint32_t tag = 0; tag < requests_.size(); ++tag) free_requests_.push_back(tag);
  drained_.clear();
  loose_buffers_.clear();
  std::fill(drain_index_.begin(), drain_index_.end(), 0U);
}

void Producer::start(Instant now, Outbox& out, Dice dice) {
  KAFAULT_REQUIRE(!is_running_);
  if (has_started_) {
    if (sends_->on_restart == OnRestart::stay_dead) return;
    if (sends_->on_restart == OnRestart::replay) next_record_ = 0;
  }
  // A restarted application goes on at its pace; it does not make up for the time it was down.
  paced_from_record_ = next_record_;
  flush_at_ = sends_->flush_every > 0 ? next_record_ : -1;
  paced_from_ = std::max(now, Instant{} + sends_->start);
  dice_ = dice;
  has_started_ = is_running_ = true;
  has_exited_ = false;
  send_log_.forget();
  run(now, out);
}

void Producer::crash() {
  if (!is_running_) return;
  next_record_ = restart_at(first_undecided_record());
  // A flush() that came back too early said more than was true (KAFKA-19479).
  if (sends_->on_restart == OnRestart::after_flushed) {
    next_record_ = std::max(next_record_, flush_at_ - sends_->flush_every);
  }
  forget_everything();
  is_running_ = false;
}

void Producer::take_back(const Observation& note) {
  std::size_t p = 0;
  if (is_running_ || !locate(note.partition, p)) return;
  switch (note.kind) {
    case ObservationKind::RecordSent: {
      const std::int64_t record =
          schedule_.empty() ? note.value : schedule_.position_of(note.value, next_record_);
      next_record_ = std::min(
          next_record_, sends_->on_restart == OnRestart::after_sent ? record : restart_at(record));
      send_log_.take_back(p, note.first);
      return;
    }
    case ObservationKind::RecordAcked:
    case ObservationKind::RecordFailed:
      send_log_.for_each(p, note.first, note.count, [&](const SendLog::Run& run) {
        next_record_ = std::min(next_record_, restart_at(run.record));
      });
      return;
    default:
      return;
  }
}

void Producer::shut_down(Instant now, Outbox& out) {
  if (!is_running_) return;
  begin_close(now);
  run(now, out);
}

// close(timeout), by the application's thread or by a shutdown hook.
void Producer::begin_close(Instant now) {
  is_closing_ = true;
  stop_blocking();
  if (sends_->close_timeout < forever) closes_by_ = now + sends_->close_timeout;
}

// The Sender gives up what is left, queued or in flight: their callbacks hear that the producer is
// closed (Sender.forceClose, RecordAccumulator.abortIncompleteBatches).
void Producer::force_close(Outbox& out) {
  BatchPool& pool = accumulator_.pool();
  for (BatchIndex index = 0; index < pool.all().size(); ++index) {
    if (pool[index].is_live) fail(index, Error::producer_closed, false, out);
  }
  exit(out);
}

void Producer::exit(Outbox& out) {
  next_record_ = first_undecided_record();
  forget_everything();
  is_running_ = false;
  has_exited_ = true;
  if (!is_outlet()) out.exit();
}

// Of a process that is down and did not end by itself.
bool Producer::is_never_to_go_on() const {
  if (!has_started_) return false;
  if (sends_->on_restart == OnRestart::stay_dead) return true;
  return sends_->on_restart != OnRestart::replay && next_record_ >= sends_in_all_;
}

void Producer::run(Instant now, Outbox& out) {
  is_sender_awake_ = true;
  run_threads(now, out);
}

void Producer::on_timer(std::uint8_t, Instant now, Outbox& out) {
  if (!is_running_) return;
  if (undecided_ == 0) send_log_.forget();
  armed_for_ = never;
  is_sender_awake_ = now >= sender_wakes_at_;
  run_threads(now, out);
}

void Producer::on_connected(NodeId peer, Lane, Instant now, Outbox& out) {
  if (!is_running_) return;
  channel(peer).on_connected(now, times_, out);
  expect(channel(peer).next_deadline());
  run(now, out);
}

void Producer::on(const ApiVersionsResponse&, NodeId from, Lane, Instant now, Outbox& out) {
  if (!is_running_ || channel(from).state() != Channel::State::handshaking) return;
  channel(from).on_handshake();
  run(now, out);
}

void Producer::on_sent(NodeId peer, ProduceRequest* written, Instant now, Outbox& out) {
  channel(peer).on_sent();
  for (const LooseBuffer& loose : loose_buffers_) {
    if (loose.to == peer && written != nullptr) overwrite(*written, loose, now, out);
  }
  std::erase_if(loose_buffers_, [&](const LooseBuffer& loose) { return loose.to == peer; });
  if (is_running_) run(now, out);
}

void Producer::on_disconnected(NodeId peer, Lane, Instant now, Outbox& out) {
  if (!is_running_ || channel(peer).is_disconnected()) return;
  if (channel(peer).state() != Channel::State::connecting) {
    out.note({.kind = ObservationKind::ConnectionLost, .producer = index_, .value = peer});
  }
  channel(peer).on_disconnected(now, times_, lost_, dice_);
  std::erase_if(loose_buffers_, [&](const LooseBuffer& loose) { return loose.to == peer; });
  fail_lost_requests(Error::network_exception, now, out);
  run(now, out);
}

// Any request that is too old closes its connection, and all that is in flight on it fails
// (NetworkClient.handleTimedOutRequests).
void Producer::close_channels_due(Instant now, Outbox& out) {
  nothing_times_out_before_ = never;
  for (Channel& each : channels_) {
    if (!each.has_timed_out(now)) {
      expect(each.next_deadline());
      continue;
    }
    if (each.state() != Channel::State::connecting) {
      out.note(
          {.kind = ObservationKind::RequestTimedOut, .producer = index_, .value = each.peer()});
    }
    each.close(now, times_, lost_, dice_, out);
    std::erase_if(loose_buffers_,
                  [&](const LooseBuffer& loose) { return loose.to == each.peer(); });
    fail_lost_requests(Error::request_timed_out, now, out);
  }
}

// First what it means for the metadata, then the requests, whose failures ask for an update as
// well: that one may be sent at once (NetworkClient.processDisconnection, completeResponses).
void Producer::fail_lost_requests(Error error, Instant now, Outbox& out) {
  const auto is_of_metadata = [](const Channel::InFlight& request) {
    return request.kind == MessageKind::MetadataRequest;
  };
  const bool loses_update = std::any_of(lost_.begin(), lost_.end(), is_of_metadata);
  // Every disconnect may be the sign of stale metadata; while an update is due, it is a failed one.
  if (loses_update || metadata_.next_update() <= now) metadata_.on_failed(now, dice_.jitter());
  metadata_.request_update();
  // Oldest first, since 2.0 (InFlightRequests.clearAll).
  for (const Channel::InFlight& request : lost_) {
    if (is_of_metadata(request)) continue;
    if (request.kind == MessageKind::InitProducerIdRequest) {
      id_is_requested_ = false;
      id_retry_at_ = now + config_->retry_backoff;
      continue;
    }
    for (const BatchIndex index : requests_[request.tag].batches) {
      complete(index, error, no_offset, now, out);
    }
    give_back_request(request.tag);
  }
}

void Producer::on(const MetadataResponse& response, NodeId from, Lane, Instant now, Outbox& out) {
  if (!is_running_ || !channel(from).is_ready()) return;
  const Channel::InFlight request = channel(from).take_answered();
  KAFAULT_REQUIRE(request.kind == MessageKind::MetadataRequest);
  if (undecided_ == 0) send_log_.forget();
  if (response.brokers.empty()) {
    metadata_.on_failed(now, dice_.jitter());
    return run(now, out);
  }
  metadata_.begin_update(response.brokers, now, dice_.jitter());
  bool is_topic_there = is_outlet();
  for (const PartitionMetadata& entry : response.partitions) {
    std::size_t p = 0;
    if (!locate(entry.partition, p)) continue;
    is_topic_there = true;
    const LeaderEpoch known = metadata_.epoch(p);
    const bool looks_older = epoch_in_life(entry.leader_epoch) < epoch_in_life(known);
    if (looks_older && entry.leader_epoch > known && !version_->topics_told_apart) continue;
    note_leader(metadata_.learn(p, {entry.leader, entry.leader_epoch}), p, out);
  }
  if (!is_topic_there) metadata_.lose_topic();
  run(now, out);
}

void Producer::on(const InitProducerIdResponse& response, NodeId from, Lane, Instant now,
                  Outbox& out) {
  if (!is_running_ || !channel(from).is_ready()) return;
  const Channel::InFlight request = channel(from).take_answered();
  KAFAULT_REQUIRE(request.kind == MessageKind::InitProducerIdRequest);
  id_is_requested_ = false;
  if (response.error != Error::none) {
    id_retry_at_ = now + config_->retry_backoff;
  } else {
    sequences_.assign({response.producer_id, response.producer_epoch});
    out.note({.kind = ObservationKind::ProducerIdAssigned,
              .producer = index_,
              .epoch = response.producer_epoch,
              .value = response.producer_id});
  }
  run(now, out);
}

bool Producer::locate(PartitionId partition, std::size_t& p) const {
  if (partition < first_partition_) return false;
  p = static_cast<std::size_t>(partition - first_partition_);
  return p < partitions_;
}

void Producer::note_leader(ProducerMetadata::Change change, std::size_t p, Outbox& out) const {
  if (change != ProducerMetadata::Change::newer) return;
  out.note({.kind = ObservationKind::LeaderLearned,
            .partition = partition_id(p),
            .producer = index_,
            .count = static_cast<std::uint32_t>(std::max(metadata_.leader(p), NodeId{0})),
            .value = metadata_.epoch(p)});
}

// NetworkClient.leastLoadedNode: of those that metadata names; before there is any, of
// bootstrap.servers, which are all.
NodeId Producer::least_loaded_node(Instant now) {
  if (metadata_.is_known()) return least_loaded_of(metadata_.brokers(), now);
  BrokerSet all;
  for (NodeId broker = 1; broker <= layout_->brokers; ++broker) all.insert(broker);
  return least_loaded_of(all, now);
}

// Whether nobody whom metadata names is connected
// (LeastLoadedNode.hasNodeAvailableOrConnectionReady where no node was found).
bool Producer::is_out_of_touch() const {
  return std::none_of(channels_.begin(), channels_.end(), [&](const Channel& each) {
    return each.is_ready() && each.peer() != bootstrap_ &&
           metadata_.brokers().contains(each.peer());
  });
}

// Of equals the first from a random one on; with fixed dice the lowest.
NodeId Producer::least_loaded_of(BrokerSet candidates, Instant now) {
  if (candidates.empty()) return no_node;
  const NodeId from = candidates.nth(dice_.below(candidates.size()));
  NodeId ready = no_node;
  NodeId connecting = no_node;
  NodeId connectable = no_node;
  for (NodeId i = 0; i < layout_->brokers; ++i) {
    const NodeId node = 1 + (from - 1 + i) % layout_->brokers;
    if (!candidates.contains(node)) continue;
    const Channel& each = channel(node);
    const bool was_tried =
        connectable != no_node && channel(connectable).may_connect_at() > Instant{};
    if (node == bootstrap_ && metadata_.is_known() && each.is_ready()) {
      if (connectable == no_node || was_tried) connectable = node;  // itself it never was
    } else if (can_send(node)) {
      if (each.in_flight() == 0) return node;
      if (ready == no_node || each.in_flight() < channel(ready).in_flight()) ready = node;
    } else if (each.is_disconnected()) {
      const bool may_connect = now >= each.may_connect_at();
      if (may_connect && (connectable == no_node ||
                          each.may_connect_at() < channel(connectable).may_connect_at())) {
        connectable = node;
      }
    } else if (!each.is_ready()) {
      connecting = node;
    }
  }
  if (ready != no_node) return ready;
  return connecting != no_node ? connecting : connectable;
}

// True if a request may be sent to it now; else a connection is made, unless one is on its way.
bool Producer::make_ready(NodeId node, Instant now, Outbox& out) {
  if (can_send(node)) return true;
  const bool is_one_connecting =
      std::any_of(channels_.begin(), channels_.end(),
                  [](const Channel& each) { return each.state() == Channel::State::connecting; });
  if (!is_one_connecting) connect(node, now, out);
  return false;
}

// Unless it backs off, or is on its way.
void Producer::connect(NodeId node, Instant now, Outbox& out) {
  channel(node).ready_or_connect(now, times_, out);
  is_connecting_ = true;
  expect(channel(node).next_deadline());
}

}  // namespace kafault
