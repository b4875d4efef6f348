// What of a producer matters to its future.
#include <algorithm>

#include "sim/client/producer.hpp"

namespace kafault {

void Producer::hash_into(Fingerprint& print) const {
  print.add(has_started_, is_running_, has_exited_, next_record_);
  send_log_.hash_into(print);
  if (!is_running_) return print.deadline(Instant{} + sends_->start);
  print.add(is_closing_);
  print.deadline(closes_by_);
  if (sends_->flush_every > 0)
    print.add(flush_at_ - next_record_, next_record_ - paced_from_record_);
  hash_workload(print);
  hash_sender(print);
}

void Producer::hash_into(Fingerprint& print, const Observation& held) const {
  std::size_t p = 0;
  if (locate(held.partition, p)) send_log_.hash_into(print, p, held.first, held.count);
}

void Producer::hash_workload(Fingerprint& print) const {
  print.add(has_stopped_);
  print.deadline(blocked_until_);
  print.add(waits_for_memory_);
  sticky_.hash_into(print);
  print.add(resends_.size() - next_resend_);
  for (std::size_t i = next_resend_; i < resends_.size(); ++i) {
    print.add(resends_[i].record, resends_[i].count);
  }
  print.add(forwards_.size());
  for (const Forwarded& read : forwards_) {
    print.add(read.to, read.producer, read.partition, read.send);
  }
  if (has_stopped_ || is_closing_ || next_record_ >= sends_in_all_) return;
  const Instant due = due_at(next_record_);
  // An application that is behind its pace makes up for it: then being late matters, too.
  if (sends_->every > Duration{}) return print.add(due - print.now());
  print.deadline(due);
}

void Producer::hash_sender(Fingerprint& print) const {
  if (!is_done()) {  // else nothing wakes it
    print.deadline(sender_wakes_at_);
    print.deadline(accumulator_.next_expiry());
  }
  metadata_.hash_into(print);
  if (config_->enable_idempotence) sequences_.hash_into(print, accumulator_.pool());
  print.add(id_is_requested_, bootstrap_);
  print.deadline(id_retry_at_);
  accumulator_.hash_into(print, [&](const ProducerBatch& batch) {
    const auto p = static_cast<std::size_t>(batch.partition);
    send_log_.hash_into(print, p, batch.first, batch.count);
  });
  for (const Channel& each : channels_) hash_channel(print, each);
  for (const std::size_t index : drain_index_) print.add(index);
  for (const LooseBuffer& loose : loose_buffers_) {
    print.add(loose.to, loose.partition, loose.contents.count > 0);
  }
}

void Producer::hash_channel(Fingerprint& print, const Channel& channel) const {
  channel.hash_into(print, config_->metadata_max_age);
  for (const Channel::InFlight& request : channel.requests()) {
    if (request.kind != MessageKind::ProduceRequest) continue;
    const FlatVector<BatchIndex>& batches = requests_[request.tag].batches;
    print.add(batches.size());
    for (const BatchIndex index : batches) accumulator_.hash_into(print, accumulator_[index]);
  }
  if (!channel.is_disconnected()) return;
  // Of several that may connect, the one that may for longest is chosen.
  print.add(std::count_if(channels_.begin(), channels_.end(), [&](const Channel& other) {
    return other.is_disconnected() && other.may_connect_at() < channel.may_connect_at();
  }));
}

}  // namespace kafault
