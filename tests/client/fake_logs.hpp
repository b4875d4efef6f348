// The logs that a test of members fills, and what the brokers say about them.
#pragma once

#include <map>
#include <vector>

#include "sim/protocol/batch.hpp"

namespace kafault::testing_member {

struct FakeLogs {
  struct Log {
    NodeId leader = 1;
    LeaderEpoch epoch = 0;
    std::vector<Batch> batches;
    // Where the current leader's log ends in an older epoch; else at its end.
    std::map<LeaderEpoch, Offset> ends_of_epochs;
    std::map<Offset, Instant> written;  // by base offset, where a test says so
    Offset end() const { return batches.empty() ? 0 : batches.back().end_offset(); }
    Offset first_since(Instant time) const {
      for (const auto& [offset, at] : written) {
        if (at >= time) return offset;
      }
      return no_offset;
    }
  };
  std::vector<Log> logs;

  void append(PartitionId partition, std::uint32_t count, ProducerIndex producer = 0) {
    Log& log = logs[static_cast<std::size_t>(partition)];
    SendNumber first = 0;
    for (const Batch& b : log.batches) {
      if (b.producer == producer) first = b.first + b.count;
    }
    Batch batch;
    batch.producer = producer;
    batch.first = first;
    batch.count = count;
    batch.leader_epoch = log.epoch;
    batch.base_offset = log.end();
    log.batches.push_back(batch);
  }
};

}  // namespace kafault::testing_member
