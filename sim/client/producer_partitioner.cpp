#include "sim/client/producer_partitioner.hpp"

#include <array>
#include <charconv>

namespace kafault {

std::int32_t murmur2(std::string_view text) {
  constexpr std::uint32_t seed = 0x9747b28cU;
  constexpr std::uint32_t m = 0x5bd1e995U;
  constexpr unsigned r = 24;
  const auto byte = [&](std::size_t at) {
    return static_cast<std::uint32_t>(static_cast<unsigned char>(text[at]));
  };
  const std::size_t length = text.size();
  std::uint32_t h = seed ^ static_cast<std::uint32_t>(length);
  std::size_t at = 0;
  for (; at + 4 <= length; at += 4) {
    std::uint32_t k = byte(at) | byte(at + 1) << 8U | byte(at + 2) << 16U | byte(at + 3) << 24U;
    k *= m;
    k ^= k >> r;
    k *= m;
    h *= m;
    h ^= k;
  }
  const std::size_t rest = length - at;
  if (rest > 2) h ^= byte(at + 2) << 16U;
  if (rest > 1) h ^= byte(at + 1) << 8U;
  if (rest > 0) {
    h ^= byte(at);
    h *= m;
  }
  h ^= h >> 13U;
  h *= m;
  h ^= h >> 15U;
  return static_cast<std::int32_t>(h);
}

std::int32_t partition_of_key(std::string_view key, std::int32_t partitions) {
  return (murmur2(key) & 0x7fffffff) % partitions;  // Utils.toPositive
}

std::int32_t partition_of_record(std::int64_t record, std::int64_t keys, std::int32_t partitions) {
  std::array<char, 24> text{'k'};
  const std::int64_t number = keys > 0 ? record % keys : record;
  const auto end = std::to_chars(text.data() + 1, text.data() + text.size(), number).ptr;
  return partition_of_key({text.data(), static_cast<std::size_t>(end - text.data())}, partitions);
}

}  // namespace kafault
