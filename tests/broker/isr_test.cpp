// The in-sync replicas: who leaves, who joins, and what acks=all makes of it meanwhile.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/broker/postman.hpp"
#include "tests/broker/values.hpp"

namespace kafault {
namespace {

using namespace std::chrono_literals;
using testing::IsEmpty;
using testing::SizeIs;

struct Isr : testing::Test {
  explicit Isr(const Postman::Options& options = {}) : post(options) { post.settle(); }

  Error last_error() const { return post.answers.back().entry.error; }
  // Runs until broker 1 wants to change an ISR; how long it took.
  Duration until_change(Duration at_most) {
    const Instant begin = post.now;
    while (!post.broker(1).has_isr_changes() && post.now - begin < at_most) post.run_for(100ms);
    return post.now - begin;
  }

  Postman post;
};

TEST_F(Isr, LosesAFollowerThirtyToFortyFiveSecondsAfterItWasCaughtUp) {
  post.cut(1, 3);
  post.produce(1, Acks::all, plain_batch(0));

  const Duration taken = until_change(60s);

  EXPECT_GE(taken, 29s);
  EXPECT_LE(taken, 46s);
  EXPECT_EQ(post.broker(1).partition(0).maximal_isr(), set_of({1, 2, 3}));  // not yet confirmed
  const auto wanted = post.answer_isr_changes(1);
  ASSERT_THAT(wanted, SizeIs(1));
  EXPECT_EQ(wanted[0].isr, set_of({1, 2}));
  EXPECT_EQ(post.broker(1).isr(0), set_of({1, 2}));
}

TEST_F(Isr, ReleasesWhatWaitedWhenTheShrinkIsConfirmed) {
  post.cut(1, 3);
  post.produce(1, Acks::all, {{0, plain_batch(0)}}, 120s);
  until_change(60s);
  EXPECT_THAT(post.answers, IsEmpty());

  post.answer_isr_changes(1);

  ASSERT_THAT(post.answers, SizeIs(1));
  EXPECT_EQ(last_error(), Error::none);
  EXPECT_EQ(post.broker(1).high_watermark(0), 1);
}

// A hanging follower: the first batch times out after 30 s although it stays in the log, its retry
// is appended behind it and acked when the follower has left the ISR.
TEST_F(Isr, LeavesTheTimedOutBatchInTheLogBesideItsRetry) {
  post.cut(1, 3);
  post.produce(1, Acks::all, plain_batch(0));
  post.run_for(30s);
  EXPECT_EQ(last_error(), Error::request_timed_out);

  post.produce(1, Acks::all, plain_batch(0));
  until_change(16s);
  post.answer_isr_changes(1);

  EXPECT_EQ(last_error(), Error::none);
  EXPECT_EQ(post.answers.back().entry.base_offset, 1);
  EXPECT_EQ(post.broker(1).high_watermark(0), 2);
}

// Nothing was written: the silent follower's log ends where the leader's does.
TEST_F(Isr, KeepsASilentFollowerOfAnIdlePartition) {
  post.cut(1, 3);

  until_change(100s);

  EXPECT_FALSE(post.broker(1).has_isr_changes());
  EXPECT_EQ(post.broker(1).isr(0), set_of({1, 2, 3}));
}

TEST_F(Isr, TakesAFollowerBackOnceItReachedTheHighWatermark) {
  const MetadataRecord without_3 = Postman::leadership(0, 1, 0, 1, {1, 2});
  post.cut(1, 3);
  post.tell(1, without_3);
  post.tell(2, without_3);
  post.run_for(40s);
  post.produce(1, Acks::leader, plain_batch(0));
  post.run_for(1s);
  EXPECT_EQ(post.broker(1).high_watermark(0), 1);
  EXPECT_FALSE(post.broker(1).has_isr_changes());

  post.heal();
  until_change(60s);

  EXPECT_EQ(post.broker(1).isr(0), set_of({1, 2}));
  EXPECT_EQ(post.broker(1).partition(0).maximal_isr(), set_of({1, 2, 3}));  // at once
  post.answer_isr_changes(1);
  EXPECT_EQ(post.broker(1).isr(0), set_of({1, 2, 3}));
  EXPECT_TRUE(post.broker(1).is_quiet());
}

// It could join at any moment: what it has not is not committed (KIP-497).
TEST_F(Isr, WaitsForACaughtUpReplicaThatIsAboutToJoin) {
  post.tell(1, Postman::leadership(0, 1, 0, 1, {1, 2}));
  post.cut(1, 3);
  post.produce(1, Acks::leader, plain_batch(0));

  post.run_for(60s);
  EXPECT_EQ(post.broker(1).isr(0), set_of({1, 2}));
  EXPECT_EQ(post.broker(1).high_watermark(0), 0);  // too late for it, but nothing moved since
  post.produce(1, Acks::leader, plain_batch(1));
  post.run_for(10ms);

  EXPECT_EQ(post.broker(1).high_watermark(0), 2);
}

TEST_F(Isr, RollsBackOnlyWhenTheControllerSurelyDidNotApplyIt) {
  post.tell(1, Postman::leadership(0, 1, 0, 1, {1, 2}));
  until_change(1s);

  post.answer_isr_changes(1, Error::ineligible_replica);
  EXPECT_EQ(post.broker(1).partition(0).maximal_isr(), set_of({1, 2}));
  until_change(1s);
  post.answer_isr_changes(1, Error::invalid_update_version);

  EXPECT_EQ(post.broker(1).partition(0).maximal_isr(), set_of({1, 2, 3}));
  EXPECT_FALSE(post.broker(1).is_quiet());
  post.tell(1, Postman::leadership(0, 1, 0, 2, {1, 2, 3}));
  EXPECT_TRUE(post.broker(1).is_quiet());
}

TEST_F(Isr, DoesNotTakeAFencedBrokerOrOneOfAnotherIncarnation) {
  post.tell(1, Postman::leadership(0, 1, 0, 1, {1, 2}));
  post.tell(1, Postman::registration(3, 3, true));
  until_change(2s);
  EXPECT_FALSE(post.broker(1).has_isr_changes());
  post.tell(1, Postman::registration(3, 70));  // the fetches still carry the old epoch
  until_change(2s);
  EXPECT_FALSE(post.broker(1).has_isr_changes());
  post.tell(3, Postman::registration(3, 70));
  until_change(2s);

  EXPECT_TRUE(post.broker(1).has_isr_changes());
}

struct MinIsr : Isr {
  explicit MinIsr(bool strict = true) : Isr(options(strict)) {}
  static Postman::Options options(bool strict) {
    Postman::Options options{.min_isr = 2};
    options.version.strict_min_isr = strict;
    return options;
  }
  // As when the controller fences both followers: one batch of the metadata log.
  void shrink_to_the_leader() {
    std::vector<MetadataRecord> records{Postman::leadership(0, 1, 0, 1, {1})};
    for (const NodeId id : {2, 3}) records.push_back(Postman::registration(id, id, true));
    post.tell(1, records);
  }
};

// I8.
TEST_F(MinIsr, RefusesAcksAllBeforeTheAppendAndIgnoresAcksOne) {
  post.cut(1, 2);
  post.cut(1, 3);
  shrink_to_the_leader();

  post.produce(1, Acks::all, plain_batch(0));
  EXPECT_EQ(last_error(), Error::not_enough_replicas);
  EXPECT_EQ(post.broker(1).end_offset(0), 0);
  post.produce(1, Acks::leader, plain_batch(1));

  EXPECT_EQ(last_error(), Error::none);
  EXPECT_EQ(post.broker(1).end_offset(0), 1);
}

// KAFKA-15583: the high watermark stands still, what waits goes on waiting.
TEST_F(MinIsr, FreezesTheHighWatermarkSince37) {
  post.cut(1, 2);
  post.cut(1, 3);
  post.produce(1, Acks::all, plain_batch(0));

  shrink_to_the_leader();
  EXPECT_THAT(post.answers, IsEmpty());
  EXPECT_EQ(post.broker(1).high_watermark(0), 0);
  post.run_for(31s);

  EXPECT_EQ(last_error(), Error::request_timed_out);
}

struct MinIsrBefore37 : MinIsr {
  MinIsrBefore37() : MinIsr(false) {}
};

TEST_F(MinIsrBefore37, AnswersAfterAppendAtOnce) {
  post.cut(1, 2);
  post.cut(1, 3);
  post.produce(1, Acks::all, plain_batch(0));

  shrink_to_the_leader();

  ASSERT_THAT(post.answers, SizeIs(1));
  EXPECT_EQ(last_error(), Error::not_enough_replicas_after_append);
  EXPECT_EQ(post.broker(1).high_watermark(0), 1);
}

struct OneReplica : Isr {
  OneReplica() : Isr({.brokers = 1, .min_isr = 2}) {}
};

TEST_F(OneReplica, IsEnoughSinceMinIsrIsCappedAtTheReplicationFactor) {
  post.produce(1, Acks::all, plain_batch(0));

  EXPECT_EQ(last_error(), Error::none);
  EXPECT_EQ(post.broker(1).high_watermark(0), 1);
}

struct OneReplicaBefore37 : Isr {
  OneReplicaBefore37() : Isr(options()) {}
  static Postman::Options options() {
    Postman::Options options{.brokers = 1, .min_isr = 2};
    options.version.cap_min_isr_at_replication_factor = false;
    return options;
  }
};

TEST_F(OneReplicaBefore37, NeverSatisfiesMinIsr) {
  post.produce(1, Acks::all, plain_batch(0));

  EXPECT_EQ(last_error(), Error::not_enough_replicas);
}

}  // namespace
}  // namespace kafault
