// Values that tests of brokers spell often.
#pragma once

#include <initializer_list>

#include "sim/kernel/time.hpp"
#include "sim/protocol/batch.hpp"

namespace kafault {

inline Instant at(Duration since_start) { return Instant{since_start}; }

inline BrokerSet set_of(std::initializer_list<NodeId> brokers) {
  BrokerSet set;
  for (const NodeId broker : brokers) set.insert(broker);
  return set;
}

}  // namespace kafault
