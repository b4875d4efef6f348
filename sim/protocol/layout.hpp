// What a cluster looks like, resolved from a scenario: topics, partitions, who replicates what.
// Immutable during a run; actors keep a pointer to it.
#pragma once

#include <string>
#include <vector>

#include "sim/protocol/ids.hpp"

namespace kafault {

struct PartitionLayout {
  std::int32_t topic = -1;
  std::int32_t number = 0;       // within the topic
  std::vector<NodeId> replicas;  // in assignment order; the first is the preferred leader
};

struct ClusterLayout {
  struct Topic {
    std::string name;
    PartitionId first_partition = 0;
    std::int32_t partitions = 1;  // in the end
    std::int32_t added = 0;       // of these, the last, by an operator during the run
    bool is_recreated = false;    // an operator deletes it during the run, and creates it anew
    std::int32_t at_first() const { return partitions - added; }
  };
  std::int32_t brokers = 3;
  std::vector<Topic> topics;  // the offsets topic last
  std::vector<PartitionLayout> partitions;
  PartitionId offsets_partition = no_partition;  // of __consumer_offsets (one partition)
  std::vector<std::int32_t> racks;               // by broker - 1; empty: nobody says

  // Whether it is there when the run begins.
  bool exists_at_first(PartitionId partition) const {
    const PartitionLayout& p = partitions[static_cast<std::size_t>(partition)];
    return p.number < topics[static_cast<std::size_t>(p.topic)].at_first();
  }
  std::string name_of(PartitionId partition) const {
    const PartitionLayout& p = partitions[static_cast<std::size_t>(partition)];
    return topics[static_cast<std::size_t>(p.topic)].name + "-" + std::to_string(p.number);
  }
};

}  // namespace kafault
