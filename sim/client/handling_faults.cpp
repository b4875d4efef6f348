#include "sim/client/handling_faults.hpp"

#include <algorithm>

namespace kafault {

HandlingFaults::Throws HandlingFaults::find_failure(PartitionId partition, Offset offset,
                                                    SendNumber send, bool in_batch) {
  const auto at = std::find_if(failing_.begin(), failing_.end(), [&](const Failing& failing) {
    return failing.is(partition, offset, send) && (failing.when == Throws::in_batch) == in_batch;
  });
  if (at == failing_.end()) return Throws::no;
  const Throws when = at->when;
  if (at->times_left > 0 && --at->times_left == 0) failing_.erase(at);
  return when;
}

void HandlingFaults::follow(PartitionId partition, Offset offset, PartitionId to, SendNumber send) {
  for (std::size_t i = 0; i < failing_.size(); ++i) {
    if (failing_[i].offset == no_offset || !failing_[i].is(partition, offset, 0)) continue;
    failing_.push_back({to, no_offset, failing_[i].times_left, failing_[i].when, send});
    return;
  }
}

std::optional<HandlingFaults::Slow> HandlingFaults::find_slowness(PartitionId partition,
                                                                  Offset offset) {
  const auto at = std::find_if(slow_.begin(), slow_.end(), [&](const Slow& slow) {
    return slow.partition == partition && slow.offset == offset;
  });
  if (at == slow_.end()) return std::nullopt;
  const Slow slow = *at;
  slow_.erase(at);
  return slow;
}

void HandlingFaults::hash_into(Fingerprint& print) const {
  print.add(failing_.size());
  for (const Failing& failing : failing_) {
    print.add(failing.partition, failing.offset, failing.times_left, failing.when, failing.send);
  }
  print.add(slow_.size());
  for (const Slow& slow : slow_) {
    print.add(slow.partition, slow.offset, slow.extra, slow.factor);
  }
  print.add(sink_is_down_, sink_delay_);
}

}  // namespace kafault
