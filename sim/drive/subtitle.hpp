// What stands below a table's title.
#pragma once

#include <cstdint>
#include <string>

#include "sim/scenario/scenario.hpp"

namespace kafault {

// "Kafka 4.1 · 3 brokers, RF 3, min ISR 2 · 100 records · Java clients", over all combinations;
// no producer sends more than `most_records`.
std::string subtitle_of(const Scenario& scenario, std::int64_t most_records = INT64_MAX);

}  // namespace kafault
