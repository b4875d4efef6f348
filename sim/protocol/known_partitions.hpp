// How many partitions each topic has, as far as somebody has heard: a client by its metadata, a
// broker by the metadata log. Those with which the run begins are known to all; an operator may
// have added others since, or deleted a whole topic.
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
    const std::int32_t added = p.number - topic.at_first() + 1;
    if (added > added_to({&p.topic, 1})) change(p.topic, added);
  }
  // The topic is gone, with all its partitions.
  void lose(std::int32_t topic) {
    change(topic, -layout_->topics[static_cast<std::size_t>(topic)].at_first());
  }
  bool have_grown() const { return !added_.empty(); }

  std::size_t topics() const { return layout_->topics.size(); }
  PartitionId first_of(std::size_t topic) const { return layout_->topics[topic].first_partition; }
  std::int32_t of(std::size_t topic) const {
    return layout_->topics[topic].at_first() + (added_.empty() ? 0 : added_[topic]);
  }
  // How many were added to these topics together, less those that are gone with theirs.
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
  void change(std::int32_t topic, std::int32_t added) {
    if (added_.empty()) added_.resize(layout_->topics.size());
    added_[static_cast<std::size_t>(topic)] = added;
  }

  const ClusterLayout* layout_;
  std::vector<std::int32_t> added_;  // by topic; empty: none; negative: the topic is gone
};

}  // namespace kafault
