// Why a record that was published to another topic is lost, or there twice.
#include "sim/drive/explanations.hpp"

namespace kafault {

Explanation explain_published(const Evidence& e) {
  if (e.published == 0) return {};
  const GroupPlan& group = e.plan->groups[static_cast<std::size_t>(e.group)];
  if (e.kind == StoryKind::lost && !group.outlet.is_awaited) {
    return {
        "its offset was committed while it was on its way to the other topic, where it never "
        "arrived, and nobody looked at the outcome of that send.",
        "waiting for the send (\"awaited\": true): a send that fails leaves the record to the "
        "error handler."};
  }
  if (e.kind == StoryKind::lost) {
    return {"it failed in the last topic, too, behind which there is no other.",
            "a dead-letter topic at the end of the list, which the group does not read."};
  }
  if (e.kind == StoryKind::twice && e.member_died) {
    return {
        "publishing it and committing its offset are two steps, and the member died between "
        "them: the next one published it again.",
        "nothing but a transaction; readers of the dead letters that know a record by its id."};
  }
  if (e.kind == StoryKind::twice) {
    return {"it was handled or published more than once.",
            "readers of the dead letters that know a record by its id."};
  }
  return {};
}

}  // namespace kafault
