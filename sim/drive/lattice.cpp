#include "sim/drive/lattice.hpp"

#include <algorithm>
#include <type_traits>

namespace kafault {
namespace {

Duration rounded(Duration value, Duration tick) {
  if (value <= Duration{} || value >= forever) return value;
  return (value + tick - Duration{1}) / tick * tick;
}

// Every setting of a config that is a duration, by its own description.
template <class Config>
void round_settings(Config& config, Duration tick) {
  Config::describe(config, [&](auto, auto& value, auto, auto) {
    if constexpr (std::is_same_v<std::remove_cvref_t<decltype(value)>, Duration>) {
      value = rounded(value, tick);
    }
  });
}

void round_network(NetworkPlan& network, Duration tick) {
  network.latency_low = rounded(network.latency_low, tick);
  network.teardown_low = rounded(network.teardown_low, tick);
  network.metadata_low = rounded(network.metadata_low, tick);
  network.apply_low = rounded(network.apply_low, tick);
  network.latency_high = network.latency_low;
  network.teardown_high = network.teardown_low;
  network.metadata_high = network.metadata_low;
  network.apply_high = network.apply_low;
}

// A poll that finds nothing is followed by the next: one that waits ten times longer finds the same
// at the same time, if it ends before anybody gives it up.
void stretch_polls(ClusterPlan& plan) {
  constexpr int stretch = 10;
  for (BrokerConfig& config : plan.brokers) {
    const Duration most = std::min(config.replica_lag_time_max, config.replica_socket_timeout) / 3;
    config.replica_fetch_wait_max = std::max(
        config.replica_fetch_wait_max, std::min(most, stretch * config.replica_fetch_wait_max));
  }
  for (GroupPlan& group : plan.groups) {
    for (MemberPlan& member : group.members) {
      ConsumerConfig& config = member.config;
      config.fetch_max_wait =
          std::max(config.fetch_max_wait,
                   std::min(config.request_timeout / 3, stretch * config.fetch_max_wait));
    }
  }
}

}  // namespace

ClusterPlan on_lattice(ClusterPlan plan, Duration tick, std::int64_t records) {
  stretch_polls(plan);
  round_network(plan.network, tick);
  for (BrokerConfig& config : plan.brokers) round_settings(config, tick);
  for (ProducerPlan& producer : plan.producers) {
    round_settings(producer.config, tick);
    producer.sends.records = std::min(producer.sends.records, records);
    producer.sends.every = rounded(producer.sends.every, tick);
    producer.sends.start = rounded(producer.sends.start, tick);
  }
  for (GroupPlan& group : plan.groups) {
    group.application.takes_low = rounded(group.application.takes_low, tick);
    group.application.takes_high = group.application.takes_low;
    group.application.poll_timeout = rounded(group.application.poll_timeout, tick);
    round_settings(group.outlet.config, tick);
    for (MemberPlan& member : group.members) {
      round_settings(member.config, tick);
      member.start = rounded(member.start, tick);
    }
  }
  return plan;
}

}  // namespace kafault
