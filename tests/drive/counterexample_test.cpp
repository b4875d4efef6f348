// A counterexample counts only if an ordinary run shows it, and its file shows it for ever.
#include "sim/drive/counterexample.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "sim/drive/campaign.hpp"
#include "sim/drive/expectation_check.hpp"
#include "sim/drive/exploration_campaign.hpp"

namespace kafault {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using Document = nlohmann::ordered_json;

constexpr const char* fallible_shop = R"json({
  "title": "A shop",
  "brokers": { "count": 2 },
  "topics": { "orders": { "replication.factor": 2 } },
  "producers": { "shop": {
    "config": { "linger.ms": 0, "acks": "all", "enable.idempotence": false },
    "sends": { "topic": "orders", "records": 100, "every": "20ms" } } },
  "groups": { "billing": { "config": { "auto.offset.reset": "earliest" }, "commit": "sync",
                           "handling": { "takes": "5ms" }, "members": 2 } },
  "matrix": [
    { "axis": "acks", "at": "/producers/shop/config/acks", "values": ["0", "1", "all"] },
    { "axis": "commit", "at": "/groups/billing/commit", "values": ["sync", "before"] } ]
})json";

// Without an unclean election there is nothing to lose; it takes a follower that is behind first.
constexpr const char* unclean_shop = R"json({
  "brokers": { "count": 2, "config": { "unclean.leader.election.enable": true } },
  "topics": { "orders": { "replication.factor": 2, "assignment": [[1, 2]] } },
  "producers": { "shop": {
    "config": { "linger.ms": 0, "acks": "all", "enable.idempotence": true },
    "sends": { "topic": "orders", "records": 1 } } }
})json";

std::uint32_t bit(Promise promise) { return 1U << static_cast<unsigned>(promise); }

std::size_t faults_in(const std::string& document) {
  return Document::parse(document)["faults"].size();
}

struct Explored {
  Scenario scenario;
  ExplorationResult result;
};

Explored explored(const char* text, std::size_t budget, std::vector<Misfortune> misfortunes) {
  Explored explored{read_scenario(text, "shop.json", {}), {}};
  ExplorationRequest request;
  request.budget = budget;
  request.misfortunes = std::move(misfortunes);
  request.records = 2;
  request.merge = budget > 1;
  explored.result = explore_scenario(explored.scenario, request);
  return explored;
}

// One exploration for the tests that look at different sides of it.
const Explored& fallible() {
  static const Explored once =
      explored(fallible_shop, 1, {default_misfortunes.begin(), default_misfortunes.end()});
  return once;
}

TEST(Counterexample, IsConfirmedByAnOrdinaryRun) {
  std::size_t confirmed = 0;
  for (const ExploredCombination& one : fallible().result.combinations) {
    for (const auto& [name, promise] : Spellings<Promise>::all) {
      if (!one.counterexample(promise)) continue;
      SCOPED_TRACE(testing::Message()
                   << one.axis_values[0] << " " << one.axis_values[1] << " " << name);
      const std::optional<Counterexample>& confirmation = one.confirmation(promise);
      ASSERT_TRUE(confirmation);
      EXPECT_EQ(faults_in(confirmation->document), one.counterexample(promise)->size());
      const std::optional<OrdinaryRun> again = play(confirmation->document);
      ASSERT_TRUE(again);
      EXPECT_EQ(again->digest, confirmation->digest);
      EXPECT_NE(again->broken & bit(promise), 0U);
      ++confirmed;
    }
  }
  EXPECT_GE(confirmed, 15U);
}

// As `kafault run` and `kafault check` would.
TEST(Counterexample, ReplaysFromItsFileToTheSameDigest) {
  for (const ExploredCombination& one : fallible().result.combinations) {
    for (const auto& [name, promise] : Spellings<Promise>::all) {
      if (!one.confirmation(promise)) continue;
      const Counterexample small = shrink(*one.confirmation(promise), promise);
      const CounterexampleFile file = file_of(small, promise, fallible().scenario,
                                              fallible().scenario.combinations[one.combination]);
      SCOPED_TRACE(file.name);

      const Scenario read = read_scenario(file.text, file.name, {});
      const Inspection run = inspect(read.combinations.at(0));
      const CampaignResult campaign = run_campaign(read, {});

      EXPECT_EQ(run.digest, small.digest);
      EXPECT_THAT(read.expect, SizeIs(testing::Ge(1U)));
      EXPECT_THAT(failures_of(read.expect, campaign.table), IsEmpty());
      EXPECT_THAT(file.text, HasSubstr(std::string(name)));
    }
  }
}

TEST(Counterexample, IsNamedAfterWhatItShows) {
  const ExploredCombination& acks_0 = fallible().result.combinations[0];
  const auto file =
      file_of(*acks_0.confirmation(Promise::no_acked_record_lost), Promise::no_acked_record_lost,
              fallible().scenario, fallible().scenario.combinations[acks_0.combination]);

  EXPECT_EQ(file.name, "shop-no-acked-record-lost-acks=0-commit=sync.json");
}

TEST(Counterexample, ThatNeedsTwoMisfortunesKeepsBoth) {
  const Explored unclean = explored(unclean_shop, 2, {Misfortune::crash});
  const ExploredCombination& one = unclean.result.combinations.at(0);

  ASSERT_TRUE(one.counterexample(Promise::no_acked_record_lost));
  ASSERT_THAT(*one.counterexample(Promise::no_acked_record_lost), SizeIs(2));
  const std::optional<Counterexample>& found = one.confirmation(Promise::no_acked_record_lost);
  ASSERT_TRUE(found);
  EXPECT_EQ(faults_in(found->document), 2U);
  const Counterexample small = shrink(*found, Promise::no_acked_record_lost);
  EXPECT_EQ(faults_in(small.document), 2U);
  EXPECT_EQ(Document::parse(small.document)["brokers"]["count"], 2);
}

TEST(Shrinking, LeavesWhatIsNeeded) {
  const std::string large = R"json({
    "brokers": { "count": 3 },
    "topics": { "orders": { "replication.factor": 3, "assignment": [[1, 2, 3]] } },
    "producers": { "shop": {
      "config": { "linger.ms": 0, "acks": "1", "enable.idempotence": false },
      "sends": { "topic": "orders", "records": 9, "every": "20ms" } } },
    "groups": { "billing": { "members": 3 } },
    "faults": [
      { "name": "far away", "when": { "at": "2s" }, "do": "pause", "target": "broker(3)", "for": "7s" },
      { "name": "lost ack", "when": { "message": "ProduceResponse", "on": "received", "nth": 5 },
        "do": "drop_connection" } ]
  })json";
  const std::optional<OrdinaryRun> run = play(large);
  ASSERT_TRUE(run);
  ASSERT_NE(run->broken & bit(Promise::no_copy_in_the_log), 0U);

  const Counterexample small =
      shrink({large, run->digest, run->broken}, Promise::no_copy_in_the_log);

  const Document document = Document::parse(small.document);
  ASSERT_THAT(document["faults"], SizeIs(1));
  EXPECT_EQ(document["faults"][0]["name"], "lost ack");
  EXPECT_EQ(document["faults"][0]["when"]["nth"], 1);
  EXPECT_EQ(document["producers"]["shop"]["sends"]["records"], 1);
  EXPECT_EQ(document["groups"]["billing"]["members"], 1);
  EXPECT_EQ(document["brokers"]["count"], 1);
  EXPECT_EQ(play(small.document)->digest, small.digest);
}

TEST(Play, RefusesWhatIsNoOrdinaryRun) {
  EXPECT_FALSE(play("{"));
  EXPECT_FALSE(play(fallible_shop));  // a matrix
  const std::string never_strikes = R"json({
    "producers": { "shop": { "sends": { "topic": "orders", "records": 1 } } },
    "faults": [ { "when": { "message": "ProduceResponse", "nth": 7 }, "do": "drop_connection" } ]
  })json";
  EXPECT_FALSE(play(never_strikes));
}

}  // namespace
}  // namespace kafault
