// What a command ends with: tables of rows, one row per combination and flow. Every writer and the
// comparison with an expected table read these and nothing else.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/oracle/row.hpp"

namespace kafault {

struct Table {
  std::string scenario;  // as in its rows
  std::string title;
  std::string question;
  std::string subtitle;  // "Kafka 4.1 · 3 brokers, RF 3 · Java clients"
  std::uint64_t seed = 1;
  std::uint64_t digest = 0;
  std::vector<std::string> axes;
  std::vector<Row> rows;
  bool has_operations = false;  // its rows say what operators see
  std::vector<std::string> warnings;
};

}  // namespace kafault
