// What the application passes on to another topic, and its producer's events.
#include <algorithm>

#include "sim/client/member.hpp"
#include "sim/protocol/mutants.hpp"

namespace kafault {

// DeadLetterPublishingRecoverer. Behind the last topic nobody is left: the record is logged.
// Simplified: a send() that is not awaited never blocks the handler's thread.
void Member::publish(ConsumerTurn& turn) {
  Producer& outlet = outlet_.front();
  const PartitionId to = outlet_plan_->next_of(in_hand_.partition, *layout_);
  failed_before_ = outlet.failures();
  for (std::uint32_t i = 0; to != no_partition && i < in_hand_.count; ++i) {
    const SendNumber send = outlet.forward(
        {to, in_hand_.producer, in_hand_.partition, in_hand_.first + i}, turn.now, turn.out, dice_);
    // What is wrong with the record goes with it.
    faults_.follow(in_hand_.partition, in_hand_.offset + static_cast<Offset>(i), to, send);
  }
  if (to != no_partition && outlet_plan_->is_awaited) {
    phase_ = Phase::publishing;
    return;
  }
  remember_handled(in_hand_);
  phase_ = Phase::record_ends;
}

// A recoverer that fails leaves the record to the error handler, which begins anew: it is polled
// again and tried as often as before (SeekUtils, resetStateOnRecoveryFailure).
bool Member::finish_publishing(ConsumerTurn& turn) {
  if (!outlet_.front().is_done()) return false;
  const bool is_taken_for_sent = is_mutant(Mutant::dead_letter_taken_for_sent);
  if (outlet_.front().failures() == failed_before_ || is_taken_for_sent) {
    remember_handled(in_hand_);
    phase_ = Phase::record_ends;
    return true;
  }
  std::erase_if(attempts_,
                [&](const Attempts& each) { return each.partition == in_hand_.partition; });
  seek_back(turn);
  return true;
}

// KafkaBackoffAwareMessageListenerAdapter: a record of a retry topic that is not due yet is polled
// again when it is, and until then its partition is paused
// (ContainerPartitionPausingBackOffManager): what lies behind it waits as well, due or not, while
// other partitions are read on. Simplified: what the same poll() returned of other partitions is
// handled at once; Spring's error handler seeks back to it, and polls it again.
void Member::hold_back_early(ConsumerTurn& turn) {
  const RecordContents& contents = *turn.out.contents();
  for (PolledRange& range : polled_) {
    const Duration delay = outlet_plan_->delay_in(range.partition, *layout_);
    if (delay == Duration{}) continue;
    AssignedPartition& from = *subscription_.find(range.partition);
    if (from.offset <= range.offset) {  // behind one that waits
      range.count = 0;
      continue;
    }
    for (std::uint32_t i = 0; i < range.count; ++i) {
      const Instant due =
          contents.of(range.producer, range.partition, range.first + i).timestamp + delay;
      if (due <= turn.now) continue;
      seek(from, range.offset + static_cast<Offset>(i));
      from.retry_at = due;
      range.count = i;
    }
  }
  polled_.erase_if([](const PolledRange& range) { return range.count == 0; });
}

// With its application: close() of the producer waits for what it has.
bool Member::close_outlet(ConsumerTurn& turn) {
  if (outlet_.empty() || !outlet_.front().is_running()) return true;
  if (!outlet_is_closing_) outlet_.front().shut_down(turn.now, turn.out);
  outlet_is_closing_ = true;
  return !outlet_.front().is_running();
}

template <class Deal>
void Member::at_outlet(Instant now, Outbox& out, Deal&& deal) {
  if (!is_running() || outlet_.empty()) return;
  deal(outlet_.front());
  ConsumerTurn turn{now, out, dice_};
  settle(turn);
}

void Member::on_outlet_timer(Instant now, Outbox& out) {
  at_outlet(now, out, [&](Producer& outlet) { outlet.on_timer(0, now, out); });
}
void Member::on_outlet_connected(NodeId broker, Instant now, Outbox& out) {
  at_outlet(now, out,
            [&](Producer& outlet) { outlet.on_connected(broker, Lane::outlet, now, out); });
}
void Member::on_outlet_disconnected(NodeId broker, Instant now, Outbox& out) {
  at_outlet(now, out,
            [&](Producer& outlet) { outlet.on_disconnected(broker, Lane::outlet, now, out); });
}
void Member::on_outlet(const ApiVersionsResponse& r, NodeId from, Instant now, Outbox& out) {
  at_outlet(now, out, [&](Producer& outlet) { outlet.on(r, from, Lane::outlet, now, out); });
}
void Member::on_outlet(const MetadataResponse& r, NodeId from, Instant now, Outbox& out) {
  at_outlet(now, out, [&](Producer& outlet) { outlet.on(r, from, Lane::outlet, now, out); });
}
void Member::on(const InitProducerIdResponse& r, NodeId from, Lane lane, Instant now, Outbox& out) {
  at_outlet(now, out, [&](Producer& outlet) { outlet.on(r, from, lane, now, out); });
}
void Member::on(const ProduceResponse& r, NodeId from, Lane lane, Instant now, Outbox& out) {
  at_outlet(now, out, [&](Producer& outlet) { outlet.on(r, from, lane, now, out); });
}

}  // namespace kafault
