// Who calls a run, how often, with which fate: every combination of a scenario's matrix, every
// seed of it, every placement of an `"anywhere"` fault. Owns the threads; results are merged in
// the order of (combination, seed, placement), so that one thread and sixteen give the same bytes.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "sim/drive/result.hpp"
#include "sim/oracle/trace.hpp"
#include "sim/scenario/scenario.hpp"

namespace kafault {

// Raised when what the model computes changes: a difference from an expected table prints both.
inline constexpr int model_version = 6;

struct CampaignOptions {
  int jobs = 1;  // threads
  // Called now and then from one thread at a time: combinations done and in all, runs made so far.
  std::function<void(std::int64_t done, std::int64_t all, std::int64_t runs)> on_progress;
  const std::atomic<bool>* interrupted = nullptr;  // set: stop soon, return what there is
  bool operations = false;  // rows say what operators see, too; also if an expectation asks
};

struct CampaignResult {
  Table table;
  bool complete = true;  // false: interrupted; the table holds the combinations that were finished
  std::int64_t runs = 0;
  std::int64_t events = 0;
  std::vector<std::string> violations;  // broken contracts and invariants: our bugs (exit 70)
};

CampaignResult run_campaign(const Scenario& scenario, const CampaignOptions& options);

// One run of one combination with everything that was observed, for `explain`. With an
// `"anywhere"` fault: the first placement that breaks something, else the first.
struct Inspection {
  Trace trace;
  std::vector<FlowResult> flows;  // as flows_of(combination.plan)
  Verdict verdict = Verdict::exactly_once;
  bool settled = true;
  bool struck = true;  // every fault that could
  std::uint64_t digest = 0;
  std::uint64_t seed = 1;
  std::int64_t placement = 0;   // 1, 2, ...: which one of an `"anywhere"` fault; 0: none
  std::int64_t placements = 0;  // how many there are
};
Inspection inspect(const Combination& combination);

// "shop", "broker 2", "controller", "billing-0".
std::string name_of_node(NodeId node, const ClusterPlan& plan);

}  // namespace kafault
