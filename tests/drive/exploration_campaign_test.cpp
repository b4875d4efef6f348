// Every distinct combination is explored by itself, and what the file says about faults is left
// aside.
#include "sim/drive/exploration_campaign.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>

namespace kafault {
namespace {

using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr const char* explored_shop = R"json({
  "brokers": { "count": 1 },
  "topics": { "orders": { "replication.factor": 1 } },
  "producers": { "shop": {
    "config": { "linger.ms": 0, "acks": "all", "enable.idempotence": false,
                "max.in.flight.requests.per.connection": 1 },
    "sends": { "topic": "orders", "records": 100, "every": "20ms" } } },
  "groups": { "billing": { "config": { "auto.offset.reset": "earliest" }, "commit": "sync" } },
  "matrix": [
    { "axis": "acks", "at": "/producers/shop/config/acks", "values": ["0", "1", "all"] },
    { "axis": "idempotence", "at": "/producers/shop/config/enable.idempotence",
      "values": [false, true] },
    { "axis": "fault", "patches": [
      { "name": "none", "set": {} },
      { "name": "lost ack", "set": { "faults": [
        { "when": { "message": "ProduceResponse", "nth": 2 }, "do": "drop_connection" } ] } },
      { "name": "joins", "set": { "faults": [
        { "when": { "event": "RecordProcessed", "nth": 1 }, "do": "join",
          "target": "member(billing-1)" } ] } } ] },
    { "axis": "seed", "at": "/seed", "values": [1, 2] } ]
})json";

Scenario scenario_where(std::map<std::string, std::string> where) {
  ReadOptions options;
  options.where = std::move(where);
  return read_scenario(explored_shop, "shop.json", options);
}

// Run by run: what comes out does not hang on fingerprints.
ExplorationRequest request_for(std::vector<Misfortune> misfortunes) {
  ExplorationRequest request;
  request.misfortunes = std::move(misfortunes);
  request.merge = false;
  return request;
}

std::optional<std::size_t> smallest(const ExploredCombination& explored, Promise promise) {
  const std::optional<Script>& script = explored.counterexample(promise);
  return script ? std::optional(script->size()) : std::nullopt;
}

TEST(ExploreScenario, LeavesAsideWhatOnlySetsFaultsAndSeeds) {
  const ExplorationResult result =
      explore_scenario(scenario_where({}), request_for({Misfortune::lost_ack}));

  EXPECT_THAT(result.axes, ElementsAre("acks", "idempotence"));
  EXPECT_THAT(result.axes_left_aside, ElementsAre("fault", "seed"));
  std::vector<std::vector<std::string>> combinations;
  for (const auto& one : result.combinations) combinations.push_back(one.axis_values);
  EXPECT_THAT(combinations, ElementsAre(ElementsAre("0", "false"), ElementsAre("0", "true"),
                                        ElementsAre("1", "false"), ElementsAre("1", "true"),
                                        ElementsAre("all", "false"), ElementsAre("all", "true")));
}

TEST(ExploreScenario, GivesTheSameWhicheverFaultTheFileNames) {
  const auto explored = [](const char* fault) {
    const auto result = explore_scenario(
        scenario_where({{"acks", "all"}, {"idempotence", "true"}, {"fault", fault}}),
        request_for({Misfortune::lost_ack, Misfortune::rebalance, Misfortune::consumer_crash}));
    return result.combinations.at(0).exploration;
  };
  const Exploration none = explored("none");

  EXPECT_GT(none.runs, 10U);
  for (const char* fault : {"lost ack", "joins"}) {
    const Exploration other = explored(fault);
    EXPECT_EQ(other.runs, none.runs) << fault;
    EXPECT_EQ(other.worlds, none.worlds) << fault;
    EXPECT_EQ(other.counterexamples, none.counterexamples) << fault;
  }
}

TEST(ExploreScenario, FindsHowManyMisfortunesItTakes) {
  const ExplorationResult result =
      explore_scenario(scenario_where({}), request_for({Misfortune::lost_ack}));

  const auto copies = [&](std::size_t i) {
    return smallest(result.combinations[i], Promise::no_copy_in_the_log);
  };
  EXPECT_EQ(copies(0), std::nullopt);  // acks=0 has no answer that could be lost
  EXPECT_EQ(copies(2), 1U);
  EXPECT_EQ(copies(4), 1U);
  EXPECT_EQ(copies(5), std::nullopt);  // idempotence
  EXPECT_TRUE(result.is_complete());
  EXPECT_THAT(result.violations, IsEmpty());
}

TEST(ExploreScenario, SaysWhichClientsRefuseToStart) {
  const ExplorationResult result =
      explore_scenario(scenario_where({{"acks", "1"}}), request_for({Misfortune::lost_ack}));

  ASSERT_THAT(result.combinations, SizeIs(2));
  EXPECT_FALSE(result.combinations[0].config_exception);
  EXPECT_TRUE(result.combinations[1].config_exception);
  EXPECT_TRUE(result.combinations[1].is_complete());
  EXPECT_EQ(result.combinations[1].exploration.runs, 0U);
}

TEST(ExploreScenario, KnowsWhichPromisesApply) {
  const Scenario log_only =
      read_scenario(R"({"producers": {"shop": {"sends": {"records": 1}}}})", "log.json", {});

  const ExplorationResult without = explore_scenario(log_only, request_for({Misfortune::lost_ack}));
  const ExplorationResult with =
      explore_scenario(scenario_where({{"acks", "0"}}), request_for({Misfortune::lost_ack}));

  EXPECT_TRUE(without.combinations[0].applies(Promise::no_copy_in_the_log));
  EXPECT_FALSE(without.combinations[0].applies(Promise::handled_only_once));
  EXPECT_TRUE(with.combinations[0].applies(Promise::handled_only_once));
}

TEST(ExploreScenario, SendsAsManyRecordsAsAskedFor) {
  ExplorationRequest request = request_for({Misfortune::lost_ack});
  const auto runs = [&](std::int64_t records) {
    request.records = records;
    const auto result =
        explore_scenario(scenario_where({{"acks", "all"}, {"idempotence", "true"}}), request);
    return result.combinations[0].exploration.runs;
  };

  EXPECT_EQ(runs(2), runs(1) + 1);  // one more answer that can be lost
  EXPECT_EQ(runs(5), runs(1) + 4);
}

// With few combinations threads share each of them, with many each has its own.
TEST(ExploreScenario, GivesTheSameWithAnyNumberOfThreads) {
  for (const auto& where : {std::map<std::string, std::string>{},
                            std::map<std::string, std::string>{{"acks", "all"}}}) {
    ExplorationRequest request =
        request_for({Misfortune::lost_ack, Misfortune::lost_request, Misfortune::crash});
    request.jobs = 1;
    const ExplorationResult one = explore_scenario(scenario_where(where), request);
    request.jobs = 3;
    const ExplorationResult three = explore_scenario(scenario_where(where), request);

    ASSERT_EQ(one.combinations.size(), three.combinations.size());
    for (std::size_t i = 0; i < one.combinations.size(); ++i) {
      const Exploration& a = one.combinations[i].exploration;
      const Exploration& b = three.combinations[i].exploration;
      EXPECT_EQ(a.counterexamples, b.counterexamples);
      EXPECT_EQ(a.runs, b.runs);
      EXPECT_EQ(a.worlds, b.worlds);
      EXPECT_EQ(a.transitions, b.transitions);
      EXPECT_EQ(a.depth, b.depth);
    }
  }
}

// Runs by themselves are the truth that fingerprints are held to. Where idle polls stand in their
// periods is left out of these, and once in thousands of runs decides whether one more can be
// struck.
TEST(ExploreScenario, FindsTheSameWhetherOrNotWorldsAreMerged) {
  ExplorationRequest request = request_for({Misfortune::lost_ack, Misfortune::lost_request,
                                            Misfortune::crash, Misfortune::consumer_crash});
  for (const std::size_t budget : {1, 2}) {
    SCOPED_TRACE(budget);
    request.budget = budget;
    request.merge = false;
    const ExplorationResult plain = explore_scenario(scenario_where({}), request);
    request.merge = true;
    const ExplorationResult merged = explore_scenario(scenario_where({}), request);

    for (std::size_t i = 0; i < plain.combinations.size(); ++i) {
      const Exploration& a = plain.combinations[i].exploration;
      const Exploration& b = merged.combinations[i].exploration;
      EXPECT_EQ(a.counterexamples, b.counterexamples) << i;
      const double runs = static_cast<double>(a.runs);
      EXPECT_NEAR(static_cast<double>(b.runs), runs, budget == 1 ? 0 : runs / 1000) << i;
      EXPECT_GE(a.worlds, b.worlds) << i;
    }
    EXPECT_THAT(merged.violations, IsEmpty());
  }
}

TEST(ExploreScenario, StopsWhenTold) {
  const std::atomic<bool> interrupted{true};
  ExplorationRequest request = request_for({Misfortune::lost_ack});
  request.interrupted = &interrupted;

  for (const bool merge : {false, true}) {
    request.merge = merge;
    const ExplorationResult result = explore_scenario(scenario_where({}), request);

    EXPECT_FALSE(result.is_complete());
    EXPECT_EQ(result.combinations[0].exploration.end, ExploreEnd::interrupted);
    EXPECT_TRUE(result.combinations[1].is_complete());  // there was nothing to be explored
  }
}

TEST(ExploreScenario, StopsAtALimitOfWorlds) {
  ExplorationRequest request = request_for({Misfortune::lost_ack});
  request.world_limit = 5;

  const ExplorationResult result = explore_scenario(scenario_where({{"acks", "all"}}), request);

  EXPECT_FALSE(result.is_complete());
  EXPECT_EQ(result.combinations[0].exploration.end, ExploreEnd::world_limit);
}

TEST(ExploreScenario, SaysHowFarItIs) {
  std::vector<CampaignProgress> seen;
  ExplorationRequest request = request_for({Misfortune::lost_ack});
  request.on_progress = [&](const CampaignProgress& progress) { seen.push_back(progress); };

  const ExplorationResult result = explore_scenario(scenario_where({}), request);

  ASSERT_THAT(seen, Not(IsEmpty()));
  EXPECT_EQ(seen.back().done, 4U);  // two refuse to start
  EXPECT_EQ(seen.back().all, 4U);
  std::uint64_t worlds = 0;
  for (const auto& one : result.combinations) worlds += one.exploration.worlds;
  EXPECT_EQ(seen.back().worlds, worlds);
}

}  // namespace
}  // namespace kafault
