#include "sim/oracle/verdict.hpp"

#include <gtest/gtest.h>

#include "sim/oracle/wait_clock.hpp"
#include "tests/oracle/stories.hpp"

namespace kafault {
namespace {

using std::chrono::milliseconds;
using test::ms;

TEST(Verdict, FollowsFromWhatWasLostAndDuplicated) {
  EXPECT_EQ(verdict_of(0, 0), Verdict::exactly_once);
  EXPECT_EQ(verdict_of(0, 2), Verdict::at_least_once);
  EXPECT_EQ(verdict_of(2, 0), Verdict::at_most_once);
  EXPECT_EQ(verdict_of(2, 2), Verdict::no_guarantee);
}

TEST(Verdict, HasTheNamesOfTheTables) {
  EXPECT_EQ(name_of(Verdict::exactly_once), "exactly-once");
  EXPECT_EQ(name_of(Verdict::no_guarantee), "no guarantee");
  EXPECT_EQ(name_of(Verdict::config_exception), "ConfigException");
  EXPECT_TRUE(is_about_delivery(Verdict::no_guarantee));
  EXPECT_FALSE(is_about_delivery(Verdict::inconclusive));
}

TEST(WaitClock, MeasuresTheLongestWaitBetweenTwoStepsOfProgress) {
  WaitClock clock;
  clock.progress(ms(1));  // nobody waits
  clock.add(2, ms(10));
  clock.add(1, ms(12));
  clock.progress(ms(15));
  clock.remove(1, ms(15));

  EXPECT_EQ(clock.waiting(), 2);
  EXPECT_EQ(clock.longest(), milliseconds(5));
  EXPECT_EQ(clock.longest_until(ms(22)), milliseconds(7));
}

TEST(WaitClock, StopsWhenNobodyWaits) {
  WaitClock clock;
  clock.add(1, ms(10));
  clock.remove(1, ms(13));

  EXPECT_EQ(clock.longest_until(ms(1000)), milliseconds(3));
}

}  // namespace
}  // namespace kafault
