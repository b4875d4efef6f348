#include <gmock/gmock.h>

#include "tests/client/producer_harness.hpp"

namespace kafault {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using Kind = ObservationKind;

// One record per batch, one every 10 ms, to one partition led by broker 1.
ProducerSetup one_by_one(bool idempotent, std::int64_t records = 3) {
  ProducerSetup setup;
  setup.config.enable_idempotence = idempotent;
  setup.config.linger = 0ms;
  setup.config.batch_size = 1;
  setup.sends.records = records;
  setup.sends.every = 10ms;
  return setup;
}

std::vector<std::int32_t> sequences(const ProducerHarness& world) {
  std::vector<std::int32_t> list;
  for (const auto& each : world.sent) {
    for (const auto& entry : each.entries) list.push_back(entry.batch.base_sequence);
  }
  return list;
}

// Brings three requests in flight, then breaks the connection before any is answered.
void break_with_three_in_flight(ProducerHarness& world) {
  world.start();
  world.pass(25ms);
  ASSERT_THAT(world.firsts(), ElementsAre(0, 1, 2));
  world.disconnect(1);
  ASSERT_THAT(world.sent, IsEmpty());
}

TEST(ProducerRetry, ComesInReverseAfterABrokenConnection) {
  ProducerHarness world(one_by_one(false));
  break_with_three_in_flight(world);

  world.pass(150ms);

  EXPECT_THAT(world.firsts(), ElementsAre(2, 1, 0));
}

TEST(ProducerRetry, KeepsItsOrderWithIdempotence) {
  ProducerHarness world(one_by_one(true));
  break_with_three_in_flight(world);

  world.pass(150ms);
  EXPECT_THAT(world.firsts(), ElementsAre(0)) << "one at a time until it has caught up";
  world.answer();
  EXPECT_THAT(world.firsts(), ElementsAre(1));
  world.answer();
  EXPECT_THAT(world.firsts(), ElementsAre(2));
  world.answer();

  EXPECT_EQ(world.count(Kind::RecordAcked), 3);
  EXPECT_TRUE(world.producer->is_done());
}

TEST(ProducerRetry, KeepsItsSequences) {
  ProducerHarness world(one_by_one(true));
  break_with_three_in_flight(world);

  world.pass(150ms);

  EXPECT_THAT(sequences(world), ElementsAre(0));
}

TEST(ProducerRetry, WaitsForTheBackoff) {
  ProducerHarness world(one_by_one(false, 1));
  world.start();
  world.answer(Error::not_enough_replicas);
  ASSERT_THAT(world.sent, IsEmpty());

  world.pass(99ms);
  EXPECT_THAT(world.sent, IsEmpty());
  world.pass(1ms);
  EXPECT_THAT(world.sent, SizeIs(1));

  world.answer(Error::not_enough_replicas);
  world.pass(199ms);
  EXPECT_THAT(world.sent, IsEmpty()) << "the back-off doubles (KIP-580)";
  world.pass(1ms);
  EXPECT_THAT(world.sent, SizeIs(1));
}

TEST(ProducerRetry, BacksOffByAConstantBeforeKip580) {
  ProducerSetup setup = one_by_one(false, 1);
  setup.config.post_process_retry_backoff({.exponential_backoff = false});
  ProducerHarness world(setup);
  world.start();

  for (int i = 0; i < 5; ++i) {
    world.answer(Error::not_enough_replicas);
    world.pass(100ms);
    ASSERT_THAT(world.sent, SizeIs(1));
  }
}

TEST(ProducerRetry, GoesAtOnceToALeaderThatTheErrorNames) {
  ProducerHarness world(one_by_one(false, 1));
  world.start();

  world.answer(Error::not_leader_or_follower, no_offset, 2, 1);

  ASSERT_THAT(world.sent, SizeIs(1));
  EXPECT_EQ(world.take().to, 2);
  const auto learned = world.all(Kind::LeaderLearned);
  ASSERT_THAT(learned, SizeIs(1));
  EXPECT_EQ(learned[0].value, 1);
  EXPECT_EQ(learned[0].count, 2);
}

TEST(ProducerRetry, BacksOffAndAsksForTheLeaderBeforeKip951) {
  ProducerSetup setup = one_by_one(false, 1);
  setup.version.leader_in_answers = false;
  ProducerHarness world(setup);
  world.start();
  world.leaders = {{0, 3, 1}};

  world.answer(Error::not_leader_or_follower, no_offset, 3, 1);
  world.pass(99ms);
  EXPECT_THAT(world.sent, IsEmpty());
  world.pass(2ms);

  ASSERT_THAT(world.sent, SizeIs(1));
  EXPECT_EQ(world.take().to, 3);
}

// Metadata names a newer leader while the batch still backs off.
TEST(ProducerRetry, DoesNotBackOffFromANewLeaderSince37) {
  for (const bool since_37 : {true, false}) {
    ProducerSetup setup = one_by_one(false, 1);
    setup.version.leader_in_answers = since_37;
    ProducerHarness world(setup);
    world.start();
    world.pass(500ms);
    world.leaders = {{0, 2, 1}};

    world.answer(Error::not_leader_or_follower);

    EXPECT_EQ(world.sent.size(), since_37 ? 1U : 0U);
    world.pass(100ms);
    ASSERT_THAT(world.sent, SizeIs(1));
    EXPECT_EQ(world.take().to, 2);
  }
}

TEST(ProducerRetry, IgnoresMetadataWithAnOlderEpoch) {
  ProducerHarness world(one_by_one(false, 1));
  world.start();

  world.answer(Error::not_leader_or_follower, no_offset, 2, 5);
  world.pass(200ms);  // metadata still names broker 1 with epoch 0
  world.answer(Error::not_leader_or_follower);
  world.pass(1s);

  EXPECT_EQ(world.take().to, 2);
}

TEST(ProducerRetry, EndsWithTheRetries) {
  ProducerSetup setup = one_by_one(false, 1);
  setup.config.retries = 1;
  ProducerHarness world(setup);
  world.start();

  world.answer(Error::not_enough_replicas);
  world.pass(100ms);
  world.answer(Error::not_enough_replicas);

  const auto failed = world.all(Kind::RecordFailed);
  ASSERT_THAT(failed, SizeIs(1));
  EXPECT_EQ(failed[0].error, Error::not_enough_replicas);
  EXPECT_EQ(world.all(Kind::BatchRetried).size(), 1U);
}

TEST(ProducerRetry, IsNotForErrorsThatAreFinal) {
  ProducerHarness world(one_by_one(false, 1));
  world.start();

  world.answer(Error::record_too_large);

  EXPECT_EQ(world.count(Kind::RecordFailed), 1);
  EXPECT_THAT(world.all(Kind::BatchRetried), IsEmpty());
}

TEST(ProducerRetry, MutesThePartitionWithOneInFlight) {
  ProducerSetup setup = one_by_one(false, 3);
  setup.config.max_in_flight = 1;
  ProducerHarness world(setup);
  world.start();
  world.pass(25ms);
  ASSERT_THAT(world.firsts(), ElementsAre(0));

  world.disconnect(1);
  world.pass(150ms);
  EXPECT_THAT(world.firsts(), ElementsAre(0));
  world.answer();
  EXPECT_THAT(world.firsts(), ElementsAre(1));
}

// The limit of one in flight is per connection; order across a change of leaders needs more.
TEST(ProducerRetry, KeepsTheNextBatchFromANewLeaderWhileOneIsInFlight) {
  ProducerSetup setup = one_by_one(false, 2);
  setup.config.max_in_flight = 1;
  setup.config.metadata_max_age = 1s;
  setup.sends.every = 5s;
  ProducerHarness world(setup);
  world.start();
  ASSERT_THAT(world.firsts(), ElementsAre(0));
  world.alive.erase(1);
  world.leaders = {{0, 2, 1}};

  world.pass(6s);
  ASSERT_THAT(world.all(Kind::LeaderLearned), SizeIs(1));
  EXPECT_THAT(world.firsts(), ElementsAre(0));
  world.answer();

  ASSERT_THAT(world.firsts(), ElementsAre(1));
  EXPECT_EQ(world.take().to, 2);
}

TEST(ProducerTimeout, OfOneRequestFailsAllOfItsConnection) {
  ProducerSetup setup = one_by_one(false, 3);
  setup.config.request_timeout = 1s;
  ProducerHarness world(setup);
  world.start();
  world.pass(25ms);

  world.sent.clear();
  world.pass(990ms);
  EXPECT_THAT(world.all(Kind::RequestTimedOut), IsEmpty()) << "poll() began at 20 ms, for 1 s";
  world.pass(5ms);

  EXPECT_THAT(world.all(Kind::RequestTimedOut), SizeIs(1));
  const auto retried = world.all(Kind::BatchRetried);
  ASSERT_THAT(retried, SizeIs(3));
  EXPECT_EQ(retried[0].error, Error::request_timed_out);
  EXPECT_EQ(retried[0].first, 0U) << "oldest first";
}

// A paused broker accepts connections and never answers the handshake: nothing is sent to it a
// second time, so nothing is reversed a second time.
TEST(ProducerTimeout, SendsNothingToABrokerThatDoesNotShakeHands) {
  ProducerSetup setup = one_by_one(false, 3);
  setup.config.request_timeout = 1s;
  ProducerHarness world(setup);
  world.start();
  world.pass(25ms);
  world.mute.insert(1);
  world.sent.clear();

  world.pass(5s);
  EXPECT_THAT(world.sent, IsEmpty());
  EXPECT_GT(world.all(Kind::RequestTimedOut).size(), 2U);
  world.leaders = {{0, 2, 1}};
  for (int i = 0; i < 200 && world.sent.empty(); ++i) world.pass(10ms);

  EXPECT_THAT(world.firsts(), ElementsAre(2, 1, 0));
}

TEST(ProducerExpiry, FailsABatchThatIsOnTheWireAndDropsItsLateAnswer) {
  ProducerSetup setup = one_by_one(false, 1);
  setup.config.delivery_timeout = 1s;
  setup.config.request_timeout = 2s;
  ProducerHarness world(setup);
  world.start();
  world.pass(999ms);
  ASSERT_EQ(world.count(Kind::RecordFailed), 0);

  world.pass(1ms);
  world.answer();

  const auto failed = world.all(Kind::RecordFailed);
  ASSERT_THAT(failed, SizeIs(1));
  EXPECT_EQ(failed[0].error, Error::timeout_exception);
  EXPECT_EQ(world.count(Kind::RecordAcked), 0);
}

// Re-enqueued in reverse, the oldest stands last: it goes when the youngest does.
TEST(ProducerExpiry, LooksNoFurtherThanTheFirstBatchThatIsYoungEnough) {
  ProducerSetup setup = one_by_one(false, 3);
  setup.config.delivery_timeout = 1s;
  ProducerHarness world(setup);
  world.start();
  world.pass(25ms);
  world.is_unreachable = true;
  world.disconnect(1);

  world.pass(994ms);
  EXPECT_EQ(world.count(Kind::RecordFailed), 0);
  world.pass(1ms);
  EXPECT_EQ(world.count(Kind::RecordFailed), 3);
}

TEST(ProducerExpiry, LeavesNoTimeForARetry) {
  ProducerSetup setup = one_by_one(false, 1);
  setup.config.delivery_timeout = 1s;
  ProducerHarness world(setup);
  world.start();

  world.now += 1s;
  world.answer(Error::not_enough_replicas);

  const auto failed = world.all(Kind::RecordFailed);
  ASSERT_THAT(failed, SizeIs(1));
  EXPECT_EQ(failed[0].error, Error::not_enough_replicas);
}

TEST(ProducerExpiry, FailsBatchesThatWereNeverSent) {
  ProducerSetup setup = one_by_one(false, 2);
  setup.config.delivery_timeout = 1s;
  ProducerHarness world(setup);
  world.leaders = {{0, no_node, 0}};
  world.start();

  world.pass(3s);

  EXPECT_EQ(world.count(Kind::RecordFailed), 2);
  EXPECT_TRUE(world.producer->is_done());
  EXPECT_GT(world.metadata_requests, 3) << "it looks for the leader all the time";
  EXPECT_LT(world.metadata_requests, 20) << "but backs off";
}

TEST(ProducerAcksZero, IsAckedAsSoonAsItIsSent) {
  ProducerSetup setup = one_by_one(false, 20);
  setup.config.acks = Acks::none;
  setup.sends.every = {};
  ProducerHarness world(setup);

  world.start();

  EXPECT_EQ(world.count(Kind::RecordAcked), 20);
  EXPECT_EQ(world.all(Kind::RecordAcked)[0].offset, no_offset);
  EXPECT_EQ(world.sent.size(), 20U);
  EXPECT_TRUE(world.producer->is_done());
}

TEST(ProducerAcksZero, KeepsWhatItCannotSend) {
  ProducerSetup setup = one_by_one(false, 1);
  setup.config.acks = Acks::none;
  setup.sends.start = 1s;
  ProducerHarness world(setup);
  world.start();
  world.is_unreachable = true;
  world.disconnect(1);
  world.pass(2s);
  EXPECT_EQ(world.count(Kind::RecordAcked), 0);

  world.is_unreachable = false;
  world.pass(20s);

  EXPECT_EQ(world.count(Kind::RecordAcked), 1);
}

// The younger batch failed last and stands first: nobody looks behind it (Sender.sendProducerData).
// When it leaves, what stood behind it is overdue at once.
TEST(AnOverdueBatch, ExpiresWhenTheYoungerOneBeforeItLeaves) {
  ProducerConfig config;
  const VersionProfile version;
  Accumulator accumulator;
  accumulator.configure(config, version, 1, 0);
  const Instant begin{};
  accumulator.open(0, 0, 1000, begin);
  accumulator.open(0, 1, 1000, begin + 10s);
  Accumulator::Partition& partition = accumulator.partition(0);
  const BatchIndex older = partition.queue.front();
  const BatchIndex younger = partition.queue.back();
  accumulator.take_head(partition, older);
  accumulator.take_head(partition, younger);
  accumulator.reenqueue(older, false, begin + 20s, {});
  accumulator.reenqueue(younger, false, begin + 20s, {});

  accumulator.update_next_expiry(begin + 125s);
  EXPECT_EQ(accumulator.next_expiry(), begin + 130s);
  accumulator.take_head(partition, younger);
  EXPECT_EQ(accumulator.next_expiry(), begin + 120s);
}

}  // namespace
}  // namespace kafault
