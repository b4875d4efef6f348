// What a reader gets to see of a result, whatever it is a result of: heading, grid, what holds
// beyond its cells. The text and the Markdown writer draw it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "reports/grid.hpp"

namespace kafault {

struct Sheet {
  std::string title;
  std::string question;
  std::vector<std::string> facts;  // "Kafka 4.1", "3 brokers, RF 3", "seed 1"
  std::optional<std::uint64_t> digest;
  Grid grid;
  std::vector<std::string> warnings;
  std::vector<std::string> hints;  // commands to try next, on a terminal
};

// A table as a sheet, without hints.
Sheet sheet_of(const Table& table, const GridOptions& options);

}  // namespace kafault
