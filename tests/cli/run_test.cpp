// `run` and `validate`: where input comes from, where output goes.
#include <gmock/gmock.h>

#include <cstdlib>

#include "tests/cli/cli_harness.hpp"

namespace kafault {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

using RunCommand = CliTest;
using ValidateCommand = CliTest;

std::size_t lines(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

TEST_F(RunCommand, WritesCsvIntoAPipe) {
  write("a.json", lost_ack_scenario);

  const Outcome piped = run({"run", "{}/a.json"});

  EXPECT_EQ(piped.code, 0);
  EXPECT_THAT(piped.out, StartsWith("scenario,idempotence,flow,verdict,runs,sent,acked"));
  EXPECT_EQ(lines(piped.out), 3U);
  EXPECT_THAT(piped.out, HasSubstr("a.json,true,orders,exactly-once,1,20,20"));
  EXPECT_THAT(piped.out, HasSubstr("a.json,false,orders,at-least-once,1,20,20"));
}

TEST_F(RunCommand, DrawsATableOnATerminal) {
  write("a.json", lost_ack_scenario);
  terminal_ = true;

  const Outcome drawn = run({"run", "{}/a.json", "--color", "never"});

  EXPECT_EQ(drawn.code, 0);
  EXPECT_THAT(drawn.out, HasSubstr("An answer is lost"));
  EXPECT_THAT(drawn.out, HasSubstr("false        at-least-once"));
  EXPECT_THAT(drawn.out, HasSubstr("kafault explain"));
  EXPECT_THAT(drawn.out, HasSubstr("Worst? kafault explore"));
  EXPECT_THAT(drawn.out, Not(HasSubstr("\x1b")));
}

TEST_F(RunCommand, ColoursOnlyWhenItMay) {
  write("a.json", lost_ack_scenario);
  terminal_ = true;
  ::setenv("TERM", "xterm", 1);
  ::unsetenv("NO_COLOR");

  EXPECT_THAT(run({"run", "{}/a.json"}).out, HasSubstr("\x1b["));
  ::setenv("NO_COLOR", "1", 1);
  EXPECT_THAT(run({"run", "{}/a.json"}).out, Not(HasSubstr("\x1b[")));
  EXPECT_THAT(run({"run", "{}/a.json", "--color", "always"}).out, HasSubstr("\x1b["));
  ::unsetenv("NO_COLOR");
}

TEST_F(RunCommand, GivesTheSameBytesWithAnyNumberOfJobs) {
  write("a.json", lost_ack_scenario);

  EXPECT_EQ(run({"run", "{}/a.json", "--jobs", "1"}).out,
            run({"run", "{}/a.json", "--jobs", "4"}).out);
}

TEST_F(RunCommand, ReadsStandardInput) {
  const Outcome read = run({"run", "-"}, quiet_scenario);

  EXPECT_EQ(read.code, 0);
  EXPECT_THAT(read.out, HasSubstr("exactly-once"));
}

TEST_F(RunCommand, KeepsOnlyWhatIsAskedFor) {
  write("a.json", lost_ack_scenario);

  const Outcome kept =
      run({"run", "{}/a.json", "--where", "idempotence=false", "--columns", "verdict,log_copies"});

  EXPECT_EQ(kept.out, "verdict,log_copies\nat-least-once,1\n");
}

TEST_F(RunCommand, SaysWhatOperatorsSeeIfAsked) {
  write("a.json", quiet_scenario);

  EXPECT_EQ(run({"run", "{}/a.json", "--columns", "flow,first_ack_ms,rebalances"}).out,
            "flow,first_ack_ms,rebalances\norders,6,0\n");
  EXPECT_THAT(run({"run", "{}/a.json"}).out, Not(HasSubstr("rebalances")));
  EXPECT_THAT(run({"run", "{}/a.json", "--format", "json", "--columns", "rebalances"}).out,
              HasSubstr("\"group_lag_max\": 0"));
  EXPECT_THAT(run({"run", "{}/a.json", "--format", "json"}).out, Not(HasSubstr("group_lag_max")));
  EXPECT_THAT(run({"run", "{}/a.json", "--format", "markdown", "--columns", "first_ack_ms"}).out,
              HasSubstr("| first\\_ack\\_ms |"));
}

TEST_F(RunCommand, ChangesAndVariesValues) {
  write("a.json", quiet_scenario);

  EXPECT_EQ(
      run({"run", "{}/a.json", "--set", "/producers/shop/sends/records=7", "--columns", "sent"})
          .out,
      "sent\n7\n");
  EXPECT_EQ(run({"run", "{}/a.json", "--vary", "/producers/shop/sends/records=3,4", "--columns",
                 "records,sent"})
                .out,
            "records,sent\n3,3\n4,4\n");
}

TEST_F(RunCommand, PutsSeveralFilesIntoOneCsv) {
  write("a.json", lost_ack_scenario);
  write("b.json", quiet_scenario);

  const Outcome both = run({"run", "{}/a.json", "{}/b.json"});

  EXPECT_EQ(both.code, 0);
  EXPECT_EQ(lines(both.out), 4U);
}

TEST_F(RunCommand, FindsTheScenariosOfAFolder) {
  write("sub/b.json", quiet_scenario);
  write("a.jsonc", "// a comment\n" + quiet_scenario);
  write("a.expected.csv", "");
  write("some.schema.json", "{}");

  EXPECT_EQ(lines(run({"run", "{}"}).out), 3U);
}

TEST_F(RunCommand, SaysAllMistakesOfAllFilesAndRunsNothing) {
  write("good.json", quiet_scenario);
  write("bad.json", R"({ "producers": { "shop": { "config": { "ack": 1, "lingerms": 5 } } } })");
  write("worse.json", "{");

  const Outcome bad = run({"run", "{}/good.json", "{}/bad.json", "{}/worse.json"});

  EXPECT_EQ(bad.code, 65);
  EXPECT_THAT(bad.out, IsEmpty());
  EXPECT_THAT(bad.err, HasSubstr("did you mean \"acks\"?"));
  EXPECT_THAT(bad.err, HasSubstr("lingerms"));
  EXPECT_THAT(bad.err, HasSubstr("worse.json:1:"));
  EXPECT_THAT(bad.err, EndsWith("mistakes, nothing run\n"));
}

TEST_F(RunCommand, SaysWhatFileIsMissing) {
  const Outcome missing = run({"run", "{}/nowhere.json"});

  EXPECT_EQ(missing.code, 66);
  EXPECT_THAT(missing.err, HasSubstr("nowhere.json"));
  EXPECT_THAT(missing.out, IsEmpty());
}

TEST_F(RunCommand, RefusesAFolderWithoutScenarios) { EXPECT_EQ(run({"run", "{}"}).code, 66); }

TEST_F(RunCommand, PrefersAMissingFileToABadOne) {
  write("bad.json", "{");

  EXPECT_EQ(run({"run", "{}/bad.json", "{}/nowhere.json"}).code, 66);
}

TEST_F(RunCommand, WritesAFileInOneStep) {
  write("a.json", quiet_scenario);
  write("table.csv", "old");

  const Outcome written = run({"run", "{}/a.json", "-o", "{}/table.csv"});

  EXPECT_EQ(written.code, 0);
  EXPECT_THAT(written.out, IsEmpty());
  EXPECT_THAT(read("table.csv"), StartsWith("scenario,"));
  EXPECT_EQ(files(), 2U);  // nothing is left lying about
}

TEST_F(RunCommand, ChoosesTheFormatByTheFilesName) {
  write("a.json", quiet_scenario);

  run({"run", "{}/a.json", "-o", "{}/t.md"});
  run({"run", "{}/a.json", "-o", "{}/t.json"});

  EXPECT_THAT(read("t.md"), HasSubstr("|"));
  EXPECT_THAT(read("t.json"), StartsWith("{"));
}

TEST_F(RunCommand, FailsOnAFullDisk) {
  write("a.json", quiet_scenario);

  const Outcome full = run({"run", "{}/a.json", "-o", "/dev/full"});

  EXPECT_EQ(full.code, 74);
  EXPECT_THAT(full.err, HasSubstr("/dev/full"));
}

TEST_F(RunCommand, CannotWriteIntoAFolderOrNowhere) {
  write("a.json", quiet_scenario);

  EXPECT_EQ(run({"run", "{}/a.json", "-o", "{}"}).code, 74);
  EXPECT_EQ(run({"run", "{}/a.json", "-o", "{}/no/such/folder/t.csv"}).code, 74);
  EXPECT_EQ(files(), 1U);
}

TEST_F(RunCommand, SaysWhenStandardOutputIsGone) {
  write("a.json", quiet_scenario);
  std::istringstream in;
  std::ostringstream out;
  std::ostringstream err;
  out.setstate(std::ios::badbit);

  Streams streams{in, out, err};
  EXPECT_EQ(run_cli({"run", (folder_ / "a.json").string()}, streams), 74);
}

TEST_F(RunCommand, EndsInconclusiveWhenAFaultCouldHaveStruckAndDidNot) {
  std::string never = lost_ack_scenario;
  never.replace(never.find("\"nth\": 5"), 8, "\"nth\": 5000");
  write("a.json", never);

  const Outcome outcome = run({"run", "{}/a.json"});

  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.out, HasSubstr("inconclusive"));
}

TEST_F(RunCommand, PrintsWhatThereIsWhenInterrupted) {
  write("a.json", lost_ack_scenario);
  interrupted_ = true;

  const Outcome outcome = run({"run", "{}/a.json"});

  EXPECT_EQ(outcome.code, 130);
  EXPECT_THAT(outcome.out, StartsWith("scenario,"));
  EXPECT_THAT(outcome.err, HasSubstr("incomplete"));
}

TEST_F(RunCommand, ShowsEveryValueAndItsOrigin) {
  write("a.json", lost_ack_scenario);

  const Outcome shown = run({"run", "{}/a.json", "--resolved", "--set", "/seed=7"});

  EXPECT_EQ(shown.code, 0);
  EXPECT_THAT(shown.out, HasSubstr("/producers/shop/config/acks"));
  EXPECT_THAT(shown.out, HasSubstr("axis idempotence"));
  EXPECT_THAT(shown.out, HasSubstr("default"));
  EXPECT_THAT(shown.out, HasSubstr("--set"));
}

TEST_F(ValidateCommand, ReadsWithoutRunning) {
  write("a.json", lost_ack_scenario);

  const Outcome good = run({"validate", "{}"});

  EXPECT_EQ(good.code, 0);
  EXPECT_THAT(good.out, HasSubstr("ok  2 combinations"));
}

TEST_F(ValidateCommand, SaysAllMistakes) {
  write("a.json", lost_ack_scenario);
  write("b.json", R"({ "producers": { "shop": { "config": { "ack": 1, "lingerms": 5 } } } })");

  const Outcome bad = run({"validate", "{}"});

  EXPECT_EQ(bad.code, 65);
  EXPECT_THAT(bad.out, HasSubstr("a.json"));
  EXPECT_THAT(bad.err, HasSubstr("/producers/shop/config/ack"));
  EXPECT_THAT(bad.err, HasSubstr("/producers/shop/config/lingerms"));
}

}  // namespace
}  // namespace kafault
