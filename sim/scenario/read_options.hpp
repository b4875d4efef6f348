// What the command line changes about a scenario.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace kafault {

struct ReadOptions {
  std::vector<std::pair<std::string, std::string>> set;   // pointer, value
  std::vector<std::pair<std::string, std::string>> vary;  // pointer, values with commas between
  std::map<std::string, std::string> where;               // axis, value: keeps those combinations
  std::optional<std::uint64_t> seed;
};

}  // namespace kafault
