// Where a group's error handler publishes to.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/scenario/reading.hpp"

namespace kafault {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string with_group(const std::string& members) {
  return R"({"topics": {"orders": {"partitions": 3}, "retry": {}, "dead": {"partitions": 2}},
    "producers": {"shop": {"sends": {"topic": "orders"}}}, "groups": {"billing": {)" +
         members + "}}}";
}
std::string only_mistake(const std::string& members) {
  const auto lines = mistakes_in(with_group(members));
  return lines.size() == 1 ? lines[0] : "there are " + std::to_string(lines.size());
}

TEST(Publishes, ToTopicsInTurn) {
  const Combination read = read_one(with_group(
      R"("topics": ["orders", "retry"], "on_exception": "publish", "publishes": {
         "to": ["retry", "dead"], "awaited": false, "config": { "acks": "1" } })"));

  const ClusterPlan& plan = read.plan;
  const OutletPlan& outlet = plan.groups.at(0).outlet;
  const auto first_of = [&](std::size_t topic) {
    return plan.layout.topics[topic].first_partition;
  };
  std::vector<std::string> to;
  for (const std::int32_t topic : outlet.topics) {
    to.push_back(plan.layout.topics[static_cast<std::size_t>(topic)].name);
  }
  EXPECT_THAT(to, ElementsAre("retry", "dead"));
  EXPECT_FALSE(outlet.is_awaited);
  EXPECT_EQ(outlet.config.acks, Acks::leader);
  const auto orders = static_cast<std::size_t>(plan.producers.at(0).sends.topic);
  const auto retry = static_cast<std::size_t>(outlet.topics[0]);
  const auto dead = static_cast<std::size_t>(outlet.topics[1]);
  EXPECT_EQ(outlet.next_of(first_of(orders) + 2, plan.layout), first_of(retry));
  EXPECT_EQ(outlet.next_of(first_of(retry), plan.layout), first_of(dead));
  EXPECT_EQ(outlet.next_of(first_of(dead) + 1, plan.layout), no_partition);
  EXPECT_EQ(plan.outlet_of(0, 0), 1);
  EXPECT_EQ(plan.producers_and_outlets(), 2);
}

TEST(Publishes, NothingUnlessSomethingIsPublished) {
  const Combination read =
      read_one(with_group(R"("on_exception": "skip", "publishes": { "to": ["dead"] })"));

  EXPECT_FALSE(read.plan.groups.at(0).outlet.exists());
  EXPECT_EQ(read.plan.producers_and_outlets(), 1);
}

TEST(Publishes, NeedToKnowWhereTo) {
  EXPECT_THAT(only_mistake(R"("on_exception": "publish")"), HasSubstr("publish\" where to?"));
  EXPECT_THAT(only_mistake(R"("on_exception": { "is": "seek", "attempts": 2, "then": "publish" })"),
              HasSubstr("publish\" where to?"));
  EXPECT_THAT(only_mistake(R"("on_exception": "publish", "publishes": { "to": [] })"),
              HasSubstr("\"to\" is a list of topics"));
  EXPECT_THAT(only_mistake(R"("on_exception": "publish", "publishes": { "to": ["deed"] })"),
              HasSubstr("did you mean \"dead\"?"));
  EXPECT_THAT(only_mistake(R"("on_exception": "publish", "publishes": { "to": ["orders"] })"),
              HasSubstr("producers send to \"orders\""));
  EXPECT_THAT(only_mistake(R"("on_exception": "publish", "publishes": { "to": ["dead", "dead"] })"),
              HasSubstr("stands twice"));
  EXPECT_THAT(only_mistake(R"("on_exception": "publish", "commit": "worker_sync",
                              "publishes": { "to": ["dead"] })"),
              HasSubstr("is for handlers in the poll loop"));
}

TEST(Publishes, RefuseWhatTheirProducerWould) {
  const Combination read = read_one(with_group(
      R"("on_exception": "publish", "publishes": { "to": ["dead"],
         "config": { "acks": "1", "enable.idempotence": true } })"));

  ASSERT_TRUE(read.config_exception.has_value());
  EXPECT_THAT(*read.config_exception, HasSubstr("group billing: "));
}

}  // namespace
}  // namespace kafault
