// The explorer without Kafka: what it costs to remember a world, and what a second thread is worth.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <unordered_set>

#include "sim/explore/explorer.hpp"
#include "sim/explore/visited_set.hpp"
#include "sim/kernel/digest.hpp"
#include "tests/bench/ratios.hpp"

namespace kafault::bench {
namespace {

using Clock = std::chrono::steady_clock;

// The shortest time of each measurement in seconds: noise only adds.
double& shortest(const std::string& what) {
  static std::map<std::string, double> times;
  return times.try_emplace(what, std::numeric_limits<double>::infinity()).first->second;
}

template <class Work>
void time(const std::string& what, const Work& work) {
  const Clock::time_point start = Clock::now();
  work();
  double& best = shortest(what);
  best = std::min(best, std::chrono::duration<double>(Clock::now() - start).count());
}

// ---- the visited set ---------------------------------------------------------------------------

constexpr std::uint32_t worlds = 1'000'000;

void report_set() {
  report_ratio({.what = "visited set, inserts of 1M worlds against std::unordered_set",
                .measured = shortest("unordered_set") / shortest("visited set"),
                .floor = 2,
                .target = 4,
                .unit = "x"});
}

void unordered_set(benchmark::State& state) {
  for (auto trial : state) {
    static_cast<void>(trial);
    time("unordered_set", [] {
      std::unordered_set<std::uint64_t> set;
      for (std::uint32_t i = 0; i < worlds; ++i) set.insert(mix(i));
      benchmark::DoNotOptimize(set.size());
    });
  }
  state.SetItemsProcessed(state.iterations() * worlds);
}

void visited_set(benchmark::State& state) {
  for (auto trial : state) {
    static_cast<void>(trial);
    time("visited set", [] {
      VisitedSet set;
      for (std::uint32_t i = 0; i < worlds; ++i) set.claim(mix(i), {i, 0});
      report_ratio({.what = "visited set, bytes per world at its largest",
                    .measured = static_cast<double>(set.peak_bytes()) / worlds,
                    .floor = 40,
                    .target = 24,
                    .unit = "B",
                    .better = Better::lower});
    });
  }
  state.SetItemsProcessed(state.iterations() * worlds);
  report_set();
}

BENCHMARK(unordered_set)->Name("explore/unordered_set")->Unit(benchmark::kMillisecond);
BENCHMARK(visited_set)->Name("explore/visited_set")->Unit(benchmark::kMillisecond);

// ---- the explorer ------------------------------------------------------------------------------

// Half a kilobyte of cells that misfortunes add to. In which order does not matter, and when does
// only a little: a million distinct worlds with at most three misfortunes.
struct Cells {
  static constexpr std::size_t size = 64;

  std::uint64_t left = 60;
  std::array<std::uint64_t, size> cells{};

  std::size_t options() const { return left == 0 ? 0 : 12; }
  void strike(std::size_t option) { cells[5 * option] += 1 + left % 4; }
  bool advance() {
    if (left == 0) return false;
    --left;
    return true;
  }
  std::uint64_t fingerprint() const {
    Digest digest;
    digest.add(left);
    for (const std::uint64_t cell : cells) digest.add(cell);
    return digest.value();
  }
  bool is_quiet() const { return false; }
  bool is_resting() const { return true; }
  std::uint32_t broken() const { return 0; }
};

void explorer(benchmark::State& state) {
  ExploreOptions options;
  options.jobs = static_cast<int>(state.range(0));
  std::uint64_t found = 0;
  for (auto trial : state) {
    static_cast<void>(trial);
    time("explorer " + std::to_string(options.jobs), [&] {
      const Exploration exploration = explore(Cells{}, 3, options);
      found = exploration.worlds;
      state.counters["transitions"] = static_cast<double>(exploration.transitions);
      state.counters["bytes/world"] =
          static_cast<double>(exploration.memory_bytes) / static_cast<double>(found);
    });
  }
  state.counters["worlds"] = static_cast<double>(found);
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(found));
  if (options.jobs != 2) return;
  report_ratio({.what = "explorer, 1M worlds, two threads against one",
                .measured = shortest("explorer 1") / shortest("explorer 2"),
                .floor = 1.5,
                .target = 1.7,
                .unit = "x"});
}

BENCHMARK(explorer)
    ->Name("explore/explorer")
    ->Arg(1)
    ->Arg(2)
    ->ArgName("jobs")
    ->Iterations(3)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace kafault::bench
