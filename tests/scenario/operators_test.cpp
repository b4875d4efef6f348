// What operators do to a topic and to a group, as faults.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/scenario/reading.hpp"

namespace kafault {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(Operators, LetATopicGrow) {
  const auto growing = [](const std::string& more) {
    return shop_with(R"j("topics": {"orders": {"partitions": 2}, "clicks": {"partitions": 1}},
                        "faults": [{"when": {"at": "1s"}, "do": "add_partitions", )j" +
                     more + "}]");
  };
  const Combination grown = read_one(growing(R"j("target": "topic(orders)", "to": 4)j"));
  const ClusterLayout& layout = grown.plan.layout;
  EXPECT_EQ(grown.faults.at(0).partitions, 4);
  EXPECT_EQ(layout.topics.at(0).at_first(), 2);
  EXPECT_EQ(layout.topics.at(0).partitions, 4);
  EXPECT_EQ(layout.topics.at(1).first_partition, 4);
  EXPECT_TRUE(layout.exists_at_first(1));
  EXPECT_FALSE(layout.exists_at_first(2));
  EXPECT_EQ(layout.partitions.at(3).replicas.size(), 3U);

  EXPECT_THAT(mistakes_in(growing(R"j("target": "topic(orders)")j")),
              ElementsAre(HasSubstr("\"to\" is missing")));
  EXPECT_THAT(mistakes_in(growing(R"j("target": "topic(orders)", "to": 2)j")),
              ElementsAre(HasSubstr("has 2 already")));
  EXPECT_THAT(mistakes_in(growing(R"j("to": 3)j")),
              ElementsAre(HasSubstr("\"target\" is missing")));
}

TEST(Operators, CreateATopicAnew) {
  const auto recreating = [](const std::string& more) {
    return shop_with(R"j("topics": {"orders": {"partitions": 2}, "clicks": {"partitions": 1}},
                        "faults": [{"when": {"at": "1s"}, "do": "recreate_topic")j" +
                     more + "]");
  };
  const Combination read = read_one(recreating(R"j(, "target": "topic(orders)", "for": "2s"})j"));
  EXPECT_EQ(read.faults.at(0).lasts, Duration(std::chrono::seconds(2)));
  EXPECT_TRUE(read.plan.layout.topics.at(0).is_recreated);
  EXPECT_FALSE(read.plan.layout.topics.at(1).is_recreated);

  EXPECT_THAT(mistakes_in(recreating("}")), ElementsAre(HasSubstr("\"target\" is missing")));
  EXPECT_THAT(mistakes_in(recreating(
                  R"j(, "target": "topic(orders)"}, {"when": {"at": "1s"},
                      "do": "add_partitions", "target": "topic(orders)", "to": 4})j")),
              ElementsAre(HasSubstr("gets more partitions by another fault")));
}

TEST(Operators, ResetAGroupsOffsets) {
  const auto reset = [](const std::string& more) {
    return shop_with_fault(
        R"j({"when": {"at": "1s"}, "do": "reset_offsets", "target": "group(billing)")j" + more +
        "}");
  };
  const auto read_reset = [&](const std::string& more) {
    return read_one(reset(more)).faults.at(0).offsets;
  };
  EXPECT_EQ(read_reset(R"j(, "to": "earliest")j").to, OffsetsReset::To::earliest);
  EXPECT_EQ(read_reset(R"j(, "to": "latest")j").to, OffsetsReset::To::latest);
  EXPECT_EQ(read_reset(R"j(, "to": 7)j").value, 7);
  EXPECT_EQ(read_reset(R"j(, "by": -7)j").to, OffsetsReset::To::shift);
  EXPECT_EQ(read_reset(R"j(, "by": -7)j").value, -7);
  for (const char* wrong : {"", R"j(, "to": 7, "by": 1)j"}) {
    EXPECT_THAT(mistakes_in(reset(wrong)), ElementsAre(HasSubstr("one of \"to\"")));
  }
}

}  // namespace
}  // namespace kafault
