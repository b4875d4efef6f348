// Kafka's versions: which defaults and switches they bring, to brokers and to clients.
#include "sim/scenario/versions.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/scenario/reading.hpp"

namespace kafault {
namespace {

using namespace std::chrono_literals;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<bool> switches_of(const VersionProfile& profile) {
  std::vector<bool> values;
  VersionProfile::describe(profile, [&](std::string_view, bool value, std::string_view,
                                        std::string_view) { values.push_back(value); });
  return values;
}

TEST(Versions, BringTheirDefaultsAndSwitches) {
  const auto version = [](const std::string& name) {
    return read_one(R"({"kafka": ")" + name + R"(", "producers": {"shop": {}}})").plan;
  };

  EXPECT_EQ(version("2.8").producers[0].config.acks, Acks::leader);
  EXPECT_FALSE(version("2.8").producers[0].config.enable_idempotence);
  EXPECT_TRUE(version("2.8").version.unclean_election_honoured);
  EXPECT_FALSE(version("3.6").version.unclean_election_honoured);
  EXPECT_EQ(version("3.6").producers[0].config.linger, Duration(0ms));
  EXPECT_EQ(version("3.9").producers[0].config.linger, Duration(0ms));
  EXPECT_EQ(version("4.0").producers[0].config.linger, Duration(5ms));
  EXPECT_EQ(version("4.1").producers[0].config.linger, Duration(5ms));
  EXPECT_FALSE(version("3.6").version.strict_min_isr);
  EXPECT_FALSE(version("3.9").version.in_flight_conflict_throws);
  EXPECT_TRUE(version("4.0").version.in_flight_conflict_throws);
  EXPECT_FALSE(version("4.0").version.eligible_leader_replicas);
  EXPECT_EQ(read_one(R"({"producers": {"shop": {}}})").plan.version.name, "4.1");
}

TEST(Versions, BeforeThreeGetAcksAllFromIdempotence) {
  const auto shop = [](const std::string& config) {
    return read_one(R"({"kafka": "2.8", "producers": {"shop": {"config": {)" + config + "}}}}");
  };

  EXPECT_FALSE(shop(R"("enable.idempotence": true)").config_exception);
  EXPECT_EQ(shop(R"("enable.idempotence": true)").plan.producers[0].config.acks, Acks::all);
  EXPECT_TRUE(shop(R"("enable.idempotence": true, "acks": 1)").config_exception);
}

TEST(Versions, ThatAreUnknownAreMistakesThatListTheKnown) {
  EXPECT_THAT(mistakes_in(R"({"kafka": "7.2", "producers": {"shop": {}}})"),
              Contains(HasSubstr("/kafka: \"7.2\" is not known")));
  EXPECT_THAT(
      mistakes_in(R"({"kafka": "elderly", "producers": {"shop": {}}})"),
      ElementsAre(HasSubstr("known: 2.8, 3.0.0, 3.0.1, 3.3, 3.5, 3.6, 3.7, 3.9, 4.0, 4.1, 4.3")));
  EXPECT_THAT(mistakes_in(R"({"kafka": 4.1, "producers": {"shop": {}}})"),
              ElementsAre(HasSubstr("a text like \"4.1\"")));
}

TEST(Versions, SaySourceAndMeaningOfAllTheyDifferIn) {
  for (const VersionLine& line : version_table()) {
    EXPECT_FALSE(line.doc.empty()) << line.name;
    EXPECT_FALSE(line.source.empty()) << line.name;
    EXPECT_EQ(line.values.size(), known_versions().size()) << line.name;
  }
}

// What actors and tests get that name no version is the default version.
TEST(Versions, HaveADefaultThatIsWhatNobodyChanged) {
  const VersionDefaults& usual = *find_version(default_version);

  EXPECT_EQ(switches_of(usual.profile), switches_of({}));
  EXPECT_EQ(usual.profile.name, VersionProfile{}.name);
  EXPECT_EQ(usual.producer.linger, ProducerConfig{}.linger);
  EXPECT_EQ(usual.producer.acks, ProducerConfig{}.acks);
  EXPECT_EQ(usual.producer.enable_idempotence, ProducerConfig{}.enable_idempotence);
  EXPECT_EQ(usual.consumer.session_timeout, ConsumerConfig{}.session_timeout);
  EXPECT_EQ(usual.broker.broker_session_timeout, BrokerConfig{}.broker_session_timeout);
}

// KAFKA-13598.
TEST(Versions, SwitchIdempotenceOffWhereItsDefaultIsIgnored) {
  const auto shop = [](const std::string& version, const std::string& config) {
    return read_one(R"({"kafka": ")" + version + R"(", "producers": {"shop": {"config": {)" +
                    config + "}}}}")
        .plan.producers[0]
        .config;
  };

  EXPECT_FALSE(shop("3.0.0", "").enable_idempotence);
  EXPECT_EQ(shop("3.0.0", "").acks, Acks::all);
  EXPECT_TRUE(shop("3.0.0", R"("enable.idempotence": true)").enable_idempotence);
  EXPECT_TRUE(shop("3.0.1", "").enable_idempotence);
}

TEST(Versions, BackOffByAConstantBefore37) {
  const auto plan = [](const std::string& version) {
    return read_one(R"({"kafka": ")" + version + R"(", "producers": {"shop": {}},
        "groups": {"billing": {}}})")
        .plan;
  };

  EXPECT_EQ(plan("3.6").producers[0].config.retry_backoff_max, Duration(100ms));
  EXPECT_EQ(plan("3.6").groups[0].members[0].config.retry_backoff_max, Duration(100ms));
  EXPECT_EQ(plan("3.7").producers[0].config.retry_backoff_max, Duration(1s));
  EXPECT_EQ(plan("3.7").groups[0].members[0].config.retry_backoff_max, Duration(1s));
}

TEST(Versions, OfAClientMayDifferFromTheBrokers) {
  const ClusterPlan plan = read_one(R"({"kafka": "3.6", "producers": {
      "new": {"client": {"is": "java", "version": "4.1"}, "sends": {"topic": "orders"}},
      "old": {"client": "java", "sends": {"topic": "orders"}}},
      "groups": {"billing": {"client": {"version": "2.8"}}}})")
                               .plan;

  EXPECT_EQ(plan.version.name, "3.6");
  EXPECT_EQ(plan.producers[0].version.name, "4.1");
  EXPECT_EQ(plan.producers[0].config.linger, Duration(5ms));
  EXPECT_TRUE(plan.producers[0].version.leader_in_answers);
  EXPECT_EQ(plan.producers[1].version.name, "3.6");
  EXPECT_EQ(plan.producers[1].config.linger, Duration(0ms));
  EXPECT_EQ(plan.groups[0].version.name, "2.8");
  EXPECT_EQ(plan.groups[0].members[0].config.session_timeout, Duration(10s));
}

TEST(Versions, OfAClientReportTheirMistakes) {
  EXPECT_THAT(mistakes_in(R"({"producers": {"shop": {"client": {"version": "9"}}}})"),
              ElementsAre(HasSubstr("/producers/shop/client/version: \"9\" is not known")));
  EXPECT_THAT(mistakes_in(R"({"producers": {"shop": {"client": {"is": "jav", "ver": "4.1"}}}})"),
              ElementsAre(HasSubstr("did you mean \"java\"?"),
                          HasSubstr("/producers/shop/client/ver: no such key")));
}

TEST(Switches, AreTurnedForBrokersAndClients) {
  const ClusterPlan plan = read_one(R"({"kafka": "4.1", "producers": {"shop": {}},
      "switches": {"eligible_leader_replicas": false, "leader_in_answers": false}})")
                               .plan;

  EXPECT_FALSE(plan.version.eligible_leader_replicas);
  EXPECT_FALSE(plan.version.leader_in_answers);
  EXPECT_FALSE(plan.producers[0].version.leader_in_answers);
  EXPECT_TRUE(plan.version.strict_min_isr);
}

TEST(Switches, MayBeAnAxis) {
  const Scenario scenario = read(R"({"producers": {"shop": {}},
      "matrix": [{"at": "/switches/strict_min_isr", "values": [false, true]}]})");

  ASSERT_EQ(scenario.combinations.size(), 2U);
  EXPECT_FALSE(scenario.combinations[0].plan.version.strict_min_isr);
  EXPECT_TRUE(scenario.combinations[1].plan.version.strict_min_isr);
}

TEST(Switches, ReportTheirMistakes) {
  EXPECT_THAT(mistakes_in(shop_with(R"("switches": {"strict_min_is": true})")),
              ElementsAre(HasSubstr("/switches/strict_min_is: no such switch; kafault versions "
                                    "lists them; did you mean \"strict_min_isr\"?")));
  EXPECT_THAT(mistakes_in(shop_with(R"("switches": {"strict_min_isr": 1})")),
              ElementsAre(HasSubstr("1 stands where true or false belongs")));
  EXPECT_THAT(mistakes_in(shop_with(R"("switches": ["strict_min_isr"])")),
              ElementsAre(HasSubstr("a list stands where an object of switches belongs")));
}

TEST(Switches, AreResolved) {
  const Scenario scenario = read(R"({"kafka": "3.6", "producers": {"shop": {}},
      "switches": {"strict_min_isr": true}})");
  const auto values = resolved(scenario, scenario.combinations[0]);
  const auto find = [&](const std::string& pointer) {
    for (const ResolvedValue& value : values) {
      if (value.pointer == pointer) return value.value + " (" + value.origin + ")";
    }
    return std::string("absent");
  };

  EXPECT_EQ(find("/switches/strict_min_isr"), "true (file)");
  EXPECT_EQ(find("/switches/leader_in_answers"), "false (version 3.6)");
  EXPECT_EQ(find("/producers/shop/client/version"), "3.6 (/kafka)");
}

}  // namespace
}  // namespace kafault
