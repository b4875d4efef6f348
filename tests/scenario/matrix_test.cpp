// Axes: from the file and from the command line.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/scenario/reading.hpp"

namespace kafault {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::vector<std::string> rows_of(const Scenario& scenario) {
  std::vector<std::string> rows;
  for (const Combination& combination : scenario.combinations) {
    std::string row;
    for (const std::string& value : combination.axis_values)
      row += (row.empty() ? "" : " ") + value;
    rows.push_back(row);
  }
  return rows;
}
std::string matrix(const std::string& axes) { return shop_with("\"matrix\": [" + axes + "]"); }

TEST(Matrix, MakesEveryCombinationFirstAxisSlowest) {
  const Scenario scenario = read(matrix(
      R"({"at": "/producers/shop/config/acks", "values": ["0", 1, "all"]},
         {"axis": "idempotence", "at": "/producers/shop/config/enable.idempotence",
          "values": [false, true]})"));

  EXPECT_THAT(scenario.axes, ElementsAre("acks", "idempotence"));
  EXPECT_THAT(rows_of(scenario),
              ElementsAre("0 false", "0 true", "1 false", "1 true", "all false", "all true"));
  EXPECT_EQ(scenario.combinations[2].plan.producers[0].config.acks, Acks::leader);
  EXPECT_FALSE(scenario.combinations[2].plan.producers[0].config.enable_idempotence);
}

TEST(Matrix, MakesSectionsThatAreNotThere) {
  const Scenario scenario = read(matrix(
      R"({"at": "/brokers/count", "values": [1, 3]},
         {"at": "/topics/orders/partitions", "values": [1, 4]},
         {"at": "/groups/billing/handling/takes", "values": ["1ms"]})"));

  EXPECT_EQ(scenario.combinations[3].plan.layout.brokers, 3);
  EXPECT_EQ(scenario.combinations[3].plan.layout.topics[0].partitions, 4);
}

TEST(Matrix, HasAStarForEveryName) {
  const Scenario scenario = read(R"({"producers": {"a": {}, "b": {"sends": {"topic": "x"}}},
      "matrix": [{"at": "/producers/*/config/linger.ms", "values": [1, 2]}]})");

  const auto& producers = scenario.combinations[1].plan.producers;
  EXPECT_EQ(producers[0].config.linger, Duration(std::chrono::milliseconds(2)));
  EXPECT_EQ(producers[1].config.linger, Duration(std::chrono::milliseconds(2)));
}

TEST(Matrix, PatchesTheFile) {
  const Scenario scenario = read(matrix(R"j({"axis": "preset", "patches": [
      {"name": "none", "set": {}},
      {"name": "crash", "set": {
         "groups": {"billing": null},
         "producers": {"shop": {"config": {"acks": "1"}}},
         "faults": [{"when": {"at": "1s"}, "do": "crash", "target": "broker(1)"}]}}]})j"));

  EXPECT_THAT(rows_of(scenario), ElementsAre("none", "crash"));
  EXPECT_THAT(scenario.combinations[0].faults, IsEmpty());
  EXPECT_THAT(scenario.combinations[1].faults, SizeIs(1));
  EXPECT_THAT(scenario.combinations[1].plan.groups, IsEmpty());
  EXPECT_EQ(scenario.combinations[1].plan.producers[0].config.acks, Acks::leader);
}

TEST(Matrix, VariesSeedAndRuns) {
  const Scenario scenario = read(matrix(
      R"({"at": "/seed", "values": [1, 18446744073709551615]},
         {"axis": "how often", "at": "/runs", "values": [5]})"));

  EXPECT_EQ(scenario.combinations[1].seed, 18446744073709551615u);
  EXPECT_EQ(scenario.combinations[1].runs, 5);
}

TEST(Matrix, ReportsValuesWhereTheyStand) {
  const auto lines = mistakes_in(matrix(R"(
{"at": "/producers/shop/config/acks", "values": ["all", "two"]},
{"at": "/producers/shop/config/akcs", "values": ["all"]},
{"axis": "p", "patches": [{"name": "a", "set": {"groups": {"billing": {"comit": "sync",
 "sink": "nowhere"}}}}]})"));

  EXPECT_THAT(
      lines,
      ElementsAre(
          HasSubstr("orders.json:2:57: /matrix/0/values/1: /producers/shop/config/acks: \"two\" is "
                    "not known"),
          HasSubstr("orders.json:3:8: /matrix/1/at: /producers/shop/config/akcs: no such setting; "
                    "did you mean \"acks\"?"),
          HasSubstr("orders.json:4:72: /matrix/2/patches/0/set/groups/billing/comit: "
                    "/groups/billing/comit: no such key in a group; did you mean \"commit\"?"),
          HasSubstr("orders.json:5:10: /matrix/2/patches/0/set/groups/billing/sink: "
                    "/groups/billing/sink: \"nowhere\" is not known")));
}

TEST(Matrix, RefusesPointersThatPointNowhere) {
  const auto mistake = [](const std::string& pointer) {
    const auto lines =
        mistakes_in(matrix(R"({"axis": "x", "at": ")" + pointer + R"(", "values": [1]})"));
    return lines.size() == 1 ? lines[0] : "not one mistake";
  };
  EXPECT_THAT(
      mistake("/producers/shopp/config/acks"),
      HasSubstr("/matrix/0/at: points nowhere: there is no producer \"shopp\"; did you mean "
                "\"shop\"?"));
  EXPECT_THAT(mistake("/groups/biling/commit"), HasSubstr("there is no group \"biling\""));
  EXPECT_THAT(mistake("/topics/odrers/partitions"), HasSubstr("points nowhere"));
  EXPECT_THAT(mistake("/produces/shop/config/acks"),
              HasSubstr("no such key in a scenario; did you mean \"producers\"?"));
  EXPECT_THAT(mistake("producers/shop"), HasSubstr("is no JSON Pointer"));
  EXPECT_THAT(mistake("/a~"), HasSubstr("is no JSON Pointer"));
  EXPECT_THAT(mistake(""), HasSubstr("the whole file"));
  EXPECT_THAT(mistake("/matrix/0/values"), HasSubstr("cannot be varied"));
  EXPECT_THAT(mistake("/kafault"), HasSubstr("cannot be varied"));
  EXPECT_THAT(mistakes_in(shop_with(R"("faults": [],
      "matrix": [{"at": "/faults/0/do", "values": ["crash"]}])")),
              ElementsAre(HasSubstr("points nowhere: /faults has 0 elements")));
  EXPECT_THAT(mistakes_in(shop_with(R"("seed": 1,
      "matrix": [{"at": "/seed/x", "values": ["crash"]}])")),
              ElementsAre(HasSubstr("points nowhere: /seed has nothing below it")));
  EXPECT_THAT(mistakes_in(R"({"producers": {"shop": {}}, "groups": {},
      "matrix": [{"at": "/groups/*/commit", "values": ["sync"]}]})"),
              ElementsAre(HasSubstr("points nowhere: no name stands for *")));
}

TEST(Matrix, RefusesNamesThatAreTaken) {
  const auto lines = mistakes_in(matrix(R"(
      {"at": "/producers/shop/config/acks", "values": ["0"]},
      {"axis": "acks", "at": "/groups/billing/commit", "values": ["sync"]},
      {"axis": "lost", "at": "/groups/billing/sink", "values": ["append"]},
      {"at": "/runs", "values": [1]},
      {"patches": [{"name": "a", "set": {}}]})"));

  EXPECT_THAT(lines,
              ElementsAre(HasSubstr("/matrix/1/axis: another axis is called \"acks\""),
                          HasSubstr("/matrix/2/axis: \"lost\" is the name of a result column"),
                          HasSubstr("/matrix/3: \"runs\" is the name of a result column"),
                          HasSubstr("/matrix/4: \"axis\" is missing")));
}

TEST(Matrix, RefusesAxesThatAreNone) {
  EXPECT_THAT(mistakes_in(matrix("5")), ElementsAre(HasSubstr("/matrix/0: 5 stands where")));
  EXPECT_THAT(mistakes_in(matrix(R"({"axis": "x"})")), ElementsAre(HasSubstr("\"at\" is missing")));
  EXPECT_THAT(mistakes_in(matrix(R"({"at": "/seed", "values": []})")),
              ElementsAre(HasSubstr("list of \"values\"")));
  EXPECT_THAT(mistakes_in(matrix(R"({"at": "/seed", "values": [1, 1]})")),
              ElementsAre(HasSubstr("/matrix/0/values/1: \"1\" stands twice")));
  EXPECT_THAT(mistakes_in(matrix(R"({"axis": "x", "patches": [{"name": "a"}]})")),
              ElementsAre(HasSubstr("what it \"set\"s")));
  EXPECT_THAT(mistakes_in(matrix(R"({"axis": "x", "patches": [{"name": "a", "set": []}]})")),
              ElementsAre(HasSubstr("Merge Patch")));
  EXPECT_THAT(
      mistakes_in(matrix(R"({"axis": "x", "patches": [{"name": "a", "set": {"matrix": 1}}]})")),
      ElementsAre(HasSubstr("cannot be patched")));
  EXPECT_THAT(mistakes_in(shop_with(R"("matrix": {})")),
              ElementsAre(HasSubstr("a matrix is a list of axes")));
}

TEST(Matrix, RefusesMoreCombinationsThanAnybodyReads) {
  std::string axes;
  for (int axis = 0; axis < 6; ++axis) {
    axes += std::string(axis == 0 ? "" : ",") + R"({"axis": "a)" + std::to_string(axis) +
            R"(", "at": "/seed", "values": [0,1,2,3,4,5,6,7,8,9]})";
  }

  EXPECT_THAT(mistakes_in(matrix(axes)),
              ElementsAre(HasSubstr("/matrix: there are more than 100,000 combinations")));
}

TEST(Matrix, RefusesMoreThanFitsInMemory) {
  std::string values = "0";
  for (int i = 1; i < 1000; ++i) values += "," + std::to_string(i);
  EXPECT_THAT(mistakes_in(shop_with(R"("topics": {"orders": {"partitions": 10000}},
      "matrix": [{"at": "/seed", "values": [)" +
                                    values + "]}]")),
              ElementsAre(HasSubstr("2,000,000 partitions and processes")));
}

TEST(Options, SetValues) {
  ReadOptions options;
  options.set = {{"/producers/shop/config/acks", "1"},
                 {"/kafka", "4.0"},
                 {"/faults", R"j([{"when": {"at": "1s"}, "do": "crash", "target": "broker(1)"}])j"},
                 {"/network/latency", R"(["1ms", "2ms"])"}};
  options.seed = 99;
  const Combination combination = read(shop_with(R"("seed": 1)"), options).combinations.at(0);

  EXPECT_EQ(combination.plan.producers[0].config.acks, Acks::leader);
  EXPECT_EQ(combination.plan.version.name, "4.0");
  EXPECT_THAT(combination.faults, SizeIs(1));
  EXPECT_EQ(combination.seed, 99u);
}

TEST(Options, ThatAreWrongAreReportedAsSuch) {
  ReadOptions options;
  options.set = {{"/producers/shop/config/acks", "two"},
                 {"/producers/shopp/config/acks", "1"},
                 {"/network/latency", "[1"}};
  EXPECT_THAT(mistakes_in(shop_with(R"("seed": 1)"), options),
              ElementsAre(HasSubstr("--set /network/latency=[1: "),
                          HasSubstr("--set /producers/shop/config/acks=two: \"two\" is not known"),
                          HasSubstr("--set /producers/shopp/config/acks=1: points nowhere")));
}

TEST(Options, SetNothingThatAnAxisVaries) {
  ReadOptions options;
  options.set = {{"/producers/shop/config/acks", "1"}};

  EXPECT_THAT(
      mistakes_in(matrix(R"({"at": "/producers/shop/config/acks", "values": ["0"]})"), options),
      ElementsAre(HasSubstr("--set /producers/shop/config/acks=1: axis \"acks\" varies it")));
}

TEST(Options, VaryMore) {
  ReadOptions options;
  options.vary = {{"/producers/shop/config/acks", "0,all"}, {"/seed", "7,8"}, {"/runs", "1,2"}};
  const Scenario scenario =
      read(matrix(R"({"axis": "the acks", "at": "/producers/shop/config/acks", "values": ["1"]})"),
           options);

  EXPECT_THAT(scenario.axes, ElementsAre("the acks", "seed", "/runs"));
  EXPECT_THAT(rows_of(scenario), ElementsAre("0 7 1", "0 7 2", "0 8 1", "0 8 2", "all 7 1",
                                             "all 7 2", "all 8 1", "all 8 2"));
}

TEST(Options, KeepOnlySomeCombinations) {
  const std::string text = matrix(
      R"({"at": "/producers/shop/config/acks", "values": ["0", "1"]}, {"at": "/seed", "values": [1, 2]})");
  ReadOptions options;
  options.where = {{"acks", "1"}, {"seed", "2"}};

  EXPECT_THAT(rows_of(read(text, options)), ElementsAre("1 2"));

  options.where = {{"ack", "1"}, {"seed", "3"}};
  EXPECT_THAT(
      mistakes_in(text, options),
      ElementsAre(HasSubstr("--where ack=1: there is no axis \"ack\"; did you mean \"acks\"?"),
                  HasSubstr("--where seed=3: axis \"seed\" has no value \"3\"")));
}

TEST(Matrix, KnowsWhichAxesOnlySetFate) {
  const Scenario scenario = read(matrix(
      R"json({"at": "/producers/shop/config/acks", "values": ["1", "all"]},
             {"at": "/seed", "values": [1, 2]},
             {"axis": "n", "at": "/runs", "values": [1, 2]},
             {"axis": "fault", "patches": [
               {"name": "none", "set": {}},
               {"name": "crash", "set": {"faults": [
                 {"when": {"at": "1s"}, "do": "crash", "target": "broker(1)"}]}}]},
             {"axis": "both", "patches": [
               {"name": "a", "set": {"faults": []}},
               {"name": "b", "set": {"faults": [], "horizon": "2h"}}]})json"));

  EXPECT_THAT(scenario.axis_only_sets_fate, ElementsAre(false, true, true, true, false));
}

TEST(Matrix, KeepsTheColumnsOfExplorationsFree) {
  const auto axis = [](const std::string& name) {
    return matrix(R"({"at": "/producers/shop/config/acks", "values": [1], "axis": ")" + name +
                  "\"}");
  };

  EXPECT_THAT(mistakes_in(axis("smallest")),
              Contains(HasSubstr("is the name of a column of explorations")));
  EXPECT_THAT(mistakes_in(axis("small")), IsEmpty());
}

}  // namespace
}  // namespace kafault
