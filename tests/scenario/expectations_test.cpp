#include "sim/scenario/expectations.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/scenario/reading.hpp"

namespace kafault {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

Claim claim(const std::string& value) {
  return read(shop_with(R"("expect": {"lost": )" + value + "}")).expect.at(0).claims.at(0);
}

TEST(Expectations, ClaimNumbersAndRanges) {
  EXPECT_TRUE(claim("0").holds(0));
  EXPECT_FALSE(claim("0").holds(1));
  EXPECT_TRUE(claim(R"(">= 1")").holds(1));
  EXPECT_FALSE(claim(R"(">= 1")").holds(0));
  EXPECT_TRUE(claim(R"("<= 3")").holds(3));
  EXPECT_FALSE(claim(R"("<=3")").holds(4));
  EXPECT_TRUE(claim(R"("== 2")").holds(2));
  EXPECT_FALSE(claim(R"("== 2")").holds(3));
  EXPECT_TRUE(claim(R"("1..5")").holds(5));
  EXPECT_FALSE(claim(R"("1 .. 5")").holds(6));
  EXPECT_FALSE(claim(R"("> 1")").holds(1));
  EXPECT_TRUE(claim(R"("< 1")").holds(0));
  EXPECT_EQ(claim(R"(">= 1")").text, ">= 1");
}

TEST(Expectations, SayWhichRowsTheyAreAbout) {
  const Scenario scenario = read(shop_with(R"(
"matrix": [{"at": "/producers/shop/config/acks", "values": ["1", "all"]},
           {"axis": "i", "at": "/producers/shop/config/enable.idempotence", "values": [true]}],
"expect": [
  {"where": {"acks": "all", "i": true}, "flow": "orders>billing>append", "lost": 0,
   "worst_lost": "<= 1", "verdict": "exactly-once"}])"));

  ASSERT_THAT(scenario.expect, SizeIs(1));
  const Expectation& expectation = scenario.expect[0];
  EXPECT_EQ(expectation.where.at("acks"), "all");
  EXPECT_EQ(expectation.where.at("i"), "true");
  EXPECT_EQ(expectation.flow, "orders>billing>append");
  EXPECT_EQ(expectation.verdict, "exactly-once");
  EXPECT_THAT(expectation.claims, SizeIs(2));
  EXPECT_EQ(expectation.claims[1].column, "worst_lost");
  EXPECT_EQ(expectation.place, "orders.json:5:3");
}

TEST(Expectations, ThatExpectNothingSensibleAreMistakes) {
  const auto lines = mistakes_in(shop_with(R"("expect": [
{"losst": 0}, {"lost": -1}, {"lost": "many"}, {"lost": "5..1"},
{"verdict": "exactly-onc"}, {"flow": "order"}, {"where": {"acks": 1}}, {"where": 1}, 5])"));

  EXPECT_THAT(lines,
              ElementsAre(HasSubstr("/expect/0/losst: no such column; did you mean \"lost\"?"),
                          HasSubstr("/expect/1/lost: -1 is less than 0"),
                          HasSubstr("/expect/2/lost: \"many\" claims nothing"),
                          HasSubstr("/expect/3/lost: \"5..1\" claims nothing"),
                          HasSubstr("/expect/4/verdict: \"exactly-onc\" is not known; did you"),
                          HasSubstr("/expect/5/flow: there is no flow \"order\""),
                          HasSubstr("/expect/6/where/acks: there is no axis \"acks\""),
                          HasSubstr("/expect/7/where: \"where\" is an object"),
                          HasSubstr("/expect/8: an expectation is an object")));
}

}  // namespace
}  // namespace kafault
