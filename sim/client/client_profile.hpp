// Which client library a producer or consumer uses: its habits, where they differ from the Java
// client's. Its defaults are in adopt_client(), its application's in the scenario's reader.
#pragma once

#include <array>
#include <cstdint>

#include "sim/protocol/setting.hpp"

namespace kafault {

enum class ClientProfile : std::uint8_t { java, librdkafka, spring };
template <>
struct Spellings<ClientProfile> {
  static constexpr std::array<Spelling<ClientProfile>, 3> all{
      {{"java", ClientProfile::java},
       {"librdkafka", ClientProfile::librdkafka},
       {"spring", ClientProfile::spring}}};
};

// A background thread commits every auto.commit.interval.ms what is stored by then; the Java client
// commits inside poll() only (rd_kafka_cgrp_serve,
// ConsumerCoordinator.maybeAutoCommitOffsetsAsync).
constexpr bool commits_in_background(ClientProfile client) {
  return client == ClientProfile::librdkafka;
}

// Classic protocol: gives its partitions up when its session must have ended, also when nobody can
// tell it so (rd_kafka_cgrp_session_timeout_check); the Java client goes on with them, and so do
// both under KIP-848, where the client does not know how long its session is.
constexpr bool revokes_itself(ClientProfile client) { return client == ClientProfile::librdkafka; }

// KIP-848: only an application with a rebalance callback is waited for before a partition is given
// up; without one the main thread does it, and commits what was stored
// (rd_kafka_rebalance_op_incr). The Java client waits for whoever commits automatically as well.
constexpr bool revokes_by_callback_only(ClientProfile client) {
  return client == ClientProfile::librdkafka;
}

// KIP-848: what is committed before a rebalance are the partitions that go, not all
// (rd_kafka_assignment_serve_removals).
constexpr bool commits_only_what_goes(ClientProfile client) {
  return client == ClientProfile::librdkafka;
}

// KIP-848: an application that does not poll within max.poll.interval.ms leaves its group only when
// it polls again; until then it sends no heartbeats, so that its session ends
// (rd_kafka_cgrp_max_poll_interval_check_tmr_cb, 2.15). The Java client leaves at once.
constexpr bool leaves_when_it_polls(ClientProfile client) {
  return client == ClientProfile::librdkafka;
}

// Idempotent producers: a bump of the epoch waits until nothing is on its way, and then takes every
// partition along, with what it has to send again; so does the one after any time-out and after a
// gap in the sequences (rd_kafka_idemp_drain_epoch_bump, rd_kafka_toppar_pid_change). The Java
// client's touches the partitions that asked for it.
constexpr bool bumps_all_partitions(ClientProfile client) {
  return client == ClientProfile::librdkafka;
}

// A batch that is too large is sent in pieces (RecordAccumulator.splitAndReenqueue); librdkafka
// fails it.
constexpr bool splits_batches(ClientProfile client) { return client != ClientProfile::librdkafka; }

}  // namespace kafault
