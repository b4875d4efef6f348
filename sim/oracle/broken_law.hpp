// How a broken law is told.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "sim/oracle/invariants.hpp"

namespace kafault::law {

inline std::string digits(std::int64_t value, std::size_t width) {
  std::string text = std::to_string(value);
  if (text.size() < width) text.insert(0, width - text.size(), '0');
  return text;
}

// "1.230000000 s"
inline std::string spell(Instant time) {
  constexpr std::int64_t second = 1'000'000'000;
  const std::int64_t ns = time.time_since_epoch().count();
  return std::to_string(ns / second) + "." + digits(ns % second, 9) + " s";
}

inline std::string spell(const char* text) { return text; }
inline std::string spell(std::int64_t number) { return std::to_string(number); }

struct Broker {
  NodeId node;
};
inline std::string spell(Broker broker) { return "broker " + std::to_string(broker.node); }

}  // namespace kafault::law

namespace kafault {

// The parts of the sentence are spelt only when a law is broken.
template <class... Parts>
[[gnu::cold, gnu::noinline]] void Invariants::broken(Instant now, PartitionId p,
                                                     const Parts&... parts) {
  if (violations_.size() >= most_violations) return;
  violations_.push_back("at " + law::spell(now) + ", " + layout_->name_of(p) + ": " +
                        (law::spell(parts) + ...));
}

}  // namespace kafault
