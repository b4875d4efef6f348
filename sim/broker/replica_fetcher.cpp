#include "sim/broker/replica_fetcher.hpp"

#include <algorithm>

namespace kafault {
namespace {

// BrokerBlockingSender connects without a pause of its own: the fetcher's back-off does it.
ChannelTimes times_of(const BrokerConfig& config) {
  ChannelTimes times;
  times.request_timeout = config.replica_socket_timeout;
  times.reconnect_backoff = Duration{};
  times.reconnect_backoff_max = Duration{};
  return times;
}

}  // namespace

Offset truncation_offset(const PartitionLog& log, EpochEnd leader) {
  const EpochEnd own = log.end_of_epoch(leader.epoch);
  if (own.end_offset == no_offset) return std::min(leader.end_offset, log.end_offset());
  // An epoch that the follower has not: cut to the end of the one below it, and ask again.
  if (own.epoch != leader.epoch) return std::min(own.end_offset, log.end_offset());
  return std::min({own.end_offset, leader.end_offset, log.end_offset()});
}

ReplicaFetcher::ReplicaFetcher(NodeId source) : channel_(source, Lane::replication) {}

void ReplicaFetcher::reset() {
  channel_.reset();
  followed_.clear();
  asked_.clear();
}

void ReplicaFetcher::add(PartitionId partition) {
  remove(partition);
  followed_.push_back({.partition = partition});
}

void ReplicaFetcher::remove(PartitionId partition) {
  std::erase_if(followed_, [&](const Followed& one) { return one.partition == partition; });
}

void ReplicaFetcher::run(const FollowingBroker& self, Instant now, Outbox& out) {
  if (followed_.empty()) {  // shutdownIdleFetcherThreads
    if (!channel_.is_disconnected()) channel_.close(now, times_of(self.config), lost_, out);
    return;
  }
  if (channel_.in_flight() > 0) return;
  const bool has_work = std::any_of(followed_.begin(), followed_.end(), [&](const Followed& one) {
    return !one.has_failed && one.delayed_until <= now;
  });
  if (!has_work) return;
  if (channel_.ready_or_connect(now, times_of(self.config), out)) send_fetch(self, now, out);
}

void ReplicaFetcher::send_fetch(const FollowingBroker& self, Instant now, Outbox& out) {
  FetchRequest& fetch =
      channel_.send<FetchRequest>(now, self.config.replica_socket_timeout, 0, out);
  fetch.replica = self.id;
  fetch.broker_epoch = self.broker_epoch;
  fetch.max_wait = self.config.replica_fetch_wait_max;
  fetch.min_bytes = 1;
  fetch.max_bytes = self.config.replica_fetch_response_max_bytes;
  fetch.partition_max_bytes = self.config.replica_fetch_max_bytes;
  fetch.isolation = IsolationLevel::read_uncommitted;
  for (const Followed& one : followed_) {
    if (one.has_failed || one.delayed_until > now) continue;
    const Partition& partition = self.partition(one.partition);
    fetch.entries.push_back({one.partition, partition.log().end_offset(), partition.epoch(),
                             partition.log().latest_epoch()});
  }
  asked_ = fetch.entries;
}

void ReplicaFetcher::on_connected(const FollowingBroker& self, Instant now, Outbox& out) {
  // Simplified: a handshake more than Kafka's fetchers make; it keeps silent peers from looking
  // ready.
  channel_.on_connected(now, times_of(self.config), out);
}

void ReplicaFetcher::on_handshake(const FollowingBroker& self, Instant now, Outbox& out) {
  if (channel_.state() != Channel::State::handshaking) return;
  channel_.on_handshake();
  run(self, now, out);
}

void ReplicaFetcher::on_disconnected(const FollowingBroker& self, Instant now, Outbox& out) {
  if (channel_.is_disconnected()) return;
  out.note({.kind = ObservationKind::ConnectionLost, .value = channel_.peer()});
  channel_.on_disconnected(now, times_of(self.config), lost_);
  lose_connection(self, now);
  run(self, now, out);
}

void ReplicaFetcher::on_timer(const FollowingBroker& self, Instant now, Outbox& out) {
  if (!channel_.is_disconnected() && channel_.has_timed_out(now)) {
    out.note({.kind = ObservationKind::RequestTimedOut, .value = channel_.peer()});
    channel_.close(now, times_of(self.config), lost_, out);
    lose_connection(self, now);
  }
  run(self, now, out);
}

// The thread sleeps for a back-off, then delays every partition by another one
// (AbstractFetcherThread.processFetchRequest: "effectively doubling the delay").
void ReplicaFetcher::lose_connection(const FollowingBroker& self, Instant now) {
  for (Followed& one : followed_) one.delayed_until = now + 2 * self.config.replica_fetch_backoff;
}

void ReplicaFetcher::on(const FetchResponse& response, const FollowingBroker& self, Instant now,
                        Outbox& out) {
  if (!channel_.is_ready() || channel_.in_flight() == 0) return;  // it hung up meanwhile
  channel_.take_answered();
  applied_.clear();
  KAFAULT_REQUIRE(response.entries.size() == asked_.size());
  for (std::size_t i = 0; i < asked_.size(); ++i) {
    KAFAULT_REQUIRE(response.entries[i].partition == asked_[i].partition);
    apply(response, response.entries[i], asked_[i], self, now);
  }
  note_applied(response, self, out);
  run(self, now, out);
}

void ReplicaFetcher::apply(const FetchResponse& response, const FetchResponse::Entry& entry,
                           const FetchRequest::Entry& asked, const FollowingBroker& self,
                           Instant now) {
  Followed* followed = find(entry.partition);
  if (followed == nullptr) return;
  Partition& partition = self.partition(entry.partition);
  // Removed and added again while the fetch was on its way (KAFKA-18991).
  if (partition.epoch() != asked.current_leader_epoch) return;
  if (partition.log().end_offset() != asked.fetch_offset) return;

  if (entry.error == Error::fenced_leader_epoch) {  // onPartitionFenced
    followed->has_failed = true;
    return;
  }
  // Simplified: OFFSET_OUT_OF_RANGE, which needs a log without epochs or a log start above 0.
  if (entry.error != Error::none) {
    followed->delayed_until = now + self.config.replica_fetch_backoff;
    return;
  }
  if (entry.diverging_epoch != no_epoch) {  // nothing else counts until it is cut (KAFKA-14704)
    const Offset old_end = partition.log().end_offset();
    partition.truncate_to(
        truncation_offset(partition.log(), {entry.diverging_epoch, entry.diverging_end_offset}));
    if (partition.log().end_offset() < old_end) {
      applied_.push_back({.partition = entry.partition, .truncated_from = old_end});
    }
    return;
  }
  std::uint32_t appended = 0;
  for (; appended < entry.batch_count; ++appended) {
    const Batch& batch = response.batches[entry.first_batch + appended];
    // Written in an epoch that this follower has not been told of yet (KAFKA-18723).
    if (batch.leader_epoch > asked.current_leader_epoch) break;
    partition.append_as_follower(batch);
  }
  partition.log().set_high_watermark(entry.high_watermark);
  if (appended > 0) {
    applied_.push_back({entry.partition, entry.first_batch, appended, no_offset});
  }
}

void ReplicaFetcher::note_applied(const FetchResponse& response, const FollowingBroker& self,
                                  Outbox& out) const {
  for (const Applied& applied : applied_) {
    if (applied.truncated_from != no_offset) {
      const Partition& partition = self.partition(applied.partition);
      out.note({.kind = ObservationKind::LogTruncated,
                .partition = applied.partition,
                .epoch = partition.epoch(),
                .offset = partition.log().end_offset(),
                .value = applied.truncated_from});
    }
    for (std::uint32_t i = 0; i < applied.batch_count; ++i) {
      const Batch& batch = response.batches[applied.first_batch + i];
      out.note({.kind = ObservationKind::BatchReplicated,
                .partition = applied.partition,
                .producer = batch.producer,
                .first = batch.first,
                .count = batch.count,
                .epoch = batch.leader_epoch,
                .offset = batch.base_offset});
    }
  }
}

Instant ReplicaFetcher::next_deadline(Instant now) const {
  Instant next = channel_.next_deadline();
  if (channel_.in_flight() > 0) return next;
  for (const Followed& one : followed_) {
    if (!one.has_failed && one.delayed_until > now) next = std::min(next, one.delayed_until);
  }
  return next;
}

ReplicaFetcher::Followed* ReplicaFetcher::find(PartitionId partition) {
  const auto found = std::find_if(followed_.begin(), followed_.end(),
                                  [&](const Followed& one) { return one.partition == partition; });
  return found == followed_.end() ? nullptr : &*found;
}

}  // namespace kafault
