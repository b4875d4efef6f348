#include "sim/drive/exploration_campaign.hpp"

#include <algorithm>
#include <mutex>
#include <numeric>
#include <set>

#include "sim/drive/guarded_run.hpp"
#include "sim/drive/subtitle.hpp"
#include "sim/explore/explorer.hpp"
#include "sim/explore/parallel.hpp"
#include "sim/explore/replay.hpp"
#include "sim/kernel/contract.hpp"

namespace kafault {
namespace {

std::uint32_t promises_of(const ClusterPlan& plan) {
  std::uint32_t bits = 0;
  for (const Flow& flow : flows_of(plan)) {
    for (const auto& [name, promise] : Spellings<Promise>::all) {
      if (applies(promise, flow)) bits |= 1U << static_cast<unsigned>(promise);
    }
  }
  return bits;
}

// One per choice of the axes that matter, in the order of the file.
std::vector<ExploredCombination> distinct_combinations(const Scenario& scenario) {
  std::vector<ExploredCombination> list;
  std::set<std::vector<std::size_t>> seen;
  for (std::size_t c = 0; c < scenario.combinations.size(); ++c) {
    const Combination& combination = scenario.combinations[c];
    ExploredCombination explored;
    std::vector<std::size_t> choices;
    for (std::size_t axis = 0; axis < scenario.axes.size(); ++axis) {
      if (scenario.axis_only_sets_fate[axis]) continue;
      choices.push_back(combination.choices[axis]);
      explored.axis_values.push_back(combination.axis_values[axis]);
    }
    if (!seen.insert(std::move(choices)).second) continue;
    explored.combination = c;
    explored.config_exception = combination.config_exception;
    explored.promises = promises_of(combination.plan);
    list.push_back(std::move(explored));
  }
  return list;
}

// Adds up what several explorations say about how far they are.
class SharedProgress {
 public:
  SharedProgress(const ExplorationRequest& request, std::size_t all, bool one_by_one)
      : request_(request), one_by_one_(one_by_one), worlds_(all) {}

  void reached(std::size_t which, const ExploreProgress& now) {
    if (!request_.on_progress) return;
    const std::lock_guard lock(mutex_);
    worlds_[which] = now.worlds;
    tell(one_by_one_ ? std::optional(now) : std::nullopt);
  }
  void finished(std::size_t which, std::uint64_t worlds) {
    if (!request_.on_progress) return;
    const std::lock_guard lock(mutex_);
    worlds_[which] = worlds;
    ++done_;
    tell(std::nullopt);
  }

 private:
  void tell(const std::optional<ExploreProgress>& search) const {
    const std::uint64_t worlds = std::accumulate(worlds_.begin(), worlds_.end(), std::uint64_t{0});
    request_.on_progress({done_, worlds_.size(), worlds, search});
  }

  const ExplorationRequest& request_;
  const bool one_by_one_;
  std::mutex mutex_;
  std::vector<std::uint64_t> worlds_;  // by combination
  std::size_t done_ = 0;
};

std::string words_of(const ExplorationPlan& plan, const GuardedRun& start, const Script& script) {
  std::string words;
  GuardedRun run = start;
  std::uint32_t step = 0;
  for (const Strike& strike : script) {
    for (; step < strike.step; ++step) run.advance();
    const Mishap& mishap = plan.list.mishaps[run.run().fault(strike.option)];
    words += (words.empty() ? "" : ", ") + std::string(spell(mishap.misfortune));
    if (mishap.target != no_node) words += " of node " + std::to_string(mishap.target);
    words += " at step " + std::to_string(step);
    run.strike(strike.option);
  }
  return words.empty() ? "nothing strikes" : words;
}

// One script may break several promises; so may the ordinary run that was found for it.
void confirm_each(const Scenario& scenario, const ExplorationPlan& plan,
                  ExploredCombination& explored) {
  const Combination& combination = scenario.combinations[explored.combination];
  for (std::size_t promise = 0; promise < promises; ++promise) {
    const std::optional<Script>& script = explored.exploration.counterexamples[promise];
    if (!script) continue;
    std::optional<Counterexample>& confirmation = explored.confirmations[promise];
    for (std::size_t other = 0; other < promise && !confirmation; ++other) {
      const std::optional<Counterexample>& known = explored.confirmations[other];
      if (explored.exploration.counterexamples[other] != script || !known) continue;
      if ((known->broken >> promise & 1U) != 0) confirmation = known;
    }
    if (confirmation) continue;
    confirmation = confirm(scenario, combination, plan, *script, static_cast<Promise>(promise));
  }
}

// Adds to `violations` what is our bug.
void explore_one(const Scenario& scenario, const ExplorationRequest& request,
                 const ExploreOptions& options, ExploredCombination& explored,
                 std::vector<std::string>& violations) {
  Exploration& exploration = explored.exploration;
  try {
    const ExplorationPlan plan(
        plan_without_faults(scenario.combinations[explored.combination].plan), request.misfortunes,
        request.tick, request.records);
    const GuardedRun start(plan);
    exploration = explore(start, request.budget, options);
    if (const std::optional<Script>& script = exploration.counterexamples[our_bug]) {
      const std::optional<GuardedRun> run = replay(start, *script);
      violations.push_back((run ? run->violation() : "cannot be played again") + " (" +
                           words_of(plan, start, *script) + ")");
    }
    confirm_each(scenario, plan, explored);
  } catch (const ContractViolation& broken) {
    violations.emplace_back(broken.what());
    exploration = {};
    exploration.end = ExploreEnd::interrupted;
  }
}

}  // namespace

bool ExplorationResult::is_complete() const {
  return std::all_of(combinations.begin(), combinations.end(),
                     [](const ExploredCombination& one) { return one.is_complete(); });
}

// A member that waits for a `join` of the file's is none of an exploration's; and what matters
// between two records is tried out whether or not a fault of the file's names them.
ClusterPlan plan_without_faults(ClusterPlan plan) {
  for (GroupPlan& group : plan.groups) {
    std::erase_if(group.members, [](const MemberPlan& member) { return member.joins_by_fault; });
    group.application.record_by_record = true;
  }
  return plan;
}

ExplorationResult explore_scenario(const Scenario& scenario, const ExplorationRequest& request) {
  ExplorationResult result;
  result.scenario = scenario.file_name;
  result.title = scenario.title;
  result.question = scenario.question;
  result.subtitle = subtitle_of(scenario, request.records);
  result.budget = request.budget;
  result.records = request.records;
  result.tick = request.tick;
  result.merged = request.merge;
  result.warnings = scenario.warnings;
  for (std::size_t axis = 0; axis < scenario.axes.size(); ++axis) {
    (scenario.axis_only_sets_fate[axis] ? result.axes_left_aside : result.axes)
        .push_back(scenario.axes[axis]);
  }
  for (const auto& [name, misfortune] : Spellings<Misfortune>::all) {
    const auto& wished = request.misfortunes;
    if (std::find(wished.begin(), wished.end(), misfortune) == wished.end()) continue;
    result.misfortunes.push_back(misfortune);
  }
  result.combinations = distinct_combinations(scenario);

  std::vector<std::size_t> startable;
  for (std::size_t i = 0; i < result.combinations.size(); ++i) {
    if (!result.combinations[i].config_exception) startable.push_back(i);
  }
  // Threads that share nothing are the fastest; with few combinations they share each of them.
  const std::size_t threads = static_cast<std::size_t>(std::max(request.jobs, 1));
  const std::size_t side_by_side = startable.size() >= 2 * threads ? threads : 1;
  SharedProgress progress(request, startable.size(), side_by_side == 1);
  std::vector<std::vector<std::string>> violations(startable.size());
  std::atomic<std::size_t> next{0};
  in_parallel(static_cast<int>(side_by_side), [&](int) {
    for (std::size_t i = next++; i < startable.size(); i = next++) {
      ExploredCombination& explored = result.combinations[startable[i]];
      ExploreOptions options;
      options.jobs = side_by_side > 1 ? 1 : request.jobs;
      options.merge = request.merge;
      options.world_limit = request.world_limit;
      options.memory_limit = request.memory_limit / side_by_side;
      options.interrupted = request.interrupted;
      options.on_progress = [&](const ExploreProgress& now) { progress.reached(i, now); };
      explore_one(scenario, request, options, explored, violations[i]);
      progress.finished(i, explored.exploration.worlds);
    }
  });
  for (const std::vector<std::string>& some : violations) {
    for (const std::string& violation : some) {
      result.violations.push_back(scenario.name + ": " + violation);
    }
  }
  return result;
}

}  // namespace kafault
