// Short ways to read a scenario in a test.
#pragma once

#include <string>
#include <vector>

#include "sim/scenario/scenario.hpp"

namespace kafault {

inline Scenario read(const std::string& text, const ReadOptions& options = {}) {
  return read_scenario(text, "orders.json", options);
}

// The one combination of a scenario without a matrix.
inline Combination read_one(const std::string& text) { return read(text).combinations.at(0); }

// The mistakes; none if it can be read.
inline std::vector<std::string> mistakes_in(const std::string& text,
                                            const ReadOptions& options = {},
                                            const std::string& file_name = "orders.json") {
  try {
    read_scenario(text, file_name, options);
  } catch (const ScenarioError& error) {
    return error.lines();
  }
  return {};
}

// A scenario with a producer, a group, and what else is given as members of the file.
inline std::string shop_with(const std::string& members) {
  return R"({"producers": {"shop": {}}, "groups": {"billing": {}}, )" + members + "}";
}
inline std::string shop_with_fault(const std::string& fault) {
  return shop_with(R"("faults": [)" + fault + "]");
}

}  // namespace kafault
