// A topic that is deleted while a run goes on, and created anew under its name.
#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "sim/drive/combination_runner.hpp"
#include "sim/protocol/topic_life.hpp"
#include "sim/scenario/scenario.hpp"

namespace kafault {
namespace {

// 600 records, one every 10 ms; at 3 s the topic is deleted, and it is back after 1 s.
class RecreatedTopic : public testing::Test {
 protected:
  const kafault::Run& after(const std::string& more_faults = "", const std::string& producer = "",
                            const std::string& group = "", const std::string& more = "") {
    scenario_ = read_scenario(R"j({ )j" + more + R"j(
      "brokers": { "config": { "broker.session.timeout.ms": 3000,
                               "broker.heartbeat.interval.ms": 500,
                               "group.initial.rebalance.delay.ms": 0 } },
      "topics": { "orders": { "assignment": [[1, 2, 3]] } },
      "producers": { "shop": {
        "config": { "linger.ms": 0, "metadata.max.age.ms": 500)j" +
                                  producer + R"j( },
        "sends": { "topic": "orders", "records": 600, "every": "10ms",
                   "key": "unique" } } },
      "groups": { "billing": { "topics": ["orders"], "commit": "sync",
        "handling": { "takes": "1ms" },
        "config": { "auto.offset.reset": "earliest", "metadata.max.age.ms": 500)j" +
                                  group + R"j( } } },
      "faults": [ { "when": { "at": "3s" }, "do": "recreate_topic", "target": "topic(orders)",
                    "for": "1s" } )j" +
                                  more_faults + "] }",
                              "test.json", {});
    runner_.emplace(scenario_.combinations.front());
    kafault::Run& run = runner_->run();
    run.reset(scenario_.combinations.front().faults, 1);
    run.finish();
    EXPECT_TRUE(run.violations().empty()) << run.violations().front();
    return run;
  }

 private:
  Scenario scenario_;
  std::optional<CombinationRunner> runner_;
};

// acks=all: what is acked is in the new log or went with the old one, and where nobody had read it
// yet it is missed; nothing is handled twice.
TEST_F(RecreatedTopic, HasWhatWasAckedSince) {
  const kafault::Run& run = after();
  const Counts& counts = run.flows().front().counts;
  const PartitionLog& log = *run.cluster().broker(1).log(0);
  EXPECT_TRUE(run.settled());
  EXPECT_EQ(counts.acked, 600);
  EXPECT_EQ(log.end_offset() + counts.expired, 600);
  EXPECT_NEAR(static_cast<double>(counts.expired), 300, 10) << "300 records in 3 s";
  EXPECT_EQ(counts.log_lost + counts.lost + counts.duplicated, 0);
  EXPECT_LE(counts.missed, 10) << "of the last few milliseconds";
}

// KIP-516: it is another topic, whose epochs begin anew.
TEST_F(RecreatedTopic, HasAnotherIdOnEveryReplica) {
  const kafault::Run& run = after();
  const Cluster& cluster = run.cluster();
  for (NodeId broker = 1; broker <= 3; ++broker) {
    const Partition& replica = cluster.broker(broker).partition(0);
    EXPECT_EQ(replica.life(), 1) << broker;
    EXPECT_EQ(epoch_in_life(replica.epoch()), 0) << broker;
    EXPECT_EQ(replica.log().end_offset(), cluster.broker(1).end_offset(0)) << broker;
  }
}

// A stray log: the old leader was down while its topic was deleted, and comes back with it.
TEST_F(RecreatedTopic, IsNotWhatABrokerThatWasDownHas) {
  const kafault::Run& run =
      after(R"j(, {"when": {"at": "2900ms"}, "do": "crash", "target": "broker(1)", "for": "5s"})j");
  const Cluster& cluster = run.cluster();
  const Counts& counts = run.flows().front().counts;
  EXPECT_EQ(cluster.broker(1).partition(0).life(), 1);
  EXPECT_EQ(cluster.broker(1).end_offset(0), cluster.broker(2).end_offset(0));
  EXPECT_EQ(cluster.broker(2).end_offset(0) + counts.expired, 600);
  EXPECT_EQ(counts.log_lost + counts.lost, 0);
}

// A leader that the controller cannot reach goes on with the old topic: what it acknowledges there
// is deleted later, and is no loss of the log's.
TEST_F(RecreatedTopic, IsNotKnownToALeaderThatIsCutOff) {
  const kafault::Run& run =
      after(R"j(, {"when": {"at": "2900ms"}, "do": "isolate", "target": "broker(1)",
                               "from": "controller", "for": "1500ms"})j",
            R"(, "acks": "1")");
  const Counts& counts = run.flows().front().counts;
  EXPECT_GE(counts.expired, 400) << "it went on for 1.4 s";
  EXPECT_EQ(run.cluster().broker(1).end_offset(0) + counts.expired, 600);
  EXPECT_EQ(counts.log_lost, 0);
}

// OffsetMetadataManager.onPartitionsDeleted; under either protocol the group begins where
// auto.offset.reset says.
TEST_F(RecreatedTopic, IsReadFromItsBeginning) {
  for (const char* protocol : {"classic", "consumer"}) {
    const kafault::Run& run =
        after("", "", std::string(R"(, "group.protocol": ")") + protocol + "\"");
    const Counts& counts = run.flows().front().counts;
    EXPECT_EQ(counts.unhandled + counts.handled_again, 0) << protocol;
    const Cluster& cluster = run.cluster();
    const NodeId coordinator = cluster.leader_of(cluster.plan().layout.offsets_partition);
    EXPECT_EQ(cluster.coordinator(coordinator).committed(0, 0), cluster.broker(1).end_offset(0))
        << protocol;
  }
}

// waitOnMetadata: who sends while there is no such topic waits for max.block.ms, with a key, too.
TEST_F(RecreatedTopic, IsWaitedForBySend) {
  const Counts impatient = after("", R"(, "max.block.ms": 300)").flows().front().counts;
  EXPECT_GE(impatient.failed, 2) << "one after the other, for a second";
  EXPECT_LE(impatient.failed, 5);
  EXPECT_EQ(impatient.log_lost, 0);
}

// KAFKA-13488: the topic had a leader of epoch 1, and the next of its name begins with 0. A client
// that does not tell them apart believes the old one for ever.
TEST_F(RecreatedTopic, IsNotBelievedByOldClients) {
  const std::string restart =
      R"j(, {"when": {"at": "500ms"}, "do": "shut_down", "target": "broker(1)", "for": "1s"})j";
  const std::string limits = R"(, "delivery.timeout.ms": 3000, "request.timeout.ms": 1000,
                                  "max.block.ms": 2000)";
  const auto failed_of = [&](const char* switches) {
    const Counts counts =
        after(restart, limits, "",
              std::string(R"("switches": { "topics_told_apart": )") + switches + " },")
            .flows()
            .front()
            .counts;
    return counts.failed + counts.unknown;
  };
  EXPECT_EQ(failed_of("true"), 0);
  EXPECT_GE(failed_of("false"), 150) << "of the 200 records after 4 s";
}

// A group of KIP-848 hears that the topic is gone; its coordinator is away when it comes back.
TEST(RecreatedTopicOfOneBroker, IsGivenOutByACoordinatorThatWasAway) {
  const Scenario scenario = read_scenario(R"j({
    "brokers": { "count": 1, "config": { "group.consumer.heartbeat.interval.ms": 500 } },
    "topics": { "orders": { "partitions": 1, "replication.factor": 1 } },
    "producers": { "shop": { "sends": { "topic": "orders", "records": 100, "every": "100ms" } } },
    "groups": { "billing": { "commit": "sync",
      "config": { "auto.offset.reset": "earliest", "group.protocol": "consumer" } } },
    "faults": [
      { "when": { "at": "3s" }, "do": "recreate_topic", "target": "topic(orders)", "for": "3s" },
      { "when": { "at": "5s" }, "do": "shut_down", "target": "broker(1)", "for": "5s" } ] })j",
                                          "test.json", {});
  CombinationRunner runner(scenario.combinations.front());
  kafault::Run& run = runner.run();
  run.reset(scenario.combinations.front().faults, 1);
  run.finish();
  EXPECT_TRUE(run.settled());
  EXPECT_EQ(run.flows().front().counts.unhandled, 0);
}

}  // namespace
}  // namespace kafault
