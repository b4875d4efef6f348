#include "sim/client/consumer_config.hpp"

#include <algorithm>
#include <initializer_list>

namespace kafault {

namespace {

bool names_an_assignor_twice(const std::vector<Assignor>& assignors) {
  for (auto at = assignors.begin(); at != assignors.end(); ++at) {
    if (std::find(assignors.begin(), at, *at) != at) return true;
  }
  return false;
}

// ConsumerConfig.checkUnsupportedConfigsPostProcess: what belongs to the other group protocol.
std::optional<std::string> refuse_settings(const std::set<std::string>& explicit_settings,
                                           std::initializer_list<const char*> unsupported,
                                           const char* protocol) {
  std::string names;
  for (const char* name : unsupported) {
    if (!explicit_settings.contains(name)) continue;
    if (!names.empty()) names += ", ";
    names += name;
  }
  if (names.empty()) return std::nullopt;
  return names + " cannot be set when group.protocol=" + protocol;
}

std::optional<std::string> refuse_settings(GroupProtocol protocol,
                                           const std::set<std::string>& explicit_settings) {
  if (protocol == GroupProtocol::classic) {
    return refuse_settings(explicit_settings, {"group.remote.assignor"}, "CLASSIC");
  }
  return refuse_settings(
      explicit_settings,
      {"partition.assignment.strategy", "heartbeat.interval.ms", "session.timeout.ms"}, "CONSUMER");
}

}  // namespace

void adopt_client(ConsumerConfig& config, ClientProfile client) {
  config.client = client;
  if (client != ClientProfile::librdkafka) return;
  config.max_poll_records = 1;  // consume() hands out one message
  config.isolation_level = IsolationLevel::read_committed;
  config.partition_assignment_strategy = {Assignor::range, Assignor::roundrobin};
  config.request_timeout = std::chrono::seconds(60);  // socket.timeout.ms
}

std::optional<std::string> post_process(ConsumerConfig& config,
                                        const std::set<std::string>& explicit_settings,
                                        const VersionProfile& version) {
  config.post_process_retry_backoff(version);
  config.post_process_reconnect_backoff(explicit_settings);
  if (auto refusal = refuse_settings(config.group_protocol, explicit_settings)) return refusal;
  const bool knows_durations =
      version.reset_by_duration && config.client != ClientProfile::librdkafka;
  if (config.auto_offset_reset.to == OffsetReset::by_duration && !knows_durations) {
    return "by_duration is no value of auto.offset.reset here: String must be one of: latest, "
           "earliest, none";
  }
  if (config.client == ClientProfile::librdkafka &&
      config.group_protocol == GroupProtocol::classic &&
      config.max_poll_interval < config.session_timeout) {  // rd_kafka_conf_finalize
    return "`max.poll.interval.ms` must be >= `session.timeout.ms`";
  }
  if (config.heartbeat_interval >= config.session_timeout) {
    return "Heartbeat must be set lower than the session timeout";  // Heartbeat's constructor
  }
  if (config.partition_assignment_strategy.empty()) {  // throwIfNoAssignorsConfigured
    return "Must configure at least one partition assigner class name to "
           "partition.assignment.strategy configuration property";
  }
  if (names_an_assignor_twice(config.partition_assignment_strategy)) {
    return "The assignor name is used in more than one assignor";
  }
  return std::nullopt;
}

}  // namespace kafault
