// What Kafka's clients leave to chance by themselves (java.util.Random, ThreadLocalRandom): which
// of equal brokers is asked, which partition a batch sticks to, the jitter of a wait. A client has
// dice of its own; they are cast by fate once, when its process starts, and fixed dice decide
// nothing: the first of equals, no jitter.
#pragma once

#include <algorithm>
#include <cstdint>

#include "sim/kernel/contract.hpp"
#include "sim/kernel/digest.hpp"
#include "sim/kernel/time.hpp"

namespace kafault {

// How far a wait is from what is configured, in millionths of it.
struct Jitter {
  std::int32_t millionths = 0;

  // Never longer than `longest` (ExponentialBackoff.backoff).
  constexpr Duration of(Duration wait, Duration longest) const {
    return std::min(wait + Duration{wait.count() / 1'000'000 * millionths}, longest);
  }
};

class Dice {
 public:
  Dice() = default;  // fixed
  // Two dice of the same seed roll alike; 0: fixed.
  explicit Dice(std::uint64_t seed) : seed_(seed) {}

  bool are_fixed() const { return seed_ == 0; }
  // A number below `count` (>= 1); 0 of fixed dice.
  std::int32_t below(std::int32_t count) {
    KAFAULT_REQUIRE(count >= 1);
    if (are_fixed() || count == 1) return 0;
    // Multiply-shift, see SeededFate::between; the upper half is random enough for small counts.
    return static_cast<std::int32_t>((roll() >> 32U) * static_cast<std::uint64_t>(count) >> 32U);
  }
  // Up to 20 % shorter or longer: RETRY_BACKOFF_JITTER, RECONNECT_BACKOFF_JITTER and
  // CONNECTION_SETUP_TIMEOUT_JITTER alike.
  Jitter jitter() {
    constexpr std::int32_t most = 200'000;
    return are_fixed() ? Jitter{} : Jitter{below(2 * most) - most};
  }

 private:
  std::uint64_t roll() { return mix(seed_ + 0x9e3779b97f4a7c15ULL * ++rolled_); }

  std::uint64_t seed_ = 0;
  std::uint64_t rolled_ = 0;
};

}  // namespace kafault
