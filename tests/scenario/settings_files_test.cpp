// Settings from .properties files and from -X.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "sim/scenario/settings_reader.hpp"
#include "tests/scenario/reading.hpp"

namespace kafault {
namespace {

using namespace std::chrono_literals;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Pair;

const std::string shop_and_billing =
    R"({"producers": {"shop": {"config": {"acks": "0", "retries": 7}}}, "groups": {"billing": {}}})";

ReadOptions with_file(Role role, const std::string& text, const std::string& of = "") {
  ReadOptions options;
  options.settings.push_back({role, of, std::string(name_of(role)) + ".properties", text});
  return options;
}
ReadOptions with_x(const std::string& name, const std::string& value) {
  ReadOptions options;
  options.client_settings.emplace_back(name, value);
  return options;
}
std::vector<std::string> mistakes_with(const ReadOptions& options,
                                       const std::string& text = shop_and_billing) {
  return mistakes_in(text, options);
}
std::string origin_of(const Scenario& scenario, const std::string& pointer) {
  for (const ResolvedValue& value : resolved(scenario, scenario.combinations.at(0))) {
    if (value.pointer == pointer) return value.origin;
  }
  return "not there";
}

TEST(SettingsFile, OverridesWhatTheScenarioSays) {
  const Scenario scenario =
      read(shop_and_billing, with_file(Role::producer, "# mine\nacks=1\nlinger.ms : 9\n", "shop"));

  const ProducerConfig& config = scenario.combinations.at(0).plan.producers.at(0).config;
  EXPECT_EQ(config.acks, Acks::leader);
  EXPECT_EQ(config.linger, Duration(9ms));
  EXPECT_EQ(config.retries, 7) << "the scenario's own";
  EXPECT_EQ(origin_of(scenario, "/producers/shop/config/acks"), "producer.properties:2");
  EXPECT_EQ(origin_of(scenario, "/producers/shop/config/linger.ms"), "producer.properties:3");
  EXPECT_EQ(origin_of(scenario, "/producers/shop/config/retries"), "file");
}

TEST(SettingsFile, WithoutANameIsMeantForAllOfTheKind) {
  const std::string two = R"({"producers": {"a": {}, "b": {"sends": {"topic": "x"}}},
                              "groups": {"g": {}, "h": {}}})";

  const ClusterPlan producers =
      read(two, with_file(Role::producer, "acks=1")).combinations.at(0).plan;
  const ClusterPlan groups =
      read(two, with_file(Role::consumer, "max.poll.records=3")).combinations.at(0).plan;
  const ClusterPlan topics =
      read(two, with_file(Role::topic, "min.insync.replicas=2")).combinations.at(0).plan;

  EXPECT_EQ(producers.producers.at(0).config.acks, Acks::leader);
  EXPECT_EQ(producers.producers.at(1).config.acks, Acks::leader);
  EXPECT_EQ(groups.groups.at(0).members.at(0).config.max_poll_records, 3);
  EXPECT_EQ(groups.groups.at(1).members.at(0).config.max_poll_records, 3);
  EXPECT_EQ(topics.topics.at(0).min_insync_replicas, 2) << "a topic without an entry";
  EXPECT_EQ(topics.topics.at(1).min_insync_replicas, 2);
  EXPECT_EQ(topics.topics.at(2).min_insync_replicas, 1) << "the offsets topic";
}

TEST(SettingsFile, OfAName) {
  const std::string two = R"({"producers": {"a": {}, "b": {"sends": {"topic": "x"}}}})";

  const auto plan = [&](Role role, const std::string& text, const std::string& of) {
    return read(two, with_file(role, text, of)).combinations.at(0).plan;
  };

  EXPECT_EQ(plan(Role::producer, "acks=1", "b").producers.at(0).config.acks, Acks::all);
  EXPECT_EQ(plan(Role::producer, "acks=1", "b").producers.at(1).config.acks, Acks::leader);
  EXPECT_EQ(plan(Role::topic, "min.insync.replicas=2", "x").topics.at(0).min_insync_replicas, 1);
  EXPECT_THAT(
      mistakes_with(with_file(Role::producer, "acks=1", "shp")),
      ElementsAre("--producer-config shp=producer.properties: there is no producer \"shp\"; "
                  "did you mean \"shop\"?"));
  EXPECT_THAT(mistakes_with(with_file(Role::topic, "min.insync.replicas=2", "order")),
              ElementsAre(HasSubstr("there is no topic \"order\"; did you mean \"orders\"?")));
  EXPECT_THAT(mistakes_with(with_file(Role::consumer, "max.poll.records=2"), two),
              ElementsAre("--consumer-config consumer.properties: there is no group"));
}

TEST(SettingsFile, SaysAllMistakesOfAllFilesAtOnce) {
  ReadOptions options = with_file(Role::producer, "\n\nack=1\nlinger.ms= 5ms\nmax.poll.records=1");
  options.settings.push_back({Role::consumer, "", "consumer.properties", "fetch.min.bytes=\\u12"});

  EXPECT_THAT(
      mistakes_with(options,
                    R"({"producers": {"shop": {}}, "groups": {"billing": {}}, "seeds": 1})"),
      ElementsAre(HasSubstr("orders.json:1:56: /seeds: no such key"),
                  HasSubstr("consumer.properties:1:17: \\u stands without"),
                  "producer.properties:3:1: ack: no such setting; did you mean \"acks\"?",
                  "producer.properties:4:12: linger.ms: \"5ms\" is no whole number; Kafka counts "
                  "milliseconds, without a unit, here",
                  "producer.properties:5:1: max.poll.records: no setting of a producer but of a "
                  "consumer"));
}

TEST(SettingsFile, ListsWhatHasNoEffect) {
  const Scenario scenario =
      read(shop_and_billing,
           with_file(Role::producer,
                     "bootstrap.servers=a:1,b:2\nkey.serializer=org.x.Y\nssl.keystore.location=/k\n"
                     "schema.registry.url=http://x\nconfig.providers=env\nacks=1\n"));

  EXPECT_THAT(
      scenario.accepted_outside,
      ElementsAre(Pair("producer.properties",
                       ElementsAre("bootstrap.servers", "key.serializer", "ssl.keystore.location",
                                   "schema.registry.url", "config.providers"))));
  EXPECT_THAT(scenario.accepted_without_effect, IsEmpty());
}

TEST(SettingsFile, LastOfARepeatedSettingCounts) {
  const Scenario scenario =
      read(shop_and_billing, with_file(Role::producer, "acks=all\nretries=1\nacks=1"));

  EXPECT_EQ(scenario.combinations.at(0).plan.producers.at(0).config.acks, Acks::leader);
  EXPECT_EQ(origin_of(scenario, "/producers/shop/config/acks"), "producer.properties:3");
  EXPECT_THAT(scenario.warnings,
              ElementsAre("producer.properties:3: acks stands in line 1 too; the last one counts"));
}

TEST(SettingsFile, LaterOneCountsAndSetAboveAll) {
  ReadOptions options = with_file(Role::producer, "acks=1\nretries=1\nlinger.ms=1");
  options.settings.push_back({Role::producer, "shop", "more.properties", "retries=2\nlinger.ms=2"});
  options.client_settings.emplace_back("linger.ms", "3");
  const Scenario before_set = read(shop_and_billing, options);
  options.set.emplace_back("/producers/shop/config/linger.ms", "4");
  const Scenario scenario = read(shop_and_billing, options);

  const ProducerConfig& config = scenario.combinations.at(0).plan.producers.at(0).config;
  EXPECT_EQ(config.acks, Acks::leader);
  EXPECT_EQ(config.retries, 2);
  EXPECT_EQ(config.linger, Duration(4ms));
  EXPECT_EQ(origin_of(before_set, "/producers/shop/config/linger.ms"), "-X");
  EXPECT_EQ(origin_of(scenario, "/producers/shop/config/linger.ms"), "--set");
}

TEST(SettingsFile, GivesWayToAnAxisWithAWarning) {
  const std::string text = R"({"producers": {"shop": {}}, "matrix": [
      {"at": "/producers/*/config/acks", "values": ["1", "all"]}]})";
  const Scenario scenario = read(text, with_file(Role::producer, "acks=0\nlinger.ms=1"));

  EXPECT_EQ(scenario.combinations.at(0).plan.producers.at(0).config.acks, Acks::leader);
  EXPECT_EQ(scenario.combinations.at(1).plan.producers.at(0).config.acks, Acks::all);
  EXPECT_EQ(scenario.combinations.at(1).plan.producers.at(0).config.linger, Duration(1ms));
  EXPECT_THAT(scenario.warnings,
              ElementsAre("producer.properties:1: acks has no effect: axis \"acks\" varies it"));
  EXPECT_THAT(mistakes_with(with_x("acks", "0"), text),
              ElementsAre("-X acks=0: axis \"acks\" varies it: use --vary, or --where"));
}

TEST(SettingsFile, DoesNotHideWhatIsWrongBelow) {
  EXPECT_THAT(mistakes_with(with_file(Role::producer, "acks=1"),
                            R"({"producers": {"shop": {"config": 5}}})"),
              ElementsAre(HasSubstr("5 stands where an object of settings belongs")));
  EXPECT_THAT(mistakes_with(with_file(Role::producer, "acks=1"), R"({"producers": {"shop": 5}})"),
              ElementsAre(HasSubstr("5 stands where an object belongs")));
  EXPECT_THAT(mistakes_with(with_file(Role::producer, "acks=1"), "[]"),
              Contains(HasSubstr("a scenario is a JSON object")));
}

TEST(SettingsFile, WithPlaceholdersSaysWhatToDo) {
  EXPECT_THAT(mistakes_with(with_file(Role::producer, "acks=${env:ACKS}")),
              ElementsAre("producer.properties:1:6: acks: \"${env:ACKS}\" is a placeholder, which "
                          "nobody fills in here: write the value, or set it with --set "
                          "/producers/shop/config/acks=VALUE"));
  EXPECT_THAT(mistakes_with(with_file(Role::producer, "ssl.key.password=${env:PASSWORD}")),
              IsEmpty())
      << "what has no effect needs no value";
  EXPECT_THAT(mistakes_in(R"({"producers": {"shop": {"config": {"retries": "${RETRIES:3}"}}}})"),
              ElementsAre(HasSubstr("is a placeholder")));
}

TEST(SettingsFile, OfSpringBootNamesKafkasNames) {
  const std::string application =
      "server.port=80\nspring.kafka.bootstrap-servers=a:1\nspring.kafka.producer.acks=1\n"
      "spring.kafka.producer.batch-size=16KB\nspring.kafka.consumer.max-poll-records=5\n"
      "spring.kafka.consumer.auto-commit-interval=1s\nspring.kafka.properties.retries=5\n";
  const auto says = [](int line, const std::string& name, const std::string& kafkas) {
    return "properties:" + std::to_string(line) + ":1: spring.kafka." + name +
           ": is Spring Boot's name; write \"" + kafkas + "\" into a file of Kafka's own settings";
  };

  EXPECT_THAT(mistakes_with(with_file(Role::producer, application)),
              ElementsAre(HasSubstr(says(3, "producer.acks", "acks")),
                          HasSubstr(says(4, "producer.batch-size", "batch.size")),
                          HasSubstr(says(7, "properties.retries", "retries"))));
  EXPECT_THAT(
      mistakes_with(with_file(Role::consumer, application)),
      Contains(HasSubstr(says(6, "consumer.auto-commit-interval", "auto.commit.interval.ms"))));
  EXPECT_THAT(
      mistakes_with(with_file(Role::topic, "a=b\nspring.kafka.producer.acks=1\n")),
      ElementsAre(HasSubstr(":2:1: spring.kafka.producer.acks: is Spring's name; nothing in "
                            "this file is a setting of a topic")));
}

TEST(SettingsFile, NeverShowsASecret) {
  // The second line was to go on the first; the fourth has nothing that Kafka knows.
  const std::string text =
      "sasl.jaas.config=org.x.PlainLoginModule required username=\"u\"\n"
      "password=\"hunter2\";\n\"hunter2\";\npasword=hunter2\nssl.key.password=hunter2\n";
  for (const std::string& line : mistakes_with(with_file(Role::producer, text))) {
    EXPECT_THAT(line, Not(HasSubstr("hunter2")));
  }
  const std::string sound = "sasl.jaas.config=x password=\"hunter2\";\nacks=1\n";
  const Scenario scenario = read(shop_and_billing, with_file(Role::producer, sound));
  EXPECT_THAT(document_of(scenario, scenario.combinations.at(0)), Not(HasSubstr("hunter2")));

  const auto with_option = mistakes_with(with_x("sasl.jaas.confg", "hunter2"));
  EXPECT_THAT(with_option, ElementsAre(HasSubstr("-X sasl.jaas.confg: no such setting")));
  ReadOptions set;
  set.set.emplace_back("/producers/shp/config/ssl.key.password", "hunter2");
  EXPECT_THAT(mistakes_with(set), ElementsAre(AllOf(HasSubstr("ssl.key.password=[hidden]"),
                                                    Not(HasSubstr("hunter2")))));
}

TEST(Secrets, OfTheScenarioItselfAreNotWrittenAgain) {
  const Scenario scenario = read(
      R"({"producers": {"shop": {"config": {"acks": "1", "ssl.keystore.password": "hunter2"}}}})");

  const std::string document = document_of(scenario, scenario.combinations.at(0));

  EXPECT_THAT(document, HasSubstr(R"("ssl.keystore.password": "[hidden]")"));
  EXPECT_THAT(document, HasSubstr(R"("acks": "1")"));
  EXPECT_THAT(document, Not(HasSubstr("hunter2")));
}

TEST(Secrets, AreNoSettingsThatTheModelUses) {
  for (const Role role : {Role::producer, Role::consumer, Role::topic, Role::broker}) {
    for (const std::string_view name : modelled_settings(role)) {
      EXPECT_FALSE(is_secret(name)) << name;
    }
  }
}

TEST(X, IsForEveryClientThatHasTheSetting) {
  const auto plan = [](const std::string& name, const std::string& value) {
    return read(shop_and_billing, with_x(name, value)).combinations.at(0).plan;
  };
  const ClusterPlan acks = plan("acks", "1");
  const ClusterPlan timeout = plan("request.timeout.ms", "1234");

  EXPECT_EQ(acks.producers.at(0).config.acks, Acks::leader);
  EXPECT_EQ(timeout.producers.at(0).config.request_timeout, Duration(1234ms));
  EXPECT_EQ(timeout.groups.at(0).members.at(0).config.request_timeout, Duration(1234ms));
}

TEST(X, IsForMembersWithASettingOfTheirOwnToo) {
  const std::string text = R"({"producers": {"shop": {}}, "groups": {"billing": {"members":
      [{}, {"config": {"max.poll.records": 5}}, {"config": {"fetch.min.bytes": 5}}]}}})";
  const auto members =
      read(text, with_x("max.poll.records", "9")).combinations.at(0).plan.groups.at(0).members;

  EXPECT_EQ(members.at(0).config.max_poll_records, 9);
  EXPECT_EQ(members.at(1).config.max_poll_records, 9);
  EXPECT_EQ(members.at(2).config.max_poll_records, 9);
  EXPECT_EQ(members.at(2).config.fetch_min_bytes, 5);
}

TEST(X, ThatNobodyHasIsAMistake) {
  EXPECT_THAT(mistakes_with(with_x("ack", "1")),
              ElementsAre("-X ack: no such setting; did you mean \"acks\"?"));
  EXPECT_THAT(mistakes_with(with_x("min.insync.replicas", "2")),
              ElementsAre(HasSubstr("is a setting of a topic; --set /topics/NAME/config/")));
  EXPECT_THAT(mistakes_with(with_x("broker.rack", "2")),
              ElementsAre(HasSubstr("is a setting of a broker")));
  EXPECT_THAT(mistakes_with(with_x("max.poll.records", "2"), R"({"producers": {"shop": {}}})"),
              ElementsAre("-X max.poll.records: is a setting of a consumer, and there is none"));
  EXPECT_THAT(mistakes_with(with_x("acks", "2")),
              ElementsAre(HasSubstr("-X acks=2: /producers/shop/config/acks: \"2\" is not known")));
}

TEST(X, ThatTheModelDoesNotUseIsAcceptedAndListed) {
  const Scenario scenario = read(shop_and_billing, with_x("group.id", "x"));

  EXPECT_THAT(scenario.accepted_outside, ElementsAre(Pair("-X", ElementsAre("group.id"))));
}

TEST(SettingsFile, OfAnyBytesGivesAScenarioOrMistakes) {
  constexpr std::string_view pieces[] = {
      "acks", "linger.ms",     "=",   ":",  " ",    "\n",       "\\", "\\u00",    "\\u0031", "${a}",
      "#",    "spring.kafka.", "all", "-1", "\xFF", "\xC3\xA9", "\r", "producer."};
  std::uint64_t state = 1;
  std::size_t refused = 0;
  for (int round = 0; round < 2000; ++round) {
    std::string text;
    for (int i = 0; i < 12; ++i) {
      state = state * 6364136223846793005u + 1442695040888963407u;
      text += pieces[(state >> 33U) % std::size(pieces)];
    }
    refused += mistakes_with(with_file(Role::producer, text)).empty() ? 0 : 1;
  }
  EXPECT_GT(refused, 1000u);
  EXPECT_LT(refused, 2000u);
}

// config/server.properties of Apache Kafka 4.1.0 and config/kraft/server.properties of 3.9: each
// setting, without the comments.
TEST(SettingsFile, OfABrokerAsKafkaShipsItIsAccepted) {
  const std::string of_4_1 = R"(process.roles=broker,controller
node.id=1
controller.quorum.bootstrap.servers=localhost:9093
listeners=PLAINTEXT://:9092,CONTROLLER://:9093
inter.broker.listener.name=PLAINTEXT
advertised.listeners=PLAINTEXT://localhost:9092,CONTROLLER://localhost:9093
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT,SASL_SSL:SASL_SSL
num.network.threads=3
num.io.threads=8
socket.send.buffer.bytes=102400
socket.receive.buffer.bytes=102400
socket.request.max.bytes=104857600
log.dirs=/tmp/kraft-combined-logs
num.partitions=1
num.recovery.threads.per.data.dir=1
offsets.topic.replication.factor=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
#log.flush.interval.messages=10000
#log.flush.interval.ms=1000
log.retention.hours=168
log.segment.bytes=1073741824
log.retention.check.interval.ms=300000
)";
  const std::string of_3_9 =
      "controller.quorum.voters=1@localhost:9093\nlog.flush.interval.messages=10000\n"
      "log.flush.interval.ms=1000\nlog.retention.bytes=1073741824\n"
      "group.initial.rebalance.delay.ms=0\nzookeeper.connect=localhost:2181\n"
      "listener.name.internal.ssl.keystore.password=x\nsuper.users=User:admin\n";

  const Scenario scenario = read(shop_and_billing, with_file(Role::broker, of_4_1));

  const ClusterPlan& plan = scenario.combinations.at(0).plan;
  EXPECT_EQ(plan.brokers.at(0).offsets_topic_replication_factor, 1);
  EXPECT_EQ(origin_of(scenario, "/brokers/config/offsets.topic.replication.factor"),
            "broker.properties:17");
  EXPECT_GE(scenario.accepted_outside.at("broker.properties").size(), 15u);
  EXPECT_THAT(mistakes_with(with_file(Role::broker, of_3_9)), IsEmpty());
  const ClusterPlan older =
      read(shop_and_billing, with_file(Role::broker, of_3_9)).combinations.at(0).plan;
  EXPECT_EQ(older.topics.at(0).flush_messages, 10000) << "as a topic calls it";
}

}  // namespace
}  // namespace kafault
