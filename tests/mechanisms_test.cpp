// docs/mechanisms.md and docs/consumer-mechanisms.md: each way in which records get lost, doubled
// or reordered is there, and what it is said to be shown in shows it: a scenario that claims
// something. docs/questions.md: each question names the scenarios that answer it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>
#include <string>
#include <utility>
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

struct Page {
  std::string file;
  std::vector<std::pair<char, int>> last;  // of each letter
};

const Page producers_and_brokers{"mechanisms.md", {{'L', 22}, {'D', 16}, {'R', 9}}};
const Page consumers{"consumer-mechanisms.md", {{'L', 40}, {'D', 36}, {'V', 19}}};
const Page questions{"questions.md", {{'Q', 30}, {'M', 8}}};

void PrintTo(const Page& page, std::ostream* out) { *out << page.file; }

std::vector<std::string> numbers_of(const Page& page) {
  std::vector<std::string> numbers;
  for (const auto& [letter, last] : page.last) {
    for (int i = 1; i <= last; ++i) numbers.push_back(letter + std::to_string(i));
  }
  return numbers;
}

// A row: | L1 | mechanism | shortest sequence | shown in | closed by | source |
// or     | Q1 | asked | answer | shown in |
std::vector<Mechanism> mechanisms_of(const Page& page) {
  static const std::regex row(
      R"(^\| ([LDRV]\d+) \| [^|]+ \| [^|]+ \| ([^|]*) \| ([^|]*) \| [^|]*\|$)");
  static const std::regex question(R"(^\| ([QM]\d+) \| [^|]+ \| ([^|]+) \| ([^|]*) \|$)");
  std::vector<Mechanism> all;
  std::istringstream lines(whole_file(source_dir / "docs" / page.file));
  for (std::string line; std::getline(lines, line);) {
    std::smatch cells;
    if (std::regex_match(line, cells, row)) all.push_back({cells[1], cells[2], cells[3]});
    if (std::regex_match(line, cells, question)) all.push_back({cells[1], cells[3], cells[2]});
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

class Pages : public testing::TestWithParam<Page> {};

TEST_P(Pages, HaveEverythingInOrder) {
  std::vector<std::string> listed;
  for (const Mechanism& each : mechanisms_of(GetParam())) listed.push_back(each.number);

  EXPECT_EQ(listed, numbers_of(GetParam()));
}

TEST_P(Pages, NameAScenarioOrSayWhyThereIsNone) {
  for (const Mechanism& each : mechanisms_of(GetParam())) {
    const bool says_why_not = each.shown_in.starts_with("not modelled: ");
    EXPECT_NE(says_why_not, !scenarios_of(each).empty()) << each.number << ": " << each.shown_in;
    EXPECT_FALSE(each.closed_by.empty()) << each.number;
    for (const std::string& name : scenarios_of(each)) {
      EXPECT_TRUE(std::filesystem::exists(source_dir / "scenarios" / name))
          << each.number << ": " << name;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Docs, Pages, testing::Values(producers_and_brokers, consumers, questions));

class Mechanisms : public testing::TestWithParam<Page> {};

TEST_P(Mechanisms, AreClaimedByTheScenariosThatShowThem) {
  for (const Mechanism& each : mechanisms_of(GetParam())) {
    for (const std::string& name : scenarios_of(each)) {
      const std::filesystem::path file = source_dir / "scenarios" / name;
      ASSERT_TRUE(std::filesystem::exists(file)) << each.number << ": " << name;
      const Scenario scenario = read_scenario(whole_file(file), name, {});
      EXPECT_GE(scenario.expect.size(), 2U)
          << each.number << ": " << name << " claims the mechanism and its opposite";
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Docs, Mechanisms, testing::Values(producers_and_brokers, consumers));

}  // namespace
}  // namespace kafault
