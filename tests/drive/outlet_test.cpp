// A member that publishes what it cannot handle: its producer lives and dies with it.
#include <gtest/gtest.h>

#include <string>

#include "sim/drive/campaign.hpp"
#include "sim/drive/combination_runner.hpp"
#include "sim/kernel/fingerprint.hpp"

namespace kafault {
namespace {

// The 10th of 30 records always fails, and goes to the dead letters at once; broker 2 has those.
Scenario poisoned(const std::string& publishes, const std::string& more_faults = "",
                  const std::string& of_group = R"("on_exception": "publish")") {
  return read_scenario(R"j({
    "brokers": { "config": { "group.initial.rebalance.delay.ms": 0,
      "broker.session.timeout.ms": 6000 } },
    "topics": {
      "orders": { "assignment": [[1, 3]] }, "orders-dlt": { "assignment": [[2]] } },
    "producers": { "shop": { "config": { "linger.ms": 0 },
      "sends": { "topic": "orders", "records": 30, "every": "10ms" } } },
    "groups": { "billing": { "topics": ["orders"], "commit": "sync", "handling": { "takes": "1ms" },
      "publishes": { "to": ["orders-dlt"] )j" +
                           publishes + R"j( }, "config": { "auto.offset.reset": "earliest",
        "session.timeout.ms": 6000 }, )j" +
                           of_group + R"j( } },
    "faults": [ { "name": "poison", "when": { "event": "RecordDelivered", "nth": 10 },
                  "do": "fail_handling", "times": "all" } )j" +
                           more_faults + "] }",
                       "test.json", {});
}

Counts counts_of(const Scenario& scenario) {
  const CampaignResult result = run_campaign(scenario, {});
  EXPECT_TRUE(result.violations.empty()) << result.violations.front();
  EXPECT_EQ(result.table.rows.size(), 1u);
  EXPECT_TRUE(is_about_delivery(result.table.rows.front().verdict));
  return result.table.rows.front().counts;
}

// From any moment of its run on, a fork goes on as the run itself does, and looks the same.
TEST(Outlet, IsPartOfAForkAndOfWhatTellsWorldsApart) {
  const Scenario scenario = poisoned("");
  const Combination& combination = scenario.combinations.front();
  CombinationRunner runner(combination);
  kafault::Run& run = runner.run();
  run.reset(combination.faults, 1);
  run.finish();
  const std::uint64_t straight = run.digest();

  run.reset(combination.faults, 1);
  kafault::Run fork(run);
  const auto look_of = [](const kafault::Run& of) {
    Fingerprint print;
    print.begin(of.cluster().now());
    of.hash_into(print);
    return print.value();
  };
  for (int i = 0; run.phase() != kafault::Run::Phase::done; ++i) {
    if (i % 7 == 0) {
      fork = run;
      EXPECT_EQ(look_of(fork), look_of(run));
      fork.finish();
      EXPECT_EQ(fork.digest(), straight);
    }
    run.advance();
  }
  EXPECT_EQ(run.flows().front().counts.parked, 1);
}

// Before the member knows of the ack, it has not dealt with the record: after its restart it
// publishes it again.
TEST(Outlet, DiesWithItsMember) {
  const Counts seen = counts_of(poisoned("", R"j(, { "when": { "message": "ProduceResponse",
      "on": "received", "to": "billing-0" }, "do": "crash", "target": "billing-0", "for": "1s" })j"));

  EXPECT_EQ(seen.parked, 2);
  EXPECT_EQ(seen.duplicated, 1 + seen.handled_again);
  EXPECT_EQ(seen.lost, 0);
}

// Its idempotence recognises a retry within one life.
TEST(Outlet, RetriesWithoutACopy) {
  const Counts seen = counts_of(poisoned("", R"j(, { "when": { "message": "ProduceResponse",
      "to": "billing-0" }, "do": "drop_connection" })j"));
  const Counts without = counts_of(
      poisoned(R"(, "config": { "enable.idempotence": false })", R"j(, { "when": { "message":
      "ProduceResponse", "to": "billing-0" }, "do": "drop_connection" })j"));

  EXPECT_EQ(seen.parked, 1);
  EXPECT_EQ(without.parked, 2);
  EXPECT_EQ(without.duplicated, 1);
}

// close() of the consumer is followed by close() of the producer, which waits for what it has.
TEST(Outlet, IsClosedWithItsMember) {
  const std::string shut_down = R"j(, { "when": { "event": "RecordForwarded" }, "do": "shut_down",
      "target": "billing-0", "for": "1s" }, { "when": { "message": "ProduceRequest",
      "from": "billing-0" }, "do": "delay", "by": "2s" })j";

  const Counts seen = counts_of(poisoned(R"(, "awaited": false)", shut_down));

  EXPECT_EQ(seen.parked, 1);
  EXPECT_EQ(seen.lost, 0);
  EXPECT_EQ(seen.duplicated, 0);
}

// Nobody is left behind the last topic: the error handler logs the record and goes on.
TEST(Outlet, EndsWithItsLastTopic) {
  const Counts seen = counts_of(read_scenario(R"j({
    "topics": { "orders": {}, "again": {} },
    "producers": { "shop": { "sends": { "topic": "orders", "records": 30, "every": "10ms" } } },
    "groups": { "billing": { "topics": ["orders", "again"], "commit": "sync",
      "on_exception": "publish", "publishes": { "to": ["again"] },
      "config": { "auto.offset.reset": "earliest" } } },
    "faults": [ { "when": { "event": "RecordDelivered", "nth": 10 }, "do": "fail_handling",
                  "times": "all" } ] })j",
                                              "test.json", {}));

  EXPECT_EQ(seen.lost, 1);
  EXPECT_EQ(seen.unhandled, 1);
  EXPECT_EQ(seen.parked, 0);
}

// A member that has nothing to publish has no producer that anybody would see.
TEST(Outlet, CostsNothingUntilItIsNeeded) {
  const std::string close = R"("on_exception": "close")";
  const auto digest_of = [](Scenario scenario) {
    for (Combination& combination : scenario.combinations) combination.faults.clear();
    return run_campaign(scenario, {}).table.digest;
  };

  EXPECT_EQ(digest_of(poisoned("")), digest_of(poisoned("", "", close)));
}

}  // namespace
}  // namespace kafault
