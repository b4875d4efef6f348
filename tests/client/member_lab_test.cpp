// What a real cluster of version 4.1 showed for the same members and the same moments of failure.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/client/member_harness.hpp"

namespace kafault {
namespace {

using namespace std::chrono_literals;
using testing_member::MemberWorld;
using Kind = ObservationKind;

// Crashes member 0 right after it has handled `records`.
void crash_first_member_after(MemberWorld& world, std::int64_t records) {
  world.crash_at = [&world, records](std::size_t m, const Observation& o) {
    return m == 0 && o.kind == Kind::RecordProcessed && world.processed_by(0) == records;
  };
}

MemberWorld hundred_records(CommitStrategy commit, Duration takes) {
  MemberWorld world;
  world.brokers.append(0, 100);
  world.application.commit = commit;
  world.application.takes_low = world.application.takes_high = takes;
  world.config.enable_auto_commit =
      commit == CommitStrategy::automatic || commit == CommitStrategy::auto_worker;
  return world;
}

void crash_and_take_over(MemberWorld& world, std::int64_t after) {
  world.add_member();
  world.add_member();
  crash_first_member_after(world, after);
  world.start(0);
  world.run_for(15s);
  world.start(1);
  world.run_for(60s);
}

TEST(ConsumerCrash, LosesTheRestOfABatchThatWasCommittedBefore) {
  MemberWorld world = hundred_records(CommitStrategy::before, 20ms);

  crash_and_take_over(world, 35);

  EXPECT_EQ(world.never_processed(), 5);
  EXPECT_EQ(world.reprocessed(), 0);
}

TEST(ConsumerCrash, RepeatsTheBegunBatchWhenItIsCommittedAfter) {
  MemberWorld world = hundred_records(CommitStrategy::sync, 20ms);

  crash_and_take_over(world, 35);

  EXPECT_EQ(world.never_processed(), 0);
  EXPECT_EQ(world.reprocessed(), 5);
}

TEST(ConsumerCrash, RepeatsTheBegunBatchUnderFrequentAutoCommit) {
  MemberWorld world = hundred_records(CommitStrategy::automatic, 20ms);
  world.config.auto_commit_interval = 100ms;

  crash_and_take_over(world, 35);

  EXPECT_EQ(world.never_processed(), 0);
  EXPECT_EQ(world.reprocessed(), 5);
}

TEST(ConsumerCrash, RepeatsWhatCameAfterTheLastAutoCommit) {
  MemberWorld world = hundred_records(CommitStrategy::automatic, 20ms);
  world.config.auto_commit_interval = 1s;

  crash_and_take_over(world, 75);

  EXPECT_EQ(world.never_processed(), 0);
  EXPECT_EQ(world.reprocessed(), 25);
}

TEST(WorkerPool, LosesWhatWasCommittedWhenItWasHandedOver) {
  MemberWorld world = hundred_records(CommitStrategy::auto_worker, 100ms);
  world.config.auto_commit_interval = 100ms;

  crash_and_take_over(world, 20);

  EXPECT_EQ(world.never_processed(), 80);
  EXPECT_EQ(world.reprocessed(), 0);
}

TEST(WorkerPool, LosesNothingWhenOnlyTheFinishedPrefixIsCommitted) {
  MemberWorld world = hundred_records(CommitStrategy::worker_ordered, 100ms);
  world.application.workers = 4;

  crash_and_take_over(world, 20);

  EXPECT_EQ(world.never_processed(), 0);
  EXPECT_LE(world.reprocessed(), 5);
}

TEST(LostOffsetCommit, CostsNothingWhenOnlyTheAnswerWasLost) {
  MemberWorld world = hundred_records(CommitStrategy::async, 20ms);
  int commits = 0;
  world.drop_answer = [&](std::size_t m, MessageKind kind) {
    return m == 0 && kind == MessageKind::OffsetCommitResponse && ++commits == 3;
  };

  crash_and_take_over(world, 35);

  EXPECT_EQ(world.never_processed(), 0);
  EXPECT_EQ(world.reprocessed(), 5);
  EXPECT_EQ(world.count(Kind::CommitFailed), 1);
}

TEST(MaxPollInterval, IsOverrunByOneSlowRecord) {
  for (const CommitStrategy commit : {CommitStrategy::sync, CommitStrategy::automatic}) {
    MemberWorld world = hundred_records(commit, 5ms);
    world.config.max_poll_interval = 3s;
    world.config.auto_commit_interval = 20ms;
    world.add_member();
    world.add_member();
    bool started = false;
    world.at_note = [&](std::size_t m, const Observation& o) {
      if (m == 0 && o.kind == Kind::RecordDelivered && o.offset == 24 && !started) {
        world.member(0).slow_handling(Duration(8s));
        started = true;
      }
    };
    world.start(0);
    world.run_while([&] { return !started; });
    world.start(1);
    world.run_for(30s);

    EXPECT_EQ(world.never_processed(), 0);
    EXPECT_EQ(world.reprocessed(), 10);
    EXPECT_EQ(world.count(Kind::CommitFailed), commit == CommitStrategy::sync ? 1 : 0);
    EXPECT_GE(world.count(Kind::PartitionLost), 1);
  }
}

TEST(SessionTimeout, MakesAPausedMemberRepeatABatch) {
  MemberWorld world = hundred_records(CommitStrategy::sync, 50ms);
  world.config.max_poll_records = 20;
  world.add_member();
  world.add_member();
  world.start(0);
  world.run_while([&] { return world.processed_by(0) < 25; });
  world.pause(0);
  world.start(1);
  world.run_while([&] { return world.processed_by(1) < 10; });
  world.resume(0);
  world.run_for(60s);

  EXPECT_EQ(world.never_processed(), 0);
  EXPECT_EQ(world.reprocessed(), 20);
  EXPECT_EQ(world.count(Kind::CommitFailed), 1);
}

TEST(GracefulClose, FinishesAndCommitsTheBatchInHand) {
  MemberWorld world = hundred_records(CommitStrategy::sync, 20ms);
  world.config.max_poll_records = 20;
  world.add_member();
  world.add_member();
  world.start(0);
  world.run_while([&] { return world.processed_by(0) < 30; });
  world.shut_down(0);
  world.run_for(20s);
  EXPECT_TRUE(world.member(0).is_closed());
  EXPECT_EQ(world.processed_by(0), 40);
  world.start(1);
  world.run_for(30s);

  EXPECT_EQ(world.never_processed(), 0);
  EXPECT_EQ(world.reprocessed(), 0);
}

TEST(Rebalance, RepeatsNothingWhenASecondMemberJoinsMidBatch) {
  for (const CommitStrategy commit : {CommitStrategy::sync, CommitStrategy::automatic}) {
    MemberWorld world(2);
    world.brokers.append(0, 300);
    world.brokers.append(1, 300);
    world.application.commit = commit;
    world.application.takes_low = world.application.takes_high = 20ms;
    world.config.enable_auto_commit = commit == CommitStrategy::automatic;
    world.config.auto_commit_interval = 60s;
    world.config.max_poll_records = 50;
    world.config.max_poll_interval = 10s;
    world.add_member();
    world.add_member();
    world.start(0);
    world.run_while([&] { return world.processed_by(0) < 10; });
    world.start(1);
    world.run_for(60s);

    EXPECT_EQ(world.never_processed(), 0);
    EXPECT_EQ(world.reprocessed(), 0);
    EXPECT_GT(world.processed_by(1), 0);
    EXPECT_TRUE(world.member(0).is_idle());
    EXPECT_TRUE(world.member(1).is_idle());
  }
}

TEST(CoordinatorCrash, CostsNothingUnderCommitSync) {
  MemberWorld world = hundred_records(CommitStrategy::sync, 40ms);
  world.brokers.append(0, 100);
  world.add_member();
  world.start(0);
  world.run_while([&] { return world.processed_by(0) < 60; });
  world.down.insert(2);
  world.break_connection(0, 2, Lane::coordinator);
  world.break_connection(0, 2, Lane::data);
  world.at(9s, [&] { world.coordinator = 3; });
  world.run_for(60s);

  EXPECT_EQ(world.never_processed(), 0);
  EXPECT_EQ(world.reprocessed(), 0);
  EXPECT_EQ(world.count(Kind::CommitFailed), 0);
  EXPECT_EQ(world.committed_of(0), 200);
}

TEST(NewGroup, ReadsFromTheBeginningWithEarliest) {
  MemberWorld world = hundred_records(CommitStrategy::sync, 0ms);
  world.add_member();
  world.start(0);
  world.run_for(10s);
  world.brokers.append(0, 50);
  world.run_for(10s);

  EXPECT_EQ(world.never_processed(), 0);
  EXPECT_EQ(world.reprocessed(), 0);
  EXPECT_EQ(world.count(Kind::OffsetReset), 1);
}

TEST(Truncation, IsNoticedByTheEpochAndNothingIsReadAgain) {
  MemberWorld world;
  world.application.commit = CommitStrategy::sync;
  auto& log = world.brokers.logs[0];
  world.brokers.append(0, 30);
  log.epoch = 1;
  world.brokers.append(0, 30);
  world.add_member();
  world.start(0);
  world.run_for(10s);
  EXPECT_EQ(world.member(0).position(0), 60);

  log.batches.pop_back();  // an unclean election: 30 others take the offsets
  log.epoch = 2;
  log.leader = 3;
  log.ends_of_epochs = {{0, 30}, {1, 30}};
  world.brokers.append(0, 30, 1);
  world.run_for(10s);

  EXPECT_EQ(world.count(Kind::RecordProcessed), 90);
  EXPECT_EQ(world.count(Kind::OffsetReset), 1);
  EXPECT_EQ(world.member(0).position(0), 60);
}

}  // namespace
}  // namespace kafault
