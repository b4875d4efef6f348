#include "sim/client/fetcher.hpp"

#include <algorithm>

namespace kafault {

void Fetcher::begin(std::int32_t brokers) {
  in_flight_ = {};
  asked_.resize(static_cast<std::size_t>(brokers));
  for (FlatVector<Asked>& asked : asked_) asked.clear();
  drop_buffered();
}

// Since 4.0 a broker waits until all that it delivered is drained (KAFKA-17448): asking for its
// other partitions meanwhile would evict the buffered ones from the fetch session.
BrokerSet Fetcher::busy() const {
  BrokerSet brokers = in_flight_;
  for (std::size_t i = front_; i < end_; ++i) brokers.insert(buffered_[i].node);
  return brokers;
}

// AbstractFetch.selectReadReplica: a replica that the metadata does not show is not asked any more.
BrokerSet Fetcher::brokers_to_ask(Subscription& subscription, Instant now,
                                  ConsumerNetwork& network) const {
  const BrokerSet not_now = busy();
  BrokerSet brokers;
  for (AssignedPartition& p : subscription.partitions()) {
    if (p.state != AssignedPartition::State::fetching) continue;
    if (p.preferred != no_node && !network.shows(p.preferred)) [[unlikely]] {
      p.preferred = no_node;
      network.request_metadata();
    }
    if (p.leader.leader == no_node) {
      network.request_metadata();
      continue;
    }
    const NodeId broker = p.reads_from(now);
    if (!not_now.contains(broker)) brokers.insert(broker);
  }
  return brokers;
}

// Simplified: partitions are asked for in their order, not in turn, so fetch.max.bytes favours the
// first; without incremental fetch sessions (KIP-227), which change bytes and no counts.
void Fetcher::send(ConsumerTurn& turn, Subscription& subscription, ConsumerNetwork& network) {
  BrokerSet brokers = brokers_to_ask(subscription, turn.now, network);
  while (!brokers.empty()) ask(brokers.take_first(), turn, subscription, network);
}

void Fetcher::ask(NodeId broker, ConsumerTurn& turn, Subscription& subscription,
                  ConsumerNetwork& network) {
  const Instant now = turn.now;
  FetchRequest* request = nullptr;
  FlatVector<Asked>& asked = asked_[static_cast<std::size_t>(broker - 1)];
  for (const AssignedPartition& p : subscription.partitions()) {
    const bool is_fetchable = p.reads_from(now) == broker &&
                              p.state == AssignedPartition::State::fetching &&
                              p.leader.leader != no_node && !turn.waits_for(p.retry_at);
    if (!is_fetchable) continue;
    if (request == nullptr) {
      request = network.try_send<FetchRequest>(broker, Lane::data, turn);
      if (request == nullptr) return;
      request->replica = no_node;
      request->broker_epoch = -1;
      request->max_wait = config_->fetch_max_wait;
      request->min_bytes = config_->fetch_min_bytes;
      request->max_bytes = config_->fetch_max_bytes;
      request->partition_max_bytes = config_->max_partition_fetch_bytes;
      request->isolation = config_->isolation_level;
      request->rack = config_->rack;
      in_flight_.insert(broker);
      asked.clear();
    }
    request->entries.emplace_back(p.partition, p.offset, p.leader.epoch, no_epoch);
    asked.emplace_back(p.partition, p.offset);
  }
}

void Fetcher::on(const FetchResponse& response, NodeId from, Instant now,
                 Subscription& subscription, ConsumerNetwork& network) {
  in_flight_.erase(from);
  const FlatVector<Asked>& asked_then = asked_[static_cast<std::size_t>(from - 1)];
  for (const FetchResponse::Entry& entry : response.entries) {
    const Asked* asked = nullptr;
    for (const Asked& each : asked_then) {
      if (each.partition == entry.partition) asked = &each;
    }
    if (asked == nullptr) continue;
    if (entry.error != Error::none || entry.preferred_replica != no_node) {
      heed(entry, now, subscription, network);
    }
    if (entry.error != Error::none || entry.batch_count > 0) {
      buffer(response, entry, from, asked->offset);
    }
  }
}

// What an answer says of whom to ask.
void Fetcher::heed(const FetchResponse::Entry& entry, Instant now, Subscription& subscription,
                   ConsumerNetwork& network) {
  if (entry.error != Error::none && entry.current_leader != no_node) {  // KIP-951
    network.learn_leader(entry.partition, {entry.current_leader, entry.current_leader_epoch});
  }
  if (entry.preferred_replica == no_node) return;
  if (AssignedPartition* const p = subscription.find(entry.partition)) {
    p->preferred = entry.preferred_replica;  // FetchCollector.handleInitializeSuccess
    p->preferred_until = now + config_->metadata_max_age;
  }
}

void Fetcher::buffer(const FetchResponse& response, const FetchResponse::Entry& entry, NodeId from,
                     Offset asked_offset) {
  if (end_ == buffered_.size()) make_room();
  Completed& completed = buffered_[end_++];
  completed.partition = entry.partition;
  completed.node = from;
  completed.error = entry.error;
  completed.next_offset = asked_offset;
  completed.next_batch = 0;
  completed.batches.clear();
  completed.batches.append(
      std::span(response.batches).subspan(entry.first_batch, entry.batch_count));
}

void Fetcher::make_room() {
  if (front_ > 0) {
    // Rotating keeps the vectors' memory for the next answer.
    std::rotate(buffered_.begin(), buffered_.begin() + static_cast<std::ptrdiff_t>(front_),
                buffered_.end());
    end_ -= front_;
    front_ = 0;
  } else {
    buffered_.emplace_back();
  }
}

void Fetcher::drop_front() {
  if (++front_ == end_) drop_buffered();
}

PolledRange slice(const Batch& batch, PartitionId partition, Offset position, std::uint32_t most) {
  const Offset from = std::max(position, batch.base_offset);
  const auto skipped = static_cast<std::uint32_t>(from - batch.base_offset);
  return {partition, batch.producer, batch.first + skipped, std::min(most, batch.count - skipped),
          from};
}

void Fetcher::collect(ConsumerTurn& turn, Subscription& subscription, ConsumerNetwork& network,
                      PositionResolver& positions, FlatVector<PolledRange>& polled) {
  auto left = static_cast<std::uint32_t>(config_->max_poll_records);
  while (has_buffered()) {
    Completed& front = buffered_[front_];
    AssignedPartition* p = subscription.find(front.partition);
    const bool is_current = p != nullptr && p->state == AssignedPartition::State::fetching &&
                            p->offset == front.next_offset;
    if (is_current && front.error != Error::none) {
      handle_error(front, *p, turn, network, positions);
    } else if (is_current) {
      left = take(front, *p, left, polled);
    }
    // That a fetch is drained shows only when the next record is asked for and there is none
    // (CompletedFetch.nextFetchedRecord): a poll that ends exactly there does not fetch ahead.
    if (left == 0) return;
    drop_front();
  }
}

// At most `left` records; returns how many may still be taken of others.
std::uint32_t Fetcher::take(Completed& from, AssignedPartition& p, std::uint32_t left,
                            FlatVector<PolledRange>& polled) {
  while (left > 0 && from.next_batch < from.batches.size()) {
    const Batch& batch = from.batches[from.next_batch];
    if (batch.end_offset() <= p.offset) {
      ++from.next_batch;
      continue;
    }
    const bool is_user_data = batch.producer >= 0;  // others are passed over
    const PolledRange range = slice(batch, from.partition, p.offset, left);
    p.offset = is_user_data ? range.end_offset() : batch.end_offset();
    p.epoch = batch.leader_epoch;
    from.next_offset = p.offset;
    if (p.offset == batch.end_offset()) ++from.next_batch;
    if (!is_user_data) continue;
    polled.emplace_back(range);
    left -= range.count;
  }
  return left;
}

void Fetcher::handle_error(const Completed& completed, AssignedPartition& p, ConsumerTurn& turn,
                           ConsumerNetwork& network, PositionResolver& positions) {
  // Of a follower that is behind, or has deleted other segments: the leader knows better.
  if (p.preferred != no_node) {
    p.preferred = no_node;
    if (completed.error != Error::offset_out_of_range) network.request_metadata();
    return;
  }
  if (completed.error == Error::offset_out_of_range) return positions.reset_by_policy(p);
  if (p.leader.leader != completed.node) return;  // the answer named the new leader
  // UNKNOWN_LEADER_EPOCH: the broker lags behind our metadata and will catch up.
  if (completed.error != Error::unknown_leader_epoch) network.request_metadata();
  // Simplified: the Java client asks the same broker again at once, until its metadata changes.
  p.retry_at = turn.now + retry_backoff(*config_, 0);
}

void Fetcher::hash_into(Fingerprint& print) const {
  print.add(in_flight_.bits());
  for (std::size_t i = 0; i < asked_.size(); ++i) {
    if (!in_flight_.contains(static_cast<NodeId>(i + 1))) continue;
    print.add(asked_[i].size());
    for (const Asked& entry : asked_[i]) {
      print.add(entry.partition, entry.offset);
    }
  }
  print.add(end_ - front_);
  for (std::size_t i = front_; i < end_; ++i) hash_into(print, buffered_[i]);
}

void Fetcher::hash_into(Fingerprint& print, const Completed& completed) {
  print.add(completed.partition, completed.node, completed.error, completed.next_offset,
            completed.batches.size() - completed.next_batch);
  for (std::size_t i = completed.next_batch; i < completed.batches.size(); ++i) {
    const Batch& batch = completed.batches[i];
    print.add(batch.producer, batch.first, batch.count, batch.base_offset, batch.leader_epoch);
  }
}

}  // namespace kafault
