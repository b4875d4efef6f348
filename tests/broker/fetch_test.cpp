// What consumers and the coordinator get from a broker.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/broker/postman.hpp"

namespace kafault {
namespace {

using namespace std::chrono_literals;
using testing::IsEmpty;
using testing::SizeIs;

struct Consumer : testing::Test {
  explicit Consumer(const Postman::Options& options = {}) : post(options) { post.settle(); }

  void fetch(NodeId from, Offset offset, LeaderEpoch epoch = no_epoch,
             std::int32_t max_bytes = 1000, Duration max_wait = 500ms) {
    FetchRequest request;
    request.max_wait = max_wait;
    request.max_bytes = max_bytes;
    request.partition_max_bytes = max_bytes;
    request.entries.push_back({0, offset, epoch, no_epoch});
    post.ask(from, request);
  }
  const FetchResponse::Entry& entry() const { return post.fetched.back().entries[0]; }

  Postman post;
};

TEST_F(Consumer, SeesABatchWhenTheHighWatermarkPassedItAndNotBefore) {
  fetch(1, 0);

  post.produce(1, Acks::leader, plain_batch(0));
  post.run_for(Postman::hop);
  EXPECT_THAT(post.fetched, IsEmpty());
  post.run_for(Postman::hop);

  ASSERT_THAT(post.fetched, SizeIs(1));
  EXPECT_EQ(entry().batch_count, 1U);
  EXPECT_EQ(entry().high_watermark, 1);
}

TEST_F(Consumer, IsAnsweredEmptyWhenItsPatienceEnds) {
  fetch(1, 0);

  post.run_for(499ms);
  EXPECT_THAT(post.fetched, IsEmpty());
  post.run_for(1ms);

  ASSERT_THAT(post.fetched, SizeIs(1));
  EXPECT_EQ(entry().error, Error::none);
  EXPECT_EQ(entry().batch_count, 0U);
}

TEST_F(Consumer, GetsWholeBatchesWithinItsLimitAndAlwaysTheFirst) {
  for (SendNumber i = 0; i < 9; i += 3) post.produce(1, Acks::leader, plain_batch(i, 3));
  post.run_for(10ms);

  fetch(1, 4, no_epoch, 600);
  EXPECT_EQ(entry().batch_count, 2U);
  EXPECT_EQ(post.fetched.back().batches[0].base_offset, 3);
  fetch(1, 4, no_epoch, 599);
  EXPECT_EQ(entry().batch_count, 1U);
  fetch(1, 4, no_epoch, 1);

  EXPECT_EQ(entry().batch_count, 1U);
}

TEST_F(Consumer, IsToldAtOnceWhyItCannotRead) {
  const MetadataRecord elected = Postman::leadership(0, 2, 1, 1, {1, 2, 3});
  for (const NodeId id : {1, 2, 3}) post.tell(id, elected);

  fetch(1, 0);
  EXPECT_EQ(entry().error, Error::not_leader_or_follower);
  EXPECT_EQ(entry().current_leader, 2);
  fetch(2, 0, 0);
  EXPECT_EQ(entry().error, Error::fenced_leader_epoch);
  fetch(2, 0, 2);
  EXPECT_EQ(entry().error, Error::unknown_leader_epoch);
  fetch(2, 1, 1);

  EXPECT_EQ(entry().error, Error::offset_out_of_range);
}

TEST_F(Consumer, IsReleasedWhenItsBrokerStopsLeading) {
  fetch(1, 0);

  post.tell(1, Postman::leadership(0, 2, 1, 1, {1, 2, 3}));

  ASSERT_THAT(post.fetched, SizeIs(1));
  EXPECT_EQ(entry().error, Error::not_leader_or_follower);
}

// KIP-207.
TEST_F(Consumer, GetsNoLatestOffsetWhileANewLeadersHighWatermarkLags) {
  post.produce(1, Acks::leader, plain_batch(0));
  post.run_for(Postman::hop);
  post.tell(2, Postman::leadership(0, 2, 1, 1, {1, 2, 3}));
  ListOffsetsRequest request;
  request.entries.push_back({0, no_epoch, ListOffsetsRequest::Which::latest});

  post.ask(2, request);
  EXPECT_EQ(post.listed.back().entries[0].error, Error::offset_not_available);
  post.tell(1, Postman::leadership(0, 2, 1, 1, {1, 2, 3}));
  post.tell(3, Postman::leadership(0, 2, 1, 1, {1, 2, 3}));
  post.run_for(2s);
  post.ask(2, request);

  EXPECT_EQ(post.listed.back().entries[0].error, Error::none);
  EXPECT_EQ(post.listed.back().entries[0].offset, 1);
}

struct OffsetsTopic : Consumer {
  OffsetsTopic() : Consumer({.offsets_topic = true}) {}
};

TEST_F(OffsetsTopic, TellsTheCoordinatorOfAppendCommitAndLeadership) {
  ASSERT_THAT(post.locals, SizeIs(1));
  EXPECT_EQ(post.locals[0].kind, LocalEvent::Kind::elected);
  LocalEvent append;
  append.record = 4;
  append.tag = 9;

  post.append_local(1, append);
  ASSERT_THAT(post.locals, SizeIs(2));
  EXPECT_EQ(post.locals[1].kind, LocalEvent::Kind::appended);
  EXPECT_EQ(post.locals[1].tag, 9U);
  EXPECT_EQ(post.locals[1].offset, 1);
  post.run_for(2 * Postman::hop);
  ASSERT_THAT(post.locals, SizeIs(3));
  EXPECT_EQ(post.locals[2].kind, LocalEvent::Kind::committed);
  EXPECT_EQ(post.locals[2].offset, 1);
  post.tell(1, Postman::leadership(1, 2, 1, 1, {1, 2, 3}));
  EXPECT_EQ(post.locals[3].kind, LocalEvent::Kind::resigned);
  post.append_local(1, append);

  EXPECT_EQ(post.locals[4].error, Error::not_leader_or_follower);
  EXPECT_EQ(post.broker(2).log(1)->batches()[0].group_record, 4);
}

}  // namespace
}  // namespace kafault
