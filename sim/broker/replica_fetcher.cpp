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
  followed_.erase_if([&](const Followed& one) { return one.partition == partition; });
}

void ReplicaFetcher::run(const FollowerTurn& turn) {
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

// What the leader compares with its own epochs, to tell whether the logs diverge.
inline LeaderEpoch ReplicaFetcher::epoch_to_compare(const Followed& one, const PartitionLog& log,
                                                    const VersionProfile& version) {
  return version.leader_epoch_truncation && !one.has_compared ? log.latest_epoch() : no_epoch;
}

inline void ReplicaFetcher::send_fetch(const FollowerTurn& turn) {
  FetchRequest& fetch =
      channel_.send<FetchRequest>(turn.now, turn.config.replica_socket_timeout, 0, turn.out);
  static_cast<FetchTerms&>(fetch) = turn.terms;
  for (Followed& one : followed_) {
    one.asked_offset = no_offset;
    if (!one.is_fetched(turn.now)) continue;
    const Partition& partition = turn.partition(one.partition);
    const PartitionLog& log = partition.log();
    one.asked_offset = log.end_offset();
    one.asked_epoch = partition.epoch();
    fetch.entries.emplace_back(one.partition, one.asked_offset,
                               turn.version.leader_epoch_fencing ? one.asked_epoch : no_epoch,
                               epoch_to_compare(one, log, turn.version));
  }
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

void ReplicaFetcher::on(const FetchResponse& response, const FollowerTurn& turn) {
  if (!channel_.is_ready() || channel_.in_flight() == 0) return;  // it hung up meanwhile
  channel_.take_answered();
  Followed* likely = followed_.begin();
  Followed* const end = followed_.end();
  for (const FetchResponse::Entry& entry : response.entries) {
    // In the order in which they were asked for, unless some are not asked for.
    const bool is_there = likely != end && likely->partition == entry.partition;
    Followed* const followed = is_there ? likely : find(entry.partition);
    if (followed == nullptr) continue;
    likely = followed + 1;
    // Removed and added again while the fetch was on its way (KAFKA-18991).
    Partition& partition = turn.partition(entry.partition);
    if (partition.epoch() != followed->asked_epoch) continue;
    if (partition.log().end_offset() != followed->asked_offset) continue;
    if (entry.error != Error::none) {
      apply_error(entry, *followed, partition, turn);
    } else {
      apply(response, entry, *followed, partition, turn);
    }
  }
  has_work(turn.now) ? send_fetch(turn) : run(turn);
}

void ReplicaFetcher::apply_error(const FetchResponse::Entry& entry, Followed& followed,
                                 Partition& partition, const FollowerTurn& turn) {
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

inline void ReplicaFetcher::apply(const FetchResponse& response, const FetchResponse::Entry& entry,
                                  Followed& followed, Partition& partition,
                                  const FollowerTurn& turn) {
  followed.has_compared = !turn.version.common_epoch_search;
  if (entry.diverging_epoch != no_epoch) {  // nothing else counts until it is cut (KAFKA-14704)
    const EpochEnd end{entry.diverging_epoch, entry.diverging_end_offset};
    return truncate(entry.partition, truncation_offset(partition.log(), end), partition, turn);
  }

  PartitionLog& log = partition.log();
  const Batch* const first = response.batches.data() + entry.first_batch;
  for (const Batch& batch : std::span(first, entry.batch_count)) {
    // Written in an epoch that this follower has not been told of yet (KAFKA-18723).
    if (batch.leader_epoch > partition.epoch()) break;
    // Logs that differ, and batches that do not fit (OffsetsOutOfOrderException). There may be gaps
    // where the leader has cleaned its log.
    if (batch.base_offset < log.end_offset()) {
      followed.has_failed = true;
      break;
    }
    partition.append_as_follower(batch, turn.now, turn.stamp_of(batch, entry.partition));
    turn.out.note({.kind = ObservationKind::BatchReplicated,
                   .partition = entry.partition,
                   .producer = batch.producer,
                   .first = batch.first,
                   .count = batch.count,
                   .epoch = batch.leader_epoch,
                   .offset = batch.base_offset});
  }
  log.set_high_watermark(entry.high_watermark);
  if (entry.log_start_offset > log.start_offset()) {
    log.advance_start(std::min(entry.log_start_offset, log.high_watermark()), turn.now);
  }
}

void ReplicaFetcher::truncate(PartitionId id, Offset offset, Partition& partition,
                              const FollowerTurn& turn) {
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
