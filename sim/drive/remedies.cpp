#include "sim/drive/remedies.hpp"

#include <algorithm>
#include <atomic>
#include <map>
#include <set>

#include "sim/drive/guarded_run.hpp"
#include "sim/explore/explorer.hpp"
#include "sim/explore/parallel.hpp"
#include "sim/kernel/contract.hpp"
#include "sim/scenario/path.hpp"

namespace kafault {
namespace {

constexpr std::uint32_t bit(std::size_t promise) { return std::uint32_t{1} << promise; }
constexpr std::uint32_t bit(Promise promise) { return bit(static_cast<std::size_t>(promise)); }

// ---- one search --------------------------------------------------------------------------------

// What all runs of a search have in common.
struct Watch {
  std::uint32_t enough = 0;  // any of these broken: the search need not go on
  const std::atomic<bool>* interrupted = nullptr;
  std::uint32_t broken = 0;
  Duration longest_wait{};
  std::atomic<bool> stop{false};
};

// A run that tells how it ended, and calls its search off once that is enough.
class WatchedRun {
 public:
  WatchedRun(const ExplorationPlan& plan, Watch& watch) : run_(plan), watch_(&watch) {}

  std::size_t options() const { return run_.options(); }
  void strike(std::size_t option) { run_.strike(option); }
  bool advance() { return run_.advance(); }
  std::uint64_t fingerprint() { return run_.fingerprint(); }
  bool is_quiet() const { return run_.is_quiet(); }
  bool is_resting() const { return run_.is_resting(); }
  std::uint32_t broken() const {
    const std::uint32_t broken = run_.broken();
    watch_->broken |= broken;
    for (const FlowResult& flow : run_.run().run().flows()) {
      watch_->longest_wait = std::max(watch_->longest_wait, flow.ack_gap);
    }
    if ((broken & watch_->enough) != 0 || is_interrupted()) watch_->stop = true;
    return broken;
  }

 private:
  bool is_interrupted() const {
    return watch_->interrupted != nullptr && watch_->interrupted->load(std::memory_order_relaxed);
  }

  GuardedRun run_;
  Watch* watch_;
};

struct Searched {
  Exploration exploration;
  std::uint32_t broken = 0;  // by any run of it
  Duration longest_wait{};
};

struct Bounds {
  std::vector<Misfortune> misfortunes;
  std::size_t budget = 0;
  bool merge = false;
};

// In one thread. A model that breaks its own contract has `our_bug`.
Searched search(const ClusterPlan& cluster, const ExplorationRequest& request, const Bounds& bounds,
                std::uint32_t enough) {
  Watch watch;
  watch.enough = enough;
  watch.interrupted = request.interrupted;
  ExploreOptions options;
  options.merge = bounds.merge;
  options.world_limit = request.world_limit;
  options.memory_limit =
      request.memory_limit / static_cast<std::uint64_t>(std::max(request.jobs, 1));
  options.interrupted = &watch.stop;
  Searched searched;
  try {
    const ExplorationPlan plan(plan_without_faults(cluster), bounds.misfortunes, request.tick,
                               request.records);
    searched.exploration = explore(WatchedRun(plan, watch), bounds.budget, options);
  } catch (const ContractViolation&) {
    watch.broken |= bit(our_bug);
    searched.exploration.end = ExploreEnd::interrupted;
  }
  searched.broken = watch.broken;
  searched.longest_wait = watch.longest_wait;
  return searched;
}

// ---- the changes -------------------------------------------------------------------------------

std::vector<std::string> names_in(std::string_view section, const ClusterPlan& plan) {
  std::vector<std::string> names;
  if (section == "producers") {
    for (const ProducerPlan& producer : plan.producers) names.push_back(producer.name);
  } else if (section == "groups") {
    for (const GroupPlan& group : plan.groups) names.push_back(group.name);
  } else {  // the offsets topic is the last, and is nobody's to set
    for (std::size_t t = 0; t + 1 < plan.topics.size(); ++t) {
      names.push_back(plan.layout.topics[t].name);
    }
  }
  return names;
}

std::vector<Change> changes_of(const ClusterPlan& plan) {
  std::vector<Change> changes;
  for (const RemedyCandidate& candidate : remedy_candidates) {
    const std::vector<std::string> names = names_in(candidate.section, plan);
    const std::string key(candidate.key.substr(candidate.key.rfind('/') + 1));
    for (const std::string& name : names) {
      changes.push_back(
          {pointer_of({std::string(candidate.section), name}) + "/" + std::string(candidate.key),
           std::string(candidate.value), names.size() > 1 ? name + ": " + key : key});
    }
  }
  return changes;
}

// ---- a set of changes --------------------------------------------------------------------------

struct Trial {
  std::vector<std::size_t> changes;  // ascending positions in the list
  ClusterPlan plan;
  std::uint32_t broken = 0;          // known from any search so far
  std::optional<Exploration> whole;  // of a search that was asked all of it
  bool was_stopped = false;
};

// Reads the scenario with changes; what two sets of changes make of it may be the same.
class Changer {
 public:
  Changer(const Scenario& scenario, const Combination& combination)
      : document_(document_of(scenario, combination)), file_name_(scenario.file_name) {
    const std::optional<Scenario> unchanged = read({});
    KAFAULT_REQUIRE(unchanged);
    seen_.insert(values_of(*unchanged));
  }

  // Nothing if the reader or the client refuses, or if it is what a smaller or earlier set makes.
  std::optional<Trial> change(const std::vector<Change>& list,
                              const std::vector<std::size_t>& chosen) {
    ReadOptions options;
    for (const std::size_t i : chosen) {
      for (const auto& [pointer, value] : options.set) {
        if (pointer == list[i].pointer) return std::nullopt;
      }
      options.set.emplace_back(list[i].pointer, list[i].value);
    }
    std::optional<Scenario> scenario = read(options);
    if (!scenario || scenario->combinations.front().config_exception) return std::nullopt;
    if (!seen_.insert(values_of(*scenario)).second) return std::nullopt;
    return Trial{chosen, std::move(scenario->combinations.front().plan), 0, std::nullopt, false};
  }
  // It changes something, and is at least in one of the sets to come of use.
  bool is_candidate(const Change& change) {
    ReadOptions options;
    options.set.emplace_back(change.pointer, change.value);
    const std::optional<Scenario> scenario = read(options);
    return scenario && !seen_.contains(values_of(*scenario));
  }

 private:
  std::optional<Scenario> read(const ReadOptions& options) const {
    try {
      return read_scenario(document_, file_name_, options);
    } catch (const ScenarioError&) {
      return std::nullopt;
    }
  }
  static std::vector<std::string> values_of(const Scenario& scenario) {
    std::vector<std::string> values;
    for (const ResolvedValue& one : resolved(scenario, scenario.combinations.front())) {
      values.push_back(one.pointer + "=" + one.value);
    }
    return values;
  }

  std::string document_;  // the combination alone, without a matrix
  std::string file_name_;
  std::set<std::vector<std::string>> seen_;
};

// Which misfortunes a script is made of.
std::vector<Misfortune> misfortunes_in(const Script& script, const ClusterPlan& cluster,
                                       const ExplorationRequest& request) {
  const ExplorationPlan plan(plan_without_faults(cluster), request.misfortunes, request.tick,
                             request.records);
  GuardedRun run(plan);
  std::vector<Misfortune> found;
  std::uint32_t step = 0;
  for (const Strike& strike : script) {
    for (; step < strike.step; ++step) run.advance();
    found.push_back(run.run().mishap(strike.option).misfortune);
    run.strike(strike.option);
  }
  return found;
}

// ---- all of them -------------------------------------------------------------------------------

class RemedySearch {
 public:
  RemedySearch(const Scenario& scenario, const ExploredCombination& explored,
               const ExplorationRequest& request)
      : combination_(scenario.combinations[explored.combination]),
        explored_(explored),
        request_(request),
        changer_(scenario, combination_) {
    for (Change& change : changes_of(combination_.plan)) {
      if (changer_.is_candidate(change)) changes_.push_back(std::move(change));
    }
  }

  RemedyReport run() {
    report_.candidates = changes_.size();
    report_.cost = cost_of(combination_.plan, explored_.exploration);
    trials_.resize(most_changes);
    for (const auto& [name, promise] : Spellings<Promise>::all) {
      if (explored_.applies(promise) && explored_.counterexample(promise)) keep(promise);
    }
    return std::move(report_);
  }

 private:
  // Every set of so many changes that makes something new, made once.
  std::vector<Trial>& sets_of(std::size_t size) {
    std::vector<Trial>& trials = trials_[size - 1];
    if (!trials.empty()) return trials;
    std::vector<std::size_t> chosen;
    add_sets(size, 0, chosen, trials);
    return trials;
  }
  void add_sets(std::size_t size, std::size_t from, std::vector<std::size_t>& chosen,
                std::vector<Trial>& trials) {
    if (chosen.size() == size) {
      if (auto trial = changer_.change(changes_, chosen)) trials.push_back(std::move(*trial));
      return;
    }
    for (std::size_t i = from; i < changes_.size(); ++i) {
      chosen.push_back(i);
      add_sets(size, i + 1, chosen, trials);
      chosen.pop_back();
    }
  }

  void keep(Promise promise) {
    const Script& script = *explored_.counterexample(promise);
    PromiseRemedies found;
    found.promise = promise;
    found.misfortunes = script.size();
    const Bounds likely{misfortunes_in(script, combination_.plan, request_), script.size(),
                        request_.merge};
    bool is_free = false;  // one of them takes nothing else away
    for (std::size_t size = 1; size <= most_changes && !is_free; ++size) {
      std::vector<Trial>& trials = sets_of(size);
      found.tried += trials.size();
      const std::vector<std::uint8_t> helps = try_all(trials, promise, likely);
      const bool is_first = found.remedies.empty();
      for (std::size_t i = 0; i < trials.size(); ++i) {
        if (trials[i].was_stopped) report_.complete = false;
        if (helps[i] == 0) continue;
        Remedy remedy = remedy_of(trials[i]);
        if (!is_first && remedy.is_paid_for()) continue;
        is_free |= !remedy.is_paid_for();
        if (found.remedies.size() < PromiseRemedies::most_shown) {
          found.remedies.push_back(std::move(remedy));
        } else {
          ++found.more;
        }
      }
    }
    report_.promises.push_back(std::move(found));
  }

  // By trial: whether it keeps the promise.
  std::vector<std::uint8_t> try_all(std::vector<Trial>& trials, Promise promise,
                                    const Bounds& likely) const {
    std::vector<std::uint8_t> helps(trials.size(), 0);
    std::atomic<std::size_t> next{0};
    in_parallel(request_.jobs, [&](int) {
      for (std::size_t i = next++; i < trials.size(); i = next++) {
        helps[i] = holds(trials[i], promise, likely) ? 1 : 0;
      }
    });
    return helps;
  }

  // From the smallest search to the whole: what one of them breaks, the whole breaks as well.
  bool holds(Trial& trial, Promise promise, const Bounds& likely) const {
    const Bounds whole{request_.misfortunes, request_.budget, request_.merge};
    const Bounds simple{request_.misfortunes, 1, false};
    look(trial, promise, likely);
    if (request_.budget > 1) look(trial, promise, simple);
    if (!look(trial, promise, whole)) return false;
    const auto& breaks = trial.whole->counterexamples;
    // Who cannot write when nothing has happened keeps promises by breaking all.
    const bool refuses = breaks[failed_send] && breaks[failed_send]->empty();
    const auto& before = explored_.exploration.counterexamples[failed_send];
    return !breaks[our_bug] && (!refuses || (before && before->empty()));
  }

  // False: the promise is broken, or it is not known.
  bool look(Trial& trial, Promise promise, const Bounds& bounds) const {
    if ((trial.broken & bit(promise)) != 0) return false;
    if (trial.whole) return true;
    Searched searched = search(trial.plan, request_, bounds, bit(promise));
    trial.broken |= searched.broken;
    if ((trial.broken & bit(promise)) != 0) return false;
    if (!searched.exploration.has_finished()) {
      trial.was_stopped = true;
      return false;
    }
    const bool is_whole = bounds.budget == request_.budget && bounds.merge == request_.merge &&
                          bounds.misfortunes.size() == request_.misfortunes.size();
    if (is_whole) trial.whole = std::move(searched.exploration);
    return true;
  }

  Remedy remedy_of(const Trial& trial) const {
    Remedy remedy;
    for (const std::size_t i : trial.changes) remedy.changes.push_back(changes_[i]);
    remedy.cost = cost_of(trial.plan, *trial.whole);
    for (const auto& [name, promise] : Spellings<Promise>::all) {
      const auto& script = trial.whole->counterexamples[static_cast<std::size_t>(promise)];
      if (script && !explored_.counterexample(promise)) {
        remedy.now_broken.emplace_back(promise, script->size());
      }
    }
    const auto& after = remedy.cost.fails_after;
    const auto& before = report_.cost.fails_after;
    remedy.fails_sooner = after && (!before || *after < *before);
    return remedy;
  }

  RunCost cost_of(const ClusterPlan& plan, const Exploration& exploration) const {
    RunCost cost = cost_of_kind_run(plan_without_faults(plan), request_.records);
    const Bounds simple{request_.misfortunes, std::min<std::size_t>(request_.budget, 1), false};
    cost.longest_wait = search(plan, request_, simple, 0).longest_wait;
    const auto& refused = exploration.counterexamples[failed_send];
    if (refused) cost.fails_after = refused->size();
    return cost;
  }

  const Combination& combination_;
  const ExploredCombination& explored_;
  const ExplorationRequest& request_;
  Changer changer_;
  std::vector<Change> changes_;             // that change anything, in the order of the list
  std::vector<std::vector<Trial>> trials_;  // by the number of changes - 1
  RemedyReport report_;
};

}  // namespace

RemedyReport find_remedies(const Scenario& scenario, const ExploredCombination& explored,
                           const ExplorationRequest& request) {
  if (explored.config_exception) return {};
  return RemedySearch(scenario, explored, request).run();
}

}  // namespace kafault
