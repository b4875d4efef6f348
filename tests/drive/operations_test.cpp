// What operators see, held against closed forms: a queue that is served too slowly, Little's law,
// the distance between two auto-commits, and how long a message is on its way.
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "sim/drive/campaign.hpp"
#include "sim/drive/combination_runner.hpp"
#include "sim/drive/expectation_check.hpp"

namespace kafault {
namespace {

// One broker, one partition, one member that reads from the beginning; a message takes 1 ms.
Scenario one_of_each(const std::string& sends, const std::string& group,
                     const std::string& more = "") {
  return read_scenario(R"j({
    "network": { "latency": "1ms" },
    "brokers": { "count": 1, "config": { "offsets.topic.replication.factor": 1 } },
    "topics": { "orders": { "replication.factor": 1 } },
    "producers": { "shop": { "config": { "linger.ms": 0 }, "sends": { "topic": "orders", )j" +
                           sends + R"j( } } },
    "groups": { "billing": { )j" +
                           group + R"j( } })j" + more + "}",
                       "test.json", {});
}

// Before 3 s nothing is read: group.initial.rebalance.delay.ms.
constexpr const char* from_the_beginning =
    R"("commit": "sync", "config": { "auto.offset.reset": "earliest" })";

Operations seen_in(const Scenario& scenario) {
  CampaignOptions options;
  options.operations = true;
  const CampaignResult result = run_campaign(scenario, options);
  EXPECT_TRUE(result.violations.empty());
  EXPECT_EQ(result.table.rows.size(), 1u);
  EXPECT_EQ(result.table.rows.front().verdict, Verdict::exactly_once);
  return result.table.rows.front().operations;
}

TEST(Operations, AreFreeUnlessAskedForAndChangeNothing) {
  const Scenario scenario = one_of_each(
      R"("records": 100, "every": "5ms")",
      R"("handling": { "takes": "1ms" }, "config": { "auto.offset.reset": "earliest" })");
  CampaignOptions watched;
  watched.operations = true;

  const CampaignResult with = run_campaign(scenario, watched);
  const CampaignResult without = run_campaign(scenario, {});

  EXPECT_EQ(with.table.digest, without.table.digest);
  EXPECT_EQ(without.table.rows.front().operations, Operations{});
  EXPECT_GT(with.table.rows.front().operations.client_lag_max, 0);
}

// 100 records come per second for 4 s, and 40 are handled: when the last comes, 240 wait, and it is
// handled when all 400 are, 10 s after the first.
TEST(Lag, OfASlowHandlerIsWhatComesMinusWhatItHandles) {
  const Operations seen =
      seen_in(one_of_each(R"("records": 400, "every": "10ms", "start": "5s")",
                          R"("commit": "each_record", "handling": { "takes": "25ms" },
                     "config": { "auto.offset.reset": "earliest" })"));

  // Each commit takes 2 ms more: 37 a second.
  constexpr double handled_per_ms = 1.0 / 27;
  EXPECT_NEAR(static_cast<double>(seen.client_lag_max), 400 - 4000 * handled_per_ms, 3);
  EXPECT_NEAR(static_cast<double>(seen.group_lag_max), 400 - 4000 * handled_per_ms, 3);
  EXPECT_NEAR(static_cast<double>(seen.client_lag_max_ms), 400 / handled_per_ms - 4000, 60);
  EXPECT_NEAR(static_cast<double>(seen.group_lag_max_ms), 400 / handled_per_ms - 4000, 60);
  EXPECT_EQ(seen.client_lag_end, 0);
  EXPECT_EQ(seen.group_lag_end, 0);
  EXPECT_EQ(seen.client_lag_end_ms, 0);
  EXPECT_EQ(seen.group_lag_end_ms, 0);
  EXPECT_EQ(seen.rebalances, 1);
}

// L = lambda W: how many records wait on average, over a time, is how many come in
// a millisecond times how long each of them waits, taken from what was noted about each. Handling
// takes 1 to 15 ms, so that the queue comes and goes.
TEST(Lag, ObeysLittlesLaw) {
  const Scenario scenario =
      one_of_each(R"("records": 4000, "every": "10ms", "start": "5s")",
                  R"("commit": "async", "handling": { "takes": ["1ms", "15ms"] },
                     "config": { "auto.offset.reset": "earliest" })");
  const Combination& combination = scenario.combinations.front();
  CombinationRunner runner(combination);
  runner.watch_operations();
  kafault::Run& run = runner.run();
  Trace trace;
  run.reset(combination.faults, 1);
  run.trace_into(&trace);

  const Instant from = Instant{} + std::chrono::seconds(10);
  const Instant until = Instant{} + std::chrono::seconds(40);
  double waiting = 0;  // records times milliseconds
  while (run.cluster().next_due() < until) {
    const Instant before = run.cluster().now();
    const auto lag = static_cast<double>(run.operations().client_lag(0, 0));
    run.advance();
    if (before < from) continue;
    waiting +=
        lag * std::chrono::duration<double, std::milli>(run.cluster().now() - before).count();
  }
  run.finish();

  std::map<Offset, Instant> came;
  double arrivals = 0;
  double waited_ms = 0;
  for (const Trace::Entry& entry : trace.entries()) {
    const Observation& o = entry.what;
    if (o.partition != 0) continue;
    if (o.kind == ObservationKind::HighWatermarkAdvanced) {
      for (Offset offset = static_cast<Offset>(came.size()); offset < o.offset; ++offset) {
        came[offset] = entry.at;
      }
    }
    if (o.kind != ObservationKind::RecordDelivered) continue;
    ASSERT_EQ(o.count, 1u);
    if (came.at(o.offset) < from || came.at(o.offset) >= until) continue;
    arrivals += 1;
    waited_ms += std::chrono::duration<double, std::milli>(entry.at - came.at(o.offset)).count();
  }
  const double window_ms = std::chrono::duration<double, std::milli>(until - from).count();
  const double mean_lag = waiting / window_ms;
  const double little = arrivals / window_ms * (waited_ms / arrivals);
  EXPECT_GT(mean_lag, 0.2);  // else there is nothing to see
  EXPECT_NEAR(mean_lag, little, 0.02 * little);
}

// Between two auto-commits 100 records a second come and are handled; the commit itself comes with
// the next poll.
TEST(Lag, OfTheGroupIsWhatOneAutoCommitIntervalBrings) {
  for (const int interval : {500, 1000, 2000}) {
    const Operations seen =
        seen_in(one_of_each(R"("records": 2000, "every": "10ms", "start": "5s")",
                            R"("commit": "auto", "config": { "auto.offset.reset": "earliest",
           "auto.commit.interval.ms": )" +
                                std::to_string(interval) + "}"));

    EXPECT_NEAR(static_cast<double>(seen.group_lag_max), interval / 10.0, 4) << interval;
    EXPECT_NEAR(static_cast<double>(seen.group_lag_max_ms), interval, 40) << interval;
    EXPECT_LE(seen.client_lag_max, 4) << interval;
  }
}

// There and back at 7 ms each; nobody else has to have it.
TEST(CommitLatency, IsTheWayThereAndBack) {
  const Scenario scenario = read_scenario(R"j({
    "network": { "latency": "7ms" },
    "brokers": { "count": 1, "config": { "offsets.topic.replication.factor": 1 } },
    "topics": { "orders": { "replication.factor": 1 } },
    "producers": { "shop": { "sends": { "topic": "orders", "records": 20 } } },
    "groups": { "billing": { "commit": "sync", "config": { "auto.offset.reset": "earliest" } } }
  })j",
                                          "test.json", {});

  const Operations seen = seen_in(scenario);

  EXPECT_EQ(seen.commit_latency_max_ms, 14);
}

// The connection is there, a record's way to the broker takes 1 ms, and so does the answer's: but
// metadata and a producer id are asked for before the first.
TEST(FirstAck, ComesAfterTheHandshakes) {
  const Operations seen =
      seen_in(one_of_each(R"("records": 20, "start": "5s")", from_the_beginning));
  const Operations slow = seen_in(one_of_each(
      R"("records": 20, "start": "5s")", from_the_beginning,
      R"(, "faults": [ { "when": { "message": "ProduceResponse", "nth": 1 }, "do": "delay",
             "by": "300ms" } ])"));

  EXPECT_EQ(seen.first_ack_ms, 2);
  EXPECT_EQ(slow.first_ack_ms, 302);
}

TEST(PartitionStall, IsHowLongOneOfThemStandsStill) {
  const std::string slow =
      R"(, "faults": [ { "when": { "event": "RecordDelivered", "nth": 40 }, "do": "slow_handling",
             "by": "3s" } ])";
  const std::string group =
      R"("commit": "sync", "handling": { "takes": "1ms" }, "config": { "auto.offset.reset": "earliest" })";

  const Operations stalled =
      seen_in(one_of_each(R"("records": 100, "every": "10ms")", group, slow));
  const Operations kind = seen_in(one_of_each(R"("records": 100, "every": "10ms")", group));

  EXPECT_NEAR(static_cast<double>(stalled.partition_stall_ms), 3000, 15);
  EXPECT_LT(kind.partition_stall_ms, 15);
}

// The crashed member's partitions wait for the session to time out and for somebody to have them.
TEST(Rebalances, AreCounted) {
  const Operations seen = seen_in(read_scenario(R"j({
    "topics": { "orders": { "partitions": 2 } },
    "producers": { "shop": { "sends": { "topic": "orders", "records": 3000, "key": "unique" } } },
    "groups": { "billing": { "members": 2, "commit": "none", "sink": "unique_id",
      "config": { "auto.offset.reset": "earliest", "session.timeout.ms": 6000 } } },
    "faults": [ { "when": { "at": "20s" }, "do": "crash", "target": "member(billing-0)" } ]
  })j",
                                                "test.json", {}));

  EXPECT_GE(seen.rebalances, 2);
  EXPECT_NEAR(static_cast<double>(seen.partition_stall_ms), 6000, 3100);
  EXPECT_EQ(seen.group_lag_max, 3000);  // nothing is ever committed
}

TEST(Operations, MayBeExpected) {
  const auto scenario = [](const std::string& most) {
    return one_of_each(R"("records": 100)", from_the_beginning,
                       R"(, "expect": { "group_lag_max": ")" + most + R"(" })");
  };

  const auto failures = [&](const std::string& most) {
    const Scenario expecting = scenario(most);
    return failures_of(expecting.expect, run_campaign(expecting, {}).table);
  };

  EXPECT_TRUE(failures("<= 100").empty());
  ASSERT_EQ(failures(">= 101").size(), 1u);
  EXPECT_EQ(failures(">= 101").front().column, "group_lag_max");
}

}  // namespace
}  // namespace kafault
