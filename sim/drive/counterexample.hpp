// What an exploration found, said as an ordinary scenario: the same settings with scripted faults,
// which `kafault run` plays with real latencies, without a lattice and without skipping anything.
// Only such a run confirms a counterexample.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/explore/exploration.hpp"
#include "sim/oracle/counts.hpp"
#include "sim/oracle/promise.hpp"
#include "sim/scenario/scenario.hpp"

namespace kafault {

struct ExplorationPlan;

struct Counterexample {
  std::string document;  // the text of a scenario without a matrix
  std::uint64_t digest = 0;
  std::uint32_t broken = 0;  // bits of Promise: all that its run breaks
};

// The run that `kafault run` makes of a document without a matrix. Nothing if it is no scenario, if
// a client refuses to start, if a fault does not strike, or if the model breaks its own rules.
struct OrdinaryRun {
  std::uint64_t digest = 0;
  std::uint32_t broken = 0;  // bits of Promise
  std::vector<FlowResult> flows;
};
std::optional<OrdinaryRun> play(const std::string& document);

// An ordinary run that breaks the promise with as many misfortunes as the script has. Other
// latencies shift what happens when, so that the script taken literally may miss: then the moments
// around are tried in a fixed order, nearest first, with a few seeds; then the same with
// misfortunes that end on full seconds, as those of an exploration do; then other misfortunes in
// place of one of the script's. Nothing: none of a bounded number of runs breaks it.
std::optional<Counterexample> confirm(const Scenario& scenario, const Combination& combination,
                                      const ExplorationPlan& plan, const Script& script,
                                      Promise promise);

// The first of a combination's own runs, with the faults that the file gives it, that breaks any
// promise. A fault `"anywhere"` stands in it where it struck.
std::optional<Counterexample> failing_run(const Scenario& scenario, const Combination& combination);

// The same promise broken by fewer misfortunes, earlier or shorter ones, fewer records, members and
// brokers: in the result no single one of these steps is left.
Counterexample shrink(const Counterexample& found, Promise promise);

// A file of its own: what it says of itself, and what it expects.
struct CounterexampleFile {
  std::string name;  // "semantics-no-copy-in-the-log-acks=1.json", in characters safe anywhere
  std::string text;
};
CounterexampleFile file_of(const Counterexample& found, Promise promise, const Scenario& origin,
                           const Combination& combination);

}  // namespace kafault
