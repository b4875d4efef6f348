// Tables made by hand, for the writers to draw.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "sim/drive/result.hpp"

namespace kafault::test {

inline Row row_of(std::vector<std::string> axis_values, const Counts& counts = {}) {
  Row row;
  row.scenario = "scenarios/lost-ack.json";
  row.axis_values = std::move(axis_values);
  row.flow = "orders>billing>append";
  row.runs = 1;
  row.counts = counts;
  row.verdict = verdict_of(counts.lost, counts.duplicated);
  return row;
}

inline Counts counts_of(std::int64_t sent) {
  Counts counts;
  counts.sent = counts.acked = sent;
  return counts;
}
inline Counts lost_in_log(std::int64_t count) {
  Counts counts = counts_of(100);
  counts.lost = counts.log_lost = count;
  return counts;
}
inline Counts never_handled(std::int64_t count) {
  Counts counts = counts_of(100);
  counts.lost = counts.unhandled = count;
  return counts;
}
inline Counts twice(std::int64_t count) {
  Counts counts = counts_of(100);
  counts.duplicated = counts.handled_again = count;
  return counts;
}

inline Row refused(std::vector<std::string> axis_values, std::string why = "") {
  Row row = row_of(std::move(axis_values));
  row.verdict = Verdict::config_exception;
  row.config_exception = std::move(why);
  row.runs = 0;
  return row;
}

// acks x fault, one fault that loses and one that doubles.
inline Table small_table() {
  Table table;
  table.scenario = "scenarios/lost-ack.json";
  table.title = "The answer is lost";
  table.subtitle = "Kafka 4.1 · 3 brokers";
  table.digest = 0x6f0c1d2ab94e77c3ULL;
  table.axes = {"acks", "fault"};
  table.rows = {row_of({"0", "none"}, counts_of(100)),
                row_of({"0", "lost request"}, lost_in_log(1)),
                row_of({"1", "none"}, counts_of(100)), row_of({"1", "lost request"}, twice(2))};
  return table;
}

// As large as scenarios/semantics.json: acks x idempotence x 11 commit strategies x 9 faults.
inline Table semantics_table() {
  const std::vector<std::string> commits{"auto",
                                         "auto_worker",
                                         "sync",
                                         "async",
                                         "async_then_sync",
                                         "before",
                                         "each_record",
                                         "each_record_position",
                                         "worker_sync",
                                         "worker_ordered",
                                         "none"};
  const std::vector<std::string> faults{
      "none",           "lost ack",       "lost request",   "leader crash, followers behind",
      "leader crash",   "handler throws", "consumer crash", "a member joins",
      "consumer paused"};
  const auto counts_in = [](const std::string& acks, bool idempotent, const std::string& commit,
                            const std::string& fault) {
    if (fault == "lost request" && acks == "0") return lost_in_log(1);
    if (fault == "lost ack" && acks != "0" && !idempotent) return twice(1);
    if (fault == "leader crash, followers behind" && acks != "all") return lost_in_log(29);
    if (fault == "handler throws" && commit == "auto") return never_handled(7);
    if (fault == "handler throws" && commit != "each_record") return twice(3);
    if (fault == "consumer crash") return commit == "before" ? never_handled(5) : twice(5);
    return counts_of(100);
  };
  Table table;
  table.scenario = "scenarios/semantics.json";
  table.title = "What one fault does to 100 messages";
  table.subtitle = "Kafka 4.1 · 3 brokers, RF 3, min ISR 2 · Java clients · one consumer group";
  table.axes = {"acks", "enable.idempotence", "commit", "fault"};
  for (const std::string acks : {"0", "1", "all"}) {
    for (const std::string idempotence : {"false", "true"}) {
      for (const std::string& commit : commits) {
        for (const std::string& fault : faults) {
          const std::vector<std::string> values{acks, idempotence, commit, fault};
          const bool idempotent = idempotence == "true";
          table.rows.push_back(acks != "all" && idempotent
                                   ? refused(values)
                                   : row_of(values, counts_in(acks, idempotent, commit, fault)));
        }
      }
    }
  }
  return table;
}

}  // namespace kafault::test
