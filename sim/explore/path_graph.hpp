// What an exploration leaves behind to count from. A path is what one world does from the moment it
// was struck until it is over or becomes a world that was seen before; its marks say where it was
// struck and how it ended:
//
//     path 0   o---x------x----x------------| over, broken: {}
//                  |      |    |
//     path 1       o------x-+  |              merges into path 0
//     path 2              o-+  |              merges into path 1
//
// Every run within the budget is a way through this graph, so that runs are summed up instead of
// run: from a mark with m misfortunes to come, either this strike is taken and m - 1 are to come,
// or it is not and the path goes on to its next mark.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "sim/explore/exploration.hpp"
#include "sim/explore/visited_set.hpp"

namespace kafault {

struct PathMark {
  enum class Kind : std::uint32_t { strike, merge, over };

  // strike, merge: the fingerprint of the world it leads to, until the graph is linked.
  // over: a bit for every promise broken.
  std::uint64_t link = 0;
  std::uint32_t step = 0;  // after so many steps of its path
  Kind kind = Kind::over;
};
static_assert(sizeof(PathMark) == 16);

// All runs from a moment on that meet an exact number of misfortunes.
struct PathTally {
  std::uint64_t runs = 0;    // saturating
  std::uint32_t depth = 0;   // steps to the end of the longest
  std::uint32_t broken = 0;  // promises that at least one of them breaks
};

class PathGraph {
 public:
  // What a mark takes, now and while runs are counted.
  static constexpr std::uint64_t bytes_per_mark = sizeof(PathMark) + 2 * sizeof(PathTally) + 8;

  // So many marks are going to be added: takes no more memory than these need.
  void expect(std::size_t marks) { marks_.reserve(marks_.size() + marks); }
  // The next path has these marks, in order; the last is its end. None: it was never walked.
  void add_path(std::span<const PathMark> marks);
  // The paths added from now on start with one misfortune more.
  void end_level();
  std::size_t paths() const { return firsts_.size() - 1; }

  // Once all paths are there: finds where strikes and merges lead to, in so many threads, and
  // tallies all runs with at most `budget` misfortunes.
  void count(const VisitedSet& visited, std::size_t budget, int jobs);

  // The runs from the very start with exactly so many misfortunes.
  const PathTally& total(std::size_t misfortunes) const { return totals_[misfortunes]; }
  // Promises broken by a run from here with exactly so many misfortunes to come.
  std::uint32_t broken(PathPlace place, std::size_t misfortunes) const;

 private:
  // A mark, and how many steps it is from the moment that led to it.
  struct Target {
    std::uint32_t mark;
    std::uint32_t steps;
  };
  static Target target_of(const PathMark& mark);

  std::uint32_t mark_at(PathPlace place) const;
  void link(std::size_t path, const VisitedSet& visited, std::vector<std::uint32_t>& merged_into);
  void put_in_order(const std::vector<std::uint32_t>& merged_into);
  std::size_t paths_of_levels(std::size_t levels) const;
  void tally(std::size_t path, bool may_strike, const std::vector<PathTally>& struck,
             std::vector<PathTally>& tallies) const;

  std::vector<PathMark> marks_;
  std::vector<std::uint32_t> firsts_{0};  // by path: its first mark; one more at the end
  std::vector<std::uint32_t> levels_;     // by level: the number of paths up to its end
  std::vector<std::uint32_t> order_;      // paths, after those they merge into; level by level
  std::vector<PathTally> totals_;         // by misfortunes
  std::vector<std::vector<std::uint32_t>> broken_;  // by misfortunes to come, by mark
};

}  // namespace kafault
