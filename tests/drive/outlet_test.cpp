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

// KafkaConsumerBackoffManager: the partition of a retry topic is paused until its next record is
// due, and then goes on. The 10th and the 11th record fail, once each.
Scenario delayed(const std::string& delay) {
  return read_scenario(R"j({
    "brokers": { "config": { "group.initial.rebalance.delay.ms": 0 } },
    "topics": { "orders": { "partitions": 1 }, "again": { "partitions": 1 }, "dlt": {} },
    "producers": { "shop": { "config": { "linger.ms": 0 },
      "sends": { "topic": "orders", "records": 30, "every": "100ms" } } },
    "groups": { "billing": { "topics": ["orders", "again"], "commit": "sync",
      "handling": { "takes": "1ms" }, "on_exception": "publish",
      "publishes": { "to": ["again", "dlt"], "delay": )j" +
                           delay + R"j( },
      "config": { "auto.offset.reset": "earliest" } } },
    "faults": [
      { "when": { "event": "RecordDelivered", "nth": 10 }, "do": "fail_handling", "times": 1 },
      { "when": { "event": "RecordDelivered", "nth": 11 }, "do": "fail_handling", "times": 1 } ]
    })j",
                       "test.json", {});
}

struct Retried {
  Instant published;
  Instant delivered;
  std::int64_t behind;  // how many of the first topic's were delivered meanwhile
};

std::vector<Retried> retried_in(const Scenario& scenario) {
  const Combination& combination = scenario.combinations.front();
  CombinationRunner runner(combination);
  Trace trace;
  runner.run().trace_into(&trace);
  runner.run().reset(combination.faults, 1);
  runner.run().finish();
  EXPECT_EQ(runner.run().flows().front().counts.lost, 0);
  EXPECT_EQ(runner.run().flows().front().counts.duplicated, 0);
  std::vector<Retried> all;
  std::vector<Instant> of_orders;
  for (const Trace::Entry& entry : trace.entries()) {
    if (entry.what.kind == ObservationKind::RecordForwarded) {
      all.push_back({entry.at, {}, static_cast<std::int64_t>(of_orders.size())});
    }
    if (entry.what.kind != ObservationKind::RecordDelivered) continue;
    if (entry.what.partition == 0) {
      of_orders.push_back(entry.at);
    } else {
      for (Retried& each : all) {
        if (each.delivered != Instant{}) continue;
        each.delivered = entry.at;
        each.behind = static_cast<std::int64_t>(of_orders.size()) - each.behind;
        break;
      }
    }
  }
  return all;
}

TEST(RetryTopic, HoldsARecordBackUntilItsDelayIsOver) {
  const std::vector<Retried> at_once = retried_in(delayed(R"("0s")"));
  const std::vector<Retried> later = retried_in(delayed(R"("1s")"));

  ASSERT_EQ(at_once.size(), 2u);
  ASSERT_EQ(later.size(), 2u);
  for (const Retried& each : at_once) {
    EXPECT_LT(each.delivered - each.published, std::chrono::milliseconds(600));
  }
  for (const Retried& each : later) {
    const Duration wait = each.delivered - each.published;
    EXPECT_GE(wait, std::chrono::seconds(1));
    EXPECT_LT(wait, std::chrono::milliseconds(1600)) << "a fetch waits for 500 ms at most";
    EXPECT_GE(each.behind, 9) << "other partitions are read on: ten records a second";
  }
}

// The delay of each topic is its own, and the last one's is nobody's here.
TEST(RetryTopic, HasADelayOfItsOwn) {
  const Scenario scenario = delayed(R"(["500ms"])");
  const OutletPlan& outlet = scenario.combinations.front().plan.groups.front().outlet;
  const ClusterLayout& layout = scenario.combinations.front().plan.layout;
  const auto first_of = [&](std::size_t topic) { return layout.topics[topic].first_partition; };
  EXPECT_EQ(outlet.delay_in(first_of(1), layout), Duration(std::chrono::milliseconds(500)));
  EXPECT_EQ(outlet.delay_in(first_of(2), layout), Duration{});
  EXPECT_EQ(outlet.delay_in(first_of(0), layout), Duration{}) << "where producers send to";
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
