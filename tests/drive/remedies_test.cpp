// Remedies are found by exploring: what helps alone, what helps in pairs, what nothing helps.
#include "sim/drive/remedies.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace kafault {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::Gt;
using testing::IsEmpty;
using testing::IsSupersetOf;
using testing::Lt;
using testing::Not;
using testing::SizeIs;

using Changes = std::vector<std::string>;

// One broker unless the test says otherwise: quick to explore.
std::string scenario_with(const std::string& config, const std::string& group = "",
                          const std::string& brokers = R"("brokers": { "count": 1 },)") {
  return "{" + brokers + R"("producers": { "shop": { "config": { "linger.ms": 0, )" + config +
         R"( }, "sends": { "topic": "orders", "records": 3, "every": "20ms" } } })" +
         (group.empty() ? ""
                        : R"(, "groups": { "billing": { "config": )"
                          R"({ "auto.offset.reset": "earliest" }, )" +
                              group + "} }") +
         "}";
}

class Remedies : public testing::Test {
 protected:
  RemedyReport find(const std::string& text, std::vector<Misfortune> misfortunes, int jobs = 1) {
    ExplorationRequest request;
    request.misfortunes = std::move(misfortunes);
    request.merge = false;
    request.jobs = jobs;
    request.interrupted = &interrupted_;
    const Scenario scenario = read_scenario(text, "shop.json", {});
    const ExplorationResult result = explore_scenario(scenario, request);
    interrupted_ = interrupt_;
    return find_remedies(scenario, result.combinations.front(), request);
  }

  static const PromiseRemedies* of(const RemedyReport& report, Promise promise) {
    const auto found =
        std::find_if(report.promises.begin(), report.promises.end(),
                     [&](const PromiseRemedies& one) { return one.promise == promise; });
    return found == report.promises.end() ? nullptr : &*found;
  }
  static std::vector<Changes> changes_for(const RemedyReport& report, Promise promise) {
    std::vector<Changes> list;
    const PromiseRemedies* const found = of(report, promise);
    if (found == nullptr) return list;
    for (const Remedy& remedy : found->remedies) {
      Changes changes;
      for (const Change& change : remedy.changes) {
        changes.push_back(change.name + "=" + change.value);
      }
      list.push_back(std::move(changes));
    }
    return list;
  }

  bool interrupt_ = false;
  std::atomic<bool> interrupted_{false};
};

const std::string without_idempotence = R"("acks": "all", "enable.idempotence": false)";

TEST_F(Remedies, NameIdempotenceWhereALostAckDoubles) {
  const RemedyReport report = find(scenario_with(without_idempotence), {Misfortune::lost_ack});

  const PromiseRemedies* const copies = of(report, Promise::no_copy_in_the_log);
  ASSERT_NE(copies, nullptr);
  EXPECT_EQ(copies->misfortunes, 1U);
  EXPECT_THAT(changes_for(report, Promise::no_copy_in_the_log),
              ElementsAre(Changes{"enable.idempotence=true"}, Changes{"retries=0"}));
  EXPECT_FALSE(copies->remedies[0].is_paid_for());
  EXPECT_EQ(copies->remedies[0].changes[0].pointer, "/producers/shop/config/enable.idempotence");
}

TEST_F(Remedies, SayWhenSendsFailThatDidNot) {
  const RemedyReport report = find(scenario_with(without_idempotence), {Misfortune::lost_ack});

  EXPECT_EQ(report.cost.fails_after, std::nullopt);
  const PromiseRemedies* const copies = of(report, Promise::no_copy_in_the_log);
  ASSERT_NE(copies, nullptr);
  ASSERT_THAT(copies->remedies, SizeIs(2));
  EXPECT_EQ(copies->remedies[0].cost.fails_after, std::nullopt);  // idempotence
  EXPECT_FALSE(copies->remedies[0].is_paid_for());
  EXPECT_EQ(copies->remedies[1].cost.fails_after, 1U);  // retries=0
  EXPECT_TRUE(copies->remedies[1].fails_sooner);
  EXPECT_TRUE(copies->remedies[1].is_paid_for());
}

// Alone, idempotence contradicts acks=1, and acks=all does not save from copies.
TEST_F(Remedies, NameAPairWhereWhatHelpsAloneIsPaidForWithRefusedWrites) {
  const RemedyReport report = find(scenario_with(R"("acks": "1", "enable.idempotence": false)"),
                                   {Misfortune::lost_ack, Misfortune::lost_request});

  EXPECT_THAT(changes_for(report, Promise::no_copy_in_the_log),
              ElementsAre(Changes{"retries=0"}, Changes{"acks=all", "enable.idempotence=true"}));
}

TEST_F(Remedies, NameOnlyAPairWhereNothingHelpsAlone) {
  const RemedyReport report =
      find(scenario_with(R"("acks": "1", "enable.idempotence": false, "retries": 1)",
                         R"("commit": "sync", "sink": "append")"),
           {Misfortune::lost_ack, Misfortune::consumer_crash});

  for (const Changes& changes : changes_for(report, Promise::handled_only_once)) {
    EXPECT_THAT(changes, AllOf(SizeIs(2), Contains("commit=before")));
  }
  EXPECT_THAT(changes_for(report, Promise::handled_only_once), Not(IsEmpty()));
}

// A leader that was paused for longer than its session still acknowledges what it then cuts off.
TEST_F(Remedies, NameAcksAllWhereADeposedLeaderAcknowledges) {
  const RemedyReport report =
      find(scenario_with(R"("acks": "1", "enable.idempotence": false)", R"("commit": "sync")", ""),
           {Misfortune::pause});

  const PromiseRemedies* const lost = of(report, Promise::no_acked_record_lost);
  ASSERT_NE(lost, nullptr);
  EXPECT_EQ(changes_for(report, Promise::no_acked_record_lost).front(), Changes{"acks=all"});
  EXPECT_THAT(lost->remedies[0].cost.ack, Gt(report.cost.ack));
  EXPECT_THAT(report.cost.ack, Gt(Duration{}));
}

TEST_F(Remedies, NameSinksThatHideWhatWasHandledTwice) {
  const RemedyReport report =
      find(scenario_with(R"("acks": "all")", R"("commit": "sync")"), {Misfortune::consumer_crash});

  EXPECT_THAT(changes_for(report, Promise::effect_only_once),
              IsSupersetOf({Changes{"sink=upsert"}, Changes{"sink=unique_id"}}));
  const auto handled = changes_for(report, Promise::handled_only_once);
  ASSERT_THAT(handled, ElementsAre(Changes{"commit=before"}));
  const Remedy& before = of(report, Promise::handled_only_once)->remedies[0];
  EXPECT_THAT(before.now_broken,
              ElementsAre(std::pair(Promise::every_record_handled, std::size_t{1})));
  EXPECT_TRUE(before.is_paid_for());
}

TEST_F(Remedies, CountWhatCommitsCost) {
  const RemedyReport report =
      find(scenario_with(R"("acks": "all")", R"("commit": "sync")"), {Misfortune::consumer_crash});
  const RemedyReport each = find(scenario_with(R"("acks": "all")", R"("commit": "each_record")"),
                                 {Misfortune::consumer_crash});

  EXPECT_THAT(report.cost.commits, Gt(0));
  EXPECT_THAT(report.cost.commits, Lt(each.cost.commits));
}

// Whoever commits before handling forgets what was under way, and the sink is not to blame: only
// another commit strategy helps, and that is what all remedies say.
TEST_F(Remedies, NameEveryStrategyThatHandlesAtAll) {
  const RemedyReport report = find(scenario_with(R"("acks": "all")", R"("commit": "before")"),
                                   {Misfortune::consumer_crash});

  EXPECT_THAT(changes_for(report, Promise::every_record_handled),
              ElementsAre(Changes{"commit=sync"}, Changes{"commit=each_record"},
                          Changes{"commit=worker_ordered"}));
}

std::string scenario_with_groups(const std::vector<std::string>& names) {
  std::string groups;
  for (const std::string& name : names) {
    groups += (groups.empty() ? "\"" : ", \"") + name +
              R"(": { "config": { "auto.offset.reset": "earliest" }, "commit": "sync" })";
  }
  return R"({ "brokers": { "count": 1 }, "producers": { "shop": { "sends": { "records": 2 } } },
              "groups": { )" +
         groups + " } }";
}

TEST_F(Remedies, NameAChangeOfEachGroupThatNeedsIt) {
  const RemedyReport report =
      find(scenario_with_groups({"billing", "audit"}), {Misfortune::consumer_crash});

  EXPECT_THAT(changes_for(report, Promise::handled_only_once),
              ElementsAre(Changes{"billing: commit=before", "audit: commit=before"}));
}

// Three groups take three changes.
TEST_F(Remedies, MayBeNone) {
  const RemedyReport report =
      find(scenario_with_groups({"billing", "audit", "search"}), {Misfortune::consumer_crash});

  const PromiseRemedies* const handled = of(report, Promise::handled_only_once);
  ASSERT_NE(handled, nullptr);
  EXPECT_THAT(handled->remedies, IsEmpty());
  EXPECT_THAT(handled->tried, Gt(report.candidates));
  EXPECT_TRUE(report.complete);
}

// acks=all brings the retries that double a record: it takes idempotence to pay for nothing.
TEST_F(Remedies, GoOnWhereTheSmallestBreaksAnotherPromise) {
  const RemedyReport report = find(scenario_with(R"("acks": "0", "enable.idempotence": false)"),
                                   {Misfortune::lost_request, Misfortune::lost_ack});

  EXPECT_THAT(changes_for(report, Promise::no_acked_record_lost),
              AllOf(Contains(Changes{"acks=all"}),
                    Contains(Changes{"acks=all", "enable.idempotence=true"})));
}

TEST_F(Remedies, AreNotSoughtWhereNothingIsBroken) {
  const RemedyReport report = find(scenario_with(R"("acks": "all")"), {Misfortune::lost_ack});

  EXPECT_THAT(report.promises, IsEmpty());
  EXPECT_TRUE(report.complete);
}

TEST_F(Remedies, AreTheSameWithAnyNumberOfThreads) {
  const std::string text =
      scenario_with(R"("acks": "1", "enable.idempotence": false)", R"("commit": "sync")");
  const std::vector<Misfortune> misfortunes{Misfortune::lost_ack, Misfortune::consumer_crash};
  const RemedyReport one = find(text, misfortunes, 1);
  const RemedyReport three = find(text, misfortunes, 3);

  ASSERT_THAT(one.promises, Not(IsEmpty()));
  ASSERT_EQ(one.promises.size(), three.promises.size());
  for (const PromiseRemedies& found : one.promises) {
    EXPECT_EQ(changes_for(one, found.promise), changes_for(three, found.promise));
    EXPECT_EQ(found.tried, of(three, found.promise)->tried);
  }
}

TEST_F(Remedies, SayThatASearchWasStopped) {
  interrupt_ = true;

  const RemedyReport report = find(scenario_with(without_idempotence), {Misfortune::lost_ack});

  EXPECT_FALSE(report.complete);
}

}  // namespace
}  // namespace kafault
