// The life of a fetch at the leader: of consumers, who see what is below the high watermark, and of
// followers, whose fetch offset is at the same time the news of how far they are
// (ReplicaManager.fetchMessages, Partition.fetchRecords, DelayedFetch).

#include <algorithm>

#include "sim/broker/broker.hpp"
#include "sim/protocol/mutants.hpp"

namespace kafault {
namespace {

bool is_follower(const FetchRequest& request) { return request.replica != no_node; }

std::int64_t size_of(const Batch& batch) { return std::max<std::int64_t>(batch.bytes, 1); }

// Followers see the whole log, consumers what is committed.
Offset visible_end(const FetchRequest& request, const PartitionLog& log) {
  return is_follower(request) ? log.end_offset() : log.high_watermark();
}

// The follower's last epoch ended earlier here, or is not known.
bool diverges(EpochEnd here, const FetchRequest::Entry& asked) {
  if (is_mutant(Mutant::forgotten_truncation)) return false;
  return here.epoch < asked.last_fetched_epoch || here.end_offset < asked.fetch_offset;
}

// The usual follower: its last epoch is also the leader's, and goes on.
bool agrees(const FetchRequest::Entry& asked, const PartitionLog& log) {
  return asked.last_fetched_epoch == log.latest_epoch() && asked.fetch_offset <= log.end_offset();
}

// The usual reader: the smallest batch is enough for it.
bool takes_any_batch(const FetchRequest& request) {
  return request.min_bytes <= 1 && request.partition_max_bytes >= 1;
}

// Whether the reader has all that it may see and agrees with the leader about the epochs. Of one
// that is not read here it does not say so: it is then looked at closely.
bool has_all(const FetchRequest& request, const FetchRequest::Entry& asked,
             const Partition& partition) {
  const PartitionLog& log = partition.log();
  return partition.is_read_here(asked.current_leader_epoch) &&
         asked.fetch_offset == visible_end(request, log) &&
         (asked.last_fetched_epoch == no_epoch || asked.last_fetched_epoch == log.latest_epoch());
}

// Whole batches up to `end`, as many as the reader takes. The first of an answer always fits, or
// nobody could ever read it; `before`: the bytes of others that are in it. Returns their bytes.
std::int64_t copy_batches(std::span<const Batch> log, Offset end, const FetchRequest& request,
                          std::int64_t before, FlatVector<Batch>& answer) {
  std::int64_t bytes = 0;
  for (const Batch& batch : log) {
    if (batch.end_offset() > end) break;
    const std::int64_t more = bytes + size_of(batch);
    const bool is_first = before + bytes == 0;
    if (!is_first && (more > request.partition_max_bytes || before + more > request.max_bytes))
      break;
    answer.push_back(batch);
    bytes = more;
  }
  return bytes;
}

bool is_readable(const FetchResponse::Entry& found) {
  return found.error == Error::none && found.diverging_epoch == no_epoch &&
         found.preferred_replica == no_node;
}

}  // namespace

// Most fetches find nothing: that is told first, without reading.
void Broker::on(const FetchRequest& request, const RequestHandle& handle, Instant now,
                Outbox& out) {
  const bool may_wait = !request.entries.empty() && request.max_wait > Duration{} &&
                        request.min_bytes > 0 && !sends_elsewhere(request);
  if (!may_wait || !is_up_to_date(request)) {
    if (answer_at_once(request, handle, may_wait, now, out)) return;
  } else if (is_follower(request)) {
    for (const FetchRequest::Entry& asked : request.entries) {
      hear_follower(request, asked, now, out);
    }
  }
  const Instant deadline = now + request.max_wait;
  fetches_.park(handle, request, deadline);
  fetch_deadline_.wake_by(deadline, now, out);
}

// Unless there is too little. What is found is kept aside while the follower is heard: the answer
// leaves after what that causes, and tells the high watermarks from before it.
bool Broker::answer_at_once(const FetchRequest& request, const RequestHandle& handle, bool may_wait,
                            Instant now, Outbox& out) {
  std::uint32_t draft = 0;
  const std::int64_t bytes = read_all(request, draft, out);
  FetchResponse& found = out.messages().of<FetchResponse>()[draft];
  if (is_follower(request)) hear_follower(request, found, now, out);
  if (may_wait && bytes < request.min_bytes &&
      std::all_of(found.entries.begin(), found.entries.end(), is_readable)) {
    out.discard_draft<FetchResponse>(draft);
    return false;
  }
  out.reply_draft<FetchResponse>(handle, draft);
  return true;
}

inline bool Broker::is_up_to_date(const FetchRequest& request) const {
  if (is_follower(request) && metadata_.is_stale(request.replica, request.broker_epoch)) {
    return false;
  }
  for (const FetchRequest::Entry& asked : request.entries) {
    if (!is_known(asked.partition)) return false;
    const Partition& partition = at(asked.partition);
    if (!has_all(request, asked, partition)) return false;
    if (is_follower(request) && !partition.has_replica(request.replica)) return false;
  }
  return true;
}

// ---- reading ----------------------------------------------------------------------------------

std::int64_t Broker::read_all(const FetchRequest& request, std::uint32_t& draft,
                              Outbox& out) const {
  FetchResponse& answer = out.draft<FetchResponse>(draft);
  std::int64_t bytes = 0;
  for (const FetchRequest::Entry& asked : request.entries)
    bytes += read(request, asked, bytes, answer);
  return bytes;
}

// `bytes` are in the answer already. Batches are returned whole; a consumer skips what lies before
// its position.
inline std::int64_t Broker::read(const FetchRequest& request, const FetchRequest::Entry& asked,
                                 std::int64_t bytes, FetchResponse& answer) const {
  if (!is_known(asked.partition)) {
    return refuse(asked.partition, Error::unknown_topic_or_partition, answer);
  }
  const Partition& partition = at(asked.partition);
  const Error error = partition.refuse_fetch(request, asked.current_leader_epoch);
  if (error != Error::none) return refuse(asked.partition, error, answer);

  const PartitionLog& log = partition.log();
  FetchResponse::Entry& found = answer.entries.emplace_back(
      asked.partition, Error::none, log.high_watermark(), log.start_offset());
  found.first_batch = static_cast<std::uint32_t>(answer.batches.size());
  if (request.reads_from_followers()) {
    found.preferred_replica = preferred_reader(request, asked);
    if (found.preferred_replica != no_node) return 0;
  }
  if (asked.last_fetched_epoch != no_epoch && !agrees(asked, log) &&
      is_told_otherwise(asked, log, found)) {
    return 0;
  }
  if (asked.fetch_offset < log.start_offset() || asked.fetch_offset > log.end_offset()) {
    return refuse_offset(request, asked, log, found);
  }
  const Offset end = visible_end(request, log);
  if (asked.fetch_offset >= end) return 0;

  const std::int64_t here =
      copy_batches(log.batches_from(asked.fetch_offset), end, request, bytes, answer.batches);
  found.batch_count = static_cast<std::uint32_t>(answer.batches.size()) - found.first_batch;
  return here;
}

// Partition.readRecords: whether the follower's last epoch ended earlier here, or is not known.
bool Broker::is_told_otherwise(const FetchRequest::Entry& asked, const PartitionLog& log,
                               FetchResponse::Entry& found) const {
  const EpochEnd here = version_->common_epoch_search
                            ? log.end_of_epoch(asked.last_fetched_epoch)
                            : log.end_or_next_epoch(asked.last_fetched_epoch);
  if (here.epoch == no_epoch) {
    refuse(found, Error::offset_out_of_range);
    return true;
  }
  if (!diverges(here, asked)) return false;
  found.diverging_epoch = here.epoch;
  found.diverging_end_offset = here.end_offset;
  return true;
}

// Simplified: tells both ends of the log at once; Kafka's follower asks for them with ListOffsets.
std::int64_t Broker::refuse_offset(const FetchRequest& request, const FetchRequest::Entry& asked,
                                   const PartitionLog& log, FetchResponse::Entry& found) const {
  // No epoch could tell the follower that it has gone too far.
  const bool is_beyond = asked.fetch_offset > log.end_offset();
  if (is_beyond && is_follower(request) && asked.last_fetched_epoch == no_epoch) {
    found.diverging_end_offset = log.end_offset();
  }
  return refuse(found, Error::offset_out_of_range);
}

std::int64_t Broker::refuse(PartitionId partition, Error error, FetchResponse& answer) const {
  FetchResponse::Entry& found = answer.entries.emplace_back(partition);
  found.first_batch = static_cast<std::uint32_t>(answer.batches.size());
  return refuse(found, error);
}

std::int64_t Broker::refuse(FetchResponse::Entry& entry, Error error) const {
  entry.error = error;
  hint_leader(entry);
  return 0;
}

// ---- consumers that are near a follower (KIP-392) -----------------------------------------------

// Simplified: a follower is taken to have the log's beginning.
NodeId Broker::preferred_reader(const FetchRequest& request,
                                const FetchRequest::Entry& asked) const {
  if (config_->replica_selector != ReplicaSelector::rack_aware || layout_->racks.empty()) {
    return no_node;
  }
  BrokerSet in_rack;
  for (NodeId broker = 1; broker <= layout_->brokers; ++broker) {
    const bool is_there = layout_->racks[static_cast<std::size_t>(broker) - 1] == request.rack;
    if (is_there && metadata_.alive().contains(broker)) in_rack.insert(broker);
  }
  return at(asked.partition).preferred_reader(in_rack, asked.fetch_offset);
}

// Such an answer does not wait for records.
bool Broker::is_any_read_elsewhere(const FetchRequest& request) const {
  return std::any_of(request.entries.begin(), request.entries.end(), [&](const auto& asked) {
    return is_known(asked.partition) && preferred_reader(request, asked) != no_node;
  });
}

// ---- followers --------------------------------------------------------------------------------

inline bool Broker::is_heard(const FetchRequest& request, PartitionId partition) const {
  return at(partition).replica(request.replica) != nullptr &&
         !metadata_.is_stale(request.replica, request.broker_epoch);
}

// A fetch that diverges, or may not read, says nothing.
void Broker::hear_follower(const FetchRequest& request, FetchResponse& found, Instant now,
                           Outbox& out) {
  for (std::size_t i = 0; i < request.entries.size(); ++i) {
    const FetchRequest::Entry& asked = request.entries[i];
    if (!is_readable(found.entries[i])) continue;
    if (is_heard(request, asked.partition)) {
      hear_follower(request, asked, now, out);
    } else {
      found.entries[i] = {.partition = asked.partition};
      refuse(found.entries[i], Error::not_leader_or_follower);
    }
  }
}

// Partition.updateFollowerFetchState: the follower has everything before its fetch offset.
inline void Broker::hear_follower(const FetchRequest& request, const FetchRequest::Entry& asked,
                                  Instant now, Outbox& out) {
  Partition& partition = at(asked.partition);
  RemoteReplica& follower = *partition.replica(request.replica);
  const Offset known_end = follower.end_offset;
  follower.note_fetch(asked.fetch_offset, partition.log().end_offset(), request.broker_epoch, now);
  if (partition.propose_expansion(follower, metadata_)) isr_changes_.push_back(asked.partition);
  if (known_end == follower.end_offset) return;
  if (!partition.advance_high_watermark(metadata_, now)) return;
  note_high_watermark(asked.partition, partition, out);
  after_high_watermark(asked.partition, out);
}

// ---- fetches that wait ------------------------------------------------------------------------

// DelayedFetch.tryComplete.
bool Broker::has_enough(const FetchRequest& request) const {
  std::int64_t bytes = 0;
  for (const FetchRequest::Entry& asked : request.entries) {
    if (!is_known(asked.partition)) return true;
    const Partition& partition = at(asked.partition);
    if (partition.refuse_fetch(request, asked.current_leader_epoch) != Error::none) return true;
    const PartitionLog& log = partition.log();
    const Offset end = visible_end(request, log);
    if (asked.fetch_offset >= end) continue;
    if (takes_any_batch(request) || asked.fetch_offset < log.start_offset()) return true;
    const std::span<const Batch> batches = log.batches();
    std::int64_t here = 0;
    for (std::size_t i = log.position_of(asked.fetch_offset);
         i < batches.size() && batches[i].base_offset < end; ++i) {
      here += size_of(batches[i]);
      if (bytes + here >= request.min_bytes || here >= request.partition_max_bytes) break;
    }
    bytes += std::min<std::int64_t>(here, request.partition_max_bytes);
    if (bytes >= request.min_bytes) return true;
  }
  return bytes >= request.min_bytes;
}

// What was appended is there for followers at once, for consumers when the high watermark passes
// it.
void Broker::release_followers(PartitionId id, Outbox& out) {
  fetches_.check(id, [&](const FetchPurgatory::Parked& parked) {
    const FetchRequest& request = parked.request;
    if (!is_follower(request) || !(takes_any_batch(request) || has_enough(request))) return false;
    answer_parked(parked, out);
    return true;
  });
}

// A new high watermark alone does not release the followers' fetches (KAFKA-9952): they learn it
// with the next answer.
void Broker::release_consumers(PartitionId id, Outbox& out) {
  if (!fetches_.has_consumers()) return;
  fetches_.check(id, [&](const FetchPurgatory::Parked& parked) {
    if (is_follower(parked.request) || !has_enough(parked.request)) return false;
    answer_parked(parked, out);
    return true;
  });
}

void Broker::answer_all_parked(PartitionId id, Outbox& out) {
  fetches_.check(id, [&](const FetchPurgatory::Parked& parked) {
    answer_parked(parked, out);
    return true;
  });
}

}  // namespace kafault
