// Offsets that a group's sink keeps beside its effects, written in the same transaction: what the
// application reads back in onPartitionsAssigned and seeks to.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "sim/protocol/ids.hpp"

namespace kafault {

class StoredOffsets {
 public:
  void resize(std::size_t groups, std::size_t partitions) {
    partitions_ = partitions;
    offsets_.assign(groups * partitions, no_offset);
  }
  void clear() { std::fill(offsets_.begin(), offsets_.end(), no_offset); }

  // The next offset to handle; no_offset: nothing is stored.
  Offset& of(GroupIndex group, PartitionId partition) { return offsets_[slot(group, partition)]; }
  Offset of(GroupIndex group, PartitionId partition) const {
    return offsets_[slot(group, partition)];
  }
  const std::vector<Offset>& all() const { return offsets_; }

 private:
  std::size_t slot(GroupIndex group, PartitionId partition) const {
    return static_cast<std::size_t>(group) * partitions_ + static_cast<std::size_t>(partition);
  }
  std::size_t partitions_ = 0;
  std::vector<Offset> offsets_;
};

}  // namespace kafault
