// Batches and records that are larger than somebody takes.
#include <gmock/gmock.h>

#include "tests/client/producer_harness.hpp"

namespace kafault {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using Kind = ObservationKind;

// Three records that go into one batch.
ProducerSetup three_together(bool idempotent) {
  ProducerSetup setup;
  setup.config.enable_idempotence = idempotent;
  setup.config.linger = 0ms;
  setup.sends.records = 3;
  setup.sends.every = {};
  return setup;
}

// Four records, one after the other, of which the third is large.
ProducerSetup one_is_large(std::int32_t bytes) {
  ProducerSetup setup = three_together(true);
  setup.sends.records = 4;
  setup.sends.size = 100;
  setup.sends.large_record = 2;
  setup.sends.large_size = bytes;
  return setup;
}

TEST(BatchTooLarge, IsSentAgainAtOnceAndUnchanged) {
  ProducerHarness world(three_together(true));
  world.start();
  const auto first = world.sent.front().entries.front().batch;
  ASSERT_EQ(first.count, 3U);

  world.answer(Error::message_too_large);

  ASSERT_EQ(world.sent.size(), 1U) << "no back-off";
  EXPECT_EQ(world.sent.front().entries.front().batch, first);
}

TEST(BatchTooLarge, IsNoRetryAndExpires) {
  ProducerSetup setup = three_together(true);
  setup.config.retries = 1;
  setup.config.request_timeout = 200s;
  ProducerHarness world(setup);
  world.start();

  for (int i = 0; i < 10; ++i) world.answer(Error::message_too_large);
  ASSERT_EQ(world.sent.size(), 1U);
  world.pass(120s);

  ASSERT_EQ(world.count(Kind::RecordFailed), 3);
  EXPECT_EQ(world.all(Kind::RecordFailed)[0].error, Error::timeout_exception);
}

TEST(BatchTooLarge, FailsForGoodWithOneRecord) {
  ProducerSetup setup = three_together(true);
  setup.sends.records = 1;
  ProducerHarness world(setup);
  world.start();

  world.answer(Error::message_too_large);

  EXPECT_THAT(world.sent, IsEmpty());
  ASSERT_EQ(world.count(Kind::RecordFailed), 1);
  EXPECT_EQ(world.all(Kind::RecordFailed)[0].error, Error::message_too_large);
}

TEST(LargeRecord, HasABatchOfItsOwnWhereItDoesNotFit) {
  ProducerHarness world(one_is_large(20000));
  world.start();
  while (world.count(Kind::RecordAcked) < 4) world.answer();

  std::vector<std::uint32_t> counts;
  for (const Observation& acked : world.all(Kind::RecordAcked)) counts.push_back(acked.count);

  EXPECT_THAT(counts, ElementsAre(2, 1, 1));
}

TEST(LargeRecord, SharesABatchWhereItFits) {
  ProducerHarness world(one_is_large(1000));
  world.start();

  ASSERT_EQ(world.sent.size(), 1U);
  const auto& batch = world.sent.front().entries.front().batch;
  EXPECT_EQ(batch.count, 4U);
  EXPECT_EQ(batch.bytes, batch_overhead + 3 * (100 + record_overhead) + 1000 + record_overhead);
}

TEST(LargeRecord, FailsInsideSendBeyondTheRequestSize) {
  ProducerSetup setup = one_is_large(2000);
  setup.config.max_request_size = 2000;
  ProducerHarness world(setup);
  world.start();
  while (!world.sent.empty()) world.answer();

  EXPECT_EQ(world.count(Kind::RecordAcked), 3);
  ASSERT_EQ(world.count(Kind::RecordFailed), 1);
  EXPECT_EQ(world.all(Kind::RecordFailed)[0].error, Error::record_too_large);
}

}  // namespace
}  // namespace kafault
