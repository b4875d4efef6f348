// Which group protocol a group may have, what it refuses, and assign().
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/scenario/reading.hpp"

namespace kafault {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string scenario_with(const std::string& group, const std::string& more = "") {
  return R"({"producers": {"shop": {}}, "topics": {"orders": {"partitions": 3}}, "groups": {"billing": )" +
         group + "}" + more + "}";
}

std::string refusal_of(const std::string& settings) {
  const auto exception =
      read_one(scenario_with(R"({"config": )" + settings + "}")).config_exception;
  return exception ? *exception : "";
}

TEST(GroupProtocols, RefuseTheSettingsOfTheOther) {
  EXPECT_EQ(refusal_of(R"({"group.protocol": "consumer"})"), "");
  EXPECT_THAT(refusal_of(R"({"group.protocol": "consumer", "session.timeout.ms": 6000})"),
              HasSubstr("session.timeout.ms cannot be set when group.protocol=CONSUMER"));
  EXPECT_THAT(refusal_of(R"({"group.protocol": "consumer", "heartbeat.interval.ms": 500,
                             "partition.assignment.strategy": "range"})"),
              HasSubstr("partition.assignment.strategy, heartbeat.interval.ms cannot be set"));
  EXPECT_THAT(refusal_of(R"({"group.remote.assignor": "range"})"),
              HasSubstr("group.remote.assignor cannot be set when group.protocol=CLASSIC"));
}

TEST(GroupProtocols, AreOnePerGroup) {
  EXPECT_THAT(mistakes_in(scenario_with(
                  R"({"members": [{}, {"config": {"group.protocol": "consumer"}}]})")),
              ElementsAre(HasSubstr("all members of a group are of one group.protocol")));
}

TEST(GroupProtocols, NeedClientsAndBrokersThatHaveThem) {
  const char* consumer = R"({"config": {"group.protocol": "consumer"}})";
  EXPECT_THAT(mistakes_in(scenario_with(consumer, R"(, "kafka": "3.6")")),
              ElementsAre(HasSubstr("needs clients and brokers of 3.7")));
  EXPECT_THAT(mistakes_in(scenario_with(consumer, R"(, "kafka": "3.7")")), IsEmpty());
  EXPECT_THAT(mistakes_in(scenario_with(
                  R"({"client": "librdkafka", "config": {"group.protocol": "consumer"}})")),
              IsEmpty());
}

TEST(Assign, NamesPartitionsOfTheGroupsTopics) {
  const Combination combination =
      read_one(scenario_with(R"({"members": [{}, {"assign": ["orders-2", "orders-0"]}]})"));
  const auto& members = combination.plan.groups.at(0).members;
  EXPECT_THAT(members.at(0).config.assigned, IsEmpty());
  EXPECT_THAT(members.at(1).config.assigned, ElementsAre(0, 2));

  EXPECT_THAT(mistakes_in(scenario_with(R"({"members": [{"assign": ["orders-3"]}]})")),
              ElementsAre(HasSubstr("\"orders-3\" is no partition of the group's topics")));
  EXPECT_THAT(mistakes_in(scenario_with(R"({"members": [{"assign": "orders-0"}]})")),
              ElementsAre(HasSubstr("assign is a list of partitions")));
}

}  // namespace
}  // namespace kafault
