#pragma once

#include <cstddef>
#include <cstdint>

namespace kafault {

// Partitions, producers and records count from 0: their numbers are places in a vector.
constexpr std::size_t at(std::int64_t index) { return static_cast<std::size_t>(index); }

}  // namespace kafault
