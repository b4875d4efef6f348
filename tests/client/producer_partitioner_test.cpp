#include "sim/client/producer_partitioner.hpp"

#include <gtest/gtest.h>

namespace kafault {
namespace {

// Kafka's own vectors (UtilsTest.testMurmur2).
TEST(Murmur2, GivesKafkasVectors) {
  EXPECT_EQ(murmur2("21"), -973932308);
  EXPECT_EQ(murmur2("foobar"), -790332482);
  EXPECT_EQ(murmur2("a-little-bit-long-string"), -985981536);
  EXPECT_EQ(murmur2("a-little-bit-longer-string"), -1486304829);
  EXPECT_EQ(murmur2("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8"), -58897971);
  EXPECT_EQ(murmur2("abc"), 479470107);
}

TEST(PartitionOfKey, ClearsTheSignBitInsteadOfNegating) {
  EXPECT_EQ(partition_of_key("21", 7), (-973932308 & 0x7fffffff) % 7);
}

TEST(PartitionOfRecord, RepeatsWithTheNumberOfKeys) {
  EXPECT_EQ(partition_of_record(3, 10, 12), partition_of_key("k3", 12));
  EXPECT_EQ(partition_of_record(13, 10, 12), partition_of_key("k3", 12));
  EXPECT_EQ(partition_of_record(13, -1, 12), partition_of_key("k13", 12));
}

TEST(StickyPartitioner, StaysUntilEnoughBytesAndAFullBatch) {
  StickyPartitioner sticky;
  sticky.reset(100);

  EXPECT_FALSE(sticky.produced(99, true));
  EXPECT_FALSE(sticky.produced(1, false));
  EXPECT_TRUE(sticky.produced(0, true));
  EXPECT_TRUE(sticky.produced(100, false)) << "never more than twice the batch size";
}

TEST(StickyPartitioner, SkipsPartitionsWithoutLeader) {
  StickyPartitioner sticky;
  sticky.reset(100);
  const auto all_but_one = [](std::int32_t p) { return p != 1; };

  Dice fixed;
  sticky.begin(3, all_but_one, fixed);
  EXPECT_EQ(sticky.current(), 0);
  sticky.advance(3, all_but_one, fixed);
  EXPECT_EQ(sticky.current(), 2);
  sticky.advance(3, all_but_one, fixed);
  EXPECT_EQ(sticky.current(), 0);
}

}  // namespace
}  // namespace kafault
