// What can be explored, how, and what an exploration finds. This room knows no Kafka: a world is
// anything that can be copied, struck and moved on.
//
// A run is a sequence of moments with a step between each two. At a moment any number of
// misfortunes may strike, one after the other; then the world takes its next step kindly. What a
// run met is its script: two runs of one script are the same run.
#pragma once

#include <array>
#include <atomic>
#include <compare>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

namespace kafault {

// `options`: how many different misfortunes could strike now, before the next step, given what has
// struck at this moment already. A world that is over has none.
// `strike(option)`: lets one of them strike; takes no step.
// `advance`: takes the next step; false if the world was over and nothing happened. Every world is
// over some day, also one that is never struck again.
// `fingerprint`: 64 well-mixed bits. Two worlds of one fingerprint have the same future: options,
// steps and what will be broken. It may use memory of the world, and changes nothing that counts.
// `is_quiet`: the last step did nothing that a misfortune now could make use of (polls and
// heartbeats), so that the world is neither struck nor compared with others at this moment.
// `is_resting`: nothing is about to happen, so that equal worlds are likely to meet here. Where no
// misfortune is left that could strike, worlds are compared only at such moments.
// `broken`: a bit for every promise that this world has broken. Asked once it is over.
template <class World>
concept Explorable = std::copyable<World> &&
    requires(World world, const World& seen, std::size_t option) {
  { seen.options() } -> std::same_as<std::size_t>;
  world.strike(option);
  { world.advance() } -> std::same_as<bool>;
  { world.fingerprint() } -> std::same_as<std::uint64_t>;
  { seen.is_quiet() } -> std::same_as<bool>;
  { seen.is_resting() } -> std::same_as<bool>;
  { seen.broken() } -> std::same_as<std::uint32_t>;
};

// One misfortune: after how many steps of the run it strikes, and which of the options it is.
struct Strike {
  std::uint32_t step = 0;
  std::uint32_t option = 0;
  friend auto operator<=>(const Strike&, const Strike&) = default;
};

// The misfortunes of a run in the order in which they strike.
using Script = std::vector<Strike>;

struct ExploreProgress {
  std::size_t level = 0;  // misfortunes that have struck in the worlds worked on
  std::size_t done = 0;   // of the worlds to be looked into (or runs to be made) at this level
  std::size_t total = 0;
  std::uint64_t worlds = 0;  // distinct, of all levels so far
};

struct ExploreOptions {
  int jobs = 1;                             // threads; the result is the same for any number
  bool merge = true;                        // false: every run by itself, from its start to its end
  std::uint64_t world_limit = UINT64_MAX;   // distinct worlds
  std::uint64_t memory_limit = UINT64_MAX;  // bytes, about; a few worlds per thread come on top
  const std::atomic<bool>* interrupted = nullptr;
  std::function<void(const ExploreProgress&)> on_progress;  // in the thread that called
};

enum class ExploreEnd : std::uint8_t { finished, interrupted, world_limit, memory_limit };

// What was found with exactly so many misfortunes.
struct ExploredLevel {
  // Distinct worlds that no fewer misfortunes reach; at the last level, where only some of them are
  // compared, those that were walked through.
  std::uint64_t worlds = 0;
  std::uint64_t transitions = 0;  // steps and strikes that were tried out in them
  std::uint64_t runs = 0;         // complete runs; UINT64_MAX: that many or more
};

inline constexpr std::size_t most_promises = 32;

struct Exploration {
  // By promise: the fewest misfortunes that break it and, among those scripts, the first in
  // lexicographic order. Nothing: no run covered breaks it. If the search has not finished, the
  // number is the smallest if it is at most `complete_levels`, the script merely one that does it.
  std::array<std::optional<Script>, most_promises> counterexamples;

  ExploreEnd end = ExploreEnd::finished;
  // All runs with fewer misfortunes than this are covered: the budget + 1 if finished.
  std::size_t complete_levels = 0;
  std::vector<ExploredLevel> levels;  // by number of misfortunes
  std::uint64_t worlds = 0;  // of all levels; without merging, all that were walked through
  std::uint64_t transitions = 0;
  std::uint64_t runs = 0;          // complete runs within the budget, saturating at UINT64_MAX
  std::uint32_t depth = 0;         // steps of the longest of them
  std::uint64_t set_bytes = 0;     // the visited set at its largest
  std::uint64_t memory_bytes = 0;  // that, the paths and the worlds yet to be looked into
  // The chance that any two worlds had one fingerprint by accident, so that one was overlooked.
  double collision_odds = 0;

  bool has_finished() const { return end == ExploreEnd::finished; }
};

// Sums that stop at the largest number instead of starting over.
constexpr std::uint64_t saturating_sum(std::uint64_t a, std::uint64_t b) {
  return a + b < a ? UINT64_MAX : a + b;
}

}  // namespace kafault
