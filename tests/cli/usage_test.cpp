// The command line itself: commands, options, help, bad usage.
#include <gmock/gmock.h>

#include "kafault_version.hpp"
#include "sim/cli/exit_code.hpp"
#include "tests/cli/cli_harness.hpp"

namespace kafault {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

using Usage = CliTest;

TEST_F(Usage, PrintsHelpWithExamplesFirst) {
  const Outcome help = run({"--help"});

  EXPECT_EQ(help.code, 0);
  EXPECT_THAT(help.out, HasSubstr("kafault run scenarios/semantics.json"));
  EXPECT_LT(help.out.find("kafault run"), help.out.find("Commands:"));
  EXPECT_THAT(help.err, IsEmpty());
}

TEST_F(Usage, HelpsWithEachCommand) {
  for (const char* command : {"run", "check", "explain", "explore", "validate", "list", "versions",
                              "init", "schema", "completion"}) {
    EXPECT_THAT(run({"help", command}).out, StartsWith(std::string("kafault ") + command));
    EXPECT_EQ(run({command, "--help"}).out, run({"help", command}).out);
  }
}

TEST_F(Usage, KnowsItsVersion) {
  EXPECT_THAT(run({"--version"}).out, HasSubstr(KAFAULT_VERSION));
  EXPECT_THAT(run({"--version"}).out, HasSubstr("model"));
}

TEST_F(Usage, SaysHowWithoutArguments) {
  const Outcome nothing = run({});

  EXPECT_EQ(nothing.code, 64);
  EXPECT_THAT(nothing.out, IsEmpty());
  EXPECT_THAT(nothing.err, HasSubstr("Commands:"));
}

TEST_F(Usage, GuessesAMisspelledCommand) {
  const Outcome typo = run({"rum", "x.json"});

  EXPECT_EQ(typo.code, 64);
  EXPECT_THAT(typo.err, HasSubstr("did you mean \"run\""));
}

TEST_F(Usage, GuessesAMisspelledOption) {
  const Outcome typo = run({"run", "--formt", "csv", "x.json"});

  EXPECT_EQ(typo.code, 64);
  EXPECT_THAT(typo.err, HasSubstr("--format"));
}

TEST_F(Usage, RefusesAnOptionOfAnotherCommand) {
  EXPECT_EQ(run({"run", "--update", "x.json"}).code, 64);
  EXPECT_EQ(run({"list", "--jobs", "2"}).code, 64);
}

TEST_F(Usage, RefusesNumbersThatAreNone) {
  write("a.json", quiet_scenario);

  EXPECT_EQ(run({"run", "{}/a.json", "--jobs", "0"}).code, 64);
  EXPECT_EQ(run({"run", "{}/a.json", "--jobs", "two"}).code, 64);
  EXPECT_EQ(run({"run", "{}/a.json", "--seed", "-1"}).code, 64);
  EXPECT_EQ(run({"run", "{}/a.json", "--seed", "99999999999999999999"}).code, 64);
}

TEST_F(Usage, RefusesFormatsAndColoursThatItDoesNotHave) {
  write("a.json", quiet_scenario);

  EXPECT_EQ(run({"run", "{}/a.json", "--format", "xml"}).code, 64);
  EXPECT_EQ(run({"run", "{}/a.json", "--color", "blue"}).code, 64);
}

TEST_F(Usage, RefusesConditionsThatSayNothing) {
  write("a.json", lost_ack_scenario);

  EXPECT_EQ(run({"run", "{}/a.json", "--where", "idempotence"}).code, 64);
  EXPECT_EQ(run({"run", "{}/a.json", "--where", "idempotence='true"}).code, 64);
  EXPECT_EQ(run({"run", "{}/a.json", "--where", "idempotence=true idempotence=false"}).code, 64);
  EXPECT_EQ(run({"run", "{}/a.json", "--set", "no pointer"}).code, 64);
}

TEST_F(Usage, KnowsTheKnownAxes) {
  write("a.json", lost_ack_scenario);

  const Outcome axis = run({"run", "{}/a.json", "--where", "idempotense=true"});
  const Outcome pivot = run({"run", "{}/a.json", "--pivot", "idempotense"});
  const Outcome column = run({"run", "{}/a.json", "--columns", "lots"});

  EXPECT_EQ(axis.code, 65);
  EXPECT_THAT(axis.err, HasSubstr("did you mean \"idempotence\""));
  EXPECT_EQ(pivot.code, 64);
  EXPECT_THAT(pivot.err, HasSubstr("did you mean \"idempotence\""));
  EXPECT_EQ(column.code, 64);
  EXPECT_THAT(column.err, HasSubstr("did you mean \"lost\""));
}

TEST_F(Usage, NeedsAFile) {
  for (const char* command : {"run", "check", "validate"}) {
    EXPECT_EQ(run({command}).code, 64) << command;
  }
  EXPECT_EQ(run({"explain"}).code, 64);
}

TEST(ExitCodes, PutsTheMostSeriousFirst) {
  using enum ExitCode;
  const ExitCode order[] = {our_bug, cannot_write, no_input,   bad_scenario, expectation_failed,
                            differs, inconclusive, as_expected};

  for (std::size_t i = 0; i < std::size(order); ++i) {
    for (std::size_t j = i; j < std::size(order); ++j) {
      EXPECT_EQ(more_serious(order[i], order[j]), order[i]);
      EXPECT_EQ(more_serious(order[j], order[i]), order[i]);
    }
  }
}

}  // namespace
}  // namespace kafault
