#include "sim/scenario/versions.hpp"

#include <array>

namespace kafault {
namespace {

// Switches that are not named are as in 4.1.
// Simplified: a KRaft controller stands for ZooKeeper's, which honoured unclean elections.
constexpr VersionProfile version_2_8{
    .name = "2.8",
    .strict_min_isr = false,
    .cap_min_isr_at_replication_factor = false,
    .exponential_backoff = false,
    .leader_in_answers = false,
    .in_flight_conflict_throws = false,
    .eligible_leader_replicas = false,
    .periodic_fencing = false,
    .unclean_registration_leaves_isr = false,
};
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

// Before 3.0: KIP-679 had not made the producer idempotent with acks=all, nor KIP-735 the session
// longer. ZooKeeper's session (18 s) is the broker's.
VersionDefaults defaults_of_2_8() {
  VersionDefaults defaults;
  defaults.profile = &version_2_8;
  defaults.producer = without_linger();
  defaults.producer.acks = Acks::leader;
  defaults.producer.enable_idempotence = false;
  defaults.idempotence_brings_acks_all = true;
  defaults.consumer.session_timeout = std::chrono::seconds(10);
  defaults.consumer.partition_assignment_strategy = {Assignor::range};  // before KIP-726
  defaults.broker.broker_session_timeout = std::chrono::seconds(18);
  return defaults;
}

// The rows, oldest first. ConfigDefs of each version; what is not named is as in 4.1.
const std::array<VersionDefaults, 5>& rows() {
  static const std::array<VersionDefaults, 5> all{{
      defaults_of_2_8(),
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
