#include "sim/broker/partition_log.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/broker/replica_fetcher.hpp"
#include "sim/kernel/contract.hpp"
#include "tests/broker/postman.hpp"

namespace kafault {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

// Epoch 1: offsets 0-1, epoch 3: 2-4, epoch 4: 5.
PartitionLog three_epochs() {
  PartitionLog log;
  log.append_as_leader(plain_batch(0, 2), 1);
  log.append_as_leader(plain_batch(2, 3), 3);
  log.append_as_leader(plain_batch(5, 1), 4);
  return log;
}

TEST(PartitionLog, StampsOffsetAndEpochOfTheLeader) {
  PartitionLog log;
  log.append_as_leader(plain_batch(0, 2), 1);

  const Batch appended = log.append_as_leader(plain_batch(2, 3), 1);

  EXPECT_EQ(appended.base_offset, 2);
  EXPECT_EQ(appended.leader_epoch, 1);
  EXPECT_EQ(log.end_offset(), 5);
}

// A batch that reaches beyond the new start stays whole; the epoch that holds it begins there.
TEST(PartitionLog, StartsLaterWhenItsBeginningIsDeleted) {
  PartitionLog log = three_epochs();
  log.set_high_watermark(6);

  log.advance_start(3);

  EXPECT_EQ(log.start_offset(), 3);
  EXPECT_EQ(log.end_offset(), 6);
  EXPECT_EQ(log.batches().front().base_offset, 2);
  EXPECT_EQ(log.end_of_epoch(1), (EpochEnd{1, 3}));  // older than all it knows
  EXPECT_EQ(log.end_of_epoch(3), (EpochEnd{3, 5}));
  log.advance_start(6);
  EXPECT_THAT(log.batches(), IsEmpty());
  EXPECT_EQ(log.end_offset(), 6);
  log.truncate_to(6);
  EXPECT_EQ(log.end_offset(), 6);
  EXPECT_EQ(log.start_offset(), 6);
}

// KAFKA-16541: the file of epochs was rewritten at 10 s; the kernel writes it out at 40 s.
TEST(PartitionLog, LosesEpochsThatWereRewrittenShortlyBeforeThePowerWasLost) {
  PartitionLog log = three_epochs();
  log.set_high_watermark(6);
  log.advance_start(1, Instant{10s});

  PartitionLog late = log;
  late.lose_unsynced_epochs(5, {}, Instant{40s});
  EXPECT_EQ(late.end_of_epoch(1), (EpochEnd{1, 2}));

  log.lose_unsynced_epochs(5, {}, Instant{39s});
  EXPECT_EQ(log.latest_epoch(), 4) << "read again from offset 5 on";
  EXPECT_EQ(log.end_of_epoch(1), (EpochEnd{1, 5})) << "where the oldest that it knows begins";
  EXPECT_FALSE(log.has_lost_epochs());
}

TEST(PartitionLog, LosesEveryEpochIfAllOfItWasFlushed) {
  PartitionLog log = three_epochs();
  log.truncate_to(5, Instant{10s});
  EXPECT_FALSE(log.has_lost_epochs());

  log.lose_unsynced_epochs(5, {}, Instant{11s});

  EXPECT_EQ(log.latest_epoch(), no_epoch);
  EXPECT_TRUE(log.has_lost_epochs());
}

TEST(PartitionLog, KeepsEpochsOnceTheNextOneHasBeenWrittenDown) {
  PartitionLog log = three_epochs();
  log.truncate_to(5, Instant{10s});
  log.begin_epoch(5);

  log.lose_unsynced_epochs(5, {}, Instant{11s});

  EXPECT_EQ(log.end_of_epoch(1), (EpochEnd{1, 2}));
}

TEST(PartitionLog, StartsAnewWhereItsLeaderBegins) {
  PartitionLog log = three_epochs();

  log.start_anew_at(100);

  EXPECT_EQ(log.start_offset(), 100);
  EXPECT_EQ(log.end_offset(), 100);
  EXPECT_EQ(log.latest_epoch(), no_epoch);
  EXPECT_EQ(log.high_watermark(), 100);
}

TEST(PartitionLog, TakesFromALeaderOnlyWhatFitsItsEnd) {
  PartitionLog log = three_epochs();
  Batch batch = plain_batch(6);
  batch.leader_epoch = 4;
  batch.base_offset = 7;

  EXPECT_THROW(log.append_as_follower(batch), ContractViolation);
}

TEST(PartitionLog, KnowsWhereAnEpochEnds) {
  const PartitionLog log = three_epochs();

  EXPECT_EQ(log.end_of_epoch(1), (EpochEnd{1, 2}));
  EXPECT_EQ(log.end_of_epoch(2), (EpochEnd{1, 2}));  // never seen: the one below
  EXPECT_EQ(log.end_of_epoch(3), (EpochEnd{3, 5}));
  EXPECT_EQ(log.end_of_epoch(4), (EpochEnd{4, 6}));
  EXPECT_EQ(log.end_of_epoch(0), (EpochEnd{0, 0}));  // older than all: it ended where we begin
  EXPECT_EQ(log.end_of_epoch(5), EpochEnd{});
}

// KIP-279: who is told the end of an epoch that the log does not have keeps too much.
TEST(PartitionLog, BeforeKip279AnsweredForAnEpochThatItHasNot) {
  const PartitionLog log = three_epochs();

  EXPECT_EQ(log.end_or_next_epoch(2), (EpochEnd{2, 2}));
  EXPECT_EQ(log.end_or_next_epoch(3), (EpochEnd{3, 5}));
  EXPECT_EQ(log.end_or_next_epoch(5), EpochEnd{});
}

TEST(PartitionLog, ForgetsAnEpochInWhichNothingWasWritten) {
  PartitionLog log = three_epochs();
  log.begin_epoch(5);

  log.begin_epoch(6);

  EXPECT_EQ(log.end_of_epoch(5), (EpochEnd{4, 6}));
  EXPECT_EQ(log.latest_epoch(), 6);
}

TEST(PartitionLog, TruncatesBatchesEpochsAndHighWatermark) {
  PartitionLog log = three_epochs();
  log.set_high_watermark(6);

  log.truncate_to(2);

  EXPECT_EQ(log.end_offset(), 2);
  EXPECT_EQ(log.high_watermark(), 2);
  EXPECT_THAT(log.epochs(), ElementsAre(PartitionLog::EpochStart{1, 0}));
}

TEST(PartitionLog, TruncationAtItsEndDropsAnEpochThatItBeganInVain) {
  PartitionLog log = three_epochs();
  log.begin_epoch(5);

  log.truncate_to(6);

  EXPECT_EQ(log.end_offset(), 6);
  EXPECT_EQ(log.latest_epoch(), 4);
}

TEST(PartitionLog, FindsTheBatchOfAnOffset) {
  const PartitionLog log = three_epochs();

  EXPECT_EQ(log.position_of(0), 0U);
  EXPECT_EQ(log.position_of(1), 0U);
  EXPECT_EQ(log.position_of(4), 1U);
  EXPECT_EQ(log.position_of(5), 2U);
  EXPECT_EQ(log.position_of(6), 3U);
}

TEST(PartitionLog, IsEmptyAfterClear) {
  PartitionLog log = three_epochs();

  log.clear();

  EXPECT_THAT(log.batches(), IsEmpty());
  EXPECT_EQ(log.end_offset(), 0);
  EXPECT_EQ(log.latest_epoch(), no_epoch);
}

// KIP-279: where both know the epoch, the shorter end counts; where the follower does not know the
// leader's epoch, it falls back to its own epoch below and asks again.
TEST(TruncationOffset, IsTheEndOfTheLastCommonEpoch) {
  const PartitionLog follower = three_epochs();

  EXPECT_EQ(truncation_offset(follower, {3, 4}), 4);
  EXPECT_EQ(truncation_offset(follower, {3, 9}), 5);
  EXPECT_EQ(truncation_offset(follower, {2, 4}), 2);
}

TEST(PartitionLog, FindsTheFirstRecordThatIsNotOlder) {
  using std::chrono::seconds;
  PartitionLog log;
  log.keep_times();
  log.append_as_leader(plain_batch(0, 2), 1, Instant{seconds(1)});
  log.append_as_leader(plain_batch(2, 3), 1, Instant{seconds(5)});

  EXPECT_EQ(log.first_written_since(Instant{}), 0);
  EXPECT_EQ(log.first_written_since(Instant{seconds(2)}), 2);
  EXPECT_EQ(log.first_written_since(Instant{seconds(5)}), 2);
  EXPECT_EQ(log.first_written_since(Instant{seconds(6)}), 5);  // none: the end
  log.set_high_watermark(5);
  log.advance_start(3);
  EXPECT_EQ(log.first_written_since(Instant{}), 3);
}

}  // namespace
}  // namespace kafault
