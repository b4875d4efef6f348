// The outbox that a producer relays: sends/outbox.
#pragma once

#include "sim/client/workload.hpp"
#include "sim/scenario/cursor.hpp"

namespace kafault {

void read_outbox(const Cursor& sends, Workload& workload);

}  // namespace kafault
