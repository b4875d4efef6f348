// Why, where it takes a rare chain of events.
#include "sim/drive/explanations.hpp"

namespace kafault {
namespace {

// Nothing else sends a record twice whose producer neither restarts nor is told to; and only where
// packets are lost does a socket have no room.
bool was_in_a_reused_buffer(const Evidence& e) {
  const ProducerPlan& producer = e.plan->producers[static_cast<std::size_t>(e.producer)];
  return e.kind == StoryKind::twice && e.sent_again && e.plan->network.loss_ppm > 0 &&
         !e.producer_restarted && producer.sends.on_error != OnError::resend &&
         !producer.sends.outbox.exists && !producer.version.buffers_kept_until_sent;
}

// A leader without its epochs lets a replica keep what it should have cut.
bool was_kept_out_by_another(const Evidence& e) {
  return e.kind == StoryKind::lost && e.stage == Stage::log && e.ever_appended && !e.truncated &&
         !e.tail_lost && !e.plan->version.epoch_checkpoint_synced;
}

}  // namespace

Explanation explain_rare(const Evidence& e) {
  if (e.kind == StoryKind::given_up && e.failure == Error::invalid_producer_epoch) {
    return {
        "while it was on its way another batch failed for good, so that its producer's epoch was "
        "bumped, and a batch of the new epoch was in the log before it.",
        "one request in flight; an application that stops at the first error, as no order can be "
        "kept after it."};
  }
  if (was_kept_out_by_another(e)) {
    return {
        "its leader had lost its leader epochs with the power, and could not tell a replica that "
        "came back where their logs part: that one kept other records in this one's place, and "
        "led later.",
        "Kafka 3.8 or later (KAFKA-16541)."};
  }
  if (was_in_a_reused_buffer(e)) {
    return {
        "nobody sent it again: its batch was filled into the buffer of one that had expired while "
        "its request waited for room in the socket, and was written in that one's place, into that "
        "one's partition.",
        "clients of 3.9.2, 4.0.2, 4.1.2 or later (KAFKA-19012)."};
  }
  return {};
}

}  // namespace kafault
