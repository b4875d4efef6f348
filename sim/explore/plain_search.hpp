// Every run by itself, from its start to its end: no fingerprints, no merging, nothing to go wrong.
// The second way to compute what the explorer computes, for small budgets and for doubts.
//
// A level is all runs with so many misfortunes, known by their scripts. Threads take shares of
// them, follow each run and note where one more misfortune could strike it: the next level. They
// share nothing but what says when to stop; all results are put together in the order of scripts.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "sim/explore/exploration.hpp"
#include "sim/explore/parallel.hpp"
#include "sim/explore/script_walker.hpp"

namespace kafault {

template <Explorable World>
class PlainSearch {
 public:
  PlainSearch(const World& start, std::size_t budget, const ExploreOptions& options)
      : start_(start),
        budget_(budget),
        options_(options),
        jobs_(static_cast<std::size_t>(std::max(options.jobs, 1))) {}

  Exploration run() {
    result_.levels.resize(budget_ + 1);
    Scripts waiting;
    waiting.count = 1;
    for (level_ = 0; level_ <= budget_; ++level_) {
      waiting = follow_level(waiting);
      if (has_ended()) break;
      result_.complete_levels = level_ + 1;
      if (waiting.count == 0) break;
    }
    result_.end = end_;
    if (result_.has_finished()) result_.complete_levels = budget_ + 1;
    for (const ExploredLevel& level : result_.levels) {
      result_.worlds += level.worlds;
      result_.transitions += level.transitions;
      result_.runs += level.runs;
    }
    return std::move(result_);
  }

 private:
  // Of one length, ascending, one after the other.
  struct Scripts {
    std::size_t count = 0;
    std::vector<Strike> strikes;

    std::span<const Strike> script(std::size_t i, std::size_t length) const {
      return std::span(strikes).subspan(i * length, length);
    }
  };
  // What came of some runs, in their order.
  struct Share {
    Scripts struck;
    ExploredLevel counts;
    std::uint32_t depth = 0;
    std::array<std::optional<std::size_t>, most_promises> first{};  // the run that breaks it
  };

  // The runs with one misfortune more, but for the last level.
  Scripts follow_level(const Scripts& waiting) {
    const std::size_t share_size =
        std::clamp<std::size_t>(waiting.count / (jobs_ * 16), 1, most_in_a_share);
    std::vector<Share> shares((waiting.count + share_size - 1) / share_size);
    std::atomic<std::size_t> next{0};
    in_parallel(static_cast<int>(std::min(jobs_, shares.size())), [&](int job) {
      ScriptWalker<World> walker(start_, level_);
      for (std::size_t s = next++; s < shares.size(); s = next++) {
        const std::size_t begin = s * share_size;
        const std::size_t end = std::min(begin + share_size, waiting.count);
        for (std::size_t i = begin; i < end && !must_stop(); ++i) {
          follow(walker, waiting.script(i, level_), i, shares[s]);
        }
        if (job == 0 && options_.on_progress && !has_ended()) {
          options_.on_progress({level_, end, waiting.count, worlds_});
        }
      }
    });
    Scripts struck = collect(waiting, shares);
    result_.memory_bytes = std::max(result_.memory_bytes, bytes_.load());
    bytes_ -= waiting.strikes.size() * sizeof(Strike);
    return struck;
  }

  void follow(ScriptWalker<World>& walker, std::span<const Strike> script, std::size_t number,
              Share& share) {
    World& world = walker.go_to(script);
    std::uint32_t step = script.empty() ? 0 : script.back().step;
    const std::uint64_t worlds = share.counts.worlds;
    const std::size_t strikes = share.struck.strikes.size();
    bool is_quiet = false;
    for (;;) {
      if (!is_quiet) {
        ++share.counts.worlds;
        if (level_ < budget_) note_strikes(world, script, step, share);
      }
      if (!world.advance()) break;
      ++share.counts.transitions;
      ++step;
      is_quiet = world.is_quiet();
    }
    ++share.counts.runs;
    share.depth = std::max(share.depth, step);
    const std::uint32_t broken = world.broken();
    for (std::size_t promise = 0; promise < most_promises; ++promise) {
      std::optional<std::size_t>& first = share.first[promise];
      if ((broken >> promise & 1U) != 0 && !first) first = number;
    }
    worlds_ += share.counts.worlds - worlds;
    bytes_ += (share.struck.strikes.size() - strikes) * sizeof(Strike);
  }

  void note_strikes(const World& world, std::span<const Strike> script, std::uint32_t step,
                    Share& share) {
    const std::size_t options = world.options();
    share.counts.transitions += options;
    share.struck.count += options;
    std::vector<Strike>& strikes = share.struck.strikes;
    for (std::size_t option = 0; option < options; ++option) {
      strikes.insert(strikes.end(), script.begin(), script.end());
      strikes.push_back({step, static_cast<std::uint32_t>(option)});
    }
  }

  // Shares are in the order of the runs, whoever followed them.
  Scripts collect(const Scripts& waiting, std::vector<Share>& shares) {
    Scripts all;
    std::size_t strikes = 0;
    for (const Share& share : shares) strikes += share.struck.strikes.size();
    all.strikes.reserve(strikes);
    ExploredLevel& counts = result_.levels[level_];
    for (Share& finished : shares) {
      const Share share = std::exchange(finished, Share{});  // frees it
      all.count += share.struck.count;
      all.strikes.insert(all.strikes.end(), share.struck.strikes.begin(),
                         share.struck.strikes.end());
      counts.worlds += share.counts.worlds;
      counts.transitions += share.counts.transitions;
      counts.runs += share.counts.runs;
      result_.depth = std::max(result_.depth, share.depth);
      for (std::size_t promise = 0; promise < most_promises; ++promise) {
        std::optional<Script>& found = result_.counterexamples[promise];
        if (!share.first[promise] || found) continue;
        const std::span<const Strike> script = waiting.script(*share.first[promise], level_);
        found.emplace(script.begin(), script.end());
      }
    }
    return all;
  }

  bool has_ended() const { return end_.load(std::memory_order_relaxed) != ExploreEnd::finished; }

  // Asked before every run; the first reason to stop is the one that is reported.
  bool must_stop() {
    if (has_ended()) return true;
    ExploreEnd why = ExploreEnd::finished;
    if (options_.interrupted != nullptr && options_.interrupted->load(std::memory_order_relaxed)) {
      why = ExploreEnd::interrupted;
    } else if (worlds_.load(std::memory_order_relaxed) >= options_.world_limit) {
      why = ExploreEnd::world_limit;
    } else if (bytes_.load(std::memory_order_relaxed) > options_.memory_limit) {
      why = ExploreEnd::memory_limit;
    }
    ExploreEnd finished = ExploreEnd::finished;
    if (why != finished) end_.compare_exchange_strong(finished, why);
    return why != ExploreEnd::finished;
  }

  // A thread that begins a share walks to its first run anew.
  static constexpr std::size_t most_in_a_share = 256;

  const World& start_;
  const std::size_t budget_;
  const ExploreOptions& options_;
  const std::size_t jobs_;
  std::size_t level_ = 0;  // misfortunes in the runs that are followed
  // Written by all threads: not on a cache line with what they only read.
  alignas(64) std::atomic<std::uint64_t> worlds_{0};
  std::atomic<std::uint64_t> bytes_{0};  // of the scripts that wait
  std::atomic<ExploreEnd> end_{ExploreEnd::finished};
  Exploration result_;
};

}  // namespace kafault
