#include <gmock/gmock.h>

#include "tests/cli/cli_harness.hpp"

namespace kafault {
namespace {

using testing::HasSubstr;
using testing::Not;

using CheckCommand = CliTest;

std::string with_expectation(const std::string& expectation) {
  const std::size_t end = lost_ack_scenario.rfind('}');
  return lost_ack_scenario.substr(0, end) + ", \"expect\": " + expectation + "}";
}

TEST_F(CheckCommand, NeedsSomethingToHoldTheTableAgainst) {
  write("a.json", lost_ack_scenario);

  const Outcome outcome = run({"check", "{}/a.json"});

  EXPECT_EQ(outcome.code, 66);
  EXPECT_THAT(outcome.out, HasSubstr("no table"));
  EXPECT_THAT(outcome.err, HasSubstr("kafault check --update"));
}

TEST_F(CheckCommand, IsContentWithTheTableThatItWrote) {
  write("a.json", lost_ack_scenario);

  const Outcome written = run({"check", "--update", "{}/a.json"});
  const Outcome checked = run({"check", "{}"});

  EXPECT_EQ(written.code, 0);
  EXPECT_THAT(written.out, HasSubstr("written"));
  EXPECT_TRUE(exists("a.expected.csv"));
  EXPECT_EQ(checked.code, 0);
  EXPECT_THAT(checked.out, HasSubstr("ok            2 rows"));
  EXPECT_THAT(checked.out, HasSubstr("1 ok"));
  EXPECT_THAT(checked.out, HasSubstr("exit 0"));
}

TEST_F(CheckCommand, SaysWhatDiffersAndBothVersions) {
  write("a.json", lost_ack_scenario);
  write("a.expected.csv",
        "idempotence,log_copies,written_by\ntrue,0,\"kafault 0.0.1, model 0\"\nfalse,4,\n");

  const Outcome outcome = run({"check", "{}/a.json"});

  EXPECT_EQ(outcome.code, 3);
  EXPECT_THAT(outcome.out, HasSubstr("differs       1 of 2 rows"));
  EXPECT_THAT(outcome.out, HasSubstr("log_copies: expected 4, now 1"));
  EXPECT_THAT(outcome.out, HasSubstr("kafault 0.0.1, model 0"));
  EXPECT_THAT(outcome.out, HasSubstr("now kafault "));
  EXPECT_THAT(outcome.err, HasSubstr("kafault explain"));
  EXPECT_THAT(outcome.err, HasSubstr("idempotence=false"));
}

TEST_F(CheckCommand, UpdatesOnlyWhatDiffersAndKeepsItsColumns) {
  write("a.json", lost_ack_scenario);
  write("a.expected.csv", "idempotence,log_copies\ntrue,0\nfalse,4\n");

  const Outcome first = run({"check", "--update", "{}/a.json"});
  const Outcome second = run({"check", "--update", "{}/a.json"});

  EXPECT_EQ(first.code, 0);
  EXPECT_THAT(first.out, HasSubstr("updated       1 of 2 rows"));
  EXPECT_THAT(first.out, HasSubstr("log_copies: expected 4, now 1"));
  EXPECT_THAT(second.out, HasSubstr("unchanged"));
  EXPECT_THAT(read("a.expected.csv"), Not(HasSubstr("verdict")));
  EXPECT_THAT(read("a.expected.csv"), HasSubstr("false,"));
}

TEST_F(CheckCommand, HoldsExpectations) {
  write("good.json",
        with_expectation(
            R"([{ "lost": 0 }, { "where": { "idempotence": false }, "duplicated": ">= 1",
                             "verdict": "at-least-once" }])"));
  write("bad.json", with_expectation(R"({ "duplicated": 0 })"));

  EXPECT_EQ(run({"check", "{}/good.json"}).code, 0);
  const Outcome bad = run({"check", "{}/bad.json"});
  EXPECT_EQ(bad.code, 1);
  EXPECT_THAT(bad.out, HasSubstr("failed"));
  EXPECT_THAT(bad.out, HasSubstr("idempotence=false     duplicated: expected 0, now 1"));
}

TEST_F(CheckCommand, GoesOnAfterABadFile) {
  write("a.json", "{");
  write("b.json", with_expectation(R"({ "lost": 0 })"));

  const Outcome outcome = run({"check", "{}"});

  EXPECT_EQ(outcome.code, 65);
  EXPECT_THAT(outcome.out, HasSubstr("1 bad, 1 ok"));
}

TEST_F(CheckCommand, IsContentWithAnInconclusiveRowThatIsExpected) {
  std::string never = lost_ack_scenario;
  never.replace(never.find("\"nth\": 5"), 8, "\"nth\": 5000");
  write("a.json", never);
  write("a.expected.csv", "idempotence,sent\ntrue,20\nfalse,20\n");
  EXPECT_EQ(run({"check", "{}/a.json"}).code, 2);

  write("a.expected.csv", "idempotence,verdict\ntrue,inconclusive\nfalse,inconclusive\n");
  EXPECT_EQ(run({"check", "{}/a.json"}).code, 0);
}

TEST_F(CheckCommand, SaysWhatIsWrongWithAnExpectedTable) {
  write("a.json", lost_ack_scenario);
  write("a.expected.csv", "idempotence,sent\ntrue\n");

  const Outcome outcome = run({"check", "{}/a.json"});

  EXPECT_EQ(outcome.code, 65);
  EXPECT_THAT(outcome.out, HasSubstr("a.expected.csv:2"));
}

}  // namespace
}  // namespace kafault
