// What a world looks like to its own future, in 64 bits: two worlds with one fingerprint go on
// alike. Every part of a world says what of it matters (`hash_into`): deadlines as what is left of
// them, live things only, ids in the order in which they are reached; never the place of a thing in
// memory, a counter that only grows, or what is over.
#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "sim/kernel/digest.hpp"
#include "sim/kernel/time.hpp"

namespace kafault {

class Fingerprint {
 public:
  // Ids that are handed out as a run goes; which number a thing got is history.
  enum class Family : std::uint8_t { member, producer_id, incarnation };

  // Starts anew at this moment; keeps memory.
  void begin(Instant now) {
    now_ = now;
    digest_ = Digest{};
    for (std::vector<std::int64_t>& known : known_) known.clear();
  }

  // The beginning of a fingerprint of something that has no place in an order: to be added up.
  Fingerprint part() const {
    Fingerprint one;
    one.now_ = now_;
    return one;
  }

  template <class Word>
  requires std::integral<Word> || std::is_enum_v<Word>
  void add(Word word) { digest_.add(static_cast<std::uint64_t>(word)); }
  void add(Duration duration) { digest_.add(static_cast<std::uint64_t>(duration.count())); }
  // Several at once cost less: the small ones share 64 bits.
  template <class... Words>
  requires(sizeof...(Words) > 1) void add(Words... words) {
    Shared shared;
    (add_to(shared, words), ...);
    if (shared.used > 0) digest_.add(shared.bits);
  }
  // What is left until then; all that is over looks alike. Of a moment in the past that still
  // matters, say until when it does.
  void deadline(Instant at) {
    if (at >= never) return digest_.add(UINT64_MAX);
    digest_.add(static_cast<std::uint64_t>(std::max(at - now_, Duration{}).count()));
  }
  // A deadline that a periodic exchange (polls, heartbeats, refreshes) moves on before it is due:
  // how many periods are left. Where in its period the exchange stands is left out, or hardly two
  // moments would be alike; what that loses is tested against the search without merging.
  void poll(Instant at, Duration period) {
    if (at >= never || period <= Duration{}) return deadline(at);
    const Duration left = std::max(at - now_, Duration{});
    digest_.add(static_cast<std::uint64_t>((left + period - Duration{1}) / period));
  }
  // An id of a family by the order in which this fingerprint reached it; negative ids are "none".
  void renamed(Family family, std::int64_t id) {
    if (id < 0) return digest_.add(UINT64_MAX);
    std::vector<std::int64_t>& known = known_[static_cast<std::size_t>(family)];
    const auto found = std::find(known.begin(), known.end(), id);
    digest_.add(static_cast<std::uint64_t>(found - known.begin()));
    if (found == known.end()) known.push_back(id);
  }

  Instant now() const { return now_; }
  std::uint64_t value() const { return digest_.value(); }

 private:
  struct Shared {
    std::uint64_t bits = 0;
    unsigned used = 0;
  };
  template <class Word>
  void add_to(Shared& shared, Word word) {
    if constexpr (sizeof(Word) > sizeof(std::uint32_t)) {
      add(word);
    } else {
      constexpr unsigned width = 8 * sizeof(Word);
      constexpr std::uint64_t mask = (std::uint64_t{1} << width) - 1;
      if (shared.used + width > 64) {
        digest_.add(shared.bits);
        shared = {};
      }
      shared.bits |= (static_cast<std::uint64_t>(word) & mask) << shared.used;
      shared.used += width;
    }
  }

  Instant now_{};
  Digest digest_;
  std::array<std::vector<std::int64_t>, 3> known_;
};

}  // namespace kafault
