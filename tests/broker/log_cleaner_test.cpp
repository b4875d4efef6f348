// Compaction: which records stay, which go, and when; and that whoever reads the log goes on.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/broker/partition_log.hpp"
#include "tests/broker/postman.hpp"

namespace kafault {
namespace {

using std::chrono::hours;
using std::chrono::seconds;
using testing::ElementsAre;

// One producer, whose record n has key n mod `keys`, sent in batches to a log whose segments hold
// two of them.
struct LogCleaning : testing::Test {
  static constexpr std::uint32_t bytes_of_batch = 100;

  LogCleaning() {
    rules.compacts = true;
    flush.segment_bytes = 2 * bytes_of_batch;
    log.keep_stamps();
  }
  void use(std::int64_t keys, std::int64_t tombstones_from = 1000) {
    contents = RecordContents({{keys, tombstones_from, 1000, {}}}, 1, 1);
  }
  // A batch of the next `count` records.
  void append(std::uint32_t count) {
    contents.sent(0, 0, next, count, next, now);
    Batch batch = plain_batch(next);
    batch.producer = 0;
    batch.count = count;
    batch.bytes = bytes_of_batch;
    batch.producer_id = 7;
    batch.base_sequence = static_cast<std::int32_t>(next);
    log.append_as_leader(batch, 0, now, now);
    log.set_high_watermark(log.end_offset());
    next += count;
  }
  // Whether there was enough to be cleaned, and it was.
  bool clean() {
    const auto dirty = log.dirty_part(rules, flush, now);
    if (!dirty || !dirty->is_worth_it(rules)) return false;
    removed.clear();
    log.clean(*dirty, rules, 0, contents, now, removed);
    return true;
  }
  std::vector<Offset> offsets() const {
    std::vector<Offset> all;
    for (const Batch& batch : log.batches()) {
      for (std::uint32_t i = 0; i < batch.count; ++i) all.push_back(batch.base_offset + i);
    }
    return all;
  }

  CleanerRules rules;
  FlushRules flush;
  PartitionLog log;
  RecordContents contents;
  Instant now{seconds(100)};
  SendNumber next = 0;
  std::vector<CleanedAway> removed;
};

TEST_F(LogCleaning, KeepsTheLastRecordOfEveryKeyAndItsOffset) {
  use(2);
  for (int i = 0; i < 5; ++i) append(2);  // keys 0 1, 0 1 | 0 1, 0 1 | 0 1

  ASSERT_TRUE(clean());

  EXPECT_THAT(offsets(), ElementsAre(6, 7, 8, 9));
  EXPECT_EQ(log.end_offset(), 10);
  EXPECT_EQ(log.start_offset(), 0);
  ASSERT_EQ(removed.size(), 3U);
  EXPECT_EQ(removed[0].first, 0U);
  EXPECT_EQ(removed[0].count, 2U);
  EXPECT_FALSE(removed[0].is_tombstone);
}

TEST_F(LogCleaning, NeverLooksAtTheActiveSegment) {
  use(1);
  append(1);
  append(1);

  EXPECT_FALSE(clean());
  append(1);  // rolled

  ASSERT_TRUE(clean());
  EXPECT_THAT(offsets(), ElementsAre(1, 2));  // 2 has the same key, but nobody has looked there
}

TEST_F(LogCleaning, NeverLooksAtWhatIsNotCommitted) {
  use(1);
  for (int i = 0; i < 5; ++i) append(1);
  log.set_high_watermark(3);

  ASSERT_TRUE(clean());

  EXPECT_THAT(offsets(), ElementsAre(1, 2, 3, 4));
}

TEST_F(LogCleaning, AReaderInAGapGetsWhatLiesBehindIt) {
  use(1);
  for (int i = 0; i < 3; ++i) append(2);
  ASSERT_TRUE(clean());

  EXPECT_THAT(offsets(), ElementsAre(3, 4, 5));
  EXPECT_EQ(log.batches()[log.position_of(0)].base_offset, 3);
  EXPECT_EQ(log.batches()[log.position_of(2)].base_offset, 3);
  EXPECT_EQ(log.batches()[log.position_of(4)].base_offset, 4);
}

TEST_F(LogCleaning, AFollowerThatIsBehindTakesAGap) {
  use(1);
  for (int i = 0; i < 3; ++i) append(2);
  PartitionLog follower;
  follower.keep_stamps();
  ASSERT_TRUE(clean());

  for (const Batch& batch : log.batches()) follower.append_as_follower(batch, now, now);

  EXPECT_EQ(follower.end_offset(), 6);
  follower.truncate_to(2);
  EXPECT_EQ(follower.end_offset(), 2);
}

TEST_F(LogCleaning, IsCutWhereTheLogIs) {
  use(1);
  for (int i = 0; i < 5; ++i) append(2);
  ASSERT_TRUE(clean());
  EXPECT_THAT(offsets(), ElementsAre(7, 8, 9));

  log.truncate_to(8);
  log.set_high_watermark(8);
  next = 8;
  for (int i = 0; i < 3; ++i) append(2);

  ASSERT_TRUE(clean());
  EXPECT_THAT(offsets(),
              ElementsAre(9, 10, 11, 12, 13));  // what was left of 4 to 7 counts for 8, 9
}

TEST_F(LogCleaning, WhatIsLeftOfABatchEndsWithItsLastSequence) {
  use(3);
  append(4);  // keys 0 1 2 0
  append(2);  // keys 1 2
  append(1);

  ASSERT_TRUE(clean());

  EXPECT_THAT(offsets(), ElementsAre(3, 4, 5, 6));
  EXPECT_EQ(log.batches()[0].last_sequence(), 3);

  use(2);
  log.clear();
  next = 0;
  append(2);                          // keys 0 1
  contents.sent(0, 0, 2, 2, 1, now);  // records 1 and 2: keys 1 0
  Batch batch = plain_batch(2);
  batch.producer = 0;
  batch.count = 1;
  batch.bytes = bytes_of_batch;
  batch.base_sequence = 2;
  batch.producer_id = 7;
  log.append_as_leader(batch, 0, now, now);
  log.append_as_leader(batch, 0, now, now);
  log.set_high_watermark(4);

  ASSERT_TRUE(clean());

  EXPECT_THAT(offsets(), ElementsAre(0, 2, 3));
  EXPECT_EQ(log.batches()[0].count, 1U);
  EXPECT_EQ(log.batches()[0].last_sequence(), 1);  // as its producer's batch had it
}

TEST_F(LogCleaning, WaitsUntilEnoughIsDirty) {
  use(1);
  rules.min_dirty_millionths = 500'000;
  for (int i = 0; i < 5; ++i) append(1);  // four in closed segments
  ASSERT_TRUE(clean());                   // one of them is left: 100 bytes are clean
  EXPECT_THAT(offsets(), ElementsAre(3, 4));

  EXPECT_FALSE(clean());
  append(1);
  append(1);  // 200 bytes are dirty, more than half of 300
  EXPECT_TRUE(clean());

  rules.min_dirty_millionths = 700'000;
  append(1);
  append(1);
  EXPECT_FALSE(clean());
}

TEST_F(LogCleaning, LeavesWhatIsYoungerThanItsLag) {
  use(1);
  rules.min_lag = hours(1);
  for (int i = 0; i < 3; ++i) append(1);

  EXPECT_FALSE(clean());
  now += hours(1) + seconds(1);
  EXPECT_TRUE(clean());
}

TEST_F(LogCleaning, CleansWhatIsOverdueHoweverLittleItIs) {
  use(1);
  rules.min_dirty_millionths = 1'000'000;
  for (int i = 0; i < 3; ++i) append(1);
  EXPECT_FALSE(clean());

  rules.max_lag = hours(1);
  EXPECT_FALSE(clean());
  now += hours(1) + seconds(1);
  EXPECT_TRUE(clean());
}

// KIP-534.
TEST_F(LogCleaning, ATombstoneStaysForATimeAfterTheCleaningThatMetIt) {
  use(4, 4);
  rules.delete_retention = seconds(60);
  append(4);  // values of keys 0 to 3
  append(4);  // their tombstones
  append(1);
  ASSERT_TRUE(clean());
  EXPECT_THAT(offsets(), ElementsAre(4, 5, 6, 7, 8));

  now += seconds(61);
  EXPECT_FALSE(clean());  // nothing is dirty: they stay however old they are
  append(1);
  append(1);
  ASSERT_TRUE(clean());

  EXPECT_EQ(removed.back().is_tombstone, true);
  EXPECT_THAT(offsets(), ElementsAre(8, 9, 10));
}

TEST_F(LogCleaning, ATombstoneThatIsMetLateStaysAsLong) {
  use(4, 4);
  rules.delete_retention = seconds(60);
  append(4);
  append(4);
  append(1);
  now += hours(1);

  ASSERT_TRUE(clean());

  EXPECT_THAT(offsets(), ElementsAre(4, 5, 6, 7, 8));
}

TEST_F(LogCleaning, WhatHasNoKeyGoes) {
  use(0);
  for (int i = 0; i < 3; ++i) append(1);

  ASSERT_TRUE(clean());

  EXPECT_THAT(offsets(), ElementsAre(2));
}

TEST_F(LogCleaning, RetentionGoesBySegmentsAsTheyWereRolled) {
  use(1);
  for (int i = 0; i < 5; ++i) append(1);
  ASSERT_TRUE(clean());
  now += hours(2);

  EXPECT_EQ(log.end_of_deletable_and_cleaned({.age = hours(3)}, flush, now), 0);
  EXPECT_EQ(log.end_of_deletable_and_cleaned({.age = hours(1)}, flush, now), 5);
  EXPECT_EQ(log.end_of_deletable_and_cleaned({.bytes = 100}, flush, now), 4);
}

TEST_F(LogCleaning, RetentionFindsNothingInALogThatIsDeletedWhole) {
  use(1);
  append(1);
  ASSERT_EQ(log.end_of_deletable_and_cleaned({.age = seconds(0)}, flush, now + hours(1)), 1);
  log.advance_start(1);

  EXPECT_TRUE(log.batches().empty());
  EXPECT_EQ(log.end_of_deletable_and_cleaned({.age = seconds(0)}, flush, now + hours(1)), 1);
}

TEST(RecordContents, KnowsKeysTombstonesAndTimestampsBySends) {
  RecordContents contents({{3, 8, 9, -hours(25)}}, 2, 2);
  const Instant now{hours(1)};
  contents.sent(0, 1, 0, 5, 4, now);

  EXPECT_EQ(contents.of(0, 1, 0).key, 1);
  EXPECT_EQ(contents.of(0, 1, 2).key, 0);
  EXPECT_FALSE(contents.of(0, 1, 3).is_tombstone);
  EXPECT_TRUE(contents.of(0, 1, 4).is_tombstone);
  EXPECT_EQ(contents.of(0, 1, 4).timestamp, now - hours(25));
  contents.sent(1, 0, 0, 1, -1, now);  // of somebody behind the producers
  EXPECT_EQ(contents.of(1, 0, 0).key, no_key);
  EXPECT_EQ(contents.of(1, 0, 0).timestamp, now);
}

TEST(RecordContents, ForgetsSendsThatNeverWentOut) {
  RecordContents contents({{-1, 0, 0, {}}}, 1, 1);
  contents.sent(0, 0, 0, 5, 0, {});

  contents.sent(0, 0, 3, 2, 9, {});

  EXPECT_EQ(contents.of(0, 0, 2).key, 2);
  EXPECT_EQ(contents.of(0, 0, 3).key, 9);
  EXPECT_EQ(contents.of(0, 0, 4).key, 10);
}

}  // namespace
}  // namespace kafault
