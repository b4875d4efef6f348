// The scenarios that come with the program.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "sim/scenario/scenario.hpp"

namespace kafault {
namespace {

std::string text_of_file(const std::filesystem::path& file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

const std::filesystem::path shipped = std::filesystem::path(KAFAULT_SOURCE_DIR) / "scenarios";

TEST(ShippedScenarios, CanBeReadAndSayWhatTheyAsk) {
  for (const auto& entry : std::filesystem::recursive_directory_iterator(shipped)) {
    if (entry.path().extension() != ".json") continue;
    const std::string name = entry.path().lexically_relative(shipped.parent_path()).string();
    try {
      const Scenario scenario = read_scenario(text_of_file(entry.path()), name, {});
      EXPECT_FALSE(scenario.combinations.empty()) << name;
      EXPECT_FALSE(scenario.question.empty()) << name;
      EXPECT_THAT(scenario.accepted_without_effect, testing::IsEmpty()) << name;
    } catch (const ScenarioError& error) {
      ADD_FAILURE() << error.what();
    }
  }
}

TEST(ShippedScenarios, AreReadQuickly) {
  const std::string text = text_of_file(shipped / "semantics.json");

  const auto begin = std::chrono::steady_clock::now();
  const Scenario scenario = read_scenario(text, "semantics.json", {});
  const auto took = std::chrono::steady_clock::now() - begin;

  // 25 us per combination when measured; the floor is for sanitizers and busy machines.
  EXPECT_GT(scenario.combinations.size(), 100u);
  EXPECT_LT(took / scenario.combinations.size(), std::chrono::milliseconds(2));
}

}  // namespace
}  // namespace kafault
