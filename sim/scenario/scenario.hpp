// From a scenario's text to the runs that it asks for: every combination of its matrix, resolved,
// with every mistake reported at once.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/cluster/plan.hpp"
#include "sim/fault/fault_plan.hpp"
#include "sim/scenario/expectations.hpp"
#include "sim/scenario/flows.hpp"
#include "sim/scenario/mistakes.hpp"
#include "sim/scenario/read_options.hpp"

namespace kafault {

struct Combination {
  std::vector<std::string> axis_values;  // one per axis of the scenario
  std::vector<std::size_t> choices;      // which value of each axis that is
  ClusterPlan plan;
  std::vector<FaultPlan> faults;
  // Faults that are not in `faults`: this combination does not have their target.
  std::vector<std::string> nothing_to_strike;
  std::optional<std::string> config_exception;  // a client refuses to start: nothing is run
  std::uint64_t seed = 1;
  std::int64_t runs = 1;
};

struct Scenario {
  std::string name;  // the file's, without its ending
  std::string title;
  std::string question;
  std::string source;
  std::vector<std::string> axes;
  // By axis: it changes nothing but what a run meets, the faults, the seed and the number of runs.
  std::vector<bool> axis_only_sets_fate;
  std::vector<Combination> combinations;
  std::vector<std::string> warnings;
  std::vector<std::string> accepted_without_effect;  // pointers of Kafka's settings
  // The same of files of settings and -X: the settings' names.
  std::map<std::string, std::vector<std::string>> accepted_outside;
  Expectations expect;
  // What it was read from, for resolved().
  std::string text;
  std::string file_name;
  ReadOptions options;
};

// Throws ScenarioError with all mistakes of the file and the options.
Scenario read_scenario(const std::string& text, const std::string& file_name,
                       const ReadOptions& options);

struct ResolvedValue {
  std::string pointer;
  std::string value;
  std::string origin;  // "file", "axis acks", "--set", "producer.properties:3", "version 3.9",
                       // "derived", "default"
};
// Every value that the combination uses, and where it came from.
std::vector<ResolvedValue> resolved(const Scenario& scenario, const Combination& combination);
// The combination as a scenario file without a matrix, indented.
std::string document_of(const Scenario& scenario, const Combination& combination);

// The reference of the format: every key and every setting, in Markdown.
std::string settings_reference();

}  // namespace kafault
