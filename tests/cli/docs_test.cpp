// The parts of docs/ that are made of the program's own lists.
#include <gmock/gmock.h>

#include "tests/cli/cli_harness.hpp"

namespace kafault {
namespace {

using Docs = CliTest;

std::string file(const std::string& name) {
  std::ifstream in(std::string(KAFAULT_SOURCE_DIR) + "/docs/" + name);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST_F(Docs, CountersAreThoseOfTheTables) {
  EXPECT_EQ(file("counters.md"), run({"docs", "counters"}).out)
      << "make it anew: kafault docs counters -o docs/counters.md";
}

TEST_F(Docs, ScenariosAreThoseOfTheReader) {
  EXPECT_EQ(file("scenarios.md"), run({"docs", "scenarios"}).out)
      << "make it anew: kafault docs scenarios -o docs/scenarios.md";
}

TEST_F(Docs, VersionsAreThoseOfTheProfiles) {
  EXPECT_EQ(file("versions.md"), run({"docs", "versions"}).out)
      << "make it anew: kafault docs versions -o docs/versions.md";
}

}  // namespace
}  // namespace kafault
