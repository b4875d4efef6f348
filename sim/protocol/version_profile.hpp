// What a Kafka version does differently, as named switches. The only place that knows versions:
// an actor asks for the switch, never for the number.
#pragma once

#include <string_view>

namespace kafault {

struct VersionProfile {
  std::string_view name = "4.1";
  // KAFKA-15583 (3.7): the high watermark stands still while the ISR is below min.insync.replicas.
  bool strict_min_isr = true;
  // 3.7: min.insync.replicas above the replication factor counts as the replication factor.
  bool cap_min_isr_at_replication_factor = true;
  // KIP-580 (3.7): retry.backoff.ms doubles up to retry.backoff.max.ms.
  bool exponential_backoff = true;
  // KAFKA-15415, KIP-951 (3.7): NOT_LEADER answers name the leader; a retry to it does not back
  // off.
  bool leader_in_answers = true;
  // KAFKA-12670 (3.9): a KRaft controller honours unclean.leader.election.enable.
  bool unclean_election_honoured = true;
  // KAFKA-17927 (4.0): max.in.flight above 5 with defaulted idempotence is a ConfigException.
  bool in_flight_conflict_throws = true;
  // KIP-966 (default for new clusters from 4.1): eligible leader replicas.
  bool eligible_leader_replicas = true;
  // 4.0: stale brokers are looked for every session timeout / 8, so fenced up to 12.5 % late.
  bool periodic_fencing = true;
  // KAFKA-18106 (4.0): a broker that registers after an unclean stop leaves every ISR.
  bool unclean_registration_leaves_isr = true;
};

}  // namespace kafault
