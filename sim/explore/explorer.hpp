// Every run within a budget of misfortunes, each distinct world only once: a search in breadth by
// the number of misfortunes. A level is all worlds that have just been struck for the k-th time;
// each goes on kindly until it is over, or is a world that was seen with as many misfortunes or
// fewer: from there on nothing new can happen. Wherever a path is the first, all its misfortunes
// are tried out, and the new worlds wait for the next level, as scripts.
//
// To compare costs more than to walk. Where misfortunes are still to come it pays at every moment:
// a world that is met again saves all that they would do. At the last level it saves the rest of
// one path, and a path that meets another stays with it, so that few moments are enough.
//
// Threads share the visited set alone. Who of them is first at a world, and which script stands for
// it, is chance; the set of worlds and what leads from which to which is not, and all results are
// functions of these.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "sim/explore/exploration.hpp"
#include "sim/explore/parallel.hpp"
#include "sim/explore/path_graph.hpp"
#include "sim/explore/plain_search.hpp"
#include "sim/explore/script_walker.hpp"
#include "sim/explore/visited_set.hpp"
#include "sim/kernel/contract.hpp"

namespace kafault {

template <Explorable World>
class Explorer {
 public:
  Explorer(const World& start, std::size_t budget, const ExploreOptions& options)
      : start_(start),
        budget_(budget),
        options_(options),
        jobs_(std::max(options.jobs, 1)),
        visited_(jobs_ > 1) {}

  Exploration run() {
    result_.levels.resize(budget_ + 1);
    World first = start_;
    Waiting waiting;
    waiting.fingerprints.push_back(first.fingerprint());
    visited_.announce(waiting.fingerprints.front());
    for (level_ = 0; level_ <= budget_ && waiting.size() > 0; ++level_) {
      const std::uint64_t bytes = bytes_waiting(waiting.size(), level_);
      waiting = explore_level(waiting);
      peak_bytes_ = std::max(peak_bytes_, memory());
      if (level_ > 0) path_bytes_ -= bytes;  // the very first was never counted
      if (has_ended()) break;
      result_.complete_levels = level_ + 1;
    }
    sum_up();
    return std::move(result_);
  }

 private:
  // Worlds that were struck into being and not yet looked into, by ascending script.
  struct Waiting {
    std::vector<std::uint64_t> fingerprints;
    std::vector<Strike> strikes;  // the scripts, one after the other

    std::size_t size() const { return fingerprints.size(); }
    std::span<const Strike> script(std::size_t i, std::size_t length) const {
      return std::span(strikes).subspan(i * length, length);
    }
  };
  // What came of some of them, in their order.
  struct Share {
    std::vector<PathMark> marks;
    std::vector<std::uint32_t> ends;  // by path: how many marks there are up to its end
    Waiting struck;
    ExploredLevel counts;
  };
  struct Path {
    std::uint32_t number;
    std::span<const Strike> script;
    std::uint32_t start() const { return script.empty() ? 0 : script.back().step; }
  };

  // The next level's worlds.
  Waiting explore_level(const Waiting& waiting) {
    KAFAULT_REQUIRE(graph_.paths() + waiting.size() < UINT32_MAX - 1);
    const std::size_t share_size =
        std::clamp<std::size_t>(waiting.size() / (static_cast<std::size_t>(jobs_) * 16), 1, 256);
    std::vector<Share> shares((waiting.size() + share_size - 1) / share_size);
    std::atomic<std::size_t> next{0};
    in_parallel(jobs_, [&](int job) {
      ScriptWalker<World> walker(start_, level_);
      World struck = start_;
      for (std::size_t s = next++; s < shares.size(); s = next++) {
        const std::size_t begin = s * share_size;
        const std::size_t end = std::min(begin + share_size, waiting.size());
        for (std::size_t i = begin; i < end; ++i) {
          look_into(waiting, i, walker, struck, shares[s]);
        }
        if (job == 0 && options_.on_progress && !has_ended()) {
          options_.on_progress({level_, end, waiting.size(), worlds_});
        }
      }
    });
    return collect(shares);
  }

  void look_into(const Waiting& waiting, std::size_t i, ScriptWalker<World>& walker, World& struck,
                 Share& share) {
    const Path path{static_cast<std::uint32_t>(graph_.paths() + i), waiting.script(i, level_)};
    // A path may have come to this world in the meantime.
    if (!must_stop() && visited_.claim(waiting.fingerprints[i], {path.number, 0})) {
      const std::uint64_t worlds = share.counts.worlds;
      const std::uint64_t bytes = bytes_of(share);
      follow(walker.go_to(path.script), path, struck, share);
      worlds_ += share.counts.worlds - worlds;
      path_bytes_ += bytes_of(share) - bytes;
    }
    share.ends.push_back(static_cast<std::uint32_t>(share.marks.size()));
  }

  // Here the world is one that this path was the first to reach.
  void follow(World& world, const Path& path, World& struck, Share& share) {
    std::uint32_t step = 0;
    const auto end = [&](PathMark::Kind kind, std::uint64_t link) {
      share.marks.push_back({link, step, kind});
    };
    const bool may_be_struck = level_ < budget_;
    for (;;) {
      ++share.counts.worlds;
      if (may_be_struck) strike_each(world, path, step, struck, share);
      do {
        if (!world.advance()) return end(PathMark::Kind::over, world.broken());
        ++step;
        ++share.counts.transitions;
      } while (world.is_quiet());
      if (!may_be_struck && !world.is_resting()) continue;
      const std::uint64_t fingerprint = world.fingerprint();
      if (!visited_.claim(fingerprint, {path.number, step})) {
        return end(PathMark::Kind::merge, fingerprint);
      }
    }
  }

  void strike_each(const World& world, const Path& path, std::uint32_t step, World& struck,
                   Share& share) {
    const std::size_t options = world.options();
    share.counts.transitions += options;
    for (std::size_t option = 0; option < options; ++option) {
      struck = world;
      struck.strike(option);
      const std::uint64_t fingerprint = struck.fingerprint();
      share.marks.push_back({fingerprint, step, PathMark::Kind::strike});
      if (!visited_.announce(fingerprint)) continue;
      Waiting& waiting = share.struck;
      waiting.fingerprints.push_back(fingerprint);
      waiting.strikes.insert(waiting.strikes.end(), path.script.begin(), path.script.end());
      waiting.strikes.push_back({path.start() + step, static_cast<std::uint32_t>(option)});
    }
  }

  // Shares are in the order of the worlds they were made from, whoever made them.
  Waiting collect(std::vector<Share>& shares) {
    Waiting all;
    std::size_t struck = 0;
    std::size_t marks = 0;
    for (const Share& share : shares) {
      struck += share.struck.size();
      marks += share.marks.size();
    }
    graph_.expect(marks);
    all.fingerprints.reserve(struck);
    all.strikes.reserve(struck * (level_ + 1));
    ExploredLevel& counts = result_.levels[level_];
    for (Share& finished : shares) {
      const Share share = std::exchange(finished, Share{});  // frees it
      std::size_t begin = 0;
      for (const std::size_t end : share.ends) {
        graph_.add_path(std::span(share.marks).subspan(begin, end - begin));
        begin = end;
      }
      const Waiting& more = share.struck;
      all.fingerprints.insert(all.fingerprints.end(), more.fingerprints.begin(),
                              more.fingerprints.end());
      all.strikes.insert(all.strikes.end(), more.strikes.begin(), more.strikes.end());
      counts.worlds += share.counts.worlds;
      counts.transitions += share.counts.transitions;
    }
    graph_.end_level();
    return all;
  }

  // ---- limits ----------------------------------------------------------------------------------

  bool has_ended() const { return end_.load(std::memory_order_relaxed) != ExploreEnd::finished; }

  // Asked before every path; the first reason to stop is the one that is reported.
  bool must_stop() {
    if (has_ended()) return true;
    ExploreEnd why = ExploreEnd::finished;
    if (options_.interrupted != nullptr && options_.interrupted->load(std::memory_order_relaxed)) {
      why = ExploreEnd::interrupted;
    } else if (worlds_.load(std::memory_order_relaxed) >= options_.world_limit) {
      why = ExploreEnd::world_limit;
    } else if (memory() > options_.memory_limit) {
      why = ExploreEnd::memory_limit;
    }
    ExploreEnd finished = ExploreEnd::finished;
    if (why != finished) end_.compare_exchange_strong(finished, why);
    return why != ExploreEnd::finished;
  }

  std::uint64_t memory() const {
    return visited_.bytes() + path_bytes_.load(std::memory_order_relaxed);
  }
  static std::uint64_t bytes_waiting(std::size_t worlds, std::size_t strikes) {
    return worlds * (sizeof(std::uint64_t) + strikes * sizeof(Strike));
  }
  std::uint64_t bytes_of(const Share& share) const {
    return share.marks.size() * PathGraph::bytes_per_mark +
           bytes_waiting(share.struck.size(), level_ + 1);
  }

  // ---- results ---------------------------------------------------------------------------------

  void sum_up() {
    graph_.count(visited_, budget_, jobs_);
    result_.end = end_;
    if (result_.has_finished()) result_.complete_levels = budget_ + 1;
    for (std::size_t misfortunes = 0; misfortunes <= budget_; ++misfortunes) {
      const PathTally& total = graph_.total(misfortunes);
      ExploredLevel& level = result_.levels[misfortunes];
      level.runs = total.runs;
      result_.worlds += level.worlds;
      result_.transitions += level.transitions;
      result_.runs = saturating_sum(result_.runs, level.runs);
      result_.depth = std::max(result_.depth, total.depth);
      for (std::size_t promise = 0; promise < most_promises; ++promise) {
        std::optional<Script>& found = result_.counterexamples[promise];
        const std::uint32_t bit = std::uint32_t{1} << promise;
        if ((total.broken & bit) != 0 && !found) found = first_script(bit, misfortunes);
      }
    }
    const double compared = static_cast<double>(visited_.size());
    result_.collision_odds = std::min(1.0, compared * compared / 0x1p65);
    result_.set_bytes = visited_.peak_bytes();
    result_.memory_bytes = std::max(peak_bytes_, memory());
  }

  // The first script that breaks it with so many misfortunes: at every moment the graph says
  // whether what is left of them can still do it.
  Script first_script(std::uint32_t promise, std::size_t misfortunes) const {
    Script script;
    World world = start_;
    World struck = start_;
    bool is_quiet = false;
    for (std::uint32_t step = 0; script.size() < misfortunes;) {
      const std::size_t left = misfortunes - script.size() - 1;
      const std::size_t options = is_quiet ? 0 : world.options();
      std::size_t option = 0;
      for (; option < options; ++option) {
        struck = world;
        struck.strike(option);
        const std::optional<PathPlace> place = visited_.find(struck.fingerprint());
        if (place && (graph_.broken(*place, left) & promise) != 0) break;
      }
      if (option < options) {
        script.push_back({step, static_cast<std::uint32_t>(option)});
        std::swap(world, struck);
      } else {
        KAFAULT_REQUIRE(world.advance());
        is_quiet = world.is_quiet();
        ++step;
      }
    }
    return script;
  }

  const World& start_;
  const std::size_t budget_;
  const ExploreOptions& options_;
  const int jobs_;
  VisitedSet visited_;
  PathGraph graph_;
  std::size_t level_ = 0;  // misfortunes that have struck in the worlds worked on
  // Written by all threads: not on a cache line with what they only read.
  alignas(64) std::atomic<std::uint64_t> worlds_{0};
  std::atomic<std::uint64_t> path_bytes_{0};  // of marks, and of worlds that wait
  std::uint64_t peak_bytes_ = 0;
  std::atomic<ExploreEnd> end_{ExploreEnd::finished};
  Exploration result_;
};

// All that at most `budget` misfortunes can do to this world. Throws what the world throws.
template <Explorable World>
Exploration explore(const World& start, std::size_t budget, const ExploreOptions& options = {}) {
  if (!options.merge) return PlainSearch<World>(start, budget, options).run();
  return Explorer<World>(start, budget, options).run();
}

}  // namespace kafault
