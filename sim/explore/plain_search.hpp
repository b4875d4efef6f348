// Every run by itself, from its start to its end: no fingerprints, no merging, nothing to go wrong.
// The second way to compute what the explorer computes, for small budgets and for doubts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "sim/explore/exploration.hpp"

namespace kafault {

template <Explorable World>
class PlainSearch {
 public:
  PlainSearch(const World& start, std::size_t budget, const ExploreOptions& options)
      : budget_(budget), options_(options), worlds_(budget + 1, start) {}

  Exploration run() {
    result_.levels.resize(budget_ + 1);
    follow(0);
    for (const ExploredLevel& level : result_.levels) {
      result_.worlds += level.worlds;
      result_.transitions += level.transitions;
      result_.runs += level.runs;
    }
    if (result_.has_finished()) result_.complete_levels = budget_ + 1;
    return result_;
  }

 private:
  // All runs that begin with the script so far; the last misfortune has just struck.
  void follow(std::uint32_t step) {
    World& world = worlds_[script_.size()];
    ExploredLevel& level = result_.levels[script_.size()];
    bool is_quiet = false;
    while (!must_stop()) {
      if (!is_quiet) {
        ++level.worlds;
        ++walked_;
        strike_each(world, step);
      }
      if (!world.advance()) return note_run(world.broken(), step);
      ++level.transitions;
      ++step;
      is_quiet = world.is_quiet();
    }
  }

  void strike_each(const World& world, std::uint32_t step) {
    if (script_.size() == budget_) return;
    const std::size_t options = world.options();
    result_.levels[script_.size()].transitions += options;
    for (std::size_t option = 0; option < options; ++option) {
      World& struck = worlds_[script_.size() + 1];
      struck = world;
      struck.strike(option);
      script_.push_back({step, static_cast<std::uint32_t>(option)});
      follow(step);
      script_.pop_back();
    }
  }

  void note_run(std::uint32_t broken, std::uint32_t step) {
    if (!result_.has_finished()) return;  // not all that could have struck it did
    ++result_.levels[script_.size()].runs;
    if (step > result_.depth) result_.depth = step;
    for (std::size_t promise = 0; promise < most_promises; ++promise) {
      if ((broken >> promise & 1U) == 0) continue;
      std::optional<Script>& first = result_.counterexamples[promise];
      const bool is_smaller = !first || script_.size() < first->size() ||
                              (script_.size() == first->size() && script_ < *first);
      if (is_smaller) first = script_;
    }
  }

  bool must_stop() {
    if (!result_.has_finished()) return true;
    if (options_.interrupted != nullptr && options_.interrupted->load(std::memory_order_relaxed)) {
      result_.end = ExploreEnd::interrupted;
    } else if (walked_ >= options_.world_limit) {
      result_.end = ExploreEnd::world_limit;
    }
    return !result_.has_finished();
  }

  std::size_t budget_;
  const ExploreOptions& options_;
  std::vector<World> worlds_;  // by number of misfortunes in the script
  Script script_;
  std::uint64_t walked_ = 0;
  Exploration result_;
};

}  // namespace kafault
