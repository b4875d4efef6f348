// Why a row of an outbox was never sent, sent twice, or behind those that came after it.
#include "sim/drive/explanations.hpp"

namespace kafault {

Explanation explain_outbox(const Evidence& e) {
  const OutboxPlan& outbox = e.plan->producers[static_cast<std::size_t>(e.producer)].sends.outbox;
  if (!outbox.exists || e.stage != Stage::log) return {};
  if (e.kind == StoryKind::twice && outbox.relays > 1 && !outbox.locks && !e.retried) {
    return {
        "two relays found its row before either had marked it, and both sent it: to Kafka these "
        "are two events.",
        "FOR UPDATE SKIP LOCKED, or one relay; readers that know an event by its id."};
  }
  if (e.kind == StoryKind::lost && !e.ever_appended) {
    return {
        "its transaction committed after the relay had read a row with a higher id: who asks for "
        "ids past the last never sees it, though the row is in the table.",
        "reading in the order of commits (change data capture), no further than ids are without a "
        "gap, or whatever is not marked as sent."};
  }
  if (e.kind != StoryKind::reordered || e.retried) return {};
  if (outbox.relays > 1) {
    return {"another relay of the outbox had read later rows, and sent them first.",
            "one relay, or one for each share of the keys."};
  }
  return {"its row was committed after rows with higher ids, and those were sent first.",
          "reading no further than ids are without a gap."};
}

}  // namespace kafault
