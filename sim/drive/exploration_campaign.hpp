// Who explores: every distinct combination of a scenario's matrix, each by itself. What a file says
// about faults, seeds and the number of runs is left aside: an exploration tries all of it.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "sim/drive/counterexample.hpp"
#include "sim/drive/misfortunes.hpp"
#include "sim/explore/exploration.hpp"
#include "sim/kernel/time.hpp"
#include "sim/oracle/promise.hpp"
#include "sim/scenario/scenario.hpp"

namespace kafault {

struct CampaignProgress {
  std::size_t done = 0;  // combinations
  std::size_t all = 0;
  std::uint64_t worlds = 0;  // distinct, in all of them
  // How far the search of one of them is, if that says how far the whole is: all threads work on
  // it.
  std::optional<ExploreProgress> search;
};

struct ExplorationRequest {
  std::size_t budget = 1;  // misfortunes in one run, at most
  std::vector<Misfortune> misfortunes{default_misfortunes.begin(), default_misfortunes.end()};
  std::int64_t records = 3;  // per producer, at most
  Duration tick = std::chrono::milliseconds(1);
  // False: every run by itself, without fingerprints. Slow, and never wrong.
  bool merge = true;

  int jobs = 1;                             // threads; a search that finishes gives the same
  std::uint64_t world_limit = UINT64_MAX;   // distinct worlds of one combination
  std::uint64_t memory_limit = UINT64_MAX;  // bytes, for all that is explored at the same time
  const std::atomic<bool>* interrupted = nullptr;            // set: stop soon, return what there is
  std::function<void(const CampaignProgress&)> on_progress;  // from one thread at a time
};

// Combinations of the file that only differ in what an exploration leaves aside are one.
struct ExploredCombination {
  std::size_t combination = 0;                  // the first of them in the scenario's list
  std::vector<std::string> axis_values;         // in the order of ExplorationResult::axes
  std::optional<std::string> config_exception;  // a client refuses to start: nothing was explored
  std::uint32_t promises = 0;                   // bits of those that apply to any of its flows
  Exploration exploration;
  // By promise: an ordinary run that breaks it as the counterexample says, if one was found.
  std::array<std::optional<Counterexample>, kafault::promises> confirmations;

  bool applies(Promise promise) const {
    return (promises >> static_cast<unsigned>(promise) & 1U) != 0;
  }
  const std::optional<Script>& counterexample(Promise promise) const {
    return exploration.counterexamples[static_cast<std::size_t>(promise)];
  }
  const std::optional<Counterexample>& confirmation(Promise promise) const {
    return confirmations[static_cast<std::size_t>(promise)];
  }
  // All runs within the budget are covered; of a client that refuses to start there are none.
  bool is_complete() const { return config_exception || exploration.has_finished(); }
};

struct ExplorationResult {
  std::string scenario;
  std::string title;
  std::string question;
  std::string subtitle;
  std::vector<std::string> axes;  // without those that an exploration leaves aside
  std::vector<std::string> axes_left_aside;
  std::size_t budget = 0;
  std::vector<Misfortune> misfortunes;  // in the order of their list
  std::int64_t records = 0;
  Duration tick{};
  bool merged = true;  // false: every run by itself
  std::vector<ExploredCombination> combinations;
  std::vector<std::string> warnings;
  std::vector<std::string> violations;  // broken contracts and invariants: our bugs (exit 70)

  bool is_complete() const;
};

ExplorationResult explore_scenario(const Scenario& scenario, const ExplorationRequest& request);

// The combination's plan as an exploration takes it: nothing in it comes from the file's faults.
ClusterPlan plan_without_faults(ClusterPlan plan);

}  // namespace kafault
