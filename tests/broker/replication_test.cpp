// Leader and followers, message by message: the reference traces of acks, high watermark, election
// and truncation.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/broker/postman.hpp"

namespace kafault {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr auto hop = Postman::hop;

struct Replication : testing::Test {
  explicit Replication(const Postman::Options& options = {}) : post(options) { post.settle(); }

  Error last_error() const { return post.answers.back().entry.error; }
  Offset last_offset() const { return post.answers.back().entry.base_offset; }

  Postman post;
};

using Commit = Replication;

// Append, answer to the parked fetch (1 hop), next fetch (1 hop): the leader knows, and answers.
// The followers learn the high watermark one fetch later.
TEST_F(Commit, TakesOneRoundTripAndFollowersLearnOfItWithTheNextAnswer) {
  const Instant sent = post.now;

  post.produce(1, Acks::all, plain_batch(0));
  EXPECT_EQ(post.broker(1).end_offset(0), 1);
  EXPECT_EQ(post.broker(1).high_watermark(0), 0);
  EXPECT_THAT(post.answers, IsEmpty());
  post.run_for(hop);
  EXPECT_EQ(post.broker(2).end_offset(0), 1);
  EXPECT_EQ(post.broker(2).high_watermark(0), 0);
  post.run_for(hop);

  ASSERT_THAT(post.answers, SizeIs(1));
  EXPECT_EQ(post.answers[0].at - sent, 2 * hop);
  EXPECT_EQ(last_error(), Error::none);
  EXPECT_EQ(last_offset(), 0);
  EXPECT_EQ(post.broker(1).high_watermark(0), 1);
  EXPECT_EQ(post.broker(2).high_watermark(0), 0);
  post.produce(1, Acks::all, plain_batch(1));
  post.run_for(hop);
  EXPECT_EQ(post.broker(2).high_watermark(0), 1);
}

// KAFKA-9952: a new high watermark does not release the followers' fetches.
TEST_F(Commit, ReachesIdleFollowersWhenTheLongPollEnds) {
  post.produce(1, Acks::all, plain_batch(0));

  post.run_for(490ms);
  EXPECT_EQ(post.broker(2).high_watermark(0), 0);
  post.run_for(20ms);

  EXPECT_EQ(post.broker(2).high_watermark(0), 1);
}

TEST_F(Commit, IsNotedOnceByTheLeaderAndEachAppendByItsReplica) {
  post.produce(1, Acks::all, plain_batch(0, 3));
  post.run_for(10 * hop);

  EXPECT_EQ(post.count(ObservationKind::BatchAppended, 1), 1);
  EXPECT_EQ(post.count(ObservationKind::BatchReplicated, 2), 1);
  EXPECT_EQ(post.count(ObservationKind::BatchReplicated, 3), 1);
  EXPECT_EQ(post.count(ObservationKind::HighWatermarkAdvanced, 1), 1);
  EXPECT_TRUE(
      std::ranges::equal(post.broker(1).log(0)->batches(), post.broker(3).log(0)->batches()));
}

TEST_F(Commit, WaitsForTheSlowestInSyncReplicaOnlyWithAcksAll) {
  post.cut(1, 3);

  post.produce(1, Acks::leader, plain_batch(0));
  post.produce(1, Acks::all, plain_batch(1));
  post.run_for(100ms);

  ASSERT_THAT(post.answers, SizeIs(1));
  EXPECT_EQ(last_offset(), 0);
  EXPECT_EQ(post.broker(1).high_watermark(0), 0);
}

// Two independent clocks: this is the broker's, from the append.
TEST_F(Commit, TimesOutInThePurgatoryAndTheBatchStays) {
  post.cut(1, 2);
  const Instant sent = post.now;

  post.produce(1, Acks::all, {{0, plain_batch(0)}}, 5s);
  post.run_for(6s);

  ASSERT_THAT(post.answers, SizeIs(1));
  EXPECT_EQ(post.answers[0].at - sent, 5s);
  EXPECT_EQ(last_error(), Error::request_timed_out);
  EXPECT_EQ(post.broker(1).end_offset(0), 1);
  EXPECT_TRUE(post.broker(1).is_quiet());
}

TEST_F(Commit, WithoutAcksEndsInAFinishOrInAHangUp) {
  post.produce(1, Acks::none, plain_batch(0));
  post.produce(2, Acks::none, plain_batch(1));

  EXPECT_THAT(post.endings, ElementsAre(Effect::Kind::finish, Effect::Kind::close));
  EXPECT_THAT(post.answers, IsEmpty());
  EXPECT_EQ(post.broker(1).end_offset(0), 1);
}

struct TwoPartitions : Replication {
  TwoPartitions() : Replication({.partitions = 2}) {}
};

TEST_F(TwoPartitions, AreAnsweredTogetherWhenTheLastIsDecided) {
  post.produce(1, Acks::all, {{0, plain_batch(0)}, {1, plain_batch(0)}, {9, plain_batch(0)}});
  EXPECT_THAT(post.answers, IsEmpty());
  post.run_for(2 * hop);

  ASSERT_THAT(post.answers, SizeIs(3));
  EXPECT_EQ(post.answers[0].entry.error, Error::none);
  EXPECT_EQ(post.answers[1].entry.error, Error::none);
  EXPECT_EQ(post.answers[2].entry.error, Error::unknown_topic_or_partition);
}

using Idempotence = Replication;

// I9: a duplicate never moves the end of the log; it waits for the high watermark as the first did.
TEST_F(Idempotence, AnswersARetriedBatchWithItsFirstOffsetOnceItIsCommitted) {
  post.produce(1, Acks::leader, idempotent_batch(0, 2));

  post.produce(1, Acks::all, idempotent_batch(0, 2));
  EXPECT_THAT(post.answers, SizeIs(1));
  post.run_for(2 * hop);

  ASSERT_THAT(post.answers, SizeIs(2));
  EXPECT_EQ(last_error(), Error::none);
  EXPECT_EQ(last_offset(), 0);
  EXPECT_EQ(post.broker(1).end_offset(0), 2);
  EXPECT_EQ(post.count(ObservationKind::BatchDeduplicated, 1), 1);
}

TEST_F(Idempotence, RefusesASequenceGapWithoutAppending) {
  post.produce(1, Acks::all, idempotent_batch(0));

  post.produce(1, Acks::all, idempotent_batch(2));

  EXPECT_EQ(last_error(), Error::out_of_order_sequence_number);
  EXPECT_EQ(post.broker(1).end_offset(0), 1);
  EXPECT_EQ(post.count(ObservationKind::BatchRefused, 1), 1);
}

using Failover = Replication;

// acks=1: the leader dies before its batch was fetched, a follower leads, the old leader returns
// and cuts what nobody has. One acked record is lost.
TEST_F(Failover, LosesWhatWasAckedByTheOldLeaderAlone) {
  post.produce(1, Acks::all, plain_batch(0));
  post.run_for(600ms);
  post.cut(1, 2);
  post.cut(1, 3);
  post.produce(1, Acks::leader, plain_batch(1));
  EXPECT_EQ(last_error(), Error::none);
  post.crash(1);
  post.heal();
  post.run_for(8s);

  const MetadataRecord elected = Postman::leadership(0, 2, 1, 1, {2, 3});
  post.tell(2, elected);
  post.tell(3, elected);
  post.run_for(10ms);
  post.produce(2, Acks::all, plain_batch(2));
  post.run_for(10ms);
  EXPECT_EQ(last_error(), Error::none);
  EXPECT_EQ(last_offset(), 1);
  post.start(1);
  EXPECT_EQ(post.broker(1).end_offset(0), 2);
  post.tell(1, elected);
  post.run_for(20ms);

  EXPECT_EQ(post.count(ObservationKind::LogTruncated, 1), 1);
  ASSERT_EQ(post.broker(1).end_offset(0), 2);
  EXPECT_EQ(post.broker(1).log(0)->batches()[1].first, 2U);
}

// The retry of a batch that the new leader had fetched: idempotence answers it with its offset.
TEST_F(Failover, FindsTheRetriedBatchInTheNewLeadersLog) {
  post.produce(1, Acks::all, idempotent_batch(0));
  post.run_for(hop);
  const MetadataRecord elected = Postman::leadership(0, 2, 1, 1, {1, 2, 3});
  post.tell(2, elected);

  post.tell(1, elected);
  ASSERT_THAT(post.answers, SizeIs(1));
  EXPECT_EQ(last_error(), Error::not_leader_or_follower);
  EXPECT_EQ(post.answers[0].entry.current_leader, 2);
  EXPECT_EQ(post.answers[0].entry.current_leader_epoch, 1);
  post.tell(3, elected);
  post.produce(2, Acks::all, idempotent_batch(0));
  EXPECT_THAT(post.answers, SizeIs(1));
  post.run_for(2s);

  ASSERT_THAT(post.answers, SizeIs(2));
  EXPECT_EQ(last_error(), Error::none);
  EXPECT_EQ(last_offset(), 0);
  EXPECT_EQ(post.broker(2).end_offset(0), 1);
}

TEST_F(Failover, AppendsTheRetriedBatchAgainWithoutIdempotence) {
  post.produce(1, Acks::all, plain_batch(0));
  post.run_for(hop);
  const MetadataRecord elected = Postman::leadership(0, 2, 1, 1, {1, 2, 3});
  for (const NodeId id : {1, 2, 3}) post.tell(id, elected);

  post.produce(2, Acks::all, plain_batch(0));
  post.run_for(2s);

  EXPECT_EQ(last_error(), Error::none);
  EXPECT_EQ(last_offset(), 1);
  EXPECT_EQ(post.broker(2).end_offset(0), 2);
  EXPECT_EQ(post.broker(1).end_offset(0), 2);
}

// A broker that has not heard of its successor goes on: acks=1 is lost, acks=all is never acked.
TEST_F(Failover, LeavesAZombieWhoseAcksCountForNothing) {
  const MetadataRecord elected = Postman::leadership(0, 2, 1, 1, {2, 3});
  post.tell(2, elected);
  post.tell(3, elected);
  post.run_for(1s);

  post.produce(1, Acks::leader, plain_batch(0));
  EXPECT_EQ(last_error(), Error::none);
  post.produce(1, Acks::all, plain_batch(1));
  post.run_for(5s);
  EXPECT_THAT(post.answers, SizeIs(1));
  EXPECT_TRUE(post.broker(1).leads(0));
  post.tell(1, elected);

  EXPECT_EQ(last_error(), Error::not_leader_or_follower);
  post.run_for(1s);
  EXPECT_EQ(post.broker(1).end_offset(0), 0);
  EXPECT_EQ(post.count(ObservationKind::LeadershipLost, 1), 1);
}

// A follower that was told of the new leader before the leader itself backs off for a second.
TEST_F(Failover, KeepsAFollowerWaitingThatComesBeforeItsLeaderKnows) {
  const MetadataRecord elected = Postman::leadership(0, 2, 1, 1, {1, 2, 3});
  post.tell(3, elected);
  post.run_for(600ms);  // its first fetch was answered UNKNOWN_LEADER_EPOCH
  post.tell(2, elected);
  post.tell(1, elected);
  post.produce(2, Acks::all, plain_batch(0));

  post.run_for(300ms);
  EXPECT_EQ(post.broker(1).end_offset(0), 1);
  EXPECT_EQ(post.broker(3).end_offset(0), 0);
  post.run_for(200ms);

  EXPECT_EQ(post.broker(3).end_offset(0), 1);
  EXPECT_EQ(last_error(), Error::none);
}

// All fetches of a broken connection wait twice the back-off: the thread sleeps, then its
// partitions are delayed.
TEST_F(Failover, ReconnectsAFollowerTwoBackOffsAfterItsLeaderBroke) {
  post.crash(1);
  post.run_for(1s);
  post.start(1);
  post.tell(1, Postman::leadership(0, 1, 1, 1, {1, 2, 3}));
  post.tell(2, Postman::leadership(0, 1, 0, 0, {1, 2, 3}));  // nothing new
  const auto before = post.count(ObservationKind::ConnectionLost, 2);

  post.produce(1, Acks::leader, plain_batch(0));
  post.run_for(500ms);
  EXPECT_EQ(before, 1);
  EXPECT_EQ(post.broker(2).end_offset(0), 0);
  post.tell(2, Postman::leadership(0, 1, 1, 1, {1, 2, 3}));  // a new epoch starts it at once
  post.run_for(10ms);

  EXPECT_EQ(post.broker(2).end_offset(0), 1);
  EXPECT_EQ(post.broker(3).end_offset(0), 0);
  post.run_for(600ms);
  EXPECT_EQ(post.broker(3).end_offset(0), 0);  // fenced: it fetches with the old epoch
}

// Power loss at the only in-sync replica: it comes back shorter, leads, and the others cut what was
// acked (no eligible leader replicas).
TEST_F(Failover, CutsAckedRecordsWhenTheLastReplicaLostItsTail) {
  post.produce(1, Acks::all, plain_batch(0));
  post.run_for(600ms);
  EXPECT_EQ(last_error(), Error::none);
  const MetadataRecord alone = Postman::leadership(0, 3, 1, 1, {3});
  for (const NodeId id : {1, 2, 3}) post.tell(id, alone);
  post.run_for(10ms);

  post.crash(3);
  post.broker(3).lose_disk(0);
  post.start(3);
  const MetadataRecord again = Postman::leadership(0, 3, 3, 3, {3});
  for (const NodeId id : {3, 1, 2}) post.tell(id, again);
  post.run_for(5s);

  EXPECT_EQ(post.broker(1).end_offset(0), 0);
  EXPECT_EQ(post.broker(2).end_offset(0), 0);
  EXPECT_EQ(post.count(ObservationKind::LogTruncated, 1), 1);
}

// The metadata log still says that it leads; its new registration is not in it yet.
TEST_F(Failover, LeavesARestartedBrokerWithoutRolesUntilItIsRegisteredAgain) {
  post.crash(1);
  MessageStore messages;
  GroupJournal journal;
  Outbox out(messages, journal);
  post.broker(1).start(post.now, out);

  const std::vector<MetadataRecord> former{Postman::registration(1, 1),
                                           Postman::leadership(0, 1, 0, 0, {1, 2, 3})};
  post.broker(1).apply(former, post.now, out);
  EXPECT_FALSE(post.broker(1).is_serving());
  EXPECT_FALSE(post.broker(1).leads(0));
  const std::vector<MetadataRecord> anew{Postman::leadership(0, 1, 2, 2, {1}),
                                         Postman::registration(1, 80)};
  post.broker(1).apply(anew, post.now, out);

  EXPECT_TRUE(post.broker(1).is_serving());
  EXPECT_TRUE(post.broker(1).leads(0));
}

TEST_F(Failover, ForgetsMemoryInACrashAndKeepsTheLog) {
  post.produce(1, Acks::all, idempotent_batch(0));
  post.run_for(10ms);

  post.crash(1);
  post.start(1);

  EXPECT_FALSE(post.broker(1).leads(0));
  EXPECT_EQ(post.broker(1).end_offset(0), 1);
  EXPECT_EQ(post.broker(1).high_watermark(0), 1);
  post.produce(1, Acks::leader, idempotent_batch(1));
  EXPECT_EQ(last_error(), Error::not_leader_or_follower);
}

}  // namespace
}  // namespace kafault
