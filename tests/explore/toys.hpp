// Worlds small enough to know in advance what is to be found in them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "sim/explore/exploration.hpp"
#include "sim/kernel/digest.hpp"

namespace kafault::test {

template <class... Words>
std::uint64_t fingerprint_of(Words... words) {
  Digest digest;
  (digest.add(static_cast<std::uint64_t>(words)), ...);
  return digest.value();
}

// Four questions with three answers each, of which one is kind. No two runs ever meet.
struct Questions {
  std::uint32_t asked = 0;
  bool is_answered = false;
  std::uint64_t answers = 0;

  std::size_t options() const { return asked == 4 || is_answered ? 0 : 2; }
  void strike(std::size_t option) {
    answers = 3 * answers + 1 + option;
    is_answered = true;
  }
  bool advance() {
    if (asked == 4) return false;
    if (!is_answered) answers *= 3;
    is_answered = false;
    ++asked;
    return true;
  }
  std::uint64_t fingerprint() const { return fingerprint_of(asked, is_answered, answers); }
  bool is_quiet() const { return false; }
  bool is_resting() const { return true; }
  std::uint32_t broken() const { return 0; }
};

// A sum that misfortunes add to: it does not matter when. Promise b is that the sum is not b + 1.
struct Sum {
  std::uint32_t left = 6;
  std::uint32_t most = 2;  // a misfortune adds at most so much
  std::uint32_t sum = 0;

  std::size_t options() const { return left == 0 ? 0 : most; }
  void strike(std::size_t option) { sum += static_cast<std::uint32_t>(option) + 1; }
  bool advance() {
    if (left == 0) return false;
    --left;
    return true;
  }
  std::uint64_t fingerprint() const { return fingerprint_of(left, most, sum); }
  bool is_quiet() const { return false; }
  bool is_resting() const { return true; }
  std::uint32_t broken() const { return sum == 0 || sum > 32 ? 0 : 1U << (sum - 1); }
};

// Wounds heal within three steps, as if nothing had been; only a wound in a wound breaks something.
struct Wound {
  std::uint32_t left = 12;
  std::uint32_t healing = 0;
  bool is_fresh = false;
  bool is_dead = false;

  std::size_t options() const { return left == 0 || is_fresh ? 0 : 1; }
  void strike(std::size_t) {
    is_dead = is_dead || healing > 0;
    healing = 3;
    is_fresh = true;
  }
  bool advance() {
    if (left == 0) return false;
    --left;
    is_fresh = false;
    if (healing > 0) --healing;
    return true;
  }
  std::uint64_t fingerprint() const { return fingerprint_of(left, healing, is_fresh, is_dead); }
  bool is_quiet() const { return false; }
  bool is_resting() const { return true; }
  std::uint32_t broken() const { return is_dead ? 1 : 0; }
};

// A sender, a receiver, two records, and a link that may drop each message. The sender repeats a
// record until it is acknowledged; or, at most once, never repeats it.
struct Courier {
  enum class Flight : std::uint8_t { none, record, ack };
  static constexpr std::uint32_t lost = 1, duplicated = 2;

  bool at_most_once = false;
  std::uint8_t sending = 0;  // the record being sent
  std::uint8_t timeout = 0;  // steps until it is sent again
  Flight flight = Flight::none;
  std::uint8_t received[2] = {0, 0};

  std::size_t options() const { return flight == Flight::none ? 0 : 1; }
  void strike(std::size_t) { flight = Flight::none; }
  bool advance() {
    if (sending == 2) return false;
    if (flight == Flight::record) {
      ++received[sending];
      flight = Flight::ack;
    } else if (flight == Flight::ack) {
      flight = Flight::none;
      next();
    } else if (timeout == 0) {
      flight = Flight::record;
      timeout = 4;
    } else if (--timeout == 0 && at_most_once) {
      next();
    }
    return true;
  }
  std::uint64_t fingerprint() const {
    return fingerprint_of(at_most_once, sending, timeout, flight, received[0], received[1]);
  }
  bool is_quiet() const { return flight == Flight::none && timeout > 0; }
  bool is_resting() const { return true; }
  std::uint32_t broken() const {
    std::uint32_t all = 0;
    for (const std::uint8_t times : received) {
      if (times == 0) all |= lost;
      if (times > 1) all |= duplicated;
    }
    return all;
  }

 private:
  void next() {
    ++sending;
    timeout = 0;
  }
};

// Anything at all, by a seed: few states, so that paths meet often, at different times, also with
// fewer misfortunes; several misfortunes at one moment, misfortunes without effect, quiet steps,
// runs of different lengths.
struct Anything {
  std::uint64_t seed = 1;
  std::uint32_t state = 0;
  std::uint32_t left = 9;
  std::uint32_t struck = 0;  // at this moment
  bool quiet = false;

  std::uint64_t dice(std::uint64_t purpose) const {
    return fingerprint_of(seed, state, left, struck, purpose);
  }
  std::size_t options() const { return left == 0 || struck == 2 ? 0 : dice(1) % 4; }
  void strike(std::size_t option) {
    const std::uint64_t die = dice(16 + option);
    if (die % 4 != 0) state = static_cast<std::uint32_t>(die >> 8U) % 5;
    if (die % 5 == 0) left += 2;
    if (die % 5 == 1) left = (left + 1) / 2;
    ++struck;
  }
  bool advance() {
    if (left == 0) return false;
    const std::uint64_t die = dice(2);
    if (struck > 0 || die % 3 == 0) state = static_cast<std::uint32_t>(die >> 8U) % 5;
    quiet = struck == 0 && dice(4) % 4 == 0;
    struck = 0;
    --left;
    return true;
  }
  std::uint64_t fingerprint() const { return fingerprint_of(state, left, struck); }
  bool is_quiet() const { return quiet; }
  bool is_resting() const { return dice(5) % 3 == 0; }
  std::uint32_t broken() const {
    const std::uint64_t die = dice(3);
    return static_cast<std::uint32_t>(die & die >> 16U & die >> 32U);
  }
};

}  // namespace kafault::test
