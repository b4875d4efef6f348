// Kafka's settings: what Kafka takes, and what it refuses.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "sim/scenario/kafka_settings.hpp"
#include "sim/scenario/settings_reader.hpp"
#include "tests/scenario/reading.hpp"

namespace kafault {
namespace {

using namespace std::chrono_literals;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string producer_with(const std::string& config) {
  return R"({"producers": {"shop": {"config": {)" + config + "}}}}";
}
ProducerConfig producer(const std::string& config) {
  return read_one(producer_with(config)).plan.producers.at(0).config;
}
std::string group_with(const std::string& members) {
  return R"({"producers": {"shop": {}}, "groups": {"billing": {)" + members + "}}}";
}
GroupPlan group(const std::string& members) {
  return read_one(group_with(members)).plan.groups.at(0);
}

TEST(Settings, TakeNumbersAndTheirTexts) {
  EXPECT_EQ(producer(R"("linger.ms": 7)").linger, Duration(7ms));
  EXPECT_EQ(producer(R"("linger.ms": "7")").linger, Duration(7ms));
  EXPECT_EQ(producer(R"("batch.size": " 5 ")").batch_size, 5);
  EXPECT_EQ(producer(R"("buffer.memory": 99999999999)").buffer_memory, 99999999999);
}

TEST(Settings, TakeBooleansAndTheirTexts) {
  EXPECT_FALSE(producer(R"("enable.idempotence": false)").enable_idempotence);
  EXPECT_FALSE(producer(R"("enable.idempotence": "False")").enable_idempotence);
  EXPECT_TRUE(producer(R"("enable.idempotence": "true")").enable_idempotence);
}

TEST(Settings, TakeAcksAsTextAndAsNumber) {
  EXPECT_EQ(producer(R"("acks": "all")").acks, Acks::all);
  EXPECT_EQ(producer(R"("acks": -1)").acks, Acks::all);
  EXPECT_EQ(producer(R"("acks": "1")").acks, Acks::leader);
  EXPECT_EQ(producer(R"("acks": 0)").acks, Acks::none);
}

TEST(Settings, TakeListsAsTextAndAsArray) {
  const std::string as_text = R"("config": {"partition.assignment.strategy": "roundrobin, range"})";
  const std::string as_array =
      R"("config": {"partition.assignment.strategy":
          ["org.apache.kafka.clients.consumer.RoundRobinAssignor", "range"]})";

  for (const std::string& text : {as_text, as_array}) {
    EXPECT_THAT(group(text).members.at(0).config.partition_assignment_strategy,
                ElementsAre(Assignor::roundrobin, Assignor::range));
  }
  EXPECT_THAT(mistakes_in(group_with(R"("config": {"partition.assignment.strategy": []})")),
              ElementsAre(HasSubstr("the list is empty")));
}

TEST(ClientProfiles, OfProducersBringDefaults) {
  const Combination combination = read_one(
      R"({"topics": {"orders": {}}, "producers": {"shop": {"client": "librdkafka"}, "till": {}}})");
  ASSERT_EQ(combination.plan.producers.size(), 2U);
  EXPECT_FALSE(combination.plan.producers[0].config.enable_idempotence);
  EXPECT_TRUE(combination.plan.producers[1].config.enable_idempotence);
}

TEST(ClientProfiles, BringDefaultsAndHabits) {
  const GroupPlan librdkafka = group(R"("client": "librdkafka")");
  EXPECT_EQ(librdkafka.members.at(0).config.max_poll_records, 1);
  EXPECT_EQ(librdkafka.members.at(0).config.isolation_level, IsolationLevel::read_committed);
  EXPECT_TRUE(librdkafka.members.at(0).config.enable_auto_commit);
  EXPECT_EQ(librdkafka.application.commit, CommitStrategy::automatic);

  const GroupPlan spring = group(R"("client": "spring")");
  EXPECT_FALSE(spring.members.at(0).config.enable_auto_commit);
  EXPECT_EQ(spring.application.commit, CommitStrategy::ack_batch);
  EXPECT_EQ(spring.application.on_exception, OnException::seek);
  EXPECT_EQ(spring.application.attempts, 10);
  EXPECT_EQ(spring.application.then, OnException::skip);
}

TEST(ClientProfiles, GiveWayToWhatTheScenarioSays) {
  const GroupPlan spring = group(
      R"("client": "spring", "commit": {"is": "ack_count", "every": 7}, "on_exception": "crash",
         "config": {"max.poll.records": 3})");

  EXPECT_EQ(spring.application.commit, CommitStrategy::ack_count);
  EXPECT_EQ(spring.application.commit_every_records, 7);
  EXPECT_EQ(spring.application.on_exception, OnException::crash);
  EXPECT_EQ(spring.application.attempts, 0);
  EXPECT_EQ(spring.members.at(0).config.max_poll_records, 3);
}

TEST(StaticMembers, AreNumberedInTheOrderOfTheirNames) {
  const GroupPlan plan = group(R"("members": [{"config": {"group.instance.id": "b"}}, {},
                                              {"config": {"group.instance.id": "a"}},
                                              {"config": {"group.instance.id": "b"}}])");

  EXPECT_EQ(plan.members.at(0).config.instance, 1);
  EXPECT_EQ(plan.members.at(1).config.instance, no_instance);
  EXPECT_EQ(plan.members.at(2).config.instance, 0);
  EXPECT_EQ(plan.members.at(3).config.instance, 1);
}

TEST(Settings, TakeLongMaxForNever) {
  const ProducerConfig config = producer(R"("max.block.ms": 9223372036854775807)");

  EXPECT_GT(config.max_block, Duration(8760h));
  EXPECT_LT(config.max_block, forever);
}

TEST(Settings, OutsideKafkasRangesAreRefused) {
  const auto refusal = [](const std::string& config) {
    const auto lines = mistakes_in(producer_with(config));
    return lines.size() == 1 ? lines[0] : "not one mistake";
  };
  EXPECT_THAT(refusal(R"("linger.ms": -1)"), HasSubstr("-1 is less than 0"));
  EXPECT_THAT(refusal(R"("linger.ms": "-1")"), HasSubstr("is less than 0"));
  EXPECT_THAT(refusal(R"("retries": 2147483648)"), HasSubstr("is more than 2,147,483,647"));
  EXPECT_THAT(refusal(R"("retries": 18446744073709551615)"), HasSubstr("is more than"));
  EXPECT_THAT(refusal(R"("max.in.flight.requests.per.connection": 0)"), HasSubstr("less than 1"));
  EXPECT_THAT(refusal(R"("linger.ms": 0.5)"), HasSubstr("no whole number"));
  EXPECT_THAT(refusal(R"("linger.ms": "5ms")"), HasSubstr("milliseconds, without a unit"));
  EXPECT_THAT(refusal(R"("linger.ms": [5])"), HasSubstr("a list stands where"));
  EXPECT_THAT(refusal(R"("linger.ms": null)"), HasSubstr("null stands where"));
  EXPECT_THAT(refusal(R"("enable.idempotence": 1)"), HasSubstr("true or false"));
  EXPECT_THAT(refusal(R"("acks": "al")"), HasSubstr("did you mean \"all\"?"));
  EXPECT_THAT(refusal(R"("acks": 2)"), HasSubstr("known: 0, 1, all, -1"));
}

TEST(Settings, ThatKafkaDoesNotHaveAreMistakes) {
  EXPECT_THAT(mistakes_in(producer_with("\n \"ack\": 1")),
              ElementsAre("orders.json:2:2: /producers/shop/config/ack: no such setting; did you "
                          "mean \"acks\"?"));
  EXPECT_THAT(mistakes_in(producer_with(R"("max.poll.records": 1)")),
              ElementsAre(HasSubstr("no setting of a producer but of a consumer")));
}

TEST(Settings, ThatTheModelDoesNotUseAreAcceptedAndListed) {
  const Scenario scenario = read(
      producer_with(R"("client.id": "x", "send.buffer.bytes": 1000, "ssl.protocol": "TLSv1.3")"));

  EXPECT_THAT(
      scenario.accepted_without_effect,
      ElementsAre("/producers/shop/config/client.id", "/producers/shop/config/send.buffer.bytes",
                  "/producers/shop/config/ssl.protocol"));
}

TEST(Settings, OfTopicsMayBeDefaultsOfTheBrokers) {
  const ClusterPlan plan = read_one(R"({"brokers": {"config": {"min.insync.replicas": 2,
                                          "replica.lag.time.max.ms": 500}},
                   "topics": {"orders": {}, "other": {"config": {"min.insync.replicas": 3}}},
                   "producers": {"shop": {"sends": {"topic": "orders"}}}})")
                               .plan;

  EXPECT_EQ(plan.topics.at(0).min_insync_replicas, 2);
  EXPECT_EQ(plan.topics.at(1).min_insync_replicas, 3);
  EXPECT_EQ(plan.topics.at(2).min_insync_replicas, 2) << "the offsets topic";
  EXPECT_EQ(plan.brokers.at(2).replica_lag_time_max, Duration(500ms));
}

TEST(Settings, OfTheModelAreSettingsOfKafka) {
  const auto names_in = [](auto config) {
    std::vector<std::string_view> names;
    decltype(config)::describe(config, [&](std::string_view name, auto&, std::string_view, Range) {
      names.push_back(name);
    });
    return names;
  };
  for (const auto name : names_in(ProducerConfig{})) {
    EXPECT_TRUE(is_kafka_setting(Role::producer, name)) << name;
  }
  for (const auto name : names_in(ConsumerConfig{})) {
    EXPECT_TRUE(is_kafka_setting(Role::consumer, name)) << name;
  }
  for (const auto name : names_in(BrokerConfig{})) {
    EXPECT_TRUE(is_kafka_setting(Role::broker, name)) << name;
  }
  for (const auto name : names_in(TopicConfig{})) {
    EXPECT_TRUE(is_kafka_setting(Role::topic, name)) << name;
  }
  for (const auto name : names_in(TopicDefaults{})) {
    EXPECT_TRUE(is_kafka_setting(Role::broker, name)) << name;
  }
}

TEST(Settings, ThatKafkaHasAreSorted) {
  for (const Role role : {Role::producer, Role::consumer, Role::topic, Role::broker}) {
    const auto names = kafka_settings(role);
    EXPECT_TRUE(std::is_sorted(names.begin(), names.end())) << name_of(role);
  }
  EXPECT_TRUE(is_kafka_setting(Role::broker, "sasl.jaas.config"));
  EXPECT_FALSE(is_kafka_setting(Role::topic, "sasl.jaas.config"));
}

TEST(Settings, ThatContradictEachOtherAreAConfigException) {
  const Combination combination =
      read_one(producer_with(R"("acks": "1", "enable.idempotence": true)"));

  ASSERT_TRUE(combination.config_exception);
  EXPECT_THAT(*combination.config_exception, HasSubstr("producer shop: "));
  EXPECT_THAT(*combination.config_exception, HasSubstr("acks"));
}

TEST(Settings, OfAConsumerCanBeAConfigException) {
  const Combination combination = read_one(
      group_with(R"("config": {"heartbeat.interval.ms": 6000, "session.timeout.ms": 6000})"));

  ASSERT_TRUE(combination.config_exception);
  EXPECT_THAT(*combination.config_exception, HasSubstr("group billing: "));
}

TEST(AutoCommit, IsOnWhereTheStrategySaysSo) {
  EXPECT_TRUE(group(R"("commit": "auto")").members.at(0).config.enable_auto_commit);
  EXPECT_TRUE(group(R"("commit": "auto_worker")").members.at(0).config.enable_auto_commit);
  EXPECT_FALSE(group(R"("commit": "sync")").members.at(0).config.enable_auto_commit);
  EXPECT_FALSE(group(R"("commit": {"is": "none"})").members.at(0).config.enable_auto_commit);
}

TEST(AutoCommit, SetBesideAnotherStrategyRunsTooWithAWarning) {
  const Scenario scenario =
      read(group_with(R"("commit": "sync", "config": {"enable.auto.commit": "true"})"));

  EXPECT_TRUE(scenario.combinations[0].plan.groups[0].members[0].config.enable_auto_commit);
  EXPECT_THAT(scenario.warnings,
              ElementsAre("/groups/billing: auto-commit runs beside commit \"sync\""));
}

TEST(AutoCommit, SwitchedOffContradictsTheAutoStrategy) {
  EXPECT_THAT(mistakes_in(group_with(R"("config": {"enable.auto.commit": false})")),
              ElementsAre(HasSubstr("/groups/billing/config/enable.auto.commit: commit \"auto\"")));
}

TEST(Members, OverrideTheGroupsSettings) {
  const GroupPlan billing = group(
      R"("start": "1s", "config": {"max.poll.records": 7, "auto.offset.reset": "earliest"},
         "members": [{}, {"start": "5s", "config": {"max.poll.records": null,
                                                     "fetch.min.bytes": 9}}])");

  ASSERT_EQ(billing.members.size(), 2u);
  EXPECT_EQ(billing.members[0].name, "billing-0");
  EXPECT_EQ(billing.members[0].start, Duration(1s));
  EXPECT_EQ(billing.members[0].config.max_poll_records, 7);
  EXPECT_EQ(billing.members[1].start, Duration(5s));
  EXPECT_EQ(billing.members[1].config.max_poll_records, 500) << "null is the default again";
  EXPECT_EQ(billing.members[1].config.fetch_min_bytes, 9);
  EXPECT_EQ(billing.members[1].config.auto_offset_reset, OffsetReset::earliest);
}

TEST(Members, ReportTheirOwnMistakes) {
  EXPECT_THAT(
      mistakes_in(group_with(R"("members": [{}, {"config": {"max.poll.record": 1}, "name": 1}])")),
      ElementsAre(HasSubstr("/groups/billing/members/1/config/max.poll.record: no such setting; "
                            "did you mean \"max.poll.records\"?"),
                  HasSubstr("/groups/billing/members/1/name: no such key")));
}

TEST(OffsetResets, MayBeByDuration) {
  const GroupPlan plan = group(R"("config": {"auto.offset.reset": "by_duration:PT1H30M"})");
  EXPECT_EQ(plan.members.at(0).config.auto_offset_reset,
            (ResetPolicy{OffsetReset::by_duration, 90min}));

  EXPECT_THAT(mistakes_in(group_with(R"("config": {"auto.offset.reset": "by_duration:PT-1H"})")),
              ElementsAre(HasSubstr("no ISO 8601 duration")));
  EXPECT_THAT(mistakes_in(group_with(R"("config": {"auto.offset.reset": "newest"})")),
              ElementsAre(HasSubstr("known: latest, earliest, none")));
}

TEST(CommitTimeouts, AreForCommitSync) {
  EXPECT_EQ(
      group(R"("commit": {"is": "sync", "on_timeout": "rewind"})").application.on_commit_timeout,
      OnCommitTimeout::rewind);
  EXPECT_THAT(mistakes_in(group_with(R"("commit": {"is": "async", "on_timeout": "rewind"})")),
              ElementsAre(HasSubstr("is for commit \"sync\"")));
}

}  // namespace
}  // namespace kafault
