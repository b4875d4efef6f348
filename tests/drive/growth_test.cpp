// A topic that grows while a run goes on.
#include <gtest/gtest.h>

#include <string>

#include "sim/client/producer_partitioner.hpp"
#include "sim/drive/combination_runner.hpp"
#include "sim/scenario/scenario.hpp"

namespace kafault {
namespace {

// One record with a key of its own every 10 ms, 600 of them; at 2 s there are three partitions
// instead of one, and the producer hears of it within a second.
Scenario growing(const std::string& group_config) {
  return read_scenario(R"j({
    "brokers": { "config": { "group.initial.rebalance.delay.ms": 0 } },
    "topics": { "orders": { "partitions": 1 }, "clicks": { "partitions": 2 } },
    "producers": { "shop": {
      "config": { "linger.ms": 0, "metadata.max.age.ms": 1000 },
      "sends": { "topic": "orders", "records": 600, "every": "10ms", "key": "unique" } } },
    "groups": { "billing": { "topics": ["orders", "clicks"], "commit": "sync", "members": 2,
      "config": { "auto.offset.reset": "earliest")j" +
                           group_config + R"j( } } },
    "faults": [ { "when": { "at": "2s" }, "do": "add_partitions", "target": "topic(orders)",
                  "to": 3 } ] })j",
                       "test.json", {});
}

// Records from `first` on that go to the partition if there are three.
Offset keyed_to(std::int32_t partition, std::int64_t first) {
  Offset count = 0;
  for (std::int64_t r = first; r < 600; ++r) count += partition_of_record(r, -1, 3) == partition;
  return count;
}

// BuiltInPartitioner: over as many partitions as the producer has heard of. So a partition that
// was added holds all records whose hash says so, from some moment within a second on.
TEST(PartitionGrowth, SplitsKeysFromTheProducersNextMetadataOn) {
  const Scenario scenario = growing("");
  const Combination& combination = scenario.combinations.front();
  CombinationRunner runner(combination);
  kafault::Run& run = runner.run();
  run.reset(combination.faults, 1);
  run.finish();

  const Cluster& cluster = run.cluster();
  Offset sum = 0;
  for (PartitionId p = 0; p < 3; ++p) {
    const Offset end = cluster.broker(cluster.leader_of(p)).log(p)->end_offset();
    sum += end;
    if (p == 0) continue;
    EXPECT_GE(end, keyed_to(p, 310));
    EXPECT_LE(end, keyed_to(p, 200));
  }
  EXPECT_EQ(sum, 600);
  EXPECT_TRUE(run.settled());
  EXPECT_EQ(run.flows().front().counts.lost, 0);
  EXPECT_EQ(run.flows().front().counts.duplicated, 0);
}

// The members take the new partitions up under each protocol, and somebody owns each of them.
TEST(PartitionGrowth, IsTakenUpByTheGroup) {
  for (const char* config :
       {R"(, "metadata.max.age.ms": 1000)", R"(, "group.protocol": "consumer")",
        R"(, "metadata.max.age.ms": 1000,
              "partition.assignment.strategy": ["cooperative-sticky"])"}) {
    const Scenario scenario = growing(config);
    const Combination& combination = scenario.combinations.front();
    CombinationRunner runner(combination);
    kafault::Run& run = runner.run();
    run.reset(combination.faults, 1);
    run.finish();

    const Cluster& cluster = run.cluster();
    for (PartitionId p = 0; p < 5; ++p) {
      const bool first = cluster.member_at(cluster.plan().node_of_member(0, 0)).owns(p);
      const bool second = cluster.member_at(cluster.plan().node_of_member(0, 1)).owns(p);
      EXPECT_NE(first, second) << config << " " << p;
    }
    EXPECT_EQ(run.flows().front().counts.lost, 0) << config;
  }
}

// A broker that restarts learns of them from the controller's snapshot.
TEST(PartitionGrowth, OutlivesARestartOfItsLeader) {
  std::string text = R"j({
    "brokers": { "config": { "broker.session.timeout.ms": 3000 } },
    "topics": { "orders": { "partitions": 1 } },
    "producers": { "shop": { "config": { "metadata.max.age.ms": 500, "acks": "all" },
      "sends": { "topic": "orders", "records": 600, "every": "20ms", "key": "unique" } } },
    "faults": [
      { "when": { "at": "2s" }, "do": "add_partitions", "target": "topic(orders)", "to": 3 },
      { "when": { "at": "4s" }, "do": "crash", "target": "leader(orders-1)", "for": "4s" } ] })j";
  const Scenario scenario = read_scenario(text, "test.json", {});
  const Combination& combination = scenario.combinations.front();
  CombinationRunner runner(combination);
  kafault::Run& run = runner.run();
  run.reset(combination.faults, 1);
  run.finish();

  EXPECT_TRUE(run.settled());
  EXPECT_EQ(run.flows().front().counts.log_lost, 0);
  EXPECT_EQ(run.flows().front().counts.failed, 0);
  const Cluster& cluster = run.cluster();
  EXPECT_EQ(cluster.broker(1).end_offset(1), cluster.broker(2).end_offset(1));
  EXPECT_GT(cluster.broker(2).end_offset(1), 0);
}

}  // namespace
}  // namespace kafault
