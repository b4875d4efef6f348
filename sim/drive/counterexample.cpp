#include "sim/drive/counterexample.hpp"

#include <algorithm>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "sim/drive/campaign.hpp"
#include "sim/drive/combination_runner.hpp"
#include "sim/drive/diary.hpp"
#include "sim/drive/explored_run.hpp"
#include "sim/kernel/contract.hpp"
#include "sim/scenario/values.hpp"

namespace kafault {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* file_name = "counterexample.json";

// ---- what struck the explored run --------------------------------------------------------------

// One strike of the script, as it can be found again in another run of the same settings.
struct Blow {
  const Mishap* mishap = nullptr;
  const FaultPlan* fault = nullptr;
  // The message struck; the note at which its process was struck; or, of kind step, when it was.
  Moment moment;
  // For a step: what preceded it, a delivery or a note.
  std::optional<Moment> anchor;
};

// Where a process was struck: at a note if its last step ends with one, with nothing left to do.
void find_place(const Diary& diary, NodeId actor, Blow& blow) {
  const std::vector<Moment>& moments = diary.moments();
  blow.moment.node = actor;
  for (std::size_t i = moments.size(); i-- > diary.last_step();) {
    if (moments[i].kind != Moment::Kind::note || moments[i].node != actor) continue;
    blow.moment = moments[i];
    return;
  }
  for (std::size_t i = moments.size(); i-- > 0;) {
    const Moment& moment = moments[i];
    const bool was_read = moment.kind == Moment::Kind::delivery && i >= diary.last_step();
    if (moment.kind != Moment::Kind::note && !was_read) continue;
    blow.anchor = moment;
    return;
  }
}

std::vector<Blow> blows_of(const ExplorationPlan& plan, const Script& script) {
  std::vector<Blow> blows;
  ExploredRun run(plan);
  Diary diary(run.run());
  std::uint32_t step = 0;
  for (const Strike& strike : script) {
    for (; step < strike.step; ++step) diary.record([&] { return run.advance(); });
    KAFAULT_REQUIRE(strike.option < run.options());
    Blow blow;
    blow.mishap = &run.mishap(strike.option);
    blow.fault = &plan.list.faults[run.fault(strike.option)];
    blow.moment.at = run.run().cluster().now();
    if (blow.mishap->node != no_node) {
      find_place(diary, blow.mishap->node, blow);
    } else {
      const auto next = run.run().cluster().next_delivery();
      blow.moment.kind = Moment::Kind::delivery;
      blow.moment.message = next->kind;
      blow.moment.from = next->from;
      blow.moment.node = next->to;
      blow.moment.nth = diary.deliveries(next->kind, next->from, next->to) + 1;
    }
    blows.push_back(blow);
    run.strike(strike.option);
  }
  return blows;
}

// ---- the words of a scenario -------------------------------------------------------------------

std::string target_text(NodeId node, const ClusterPlan& plan) {
  if (node == controller_node) return "controller";
  if (node <= plan.layout.brokers) return "broker(" + std::to_string(node) + ")";
  const bool is_producer = node < plan.node_of_member(0, 0);
  return (is_producer ? "producer(" : "member(") + name_of_node(node, plan) + ")";
}

// `moment` is of a run under `plan`.
Json trigger_of(const Moment& moment, const ClusterPlan& plan, Duration since_start) {
  Json when = Json::object();
  switch (moment.kind) {
    case Moment::Kind::delivery:
      when["message"] = name_of(moment.message);
      when["on"] = "received";
      when["nth"] = moment.nth;
      when["from"] = target_text(moment.from, plan);
      when["to"] = target_text(moment.node, plan);
      break;
    case Moment::Kind::note:
      when["event"] = name_of(moment.what);
      when["nth"] = moment.nth;
      if (moment.node >= plan.node_of_member(0, 0)) when["of"] = name_of_node(moment.node, plan);
      break;
    case Moment::Kind::step:  // just after it
      when["at"] = text_of(since_start + std::chrono::microseconds(1));
      break;
  }
  return when;
}

Json fault_of(const Blow& blow, Json when, const ClusterPlan& explored, const Json& others) {
  std::string name(spell(blow.mishap->misfortune));
  const auto is_taken = [&](const std::string& wish) {
    return std::any_of(others.begin(), others.end(),
                       [&](const Json& other) { return other["name"] == wish; });
  };
  for (int number = 2; is_taken(name); ++number) {
    name = std::string(spell(blow.mishap->misfortune)) + " " + std::to_string(number);
  }
  Json fault = Json::object();
  fault["name"] = name;
  fault["when"] = std::move(when);
  fault["do"] = spell(blow.fault->action);
  if (blow.mishap->node == no_node) {
    if (blow.fault->action == Action::delay) fault["by"] = text_of(blow.fault->by);
    return fault;
  }
  fault["target"] = target_text(blow.mishap->target, explored);
  if (blow.fault->lasts < forever) fault["for"] = text_of(blow.fault->lasts);
  return fault;
}

// The combination's settings with what was explored of them, and no faults.
Json settings_of(const Scenario& scenario, const Combination& combination,
                 const ClusterPlan& explored) {
  Json document = Json::parse(document_of(scenario, combination));
  for (const ProducerPlan& producer : explored.producers) {
    document["producers"][producer.name]["sends"]["records"] = producer.sends.records;
  }
  document["faults"] = Json::array();
  document.erase("runs");
  return document;
}

// ---- the ordinary runs -------------------------------------------------------------------------

std::optional<Scenario> read(const std::string& document) {
  try {
    return read_scenario(document, file_name, {});
  } catch (const ScenarioError&) {
    return std::nullopt;
  }
}

class Search {
 public:
  Search(const ExplorationPlan& plan, const std::vector<Blow>& blows, Promise promise)
      : explored_(plan.plan), blows_(blows), bit_(1U << static_cast<unsigned>(promise)) {}

  std::optional<Counterexample> run(Json settings) {
    for (int seed = 1; seed <= most_seeds; ++seed) {
      settings["seed"] = seed;
      runs_left_ = most_runs;
      if (place(0, settings)) return found_;
    }
    return std::nullopt;
  }

 private:
  static constexpr int most_seeds = 3;
  static constexpr int most_runs = 150;  // per seed

  // Tries the moments for blow `i` and all after it; those before are in the document.
  bool place(std::size_t i, const Json& document) {
    if (i == blows_.size()) return shows(document);
    const std::size_t width = i + 1 == blows_.size() ? 40 : 8;
    std::size_t tried = 0;
    for (Json& when : triggers(blows_[i], document)) {
      if (tried++ == width || runs_left_ <= 0) return false;
      Json candidate = document;
      candidate["faults"].push_back(
          fault_of(blows_[i], std::move(when), explored_, document["faults"]));
      if (place(i + 1, candidate)) return true;
    }
    return false;
  }

  bool shows(const Json& document) {
    --runs_left_;
    found_.document = document.dump();
    const std::optional<OrdinaryRun> run = play(found_.document);
    if (!run || (run->broken & bit_) == 0) return false;
    found_.digest = run->digest;
    found_.broken = run->broken;
    return true;
  }

  // The moments at which the blow could strike the run of this document, nearest to it first.
  std::vector<Json> triggers(const Blow& blow, const Json& document) {
    std::optional<Scenario> scenario = read(document.dump());
    if (!scenario || scenario->combinations.front().config_exception) return {};
    --runs_left_;
    Combination& combination = scenario->combinations.front();
    // A fault that names a record makes records matter one by one; so they do here.
    for (GroupPlan& group : combination.plan.groups) group.application.record_by_record = true;
    CombinationRunner runner(combination);
    Run& run = runner.run();
    run.reset(combination.faults, combination.seed);
    const Instant start = run.cluster().now();
    Diary diary(run);
    try {
      while (run.phase() == Run::Phase::play && diary.record([&] { return run.advance(); })) {
      }
    } catch (const ContractViolation&) {
      return {};
    }
    std::vector<Json> list;
    for (const Moment& moment : by_distance(blow, diary, combination.plan)) {
      list.push_back(trigger_of(moment, combination.plan, moment.at - start));
    }
    return list;
  }

  // A member more or less in a group before shifts the numbers.
  NodeId translated(NodeId node, const ClusterPlan& ordinary) const {
    const std::string name = name_of_node(node, explored_);
    for (NodeId other = 0; other < ordinary.nodes(); ++other) {
      if (name_of_node(other, ordinary) == name) return other;
    }
    return no_node;
  }

  std::vector<Moment> by_distance(const Blow& blow, const Diary& diary,
                                  const ClusterPlan& ordinary) const {
    const auto here = [&](Moment moment) {
      moment.node = translated(moment.node, ordinary);
      if (moment.from != no_node) moment.from = translated(moment.from, ordinary);
      return moment;
    };
    const auto is_same = [](const Moment& a, const Moment& b) {
      return a.kind == b.kind && a.node == b.node && a.from == b.from && a.message == b.message &&
             a.what == b.what &&
             (a.kind == Moment::Kind::note ? a.own_nth == b.own_nth : a.nth == b.nth);
    };
    const Moment wanted = here(blow.moment);
    const bool is_message = wanted.kind == Moment::Kind::delivery;
    const auto is_candidate = [&](const Moment& moment) {
      if (moment.node != wanted.node) return false;
      if (is_message) {
        return moment.kind == wanted.kind && moment.message == wanted.message &&
               moment.from == wanted.from;
      }
      return moment.kind == Moment::Kind::step ||
             (moment.kind == Moment::Kind::note && may_trigger(moment.what));
    };
    const std::optional<Moment> anchor =
        blow.anchor ? std::optional(here(*blow.anchor)) : std::nullopt;
    std::vector<Moment> candidates;
    std::ptrdiff_t nearest = -1;
    std::ptrdiff_t by_time = -1;
    bool is_past_anchor = !anchor;
    for (const Moment& moment : diary.moments()) {
      if (anchor && is_same(moment, *anchor)) is_past_anchor = true;
      if (!is_candidate(moment)) continue;
      const auto at = static_cast<std::ptrdiff_t>(candidates.size());
      const bool is_it = wanted.kind == Moment::Kind::step
                             ? anchor && is_past_anchor && moment.kind == Moment::Kind::step
                             : is_same(moment, wanted);
      if (nearest < 0 && is_it) nearest = at;
      if (by_time < 0 && moment.at >= wanted.at) by_time = at;
      candidates.push_back(moment);
    }
    if (candidates.empty()) return candidates;
    const auto last = static_cast<std::ptrdiff_t>(candidates.size()) - 1;
    const std::ptrdiff_t centre = nearest >= 0 ? nearest : by_time >= 0 ? by_time : last;
    std::vector<Moment> sorted;
    for (std::ptrdiff_t distance = 0; distance <= last; ++distance) {
      if (centre + distance <= last)
        sorted.push_back(candidates[static_cast<std::size_t>(centre + distance)]);
      if (distance > 0 && centre >= distance)
        sorted.push_back(candidates[static_cast<std::size_t>(centre - distance)]);
    }
    return sorted;
  }

  // What the reader of triggers accepts.
  static bool may_trigger(ObservationKind kind) {
    return kind != ObservationKind::LogRead && kind != ObservationKind::FaultStruck &&
           kind != ObservationKind::FaultEnded;
  }

  const ClusterPlan& explored_;
  const std::vector<Blow>& blows_;
  std::uint32_t bit_;
  int runs_left_ = 0;
  Counterexample found_;
};

}  // namespace

std::optional<OrdinaryRun> play(const std::string& document) {
  const std::optional<Scenario> scenario = read(document);
  if (!scenario || scenario->combinations.size() != 1) return std::nullopt;
  const Combination& combination = scenario->combinations.front();
  if (combination.config_exception || !combination.nothing_to_strike.empty()) return std::nullopt;
  try {
    CombinationRunner runner(combination);
    Run& run = runner.run();
    run.reset(combination.faults, combination.seed);
    run.finish();
    if (!run.violations().empty()) return std::nullopt;
    for (std::size_t i = 0; i < combination.faults.size(); ++i) {
      if (run.faults().strikes(i) == 0) return std::nullopt;
    }
    return OrdinaryRun{run.digest(), broken_by(run), run.flows()};
  } catch (const ContractViolation&) {
    return std::nullopt;
  }
}

std::optional<Counterexample> confirm(const Scenario& scenario, const Combination& combination,
                                      const ExplorationPlan& plan, const Script& script,
                                      Promise promise) {
  const std::vector<Blow> blows = blows_of(plan, script);
  return Search(plan, blows, promise).run(settings_of(scenario, combination, plan.plan));
}

}  // namespace kafault
