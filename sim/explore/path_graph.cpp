#include "sim/explore/path_graph.hpp"

#include <algorithm>
#include <atomic>
#include <iterator>
#include <utility>

#include "sim/explore/parallel.hpp"
#include "sim/kernel/contract.hpp"

namespace kafault {

namespace {

constexpr std::uint32_t nowhere = UINT32_MAX;

// Also the runs that are counted in `more`, which begin so many steps later.
void include(PathTally& tally, const PathTally& more, std::uint32_t steps) {
  if (more.runs == 0) return;
  tally.runs = saturating_sum(tally.runs, more.runs);
  tally.depth = std::max(tally.depth, more.depth + steps);
  tally.broken |= more.broken;
}

}  // namespace

void PathGraph::add_path(std::span<const PathMark> marks) {
  KAFAULT_REQUIRE(marks_.size() + marks.size() < nowhere);
  marks_.insert(marks_.end(), marks.begin(), marks.end());
  firsts_.push_back(static_cast<std::uint32_t>(marks_.size()));
}

void PathGraph::end_level() { levels_.push_back(static_cast<std::uint32_t>(paths())); }

PathGraph::Target PathGraph::target_of(const PathMark& mark) {
  return {static_cast<std::uint32_t>(mark.link >> 32U), static_cast<std::uint32_t>(mark.link)};
}

// The first mark at or after this moment.
std::uint32_t PathGraph::mark_at(PathPlace place) const {
  const auto at = [this](std::uint32_t mark) {
    return std::next(marks_.begin(), static_cast<std::ptrdiff_t>(mark));
  };
  const auto end = at(firsts_[place.path + 1]);
  const auto found = std::partition_point(
      at(firsts_[place.path]), end, [&](const PathMark& mark) { return mark.step < place.step; });
  return found == end ? nowhere : static_cast<std::uint32_t>(found - marks_.begin());
}

void PathGraph::link(std::size_t path, const VisitedSet& visited,
                     std::vector<std::uint32_t>& merged_into) {
  for (std::uint32_t m = firsts_[path]; m < firsts_[path + 1]; ++m) {
    PathMark& mark = marks_[m];
    if (mark.kind != PathMark::Kind::strike && mark.kind != PathMark::Kind::merge) continue;
    const std::optional<PathPlace> place = visited.find(mark.link);
    const std::uint32_t to = place ? mark_at(*place) : nowhere;
    const std::uint32_t steps = to == nowhere ? 0 : marks_[to].step - place->step;
    mark.link = std::uint64_t{to} << 32U | steps;
    if (mark.kind == PathMark::Kind::merge && to != nowhere) merged_into[path] = place->path;
  }
}

// A path is tallied after the one it merges into, which is of its own level or a lower one.
void PathGraph::put_in_order(const std::vector<std::uint32_t>& merged_into) {
  enum class State : std::uint8_t { untouched, begun, placed };
  std::vector<State> states(paths(), State::untouched);
  std::vector<std::uint32_t> chain;
  order_.reserve(paths());
  for (std::uint32_t first = 0; first < paths(); ++first) {
    std::uint32_t path = first;
    for (; path != nowhere && states[path] == State::untouched; path = merged_into[path]) {
      states[path] = State::begun;
      chain.push_back(path);
    }
    // Otherwise a world becomes itself again and is never over, though fingerprints say that two
    // equal worlds have one future.
    const bool comes_to_an_end = path == nowhere || states[path] == State::placed;
    KAFAULT_REQUIRE(comes_to_an_end);
    for (; !chain.empty(); chain.pop_back()) {
      states[chain.back()] = State::placed;
      order_.push_back(chain.back());
    }
  }
}

std::size_t PathGraph::paths_of_levels(std::size_t levels) const {
  return levels == 0 || levels_.empty() ? 0 : levels_[std::min(levels, levels_.size()) - 1];
}

void PathGraph::tally(std::size_t path, bool may_strike, const std::vector<PathTally>& struck,
                      std::vector<PathTally>& tallies) const {
  for (std::uint32_t m = firsts_[path + 1]; m-- > firsts_[path];) {
    const PathMark& mark = marks_[m];
    const Target target = target_of(mark);
    PathTally& tally = tallies[m];
    switch (mark.kind) {
      case PathMark::Kind::over:
        if (!may_strike) tally = {1, 0, static_cast<std::uint32_t>(mark.link)};
        break;
      case PathMark::Kind::merge:
        if (target.mark != nowhere) include(tally, tallies[target.mark], target.steps);
        break;
      case PathMark::Kind::strike:
        include(tally, tallies[m + 1], marks_[m + 1].step - mark.step);
        if (may_strike && target.mark != nowhere) {
          include(tally, struck[target.mark], target.steps);
        }
        break;
    }
  }
}

void PathGraph::count(const VisitedSet& visited, std::size_t budget, int jobs) {
  std::vector<std::uint32_t> merged_into(paths(), nowhere);
  constexpr std::size_t share = 1024;
  std::atomic<std::size_t> next{0};
  in_parallel(jobs, [&](int) {
    for (std::size_t begin = next.fetch_add(share); begin < paths();
         begin = next.fetch_add(share)) {
      const std::size_t end = std::min(begin + share, paths());
      for (std::size_t path = begin; path < end; ++path) link(path, visited, merged_into);
    }
  });
  put_in_order(merged_into);

  std::vector<PathTally> before;
  for (std::size_t misfortunes = 0; misfortunes <= budget; ++misfortunes) {
    const std::size_t within = paths_of_levels(budget - misfortunes + 1);
    std::vector<PathTally> tallies(firsts_[within]);
    for (std::size_t i = 0; i < within; ++i) tally(order_[i], misfortunes > 0, before, tallies);
    PathTally& total = totals_.emplace_back();
    if (!tallies.empty()) include(total, tallies.front(), marks_.front().step);
    std::vector<std::uint32_t>& broken = broken_.emplace_back(tallies.size());
    std::transform(tallies.begin(), tallies.end(), broken.begin(),
                   [](const PathTally& tally) { return tally.broken; });
    before = std::move(tallies);
  }
}

std::uint32_t PathGraph::broken(PathPlace place, std::size_t misfortunes) const {
  const std::uint32_t mark = mark_at(place);
  return mark == nowhere ? 0 : broken_[misfortunes].at(mark);
}

}  // namespace kafault
