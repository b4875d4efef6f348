#include "sim/broker/replica_fetcher.hpp"

#include <algorithm>

#include "sim/broker/replica_fetcher_answer.hpp"

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
  followed_.erase_if([&](const Followed& one) { return one.partition == partition; });
}

void ReplicaFetcher::run(FollowerTurn turn) {
  if (followed_.empty()) {  // shutdownIdleFetcherThreads
    if (!channel_.is_disconnected())
      channel_.close(turn.now, times_of(turn.config), lost_, turn.out);
    return;
  }
  if (channel_.in_flight() > 0) return;
  if (!has_work(turn.now)) return;
  if (channel_.is_ready()) return send_fetch(turn);
  channel_.ready_or_connect(turn.now, times_of(turn.config), turn.out);
}

void ReplicaFetcher::on_connected(const FollowerTurn& turn) {
  // Simplified: a handshake more than Kafka's fetchers make; it keeps silent peers from looking
  // ready.
  channel_.on_connected(turn.now, times_of(turn.config), turn.out);
}

void ReplicaFetcher::on_handshake(const FollowerTurn& turn) {
  if (channel_.state() != Channel::State::handshaking) return;
  channel_.on_handshake();
  run(turn);
}

void ReplicaFetcher::on_disconnected(const FollowerTurn& turn) {
  if (channel_.is_disconnected()) return;
  turn.out.note({.kind = ObservationKind::ConnectionLost, .value = channel_.peer()});
  channel_.on_disconnected(turn.now, times_of(turn.config), lost_);
  lose_connection(turn);
  run(turn);
}

void ReplicaFetcher::on_timer(const FollowerTurn& turn) {
  if (!channel_.is_disconnected() && channel_.has_timed_out(turn.now)) {
    turn.out.note({.kind = ObservationKind::RequestTimedOut, .value = channel_.peer()});
    channel_.close(turn.now, times_of(turn.config), lost_, turn.out);
    lose_connection(turn);
  }
  run(turn);
}

// The thread sleeps for a back-off, then delays every partition by another one
// (AbstractFetcherThread.processFetchRequest: "effectively doubling the delay").
void ReplicaFetcher::lose_connection(const FollowerTurn& turn) {
  for (Followed& one : followed_)
    one.delayed_until = turn.now + 2 * turn.config.replica_fetch_backoff;
}

ReplicaFetcher::Followed* ReplicaFetcher::find(PartitionId partition) {
  for (Followed& one : followed_) {
    if (one.partition == partition) return &one;
  }
  return nullptr;
}

void ReplicaFetcher::apply_error(const FetchResponse::Entry& entry, Followed& followed,
                                 Partition& partition, FollowerTurn turn) {
  if (entry.error == Error::fenced_leader_epoch) {  // onPartitionFenced
    followed.has_failed = true;
    return;
  }
  // Beyond the leader's end, with no epochs that could have told it (fetchOffsetAndTruncate).
  if (entry.error == Error::offset_out_of_range && entry.diverging_end_offset != no_offset) {
    return truncate(entry.partition, entry.diverging_end_offset, partition, turn);
  }
  // All that it has was deleted at its leader (likewise).
  const Offset own_end = partition.log().end_offset();
  if (entry.error == Error::offset_out_of_range && entry.log_start_offset > own_end) {
    partition.start_anew_at(entry.log_start_offset);
    turn.out.note({.kind = ObservationKind::LogStartedAnew,
                   .partition = entry.partition,
                   .offset = partition.log().end_offset(),
                   .value = own_end});
    return;
  }
  followed.delayed_until = turn.now + turn.config.replica_fetch_backoff;
}

void ReplicaFetcher::truncate(PartitionId id, Offset offset, Partition& partition,
                              FollowerTurn turn) {
  const Offset old_end = partition.log().end_offset();
  partition.truncate_to(offset, turn.now);
  const Offset end = partition.log().end_offset();
  if (end == old_end) return;
  turn.out.note({.kind = ObservationKind::LogTruncated,
                 .partition = id,
                 .epoch = partition.epoch(),
                 .offset = end,
                 .value = old_end});
}

// The end of a partition's back-off.
Instant ReplicaFetcher::next_attempt(Instant now) const {
  Instant next = channel_.next_deadline();
  for (const Followed& one : followed_) {
    if (!one.has_failed && one.delayed_until > now) next = std::min(next, one.delayed_until);
  }
  return next;
}

}  // namespace kafault
