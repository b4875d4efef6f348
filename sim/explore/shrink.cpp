#include "sim/explore/shrink.hpp"

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <utility>

#include "sim/kernel/contract.hpp"

namespace kafault {

namespace {

using Holds = std::function<bool(const Script&)>;

// The last misfortunes go first: they often only happen after what matters. Without the delay that
// a misfortune caused, what follows may happen earlier, and so must the misfortunes that meet it.
bool drop_one(Script& script, const Holds& holds) {
  for (std::size_t i = script.size(); i-- > 0;) {
    Script candidate = script;
    candidate.erase(std::next(candidate.begin(), static_cast<std::ptrdiff_t>(i)));
    const std::uint32_t begin = i == 0 ? 0 : script[i - 1].step;
    std::uint32_t room = i == candidate.size() ? 0 : candidate[i].step - begin;
    bool does_hold = holds(candidate);
    for (; !does_hold && room > 0; --room) {
      for (std::size_t later = i; later < candidate.size(); ++later) --candidate[later].step;
      does_hold = holds(candidate);
    }
    if (!does_hold) continue;
    script = std::move(candidate);
    return true;
  }
  return false;
}

// Gives one number of a strike the smallest value from `least` at which the script holds.
bool lower(Script& script, std::size_t at, std::uint32_t Strike::*number, std::uint32_t least,
           const Holds& holds) {
  Script candidate = script;
  for (std::uint32_t value = least; value < script[at].*number; ++value) {
    candidate[at].*number = value;
    if (!holds(candidate)) continue;
    script = std::move(candidate);
    return true;
  }
  return false;
}

bool move_one(Script& script, const Holds& holds) {
  for (std::size_t i = 0; i < script.size(); ++i) {
    const std::uint32_t earliest = i == 0 ? 0 : script[i - 1].step;
    if (lower(script, i, &Strike::step, earliest, holds)) return true;
    if (lower(script, i, &Strike::option, 0, holds)) return true;
  }
  return false;
}

}  // namespace

Script shrink(Script script, const Holds& holds) {
  KAFAULT_REQUIRE(holds(script));
  // A misfortune that has moved may have made another one needless.
  while (drop_one(script, holds) || move_one(script, holds)) {
  }
  return script;
}

}  // namespace kafault
