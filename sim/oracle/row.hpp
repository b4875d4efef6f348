// One row of a table: what the runs of one combination showed on one flow.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/oracle/counts.hpp"
#include "sim/oracle/verdict.hpp"

namespace kafault {

struct Row {
  std::string scenario;                  // the file's path, as it was given
  std::vector<std::string> axis_values;  // in the order of Table::axes
  std::string flow;                      // "orders>billing>append"
  Verdict verdict = Verdict::exactly_once;
  std::string config_exception;  // what the client said; empty: it started
  std::int64_t runs = 0;
  Counts counts;  // the sum over the runs
  std::int64_t runs_lost = 0;
  std::int64_t runs_duplicated = 0;
  std::int64_t worst_lost = 0;  // in one run
  std::int64_t worst_duplicated = 0;
  std::int64_t ack_gap_ms = 0;  // of the worst run
  std::int64_t handling_gap_ms = 0;
  Operations operations;           // if they were asked for
  bool nothing_to_strike = false;  // a fault's message or target cannot exist here
  bool anywhere = false;           // one run per moment at which the fault could strike
  std::int64_t unsettled_runs = 0;
  std::vector<std::string> notes;
};

}  // namespace kafault
