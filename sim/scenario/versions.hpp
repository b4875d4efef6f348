// The Kafka versions that a scenario can name: behaviour as switches, and the defaults that differ
// from 4.1's. Adding one is one row.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sim/client/consumer_config.hpp"
#include "sim/client/producer_config.hpp"
#include "sim/protocol/broker_config.hpp"
#include "sim/protocol/version_profile.hpp"

namespace kafault {

// A version before anybody writes a setting.
struct VersionDefaults {
  VersionProfile profile;
  ProducerConfig producer{};
  ConsumerConfig consumer{};
  BrokerConfig broker{};
  TopicConfig topic{};
};

inline constexpr std::string_view default_version = "4.1";

// Nothing (nullptr) if there is no such version.
const VersionDefaults* find_version(std::string_view name);
// Oldest first.
std::vector<std::string_view> known_versions();

// What versions differ in: a switch, or a default of a setting.
struct VersionLine {
  std::string_view kind;  // "switch", "producer", "consumer", "broker", "topic"
  std::string_view name;
  std::string_view doc;
  std::string_view source;          // KIP or KAFKA number, and since when
  std::vector<std::string> values;  // "on", "off", or the default, by version
};

// Every switch, and every setting whose default is not the same in all versions; the columns are
// the known versions.
std::vector<VersionLine> version_table();
// docs/versions.md
std::string versions_reference();

}  // namespace kafault
