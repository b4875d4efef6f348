#include "sim/scenario/mistakes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

namespace kafault {
namespace {

using ::testing::ElementsAre;

TEST(Mistakes, AreSortedByTheirPlaceAndKeptOnce) {
  Mistakes mistakes("a.json");
  mistakes.add_outside("--set /x=1", "wrong");
  mistakes.add({10, 1}, "/b", "second");
  mistakes.add({2, 7}, "/a", "first");
  mistakes.add({2, 7}, "/a", "first");

  EXPECT_THAT(mistakes.lines(),
              ElementsAre("a.json:2:7: /a: first", "a.json:10:1: /b: second", "--set /x=1: wrong"));
}

TEST(Mistakes, StandOnOneLineEach) {
  Mistakes mistakes("a\nb.json");
  mistakes.add({1, 1}, "/a\x01", "c\xFF\n\xC3\xA4");

  EXPECT_THAT(mistakes.lines(), ElementsAre("a?b.json:1:1: /a?: c??\xC3\xA4"));
}

TEST(Mistakes, StopAtAThousand) {
  Mistakes mistakes("a.json");
  for (int line = 1; line < 5000; ++line) mistakes.add({line, 1}, "", "wrong");

  EXPECT_EQ(mistakes.lines().size(), 1001u);
  EXPECT_EQ(mistakes.lines().back(), "a.json: and perhaps more: stopped here");
}

TEST(Mistakes, AreThrownTogether) {
  Mistakes mistakes("a.json");
  EXPECT_NO_THROW(mistakes.raise_if_any());
  mistakes.add({1, 1}, "", "one");
  mistakes.add({2, 1}, "", "two");

  try {
    mistakes.raise_if_any();
    FAIL();
  } catch (const ScenarioError& error) {
    EXPECT_STREQ(error.what(), "a.json:1:1: one\na.json:2:1: two");
    EXPECT_EQ(error.lines().size(), 2u);
  }
}

TEST(Suggestions, AreAFewTypingErrorsAway) {
  using namespace std::string_view_literals;
  constexpr std::array words{"acks"sv, "linger.ms"sv, "orders"sv, "at"sv};

  EXPECT_EQ(did_you_mean("ack", words), "; did you mean \"acks\"?");
  EXPECT_EQ(did_you_mean("akcs", words), "; did you mean \"acks\"?");
  EXPECT_EQ(did_you_mean("order", words), "; did you mean \"orders\"?");
  EXPECT_EQ(did_you_mean("linger_ms", words), "; did you mean \"linger.ms\"?");
  EXPECT_EQ(did_you_mean("something", words), "");
  EXPECT_EQ(did_you_mean(std::string(1'000'000, 'a'), words), "");
}

}  // namespace
}  // namespace kafault
