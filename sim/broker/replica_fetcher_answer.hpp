// What a follower makes of an answer, and what it asks for next: to be inlined into its broker's
// handler, since most of replication is this.
#pragma once

#include <algorithm>
#include <span>

#include "sim/broker/replica_fetcher.hpp"

namespace kafault {

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
    if (!one.is_fetched(turn.now)) {
      one.asked_offset = no_offset;
      continue;
    }
    const Partition& partition = turn.partition(one.partition);
    const PartitionLog& log = partition.log();
    one.asked_offset = log.end_offset();
    one.asked_epoch = partition.epoch();
    fetch.entries.emplace_back(one.partition, one.asked_offset,
                               turn.version.leader_epoch_fencing ? one.asked_epoch : no_epoch,
                               epoch_to_compare(one, log, turn.version));
  }
}

inline void ReplicaFetcher::apply(const FetchResponse& response, const FetchResponse::Entry& entry,
                                  Followed& followed, Partition& partition,
                                  const FollowerTurn& turn) {
  if (!turn.version.common_epoch_search) followed.has_compared = true;
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

inline void ReplicaFetcher::on(const FetchResponse& response, const FollowerTurn& turn) {
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

}  // namespace kafault
