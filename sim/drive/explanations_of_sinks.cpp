// What went wrong in a sink although, or because, it knows records: the same kind of list as the
// other explanations.
#include <algorithm>

#include "sim/drive/explanations.hpp"
#include "sim/scenario/values.hpp"

namespace kafault {
namespace {

bool is_lost_in(const Evidence& e, SinkKind kind) {
  return e.kind == StoryKind::lost && e.sink_plan()->kind == kind;
}
bool is_twice_in(const Evidence& e, SinkKind kind) {
  return e.kind == StoryKind::twice && e.sink_plan()->kind == kind;
}
bool failed_over(const Evidence& e) {
  return e.plan->groups[static_cast<std::size_t>(e.group)].sinks_together.may_fail_over;
}

struct SinkEntry {
  bool (*fits)(const Evidence&);
  const char* why;
  const char* prevents;
};

const SinkEntry reasons_of_sinks[] = {
    {[](const Evidence& e) {
       return is_lost_in(e, SinkKind::cache) && failed_over(e) && e.effect_gone;
     },
     "the sink lost its effect when a replica took over that was behind. It was handled again, and "
     "the cache, which is no part of the sink, still knew its id.",
     "ids in the same transaction as the effects (inbox): what is lost is lost together."},
    {[](const Evidence& e) { return e.kind == StoryKind::lost && failed_over(e) && e.effect_gone; },
     "the sink had acknowledged its effect, and a replica took over that did not have it. Its "
     "offset was committed elsewhere, so it is not read again.",
     "a sink that replicates before it acknowledges; or offsets in the sink (commit=sink) and a "
     "handler that goes back to them: they are lost together with the effects."},
    {[](const Evidence& e) { return is_lost_in(e, SinkKind::read_then_write) && e.effect_gone; },
     "another had read the sum before it was added, and then wrote its own sum over it, with all "
     "that had come in between.",
     "one statement (counter: x = x + 1), or a version of the row as a condition."},
    {[](const Evidence& e) { return is_lost_in(e, SinkKind::inbox_before) && e.effects == 0; },
     "its id was in the inbox before its effect was: the process ended in between, and when it was "
     "handled again the inbox took that for a repetition.",
     "one transaction for both (inbox)."},
    {[](const Evidence& e) {
       return is_lost_in(e, SinkKind::upsert) && e.effect_gone && e.key_moved;
     },
     "an older record of its key lies in another partition and was handled after it: partitions "
     "were added, keys moved, and nobody promises an order between two partitions.",
     "as many partitions as it will ever need from the start; or a version in the row, and a "
     "condition on it (newest_version)."},
    {[](const Evidence& e) {
       return is_lost_in(e, SinkKind::upsert) && e.effect_gone && !e.set_back_by_other;
     },
     "an older record of its key was handled after it, and written over it: the last write wins, "
     "in whatever order records come.",
     "a version in the row, and a condition on it (newest_version)."},
    {[](const Evidence& e) { return is_lost_in(e, SinkKind::upsert) && e.effect_gone; },
     "an older record of its key was written after it, by a member that did not know that it had "
     "lost its partition: the last write wins, whoever makes it.",
     "a version in the row, and a condition on it (newest_version)."},
    {[](const Evidence& e) {
       return is_lost_in(e, SinkKind::newest_timestamp) && e.effect_refused;
     },
     "its row has a timestamp that is as new, in the column's resolution: to the condition it is "
     "no newer.",
     "a version from one counter per key (newest_version), or a finer column, in part."},
    {[](const Evidence& e) {
       return is_twice_in(e, SinkKind::select_then_insert) && e.asked_in_vain > 1;
     },
     "two members asked for it before either had inserted it, and both found nothing.",
     "a unique index, so that the second insert is refused (unique_id)."},
    {[](const Evidence& e) {
       return is_twice_in(e, SinkKind::inbox_after) || is_twice_in(e, SinkKind::cache);
     },
     "its effect was committed and its id was not stored yet: who handled it next asked, and found "
     "nothing.",
     "one transaction for both (inbox)."},
    {[](const Evidence& e) {
       return is_twice_in(e, SinkKind::inbox) && e.sink_plan()->remembers < forever;
     },
     "it was handled again after its id had been deleted from the inbox.",
     "ids that are kept for as long as the topic's records are."},
    {[](const Evidence& e) {
       return is_twice_in(e, SinkKind::log_then_wal) && !e.sink_plan()->checks;
     },
     "it was in the log and not in the WAL, which says that its effect was begun and not whether "
     "it was committed; it was taken for not.",
     "asking the database about what is in the log and not in the WAL (checks)."},
    {[](const Evidence& e) { return is_twice_in(e, SinkKind::log_then_wal); },
     "its log and its WAL were files of another process, or were gone: who handled it next knew of "
     "nothing.",
     "the ids in the database (inbox), not in files of one process."},
};

}  // namespace

Explanation explain_sink(const Evidence& evidence) {
  if (evidence.stage == Stage::log || evidence.sink_plan() == nullptr) return {};
  for (const SinkEntry& entry : reasons_of_sinks) {
    if (entry.fits(evidence)) return {entry.why, entry.prevents};
  }
  return {};
}

}  // namespace kafault
