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

// Partition.readRecords: the follower's last epoch ended earlier here, or is not known.
bool diverges(EpochEnd here, const FetchRequest::Entry& entry) {
  if (is_mutant(Mutant::forgotten_truncation)) return false;
  return here.epoch < entry.last_fetched_epoch || here.end_offset < entry.fetch_offset;
}

}  // namespace

void Broker::on(const FetchRequest& request, const RequestHandle& handle, Instant now,
                Outbox& out) {
  read_all(request, reads_);
  std::int64_t bytes = 0;
  bool answer_now = request.entries.empty() || request.max_wait <= Duration{};
  for (std::size_t i = 0; i < reads_.size(); ++i) {
    FetchRead& read = reads_[i];
    if (is_follower(request)) hear_follower(request, request.entries[i], read, now, out);
    bytes += read.bytes;
    answer_now |= read.error != Error::none || read.diverging.epoch != no_epoch;
  }
  if (answer_now || bytes >= request.min_bytes) {
    reply_fetch(handle, request, reads_, out);
    return;
  }
  const Instant deadline = now + request.max_wait;
  fetches_.park(handle, request, deadline);
  fetch_deadline_.wake_by(deadline, now, out);
}

void Broker::read_all(const FetchRequest& request, std::vector<FetchRead>& reads) const {
  reads.clear();
  std::int64_t budget = request.max_bytes;
  bool at_least_one = true;  // the first batch always fits, or nobody could ever read it
  for (const FetchRequest::Entry& entry : request.entries) {
    const FetchRead& found = reads.emplace_back(read(request, entry, budget, at_least_one));
    if (found.bytes > 0) at_least_one = false;
    budget = std::max<std::int64_t>(budget - found.bytes, 0);
  }
}

// Batches are returned whole; a consumer skips what lies before its position.
Broker::FetchRead Broker::read(const FetchRequest& request, const FetchRequest::Entry& entry,
                               std::int64_t budget, bool at_least_one) const {
  FetchRead found;
  if (!is_known(entry.partition)) {
    found.error = Error::unknown_topic_or_partition;
    return found;
  }
  const Partition& partition = at(entry.partition);
  found.error = partition.refuse_reader(entry.current_leader_epoch);
  if (found.error != Error::none) return found;

  const PartitionLog& log = partition.log();
  found.high_watermark = log.high_watermark();
  if (entry.last_fetched_epoch != no_epoch) {
    const EpochEnd here = log.end_of_epoch(entry.last_fetched_epoch);
    if (here.epoch == no_epoch) {
      found.error = Error::offset_out_of_range;
      return found;
    }
    if (diverges(here, entry)) {
      found.diverging = here;
      return found;
    }
  }
  if (entry.fetch_offset < PartitionLog::start_offset || entry.fetch_offset > log.end_offset()) {
    found.error = Error::offset_out_of_range;
    return found;
  }
  const Offset end = is_follower(request) ? log.end_offset() : log.high_watermark();
  if (entry.fetch_offset >= end) return found;
  const std::span<const Batch> batches = log.batches();
  const std::int64_t limit = std::min<std::int64_t>(budget, request.partition_max_bytes);
  found.first = log.position_of(entry.fetch_offset);
  for (std::size_t i = found.first; i < batches.size() && batches[i].end_offset() <= end; ++i) {
    const bool must_fit = found.count > 0 || !at_least_one;
    if (must_fit && found.bytes + size_of(batches[i]) > limit) break;
    found.bytes += size_of(batches[i]);
    ++found.count;
  }
  return found;
}

// Partition.updateFollowerFetchState: the follower has everything before its fetch offset. A fetch
// that diverges says nothing.
void Broker::hear_follower(const FetchRequest& request, const FetchRequest::Entry& entry,
                           FetchRead& read, Instant now, Outbox& out) {
  if (read.error != Error::none || read.diverging.epoch != no_epoch) return;
  Partition& partition = at(entry.partition);
  RemoteReplica* follower = partition.replica(request.replica);
  if (follower == nullptr || metadata_.is_stale(request.replica, request.broker_epoch)) {
    read = FetchRead{};
    read.error = Error::not_leader_or_follower;
    return;
  }
  const Offset known_end = follower->end_offset;
  follower->note_fetch(entry.fetch_offset, partition.log().end_offset(), request.broker_epoch, now);
  if (partition.propose_expansion(*follower, metadata_)) isr_changes_.push_back(entry.partition);
  if (known_end == follower->end_offset) return;
  if (!partition.advance_high_watermark(metadata_, now)) return;
  note_high_watermark(entry.partition, out);
  after_high_watermark(entry.partition, out);
}

// DelayedFetch.tryComplete.
bool Broker::has_enough(const FetchRequest& request) const {
  std::int64_t bytes = 0;
  for (const FetchRequest::Entry& entry : request.entries) {
    if (!is_known(entry.partition)) return true;
    const Partition& partition = at(entry.partition);
    if (partition.refuse_reader(entry.current_leader_epoch) != Error::none) return true;
    const PartitionLog& log = partition.log();
    const Offset end = is_follower(request) ? log.end_offset() : log.high_watermark();
    if (entry.fetch_offset >= end) continue;
    const std::span<const Batch> batches = log.batches();
    std::int64_t here = 0;
    for (std::size_t i = log.position_of(entry.fetch_offset);
         i < batches.size() && batches[i].base_offset < end; ++i) {
      here += size_of(batches[i]);
      if (bytes + here >= request.min_bytes || here >= request.partition_max_bytes) break;
    }
    bytes += std::min<std::int64_t>(here, request.partition_max_bytes);
    if (bytes >= request.min_bytes) return true;
  }
  return bytes >= request.min_bytes;
}

void Broker::reply_fetch(const RequestHandle& handle, const FetchRequest& request,
                         std::span<const FetchRead> reads, Outbox& out) const {
  FetchResponse& response = out.reply<FetchResponse>(handle);
  for (std::size_t i = 0; i < reads.size(); ++i) {
    const FetchRead& read = reads[i];
    FetchResponse::Entry& entry = response.entries.emplace_back();
    entry.partition = request.entries[i].partition;
    entry.error = read.error;
    entry.high_watermark = read.high_watermark;
    entry.log_start_offset = PartitionLog::start_offset;
    entry.diverging_epoch = read.diverging.epoch;
    entry.diverging_end_offset = read.diverging.end_offset;
    entry.first_batch = static_cast<std::uint32_t>(response.batches.size());
    entry.batch_count = read.count;
    hint_leader(entry);
    if (read.count == 0) continue;
    const std::span<const Batch> found =
        at(entry.partition).log().batches().subspan(read.first, read.count);
    response.batches.insert(response.batches.end(), found.begin(), found.end());
  }
}

// Reads once more; the follower was heard when its fetch came.
void Broker::answer_parked(const FetchPurgatory::Parked& parked, Outbox& out) {
  read_all(parked.request, parked_reads_);
  reply_fetch(parked.handle, parked.request, parked_reads_, out);
}

void Broker::answer_all_parked(PartitionId id, Outbox& out) {
  fetches_.check(id, [&](const FetchPurgatory::Parked& parked) {
    answer_parked(parked, out);
    return true;
  });
}

}  // namespace kafault
