// `explain` and `list`, on whole runs; the stories themselves are in tests/drive/story_test.cpp.
#include <gmock/gmock.h>

#include <algorithm>
#include <cstdlib>

#include "tests/cli/cli_harness.hpp"

namespace kafault {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

using ExplainCommand = CliTest;
using ListCommand = CliTest;

TEST_F(ExplainCommand, TellsWhyARecordIsInTheLogTwice) {
  write("a.json", lost_ack_scenario);

  const Outcome told = run({"explain", "{}/a.json", "--where", "idempotence=false"});

  EXPECT_EQ(told.code, 0) << told.err;
  EXPECT_THAT(told.out, StartsWith("1 record is in the log more than once, record "));
  EXPECT_THAT(told.out, AllOf(HasSubstr("FAULT"), HasSubstr("will send it again"),
                              HasSubstr("appends it once more"), HasSubstr("Why: "),
                              HasSubstr("What prevents it: enable.idempotence=true"),
                              HasSubstr("--where 'idempotence=false' --seed 1")));
  EXPECT_LE(std::count(told.out.begin(), told.out.end(), '\n'), 24);
}

TEST_F(ExplainCommand, TellsAnOrdinaryLifeWhenNothingIsBroken) {
  write("a.json", lost_ack_scenario);

  const Outcome told = run({"explain", "{}/a.json", "--where", "idempotence=true"});

  EXPECT_EQ(told.code, 0) << told.err;
  EXPECT_THAT(told.out, StartsWith("Nothing was lost and nothing came twice. The life of record "));
  EXPECT_THAT(told.out, HasSubstr("has it already"));
  EXPECT_THAT(told.out, Not(HasSubstr("Why:")));
}

TEST_F(ExplainCommand, TakesTheFirstCombinationThatBroke) {
  write("a.json", lost_ack_scenario);

  const Outcome told = run({"explain", "{}/a.json"});

  EXPECT_EQ(told.code, 0);
  EXPECT_THAT(told.err, HasSubstr("2 combinations match"));
  EXPECT_THAT(told.err, HasSubstr("idempotence=false"));
  EXPECT_THAT(told.out, HasSubstr("more than once"));
}

TEST_F(ExplainCommand, TellsOfTheRecordThatIsAskedFor) {
  write("a.json", lost_ack_scenario);

  EXPECT_THAT(run({"explain", "{}/a.json", "--record", "0"}).out,
              StartsWith("Nothing went wrong with record 0 of shop:"));
  EXPECT_EQ(run({"explain", "{}/a.json", "--record", "20"}).code, 64);
  EXPECT_EQ(run({"explain", "{}/a.json", "--finding", "lost"}).code, 64);
  EXPECT_EQ(run({"explain", "{}/a.json", "--finding", "last"}).code, 64);
}

TEST_F(ExplainCommand, DrawsADiagram) {
  write("a.json", lost_ack_scenario);

  const Outcome drawn = run({"explain", "{}/a.json", "--format", "mermaid"});

  EXPECT_THAT(drawn.out, StartsWith("sequenceDiagram\n"));
  EXPECT_THAT(drawn.out, HasSubstr("participant n1 as broker 1"));
  EXPECT_THAT(drawn.out, HasSubstr("->>"));
}

TEST_F(ExplainCommand, WritesJson) {
  write("a.json", lost_ack_scenario);

  const Outcome written = run({"explain", "{}/a.json", "--format", "json"});

  EXPECT_THAT(written.out, HasSubstr("\"finding\": \"twice\""));
  EXPECT_THAT(written.out, HasSubstr("\"at_ns\""));
}

TEST_F(ExplainCommand, ReportsAClientThatRefusesToStart) {
  write("a.json", quiet_scenario);

  const Outcome refused =
      run({"explain", "{}/a.json", "--set",
           "/producers/shop/config={\"acks\":\"1\",\"enable.idempotence\":true}"});

  EXPECT_EQ(refused.code, 0) << refused.err;
  EXPECT_THAT(refused.out, HasSubstr("refuses to start"));
}

TEST_F(ExplainCommand, TakesOneFile) {
  write("a.json", quiet_scenario);
  write("b.json", quiet_scenario);

  EXPECT_EQ(run({"explain", "{}/a.json", "{}/b.json"}).code, 64);
  EXPECT_EQ(run({"explain", "{}"}).code, 64);
  EXPECT_EQ(run({"explain", "{}/c.json"}).code, 66);
}

TEST_F(ListCommand, FindsScenariosByTheirQuestions) {
  write("producer/lost-ack.json", lost_ack_scenario);
  write("first/quiet.json", quiet_scenario);
  ::setenv("KAFAULT_SCENARIOS", folder_.c_str(), 1);

  const Outcome all = run({"list"});
  const Outcome some = run({"list", "DOUBLE", "ack"});
  const Outcome none = run({"list", "no such words"});
  ::unsetenv("KAFAULT_SCENARIOS");

  EXPECT_THAT(all.out, AllOf(HasSubstr("Is anything lost"), HasSubstr("Does a lost ack double")));
  EXPECT_LT(all.out.find("first/"), all.out.find("producer/"));
  EXPECT_THAT(some.out, Not(HasSubstr("Is anything lost")));
  EXPECT_THAT(some.out, HasSubstr("lost-ack.json"));
  EXPECT_EQ(none.code, 66);
  EXPECT_THAT(none.out, IsEmpty());
}

TEST_F(ListCommand, ShowsAScenarioThatCannotBeRead) {
  write("a.json", "{");

  const Outcome shown = run({"list", "{}"});

  EXPECT_EQ(shown.code, 0);
  EXPECT_THAT(shown.out, HasSubstr("kafault validate"));
}

}  // namespace
}  // namespace kafault
