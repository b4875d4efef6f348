// Which client library a consumer uses: its habits, where they differ from the Java client's. Its
// defaults are ConsumerConfig's (defaults_of), its application's are in the scenario's reader.
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

// Gives its partitions up when its session must have ended, also when nobody can tell it so
// (rd_kafka_cgrp_session_timeout_check); the Java client goes on with them.
constexpr bool revokes_itself(ClientProfile client) { return client == ClientProfile::librdkafka; }

}  // namespace kafault
