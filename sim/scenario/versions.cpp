#include "sim/scenario/versions.hpp"

#include <array>

namespace kafault {
namespace {

// Switches that are not named are as in 4.1.
constexpr VersionProfile version_3_6{
    .name = "3.6",
    .strict_min_isr = false,
    .cap_min_isr_at_replication_factor = false,
    .exponential_backoff = false,
    .leader_in_answers = false,
    .unclean_election_honoured = false,
    .in_flight_conflict_throws = false,
    .eligible_leader_replicas = false,
    .periodic_fencing = false,
    .unclean_registration_leaves_isr = false,
};
constexpr VersionProfile version_3_9{
    .name = "3.9",
    .in_flight_conflict_throws = false,
    .eligible_leader_replicas = false,
    .periodic_fencing = false,
    .unclean_registration_leaves_isr = false,
};
constexpr VersionProfile version_4_0{.name = "4.0", .eligible_leader_replicas = false};
constexpr VersionProfile version_4_1{.name = "4.1"};

// KIP-1030 (4.0) raised the producer's linger.ms from 0 to 5.
ProducerConfig without_linger() {
  ProducerConfig config;
  config.linger = std::chrono::milliseconds(0);
  return config;
}

// The rows, oldest first. ConfigDefs of each version; what is not named is as in 4.1.
const std::array<VersionDefaults, 4>& rows() {
  static const std::array<VersionDefaults, 4> all{{
      {.profile = &version_3_6, .producer = without_linger()},
      {.profile = &version_3_9, .producer = without_linger()},
      {.profile = &version_4_0},
      {.profile = &version_4_1},
  }};
  return all;
}

}  // namespace

const VersionDefaults* find_version(std::string_view name) {
  for (const VersionDefaults& row : rows()) {
    if (row.profile->name == name) return &row;
  }
  return nullptr;
}

std::vector<std::string_view> known_versions() {
  std::vector<std::string_view> names;
  for (const VersionDefaults& row : rows()) names.push_back(row.profile->name);
  return names;
}

}  // namespace kafault
