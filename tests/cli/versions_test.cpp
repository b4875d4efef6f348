// `kafault versions`.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "tests/cli/cli_harness.hpp"

namespace kafault {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

using Versions = CliTest;

TEST_F(Versions, AreATableOfSwitchesAndDefaults) {
  const Outcome all = run({"versions", "--format", "csv"});

  EXPECT_EQ(all.code, 0);
  EXPECT_THAT(all.out, StartsWith("kind,name,2.8,3.0.0,"));
  EXPECT_THAT(all.out, HasSubstr("\nswitch,strict_min_isr,off,"));
  EXPECT_THAT(all.out, HasSubstr("\nproducer,acks,1,all,"));
  EXPECT_THAT(run({"versions", "--format", "table"}).out, HasSubstr("strict_min_isr"));
  EXPECT_THAT(run({"versions", "--format", "markdown"}).out, HasSubstr("| strict\\_min\\_isr |"));
}

TEST_F(Versions, ThatAreNamedShowWhatDiffersBetweenThem) {
  const Outcome two = run({"versions", "3.9", "4.0", "--format", "json"});
  const auto json = nlohmann::json::parse(two.out);

  EXPECT_EQ(json.at("versions").size(), 2U);
  for (const auto& line : json.at("lines")) {
    EXPECT_NE(line.at("values").at("3.9"), line.at("values").at("4.0")) << line;
  }
  EXPECT_THAT(two.out, HasSubstr("linger.ms"));
  EXPECT_THAT(two.out, Not(HasSubstr("strict_min_isr")));
}

TEST_F(Versions, ThatAreUnknownAreBadUsage) {
  const Outcome unknown = run({"versions", "5.0"});

  EXPECT_EQ(unknown.code, 64);
  EXPECT_THAT(unknown.err, HasSubstr("no version \"5.0\"; known: 2.8, 3.0.0"));
}

}  // namespace
}  // namespace kafault
