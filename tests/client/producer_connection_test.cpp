// How a producer gets into touch, and back into it.
#include <gmock/gmock.h>

#include "tests/client/producer_harness.hpp"

namespace kafault {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

ProducerSetup of_one_broker() {
  ProducerSetup setup;
  setup.brokers = 1;
  setup.config.reconnect_backoff = setup.config.reconnect_backoff_max = 50ms;
  setup.config.connection_setup_timeout = 1s;
  setup.config.connection_setup_timeout_max = 3s;
  setup.sends.records = 1;
  return setup;
}

std::vector<Duration> waits_between_attempts(const ProducerSetup& setup) {
  ProducerHarness world(setup);
  world.is_unreachable = true;
  world.start();
  std::vector<Duration> waits;
  Instant last = world.now;
  for (int i = 0; i < 1200; ++i) {
    const int attempts = world.connections[1];
    world.pass(10ms);
    if (world.connections[1] == attempts) continue;
    waits.push_back(world.now - last);
    last = world.now;
  }
  return waits;
}

TEST(ConnectionSetup, GetsTwiceAsLongAfterItFailed) {
  EXPECT_THAT(waits_between_attempts(of_one_broker()), ElementsAre(1050ms, 2050ms, 3050ms, 3050ms));
}

TEST(ConnectionSetup, IsNeverLongerThanItsMaximum) {
  ProducerSetup setup = of_one_broker();
  setup.config.connection_setup_timeout = 60s;
  EXPECT_THAT(waits_between_attempts(setup), ElementsAre(3050ms, 3050ms, 3050ms));
}

// NetworkClient.processDisconnection: the metadata hears of a lost connection before the requests
// do that were on it, so that their failures ask for an update that need not wait.
TEST(LostConnection, AsksForMetadataAtOnce) {
  ProducerSetup setup;
  setup.config.linger = 0ms;
  setup.sends.records = 2;
  setup.sends.every = 1s;
  ProducerHarness world(setup);
  world.start();
  world.answer();
  world.pass(1s);
  ASSERT_THAT(world.sent, SizeIs(1));
  const int before = world.metadata_requests;

  world.disconnect(1);

  EXPECT_EQ(world.metadata_requests, before + 1);
}

// The producer learns that only broker 1 is alive; then that one dies without a word, while the
// others are back.
void lose_the_only_broker_known(ProducerHarness& world) {
  world.alive.erase(2);
  world.alive.erase(3);
  world.start();
  world.answer();
  world.pass(500ms);
  world.mute.insert(1);
  world.alive.insert(2);
  world.alive.insert(3);
  world.alive.erase(1);
  world.leaders[0] = {0, 2, 1};
  world.disconnect(1);
  world.pass(10s);
}

ProducerSetup with(MetadataRecovery strategy) {
  ProducerSetup setup;
  setup.config.enable_idempotence = false;
  setup.config.linger = 0ms;
  setup.config.metadata_recovery = strategy;
  setup.sends.records = 2;
  setup.sends.every = 1s;
  return setup;
}

TEST(MetadataRecovery, BeginsWithTheBootstrapServersAgain) {
  ProducerHarness world(with(MetadataRecovery::rebootstrap));
  lose_the_only_broker_known(world);

  ASSERT_THAT(world.sent, SizeIs(1));
  EXPECT_EQ(world.sent.front().to, 2);
}

TEST(MetadataRecovery, OfNoneWaitsForABrokerThatIsGone) {
  ProducerHarness world(with(MetadataRecovery::none));
  lose_the_only_broker_known(world);

  EXPECT_EQ(world.connections[2] + world.connections[3], 0);
  EXPECT_THAT(world.sent, IsEmpty());
}

}  // namespace
}  // namespace kafault
