// One run is a pure function of plan, faults and seed, whoever watches it and from wherever it is
// forked.
#include "sim/drive/run.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "sim/drive/campaign.hpp"
#include "sim/drive/combination_runner.hpp"
#include "tests/support/allocation_counter.hpp"

namespace kafault {
namespace {

constexpr const char* crash = R"json({
  "topics": { "orders": { "partitions": 2, "config": { "min.insync.replicas": 2 } } },
  "network": { "latency": ["0.2ms", "2ms"] },
  "producers": { "shop": { "config": { "acks": "1", "enable.idempotence": false },
    "sends": { "topic": "orders", "records": 60, "every": "5ms", "key": "unique" } } },
  "groups": { "billing": { "members": 2, "handling": { "takes": "1ms" },
    "config": { "auto.offset.reset": "earliest" } } },
  "faults": [ { "when": { "event": "RecordAcked", "nth": 20 }, "do": "crash", "target": "leader(orders-0)"
} ]
})json";

Scenario scenario_of(const std::string& text) { return read_scenario(text, "test.json", {}); }

TEST(OneRun, IsAPureFunctionOfItsSeed) {
  const Scenario scenario = scenario_of(crash);
  const Combination& combination = scenario.combinations.front();
  CombinationRunner first(combination);
  CombinationRunner second(combination);

  first.run().reset(combination.faults, 7);
  first.run().finish();
  second.run().reset(combination.faults, 8);
  second.run().finish();
  const std::uint64_t other = second.run().digest();
  second.run().reset(combination.faults, 7);
  second.run().finish();

  EXPECT_EQ(first.run().digest(), second.run().digest());
  EXPECT_NE(first.run().digest(), other);
}

TEST(OneRun, IsTheSameWhetherOrNotItIsTraced) {
  const Scenario scenario = scenario_of(crash);
  const Combination& combination = scenario.combinations.front();
  CombinationRunner runner(combination);
  runner.run().reset(combination.faults, 3);
  runner.run().finish();
  const std::uint64_t untraced = runner.run().digest();

  Trace trace;
  runner.run().reset(combination.faults, 3);
  runner.run().trace_into(&trace);
  runner.run().finish();

  EXPECT_EQ(runner.run().digest(), untraced);
  EXPECT_GT(trace.entries().size(), 60U);
}

// Where no fault looks at notes, the world does not keep them in line with the other effects.
TEST(OneRun, IsTheSameWhetherOrNotAFaultCouldStrikeAtANote) {
  const Scenario scenario = scenario_of(R"json({
    "topics": { "orders": { "partitions": 2, "config": { "min.insync.replicas": 2 } } },
    "network": { "latency": ["0.2ms", "2ms"] },
    "producers": { "shop": {
      "sends": { "topic": "orders", "records": 60, "every": "5ms", "key": "unique" } } },
    "groups": { "billing": { "members": 2, "handling": { "takes": "1ms" },
      "config": { "auto.offset.reset": "earliest" } } },
    "faults": [
      { "when": { "at": "80ms" }, "do": "crash", "target": "leader(orders-0)", "for": "10s" },
      { "when": { "at": "120ms" }, "do": "pause", "target": "leader(orders-1)", "for": "2s" },
      { "when": { "at": "15s" }, "do": "shut_down", "target": "broker(3)", "for": "5s" } ]
  })json");
  const Combination& combination = scenario.combinations.front();
  CombinationRunner runner(combination);
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    Trace trace;
    runner.run().reset(combination.faults, seed);
    runner.run().trace_into(&trace);
    runner.run().finish();

    Trace in_line;
    runner.run().reset(combination.faults, seed);
    runner.run().cluster().watch_notes();
    runner.run().trace_into(&in_line);
    runner.run().finish();

    EXPECT_TRUE(std::ranges::equal(trace.entries(), in_line.entries())) << "seed " << seed;
    EXPECT_GT(trace.entries().size(), 200U);
  }
}

// What is noted is seen in bursts, but by who goes on event by event: he sees what each one brings.
TEST(OneRun, ShowsWhatIsNotedAtOnceToWhoGoesOnEventByEvent) {
  const Scenario scenario = scenario_of(R"json({
    "topics": { "orders": { "partitions": 2 } },
    "producers": { "shop": { "sends": { "topic": "orders", "records": 60, "every": "5ms" } } },
    "groups": { "billing": { "config": { "auto.offset.reset": "earliest" } } },
    "faults": [
      { "when": { "at": "80ms" }, "do": "pause", "target": "leader(orders-0)", "for": "2s" } ]
  })json");
  const Combination& combination = scenario.combinations.front();
  CombinationRunner at_once(combination);
  CombinationRunner in_line(combination);
  Trace trace;
  Trace trace_in_line;
  at_once.run().reset(combination.faults, 1);
  at_once.run().trace_into(&trace);
  in_line.run().reset(combination.faults, 1);
  in_line.run().cluster().watch_notes();
  in_line.run().trace_into(&trace_in_line);

  bool goes_on = true;
  while (goes_on) {
    goes_on = at_once.run().advance();
    EXPECT_EQ(in_line.run().advance(), goes_on);
    ASSERT_EQ(trace.entries().size(), trace_in_line.entries().size());
  }
  EXPECT_TRUE(std::ranges::equal(trace.entries(), trace_in_line.entries()));
  EXPECT_EQ(at_once.run().digest(), in_line.run().digest());
  EXPECT_GT(trace.entries().size(), 150U);

  at_once.run().trace_into(nullptr);
  at_once.run().reset(combination.faults, 1);
  at_once.run().finish();
  EXPECT_EQ(at_once.run().digest(), in_line.run().digest());
}

TEST(OneRun, GoesOnAfterAForkAsIfNothingHadHappened) {
  const Scenario scenario = scenario_of(crash);
  const Combination& combination = scenario.combinations.front();
  CombinationRunner runner(combination);
  runner.run().reset(combination.faults, 5);
  runner.run().finish();
  const std::uint64_t straight = runner.run().digest();

  runner.run().reset(combination.faults, 5);
  for (int i = 0; i < 400; ++i) runner.run().advance();
  kafault::Run fork(runner.run());
  fork.finish();

  EXPECT_EQ(fork.digest(), straight);
  runner.run().finish();
  EXPECT_EQ(runner.run().digest(), straight);
}

TEST(OneRun, EndsWithEveryMessageDeliveredOrGivenBack) {
  const Scenario scenario = scenario_of(crash);
  const Combination& combination = scenario.combinations.front();
  CombinationRunner runner(combination);
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    runner.run().reset(combination.faults, seed);
    runner.run().finish();
    // Long polls, heartbeats and what is on the wire, never what was forgotten.
    EXPECT_LT(runner.run().cluster().messages_in_flight(), 40U) << "seed " << seed;
    EXPECT_TRUE(runner.run().settled()) << "seed " << seed;
    EXPECT_TRUE(runner.run().violations().empty()) << runner.run().violations().front();
  }
}

TEST(OneRun, AllocatesNothingOnceWarm) {
  const Scenario scenario = scenario_of(crash);
  const Combination& combination = scenario.combinations.front();
  CombinationRunner runner(combination);
  for (int i = 0; i < 3; ++i) {
    runner.run().reset(combination.faults, 9);
    runner.run().finish();
  }

  const test::AllocationCounter allocations;
  runner.run().reset(combination.faults, 9);
  runner.run().finish();

  EXPECT_EQ(allocations.count(), 0);
}

TEST(OneRun, AllocatesNothingForAWarmFork) {
  const Scenario scenario = scenario_of(crash);
  const Combination& combination = scenario.combinations.front();
  CombinationRunner runner(combination);
  runner.run().reset(combination.faults, 9);
  kafault::Run fork(runner.run());
  for (int i = 0; i < 300; ++i) runner.run().advance();
  fork = runner.run();
  fork.finish();
  fork = runner.run();

  const test::AllocationCounter allocations;
  fork = runner.run();

  EXPECT_EQ(allocations.count(), 0);
}

// Every placement of a fault by forking the kind run, against a run from the start per placement.
TEST(Placements, ByForkingAreThoseByReplaying) {
  for (const char* fault :
       {R"json({ "when": "anywhere", "message": "ProduceResponse", "do": "drop_connection" })json",
        R"json({ "when": "anywhere", "do": "crash", "target": "broker(1)", "for": "2s" })json",
        R"json({ "when": "anywhere", "do": "fail_handling", "target": "billing" })json"}) {
    const Scenario scenario = scenario_of(
        R"json({
  "producers": { "shop": {
    "config": { "acks": "1", "enable.idempotence": false, "linger.ms": 0 },
    "sends": { "topic": "orders", "records": 5, "every": "10ms" } } },
  "groups": { "billing": {
    "config": { "auto.offset.reset": "earliest" }, "handling": { "takes": "1ms" } } },
  "faults": [)json" +
        std::string(fault) + "] }");
    const Combination& combination = scenario.combinations.front();
    CombinationRunner forking(combination);
    const Totals forked = forking.placements(nullptr);
    ASSERT_GT(forked.runs, 4) << fault;
    EXPECT_TRUE(forked.violations.empty()) << forked.violations.front();

    CombinationRunner replaying(combination);
    Totals replayed;
    for (std::int64_t placement = 1; placement <= forked.runs; ++placement) {
      const std::vector<FaultPlan> faults = replaying.placed(placement);
      replaying.run().reset(faults, combination.seed);
      replaying.run().finish();
      replayed.add(replaying.run(), false);
    }

    EXPECT_EQ(forked.digest.value(), replayed.digest.value()) << fault;
    EXPECT_EQ(forked.flows.front().counts, replayed.flows.front().counts) << fault;
  }
}

TEST(Campaign, GivesTheSameTableWithAnyNumberOfJobs) {
  Scenario scenario = scenario_of(crash);
  scenario.combinations.front().runs = 1700;
  CampaignOptions one;
  CampaignOptions four;
  four.jobs = 4;

  const CampaignResult a = run_campaign(scenario, one);
  const CampaignResult b = run_campaign(scenario, four);

  EXPECT_EQ(a.table.digest, b.table.digest);
  ASSERT_EQ(a.table.rows.size(), b.table.rows.size());
  EXPECT_EQ(a.table.rows.front().counts, b.table.rows.front().counts);
  EXPECT_EQ(a.table.rows.front().runs, 1700);
}

TEST(Campaign, StopsWhenItIsInterruptedAndSaysSo) {
  const Scenario scenario = scenario_of(crash);
  const std::atomic<bool> interrupted{true};
  CampaignOptions options;
  options.interrupted = &interrupted;

  const CampaignResult result = run_campaign(scenario, options);

  EXPECT_FALSE(result.complete);
  EXPECT_TRUE(result.table.rows.empty());
}

TEST(Campaign, CallsAFaultThatCannotStrikeByItsName) {
  const Scenario scenario = scenario_of(
      R"json({ "producers": { "shop": { "config": { "acks": "0", "enable.idempotence": false },
             "sends": { "topic": "orders", "records": 5, "every": "10ms" } } },
           "faults": [ { "when": { "message": "ProduceResponse", "nth": 3 }, "do": "drop_connection" } ] })json");

  const CampaignResult result = run_campaign(scenario, {});

  EXPECT_TRUE(result.table.rows.front().nothing_to_strike);
  EXPECT_EQ(result.table.rows.front().verdict, Verdict::exactly_once);
}

TEST(Campaign, IsInconclusiveWhereAFaultCouldHaveStruckAndDidNot) {
  const Scenario scenario = scenario_of(
      R"json({ "producers": { "shop": { "sends": { "topic": "orders", "records": 5, "every": "10ms" } } },
           "faults": [ { "when": { "message": "ProduceResponse", "nth": 300 }, "do": "drop_connection" } ] })json");

  const CampaignResult result = run_campaign(scenario, {});

  EXPECT_EQ(result.table.rows.front().verdict, Verdict::inconclusive);
}

}  // namespace
}  // namespace kafault
