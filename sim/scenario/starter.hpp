// A scenario to begin with: a producer, a topic, a group, and three faults that it meets one by
// one.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "sim/scenario/read_options.hpp"

namespace kafault {

struct StarterNames {
  std::string producer = "shop";
  std::string topic = "orders";
  std::string group = "billing";
};

struct Starter {
  std::string text;                   // of the scenario file
  std::vector<std::string> warnings;  // about the files of settings
  // What of the files has no effect, by file: not in the text.
  std::map<std::string, std::vector<std::string>> left_out;
};

// With the settings of these files; what has none gets a careful choice of its own. `source` says
// where they come from. Throws ScenarioError with all that is wrong with them.
Starter starter_scenario(const StarterNames& names, const std::vector<SettingsFile>& files,
                         const std::string& source);

}  // namespace kafault
