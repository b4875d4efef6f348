// A producer's buffers that are used again too early (KAFKA-19012, CVE-2026-35554): a batch expires
// while its request waits for room in the socket, its buffer goes back to the pool, the next batch
// is filled into it, and what the socket takes at last are the records of that one, under the name
// of the partition that the first was for. No CRC covers the partition.
//
// Simplified: a buffer that is free is the next to be taken; a request's bytes are taken by the
// socket all at once; a batch that is not closed by then has not harmed what was there before it
// (in Kafka the broker refuses the mixture: its CRC is wrong).
#include <algorithm>

#include "sim/client/producer.hpp"

namespace kafault {

// Of a batch that expires now.
void Producer::free_buffer_in_use(BatchIndex index) {
  const ProducerBatch& batch = accumulator_[index];
  const bool is_pooled = batch.reserved == static_cast<std::uint32_t>(config_->batch_size);
  if (!batch.is_on_wire || !is_pooled || is_outlet()) return;
  for (const Channel& each : channels_) {
    if (!each.is_sending() || each.requests().empty()) continue;
    const Channel::InFlight& newest = each.requests().back();
    if (newest.kind != MessageKind::ProduceRequest) continue;
    const FlatVector<BatchIndex>& batches = requests_[newest.tag].batches;
    if (std::find(batches.begin(), batches.end(), index) == batches.end()) continue;
    LooseBuffer& loose = loose_buffers_.emplace_back();
    loose.to = each.peer();
    loose.partition = partition_id(static_cast<std::size_t>(batch.partition));
  }
}

void Producer::take_free_buffer(BatchIndex index) {
  if (accumulator_[index].reserved != static_cast<std::uint32_t>(config_->batch_size)) return;
  const auto free = std::find_if(loose_buffers_.begin(), loose_buffers_.end(),
                                 [](const LooseBuffer& loose) { return !loose.is_taken; });
  if (free == loose_buffers_.end()) return;
  free->is_taken = true;
  free->taken_by = index;
}

// Batches are closed when they are drained: from then on their buffers hold what a broker accepts.
void Producer::close_taken_buffers(const Request& request, const ProduceRequest& message) {
  for (LooseBuffer& loose : loose_buffers_) {
    if (!loose.is_taken || loose.contents.count > 0) continue;
    const auto at = std::find(request.batches.begin(), request.batches.end(), loose.taken_by);
    if (at == request.batches.end()) continue;
    loose.contents = message.entries[static_cast<std::size_t>(at - request.batches.begin())].batch;
    loose.home = static_cast<std::size_t>(accumulator_[*at].partition);
    send_log_.for_each(loose.home, loose.contents.first, loose.contents.count,
                       [&](const SendLog::Run& run) { loose.records.push_back(run); });
  }
}

// The records that arrive in another's place are further sends, which nobody asked for and of which
// nobody hears.
void Producer::overwrite(ProduceRequest& written, const LooseBuffer& loose, Instant now,
                         Outbox& out) {
  std::size_t p = 0;
  if (loose.contents.count == 0 || !locate(loose.partition, p)) return;
  const auto entry = std::find_if(
      written.entries.begin(), written.entries.end(),
      [&](const ProduceRequest::Entry& each) { return each.partition == loose.partition; });
  if (entry == written.entries.end()) return;
  entry->batch = loose.contents;
  entry->batch.first = send_log_.next(p);
  for (const SendLog::Run& run : loose.records) {
    const SendNumber first = send_log_.append(p, run.record, run.count);
    note_sent(p, first, run.count, run.record, now, out);
    note_sends(ObservationKind::RecordFailed, p, first, run.count, Error::timeout_exception, 0,
               no_offset, out);
  }
}

}  // namespace kafault
