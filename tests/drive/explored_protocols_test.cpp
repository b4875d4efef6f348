// Explorations of groups under KIP-848: worlds that are merged stand for the same futures.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>

#include "sim/drive/exploration_campaign.hpp"
#include "sim/scenario/scenario.hpp"

namespace kafault {
namespace {

Scenario protocol_scenario(const std::string& name,
                           const std::map<std::string, std::string>& where) {
  const std::string path = "groups/" + name + ".json";
  std::ifstream in(std::string(KAFAULT_SOURCE_DIR) + "/scenarios/" + path);
  std::stringstream text;
  text << in.rdbuf();
  ReadOptions options;
  options.where = where;
  return read_scenario(text.str(), path, options);
}

TEST(ExploreProtocols, FindTheSameWhetherOrNotWorldsAreMerged) {
  ExplorationRequest request;
  request.budget = 1;
  request.misfortunes = {Misfortune::lost_ack,  Misfortune::lost_request,   Misfortune::crash,
                         Misfortune::rebalance, Misfortune::consumer_crash, Misfortune::pause};
  for (const char* member : {"dynamic", "static"}) {
    SCOPED_TRACE(member);
    const Scenario scenario = protocol_scenario(
        "consumer-protocol-restart",
        {{"protocol", "consumer"}, {"member", member}, {"back after", "SIGTERM, 500 ms"}});
    ASSERT_EQ(scenario.combinations.size(), 1U);
    request.merge = false;
    const ExplorationResult plain = explore_scenario(scenario, request);
    request.merge = true;
    const ExplorationResult merged = explore_scenario(scenario, request);

    ASSERT_TRUE(plain.is_complete());
    EXPECT_THAT(merged.violations, testing::IsEmpty());
    const Exploration& a = plain.combinations[0].exploration;
    const Exploration& b = merged.combinations[0].exploration;
    EXPECT_GT(a.runs, 100U);
    EXPECT_EQ(a.counterexamples, b.counterexamples);
    EXPECT_EQ(a.runs, b.runs);
    EXPECT_GE(a.worlds, b.worlds);
  }
}

}  // namespace
}  // namespace kafault
