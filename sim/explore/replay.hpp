// One run again, from its script.
#pragma once

#include <cstdint>
#include <optional>

#include "sim/explore/exploration.hpp"

namespace kafault {

// The world at the end of the run; nothing if the script cannot be played, because the world is
// over by then or has no such option.
template <Explorable World>
std::optional<World> replay(const World& start, const Script& script) {
  World world = start;
  std::uint32_t step = 0;
  for (const Strike& strike : script) {
    for (; step < strike.step; ++step) {
      if (!world.advance()) return std::nullopt;
    }
    if (step != strike.step || strike.option >= world.options()) return std::nullopt;
    world.strike(strike.option);
  }
  while (world.advance()) {
  }
  return world;
}

}  // namespace kafault
