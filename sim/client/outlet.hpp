// The producer that a consuming application has beside its consumer, in the same process: what its
// handler cannot deal with it passes on to another topic (Spring's DeadLetterPublishingRecoverer
// behind a DefaultErrorHandler, with retry topics or without).
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "sim/client/producer_config.hpp"
#include "sim/client/workload.hpp"
#include "sim/protocol/layout.hpp"

namespace kafault {

// A record as its reader has it, and where it goes.
struct Forwarded {
  PartitionId to = no_partition;
  ProducerIndex producer = -1;  // of the send that put it where it was read
  PartitionId partition = no_partition;
  SendNumber send = 0;
};

struct OutletPlan {
  // Topics, in turn: what fails in one of them goes to the next, what fails elsewhere to the first.
  std::vector<std::int32_t> topics;
  // How long each of them holds a record back from being tried again; empty: not at all.
  std::vector<Duration> delays;
  bool is_awaited = true;  // the handler's thread waits for the ack
  ProducerConfig config;
  Workload sends{.topic = -1};  // nothing by itself

  bool exists() const { return !topics.empty(); }
  // Of what is read in that partition.
  Duration delay_in(PartitionId partition, const ClusterLayout& layout) const {
    if (delays.empty()) return {};
    const PartitionLayout& read_in = layout.partitions[static_cast<std::size_t>(partition)];
    const auto at = std::find(topics.begin(), topics.end(), read_in.topic) - topics.begin();
    return static_cast<std::size_t>(at) < delays.size() ? delays[static_cast<std::size_t>(at)]
                                                        : Duration{};
  }
  // The partition of the same number, as far as there are so many; no_partition behind the last
  // topic.
  PartitionId next_of(PartitionId from, const ClusterLayout& layout) const {
    const PartitionLayout& read_in = layout.partitions[static_cast<std::size_t>(from)];
    const auto at = std::find(topics.begin(), topics.end(), read_in.topic);
    const auto next = at == topics.end() ? topics.begin() : at + 1;
    if (next == topics.end()) return no_partition;
    const ClusterLayout::Topic& topic = layout.topics[static_cast<std::size_t>(*next)];
    return topic.first_partition + read_in.number % topic.at_first();
  }
};

}  // namespace kafault
