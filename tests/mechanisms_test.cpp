// docs/mechanisms.md: each way in which records get lost, doubled or reordered is there, and what
// it is said to be shown in shows it: a scenario that claims something.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

#include "sim/scenario/scenario.hpp"

namespace kafault {
namespace {

const std::filesystem::path source_dir = KAFAULT_SOURCE_DIR;

struct Mechanism {
  std::string number;
  std::string shown_in;
  std::string closed_by;
};

std::string whole_file(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

// A row: | L1 | mechanism | shortest sequence | shown in | closed by | source |
std::vector<Mechanism> mechanisms() {
  static const std::regex row(
      R"(^\| ([LDR]\d+) \| [^|]+ \| [^|]+ \| ([^|]*) \| ([^|]*) \| [^|]*\|$)");
  std::vector<Mechanism> all;
  std::istringstream lines(whole_file(source_dir / "docs" / "mechanisms.md"));
  for (std::string line; std::getline(lines, line);) {
    std::smatch cells;
    if (std::regex_match(line, cells, row)) all.push_back({cells[1], cells[2], cells[3]});
  }
  return all;
}

std::vector<std::string> scenarios_of(const Mechanism& mechanism) {
  static const std::regex path("`([a-z0-9/=.-]+[.]json)`");
  std::vector<std::string> names;
  const std::string& text = mechanism.shown_in;
  for (std::sregex_iterator at(text.begin(), text.end(), path), end; at != end; ++at) {
    names.push_back((*at)[1]);
  }
  return names;
}

TEST(Mechanisms, AreAllThereInOrder) {
  std::vector<std::string> expected;
  for (const auto& [letter, last] : {std::pair{'L', 22}, {'D', 16}, {'R', 9}}) {
    for (int i = 1; i <= last; ++i) expected.push_back(letter + std::to_string(i));
  }
  std::vector<std::string> listed;
  for (const Mechanism& each : mechanisms()) listed.push_back(each.number);

  EXPECT_EQ(listed, expected);
}

TEST(Mechanisms, AreShownByAScenarioOrSayWhyNot) {
  for (const Mechanism& each : mechanisms()) {
    const bool says_why_not = each.shown_in.starts_with("not modelled: ");
    EXPECT_NE(says_why_not, !scenarios_of(each).empty()) << each.number << ": " << each.shown_in;
    EXPECT_FALSE(each.closed_by.empty()) << each.number;
  }
}

TEST(Mechanisms, AreClaimedByTheScenariosThatShowThem) {
  for (const Mechanism& each : mechanisms()) {
    for (const std::string& name : scenarios_of(each)) {
      const std::filesystem::path file = source_dir / "scenarios" / name;
      ASSERT_TRUE(std::filesystem::exists(file)) << each.number << ": " << name;
      const Scenario scenario = read_scenario(whole_file(file), name, {});
      EXPECT_GE(scenario.expect.size(), 2U)
          << each.number << ": " << name << " claims the mechanism and its opposite";
    }
  }
}

}  // namespace
}  // namespace kafault
