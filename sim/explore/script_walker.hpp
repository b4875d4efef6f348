// Makes worlds from scripts, so that a world that waits for its turn costs a few bytes instead of a
// copy. Scripts come in lexicographic order; the worlds on the way to the last one are kept, and
// serve the next as far as the two agree: each path is walked once again, not once per script.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "sim/explore/exploration.hpp"
#include "sim/kernel/contract.hpp"

namespace kafault {

template <Explorable World>
class ScriptWalker {
 public:
  // All scripts have so many strikes.
  ScriptWalker(const World& start, std::size_t strikes)
      : worlds_(strikes + 1, start), steps_(strikes + 1, 0) {}

  // The world that the last misfortune of this script has just struck, for the caller to go on
  // with. The script comes after all before it.
  World& go_to(std::span<const Strike> script) {
    std::size_t common = 0;
    while (common < last_.size() && last_[common] == script[common]) ++common;
    for (std::size_t i = common; i < script.size(); ++i) {
      for (; steps_[i] < script[i].step; ++steps_[i]) KAFAULT_REQUIRE(worlds_[i].advance());
      KAFAULT_REQUIRE(steps_[i] == script[i].step);
      worlds_[i + 1] = worlds_[i];
      worlds_[i + 1].strike(script[i].option);
      steps_[i + 1] = steps_[i];
    }
    last_.assign(script.begin(), script.end());
    return worlds_.back();
  }

 private:
  std::vector<World> worlds_;         // after the first i strikes
  std::vector<std::uint32_t> steps_;  // that these have taken, from the start
  Script last_;
};

}  // namespace kafault
