// How many partitions each topic has, as far as somebody has heard: a client by its metadata, a
// broker by the metadata log. Those with which the run begins are known to all; an operator may
// have added others since.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "sim/kernel/fingerprint.hpp"
#include "sim/protocol/layout.hpp"

namespace kafault {

class KnownPartitions {
 public:
  // `layout` outlives this.
  explicit KnownPartitions(const ClusterLayout* layout) : layout_(layout) {}

  // Back to what was there at first.
  void reset() { added_.clear(); }
  // There is this partition, and every one of its topic with a lower number.
  void learn(PartitionId partition) {
    const PartitionLayout& p = layout_->partitions[static_cast<std::size_t>(partition)];
    const ClusterLayout::Topic& topic = layout_->topics[static_cast<std::size_t>(p.topic)];
    if (p.number < topic.at_first()) return;
    if (added_.empty()) added_.resize(layout_->topics.size());
    std::int32_t& added = added_[static_cast<std::size_t>(p.topic)];
    added = std::max(added, p.number - topic.at_first() + 1);
  }
  bool have_grown() const { return !added_.empty(); }

  std::size_t topics() const { return layout_->topics.size(); }
  PartitionId first_of(std::size_t topic) const { return layout_->topics[topic].first_partition; }
  std::int32_t of(std::size_t topic) const {
    return layout_->topics[topic].at_first() + (added_.empty() ? 0 : added_[topic]);
  }
  // How many were added to these topics together.
  std::int32_t added_to(std::span<const std::int32_t> topics) const {
    std::int32_t sum = 0;
    if (added_.empty()) return sum;
    for (const std::int32_t topic : topics) sum += added_[static_cast<std::size_t>(topic)];
    return sum;
  }
  void hash_into(Fingerprint& print) const {
    for (const std::int32_t added : added_) print.add(added);
  }

 private:
  const ClusterLayout* layout_;
  std::vector<std::int32_t> added_;  // by topic; empty: none
};

}  // namespace kafault
