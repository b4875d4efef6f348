// The published ways in which replication alone loses what it acknowledged, found by exploration
// with as many misfortunes as they were published with, and not where Kafka closes them.
#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "sim/drive/exploration_campaign.hpp"

namespace kafault {
namespace {

struct TwoBrokers {
  const char* kafka = "4.0";
  int replicas = 2;
  int min_isr = 2;
};

// With how few of these misfortunes an acknowledged record can be lost.
std::optional<std::size_t> smallest_loss(const TwoBrokers& cluster,
                                         std::vector<Misfortune> misfortunes) {
  const std::string replicas = std::to_string(cluster.replicas);
  const std::string text = R"j({
    "kafka": ")j" + std::string(cluster.kafka) +
                           R"j(", "brokers": { "count": )j" + replicas +
                           R"j(, "coordinator": 1 },
    "topics": { "orders": { "replication.factor": )j" +
                           replicas + R"j(, "config": { "min.insync.replicas": )j" +
                           std::to_string(cluster.min_isr) + R"j( } } },
    "producers": { "shop": { "config": { "acks": "all", "linger.ms": 0 },
                             "sends": { "topic": "orders", "records": 1 } } } })j";
  ExplorationRequest request;
  request.misfortunes = std::move(misfortunes);
  request.budget = 2;
  const ExplorationResult result = explore_scenario(read_scenario(text, "test.json", {}), request);
  EXPECT_TRUE(result.violations.empty());
  const auto& script = result.combinations.front().counterexample(Promise::no_acked_record_lost);
  return script ? std::optional(script->size()) : std::nullopt;
}

constexpr std::optional<std::size_t> none;

TEST(ExploredPowerLoss, TakesASingleReplicaWithIt) {
  EXPECT_EQ(smallest_loss({.replicas = 1, .min_isr = 1}, {Misfortune::power_loss}), 1u);
  EXPECT_EQ(smallest_loss({.replicas = 1, .min_isr = 1}, {Misfortune::crash}), none);
}

TEST(ExploredPowerLoss, OfOneMachineIsHarmlessWhileAnotherIsInSync) {
  EXPECT_EQ(smallest_loss({}, {Misfortune::power_loss}), none);
}

// KIP-966, "last replica standing": acknowledged by two; one stops in order, the other loses power.
TEST(ExploredPowerLoss, OfTheLastReplicaTakesWhatTwoHadUntilItIsNoLongerElected) {
  const std::vector<Misfortune> misfortunes{Misfortune::shut_down, Misfortune::power_loss};

  EXPECT_EQ(smallest_loss({.kafka = "3.9"}, misfortunes), 2u);
  EXPECT_EQ(smallest_loss({.kafka = "4.0"}, misfortunes), 2u);
  EXPECT_EQ(smallest_loss({.kafka = "4.1"}, misfortunes), none);
}

TEST(ExploredPowerLoss, OfTheLastReplicaIsNeededForThat) {
  EXPECT_EQ(smallest_loss({.kafka = "4.0"}, {Misfortune::shut_down, Misfortune::crash}), none);
}

// KIP-966, motivation: the leader is alone in the ISR, acknowledges, and loses power.
TEST(ExploredPowerLoss, OfALeaderThatWasAloneTakesWhatItAcknowledged) {
  const std::vector<Misfortune> misfortunes{Misfortune::isolate, Misfortune::power_loss};

  EXPECT_EQ(smallest_loss({.kafka = "4.0", .min_isr = 1}, misfortunes), 2u);
  EXPECT_EQ(smallest_loss({.kafka = "4.1", .min_isr = 1}, misfortunes), 2u);
  EXPECT_EQ(smallest_loss({.kafka = "4.1", .min_isr = 2}, misfortunes), none);
}

TEST(ExploredEmptyDisk, OfTheLastReplicaEmptiesTheOthers) {
  const std::vector<Misfortune> misfortunes{Misfortune::shut_down, Misfortune::replace_disk};

  EXPECT_EQ(smallest_loss({.kafka = "4.0"}, misfortunes), 2u);
  EXPECT_EQ(smallest_loss({.kafka = "4.1"}, misfortunes), none);
}

// KIP-903: a broker comes back empty, and a late AlterPartition takes it into the ISR all the same.
// That takes a restart, a late request, a disk and a crash. The same promise is broken by two of
// these before the KIP and after it, so that a smallest number cannot tell: the scenario
// history/kip-903 plays it instead.
TEST(ExploredEmptyDisk, OfTheLeaderThatIsLeftAloneIsShorterThanThatOfKip903) {
  const std::vector<Misfortune> misfortunes{Misfortune::crash, Misfortune::late_request,
                                            Misfortune::replace_disk};

  EXPECT_EQ(smallest_loss({.kafka = "3.3", .min_isr = 1}, misfortunes), 2u);
  EXPECT_EQ(smallest_loss({.kafka = "3.5", .min_isr = 1}, misfortunes), 2u);
}

}  // namespace
}  // namespace kafault
