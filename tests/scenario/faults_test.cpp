// Misfortunes, as a file states them and as a run needs them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/scenario/reading.hpp"

namespace kafault {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using Kind = Target::Kind;

FaultPlan fault(const std::string& text) { return read_one(shop_with_fault(text)).faults.at(0); }
std::vector<std::string> mistakes_with_fault(const std::string& text) {
  return mistakes_in(shop_with_fault(text));
}

TEST(Faults, StrikeAtATime) {
  const FaultPlan plan =
      fault(R"j({"name": "x", "when": {"at": "2s"}, "do": "crash", "target": "broker(2)",
                "for": "5s"})j");

  EXPECT_EQ(plan.name, "x");
  EXPECT_EQ(plan.when.kind, Trigger::Kind::at);
  EXPECT_EQ(plan.when.at, Duration(2s));
  EXPECT_EQ(plan.action, Action::crash);
  EXPECT_EQ(plan.target, (Target{Kind::broker, 2}));
  EXPECT_EQ(plan.lasts, Duration(5s));
  EXPECT_EQ(plan.times, 1);
  EXPECT_EQ(plan.after, -1);
}

TEST(Faults, StrikeSeveralProcessesInOneMoment) {
  const FaultPlan plan = fault(
      R"j({"when": {"at": "2s"}, "do": "power_loss", "target": ["broker(1)", "leader(orders-0)"],
          "for": "5s"})j");

  EXPECT_EQ(plan.action, Action::power_loss);
  EXPECT_EQ(plan.target, (Target{Kind::broker, 1}));
  EXPECT_THAT(plan.others, ElementsAre(Target{Kind::leader, 0}));
  EXPECT_THAT(mistakes_with_fault(R"j({"when": {"at": "2s"}, "do": "crash", "target": []})j"),
              ElementsAre(HasSubstr("it strikes nobody")));
  EXPECT_THAT(
      mistakes_with_fault(R"j({"when": {"at": "2s"}, "do": "leave", "target": ["billing-0"]})j"),
      ElementsAre(HasSubstr("a list stands where a text belongs")));
}

TEST(Faults, DeleteRecordsBelowAnOffset) {
  const FaultPlan plan = fault(
      R"j({"when": {"at": "2s"}, "do": "delete_records", "target": "partition(orders-0)",
          "before": 60})j");

  EXPECT_EQ(plan.target, (Target{Kind::partition, 0}));
  EXPECT_EQ(plan.before, 60);
  EXPECT_EQ(fault(R"j({"when": {"at": "2s"}, "do": "delete_records",
                       "target": "partition(orders-0)"})j")
                .before,
            no_offset)
      << "all that is committed";
  EXPECT_THAT(mistakes_with_fault(
                  R"j({"when": {"at": "2s"}, "do": "crash", "target": "broker(1)", "before": 1})j"),
              ElementsAre(HasSubstr("is for \"delete_records\"")));
}

TEST(Faults, ChangeTheSettingsOfATopic) {
  const FaultPlan plan = fault(
      R"j({"when": {"at": "2s"}, "do": "change_config", "target": "topic(orders)", "for": "5s",
          "config": {"min.insync.replicas": 1, "retention.ms": "60000"}})j");

  EXPECT_THAT(plan.changes, ElementsAre(0));
  EXPECT_THAT(plan.undoing, ElementsAre(1));
  EXPECT_EQ(plan.settings, "min.insync.replicas=1, retention.ms=60000");
  EXPECT_THAT(mistakes_with_fault(R"j({"when": {"at": "2s"}, "do": "change_config",
                                       "target": "topic(orders)"})j"),
              ElementsAre(HasSubstr("\"config\" is missing")));
  EXPECT_THAT(mistakes_with_fault(R"j({"when": {"at": "2s"}, "do": "change_config",
                                       "target": "topic(orders)",
                                       "config": {"min.insync.replicas": 0}})j"),
              ElementsAre(HasSubstr("0 is less than 1")));
  EXPECT_THAT(mistakes_with_fault(R"j({"when": {"at": "2s"}, "do": "change_config",
                                       "config": {"replica.lag.time.max.ms": 5}})j"),
              ElementsAre(HasSubstr("does not change while the brokers run")));
  EXPECT_THAT(mistakes_with_fault(R"j({"when": {"at": "2s"}, "do": "crash", "target": "broker(1)",
                                       "config": {}})j"),
              ElementsAre(HasSubstr("is for \"change_config\"")));
}

TEST(Faults, ElectOfOneTypeOrTheOther) {
  EXPECT_EQ(fault(R"j({"when": {"at": "2s"}, "do": "elect"})j").election, ElectionType::preferred);
  EXPECT_EQ(fault(R"j({"when": {"at": "2s"}, "do": "elect", "target": "partition(orders-0)",
                       "election": "unclean"})j")
                .election,
            ElectionType::unclean);
  EXPECT_THAT(mistakes_with_fault(R"j({"when": {"at": "2s"}, "do": "elect", "election": "any"})j"),
              ElementsAre(HasSubstr("preferred")));
  EXPECT_THAT(mistakes_with_fault(R"j({"when": {"at": "2s"}, "do": "crash", "target": "broker(1)",
                                       "election": "unclean"})j"),
              ElementsAre(HasSubstr("is for \"elect\"")));
}

TEST(Faults, ReassignToAListOrCallItOff) {
  const FaultPlan plan = fault(
      R"j({"when": {"at": "2s"}, "do": "reassign", "target": "partition(orders-0)",
          "replicas": [3, 1]})j");
  EXPECT_THAT(std::vector<NodeId>(plan.replicas.begin(), plan.replicas.end()), ElementsAre(3, 1));
  EXPECT_TRUE(fault(R"j({"when": {"at": "2s"}, "do": "reassign", "target": "partition(orders-0)",
                         "replicas": "cancel"})j")
                  .cancels);
  EXPECT_THAT(mistakes_with_fault(R"j({"when": {"at": "2s"}, "do": "reassign",
                                       "target": "partition(orders-0)", "replicas": [9]})j"),
              ElementsAre(HasSubstr("there is no broker 9")));
  EXPECT_THAT(mistakes_with_fault(R"j({"when": {"at": "2s"}, "do": "reassign",
                                       "target": "partition(orders-0)"})j"),
              ElementsAre(HasSubstr("\"replicas\" is missing")));
  EXPECT_THAT(mistakes_with_fault(R"j({"when": {"at": "2s"}, "do": "reassign",
                                       "replicas": [1]})j"),
              ElementsAre(HasSubstr("\"target\" is missing")));
}

TEST(Faults, StrikeAWholeRack) {
  const auto with_racks = [](const std::string& target) {
    return R"j({"brokers": {"count": 4, "racks": ["a", "b", "a", "b"]}, "producers": {"shop": {}},
                "faults": [{"when": {"at": "2s"}, "do": "crash", "target": ")j" +
           target + R"j("}]})j";
  };
  const FaultPlan plan = read_one(with_racks("rack(b)")).faults.at(0);

  EXPECT_EQ(plan.target, (Target{Kind::broker, 2}));
  EXPECT_THAT(plan.others, ElementsAre(Target{Kind::broker, 4}));
  EXPECT_THAT(mistakes_in(with_racks("rack(c)")), ElementsAre(HasSubstr("no broker stands there")));
}

TEST(Faults, RestartEveryBrokerInItsTurn) {
  const FaultPlan plan =
      fault(R"j({"when": {"at": "2s"}, "do": "rolling_restart", "for": "5s", "pause": "1s"})j");
  EXPECT_EQ(plan.times, 3);
  EXPECT_EQ(plan.by, std::chrono::seconds(1));
  EXPECT_THAT(mistakes_with_fault(R"j({"when": {"at": "2s"}, "do": "rolling_restart"})j"),
              ElementsAre(HasSubstr("\"for\" is missing")));
  EXPECT_THAT(mistakes_with_fault(R"j({"when": {"at": "2s"}, "do": "rolling_restart", "for": "1s",
                                       "target": "broker(1)"})j"),
              ElementsAre(HasSubstr("is for all brokers")));
}

// Only a broker's disk is modelled, and a client may note the event.
TEST(Faults, OfAMachineNameTheMachine) {
  EXPECT_THAT(mistakes_with_fault(R"j({"when": {"event": "RecordSent"}, "do": "power_loss"})j"),
              ElementsAre(HasSubstr("\"target\" is missing")));
  EXPECT_THAT(mistakes_with_fault(
                  R"j({"when": {"at": "1s"}, "do": "replace_disk", "target": "producer(shop)"})j"),
              ElementsAre(HasSubstr("cannot be meant here")));
}

// Where nobody loses power, nobody asks what is on disk.
TEST(Faults, LetTheLogsKeepTimesOnlyIfPowerIsLost) {
  const auto may_lose_power = [](const std::string& text) {
    return read_one(shop_with_fault(text)).plan.disk.may_lose_power;
  };

  EXPECT_TRUE(
      may_lose_power(R"j({"when": {"at": "1s"}, "do": "power_loss", "target": "broker(1)"})j"));
  EXPECT_FALSE(may_lose_power(R"j({"when": {"at": "1s"}, "do": "crash", "target": "broker(1)"})j"));
}

TEST(Faults, StrikeAMessage) {
  const FaultPlan plan =
      fault(R"j({"when": {"message": "ProduceResponse", "on": "received", "nth": 31,
                         "from": "leader(orders-0)", "to": "shop", "since": "900ms"},
                "do": "delay", "by": "1s", "times": "all", "for": "3s"})j");

  EXPECT_EQ(plan.name, "delay");
  EXPECT_EQ(plan.when.kind, Trigger::Kind::message);
  EXPECT_EQ(plan.when.message, MessageKind::ProduceResponse);
  EXPECT_TRUE(plan.when.on_received);
  EXPECT_EQ(plan.when.nth, 31);
  EXPECT_EQ(plan.when.from, (Target{Kind::leader, 0}));
  EXPECT_EQ(plan.when.to, (Target{Kind::producer, 0}));
  EXPECT_EQ(plan.when.since, Duration(900ms));
  EXPECT_EQ(plan.by, Duration(1s));
  EXPECT_EQ(plan.times, all_times);
}

TEST(Faults, StrikeWhoeverNotedAnEvent) {
  const FaultPlan plan = fault(
      R"j({"when": {"event": "RecordProcessed", "nth": 40, "of": "billing-0"}, "do": "crash"})j");

  EXPECT_EQ(plan.when.event, ObservationKind::RecordProcessed);
  EXPECT_EQ(plan.when.nth, 40);
  EXPECT_EQ(plan.when.of, (Target{Kind::member, 5})) << "controller, 3 brokers, shop, billing-0";
  EXPECT_EQ(plan.target.kind, Kind::everyone);
}

TEST(Faults, StrikeByChance) {
  const FaultPlan plan =
      fault(R"j({"when": {"chance": "1/1000", "message": "FetchResponse"}, "do": "swallow"})j");

  EXPECT_EQ(plan.when.kind, Trigger::Kind::chance);
  EXPECT_EQ(plan.when.chance_numerator, 1);
  EXPECT_EQ(plan.when.chance_denominator, 1000);
  EXPECT_EQ(plan.when.message, MessageKind::FetchResponse);
}

TEST(Faults, StrikeAnywhere) {
  const FaultPlan message = fault(
      R"j({"when": "anywhere", "message": "ProduceResponse", "from": "broker(1)", "on": "received",
          "do": "drop_connection"})j");
  const FaultPlan process = fault(
      R"j({"when": "anywhere", "do": "pause", "target": "coordinator(billing)", "for": "1s"})j");
  const FaultPlan handling =
      fault(R"j({"when": "anywhere", "do": "fail_handling", "target": "billing"})j");

  EXPECT_EQ(message.when.kind, Trigger::Kind::anywhere);
  EXPECT_EQ(message.when.message, MessageKind::ProduceResponse);
  EXPECT_EQ(message.when.from, (Target{Kind::broker, 1}));
  EXPECT_TRUE(message.when.on_received);
  EXPECT_THAT(message.from, IsEmpty());
  EXPECT_EQ(process.target, (Target{Kind::coordinator, 0}));
  EXPECT_EQ(handling.target, (Target{Kind::group, 0}));
}

TEST(Faults, IsolateFromOneFromSeveralOrFromEveryone) {
  const FaultPlan several =
      fault(R"j({"when": {"at": "1s"}, "do": "isolate", "target": "broker(1)", "direction": "in",
                "from": ["broker(2)", "controller", "billing", "shop"]})j");
  const FaultPlan one = fault(
      R"j({"when": {"at": "1s"}, "do": "isolate", "target": "controller", "from": "follower(orders-0)"})j");

  EXPECT_THAT(several.from, ElementsAre(Target{Kind::broker, 2}, Target{Kind::controller, 0},
                                        Target{Kind::group, 0}, Target{Kind::producer, 0}));
  EXPECT_EQ(several.direction, Direction::in);
  EXPECT_THAT(one.from, ElementsAre(Target{Kind::follower, 0}));
  EXPECT_EQ(one.direction, Direction::both);
}

TEST(Faults, SlowDownByAFactorOrAHandlingByADuration) {
  EXPECT_EQ(fault(R"j({"when": {"at": "1s"}, "do": "slow", "target": "shop", "by": 10})j").factor,
            10);
  const std::string delivered =
      R"j({"when": {"event": "RecordDelivered"}, "do": "slow_handling",)j";
  EXPECT_EQ(fault(delivered + R"j("by": "8s"})j").slow_by, Duration(8s));
  EXPECT_EQ(fault(delivered + R"j("by": 3})j").factor, 3);
}

TEST(Faults, WaitForOneAnother) {
  const Combination combination = read_one(shop_with(R"j("faults": [
      {"name": "second", "when": {"at": "1s"}, "after": "first", "do": "crash", "target": "shop"},
      {"name": "first", "when": {"at": "1s"}, "do": "pause", "target": "broker(1)"}])j"));

  EXPECT_EQ(combination.faults[0].after, 1);
  EXPECT_EQ(combination.faults[1].after, -1);
}

TEST(Faults, WithoutANameAreCalledAfterWhatTheyDo) {
  const Combination combination = read_one(shop_with(R"j("faults": [
      {"when": {"at": "1s"}, "do": "crash", "target": "broker(1)"},
      {"when": {"at": "2s"}, "do": "crash", "target": "broker(2)"}])j"));

  EXPECT_EQ(combination.faults[0].name, "crash");
  EXPECT_EQ(combination.faults[1].name, "crash 2");
}

TEST(Joins, AddTheMemberThatTheyName) {
  const Combination combination = read_one(
      shop_with_fault(R"j({"when": {"at": "1s"}, "do": "join", "target": "member(billing-2)"})j"));
  const GroupPlan& group = combination.plan.groups[0];

  ASSERT_THAT(group.members, SizeIs(2));
  EXPECT_EQ(group.members[1].name, "billing-2");
  EXPECT_TRUE(group.members[1].joins_by_fault);
  EXPECT_FALSE(group.members[0].joins_by_fault);
  EXPECT_EQ(combination.faults[0].target, (Target{Kind::member, 6}));
}

TEST(Joins, OfAGroupAddItsNextMembers) {
  const Combination combination = read_one(shop_with(R"j("faults": [
      {"when": {"at": "1s"}, "do": "join", "target": "billing"},
      {"when": {"at": "2s"}, "do": "join", "target": "group(billing)"},
      {"when": {"at": "3s"}, "do": "leave", "target": "billing-1"}])j"));

  ASSERT_THAT(combination.plan.groups[0].members, SizeIs(3));
  EXPECT_EQ(combination.faults[0].target, (Target{Kind::member, 6}));
  EXPECT_EQ(combination.faults[1].target, (Target{Kind::member, 7}));
  EXPECT_EQ(combination.faults[2].target, (Target{Kind::member, 6}));
}

TEST(RecordByRecord, IsForGroupsOfWhichAFaultNamesSingleRecords) {
  const auto is_for = [](const std::string& text) {
    return read_one(R"j({"producers": {"shop": {}}, "groups": {"billing": {}, "audit": {}},
                        "faults": [)j" +
                    text + "]}");
  };
  const auto of_group =
      is_for(R"j({"when": {"event": "RecordProcessed", "of": "audit"}, "do": "crash"})j").plan;
  EXPECT_FALSE(of_group.groups[0].application.record_by_record);
  EXPECT_TRUE(of_group.groups[1].application.record_by_record);

  const auto of_all = is_for(R"j({"when": {"event": "EffectApplied"}, "do": "crash"})j").plan;
  EXPECT_TRUE(of_all.groups[0].application.record_by_record);

  const auto of_member =
      is_for(R"j({"when": "anywhere", "do": "crash", "target": "billing-0"})j").plan;
  EXPECT_TRUE(of_member.groups[0].application.record_by_record);
  EXPECT_FALSE(of_member.groups[1].application.record_by_record);

  const auto of_broker =
      is_for(R"j({"when": "anywhere", "do": "crash", "target": "broker(1)"})j").plan;
  EXPECT_FALSE(of_broker.groups[0].application.record_by_record);

  const auto of_message =
      is_for(R"j({"when": {"message": "FetchRequest"}, "do": "drop_connection"})j").plan;
  EXPECT_FALSE(of_message.groups[0].application.record_by_record);
}

TEST(Targets, ThatNoCombinationHasAreMistakes) {
  const std::string begin = R"j({"when": {"at": "1s"}, "do": "crash", "target": ")j";
  const auto mistake = [&](const std::string& target) {
    const auto lines = mistakes_with_fault(begin + target + "\"}");
    return lines.size() == 1 ? lines[0] : "not one mistake";
  };

  EXPECT_THAT(
      mistake("leader(order-0)"),
      HasSubstr("/faults/0/target: \"leader(order-0)\": there is no topic \"order\"; did you "
                "mean \"orders\"?"));
  EXPECT_THAT(mistake("leader(orders-1)"), HasSubstr("\"orders\" has 1 partition, from 0"));
  EXPECT_THAT(mistake("leader(orders)"), HasSubstr("no partition"));
  EXPECT_THAT(mistake("broker(4)"), HasSubstr("there is no broker 4: they are 1 to 3"));
  EXPECT_THAT(mistake("broker(0)"), HasSubstr("there is no broker 0"));
  EXPECT_THAT(mistake("broker(two)"), HasSubstr("there is no broker two"));
  EXPECT_THAT(mistake("coordinator(biling)"), HasSubstr("did you mean \"billing\"?"));
  EXPECT_THAT(mistake("producer(shops)"), HasSubstr("did you mean \"shop\"?"));
  EXPECT_THAT(mistake("member(billing-1)"), HasSubstr("did you mean \"billing-0\"?"));
  EXPECT_THAT(mistake("shpo"), HasSubstr("did you mean \"shop\"?"));
  EXPECT_THAT(mistake("broker"), HasSubstr("write one of broker(2)"));
  EXPECT_THAT(mistake("topic(orders)"), HasSubstr("cannot be meant here"));
  EXPECT_THAT(mistake("billing"), HasSubstr("did you mean \"billing-0\"?"));
  EXPECT_THAT(mistake("broker(2"), HasSubstr("is no target"));
  EXPECT_THAT(mistake("brokr(2)"), HasSubstr("did you mean \"broker\"?"));
  EXPECT_THAT(mistake(""), HasSubstr("names nothing here"));
}

TEST(Targets, ThatSomeCombinationsHaveLeaveNothingToStrikeInTheOthers) {
  const Scenario scenario = read(shop_with(R"j(
      "faults": [
        {"name": "crash", "when": {"at": "1s"}, "do": "crash", "target": "broker(2)"},
        {"name": "then", "when": {"at": "1s"}, "after": "crash", "do": "pause", "target": "shop"},
        {"name": "other", "when": {"at": "1s"}, "do": "pause", "target": "shop"},
        {"name": "last", "when": {"at": "1s"}, "after": "other", "do": "pause", "target": "shop"}],
      "matrix": [{"at": "/brokers/count", "values": [1, 3]}])j"));

  EXPECT_THAT(scenario.combinations[0].nothing_to_strike, ElementsAre("crash", "then"));
  ASSERT_THAT(scenario.combinations[0].faults, SizeIs(2));
  EXPECT_EQ(scenario.combinations[0].faults[0].name, "other");
  EXPECT_EQ(scenario.combinations[0].faults[1].after, 0);
  EXPECT_THAT(scenario.combinations[1].nothing_to_strike, IsEmpty());
  EXPECT_THAT(scenario.combinations[1].faults, SizeIs(4));
}

TEST(Targets, WithTwoMeaningsMustBeSpelledOut) {
  const auto lines = mistakes_in(R"j({"producers": {"x": {}}, "groups": {"x": {}},
      "faults": [{"when": {"event": "RecordSent", "of": "x"}, "do": "crash"}]})j");

  EXPECT_THAT(lines, ElementsAre(HasSubstr("/faults/0/when/of: \"x\" is the name of several")));
}

TEST(Faults, ThatContradictThemselvesAreMistakes) {
  const auto mistake = [](const std::string& text) {
    const auto lines = mistakes_with_fault(text);
    return lines.empty() ? "none" : lines[0];
  };
  EXPECT_THAT(mistake(R"j({"do": "crash", "target": "shop"})j"), HasSubstr("\"when\" is missing"));
  EXPECT_THAT(mistake(R"j({"when": {"at": "1s"}})j"), HasSubstr("\"do\" is missing"));
  EXPECT_THAT(mistake(R"j({"when": {}, "do": "crash", "target": "shop"})j"),
              HasSubstr("no moment"));
  EXPECT_THAT(mistake(R"j({"when": "anywere", "do": "crash", "target": "shop"})j"),
              HasSubstr("\"anywere\" is not known; did you mean \"anywhere\"?"));
  EXPECT_THAT(mistake(R"j({"when": {"at": "1s"}, "do": "crash"})j"),
              HasSubstr("\"target\" is missing"));
  EXPECT_THAT(mistake(R"j({"when": {"at": "1s", "nth": 2}, "do": "crash", "target": "shop"})j"),
              HasSubstr("/faults/0/when/nth: does not go with \"at\""));
  EXPECT_THAT(mistake(R"j({"when": {"at": "1s"}, "do": "swallow"})j"),
              HasSubstr("strikes a message"));
  EXPECT_THAT(mistake(R"j({"when": {"event": "RecordSent"}, "do": "delay", "by": "1s"})j"),
              HasSubstr("strikes a message"));
  EXPECT_THAT(mistake(R"j({"when": {"event": "RecordProcessed"}, "do": "fail_handling"})j"),
              HasSubstr("RecordDelivered"));
  EXPECT_THAT(mistake(R"j({"when": {"message": "FetchRequest"}, "do": "delay"})j"),
              HasSubstr("\"by\" is missing"));
  EXPECT_THAT(mistake(R"j({"when": {"message": "FetchRequest"}, "do": "swallow", "by": "1s"})j"),
              HasSubstr("takes no \"by\""));
  EXPECT_THAT(
      mistake(R"j({"when": {"message": "FetchRequest"}, "do": "swallow", "target": "shop"})j"),
      HasSubstr("has no target"));
  EXPECT_THAT(mistake(R"j({"when": {"at": "1s"}, "do": "slow", "target": "shop", "by": 1})j"),
              HasSubstr("1 is less than 2"));
  EXPECT_THAT(mistake(R"j({"when": {"at": "1s"}, "do": "crash", "target": "shop", "times": 2})j"),
              HasSubstr("strikes once"));
  EXPECT_THAT(mistake(R"j({"when": {"event": "RecordSent"}, "do": "crash", "times": "all"})j"),
              HasSubstr("needs \"for\""));
  EXPECT_THAT(mistake(R"j({"when": {"event": "RecordSent"}, "do": "crash", "times": 0})j"),
              HasSubstr("0 is less than 1"));
  EXPECT_THAT(mistake(R"j({"when": {"event": "RecordSent", "nth": 0}, "do": "crash"})j"),
              HasSubstr("0 is less than 1"));
  EXPECT_THAT(mistake(R"j({"when": {"event": "RecordsSent"}, "do": "crash"})j"),
              HasSubstr("did you mean \"RecordSent\"?"));
  EXPECT_THAT(mistake(R"j({"when": {"event": "LogRead"}, "do": "crash"})j"),
              HasSubstr("cannot make a fault strike"));
  EXPECT_THAT(mistake(R"j({"when": {"message": "ProduceRespons"}, "do": "swallow"})j"),
              HasSubstr("did you mean \"ProduceResponse\"?"));
  EXPECT_THAT(mistake(R"j({"when": {"chance": "0.1"}, "do": "crash", "target": "shop"})j"),
              HasSubstr("is no chance"));
  EXPECT_THAT(mistake(R"j({"when": "anywhere", "do": "swallow"})j"),
              HasSubstr("\"message\" is missing"));
  EXPECT_THAT(mistake(R"j({"when": {"at": "1s"}, "do": "expire_offsets", "target": "shop"})j"),
              HasSubstr("\"expire_offsets\" is not modelled yet"));
  EXPECT_THAT(mistake(R"j({"when": {"at": "1s"}, "do": "crahs", "target": "shop"})j"),
              HasSubstr("did you mean \"crash\"?"));
  EXPECT_THAT(mistake(R"j({"when": {"at": "1s"}, "do": "crash", "target": "shop",
                          "direction": "in"})j"),
              HasSubstr("is for \"isolate\""));
  EXPECT_THAT(mistake(R"j({"when": {"at": "1s"}, "do": "crash", "target": "shop", "for": "0s"})j"),
              HasSubstr("less than 1ns"));
  EXPECT_THAT(mistake(R"j("a fault")j"), HasSubstr("stands where an object belongs"));
}

TEST(Faults, WithOneNameAreMistakes) {
  const auto lines = mistakes_in(shop_with(R"j("faults": [
{"name": "x", "when": {"at": "1s"}, "do": "crash", "target": "shop"},
{"name": "x", "when": {"at": "2s"}, "do": "crash", "target": "shop"}])j"));

  EXPECT_THAT(lines,
              ElementsAre("orders.json:3:10: /faults/1/name: another fault is called \"x\""));
}

TEST(Faults, ThatWaitForNobodyOrForThemselvesAreMistakes) {
  const auto lines = mistakes_in(shop_with(R"j("faults": [
      {"name": "a", "after": "b", "when": {"at": "1s"}, "do": "crash", "target": "shop"},
      {"name": "b", "after": "a", "when": {"at": "2s"}, "do": "crash", "target": "shop"}])j"));
  EXPECT_THAT(lines, ElementsAre(HasSubstr("/faults/0: it waits for itself")));

  EXPECT_THAT(mistakes_with_fault(R"j({"name": "first", "after": "frist", "when": {"at": "1s"},
                              "do": "crash", "target": "shop"})j"),
              ElementsAre(HasSubstr("/faults/0/after: there is no fault \"frist\"")));
}

TEST(Faults, StrikeAnywhereOneAtATime) {
  const auto lines = mistakes_in(shop_with(R"j("faults": [
      {"when": "anywhere", "do": "crash", "target": "shop"},
      {"when": "anywhere", "do": "crash", "target": "broker(1)"}])j"));

  EXPECT_THAT(lines, ElementsAre(HasSubstr("only one fault")));
}

}  // namespace
}  // namespace kafault
