#include "sim/drive/expectation_check.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kafault {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Table two_rows() {
  Table table;
  table.axes = {"acks"};
  Row row;
  row.flow = "orders";
  row.axis_values = {"1"};
  row.counts.lost = 3;
  row.verdict = Verdict::at_most_once;
  table.rows.push_back(row);
  row.axis_values = {"all"};
  row.counts.lost = 0;
  row.verdict = Verdict::exactly_once;
  table.rows.push_back(row);
  return table;
}

Expectation lost(std::int64_t low, std::int64_t high, const std::string& text) {
  Expectation expectation;
  expectation.claims = {{"lost", text, low, high}};
  expectation.place = "a.json:1:1";
  return expectation;
}

TEST(Expectations, HoldForTheRowsThatTheyAreAbout) {
  Expectation only_all = lost(0, 0, "0");
  only_all.where = {{"acks", "all"}};
  only_all.verdict = "exactly-once";

  EXPECT_THAT(failures_of({only_all}, two_rows()), IsEmpty());
  EXPECT_THAT(failures_of({lost(0, 0, "0")}, two_rows()),
              ElementsAre(Failure{"a.json:1:1", "acks=1", "lost", "0", "3"}));
}

TEST(Expectations, HoldVerdicts) {
  Expectation verdict;
  verdict.verdict = "exactly-once";

  EXPECT_THAT(failures_of({verdict}, two_rows()),
              ElementsAre(Failure{"", "acks=1", "verdict", "exactly-once", "at-most-once"}));
}

TEST(Expectations, FailWhenTheyAreAboutNoRow) {
  Expectation none = lost(0, 0, "0");
  none.flow = "payments";

  EXPECT_EQ(failures_of({none}, two_rows()).size(), 1U);
}

TEST(Expectations, PassOverClientsThatRefusedToStartUnlessTheyAreMeant) {
  Table table = two_rows();
  table.rows[0].verdict = Verdict::config_exception;
  Expectation sent = lost(0, 0, "0");
  sent.verdict = "exactly-once";
  EXPECT_THAT(failures_of({sent}, table), IsEmpty());

  sent.where = {{"acks", "1"}};
  EXPECT_EQ(failures_of({sent}, table).size(), 2U);
}

}  // namespace
}  // namespace kafault
