// The model against real clusters: every experiment of kafka-*.json is a row of a shipped scenario,
// and the row must meet what the cluster did. `set` are the versions of brokers and clients where
// they are not the scenario's. `how` says what meeting means:
//   exact         the experiment leaves no timing open: every field equals, in every repetition
//   distribution  every value seen is among the model's over `seeds` seeds, and the repetitions lie
//                 within its central 98 %
//   bounds        the experiment is timed by a script: only the fields named must be equal
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "sim/drive/combination_runner.hpp"
#include "sim/scenario/scenario.hpp"

namespace kafault {
namespace {

using nlohmann::json;

// Of the cluster whose brokers are of this version; what is set for all is in each that sets
// nothing of its own.
std::vector<json> experiments_of(const std::string& version) {
  std::ifstream in(std::string(KAFAULT_SOURCE_DIR) + "/tests/truth/kafka-" + version + ".json");
  const json cluster = json::parse(in);
  auto experiments = cluster.at("experiments").get<std::vector<json>>();
  for (json& experiment : experiments) {
    if (!experiment.contains("set")) experiment["set"] = cluster.value("set", json::object());
  }
  return experiments;
}

std::string text_of(const std::string& path) {
  std::ifstream in(std::string(KAFAULT_SOURCE_DIR) + "/scenarios/" + path);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

// What the experiments call their fields, from the counts of one run. Several producers of one
// topic are one experiment: their counts add up.
std::map<std::string, std::int64_t> fields_of(const Run& run) {
  Counts sum;
  for (const FlowResult& flow : run.flows()) sum += flow.counts;
  // What a policy has removed is not in the log that was dumped. Everything there was acked.
  const std::int64_t in_log = sum.acked - sum.log_lost - sum.expired + sum.log_unexpected;
  const std::int64_t read_and_removed = sum.expired - sum.missed;
  return {{"acked", sum.acked},
          {"failed", sum.failed + sum.unknown},
          {"in_log", in_log},
          {"acked_lost", sum.log_lost + sum.expired},
          {"failed_but_in_log", sum.log_unexpected},
          {"log_duplicates", sum.log_copies},
          {"inversions", sum.reordered},
          {"processed", in_log - sum.unhandled + sum.ghosts + read_and_removed},
          {"never_processed", sum.unhandled},
          {"reprocessed", sum.handled_again},
          {"ghost_reads", sum.ghosts + read_and_removed}};
}

class RealCluster : public testing::TestWithParam<json> {};

TEST_P(RealCluster, IsMet) {
  const json& experiment = GetParam();
  ReadOptions options;
  for (const auto& [axis, value] : experiment.at("where").items()) options.where[axis] = value;
  for (const auto& [pointer, value] : experiment.at("set").items()) {
    options.set.emplace_back(pointer, value);
  }
  const std::int64_t seeds = experiment.value("seeds", std::int64_t{1});
  // Where anything is left to chance, so is what clients do.
  if (seeds > 1) options.set.emplace_back("/client_dice", "true");
  const std::string path = experiment.at("scenario");
  const Scenario scenario = read_scenario(text_of(path), path, options);
  ASSERT_EQ(scenario.combinations.size(), 1U) << path;
  const Combination& combination = scenario.combinations.front();
  const json& repetitions = experiment.at("runs");
  if (combination.config_exception) {
    for (const json& seen : repetitions)
      EXPECT_EQ(seen.value("config_error", ""), "ConfigException");
    return;
  }
  ASSERT_FALSE(repetitions.at(0).contains("config_error"));

  const std::string how = experiment.at("how");
  std::map<std::string, std::vector<std::int64_t>> model;
  CombinationRunner runner(combination);
  for (std::int64_t seed = 1; seed <= seeds; ++seed) {
    runner.run().reset(combination.faults, static_cast<std::uint64_t>(seed));
    runner.run().finish();
    ASSERT_TRUE(runner.run().settled()) << "seed " << seed;
    EXPECT_TRUE(runner.run().violations().empty());
    for (std::size_t i = 0; i < combination.faults.size(); ++i) {
      if (!can_strike(combination.faults[i], combination.plan)) continue;
      ASSERT_GT(runner.run().faults().strikes(i), 0) << combination.faults[i].name;
    }
    for (const auto& [field, value] : fields_of(runner.run())) model[field].push_back(value);
  }
  for (auto& [field, values] : model) std::sort(values.begin(), values.end());

  std::vector<std::string> fields;
  if (experiment.contains("fields")) {
    for (const json& field : experiment.at("fields")) fields.push_back(field);
  } else {
    for (const auto& [field, value] : repetitions.at(0).items()) {
      if (value.is_number()) fields.push_back(field);
    }
  }
  for (const json& seen : repetitions) {
    for (const std::string& field : fields) {
      if (!seen.contains(field) || !seen.at(field).is_number()) continue;
      const std::int64_t real = seen.at(field);
      const std::vector<std::int64_t>& values = model.at(field);
      if (how == "distribution") {
        EXPECT_TRUE(std::binary_search(values.begin(), values.end(), real))
            << field << ": the cluster had " << real << ", the model " << values.front() << " to "
            << values.back();
      } else {
        EXPECT_EQ(values.front(), real) << field;
      }
    }
  }
  for (const std::string& field : fields) {
    if (how != "distribution" || !model.contains(field)) continue;
    // The bulk: the median of what was seen lies within the model's central 98 %.
    std::vector<std::int64_t> real;
    for (const json& seen : repetitions) {
      if (seen.contains(field)) real.push_back(seen.at(field));
    }
    std::sort(real.begin(), real.end());
    const std::vector<std::int64_t>& values = model.at(field);
    const std::size_t cut = values.size() / 100;
    EXPECT_GE(real[real.size() / 2], values[cut]) << field;
    EXPECT_LE(real[real.size() / 2], values[values.size() - 1 - cut]) << field;
  }
}

std::string name_of_test(const testing::TestParamInfo<json>& info) {
  std::string name = info.param.at("experiment");
  std::replace_if(
      name.begin(), name.end(),
      [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; }, '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Kafka41, RealCluster, testing::ValuesIn(experiments_of("4.1.0")),
                         name_of_test);
INSTANTIATE_TEST_SUITE_P(Kafka39, RealCluster, testing::ValuesIn(experiments_of("3.9.1")),
                         name_of_test);
INSTANTIATE_TEST_SUITE_P(Kafka36, RealCluster, testing::ValuesIn(experiments_of("3.6.2")),
                         name_of_test);

}  // namespace
}  // namespace kafault
