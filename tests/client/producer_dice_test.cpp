// What the Java producer leaves to java.util.Random.
#include <gmock/gmock.h>

#include <map>
#include <set>

#include "tests/client/producer_harness.hpp"

namespace kafault {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;

constexpr std::uint64_t seeds = 40;

ProducerSetup one_batch() {
  ProducerSetup setup;
  setup.config.enable_idempotence = false;
  setup.config.linger = 0ms;
  setup.sends.records = 1;
  return setup;
}

// How long after the refusal of its first attempt the batch is sent again.
Duration wait_before_the_retry(ProducerSetup setup, Dice dice) {
  ProducerHarness world(setup);
  world.start(dice);
  world.answer(Error::not_enough_replicas);
  const Instant refused = world.now;
  for (int i = 0; i < 20'000 && world.sent.empty(); ++i) world.pass(10us);
  return world.now - refused;
}

TEST(ProducerDice, GiveARetrysBackOffAJitter) {
  std::set<Duration> waits;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    const Duration wait = wait_before_the_retry(one_batch(), Dice(seed));
    EXPECT_GE(wait, 80ms);
    EXPECT_LE(wait, 120ms + 10us);
    waits.insert(wait);
  }
  EXPECT_GT(waits.size(), seeds / 2);
  EXPECT_EQ(wait_before_the_retry(one_batch(), Dice()), 100ms) << "fixed dice";
}

TEST(ProducerDice, AreNotAskedForAConstantBackOff) {
  ProducerSetup setup = one_batch();
  setup.config.retry_backoff_max = setup.config.retry_backoff;  // as before KIP-580
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    EXPECT_EQ(wait_before_the_retry(setup, Dice(seed)), 100ms);
  }
}

// How long after its connection broke the producer connects again.
Duration wait_before_the_next_connection(Dice dice) {
  ProducerSetup setup = one_batch();
  setup.brokers = 1;
  setup.sends.records = 2;
  setup.sends.every = 10s;
  ProducerHarness world(setup);
  world.start(dice);
  world.answer();
  world.pass(200ms);  // metadata may be asked for again
  const int connections = world.connections[1];
  const Instant broken = world.now;
  world.disconnect(1);
  for (int i = 0; i < 20'000 && world.connections[1] == connections; ++i) world.pass(10us);
  return world.now - broken;
}

TEST(ProducerDice, GiveAReconnectsBackOffAJitter) {
  std::set<Duration> waits;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    const Duration wait = wait_before_the_next_connection(Dice(seed));
    EXPECT_GE(wait, 40ms);
    EXPECT_LE(wait, 60ms + 10us);
    waits.insert(wait);
  }
  EXPECT_GT(waits.size(), seeds / 2);
  EXPECT_EQ(wait_before_the_next_connection(Dice()), 50ms) << "fixed dice";
}

// NetworkClient.leastLoadedNode begins at a random node: at first all are equal.
TEST(ProducerDice, ChooseTheFirstBrokerToAsk) {
  std::map<NodeId, int> asked;
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    ProducerHarness world(one_batch());
    world.start(Dice(seed));
    ++asked[world.first_connection];
  }
  for (NodeId broker = 1; broker <= 3; ++broker) EXPECT_NEAR(asked[broker], 100, 41);

  ProducerHarness world(one_batch());
  world.start();
  EXPECT_EQ(world.first_connection, 1) << "fixed dice";
}

// BuiltInPartitioner.nextPartition: any that is available, the current one too.
TEST(StickyPartitioner, DrawsOneOfThoseThatAreAvailable) {
  StickyPartitioner sticky;
  sticky.reset(100);
  Dice dice(5);
  std::map<std::int32_t, int> drawn;
  std::map<bool, int> stayed;
  const auto all_but_one = [](std::int32_t p) { return p != 1; };
  sticky.begin(4, all_but_one, dice);
  for (int i = 0; i < 3000; ++i) {
    const std::int32_t before = sticky.current();
    sticky.advance(4, all_but_one, dice);
    ++drawn[sticky.current()];
    ++stayed[sticky.current() == before];
  }
  EXPECT_EQ(drawn[1], 0);
  for (const std::int32_t p : {0, 2, 3}) EXPECT_NEAR(drawn[p], 1000, 130);
  EXPECT_NEAR(stayed[true], 1000, 130);
}

TEST(StickyPartitioner, DrawsOneOfAllIfNoneIsAvailable) {
  StickyPartitioner sticky;
  sticky.reset(100);
  Dice dice(5);
  std::set<std::int32_t> drawn;
  for (int i = 0; i < 100; ++i) {
    sticky.advance(
        4, [](std::int32_t) { return false; }, dice);
    drawn.insert(sticky.current());
  }
  EXPECT_THAT(drawn, ElementsAre(0, 1, 2, 3));
}

}  // namespace
}  // namespace kafault
