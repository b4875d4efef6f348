// A 64-bit fingerprint of a sequence of words, the same on every machine and compiler.
#pragma once

#include <cstdint>

namespace kafault {

// The finaliser of SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number
// generators", OOPSLA 2014).
constexpr std::uint64_t mix(std::uint64_t word) {
  word = (word ^ (word >> 30U)) * 0xbf58476d1ce4e5b9ULL;
  word = (word ^ (word >> 27U)) * 0x94d049bb133111ebULL;
  return word ^ (word >> 31U);
}

class Digest {
 public:
  constexpr void add(std::uint64_t word) {
    state_ = (state_ ^ word) * 0x9e3779b97f4a7c15ULL;
    state_ ^= state_ >> 29U;
  }
  constexpr std::uint64_t value() const { return mix(state_); }
  friend bool operator==(const Digest&, const Digest&) = default;

 private:
  std::uint64_t state_ = 0x6b61666175c7ULL;
};

}  // namespace kafault
