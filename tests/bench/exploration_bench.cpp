// The explorer on Kafka: one combination of the semantics matrix, every run with at most one
// misfortune, each by itself and with equal worlds merged.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "sim/drive/exploration_campaign.hpp"
#include "sim/drive/explored_run.hpp"
#include "sim/explore/explorer.hpp"
#include "sim/scenario/scenario.hpp"
#include "tests/bench/ratios.hpp"

namespace kafault {
namespace {

Scenario one_combination() {
  const std::string path = std::string(KAFAULT_SOURCE_DIR) + "/scenarios/semantics.json";
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  ReadOptions only;
  only.where = {{"acks", "all"}, {"idemp.", "true"}, {"commit", "sync"}, {"fault", "none"}};
  return read_scenario(text.str(), path, only);
}

// Distinct worlds per second: of those that have a fingerprint, and of all.
void explored_worlds(benchmark::State& state) {
  const bool merge = state.range(0) != 0;
  const Scenario scenario = one_combination();
  const std::vector<Misfortune> misfortunes(default_misfortunes.begin(), default_misfortunes.end());
  const ExplorationPlan plan(plan_without_faults(scenario.combinations.front().plan), misfortunes,
                             std::chrono::milliseconds(1), 3);
  const ExploredRun start(plan);
  ExploreOptions options;
  options.merge = merge;
  double best = 0;
  for (auto trial : state) {
    static_cast<void>(trial);
    const auto begin = std::chrono::steady_clock::now();
    const Exploration found = explore(start, 1, options);
    const double seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    best = std::max(best, static_cast<double>(found.worlds) / seconds);
    state.counters["worlds"] = static_cast<double>(found.worlds);
    state.counters["steps"] = static_cast<double>(found.transitions);
  }
  bench::report_ratio({.what = merge ? "explored worlds per second and core, merged"
                                     : "explored worlds per second and core, each run by itself",
                       .measured = best / 1e6,
                       .floor = 0.3,
                       .target = 1.25,
                       .unit = "M/s"});
}
BENCHMARK(explored_worlds)->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond);

// What a misfortune costs before anything has come of it: a copy of a run in its middle.
void fork_of_an_explored_run(benchmark::State& state) {
  const Scenario scenario = one_combination();
  const std::vector<Misfortune> misfortunes(default_misfortunes.begin(), default_misfortunes.end());
  const ExplorationPlan plan(plan_without_faults(scenario.combinations.front().plan), misfortunes,
                             std::chrono::milliseconds(1), 3);
  ExploredRun run(plan);
  for (int i = 0; i < 100; ++i) run.advance();
  ExploredRun fork = run;
  for (auto trial : state) {
    static_cast<void>(trial);
    fork = run;
    benchmark::DoNotOptimize(fork);
  }
}
BENCHMARK(fork_of_an_explored_run)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace kafault
