// What a command ends with: tables of rows, one row per combination and flow. Every writer and the
// comparison with an expected table read these and nothing else.
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
  bool nothing_to_strike = false;  // a fault's message or target cannot exist here
  bool anywhere = false;           // one run per moment at which the fault could strike
  std::int64_t unsettled_runs = 0;
  std::vector<std::string> notes;
};

struct Table {
  std::string scenario;  // as in its rows
  std::string title;
  std::string question;
  std::string subtitle;  // "Kafka 4.1 · 3 brokers, RF 3 · Java clients"
  std::uint64_t seed = 1;
  std::uint64_t digest = 0;
  std::vector<std::string> axes;
  std::vector<Row> rows;
  std::vector<std::string> warnings;
};

}  // namespace kafault
