// What is on disk at a moment, and who wrote it there; what is old enough to be deleted.
#include "sim/broker/log_files.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "tests/broker/values.hpp"

namespace kafault {
namespace {

using namespace std::chrono_literals;

// One record of 100 bytes every second, the first at 1 s: offset n is written at n + 1 s.
struct PageCache : testing::Test {
  explicit PageCache(int records = 100) {
    for (int i = 0; i < records; ++i) {
      Batch batch{.count = 1, .bytes = 100};
      batch.base_offset = i;
      log.push_back(batch);
      written.push_back(at((i + 1) * 1s));
    }
  }
  // Of what is written by then.
  Offset on_disk_at(Duration now, Offset known = 0) const {
    std::size_t count = 0;
    while (count < log.size() && written[count] <= at(now)) ++count;
    return what_is_on_disk(std::span(log).first(count), std::span(written).first(count), known,
                           rules, kernel, at(now))
        .end;
  }

  std::vector<Batch> log;
  std::vector<Instant> written;
  FlushRules rules;
  WriteBack kernel;
};

// Dirty since 1 s, so old enough at 31 s; the flusher wakes up at 35 s and writes all of it. Then
// it is dirty again, at once.
TEST_F(PageCache, IsWrittenOutWholeWhenTheFileHasBeenDirtyForLong) {
  EXPECT_EQ(on_disk_at(34999ms), 0);
  EXPECT_EQ(on_disk_at(35s), 34);  // what is written at that very moment comes after it
  EXPECT_EQ(on_disk_at(64999ms), 34);
  EXPECT_EQ(on_disk_at(65s), 64);
}

TEST_F(PageCache, IsWrittenWhenTheFlusherOfThisMachineWakesUp) {
  kernel.phase = 2s;

  EXPECT_EQ(on_disk_at(31999ms), 0);
  EXPECT_EQ(on_disk_at(32s), 31);
  EXPECT_EQ(on_disk_at(61999ms), 31);
  EXPECT_EQ(on_disk_at(62s), 61);
}

TEST_F(PageCache, IsNeverWrittenByAKernelThatDoesNotLook) {
  kernel.period = 0s;

  EXPECT_EQ(on_disk_at(24h), 0);
}

TEST_F(PageCache, IsEmptyAfterEveryAppendWithFlushMessagesOne) {
  rules.messages = 1;

  EXPECT_EQ(on_disk_at(1s), 1);
  EXPECT_EQ(on_disk_at(50s), 50);
}

TEST_F(PageCache, IsFlushedEverySoManyRecords) {
  rules.messages = 7;

  EXPECT_EQ(on_disk_at(6s), 0);
  EXPECT_EQ(on_disk_at(7s), 7);
  EXPECT_EQ(on_disk_at(20s), 14);
}

// The trap: flush.ms alone. LogManager's flusher has a period of its own, which is endless.
TEST_F(PageCache, IsNotFlushedByFlushMsUntilSomebodyLooks) {
  rules.interval = 1s;

  EXPECT_EQ(on_disk_at(34s), 0);

  rules.scheduler_interval = 3s;

  EXPECT_EQ(on_disk_at(34s), 32);  // at 33 s
}

TEST_F(PageCache, IsFlushedNoMoreOftenThanFlushMsSays) {
  rules.interval = 10s;
  rules.scheduler_interval = 4s;

  EXPECT_EQ(on_disk_at(11s), 0);
  EXPECT_EQ(on_disk_at(12s), 11);
  EXPECT_EQ(on_disk_at(23s), 11);  // the next looks: 16 s and 20 s are too soon
  EXPECT_EQ(on_disk_at(24s), 23);
}

TEST_F(PageCache, IsFlushedWhenTheNextSegmentBegins) {
  rules.segment_bytes = 1000;

  EXPECT_EQ(on_disk_at(10s), 0);
  EXPECT_EQ(on_disk_at(11s), 10);
  EXPECT_EQ(on_disk_at(20s), 10);
  EXPECT_EQ(on_disk_at(21s), 20);
}

TEST_F(PageCache, IsFlushedWhenASegmentIsOld) {
  rules.segment_time = 9s;

  EXPECT_EQ(on_disk_at(10s), 0);
  EXPECT_EQ(on_disk_at(11s), 10);
}

// What an earlier life of the machine left is on disk, and does not make the file dirty.
TEST_F(PageCache, HoldsNothingOfWhatIsKnownToBeOnDisk) {
  EXPECT_EQ(on_disk_at(30s, 20), 20);
  EXPECT_EQ(on_disk_at(54s, 20), 20);  // dirty since 21 s
  EXPECT_EQ(on_disk_at(55s, 20), 54);
}

// ---- what may be deleted ------------------------------------------------------------------------

// Segments of ten records: offsets 0 to 9, 10 to 19, ...
struct Retention : PageCache {
  Retention() : PageCache(35) { rules.segment_bytes = 1000; }
  Offset deletable_at(Duration now) const {
    return end_of_deletable(log, written, 0, retention, rules, at(now));
  }
  RetentionRules retention;
};

TEST_F(Retention, KeepsEverythingWithoutALimit) { EXPECT_EQ(deletable_at(24h), 0); }

// The newest record of the first segment is written at 10 s.
TEST_F(Retention, LetsASegmentGoWhenItsNewestRecordIsTooOld) {
  retention.age = 60s;

  EXPECT_EQ(deletable_at(70s), 0);
  EXPECT_EQ(deletable_at(70001ms), 10);
  EXPECT_EQ(deletable_at(80001ms), 20);
  EXPECT_EQ(deletable_at(90001ms), 30);
}

// A new one is rolled in its place.
TEST_F(Retention, LetsTheActiveSegmentGoTooWhenItIsOld) {
  retention.age = 60s;

  EXPECT_EQ(deletable_at(95s), 30);
  EXPECT_EQ(deletable_at(95001ms), 35);
}

// 3,500 bytes in all; a segment has 1,000.
TEST_F(Retention, LetsSegmentsGoWhileEnoughIsLeftWithoutThem) {
  retention.bytes = 2600;
  EXPECT_EQ(deletable_at(35s), 0);
  retention.bytes = 2500;
  EXPECT_EQ(deletable_at(35s), 10);
  retention.bytes = 1000;
  EXPECT_EQ(deletable_at(35s), 20);
}

}  // namespace
}  // namespace kafault
