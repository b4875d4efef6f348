// Explorations made by hand, and what is drawn and written of them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "reports/exploration_sheet.hpp"
#include "reports/exploration_writers.hpp"
#include "reports/markdown.hpp"
#include "reports/text.hpp"
#include "reports/text_table.hpp"
#include "sim/drive/csv.hpp"

namespace kafault {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr std::uint32_t of_a_log = 1U << static_cast<unsigned>(Promise::no_acked_record_lost) |
                                   1U << static_cast<unsigned>(Promise::no_copy_in_the_log);

ExploredCombination combination_of(std::vector<std::string> axis_values,
                                   std::optional<std::size_t> lost,
                                   std::optional<std::size_t> copied) {
  ExploredCombination one;
  one.axis_values = std::move(axis_values);
  one.promises = of_a_log;
  const auto note = [&](Promise promise, std::optional<std::size_t> misfortunes) {
    if (misfortunes) {
      one.exploration.counterexamples[static_cast<std::size_t>(promise)] = Script(*misfortunes);
      one.confirmations[static_cast<std::size_t>(promise)] = Counterexample{"{}", 7, 0};
    }
  };
  note(Promise::no_acked_record_lost, lost);
  note(Promise::no_copy_in_the_log, copied);
  one.exploration.runs = 1000;
  one.exploration.worlds = 200;
  one.exploration.transitions = 3000;
  one.exploration.depth = 70;
  one.exploration.complete_levels = 3;
  one.exploration.collision_odds = 2e-8;
  one.exploration.levels = {{100, 1000, 1}, {60, 1000, 99}, {40, 1000, 900}};
  return one;
}

ExploredCombination that_refuses(std::vector<std::string> axis_values) {
  ExploredCombination one;
  one.axis_values = std::move(axis_values);
  one.promises = of_a_log;
  one.config_exception = "producer shop: Must set acks to all.";
  return one;
}

ExplorationResult result_of(std::vector<std::string> axes,
                            std::vector<ExploredCombination> combinations) {
  ExplorationResult result;
  result.scenario = "shop.json";
  result.question = "What does it take?";
  result.subtitle = "Kafka 4.1 · 3 brokers, RF 3 · 3 records";
  result.axes = std::move(axes);
  result.budget = 2;
  result.records = 3;
  result.tick = std::chrono::milliseconds(1);
  result.misfortunes = {Misfortune::lost_ack, Misfortune::crash};
  result.combinations = std::move(combinations);
  return result;
}

ExplorationResult poster() {
  return result_of({"acks", "idempotence"},
                   {combination_of({"1", "false"}, 2, 1), that_refuses({"1", "true"}),
                    combination_of({"all", "false"}, std::nullopt, 1),
                    combination_of({"all", "true"}, std::nullopt, std::nullopt)});
}

std::string text(const ExplorationResult& result) {
  std::ostringstream out;
  write_text(out, sheet_of(result));
  return out.str();
}

std::string csv(const ExplorationResult& result) {
  std::ostringstream out;
  write_csv(out, result);
  return out.str();
}

TEST(ExplorationPoster, HasASmallNumberForEachPromise) {
  EXPECT_EQ(
      text(poster()),
      "The smallest number of misfortunes that breaks each promise\n"
      "What does it take?\n"
      "Kafka 4.1 · 3 brokers, RF 3 · 3 records · time in steps of 1ms · lost-ack, crash\n"
      "3,000 runs with at most 2 misfortunes, all of them\n"
      "\n"
      "                      no acked  no copy in\n"
      "acks  idempotence  record lost     the log\n"
      "1     false                  2           1\n"
      "all   false                  -           1\n"
      "all   true                   -           -\n"
      "\n"
      "acks=1 with idempotence=true: the client refuses to start (ConfigException: producer "
      "shop: Must set acks to all), 1\n"
      "  combination\n"
      "600 worlds, 9,000 transitions; the longest run has 70 steps; the odds that two worlds were "
      "taken for one are below 1\n"
      "  in 10^7\n"
      "\n"
      "- none in all runs with at most 2 misfortunes. That is not a proof for 3.\n");
}

TEST(ExplorationPoster, NeverSaysMoreThanItKnows) {
  for (const std::string& words : {text(poster()), csv(poster())}) {
    EXPECT_THAT(words, AllOf(Not(HasSubstr("proved")), Not(HasSubstr("safe"))));
  }
}

TEST(ExplorationPoster, SaysWhatASearchThatDidNotFinishKnows) {
  ExplorationResult result = poster();
  Exploration& cut = result.combinations[0].exploration;
  cut.end = ExploreEnd::memory_limit;
  cut.complete_levels = 1;
  cut.counterexamples[static_cast<std::size_t>(Promise::no_copy_in_the_log)].reset();
  result.combinations[2].exploration.end = ExploreEnd::interrupted;
  result.combinations[2].exploration.complete_levels = 0;

  EXPECT_EQ(cell_of(result.combinations[0], Promise::no_acked_record_lost).text, "<=2");
  EXPECT_EQ(cell_of(result.combinations[0], Promise::no_copy_in_the_log).text, ">0");
  EXPECT_EQ(cell_of(result.combinations[2], Promise::no_acked_record_lost).text, "?");
  EXPECT_EQ(cell_of(result.combinations[2], Promise::no_copy_in_the_log).text, "<=1");
  EXPECT_EQ(cell_of(result.combinations[3], Promise::no_copy_in_the_log).text, "-");
  EXPECT_EQ(cell_of(result.combinations[3], Promise::settles).text, "");
  EXPECT_THAT(text(result),
              AllOf(HasSubstr("not all of them"), HasSubstr("INCOMPLETE"),
                    HasSubstr("it reached its limit of memory"), HasSubstr("it was stopped"),
                    HasSubstr("1 of 3 combinations finished")));
  EXPECT_THAT(csv(result),
              HasSubstr("shop.json,1,false,no acked record lost,2,true,1000,200,false"));
}

TEST(ExplorationPoster, SaysWhatNoOrdinaryRunConfirms) {
  ExplorationResult result = poster();
  result.combinations[0].confirmations = {};

  EXPECT_EQ(cell_of(result.combinations[0], Promise::no_acked_record_lost).text, "2?");
  EXPECT_THAT(text(result), HasSubstr("\n1? one does it with time in steps; no ordinary run"));
  EXPECT_THAT(csv(result), HasSubstr("shop.json,1,false,no acked record lost,2,false,1000"));
  EXPECT_THAT(text(poster()), Not(HasSubstr("no ordinary run")));
  result.combinations.resize(1);
  EXPECT_THAT(text(result), HasSubstr("2, not confirmed by an ordinary run"));
}

TEST(ExplorationPoster, KnowsTheNumberOfLevelsThatAreComplete) {
  ExploredCombination one = combination_of({}, 1, 2);
  one.exploration.end = ExploreEnd::interrupted;
  one.exploration.complete_levels = 1;

  // With 0 misfortunes all runs are covered: one that breaks it is the smallest number.
  EXPECT_EQ(cell_of(one, Promise::no_acked_record_lost).text, "1");
  EXPECT_EQ(cell_of(one, Promise::no_copy_in_the_log).text, "<=2");
}

TEST(ExplorationPoster, FoldsWhatIsEqual) {
  std::vector<ExploredCombination> many;
  for (const char* commit : {"a", "b", "c", "d", "e", "f"}) {
    for (const char* acks : {"1", "all"}) many.push_back(combination_of({acks, commit}, 1, 2));
  }

  const std::string drawn = text(result_of({"acks", "commit"}, std::move(many)));

  EXPECT_THAT(drawn, HasSubstr("commit makes no difference: a, b, c, d, e or f"));
}

TEST(ExplorationList, HasASentenceForEachPromise) {
  const std::string drawn = text(result_of({"acks"}, {combination_of({"all"}, std::nullopt, 2)}));

  EXPECT_THAT(drawn, HasSubstr("acks=all"));
  EXPECT_THAT(drawn,
              HasSubstr("no acked record lost  none in all 1,000 runs with at most 2 misfortunes\n"
                        "no copy in the log    2\n"));
}

TEST(ExplorationList, SaysWhenEveryClientRefuses) {
  const std::string drawn = text(result_of({"acks"}, {that_refuses({"0"}), that_refuses({"1"})}));

  EXPECT_THAT(drawn, HasSubstr("every combination: the client refuses to start"));
  EXPECT_THAT(drawn, Not(HasSubstr("no acked record lost")));
  EXPECT_THAT(drawn, Not(HasSubstr(" runs ")));
}

TEST(ExplorationCsv, HasARowForEachCombinationAndPromise) {
  EXPECT_EQ(csv(poster()),
            "scenario,acks,idempotence,promise,smallest,confirmed,runs,worlds,complete\n"
            "shop.json,1,false,no acked record lost,2,true,1000,200,true\n"
            "shop.json,1,false,no copy in the log,1,true,1000,200,true\n"
            "shop.json,1,true,no acked record lost,ConfigException,,0,0,true\n"
            "shop.json,1,true,no copy in the log,ConfigException,,0,0,true\n"
            "shop.json,all,false,no acked record lost,none,,1000,200,true\n"
            "shop.json,all,false,no copy in the log,1,true,1000,200,true\n"
            "shop.json,all,true,no acked record lost,none,,1000,200,true\n"
            "shop.json,all,true,no copy in the log,none,,1000,200,true\n");
}

TEST(ExplorationJson, SaysTheBoundsOfEachSearch) {
  std::ostringstream out;
  write_json(out, poster());

  const auto json = nlohmann::json::parse(out.str());
  EXPECT_EQ(json["budget"], 2);
  EXPECT_EQ(json["complete"], true);
  EXPECT_EQ(json["combinations"].size(), 4U);
  const auto& first = json["combinations"][0];
  EXPECT_EQ(first["axes"]["acks"], "1");
  EXPECT_EQ(first["promises"][0]["smallest"], 2);
  EXPECT_EQ(first["promises"][0]["confirmed"], true);
  EXPECT_EQ(first["levels"][2]["runs"], 900);
  EXPECT_EQ(first["depth"], 70);
  EXPECT_EQ(json["combinations"][3]["promises"][0]["smallest"], nullptr);
  EXPECT_TRUE(json["combinations"][1].contains("config_exception"));
}

TEST(ExplorationMarkdown, IsATable) {
  std::ostringstream out;
  write_markdown(out, sheet_of(poster()));

  EXPECT_THAT(out.str(), HasSubstr("| acks | idempotence | no acked record lost | no copy"));
  EXPECT_THAT(out.str(), HasSubstr("| all | true | - | - |"));
}

}  // namespace
}  // namespace kafault
