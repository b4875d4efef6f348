// `explore`: what it takes, what it says, what it ends with.
#include <gmock/gmock.h>

#include "tests/cli/cli_harness.hpp"

namespace kafault {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

using ExploreCommand = CliTest;

TEST_F(ExploreCommand, WritesCsvIntoAPipe) {
  write("a.json", lost_ack_scenario);

  const Outcome piped = run({"explore", "{}/a.json", "--misfortunes", "lost-ack"});

  EXPECT_EQ(piped.code, 0);
  EXPECT_THAT(piped.out,
              StartsWith("scenario,idempotence,promise,smallest,confirmed,runs,worlds,complete\n"));
  EXPECT_THAT(piped.out, HasSubstr("a.json,true,no copy in the log,none,"));
  EXPECT_THAT(piped.out, HasSubstr("a.json,false,no copy in the log,1,"));
}

TEST_F(ExploreCommand, DrawsATableOnATerminal) {
  write("a.json", lost_ack_scenario);
  terminal_ = true;

  const Outcome drawn = run({"explore", "{}/a.json", "--color", "never"});

  EXPECT_EQ(drawn.code, 0);
  EXPECT_THAT(drawn.out,
              StartsWith("The smallest number of misfortunes that breaks each promise\n"));
  EXPECT_THAT(drawn.out, HasSubstr("That is not a proof for 2."));
}

TEST_F(ExploreCommand, GivesTheSameBytesWithAnyNumberOfJobs) {
  write("a.json", lost_ack_scenario);

  const Outcome one = run({"explore", "{}/a.json", "--jobs", "1"});

  EXPECT_THAT(one.out, HasSubstr("true"));
  EXPECT_EQ(one.out, run({"explore", "{}/a.json", "--jobs", "2"}).out);
}

TEST_F(ExploreCommand, KnowsTheMisfortunes) {
  write("a.json", quiet_scenario);

  const Outcome typo = run({"explore", "{}/a.json", "--misfortunes", "lost-ack,lost-askc"});

  EXPECT_EQ(typo.code, 64);
  EXPECT_THAT(typo.err, AllOf(HasSubstr("no \"lost-askc\""), HasSubstr("producer-crash")));
  EXPECT_THAT(typo.out, IsEmpty());
  EXPECT_EQ(run({"explore", "{}/a.json", "--misfortunes", "crash, pause"}).code, 0);
}

TEST_F(ExploreCommand, RefusesNumbersAndDurationsThatAreNone) {
  write("a.json", quiet_scenario);

  for (const auto& [option, value] :
       {std::pair{"--budget", "two"}, std::pair{"--budget", "21"}, std::pair{"--records", "0"},
        std::pair{"--tick", "5"}, std::pair{"--tick", "0ms"}, std::pair{"--time-limit", "soon"},
        std::pair{"--memory-limit", "much"}}) {
    EXPECT_EQ(run({"explore", "{}/a.json", option, value}).code, 64) << option << ' ' << value;
  }
}

TEST_F(ExploreCommand, TakesOneFile) {
  write("a.json", quiet_scenario);
  write("b.json", quiet_scenario);

  EXPECT_EQ(run({"explore"}).code, 64);
  EXPECT_EQ(run({"explore", "{}/a.json", "{}/b.json"}).code, 64);
  EXPECT_EQ(run({"explore", "{}"}).code, 64);
  EXPECT_EQ(run({"explore", "{}/nowhere.json"}).code, 66);
}

TEST_F(ExploreCommand, SaysWhatItHadWhenInterrupted) {
  write("a.json", lost_ack_scenario);
  interrupted_ = true;

  const Outcome stopped = run({"explore", "{}/a.json"});

  EXPECT_EQ(stopped.code, 130);
  EXPECT_THAT(stopped.err, HasSubstr("incomplete, not all runs are covered: interrupted"));
  EXPECT_THAT(stopped.out, HasSubstr("a.json,true,no copy in the log,none,,0,0,false"));
}

TEST_F(ExploreCommand, NamesRemedies) {
  write("a.json", lost_ack_scenario);
  const std::vector<std::string> command{"explore",          "{}/a.json", "--remedy",
                                         "--misfortunes",    "lost-ack",  "--where",
                                         "idempotence=false"};
  const auto with = [&](std::vector<std::string> more) {
    more.insert(more.begin(), command.begin(), command.end());
    return run(more);
  };

  const Outcome drawn = with({});
  const Outcome json = with({"--format", "json"});
  const Outcome markdown = with({"--format", "markdown"});

  EXPECT_EQ(drawn.code, 0);
  EXPECT_THAT(drawn.out, AllOf(HasSubstr("The smallest changes that keep each promise"),
                               HasSubstr("enable.idempotence=true  nothing")));
  EXPECT_THAT(json.out, AllOf(HasSubstr("\"pointer\": "
                                        "\"/producers/shop/config/enable.idempotence\""),
                              HasSubstr("\"longest_wait_ms\"")));
  EXPECT_THAT(markdown.out, HasSubstr("| enable.idempotence=true"));
  EXPECT_EQ(with({"--format", "csv"}).code, 64);
}

TEST_F(ExploreCommand, NamesRemediesOfEachCombination) {
  write("a.json", lost_ack_scenario);

  const Outcome drawn = run({"explore", "{}/a.json", "--remedy", "--misfortunes", "lost-ack"});

  EXPECT_EQ(drawn.code, 0);
  EXPECT_THAT(drawn.out, AllOf(HasSubstr("idempotence=true\n"), HasSubstr("nothing to cure"),
                               HasSubstr("idempotence=false\n"), HasSubstr("retries=0")));
}

TEST_F(ExploreCommand, StopsAtItsMemoryLimit) {
  write("a.json", quiet_scenario);

  const Outcome stopped = run({"explore", "{}/a.json", "--budget", "3", "--memory-limit", "1KiB"});

  EXPECT_EQ(stopped.code, 2);
  EXPECT_THAT(stopped.err, HasSubstr("it reached its limit of memory"));
}

TEST_F(ExploreCommand, StopsAtItsTimeLimit) {
  write("a.json", quiet_scenario);

  // Many minutes' work.
  const Outcome stopped =
      run({"explore", "{}/a.json", "--set", "/producers/shop/sends/records=1000", "--records",
           "1000", "--budget", "2", "--time-limit", "1ms"});

  EXPECT_EQ(stopped.code, 2);
  EXPECT_THAT(stopped.err, HasSubstr("the time limit is over"));
}

TEST_F(ExploreCommand, HasNothingToDoWhereEveryClientRefuses) {
  write("a.json", lost_ack_scenario);

  const Outcome refused = run({"explore", "{}/a.json", "--format", "table", "--where",
                               "idempotence=true", "--set", "/producers/shop/config/acks=1"});

  EXPECT_EQ(refused.code, 0);
  EXPECT_THAT(refused.out, HasSubstr("the client refuses to start"));
}

TEST_F(ExploreCommand, WritesTheOtherFormats) {
  write("a.json", quiet_scenario);

  EXPECT_EQ(run({"explore", "{}/a.json", "-o", "{}/t.json"}).code, 0);
  EXPECT_EQ(run({"explore", "{}/a.json", "-o", "{}/t.md"}).code, 0);

  EXPECT_THAT(read("t.json"), StartsWith("{\n  \"kafault\""));
  EXPECT_THAT(read("t.md"), HasSubstr("| promise | misfortunes that break it |"));
}

TEST_F(ExploreCommand, SavesCounterexamplesThatCheckHolds) {
  write("a.json", lost_ack_scenario);

  const Outcome saved =
      run({"explore", "{}/a.json", "--misfortunes", "lost-ack", "--save", "{}/new/cx"});

  EXPECT_EQ(saved.code, 0);
  EXPECT_THAT(saved.err, HasSubstr("1 counterexample in "));
  const std::string file = "new/cx/a-no-copy-in-the-log-idempotence=false.json";
  ASSERT_TRUE(exists(file));
  EXPECT_THAT(read(file), AllOf(HasSubstr("\"lost-ack\""), HasSubstr("\"log_copies\": \">= 1\"")));
  EXPECT_EQ(run({"check", "{}/new/cx"}).code, 0);
}

TEST_F(ExploreCommand, OverwritesNoOtherCounterexample) {
  write("a.json", lost_ack_scenario);
  const std::vector<std::string> save{"explore",  "{}/a.json", "--misfortunes",
                                      "lost-ack", "--save",    "{}/cx"};
  const std::string file = "cx/a-no-copy-in-the-log-idempotence=false.json";
  ASSERT_EQ(run(save).code, 0);
  const std::string text = read(file);

  EXPECT_EQ(run(save).code, 0);  // the same again
  write(file, "{}");
  const Outcome refused = run(save);

  EXPECT_EQ(refused.code, 74);
  EXPECT_THAT(refused.err, HasSubstr("says something else"));
  EXPECT_EQ(read(file), "{}");
  EXPECT_NE(text, "{}");
}

TEST_F(ExploreCommand, SaysBeforeTheSearchThatItCannotSave) {
  write("a.json", lost_ack_scenario);
  write("in-the-way", "");

  const Outcome refused = run({"explore", "{}/a.json", "--save", "{}/in-the-way"});

  EXPECT_EQ(refused.code, 74);
  EXPECT_THAT(refused.err, HasSubstr("in-the-way"));
  EXPECT_THAT(refused.out, IsEmpty());
}

TEST_F(ExploreCommand, ShrinksTheRunsOfTheFileItself) {
  write("a.json", lost_ack_scenario);

  const Outcome shrunk = run({"explore", "{}/a.json", "--shrink"});
  const Outcome nothing = run({"explore", "{}/a.json", "--shrink", "--where", "idempotence=true"});

  EXPECT_EQ(shrunk.code, 0);
  EXPECT_THAT(shrunk.out, AllOf(HasSubstr("\"lost ack\""), HasSubstr("\"nth\": 1"),
                                HasSubstr("\"records\": 1")));
  EXPECT_EQ(run({"check", "-"}, shrunk.out).code, 0);
  EXPECT_THAT(nothing.out, IsEmpty());
  EXPECT_THAT(nothing.err, HasSubstr("no run breaks a promise"));
}

TEST_F(ExploreCommand, ShrinksAFaultAnywhereToWhereItStruck) {
  const std::string by_number = R"("when": { "message": "ProduceResponse", "nth": 5 })";
  std::string anywhere = lost_ack_scenario;
  anywhere.replace(anywhere.find(by_number), by_number.size(),
                   R"("when": "anywhere", "message": "ProduceResponse")");
  write("a.json", anywhere);

  const Outcome shrunk = run({"explore", "{}/a.json", "--shrink"});

  EXPECT_EQ(shrunk.code, 0);
  EXPECT_THAT(shrunk.out, AllOf(HasSubstr("\"message\": \"ProduceResponse\""),
                                HasSubstr("\"nth\": 1"), HasSubstr("\"records\": 1")));
  EXPECT_EQ(run({"check", "-"}, shrunk.out).code, 0);
}

}  // namespace
}  // namespace kafault
