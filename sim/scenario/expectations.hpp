// What a scenario says must hold: `expect`.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <vector>

namespace kafault {

// A number in a column lies within [low, high]: `0`, ">= 1", "<= 3", "== 0", "1..5".
struct Claim {
  std::string column;
  std::string text;  // as the file has it
  std::int64_t low = std::numeric_limits<std::int64_t>::min();
  std::int64_t high = std::numeric_limits<std::int64_t>::max();

  bool holds(std::int64_t value) const { return low <= value && value <= high; }
};

struct Expectation {
  std::map<std::string, std::string> where;  // axis, value; the rows it is about
  std::string flow;                          // empty: every flow
  std::string verdict;                       // empty: any
  std::vector<Claim> claims;
  std::string place;  // "orders.json:31:5", for the report
};
using Expectations = std::vector<Expectation>;

}  // namespace kafault
