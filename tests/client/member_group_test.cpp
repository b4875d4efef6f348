// Membership: rebalances, evictions, coordinators that move, and positions that must be found.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/client/member_harness.hpp"
#include "tests/support/allocation_counter.hpp"

namespace kafault {
namespace {

using namespace std::chrono_literals;
using testing_member::MemberWorld;
using Kind = ObservationKind;

MemberWorld two_partitions(CommitStrategy commit, Duration takes) {
  MemberWorld world(2);
  world.brokers.append(0, 200);
  world.brokers.append(1, 200);
  world.application.commit = commit;
  world.application.takes_low = world.application.takes_high = takes;
  world.config.enable_auto_commit = commit == CommitStrategy::automatic;
  world.config.auto_commit_interval = 60s;
  return world;
}

TEST(Rebalance, RepeatsEverythingThatWasNeverCommitted) {
  MemberWorld world = two_partitions(CommitStrategy::none, 5ms);
  world.add_member();
  world.add_member();
  world.start(0);
  world.run_while([&] { return world.processed_by(0) < 100; });
  world.start(1);
  world.run_for(30s);

  EXPECT_EQ(world.never_processed(), 0);
  EXPECT_GE(world.reprocessed(), 100);
}

TEST(Rebalance, RepeatsNothingIfTheListenerCommitsWhatWasHandled) {
  MemberWorld world = two_partitions(CommitStrategy::none, 5ms);
  world.application.on_revoke = OnRevoke::commit;
  world.add_member();
  world.add_member();
  world.start(0);
  world.run_while([&] { return world.processed_by(0) < 100; });
  world.start(1);
  world.run_for(30s);

  EXPECT_EQ(world.never_processed(), 0);
  EXPECT_EQ(world.reprocessed(), 0);
}

TEST(Rebalance, TakesOnlyWhatMovesFromACooperativeMember) {
  for (const Assignor assignor : {Assignor::range, Assignor::cooperative_sticky}) {
    MemberWorld world = two_partitions(CommitStrategy::sync, 5ms);
    world.config.partition_assignment_strategy = {assignor};
    world.add_member();
    world.add_member();
    world.start(0);
    world.run_while([&] { return world.processed_by(0) < 100; });
    world.start(1);
    world.run_for(30s);

    const bool is_cooperative = assignor == Assignor::cooperative_sticky;
    EXPECT_EQ(world.never_processed(), 0);
    EXPECT_EQ(world.count(Kind::PartitionRevoked), is_cooperative ? 1 : 2);
    EXPECT_EQ(world.count(Kind::PartitionAssigned), is_cooperative ? 3 : 4);
    EXPECT_GT(world.processed_by(1), 0);
  }
}

// KAFKA-14196: what is polled while the auto-commit before a rebalance is on its way is behind it.
TEST(Rebalance, RepeatsWhatIsPolledDuringItsAutoCommitUnlessPollStops) {
  for (const bool stops : {true, false}) {
    MemberWorld world = two_partitions(CommitStrategy::automatic, 5ms);
    world.version.pending_revocation_stops_poll = stops;
    world.config.partition_assignment_strategy = {Assignor::range};
    world.add_member();
    world.add_member();
    world.start(0);
    world.run_while([&] { return world.processed_by(0) < 100; });
    world.start(1);
    world.run_for(30s);

    EXPECT_EQ(world.never_processed(), 0);
    EXPECT_EQ(world.reprocessed(), stops ? 0 : 10);  // one poll
  }
}

TEST(ClientProfile, DecidesWhetherAHandlerIsCommittedFromBehind) {
  for (const ClientProfile client : {ClientProfile::java, ClientProfile::librdkafka}) {
    MemberWorld world(1);
    world.brokers.append(0, 10);
    adopt_client(world.config, client);
    world.config.enable_auto_commit = true;
    world.config.auto_commit_interval = 1s;
    world.application.commit = CommitStrategy::automatic;
    world.application.takes_low = world.application.takes_high = 5s;
    world.add_member();
    world.start(0);
    world.run_for(4s);

    const bool covers = std::any_of(
        world.commits.begin(), world.commits.end(), [](const OffsetCommitRequest& commit) {
          return !commit.offsets.empty() && commit.offsets.front().offset > 0;
        });
    EXPECT_EQ(world.processed_by(0), 0);
    EXPECT_EQ(covers, client == ClientProfile::librdkafka);
  }
}

TEST(Rebalance, WaitsUntilTheSlowMemberPolls) {
  MemberWorld world = two_partitions(CommitStrategy::sync, 500ms);
  world.add_member();
  world.add_member();
  world.start(0);
  world.run_while([&] { return world.processed_by(0) < 11; });
  world.start(1);
  world.run_while([&] { return !world.member(1).has_joined(); });

  EXPECT_EQ(world.processed_by(0), 20);
}

TEST(Rebalance, LeavesZombieWorkersAtWork) {
  MemberWorld world = two_partitions(CommitStrategy::worker_ordered, 50ms);
  world.add_member();
  world.add_member();
  world.start(0);
  world.run_while([&] { return world.processed_by(0) < 20; });
  world.start(1);
  world.run_for(120s);

  EXPECT_EQ(world.never_processed(), 0);
  EXPECT_GT(world.reprocessed(), 100);  // queued before the revocation, handled after it
}

TEST(Membership, IsTakenBackAfterAnEviction) {
  MemberWorld world = two_partitions(CommitStrategy::sync, 1ms);
  world.add_member();
  world.start(0);
  world.run_for(5s);
  world.pause(0);
  world.run_for(10s);
  world.resume(0);
  world.run_for(10s);

  EXPECT_EQ(world.count(Kind::PartitionLost), 2);
  EXPECT_EQ(world.count(Kind::PartitionAssigned), 4);
  EXPECT_TRUE(world.member(0).is_idle());
  EXPECT_EQ(world.reprocessed(), 0);
}

TEST(Membership, SurvivesABrokenCoordinatorConnection) {
  MemberWorld world = two_partitions(CommitStrategy::sync, 10ms);
  world.add_member();
  world.start(0);
  world.run_for(1s);
  world.break_connection(0, 2, Lane::coordinator);
  world.run_for(20s);

  EXPECT_EQ(world.count(Kind::PartitionAssigned), 2);
  EXPECT_EQ(world.count(Kind::ConnectionLost), 1);
  EXPECT_EQ(world.reprocessed(), 0);
  EXPECT_EQ(world.never_processed(), 0);
}

TEST(Membership, FollowsACoordinatorThatMoves) {
  MemberWorld world = two_partitions(CommitStrategy::sync, 10ms);
  world.add_member();
  world.start(0);
  world.run_for(1s);
  world.coordinator = 3;
  world.run_for(20s);

  EXPECT_EQ(world.count(Kind::CommitFailed), 0);
  EXPECT_EQ(world.count(Kind::PartitionAssigned), 2);
  EXPECT_EQ(world.committed_of(0), 200);
}

TEST(Zombie, GoesOnReturningRecordsWithoutACoordinator) {
  MemberWorld world = two_partitions(CommitStrategy::none, 0ms);
  world.coordinator = 3;  // the data is led by broker 1
  world.add_member();
  world.start(0);
  world.run_for(3s);
  world.down.insert(3);
  world.break_connection(0, 3, Lane::coordinator);
  world.run_for(20s);
  world.brokers.append(0, 30);
  world.run_for(5s);

  EXPECT_EQ(world.count(Kind::RecordProcessed), 430);
}

// ---- positions ---------------------------------------------------------------------------------

TEST(Positions, WithoutACommittedOffsetFollowTheResetPolicy) {
  for (const OffsetReset reset : {OffsetReset::latest, OffsetReset::none}) {
    MemberWorld world = two_partitions(CommitStrategy::sync, 0ms);
    world.config.auto_offset_reset = reset;
    world.add_member();
    world.start(0);
    world.run_for(5s);

    EXPECT_EQ(world.count(Kind::RecordProcessed), 0);
    EXPECT_EQ(world.member(0).is_closed(), reset == OffsetReset::none);
    EXPECT_EQ(world.member(0).is_idle(), reset == OffsetReset::latest);
    EXPECT_EQ(world.count(Kind::OffsetReset), reset == OffsetReset::latest ? 2 : 0);
  }
}

// KIP-1106. Kafka 4.1.0, measured: where nothing is young enough the client asks again only after
// request.timeout.ms, for what is young enough then; what has become too old meanwhile is skipped.
TEST(Positions, ByDurationSkipWhatIsTooOldWhenTheyAreLookedFor) {
  for (const Duration request_timeout : {6s, 12s}) {
    MemberWorld world;
    world.brokers.append(0, 20);
    world.brokers.logs[0].written = {{0, Instant{}}};
    world.application.commit = CommitStrategy::sync;
    world.config.auto_offset_reset = {OffsetReset::by_duration, 5s};
    world.config.request_timeout = request_timeout;
    world.add_member();
    world.run_for(10s);  // the records are older than that
    world.start(0);
    world.at(4s, [&world] {
      world.brokers.logs[0].written[20] = world.now();
      world.brokers.append(0, 10);
    });
    world.run_for(5s);
    EXPECT_EQ(world.count(Kind::RecordProcessed), 0);
    world.run_for(25s);

    EXPECT_EQ(world.count(Kind::RecordProcessed), request_timeout == 6s ? 10 : 0);
    EXPECT_EQ(world.member(0).is_looking_back(0), request_timeout == 12s);
    EXPECT_TRUE(world.member(0).is_idle());
  }
}

TEST(Positions, ByDurationBeginWithTheFirstThatIsYoungEnough) {
  MemberWorld world;
  world.brokers.append(0, 20);
  world.brokers.append(0, 10);
  world.brokers.logs[0].written = {{0, Instant{}}, {20, Instant{8s}}};
  world.application.commit = CommitStrategy::sync;
  world.config.auto_offset_reset = {OffsetReset::by_duration, 5s};
  world.add_member();
  world.run_for(10s);
  world.start(0);
  world.run_for(5s);

  EXPECT_EQ(world.count(Kind::RecordProcessed), 10);
}

TEST(Positions, OutOfRangeFollowTheResetPolicyToo) {
  MemberWorld world = two_partitions(CommitStrategy::none, 0ms);
  world.committed[0] = {0, 500, no_epoch};
  world.committed[1] = {1, 190, no_epoch};
  world.add_member();
  world.start(0);
  world.run_for(5s);

  EXPECT_EQ(world.count(Kind::OffsetReset), 1);
  EXPECT_EQ(world.count(Kind::RecordProcessed), 210);
}

TEST(Positions, WithoutAnEpochSkipWhatATruncatedLogHasRewritten) {
  MemberWorld world = two_partitions(CommitStrategy::none, 0ms);
  world.brokers.logs[0].epoch = 3;
  world.brokers.logs[0].ends_of_epochs = {{2, 100}};
  world.committed[0] = {0, 150, no_epoch};
  world.committed[1] = {1, 200, no_epoch};
  world.add_member();
  world.start(0);
  world.run_for(5s);
  EXPECT_EQ(world.count(Kind::RecordProcessed), 50);
}

TEST(Positions, WithAnEpochGoBackToWhereTheLogDiverged) {
  MemberWorld world = two_partitions(CommitStrategy::none, 0ms);
  world.brokers.logs[0].epoch = 3;
  world.brokers.logs[0].ends_of_epochs = {{2, 100}};
  world.committed[0] = {0, 150, 2};
  world.committed[1] = {1, 200, no_epoch};
  world.add_member();
  world.start(0);
  world.run_for(5s);

  EXPECT_EQ(world.count(Kind::RecordProcessed), 100);
  EXPECT_EQ(world.count(Kind::OffsetReset), 0);
}

TEST(Positions, AreJudgedByTheAnswerOfTheNewLeader) {
  EXPECT_EQ(judge_position(10, 1, 10), Validation::valid);
  EXPECT_EQ(judge_position(10, 1, 11), Validation::valid);
  EXPECT_EQ(judge_position(10, 1, 9), Validation::truncated);
  EXPECT_EQ(judge_position(10, no_epoch, 9), Validation::unknown);
  EXPECT_EQ(judge_position(10, 1, no_offset), Validation::unknown);
}

TEST(Member, TakesNothingFromTheHeapWhenWarm) {
  for (const CommitStrategy commit :
       {CommitStrategy::automatic, CommitStrategy::sync, CommitStrategy::worker_ordered}) {
    MemberWorld world = two_partitions(commit, 1ms);
    world.config.auto_commit_interval = 50ms;
    world.add_member();
    world.start(0);
    world.run_for(5s);
    std::uint64_t taken = 0;
    world.around = [&](const std::function<void()>& event) {
      const test::AllocationCounter counter;
      event();
      taken += counter.count();
    };
    world.brokers.append(0, 200);
    world.brokers.append(1, 200);
    world.run_for(5s);

    EXPECT_EQ(world.processed_by(0), 800);
    EXPECT_EQ(taken, 0U);
  }
}

TEST(Fetcher, FollowsALeaderThatMoves) {
  MemberWorld world = two_partitions(CommitStrategy::sync, 10ms);
  world.add_member();
  world.start(0);
  world.run_for(500ms);
  world.brokers.logs[0].leader = 3;
  world.brokers.logs[0].epoch = 1;
  world.brokers.append(0, 50);
  world.run_for(20s);

  EXPECT_EQ(world.never_processed(), 0);
  EXPECT_EQ(world.reprocessed(), 0);
}

TEST(Fetcher, SkipsRecordsBelowThePosition) {
  Batch batch;
  batch.producer = 2;
  batch.first = 40;
  batch.count = 10;
  batch.base_offset = 100;

  const PolledRange rest = slice(batch, 1, 107, 500);

  EXPECT_EQ(rest.producer, 2);
  EXPECT_EQ(rest.first, 47U);
  EXPECT_EQ(rest.count, 3U);
  EXPECT_EQ(rest.offset, 107);
}

TEST(Fetcher, PassesOverWhatIsNotUserData) {
  MemberWorld world = two_partitions(CommitStrategy::sync, 0ms);
  world.brokers.append(0, 1, -1);
  world.brokers.append(0, 5, 1);
  world.add_member();
  world.start(0);
  world.run_for(5s);

  EXPECT_EQ(world.count(Kind::RecordProcessed), 405);
  EXPECT_EQ(world.member(0).position(0), 206);
}

}  // namespace
}  // namespace kafault
