// flush(), close(timeout), and where an application goes on that trusts either.
#include <gmock/gmock.h>

#include "tests/client/producer_harness.hpp"

namespace kafault {
namespace {

using namespace std::chrono_literals;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using Kind = ObservationKind;

ProducerSetup lingering(std::int64_t records) {
  ProducerSetup setup;
  setup.config.enable_idempotence = false;
  setup.config.linger = 1s;
  setup.sends.records = records;
  return setup;
}

TEST(Flush, LetsNothingLingerAndHoldsUpTheNextSend) {
  ProducerSetup setup = lingering(5);
  setup.sends.flush_every = 2;
  ProducerHarness world(setup);
  world.start();

  ASSERT_THAT(world.sent, SizeIs(1)) << "at once, not after a second";
  EXPECT_EQ(world.count(Kind::RecordSent), 2);
  world.pass(500ms);
  EXPECT_EQ(world.count(Kind::RecordSent), 2) << "flush() has not returned";
  world.answer();
  EXPECT_EQ(world.count(Kind::RecordSent), 4);
  world.answer();
  EXPECT_EQ(world.count(Kind::RecordSent), 5);
  EXPECT_THAT(world.sent, IsEmpty()) << "the fifth is not covered by a flush() and lingers";
  world.pass(1s);
  EXPECT_THAT(world.sent, SizeIs(1));
}

TEST(Flush, ReturnsWhenASendHasFailed) {
  ProducerSetup setup = lingering(4);
  setup.sends.flush_every = 2;
  setup.config.retries = 0;
  ProducerHarness world(setup);
  world.start();

  world.answer(Error::not_enough_replicas);

  EXPECT_EQ(world.count(Kind::RecordFailed), 2);
  EXPECT_EQ(world.count(Kind::RecordSent), 4);
}

TEST(Close, FailsWhatItsTimeDoesNotSufficeFor) {
  ProducerSetup setup = lingering(3);
  setup.sends.close_timeout = 100ms;
  ProducerHarness world(setup);
  world.start();

  ASSERT_THAT(world.sent, SizeIs(1)) << "nothing lingers in close()";
  world.pass(99ms);
  EXPECT_FALSE(world.exited);
  EXPECT_EQ(world.count(Kind::RecordFailed), 0);
  world.pass(1ms);
  EXPECT_TRUE(world.exited);
  EXPECT_EQ(world.count(Kind::RecordFailed), 3) << "in flight: nobody knows whether it arrived";
  EXPECT_THAT(world.all(Kind::RecordFailed),
              Each(Field(&Observation::error, Error::producer_closed)));
}

TEST(Close, ReturnsAsSoonAsAllIsDecided) {
  ProducerSetup setup = lingering(3);
  setup.sends.close_timeout = 100ms;
  ProducerHarness world(setup);
  world.start();

  world.pass(10ms);
  world.answer();

  EXPECT_TRUE(world.exited);
  EXPECT_EQ(world.count(Kind::RecordAcked), 3);
  EXPECT_EQ(world.count(Kind::RecordFailed), 0);
}

TEST(Close, OfNoTimeSendsNothingMore) {
  ProducerSetup setup = lingering(3);
  setup.sends.close_timeout = 0ms;
  ProducerHarness world(setup);
  world.start();

  EXPECT_TRUE(world.exited);
  EXPECT_THAT(world.sent, IsEmpty());
  EXPECT_EQ(world.count(Kind::RecordFailed), 3);
}

TEST(Close, IsWhatSigtermCalls) {
  ProducerSetup setup = lingering(100);
  setup.sends.every = 10ms;
  setup.sends.close_timeout = 50ms;
  ProducerHarness world(setup);
  world.start();
  world.pass(25ms);
  world.shut_down();

  world.pass(50ms);

  EXPECT_TRUE(world.exited);
  EXPECT_EQ(world.count(Kind::RecordSent), 3);
  EXPECT_EQ(world.count(Kind::RecordFailed), 3);
}

// Four of six records are acked when the process dies; the flush() after the sixth has not
// returned, the one after the third has.
std::int64_t first_after_a_crash(OnRestart on_restart) {
  ProducerSetup setup;
  setup.config.enable_idempotence = false;
  setup.config.linger = 0ms;
  setup.config.batch_size = 1;
  setup.sends.records = 12;
  setup.sends.every = 10ms;
  setup.sends.flush_every = 3;
  setup.sends.on_restart = on_restart;
  ProducerHarness world(setup);
  world.start();
  for (int i = 0; i < 4; ++i) {  // records 0 to 3
    world.answer();
    world.pass(10ms);
  }
  world.pass(10ms);  // record 5; 4 is in flight
  world.crash();
  world.notes.clear();
  world.start();
  return world.all(Kind::RecordSent).at(0).value;
}

TEST(OnRestart, GoesOnWhereTheApplicationHadNotedThatItWas) {
  EXPECT_EQ(first_after_a_crash(OnRestart::resume), 4);
  EXPECT_EQ(first_after_a_crash(OnRestart::replay), 0);
  EXPECT_EQ(first_after_a_crash(OnRestart::after_flushed), 3) << "the last flush() that returned";
  EXPECT_EQ(first_after_a_crash(OnRestart::after_sent), 6) << "4 and 5 are gone";
}

}  // namespace
}  // namespace kafault
