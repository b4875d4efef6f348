// A run of one combination with all that it noted, to measure times in it.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "sim/drive/combination_runner.hpp"
#include "sim/oracle/trace.hpp"
#include "sim/scenario/scenario.hpp"

namespace kafault {

struct TracedRun {
  Trace trace;
  FlowResult flow;  // the first

  std::vector<Instant> times(ObservationKind kind) const {
    std::vector<Instant> found;
    for (const Trace::Entry& entry : trace.entries()) {
      if (entry.what.kind == kind) found.push_back(entry.at);
    }
    return found;
  }
  // From the first send() to the last acknowledgement.
  Duration from_send_to_ack() const {
    return times(ObservationKind::RecordAcked).back() - times(ObservationKind::RecordSent).front();
  }
};

inline TracedRun traced(const std::string& text) {
  const Scenario scenario = read_scenario(text, "test.json", {});
  const Combination& combination = scenario.combinations.front();
  CombinationRunner runner(combination);
  TracedRun told;
  runner.run().reset(combination.faults, 1);
  runner.run().trace_into(&told.trace);
  runner.run().finish();
  EXPECT_TRUE(runner.run().settled());
  EXPECT_TRUE(runner.run().violations().empty());
  told.flow = runner.run().flows().front();
  return told;
}

}  // namespace kafault
