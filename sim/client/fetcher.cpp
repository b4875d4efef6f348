#include "sim/client/fetcher.hpp"

#include <algorithm>

namespace kafault {

void Fetcher::begin(std::int32_t brokers) {
  pending_.resize(static_cast<std::size_t>(brokers));
  for (Pending& pending : pending_) {
    pending.in_flight = false;
    pending.asked.clear();
  }
  buffered_count_ = 0;
}

bool Fetcher::has_buffered_of(NodeId broker) const {
  return std::any_of(buffered_.begin(),
                     buffered_.begin() + static_cast<std::ptrdiff_t>(buffered_count_),
                     [&](const Completed& completed) { return completed.node == broker; });
}

bool Fetcher::is_fetchable(AssignedPartition& p, NodeId broker, ConsumerTurn& turn) const {
  return p.state == AssignedPartition::State::fetching && p.leader.leader == broker &&
         turn.is_due(p.retry_at);
}

// Simplified: partitions are asked for in their order, not in turn, so fetch.max.bytes favours the
// first; without incremental fetch sessions (KIP-227), which change bytes and no counts.
void Fetcher::send(ConsumerTurn& turn, Subscription& subscription, ConsumerNetwork& network) {
  for (AssignedPartition& p : subscription.partitions()) {
    if (p.state == AssignedPartition::State::fetching && p.leader.leader == no_node) {
      network.request_metadata();
    }
  }
  for (NodeId broker = 1; broker <= network.brokers(); ++broker) {
    Pending& pending = pending_[static_cast<std::size_t>(broker - 1)];
    // Since 4.0 a broker waits until all that it delivered is drained (KAFKA-17448): asking for
    // its other partitions meanwhile would evict the buffered ones from the fetch session.
    if (pending.in_flight || has_buffered_of(broker)) continue;
    FetchRequest* request = nullptr;
    for (AssignedPartition& p : subscription.partitions()) {
      if (!is_fetchable(p, broker, turn)) continue;
      if (request == nullptr) {
        if (!network.is_ready(broker, Lane::data, turn)) break;
        request = &network.send<FetchRequest>(broker, Lane::data, turn);
        request->replica = no_node;
        request->broker_epoch = -1;
        request->max_wait = config_->fetch_max_wait;
        request->min_bytes = config_->fetch_min_bytes;
        request->max_bytes = config_->fetch_max_bytes;
        request->partition_max_bytes = config_->max_partition_fetch_bytes;
        request->isolation = config_->isolation_level;
        pending.in_flight = true;
      }
      request->entries.push_back({p.partition, p.offset, p.leader.epoch, no_epoch});
    }
    if (request != nullptr) pending.asked = request->entries;
  }
}

void Fetcher::on(const FetchResponse& response, NodeId from, ConsumerNetwork& network) {
  Pending& pending = pending_[static_cast<std::size_t>(from - 1)];
  pending.in_flight = false;
  for (const FetchResponse::Entry& entry : response.entries) {
    const auto asked = std::find_if(pending.asked.begin(), pending.asked.end(),
                                    [&](const auto& a) { return a.partition == entry.partition; });
    if (asked == pending.asked.end()) continue;
    if (entry.error != Error::none && entry.current_leader != no_node) {  // KIP-951
      network.learn_leader(entry.partition, {entry.current_leader, entry.current_leader_epoch});
    }
    if (entry.error != Error::none || entry.batch_count > 0) {
      buffer(response, entry, from, asked->fetch_offset);
    }
  }
}

void Fetcher::buffer(const FetchResponse& response, const FetchResponse::Entry& entry, NodeId from,
                     Offset asked_offset) {
  if (buffered_count_ == buffered_.size()) buffered_.emplace_back();
  Completed& completed = buffered_[buffered_count_++];
  completed.partition = entry.partition;
  completed.node = from;
  completed.error = entry.error;
  completed.next_offset = asked_offset;
  completed.next_batch = 0;
  const auto first = response.batches.begin() + static_cast<std::ptrdiff_t>(entry.first_batch);
  completed.batches.assign(first, first + static_cast<std::ptrdiff_t>(entry.batch_count));
}

void Fetcher::drop_front() {
  // Rotating keeps the vectors' memory for the next answer.
  std::rotate(buffered_.begin(), buffered_.begin() + 1,
              buffered_.begin() + static_cast<std::ptrdiff_t>(buffered_count_));
  --buffered_count_;
}

PolledRange slice(const Batch& batch, PartitionId partition, Offset position, std::uint32_t most) {
  const Offset from = std::max(position, batch.base_offset);
  const auto skipped = static_cast<std::uint32_t>(from - batch.base_offset);
  return {partition, batch.producer, batch.first + skipped, std::min(most, batch.count - skipped),
          from};
}

void Fetcher::collect(ConsumerTurn& turn, Subscription& subscription, ConsumerNetwork& network,
                      PositionResolver& positions, std::vector<PolledRange>& polled) {
  auto left = static_cast<std::uint32_t>(config_->max_poll_records);
  while (left > 0 && has_buffered()) {
    Completed& front = buffered_.front();
    AssignedPartition* p = subscription.find(front.partition);
    const bool is_current = p != nullptr && p->state == AssignedPartition::State::fetching &&
                            p->offset == front.next_offset;
    if (is_current && front.error != Error::none) {
      handle_error(front, *p, turn, network, positions);
    }
    // That a fetch is drained shows only when the next record is asked for and there is none
    // (CompletedFetch.nextFetchedRecord): a poll that ends exactly there does not fetch ahead.
    if (!is_current || front.error != Error::none || front.next_batch == front.batches.size()) {
      drop_front();
      continue;
    }
    const Batch& batch = front.batches[front.next_batch];
    if (batch.end_offset() <= p->offset) {
      ++front.next_batch;
      continue;
    }
    PolledRange range = slice(batch, front.partition, p->offset, left);
    if (batch.producer < 0) range.count = batch.count;  // not user data: passed over
    p->offset = batch.producer < 0 ? batch.end_offset() : range.end_offset();
    p->epoch = batch.leader_epoch;
    front.next_offset = p->offset;
    if (p->offset == batch.end_offset()) ++front.next_batch;
    if (batch.producer < 0) continue;
    polled.push_back(range);
    left -= range.count;
  }
}

void Fetcher::handle_error(const Completed& completed, AssignedPartition& p, ConsumerTurn& turn,
                           ConsumerNetwork& network, PositionResolver& positions) {
  if (completed.error == Error::offset_out_of_range) return positions.reset_by_policy(p);
  if (p.leader.leader != completed.node) return;  // the answer named the new leader
  // UNKNOWN_LEADER_EPOCH: the broker lags behind our metadata and will catch up.
  if (completed.error != Error::unknown_leader_epoch) network.request_metadata();
  // Simplified: the Java client asks the same broker again at once, until its metadata changes.
  p.retry_at = turn.now + retry_backoff(*config_, 0);
}

void Fetcher::on_lost(NodeId broker) {
  pending_[static_cast<std::size_t>(broker - 1)].in_flight = false;
}

}  // namespace kafault
