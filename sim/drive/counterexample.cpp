#include "sim/drive/counterexample.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <utility>

#include "sim/drive/campaign.hpp"
#include "sim/drive/combination_runner.hpp"
#include "sim/drive/diary.hpp"
#include "sim/drive/explored_run.hpp"
#include "sim/kernel/contract.hpp"
#include "sim/scenario/source.hpp"
#include "sim/scenario/values.hpp"

namespace kafault {
namespace {

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

// Where a blow could strike, and how long it lasts from there.
struct Place {
  Json when;
  Duration lasts{};
};

// Until the full second on which the explored one ends.
Duration rounded_up(const FaultPlan& fault, Instant from) {
  if (fault.lasts >= forever || fault.ends_on <= Duration{}) return fault.lasts;
  const Duration end = (from + fault.lasts).time_since_epoch();
  const Duration grain = fault.ends_on;
  return (end + grain - Duration{1}) / grain * grain - from.time_since_epoch();
}

Json fault_of(const Blow& blow, const Place& place, const ClusterPlan& explored,
              const Json& others) {
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
  fault["when"] = place.when;
  fault["do"] = spell(blow.fault->action);
  if (blow.mishap->node == no_node) {
    if (blow.fault->action == Action::delay) fault["by"] = text_of(blow.fault->by);
    return fault;
  }
  fault["target"] = target_text(blow.mishap->target, explored);
  if (blow.fault->lasts < forever) fault["for"] = text_of(place.lasts);
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
  Search(const ExplorationPlan& plan, std::vector<Blow> blows, Promise promise)
      : list_(plan.list),
        explored_(plan.plan),
        blows_(std::move(blows)),
        bit_(1U << static_cast<unsigned>(promise)) {}

  std::optional<Counterexample> run(Json settings) {
    for (const bool aligned : {false, true}) {
      is_aligned_ = aligned;
      for (int seed = 1; seed <= most_seeds; ++seed) {
        settings["seed"] = seed;
        runs_left_ = runs_per_blow * static_cast<int>(blows_.size() + 1);
        if (search(settings)) return found_;
      }
    }
    is_aligned_ = false;
    settings["seed"] = 1;
    if (replace_one(settings)) return found_;
    if (blows_.size() > 1 && replace_all(settings)) return found_;
    return std::nullopt;
  }

 private:
  static constexpr int most_seeds = 3;
  static constexpr int runs_per_blow = 100;
  static constexpr int runs_with_others = 4000;

  // The script may live on a coincidence that only the lattice has. As many misfortunes of other
  // kinds confirm its number as well: the last is replaced by each of the list, then those before.
  bool replace_one(const Json& settings) {
    runs_left_ = runs_with_others;
    for (std::size_t i = blows_.size(); i-- > 0;) {
      const Blow scripted = std::exchange(blows_[i], {});
      replaced_ = i;
      for (std::size_t other = 0; other < list_.mishaps.size(); ++other) {
        become(blows_[i], other);
        if (search(settings)) return true;
      }
      blows_[i] = scripted;
    }
    return false;
  }

  // At last all of them, at the script's times: the script may have been a tie that only the
  // lattice has, and crashes in another order none.
  bool replace_all(const Json& settings) {
    replaced_.reset();
    int left = runs_with_others;
    std::vector<std::size_t> chosen(blows_.size(), 0);
    for (std::size_t digit = 0; digit < chosen.size() && left > 0;) {
      for (std::size_t i = 0; i < chosen.size(); ++i) become(blows_[i], chosen[i]);
      runs_left_ = runs_per_blow;
      if (search(settings)) return true;
      left -= std::max(runs_per_blow - runs_left_, 1);
      for (digit = 0; digit < chosen.size(); ++digit) {
        if (++chosen[digit] < list_.mishaps.size()) break;
        chosen[digit] = 0;
      }
    }
    return false;
  }
  void become(Blow& blow, std::size_t mishap) const {
    blow.mishap = &list_.mishaps[mishap];
    blow.fault = &list_.faults[mishap];
    blow.moment.node = list_.mishaps[mishap].node;
  }

  // Those moments first that are nearest to the script's, all blows taken together.
  bool search(const Json& settings) {
    triggers_.clear();
    for (std::size_t distance = 0; runs_left_ > 0; ++distance) {
      const int runs = runs_left_;
      if (place(0, distance, settings)) return true;
      if (runs_left_ == runs) return false;  // no moments are left
    }
    return false;
  }

  // Places blow `i` and all after it, so far from the script; those before are in the document.
  bool place(std::size_t i, std::size_t distance, const Json& document) {
    if (i == blows_.size()) return distance == 0 && shows(document);
    std::string text = document.dump();
    auto known = triggers_.find(text);
    if (known == triggers_.end()) {
      known = triggers_.emplace(std::move(text), triggers(blows_[i], document)).first;
    }
    const std::vector<Place>& places = known->second;
    // With one blow replaced, the others stay where they are.
    const bool takes_all = replaced_ ? i == *replaced_ : i + 1 == blows_.size();
    const std::size_t nearest = takes_all ? distance : 0;
    const std::size_t farthest = replaced_ && !takes_all ? 0 : distance;
    for (std::size_t d = nearest; d <= farthest && d < places.size() && runs_left_ > 0; ++d) {
      Json candidate = document;
      candidate["faults"].push_back(fault_of(blows_[i], places[d], explored_, document["faults"]));
      if (place(i + 1, distance - d, candidate)) return true;
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
  std::vector<Place> triggers(const Blow& blow, const Json& document) {
    std::optional<Scenario> scenario = read(document.dump());
    if (!scenario || scenario->combinations.front().config_exception) return {};
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
    std::vector<Place> list;
    for (const Moment& moment : by_distance(blow, diary, combination.plan)) {
      list.push_back({trigger_of(moment, combination.plan, moment.at - start),
                      is_aligned_ ? rounded_up(*blow.fault, moment.at) : blow.fault->lasts});
    }
    return list;
  }

  // A member more or less in a group before shifts the numbers.
  NodeId translated(NodeId node, const ClusterPlan& ordinary) const {
    if (node == no_node) return no_node;
    const std::string name = name_of_node(node, explored_);
    for (NodeId other = 0; other < ordinary.nodes(); ++other) {
      if (name_of_node(other, ordinary) == name) return other;
    }
    return no_node;
  }

  // The blow as this run would know it.
  Blow translated(Blow blow, const ClusterPlan& ordinary) const {
    const auto translate = [&](Moment& moment) {
      moment.node = translated(moment.node, ordinary);
      moment.from = translated(moment.from, ordinary);
    };
    translate(blow.moment);
    if (blow.anchor) translate(*blow.anchor);
    return blow;
  }

  static bool is_same(const Moment& a, const Moment& b) {
    const bool is_note = a.kind == Moment::Kind::note;
    return a.kind == b.kind && a.node == b.node && a.from == b.from && a.message == b.message &&
           a.what == b.what && (is_note ? a.own_nth == b.own_nth : a.nth == b.nth);
  }

  static bool could_strike(const Blow& blow, const Moment& moment) {
    const Moment& wanted = blow.moment;
    if (blow.mishap->node != no_node) {
      if (moment.node != wanted.node) return false;
      return moment.kind == Moment::Kind::step ||
             (moment.kind == Moment::Kind::note && is_moment(moment.what));
    }
    if (moment.kind != Moment::Kind::delivery) return false;
    if (wanted.kind != Moment::Kind::delivery) {  // of no script: any message will do
      return !is_poll(moment.message) && is_request(moment.message) == blow.mishap->on_requests;
    }
    return moment.message == wanted.message && moment.from == wanted.from &&
           moment.node == wanted.node;
  }

  std::vector<Moment> by_distance(const Blow& explored, const Diary& diary,
                                  const ClusterPlan& ordinary) const {
    const Blow blow = translated(explored, ordinary);
    std::vector<Moment> candidates;
    std::optional<std::size_t> counterpart;
    std::optional<std::size_t> at_the_time;
    bool is_past_anchor = false;
    for (const Moment& moment : diary.moments()) {
      if (blow.anchor && is_same(moment, *blow.anchor)) is_past_anchor = true;
      if (!could_strike(blow, moment)) continue;
      const bool is_it = blow.moment.kind == Moment::Kind::step
                             ? is_past_anchor && moment.kind == Moment::Kind::step
                             : is_same(moment, blow.moment);
      if (!counterpart && is_it) counterpart = candidates.size();
      if (!at_the_time && moment.at >= blow.moment.at) at_the_time = candidates.size();
      candidates.push_back(moment);
    }
    std::vector<Moment> sorted;
    if (candidates.empty()) return sorted;
    const std::size_t last = candidates.size() - 1;
    const std::size_t centre = counterpart.value_or(at_the_time.value_or(last));
    for (std::size_t distance = 0; distance <= last; ++distance) {
      if (centre + distance <= last) sorted.push_back(candidates[centre + distance]);
      if (distance > 0 && distance <= centre) sorted.push_back(candidates[centre - distance]);
    }
    return sorted;
  }

  const MishapList& list_;
  const ClusterPlan& explored_;
  std::vector<Blow> blows_;
  std::uint32_t bit_;
  std::optional<std::size_t> replaced_;  // which of the blows is not the script's
  // Misfortunes end on full seconds as the explored ones do: two brokers may come back together.
  bool is_aligned_ = false;
  std::map<std::string, std::vector<Place>> triggers_;  // for the blow after those of a document
  int runs_left_ = 0;
  Counterexample found_;
};

// ---- faults "anywhere" -------------------------------------------------------------------------

// Such a fault where it struck once, in the words of a file.
Json placed(Json fault, Action action, std::int64_t nth, Duration at) {
  Json when = Json::object();
  if (strikes_messages(action)) {
    for (const char* key : {"message", "on", "from", "to"}) {
      if (fault.contains(key)) when[key] = fault[key];
      fault.erase(key);
    }
    when["nth"] = nth;
  } else if (strikes_handling(action)) {
    when["event"] = name_of(ObservationKind::RecordDelivered);
    when["nth"] = nth;
    if (fault.contains("target")) when["of"] = fault["target"];
    fault.erase("target");
  } else {
    when["at"] = text_of(at);
  }
  fault["when"] = std::move(when);
  return fault;
}

// The first of its placements that breaks a promise, if it does so in the words of a file as well.
std::optional<Counterexample> failing_placement(const Combination& combination, std::size_t fault,
                                                const Json& document) {
  try {
    CombinationRunner runner(combination);
    const std::vector<FaultPlan> never = runner.placed(std::numeric_limits<std::int64_t>::max());
    Run& run = runner.run();
    run.reset(never, combination.seed);
    const Instant start = run.cluster().now();
    for (std::int64_t nth = 1; run.phase() == Run::Phase::play; run.advance()) {
      for (; nth <= run.faults().opportunities(fault); ++nth) {
        Json candidate = document;
        candidate["faults"][fault] =
            placed(document["faults"][fault], combination.faults[fault].action, nth,
                   run.cluster().now() - start);
        Counterexample found{candidate.dump(), 0, 0};
        const std::optional<OrdinaryRun> ordinary = play(found.document);
        if (!ordinary || ordinary->broken == 0) continue;
        found.digest = ordinary->digest;
        found.broken = ordinary->broken;
        return found;
      }
    }
  } catch (const ContractViolation&) {  // a bug of ours, which `run` reports
  }
  return std::nullopt;
}

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
      const bool by_chance = combination.faults[i].when.kind == Trigger::Kind::chance;
      if (!by_chance && run.faults().strikes(i) == 0) return std::nullopt;
    }
    return OrdinaryRun{run.digest(), broken_by(run), run.flows()};
  } catch (const ContractViolation&) {
    return std::nullopt;
  }
}

std::optional<Counterexample> failing_run(const Scenario& scenario,
                                          const Combination& combination) {
  if (combination.config_exception || !combination.nothing_to_strike.empty()) return std::nullopt;
  Json document = Json::parse(document_of(scenario, combination));
  document.erase("runs");
  for (std::size_t i = 0; i < combination.faults.size(); ++i) {
    if (combination.faults[i].when.kind != Trigger::Kind::anywhere) continue;
    document["seed"] = combination.seed;
    return failing_placement(combination, i, document);
  }
  for (std::int64_t i = 0; i < combination.runs; ++i) {
    document["seed"] = combination.seed + static_cast<std::uint64_t>(i);
    Counterexample found{document.dump(), 0, 0};
    const std::optional<OrdinaryRun> run = play(found.document);
    if (!run || run->broken == 0) continue;
    found.digest = run->digest;
    found.broken = run->broken;
    return found;
  }
  return std::nullopt;
}

std::optional<Counterexample> confirm(const Scenario& scenario, const Combination& combination,
                                      const ExplorationPlan& plan, const Script& script,
                                      Promise promise) {
  return Search(plan, blows_of(plan, script), promise)
      .run(settings_of(scenario, combination, plan.plan));
}

}  // namespace kafault
