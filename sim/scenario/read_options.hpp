// What the command line changes about a scenario.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sim/scenario/kafka_settings.hpp"

namespace kafault {

// A .properties file, as a client, a broker or kafka-configs.sh is given it.
struct SettingsFile {
  Role role = Role::producer;
  std::string of;  // the producer, group or topic that has them; empty: all of them
  std::string name;
  std::string text;
};

struct ReadOptions {
  std::vector<std::pair<std::string, std::string>> set;   // pointer, value
  std::vector<std::pair<std::string, std::string>> vary;  // pointer, values with commas between
  std::map<std::string, std::string> where;               // axis, value: keeps those combinations
  std::optional<std::uint64_t> seed;
  std::vector<SettingsFile> settings;  // under `set`; a later one counts
  // name, value: of all producers and groups that have such a setting; above the files
  std::vector<std::pair<std::string, std::string>> client_settings;
};

}  // namespace kafault
