// The Kafka versions that a scenario can name: behaviour as switches, and the defaults that differ
// from 4.1's. Adding one is one row.
#pragma once

#include <string_view>
#include <vector>

#include "sim/client/consumer_config.hpp"
#include "sim/client/producer_config.hpp"
#include "sim/protocol/broker_config.hpp"
#include "sim/protocol/version_profile.hpp"

namespace kafault {

// The settings of a version before anybody writes one.
struct VersionDefaults {
  const VersionProfile* profile = nullptr;
  ProducerConfig producer{};
  ConsumerConfig consumer{};
  BrokerConfig broker{};
  TopicConfig topic{};
  // Before 3.0 acks was 1, and became `all` where only idempotence was set
  // (ProducerConfig.maybeOverrideAcksAndRetries).
  bool idempotence_brings_acks_all = false;
};

inline constexpr std::string_view default_version = "4.1";

// Nothing (nullptr) if there is no such version.
const VersionDefaults* find_version(std::string_view name);
// Oldest first.
std::vector<std::string_view> known_versions();

}  // namespace kafault
