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
  if (!has_work(now)) return;
  if (channel_.ready_or_connect(now, times_of(self.config), out)) send_fetch(self, now, out);
}

bool ReplicaFetcher::has_work(Instant now) const {
  for (const Followed& one : followed_) {
    if (one.is_fetched(now)) return true;
  }
  return false;
}

// What the leader compares with its own epochs, to tell whether the logs diverge.
inline LeaderEpoch ReplicaFetcher::epoch_to_compare(const Followed& one, const PartitionLog& log,
                                                    const VersionProfile& version) {
  return version.leader_epoch_truncation && !one.has_compared ? log.latest_epoch() : no_epoch;
}

inline void ReplicaFetcher::send_fetch(const FollowingBroker& self, Instant now, Outbox& out) {
  FetchRequest& fetch =
      channel_.send<FetchRequest>(now, self.config.replica_socket_timeout, 0, out);
  fetch.replica = self.id;
  fetch.broker_epoch = self.version.broker_epoch_fencing ? self.broker_epoch : -1;
  fetch.max_wait = self.config.replica_fetch_wait_max;
  fetch.min_bytes = 1;
  fetch.max_bytes = self.config.replica_fetch_response_max_bytes;
  fetch.partition_max_bytes = self.config.replica_fetch_max_bytes;
  fetch.isolation = IsolationLevel::read_uncommitted;
  for (Followed& one : followed_) {
    one.asked_offset = no_offset;
    if (!one.is_fetched(now)) continue;
    const Partition& partition = self.partition(one.partition);
    const PartitionLog& log = partition.log();
    one.asked_offset = log.end_offset();
    one.asked_epoch = partition.epoch();
    fetch.entries.push_back({one.partition, one.asked_offset,
                             self.version.leader_epoch_fencing ? one.asked_epoch : no_epoch,
                             epoch_to_compare(one, log, self.version)});
  }
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
  for (std::size_t i = 0; i < response.entries.size(); ++i) {
    const FetchResponse::Entry& entry = response.entries[i];
    Followed* followed = asked(entry.partition, i);
    if (followed == nullptr) continue;
    // Removed and added again while the fetch was on its way (KAFKA-18991).
    const Partition& partition = self.partition(entry.partition);
    if (partition.epoch() != followed->asked_epoch) continue;
    if (partition.log().end_offset() != followed->asked_offset) continue;
    apply(response, entry, *followed, self, now);
  }
  note_applied(response, self, out);
  run(self, now, out);
}

inline void ReplicaFetcher::apply(const FetchResponse& response, const FetchResponse::Entry& entry,
                                  Followed& followed, const FollowingBroker& self, Instant now) {
  Partition& partition = self.partition(entry.partition);
  if (entry.error == Error::fenced_leader_epoch) {  // onPartitionFenced
    followed.has_failed = true;
    return;
  }
  // Beyond the leader's end, with no epochs that could have told it (fetchOffsetAndTruncate).
  if (entry.error == Error::offset_out_of_range && entry.diverging_end_offset != no_offset) {
    return truncate(entry.partition, entry.diverging_end_offset, partition, now);
  }
  // All that it has was deleted at its leader (likewise).
  const Offset own_end = partition.log().end_offset();
  if (entry.error == Error::offset_out_of_range && entry.log_start_offset > own_end) {
    partition.start_anew_at(entry.log_start_offset);
    applied_.push_back({.partition = entry.partition, .started_anew_from = own_end});
    return;
  }
  if (entry.error != Error::none) {
    followed.delayed_until = now + self.config.replica_fetch_backoff;
    return;
  }
  followed.has_compared = !self.version.common_epoch_search;
  if (entry.diverging_epoch != no_epoch) {  // nothing else counts until it is cut (KAFKA-14704)
    return truncate(
        entry.partition,
        truncation_offset(partition.log(), {entry.diverging_epoch, entry.diverging_end_offset}),
        partition, now);
  }
  std::uint32_t appended = 0;
  for (; appended < entry.batch_count; ++appended) {
    const Batch& batch = response.batches[entry.first_batch + appended];
    // Written in an epoch that this follower has not been told of yet (KAFKA-18723).
    if (batch.leader_epoch > partition.epoch()) break;
    // Logs that differ, and batches that do not fit (OffsetsOutOfOrderException). There may be gaps
    // where the leader has cleaned its log.
    if (batch.base_offset < partition.log().end_offset()) {
      followed.has_failed = true;
      break;
    }
    partition.append_as_follower(batch, now, self.stamp_of(batch, entry.partition, now));
  }
  partition.log().set_high_watermark(entry.high_watermark);
  if (entry.log_start_offset > partition.log().start_offset()) {
    partition.log().advance_start(
        std::min(entry.log_start_offset, partition.log().high_watermark()), now);
  }
  if (appended > 0) {
    applied_.push_back({entry.partition, entry.first_batch, appended, no_offset});
  }
}

void ReplicaFetcher::truncate(PartitionId id, Offset offset, Partition& partition, Instant now) {
  const Offset old_end = partition.log().end_offset();
  partition.truncate_to(offset, now);
  if (partition.log().end_offset() < old_end) {
    applied_.push_back({.partition = id, .truncated_from = old_end});
  }
}

inline void ReplicaFetcher::note_applied(const FetchResponse& response, const FollowingBroker& self,
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
    if (applied.started_anew_from != no_offset) {
      out.note({.kind = ObservationKind::LogStartedAnew,
                .partition = applied.partition,
                .offset = self.partition(applied.partition).log().end_offset(),
                .value = applied.started_anew_from});
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

// `place`: where it is, unless others before it were not asked for.
ReplicaFetcher::Followed* ReplicaFetcher::asked(PartitionId partition, std::size_t place) {
  if (place < followed_.size() && followed_[place].partition == partition) return &followed_[place];
  for (Followed& one : followed_) {
    if (one.partition == partition) return &one;
  }
  return nullptr;
}

}  // namespace kafault
