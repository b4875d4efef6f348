// What is worth a story: one thing that happened to one send, or to one group, and that a user
// would ask "why?" about. Names are indices; whoever tells the story looks them up.
#pragma once

#include <cstdint>
#include <string_view>

#include "sim/kernel/time.hpp"
#include "sim/protocol/ids.hpp"

namespace kafault {

enum class FindingKind : std::uint8_t {
  acked_and_truncated,  // a replica that became a follower cut it off: the acknowledgement is void
  acked_and_unwritten,  // acks=0: handed to the socket, appended by nobody
  passed_over,          // a row of an outbox: its relay had read past it when it was committed
  committed_past_end,   // a group has committed an offset that the final log does not reach
};

struct Finding {
  FindingKind kind = FindingKind::acked_and_truncated;
  ProducerIndex producer = -1;
  std::int64_t record = -1;  // in its producer's workload
  GroupIndex group = -1;     // committed_past_end
  PartitionId partition = no_partition;
  Offset offset = no_offset;  // of the record, or the committed one
  NodeId node = no_node;      // who truncated
  Instant at{};               // when
  friend bool operator==(const Finding&, const Finding&) = default;
};

// What happened, as the end of a sentence that names the record or the group.
constexpr std::string_view text_of(FindingKind kind) {
  switch (kind) {
    case FindingKind::acked_and_truncated:
      return "was acknowledged and then truncated";
    case FindingKind::acked_and_unwritten:
      return "was handed to the socket and never written";
    case FindingKind::passed_over:
      return "was committed to the outbox and never sent: its relay had read a higher id";
    case FindingKind::committed_past_end:
      return "has committed an offset past the end of the log";
  }
  return "";
}

}  // namespace kafault
