// Defaults, layout and workload: what a file means that leaves much unsaid.
#include "sim/scenario/scenario.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/scenario/reading.hpp"

namespace kafault {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST(Scenario, NeedsNothingButAProducer) {
  const Combination combination = read_one(R"({"producers": {"shop": {}}})");
  const ClusterPlan& plan = combination.plan;

  EXPECT_EQ(plan.version.name, "4.1");
  EXPECT_EQ(plan.layout.brokers, 3);
  ASSERT_THAT(plan.layout.topics, SizeIs(2));
  EXPECT_EQ(plan.layout.topics[0].name, "orders");
  EXPECT_EQ(plan.layout.topics[0].partitions, 1);
  EXPECT_THAT(plan.layout.partitions[0].replicas, ElementsAre(1, 2, 3));
  EXPECT_EQ(plan.layout.topics[1].name, "__consumer_offsets");
  EXPECT_EQ(plan.layout.offsets_partition, 1);
  EXPECT_THAT(plan.layout.partitions[1].replicas, ElementsAre(3, 1, 2));
  EXPECT_EQ(plan.brokers.size(), 3u);
  EXPECT_EQ(plan.topics.size(), 2u);
  EXPECT_EQ(plan.network.latency_low, Duration(500us));
  EXPECT_EQ(plan.producers[0].sends.records, 100);
  EXPECT_EQ(plan.producers[0].sends.every, Duration(20ms));
  EXPECT_THAT(plan.groups, IsEmpty());
  EXPECT_EQ(combination.seed, 1u);
  EXPECT_EQ(combination.runs, 1);
  EXPECT_FALSE(combination.config_exception);
  EXPECT_THAT(combination.axis_values, IsEmpty());
}

TEST(Scenario, ReadsTheExampleOfItsFormat) {
  const Scenario scenario = read(R"({
    "kafault": 1,
    "title": "The broker appends the batch; its answer is lost",
    "question": "Does a lost ack double my message?",
    "kafka": "4.1",
    "network": { "latency": "0.5ms" },
    "brokers": { "count": 3, "config": { "replica.lag.time.max.ms": 30000 } },
    "topics": {
      "orders": { "partitions": 1, "replication.factor": 3, "assignment": [[1, 2, 3]],
                  "config": { "min.insync.replicas": 2 } }
    },
    "producers": {
      "shop": {
        "client": "java",
        "config": { "acks": "all", "enable.idempotence": true },
        "sends": { "topic": "orders", "records": 100, "every": "20ms", "start": "0s",
                   "size": "100B", "key": "none", "wait": false },
        "on_error": "ignore", "on_restart": "resume"
      }
    },
    "groups": {
      "billing": {
        "topics": ["orders"], "members": 2, "client": "java",
        "config": { "auto.offset.reset": "earliest" },
        "commit": "sync", "handling": { "takes": "1ms" }, "sink": "append"
      }
    },
    "faults": [
      { "name": "lost ack", "when": { "message": "ProduceResponse", "nth": 31 },
        "do": "drop_connection" }
    ],
    "matrix": [
      { "axis": "acks", "at": "/producers/shop/config/acks", "values": ["0", "1", "all"] },
      { "axis": "idempotence", "at": "/producers/shop/config/enable.idempotence",
        "values": [false, true] },
      { "axis": "commit", "at": "/groups/billing/commit",
        "values": ["auto", "sync", "async", "before", "each_record"] }
    ],
    "runs": 1, "seed": 1, "horizon": "1h"
  })");

  EXPECT_EQ(scenario.name, "orders");
  EXPECT_EQ(scenario.title, "The broker appends the batch; its answer is lost");
  EXPECT_THAT(scenario.axes, ElementsAre("acks", "idempotence", "commit"));
  ASSERT_THAT(scenario.combinations, SizeIs(30));
  EXPECT_THAT(scenario.combinations[1].axis_values, ElementsAre("0", "false", "sync"));
  EXPECT_THAT(scenario.combinations[29].axis_values, ElementsAre("all", "true", "each_record"));
  EXPECT_FALSE(scenario.combinations[0].config_exception);
  EXPECT_TRUE(scenario.combinations[5].config_exception) << "idempotence with acks=0";
}

TEST(ClientDice, AreRolledWhereTheLatencyIsARangeOrTheFileSaysSo) {
  const auto are_rolled = [](const std::string& keys) {
    const std::string text = R"({"producers": {"shop": {}})" + keys + "}";
    return read(text).combinations.at(0).plan.client_dice;
  };
  EXPECT_FALSE(are_rolled(""));
  EXPECT_FALSE(are_rolled(R"(, "runs": 100)")) << "all runs of a fixed world are alike";
  EXPECT_TRUE(are_rolled(R"(, "network": {"latency": ["1ms", "2ms"]})"));
  EXPECT_TRUE(are_rolled(R"(, "client_dice": true)"));
  EXPECT_FALSE(are_rolled(R"(, "network": {"latency": ["1ms", "2ms"]}, "client_dice": false)"));
}

TEST(Layout, PutsReplicasInTurn) {
  const ClusterLayout layout = read_one(R"({"brokers": {"count": 4, "coordinator": 2},
                   "topics": {"orders": {"partitions": 5, "replication.factor": 2}},
                   "producers": {"shop": {}}})")
                                   .plan.layout;

  EXPECT_THAT(layout.partitions[0].replicas, ElementsAre(1, 2));
  EXPECT_THAT(layout.partitions[3].replicas, ElementsAre(4, 1));
  EXPECT_THAT(layout.partitions[4].replicas, ElementsAre(1, 2));
  EXPECT_EQ(layout.offsets_partition, 5);
  EXPECT_THAT(layout.partitions[5].replicas, ElementsAre(2, 3, 4));
  EXPECT_EQ(layout.name_of(4), "orders-4");
}

// The first of each rack, the second of each, ...: no rack has two while another has none.
TEST(Layout, SpreadsReplicasOverRacks) {
  const ClusterPlan plan = read_one(R"({"brokers": {"count": 5, "racks": ["a", "a", "b", "b", "b"]},
                                        "topics": {"orders": {"partitions": 2}},
                                        "producers": {"shop": {}}})")
                               .plan;

  EXPECT_THAT(plan.layout.partitions[0].replicas, ElementsAre(1, 3, 2));
  EXPECT_THAT(plan.layout.partitions[1].replicas, ElementsAre(3, 2, 4));
}

TEST(Layout, KnowsTheRackOfEveryBroker) {
  EXPECT_THAT(mistakes_in(R"({"brokers": {"count": 3, "racks": ["a", "b"]},
                              "producers": {"shop": {}}})"),
              ElementsAre(HasSubstr("the rack of each of the 3 brokers")));
}

TEST(Layout, IsAsSmallAsTheCluster) {
  const ClusterLayout layout =
      read_one(R"({"brokers": {"count": 1}, "producers": {"shop": {}}})").plan.layout;

  EXPECT_THAT(layout.partitions[0].replicas, ElementsAre(1));
  EXPECT_THAT(layout.partitions[1].replicas, ElementsAre(1));
}

TEST(Layout, TakesPartitionsAndReplicasFromTheAssignment) {
  const ClusterLayout layout = read_one(R"({"topics": {"orders": {"assignment": [[3, 1], [2, 3]]}},
                   "producers": {"shop": {}}})")
                                   .plan.layout;

  EXPECT_EQ(layout.topics[0].partitions, 2);
  EXPECT_THAT(layout.partitions[0].replicas, ElementsAre(3, 1));
  EXPECT_THAT(layout.partitions[1].replicas, ElementsAre(2, 3));
}

TEST(Layout, HasTheTopicsOfTheFileBeforeThoseThatAreOnlyWrittenTo) {
  const ClusterPlan plan = read_one(R"({"topics": {"b": {}, "a": {}}, "producers": {
      "one": {"sends": {"topic": "c"}}, "two": {"sends": {"topic": "a"}},
      "three": {"sends": {"topic": "c"}}}})")
                               .plan;

  std::vector<std::string> names;
  for (const auto& topic : plan.layout.topics) names.push_back(topic.name);
  EXPECT_THAT(names, ElementsAre("b", "a", "c", "__consumer_offsets"));
  EXPECT_EQ(plan.producers[1].sends.topic, 1);
}

TEST(Workload, IsReadInFull) {
  const Combination combination = read_one(R"({"producers": {"shop": {
      "sends": {"topic": "orders", "records": 7, "every": "0s", "start": "1s", "size": "1KiB",
                "key": "unique", "partition": 0, "wait": true, "exits_when_sent": true},
      "on_error": "resend", "on_restart": "replay"}}})");
  const Workload& sends = combination.plan.producers[0].sends;

  EXPECT_EQ(sends.records, 7);
  EXPECT_EQ(sends.every, Duration(0));
  EXPECT_EQ(sends.start, Duration(1s));
  EXPECT_EQ(sends.size, 1024);
  EXPECT_EQ(sends.keys, -1);
  EXPECT_EQ(sends.partition, 0);
  EXPECT_TRUE(sends.wait);
  EXPECT_TRUE(sends.exits_when_sent);
  EXPECT_EQ(sends.on_error, OnError::resend);
  EXPECT_EQ(sends.on_restart, OnRestart::replay);
}

TEST(Groups, ReadWhatProducersWriteTo) {
  const GroupPlan group = read_one(R"({"topics": {"quiet": {}}, "producers": {
      "one": {"sends": {"topic": "a"}}, "two": {"sends": {"topic": "b"}}},
      "groups": {"billing": {}}})")
                              .plan.groups[0];

  EXPECT_THAT(group.topics, ElementsAre(1, 2));
  EXPECT_THAT(group.members, SizeIs(1));
  EXPECT_THAT(group.sinks, ElementsAre(SinkPlan{SinkKind::append}));
  EXPECT_EQ(group.application.commit, CommitStrategy::automatic);
  EXPECT_EQ(group.application.takes_high, Duration(0));
}

TEST(Groups, AreReadInFull) {
  const GroupPlan group = read_one(R"({"producers": {"shop": {}}, "groups": {"billing": {
      "topics": ["orders"], "members": 3, "start": "2s", "commit": {"is": "worker_sync"},
      "handling": {"takes": ["1ms", "3ms"], "workers": 4}, "sink": ["append", {"is": "upsert"}],
      "on_revoke": "commit", "on_exception": "seek", "poll_timeout": "1s"}}})")
                              .plan.groups[0];

  EXPECT_EQ(group.members[2].name, "billing-2");
  EXPECT_EQ(group.members[2].start, Duration(2s));
  EXPECT_EQ(group.application.commit, CommitStrategy::worker_sync);
  EXPECT_EQ(group.application.takes_low, Duration(1ms));
  EXPECT_EQ(group.application.takes_high, Duration(3ms));
  EXPECT_EQ(group.application.workers, 4);
  EXPECT_EQ(group.application.on_revoke, OnRevoke::commit);
  EXPECT_EQ(group.application.on_exception, OnException::seek);
  EXPECT_EQ(group.application.poll_timeout, Duration(1s));
  EXPECT_THAT(group.sinks, ElementsAre(SinkPlan{SinkKind::append}, SinkPlan{SinkKind::upsert}));
}

TEST(Flows, GoFromAProducerThroughATopicToAGroupAndItsSinks) {
  const ClusterPlan plan = read_one(R"({"producers": {
      "one": {"sends": {"topic": "a"}}, "two": {"sends": {"topic": "b"}},
      "three": {"sends": {"topic": "b"}}},
      "groups": {"billing": {"topics": ["b"], "sink": ["append", "upsert"]}}})")
                               .plan;
  std::vector<std::string> names;
  for (const Flow& flow : flows_of(plan)) names.push_back(flow_name(plan, flow));

  EXPECT_THAT(names, ElementsAre("a", "two>b>billing>append", "two>b>billing>upsert",
                                 "three>b>billing>append", "three>b>billing>upsert"));
  EXPECT_FALSE(flows_of(plan)[2].sink_shows_repeats);
}

TEST(Warnings, NameWhatKafkaAcceptsAndIsUnwise) {
  const Scenario scenario = read(R"({"topics": {"orders": {"replication.factor": 1,
                                     "config": {"min.insync.replicas": 2}}},
               "producers": {"shop": {}}})");

  EXPECT_THAT(scenario.warnings,
              ElementsAre("topic orders: min.insync.replicas 2 is above the replication factor 1"));
}

TEST(Names, OfScenariosAreTheirFilesWithoutTheEnding) {
  EXPECT_EQ(read_scenario(R"({"producers": {"shop": {}}})", "scenarios/a.b.json", {}).name,
            "scenarios/a.b");
  EXPECT_EQ(read_scenario("// x\n{\"producers\": {\"shop\": {}}}", "a.jsonc", {}).name, "a");
  EXPECT_EQ(read_scenario(R"({"producers": {"shop": {}}})", "-", {}).name, "-");
}

TEST(Resolved, NamesWhereEveryValueCameFrom) {
  ReadOptions options;
  options.set = {{"/brokers/count", "5"}};
  const Scenario scenario = read(R"({"kafka": "3.9",
      "producers": {"shop": {"config": {"batch.size": 99}}},
      "groups": {"billing": {"commit": "sync", "members": [{}, {"config": {"fetch.min.bytes": 2}}]}},
      "matrix": [{"at": "/producers/shop/config/acks", "values": ["all", "1"]}]})",
                                 options);
  const auto values = resolved(scenario, scenario.combinations[1]);
  const auto find = [&](const std::string& pointer) {
    for (const ResolvedValue& value : values) {
      if (value.pointer == pointer) return value.value + " (" + value.origin + ")";
    }
    return std::string("absent");
  };

  EXPECT_EQ(find("/kafka"), "3.9 (file)");
  EXPECT_EQ(find("/brokers/count"), "5 (--set)");
  EXPECT_EQ(find("/brokers/coordinator"), "5 (default)");
  EXPECT_EQ(find("/producers/shop/config/acks"), "1 (axis acks)");
  EXPECT_EQ(find("/producers/shop/config/batch.size"), "99 (file)");
  EXPECT_EQ(find("/producers/shop/config/linger.ms"), "0 (version 3.9)");
  EXPECT_EQ(find("/producers/shop/config/enable.idempotence"), "false (derived)");
  EXPECT_EQ(find("/producers/shop/config/retries"), "2147483647 (client java)");
  EXPECT_EQ(find("/groups/billing/config/enable.auto.commit"), "false (derived)");
  EXPECT_EQ(find("/groups/billing/members/1/config/fetch.min.bytes"), "2 (file)");
  EXPECT_EQ(find("/topics/orders/assignment"), "[[1,2,3]] (default)");
  EXPECT_EQ(find("/horizon"), "1h (default)");
}

TEST(Resolved, DocumentsCanBeReadAgain) {
  const Scenario scenario = read(R"({"producers": {"shop": {}},
      "matrix": [{"at": "/producers/shop/config/acks", "values": ["all", "1"]}]})");
  const std::string document = document_of(scenario, scenario.combinations[1]);

  EXPECT_EQ(read_one(document).plan.producers[0].config.acks, Acks::leader);
  EXPECT_THAT(read(document).axes, IsEmpty());
}

TEST(Reference, HasEveryKeyAndSetting) {
  const std::string reference = settings_reference();

  for (const char* name : {"exits_when_sent", "linger.ms", "max.poll.records", "patches",
                           "min.insync.replicas", "broker.session.timeout.ms", "direction",
                           "ProduceResponse", "RecordProcessed", "at-least-once"}) {
    EXPECT_THAT(reference, HasSubstr("`" + std::string(name) + "`"));
  }
}

}  // namespace
}  // namespace kafault
