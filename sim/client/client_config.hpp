// What Kafka's clients have in common: how patient they are with the network
// (org.apache.kafka.clients.CommonClientConfigs, 4.1).
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <set>
#include <string>

#include "sim/kernel/dice.hpp"
#include "sim/kernel/time.hpp"
#include "sim/net/channel.hpp"
#include "sim/protocol/setting.hpp"
#include "sim/protocol/version_profile.hpp"

namespace kafault {

// Which brokers a client asks when none that its metadata names can be asked: none, or those of
// bootstrap.servers again, as if it knew nothing (KIP-899).
enum class MetadataRecovery : std::uint8_t { none, rebootstrap };
template <>
struct Spellings<MetadataRecovery> {
  static constexpr std::array<Spelling<MetadataRecovery>, 2> all{
      {{"none", MetadataRecovery::none}, {"rebootstrap", MetadataRecovery::rebootstrap}}};
};

struct ClientConfig {
  Duration request_timeout = std::chrono::seconds(30);
  Duration retry_backoff = std::chrono::milliseconds(100);
  Duration retry_backoff_max = std::chrono::seconds(1);
  Duration reconnect_backoff = std::chrono::milliseconds(50);
  Duration reconnect_backoff_max = std::chrono::seconds(1);
  Duration connection_setup_timeout = std::chrono::seconds(10);
  Duration connection_setup_timeout_max = std::chrono::seconds(30);
  Duration metadata_max_age = std::chrono::minutes(5);
  MetadataRecovery metadata_recovery = MetadataRecovery::rebootstrap;

  // The only list of these settings. `describe_own_timeout()` describes the time-out above
  // request.timeout.ms that each client has under a name of its own.
  template <class Self, class Field, class OwnTimeout>
  static void describe_network(Self& self, Field&& field, OwnTimeout&& describe_own_timeout) {
    constexpr std::int64_t int_max = 2147483647;
    field("request.timeout.ms", self.request_timeout,
          "after this without an answer the connection is closed", within(0, int_max));
    describe_own_timeout();
    field("retry.backoff.ms", self.retry_backoff, "wait before the first retry", at_least(0));
    field("retry.backoff.max.ms", self.retry_backoff_max, "the wait doubles up to this (KIP-580)",
          at_least(0));
    field("reconnect.backoff.ms", self.reconnect_backoff, "wait before reconnecting", at_least(0));
    field("reconnect.backoff.max.ms", self.reconnect_backoff_max, "that wait doubles up to this",
          at_least(0));
    field("socket.connection.setup.timeout.ms", self.connection_setup_timeout,
          "how long a connection may take to open", at_least(0));
    field("socket.connection.setup.timeout.max.ms", self.connection_setup_timeout_max,
          "that time doubles up to this while a broker stays silent", at_least(0));
    field("metadata.max.age.ms", self.metadata_max_age, "metadata is refreshed at least this often",
          at_least(0));
    field("metadata.recovery.strategy", self.metadata_recovery,
          "where no known broker can be asked: wait for one, or begin with bootstrap.servers again "
          "(KIP-899)",
          any);
  }

  // Before KIP-580 retries wait equally long, however many there were.
  void post_process_retry_backoff(const VersionProfile& version) {
    if (!version.exponential_backoff) retry_backoff_max = retry_backoff;
  }

  // Who sets only the first wait gets a constant one (postProcessReconnectBackoffConfigs).
  void post_process_reconnect_backoff(const std::set<std::string>& explicit_settings) {
    if (explicit_settings.contains("reconnect.backoff.ms") &&
        !explicit_settings.contains("reconnect.backoff.max.ms")) {
      reconnect_backoff_max = reconnect_backoff;
    }
  }
};

// The wait before the retry after the n-th failure in a row (0: the first; KIP-580).
constexpr Duration retry_backoff(const ClientConfig& config, std::int32_t failures) {
  Duration wait = config.retry_backoff;
  for (std::int32_t i = 0; i < failures && wait < config.retry_backoff_max; ++i) wait *= 2;
  return std::min(wait, config.retry_backoff_max);
}

// That wait with its jitter. A constant one has none, so that there is none before KIP-580
// (ExponentialBackoff.backoff).
// Simplified: drawn once for each wait; Java's Sender and Metadata draw again whenever they look.
inline Duration drawn_backoff(const ClientConfig& config, std::int32_t failures, Jitter jitter) {
  const Duration wait = retry_backoff(config, failures);
  const bool is_constant = config.retry_backoff_max <= config.retry_backoff;
  return is_constant ? wait : jitter.of(wait, config.retry_backoff_max);
}

constexpr ChannelTimes channel_times(const ClientConfig& config) {
  return {config.request_timeout, config.connection_setup_timeout,
          config.connection_setup_timeout_max, config.reconnect_backoff,
          config.reconnect_backoff_max};
}

}  // namespace kafault
