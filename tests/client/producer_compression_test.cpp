// Compressed batches: how many records they take, and what becomes of those that are too large.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/client/producer_harness.hpp"

namespace kafault {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

// Records of 100 bytes, of which compression leaves a quarter.
struct CompressedBatches : testing::Test {
  static constexpr std::uint32_t record_bytes = 100;

  CompressedBatches() {
    config.batch_size = 1000;
    accumulator.configure(config, version, 1, 250'000);
  }
  // As many as one takes.
  BatchIndex fill_one() {
    ProducerBatch& batch = accumulator.open(0, next, 1000, {});
    const std::uint32_t count = accumulator.room(batch, record_bytes);
    accumulator.append(batch, count, record_bytes);
    next += count;
    return accumulator.partition(0).queue.back();
  }
  BatchIndex send_one() {
    fill_one();
    Accumulator::Partition& partition = accumulator.partition(0);
    const BatchIndex index = partition.queue.front();
    accumulator.take_head(partition, index);
    return index;
  }
  std::uint32_t records_in(BatchIndex index) const { return accumulator[index].count; }

  ProducerConfig config;
  VersionProfile version;
  Accumulator accumulator;
  SendNumber next = 0;
};

// 61 bytes of its own, and 105 for each record but the last, which counts as it is.
TEST_F(CompressedBatches, HoldAtFirstWhatFitsWithoutCompression) {
  const BatchIndex first = fill_one();

  EXPECT_EQ(records_in(first), 8U);
}

TEST_F(CompressedBatches, AreAsLargeOnTheWireAsTheyAreCompressed) {
  const BatchIndex first = send_one();

  EXPECT_EQ(accumulator[first].bytes, 61U + 8 * 25);
}

// The estimate comes down by half a percent with each batch.
TEST_F(CompressedBatches, HoldMoreTheBetterTheirPredecessorsCompressed) {
  for (int i = 0; i < 100; ++i) accumulator.remove(send_one());
  EXPECT_EQ(records_in(fill_one()), 16U);  // at 0.5: 61 + 52 for each
  for (int i = 0; i < 100; ++i) accumulator.remove(send_one());

  EXPECT_EQ(records_in(fill_one()), 32U);  // at 0.25, and no further
}

TEST_F(CompressedBatches, AreSplitIntoPiecesAsIfNothingWereCompressed) {
  for (int i = 0; i < 100; ++i) accumulator.remove(send_one());
  const BatchIndex large = send_one();
  accumulator[large].base_sequence = 40;
  ASSERT_EQ(records_in(large), 16U);
  const SendNumber first = accumulator[large].first;
  std::vector<BatchIndex> pieces;

  accumulator.reenqueue(large, true, {}, {});
  accumulator.split(large, record_bytes, pieces);

  ASSERT_THAT(pieces, SizeIs(1));
  EXPECT_EQ(records_in(large), 8U);
  EXPECT_EQ(records_in(pieces[0]), 8U);
  EXPECT_EQ(accumulator[pieces[0]].first, first + 8);
  EXPECT_EQ(accumulator[pieces[0]].base_sequence, 48);
  const BatchQueue& queue = accumulator.partition(0).queue;
  EXPECT_THAT((std::vector<BatchIndex>(queue.begin(), queue.end())), ElementsAre(large, pieces[0]));
  EXPECT_EQ(records_in(fill_one()), 8U);  // it begins to learn anew
}

TEST_F(CompressedBatches, ThatHoldNoMoreThanOnePieceStayWhole) {
  const BatchIndex first = send_one();
  std::vector<BatchIndex> pieces;

  accumulator.reenqueue(first, false, {}, {});
  accumulator.split(first, record_bytes, pieces);

  EXPECT_THAT(pieces, IsEmpty());
  EXPECT_EQ(records_in(first), 8U);
}

TEST_F(CompressedBatches, TheMemoryOfPiecesIsNotTheBuffers) {
  for (int i = 0; i < 100; ++i) accumulator.remove(send_one());
  const BatchIndex large = send_one();
  std::vector<BatchIndex> pieces;
  accumulator.reenqueue(large, false, {}, {});
  accumulator.split(large, record_bytes, pieces);
  ASSERT_THAT(pieces, SizeIs(1));

  accumulator.remove(large);
  accumulator.remove(pieces[0]);

  EXPECT_EQ(accumulator.reserved(), 0);
}

// KAFKA-19479: it waited for the batch, which is no more.
TEST(FlushAfterASplit, ReturnsEarlyUntilTheClientThatWaitsForThePieces) {
  for (const bool awaits : {false, true}) {
    ProducerSetup setup;
    setup.version.flush_awaits_pieces = awaits;
    setup.config.linger = 0ms;
    setup.sends.records = 6;
    setup.sends.every = {};
    setup.sends.flush_every = 3;
    ProducerHarness world(setup);
    world.start();
    ASSERT_EQ(world.count(ObservationKind::RecordSent), 3);

    world.answer(Error::message_too_large);

    EXPECT_EQ(world.count(ObservationKind::RecordSent), awaits ? 3 : 6);
  }
}

}  // namespace
}  // namespace kafault
