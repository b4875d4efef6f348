// What every part of a consumer needs while it handles one event: the time, where effects go, and
// when the process wants to be woken if nothing happens before.
#pragma once

#include <algorithm>
#include <cstdint>

#include "sim/client/consumer_config.hpp"
#include "sim/kernel/time.hpp"
#include "sim/net/channel.hpp"
#include "sim/protocol/outbox.hpp"

namespace kafault {

struct ConsumerTurn {
  Instant now;
  Outbox& out;
  Instant wake = never;
  bool again = false;  // something that was looked at before has changed

  // Whether `when` has come; if not, the process asks to be woken then.
  bool is_due(Instant when) {
    if (when <= now) return true;
    wake = std::min(wake, when);
    return false;
  }
};

// The wait before the retry after `failures` failed attempts (KIP-580).
// Simplified: without its jitter of 20 %.
constexpr Duration retry_backoff(const ConsumerConfig& config, std::int32_t failures) {
  const Duration wait = config.retry_backoff * (std::int64_t{1} << std::min(failures, 16));
  return std::min(wait, config.retry_backoff_max);
}

constexpr ChannelTimes channel_times(const ConsumerConfig& config) {
  return {config.request_timeout, config.connection_setup_timeout, config.reconnect_backoff,
          config.reconnect_backoff_max};
}

}  // namespace kafault
