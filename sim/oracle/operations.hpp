// What operators see of a flow, and the one list of these columns: lag as Kafka's tools and
// metrics give it, rebalances, how long commits take, which partition stands still. Kept only for
// those who ask (OperationsWatch).
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>

namespace kafault {

struct Operations {
  std::int64_t client_lag_max = 0;  // records
  std::int64_t client_lag_end = 0;
  std::int64_t client_lag_max_ms = 0;
  std::int64_t client_lag_end_ms = 0;
  std::int64_t group_lag_max = 0;
  std::int64_t group_lag_end = 0;
  std::int64_t group_lag_max_ms = 0;
  std::int64_t group_lag_end_ms = 0;
  std::int64_t rebalances = 0;
  std::int64_t commit_latency_max_ms = 0;
  std::int64_t partition_stall_ms = 0;
  std::int64_t first_ack_ms = 0;
  std::int64_t rows_stale = 0;
  std::int64_t rows_gone_back = 0;
  friend bool operator==(const Operations&, const Operations&) = default;

  // What several runs make of a column.
  enum class Merge : std::uint8_t { worst, sum };

  // The only list of these columns, in the order of the tables.
  template <class Column>
  static void columns(Column&& column) {
    column("client_lag_max", &Operations::client_lag_max, Merge::worst,
           "client's lag: records below the high watermark that no handler was given yet, in all "
           "partitions of the topic; the most at any moment of the worst run");
    column("client_lag_end", &Operations::client_lag_end, Merge::worst,
           "the same at the end of the worst run");
    column("client_lag_max_ms", &Operations::client_lag_max_ms, Merge::worst,
           "age of the oldest of them, since the high watermark passed it; the greatest");
    column("client_lag_end_ms", &Operations::client_lag_end_ms, Merge::worst,
           "the same at the end of the worst run");
    column("group_lag_max", &Operations::group_lag_max, Merge::worst,
           "group's lag, as kafka-consumer-groups has it: high watermark minus committed offset "
           "(before the first commit: where the group began), in all partitions; the most at any "
           "moment of the worst run");
    column("group_lag_end", &Operations::group_lag_end, Merge::worst,
           "the same at the end of the worst run");
    column("group_lag_max_ms", &Operations::group_lag_max_ms, Merge::worst,
           "age of the oldest record that is not committed; the greatest");
    column("group_lag_end_ms", &Operations::group_lag_end_ms, Merge::worst,
           "the same at the end of the worst run");
    column("rebalances", &Operations::rebalances, Merge::sum,
           "generations that the group has completed, the first included");
    column("commit_latency_max_ms", &Operations::commit_latency_max_ms, Merge::worst,
           "longest time from an OffsetCommit request to its answer, as a member's "
           "commit-latency-max");
    column("partition_stall_ms", &Operations::partition_stall_ms, Merge::worst,
           "longest time in which one partition had records for the group and no handler was given "
           "any of them");
    column("first_ack_ms", &Operations::first_ack_ms, Merge::worst,
           "from the producer's first send() to the first ack; no ack: to the end");
    column("rows_stale", &Operations::rows_stale, Merge::sum,
           "rows of the sink, one per key, that end with an older state than the newest that was "
           "written to them");
    column(
        "rows_gone_back", &Operations::rows_gone_back, Merge::sum,
        "how often a write to a row replaced a newer state by an older one, if only for a while");
  }
  template <class Self, class Column>
  static void describe(Self& self, Column&& column) {
    columns([&](std::string_view name, auto member, Merge, std::string_view meaning) {
      column(name, self.*member, meaning);
    });
  }

  Operations& operator+=(const Operations& other) {
    columns([&](auto, auto member, Merge merge, auto) {
      std::int64_t& mine = this->*member;
      mine = merge == Merge::sum ? mine + other.*member : std::max(mine, other.*member);
    });
    return *this;
  }
};

}  // namespace kafault
