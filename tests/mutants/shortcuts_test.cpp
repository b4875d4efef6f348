// Work that is left out because it would find nothing: done all the same, it must find nothing. The
// digest is of everything that anybody notes, in every run of the shipped scenarios.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "sim/drive/campaign.hpp"
#include "tests/mutants/names.hpp"

namespace kafault {
namespace {

std::vector<Mutant> shortcuts() {
  std::vector<Mutant> list;
#define KAFAULT_MUTANT(name) list.push_back(Mutant::name);
  KAFAULT_SHORTCUT_LIST(KAFAULT_MUTANT)
#undef KAFAULT_MUTANT
  return list;
}

// In a folder, or the one file.
std::vector<std::filesystem::path> scenario_files(const std::string& where) {
  const auto root = std::filesystem::path(KAFAULT_SOURCE_DIR) / "scenarios" / where;
  if (!std::filesystem::is_directory(root)) return {root};
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(root)) {
    if (entry.path().extension() == ".json") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

class Shortcuts : public testing::TestWithParam<const char*> {};

TEST_P(Shortcuts, MakeNoDifference) {
  std::int64_t rows = 0;
  for (const std::filesystem::path& file : scenario_files(GetParam())) {
    std::ifstream in(file);
    const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    const Scenario scenario = read_scenario(text, file.filename().string(), {});
    const CampaignResult left_out = run_campaign(scenario, {});
    rows += std::ssize(left_out.table.rows);
    for (const Mutant shortcut : shortcuts()) {
      active_mutant = shortcut;
      const CampaignResult done = run_campaign(scenario, {});
      active_mutant = Mutant::none;
      EXPECT_EQ(left_out.table.digest, done.table.digest) << name_of(shortcut) << ": " << file;
    }
  }
  EXPECT_GT(rows, 0);
}

INSTANTIATE_TEST_SUITE_P(Scenarios, Shortcuts,
                         testing::Values("groups", "effects", "semantics.json"));

}  // namespace
}  // namespace kafault
