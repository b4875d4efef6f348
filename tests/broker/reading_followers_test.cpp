// Consumers that read from the replica in their rack (KIP-392).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/broker/postman.hpp"

namespace kafault {
namespace {

using namespace std::chrono_literals;
using testing::IsEmpty;
using testing::SizeIs;

struct ConsumerInARack : testing::Test {
  ConsumerInARack() { post.settle(); }

  // Of a consumer in the rack of broker `near`.
  void fetch(NodeId from, NodeId near, Offset offset, LeaderEpoch epoch = 0) {
    FetchRequest request;
    request.max_wait = 500ms;
    request.max_bytes = request.partition_max_bytes = 1000;
    request.rack = near - 1;
    request.entries.push_back({0, offset, epoch, no_epoch});
    post.ask(from, request);
  }
  const FetchResponse::Entry& entry() const { return post.fetched.back().entries[0]; }

  Postman post{{.racks = true}};
};

TEST_F(ConsumerInARack, IsSentThereAtOnceThoughThereIsNothingToRead) {
  fetch(1, 2, 0);

  ASSERT_THAT(post.fetched, SizeIs(1));
  EXPECT_EQ(entry().preferred_replica, 2);
  EXPECT_EQ(entry().error, Error::none);
}

TEST_F(ConsumerInARack, StaysWithTheLeaderWhereThatIsThere) {
  fetch(1, 1, 0);

  EXPECT_THAT(post.fetched, IsEmpty());
}

TEST_F(ConsumerInARack, IsNotSentToWhoHasLess) {
  post.cut(1, 2);
  post.produce(1, Acks::leader, plain_batch(0));
  post.run_for(3ms);

  fetch(1, 2, 1);
  EXPECT_THAT(post.fetched, IsEmpty());
  fetch(1, 2, 0);

  ASSERT_THAT(post.fetched, SizeIs(1));
  EXPECT_EQ(entry().preferred_replica, 2);
}

TEST_F(ConsumerInARack, IsNotSentToWhoIsOutOfSyncOrFenced) {
  post.tell(1, Postman::leadership(0, 1, 0, 1, {1, 3}));
  fetch(1, 2, 0);
  EXPECT_THAT(post.fetched, IsEmpty());
  fetch(1, 3, 0);
  ASSERT_THAT(post.fetched, SizeIs(1));
  post.tell(1, Postman::registration(3, settled_broker_epoch(3), true));

  fetch(1, 3, 0);

  EXPECT_THAT(post.fetched, SizeIs(1));
}

// The follower has the batch one hop after the leader, and knows that it is committed with the next
// answer only: here with the next batch, else when its fetch has waited long enough.
TEST_F(ConsumerInARack, ReadsUpToTheFollowersHighWatermark) {
  fetch(2, 2, 0);
  post.produce(1, Acks::leader, plain_batch(0));
  post.run_for(10ms);
  EXPECT_EQ(post.broker(2).end_offset(0), 1);
  EXPECT_THAT(post.fetched, IsEmpty());

  post.produce(1, Acks::leader, plain_batch(1));
  post.run_for(10ms);

  ASSERT_THAT(post.fetched, SizeIs(1));
  EXPECT_EQ(entry().batch_count, 1U);
  EXPECT_EQ(entry().high_watermark, 1);
}

TEST_F(ConsumerInARack, WaitsForTheFollowersNextFetchWhereNothingFollows) {
  post.produce(1, Acks::leader, plain_batch(0));
  post.run_for(10ms);
  fetch(2, 2, 0);

  post.run_for(480ms);
  EXPECT_THAT(post.fetched, IsEmpty());
  post.run_for(20ms);

  ASSERT_THAT(post.fetched, SizeIs(1));
  EXPECT_EQ(entry().batch_count, 1U);
}

TEST_F(ConsumerInARack, IsOutOfRangeBeyondTheFollowersLog) {
  fetch(2, 2, 5);

  ASSERT_THAT(post.fetched, SizeIs(1));
  EXPECT_EQ(entry().error, Error::offset_out_of_range);
}

TEST_F(ConsumerInARack, IsFencedByAFollowerThatKnowsANewerLeader) {
  post.tell(2, Postman::leadership(0, 3, 1, 1, {1, 2, 3}));

  fetch(2, 2, 0, 0);

  ASSERT_THAT(post.fetched, SizeIs(1));
  EXPECT_EQ(entry().error, Error::fenced_leader_epoch);
}

TEST_F(ConsumerInARack, WithoutARackIsRefusedByFollowers) {
  fetch(2, 0, 0);

  ASSERT_THAT(post.fetched, SizeIs(1));
  EXPECT_EQ(entry().error, Error::not_leader_or_follower);
}

}  // namespace
}  // namespace kafault
