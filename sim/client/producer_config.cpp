#include "sim/client/producer_config.hpp"

#include <algorithm>

namespace kafault {

namespace {

constexpr std::int32_t max_in_flight_for_idempotence = 5;
constexpr Duration max_int_ms = std::chrono::milliseconds(2147483647);

// Until 3.0.0 and 3.1.0 (KAFKA-13598) the default of enable.idempotence says nothing: it is on
// where the user wrote it or a transactional.id, and brings acks=all where no acks were written
// (ProducerConfig.maybeOverrideAcksAndRetries). Returns whether the user asked for it.
bool decide_idempotence(ProducerConfig& config, const std::set<std::string>& explicit_settings,
                        const VersionProfile& version) {
  const bool is_written = explicit_settings.contains("enable.idempotence");
  if (version.default_idempotence_applies) return is_written;
  if (!is_written) config.enable_idempotence = explicit_settings.contains("transactional.id");
  if (config.enable_idempotence && !explicit_settings.contains("acks")) config.acks = Acks::all;
  return config.enable_idempotence;
}

// The idempotent producer's demands. Until 3.9 and unless the user asked for idempotence, it is
// idempotence that gives way; since 4.0 (KAFKA-17927) too many requests in flight are refused
// either way, and before the other conflicts have had their effect.
std::optional<std::string> post_process_idempotence(ProducerConfig& config, bool is_asked_for,
                                                    const VersionProfile& version) {
  if (!config.enable_idempotence) return std::nullopt;
  bool gives_way = false;
  if (config.retries == 0) {
    if (is_asked_for) return "Must set retries to non-zero when using the idempotent producer.";
    gives_way = true;
  }
  if (config.acks != Acks::all) {
    if (is_asked_for) {
      return "Must set acks to all in order to use the idempotent producer. Otherwise we cannot "
             "guarantee idempotence.";
    }
    gives_way = true;
  }
  if (config.max_in_flight > max_in_flight_for_idempotence) {
    if (version.in_flight_conflict_throws) {
      return "To use the idempotent producer, max.in.flight.requests.per.connection must be set "
             "to at most 5. Current value is " +
             std::to_string(config.max_in_flight) + ".";
    }
    if (is_asked_for) {
      return "Must set max.in.flight.requests.per.connection to at most 5 to use the idempotent "
             "producer.";
    }
    gives_way = true;
  }
  if (gives_way) config.enable_idempotence = false;
  return std::nullopt;
}

// rd_kafka_conf_finalize
std::optional<std::string> post_process_librdkafka(ProducerConfig& config,
                                                   const std::set<std::string>& explicit_settings) {
  if (!config.enable_idempotence) return std::nullopt;
  const auto is_explicit = [&](const char* name) { return explicit_settings.contains(name); };
  if (!is_explicit("max.in.flight.requests.per.connection")) {
    config.max_in_flight = max_in_flight_for_idempotence;
  } else if (config.max_in_flight > max_in_flight_for_idempotence) {
    return "`max.in.flight` must be set <= 5 when `enable.idempotence` is true";
  }
  if (config.retries < 1) {
    return "`retries` must be set >= 1 when `enable.idempotence` is true";
  }
  if (config.acks != Acks::all) {
    return "`acks` must be set to `all` when `enable.idempotence` is true";
  }
  return std::nullopt;
}

}  // namespace

void adopt_client(ProducerConfig& config, ClientProfile client) {
  config.client = client;
  if (client != ClientProfile::librdkafka) return;
  config.enable_idempotence = false;
  config.max_in_flight = 1000000;
  config.linger = std::chrono::milliseconds(5);
  config.batch_size = 1000000;
  config.buffer_memory = std::int64_t{1} << 30;       // queue.buffering.max.kbytes
  config.max_request_size = 1000000;                  // message.max.bytes
  config.delivery_timeout = std::chrono::minutes(5);  // message.timeout.ms
  config.request_timeout = std::chrono::seconds(60);  // socket.timeout.ms
  config.connection_setup_timeout = std::chrono::seconds(30);
  config.reconnect_backoff = std::chrono::milliseconds(100);
  config.reconnect_backoff_max = std::chrono::seconds(10);
  config.metadata_max_age = std::chrono::minutes(15);
}

std::optional<std::string> post_process(ProducerConfig& config,
                                        const std::set<std::string>& explicit_settings,
                                        const VersionProfile& version) {
  const auto is_explicit = [&](const char* name) { return explicit_settings.contains(name); };

  if (config.client == ClientProfile::librdkafka) {
    return post_process_librdkafka(config, explicit_settings);
  }
  config.post_process_retry_backoff(version);
  config.post_process_reconnect_backoff(explicit_settings);
  const bool is_asked_for = decide_idempotence(config, explicit_settings, version);
  if (auto refusal = post_process_idempotence(config, is_asked_for, version)) return refusal;
  if (is_explicit("transactional.id") && !config.enable_idempotence) {
    return "Cannot set a transactional.id without also enabling idempotence.";
  }

  const Duration least =
      std::min(std::min(config.linger, max_int_ms) + config.request_timeout, max_int_ms);
  if (config.delivery_timeout < least) {
    if (is_explicit("delivery.timeout.ms")) {
      return "delivery.timeout.ms should be equal to or larger than linger.ms + "
             "request.timeout.ms";
    }
    config.delivery_timeout = least;
  }
  return std::nullopt;
}

}  // namespace kafault
