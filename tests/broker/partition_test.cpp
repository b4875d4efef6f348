#include "sim/broker/partition.hpp"

#include <gtest/gtest.h>

#include "tests/broker/postman.hpp"

namespace kafault {
namespace {

using namespace std::chrono_literals;

constexpr Instant start{100s};

TEST(RemoteReplica, IsCaughtUpAsOfThePreviousFetchIfItNowHasWhatThereWasThen) {
  RemoteReplica follower;
  follower.note_fetch(0, 10, -1, start);  // 10 behind
  EXPECT_EQ(follower.last_caught_up, long_ago);
  follower.note_fetch(10, 20, -1, start + 5s);  // has what there was at the first fetch
  EXPECT_EQ(follower.last_caught_up, start);
  follower.note_fetch(15, 30, -1, start + 6s);  // has not what there was at the second
  EXPECT_EQ(follower.last_caught_up, start);

  follower.note_fetch(30, 30, -1, start + 7s);

  EXPECT_EQ(follower.last_caught_up, start + 7s);
}

TEST(RemoteReplica, IsCaughtUpAtTheEndOfTheLogHoweverLongItWasSilent) {
  RemoteReplica follower;
  follower.note_fetch(5, 5, -1, start);

  EXPECT_TRUE(follower.is_caught_up(5, 30s, start + 1h));
  EXPECT_TRUE(follower.is_caught_up(6, 30s, start + 30s));
  EXPECT_FALSE(follower.is_caught_up(6, 30s, start + 30s + 1ns));
}

// A follower that is beyond the high watermark, but not yet at the beginning of the leader's epoch,
// could still differ in between.
TEST(Partition, TakesNobodyIntoTheIsrWhoHasNotReachedItsEpoch) {
  MetadataCache metadata;
  metadata.reset(1, 2);
  metadata.apply(Postman::registration(2, 2));
  Partition partition;
  partition.configure(1, std::vector<NodeId>{1, 2}, {.lag_time_max = 30s});
  partition.become_leader({1, 0, 0, {}, {}}, start);
  for (SendNumber i = 0; i < 3; ++i) partition.append_as_leader(plain_batch(i));
  partition.become_leader({1, 1, 1, {}, {}}, start);
  RemoteReplica& follower = *partition.replica(2);

  follower.note_fetch(2, 3, 2, start);
  EXPECT_FALSE(partition.propose_expansion(follower, metadata));
  follower.note_fetch(3, 3, 2, start);

  EXPECT_TRUE(partition.propose_expansion(follower, metadata));
}

TEST(Partition, FindsADuplicateOfItsLastBatchAfterARestart) {
  Partition partition;
  partition.configure(1, std::vector<NodeId>{1}, {});
  partition.become_leader({1, 0, 0, {}, {}}, start);
  partition.append_as_leader(idempotent_batch(0));
  partition.lose_memory();

  partition.recover();

  EXPECT_EQ(partition.producers().judge(idempotent_batch(0)),
            ProducerState::Verdict(ProducerState::Duplicate{0}));
}

}  // namespace
}  // namespace kafault
