#include "sim/sink/sent_records.hpp"

#include <algorithm>
#include <chrono>

namespace kafault {

void SentRecords::resize(const std::vector<RecordSource>& sources,
                         std::size_t producers_and_outlets, std::size_t partitions) {
  partitions_ = partitions;
  sources_.clear();
  rows_ = 0;
  RecordIndex records = 0;
  for (const RecordSource& source : sources) {
    sources_.push_back({records, rows_, source.keys});
    records += static_cast<RecordIndex>(source.records);
    rows_ += static_cast<std::size_t>(source.keys > 0 ? source.keys : source.records);
  }
  sends_.resize(producers_and_outlets * partitions);
  first_sends_.resize(records);
  updated_at_.resize(records);
  clear();
}

void SentRecords::clear() {
  for (auto& sends : sends_) sends.clear();
  std::fill(first_sends_.begin(), first_sends_.end(), Send{});
  std::fill(updated_at_.begin(), updated_at_.end(), Instant{});
}

void SentRecords::see(const Observation& o, Instant now) {
  const auto created =
      std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count();
  std::vector<Sent>& sends = sends_[slot(o)];
  if (sends.size() < std::size_t{o.first} + o.count) sends.resize(std::size_t{o.first} + o.count);
  if (o.kind == ObservationKind::RecordForwarded) {
    const Observation read{.partition = static_cast<PartitionId>(o.value),
                           .producer = o.epoch,
                           .first = static_cast<SendNumber>(o.offset)};
    sends[o.first] = {index_of(read), created};
    return;
  }
  const RecordIndex first = sources_[static_cast<std::size_t>(o.producer)].first;
  for (std::uint32_t i = 0; i < o.count; ++i) {
    const RecordIndex record = first + static_cast<RecordIndex>(o.value) + i;
    sends[o.first + i] = {record, created};
    if (first_sends_[record].producer >= 0) continue;
    first_sends_[record] = {o.producer, o.partition, o.first + i};
    updated_at_[record] = now;
  }
}

std::int32_t SentRecords::producer_of(RecordIndex record) const {
  const auto behind = std::upper_bound(
      sources_.begin(), sources_.end(), record,
      [](RecordIndex index, const Source& source) { return index < source.first; });
  return static_cast<std::int32_t>(behind - sources_.begin()) - 1;
}

std::size_t SentRecords::row_of(RecordIndex record) const {
  const Source& source = sources_[static_cast<std::size_t>(producer_of(record))];
  const std::int64_t number = record - source.first;
  return source.first_row +
         static_cast<std::size_t>(source.keys > 0 ? number % source.keys : number);
}

void SentRecords::hash_into(Fingerprint& print) const {
  for (const auto& sends : sends_) {
    print.add(sends.size());
    for (const Sent& sent : sends) print.add(sent.record, sent.created);
  }
}

}  // namespace kafault
