#include "sim/oracle/ledger.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/kernel/contract.hpp"
#include "tests/oracle/stories.hpp"
#include "tests/support/allocation_counter.hpp"

namespace kafault {
namespace {

using std::chrono::milliseconds;
using test::acked;
using test::appended;
using test::crashed;
using test::effect;
using test::failed;
using test::leads;
using test::ms;
using test::processed;
using test::read;
using test::sent;
using test::shown;

// Ten records of one producer; flow 0 ends in the log, 1 at the delivery, 2 in a sink that appends,
// 3 in one that upserts.
class LedgerStory : public testing::Test {
 protected:
  explicit LedgerStory(std::int32_t partitions = 1) : cluster_(test::layout_of(partitions)) {
    layout_ = {&cluster_, {10}, {2}, {}, {}, {}};
    layout_.flows = {
        {0, 0, -1, -1, true}, {0, 0, 0, -1, true}, {0, 0, 0, 0, true}, {0, 0, 0, 1, false}};
    ledger_.reset(layout_);
  }

  void tell(std::int64_t at, const Observation& o) { ledger_.see(o, ms(at)); }
  void tell(const Observation& o) { tell(0, o); }

  std::vector<FlowResult> judge(std::int64_t end = 0, bool settled = true) {
    std::vector<FlowResult> results;
    ledger_.judge(ms(end), results, settled);
    return results;
  }
  Counts log() { return judge()[0].counts; }
  Counts delivery() { return judge()[1].counts; }
  Counts appending() { return judge()[2].counts; }
  Counts upserting() { return judge()[3].counts; }

  ClusterLayout cluster_;
  LedgerLayout layout_;
  Ledger ledger_;
};

class LedgerStoryOfTwoPartitions : public LedgerStory {
 protected:
  LedgerStoryOfTwoPartitions() : LedgerStory(2) {}
};

// ---- what was deleted by policy ----------------------------------------------------------------

// Ten records in two batches; the first six are deleted, three of them handled before.
TEST_F(LedgerStory, WhatWasDeletedByPolicyIsExpiredAndNeverLost) {
  tell(sent({0, 10}));
  tell(appended({0, 4, 0}));
  tell(appended({4, 6, 4}));
  tell(acked({0, 9, 0}));
  tell(failed({9, 1}));
  tell(processed({0, 3, 0}));
  tell(effect({0, 3, 0}));
  tell(test::deleted_below(6));
  tell(read({6, 4, 6}));

  EXPECT_EQ(log().expired, 6);
  EXPECT_EQ(log().lost, 0);
  EXPECT_EQ(log().log_lost, 0);
  EXPECT_EQ(delivery().expired, 6);
  EXPECT_EQ(delivery().lost, 3);  // of those that are left and were acked; nobody handled them
  EXPECT_EQ(delivery().unhandled, 4);
  EXPECT_EQ(delivery().ghosts, 0);
  EXPECT_EQ(appending().effects_extra, 0);
}

// A leader that lags behind in deleting brings it back.
TEST_F(LedgerStory, WhatIsInTheFinalLogAfterAllHasNotExpired) {
  tell(sent({0, 10}));
  tell(appended({0, 10, 0}));
  tell(acked({0, 10, 0}));
  tell(test::deleted_below(6));
  tell(read({2, 8, 2}));

  EXPECT_EQ(log().expired, 2);
  EXPECT_EQ(log().lost, 0);
}

TEST_F(LedgerStory, ALeaderThatWasReplacedDeletesOnlyItsOwn) {
  tell(sent({0, 10}));
  tell(appended({0, 10, 0}));
  tell(acked({0, 10, 0}));
  tell(leads(2, 1, 10));
  tell(test::deleted_below(10, 1, 0));

  EXPECT_EQ(log().expired, 0);
  EXPECT_EQ(log().lost, 10);
}

// Nobody waits for what is deleted: the gap ends there.
TEST_F(LedgerStory, WhatWasDeletedIsNotWaitedFor) {
  tell(0, sent({0, 10}));
  tell(0, appended({0, 10, 0}));
  tell(0, acked({0, 10, 0}));
  tell(50, test::deleted_below(10));

  EXPECT_LE(judge(1000, false)[1].handling_gap, milliseconds(50));
}

// Ten records, of which compaction removes some in the middle of a batch; three were handled.
TEST_F(LedgerStory, WhatCompactionRemovedIsExpiredAndMissedIfNobodyHandledIt) {
  tell(sent({0, 10}));
  tell(appended({0, 10, 0}));
  tell(acked({0, 10, 0}));
  tell(processed({0, 3, 0}));
  tell(test::compacted({1, 5, 1}));
  tell(read({0, 1, 0}));
  tell(read({6, 4, 6}));
  tell(processed({6, 4, 6}));

  EXPECT_EQ(log().expired, 5);
  EXPECT_EQ(log().missed, 0);  // nobody reads the log
  EXPECT_EQ(log().lost, 0);
  EXPECT_EQ(log().log_lost, 0);
  EXPECT_EQ(delivery().expired, 5);
  EXPECT_EQ(delivery().missed, 3);
  EXPECT_EQ(delivery().lost, 0);
  EXPECT_EQ(delivery().ghosts, 0);
  EXPECT_EQ(delivery().unhandled, 0);
}

// A follower cleans for itself: as long as it does not lead, the record is there.
TEST_F(LedgerStory, WhatOnlyAFollowerHasCleanedIsThere) {
  tell(0, sent({0, 4}));
  tell(0, appended({0, 4, 0}));
  tell(0, acked({0, 4, 0}));
  tell(10, test::compacted({0, 2, 0}, 2, no_epoch));
  tell(100, read({0, 4, 0}));

  EXPECT_EQ(log().expired, 0);
  EXPECT_EQ(judge(100, false)[1].handling_gap, milliseconds(100));
}

// It read the log of a leader that had cleaned, and the next leader has not.
TEST_F(LedgerStory, WhatIsInTheFinalLogAfterAllIsMissedNotLost) {
  tell(sent({0, 4}));
  tell(appended({0, 4, 0}));
  tell(acked({0, 4, 0}));
  tell(test::compacted({0, 3, 0}));
  tell(processed({3, 1, 3}));
  tell(read({0, 4, 0}));

  EXPECT_EQ(delivery().expired, 0);
  EXPECT_EQ(delivery().missed, 3);
  EXPECT_EQ(delivery().lost, 0);
  EXPECT_EQ(delivery().unhandled, 0);
}

TEST_F(LedgerStory, NobodyWaitsForWhatCompactionRemoved) {
  tell(0, sent({0, 4}));
  tell(0, appended({0, 4, 0}));
  tell(0, acked({0, 4, 0}));
  tell(20, processed({0, 1, 0}));
  tell(20, processed({3, 1, 3}));
  tell(50, test::compacted({1, 2, 1}));
  tell(60, test::deleted_below(4));  // what is left of the batch, and nothing twice

  EXPECT_LE(judge(1000, false)[1].handling_gap, milliseconds(50));
}

// ---- what the application was told -------------------------------------------------------------

TEST_F(LedgerStory, CountsEverySendAsAckedFailedOrUnknown) {
  tell(sent({0, 8}));
  tell(acked({0, 3, 0}));
  tell(appended({3, 1, 3}));
  tell(failed({3, 1}));  // told of a failure, and appended all the same
  tell(failed({4, 2}));

  const Counts counts = log();

  EXPECT_EQ(counts.sent, 8);
  EXPECT_EQ(counts.acked, 3);
  EXPECT_EQ(counts.failed, 2);
  EXPECT_EQ(counts.unknown, 3);  // one appended, two never decided
}

TEST_F(LedgerStory, AFailureIsNotCertainOnceAnyLeaderHasAppended) {
  tell(sent({0, 1}));
  tell(appended({0, 1, 0}));
  tell(failed({0, 1}));
  tell(leads(2, 1, 0));  // the next leader does not have it, and nobody will

  EXPECT_EQ(log().failed, 0);
  EXPECT_EQ(log().unknown, 1);
  EXPECT_EQ(log().given_up, 1);
  EXPECT_EQ(log().lost, 0);
}

TEST_F(LedgerStory, AFailureIsNotCertainIfTheFinalLogHasIt) {
  tell(sent({0, 1}));
  tell(failed({0, 1}));
  tell(read({0, 1, 0}));  // the note of the append was lost in a crash

  EXPECT_EQ(log().failed, 0);
  EXPECT_EQ(log().unknown, 1);
  EXPECT_EQ(log().log_unexpected, 1);
}

TEST_F(LedgerStory, ARecordThatIsSentAgainIsOneRecord) {
  tell(sent({0, 1}, 7));
  tell(appended({0, 1, 0}));
  tell(failed({0, 1}));
  tell(sent({1, 1}, 7));
  tell(appended({1, 1, 1}));
  tell(acked({1, 1, 1}));
  tell(read({0, 2, 0}));

  EXPECT_EQ(log().sent, 1);
  EXPECT_EQ(log().acked, 1);
  EXPECT_EQ(log().duplicated, 1);
  EXPECT_EQ(log().log_copies, 1);
  EXPECT_EQ(log().log_unexpected, 0);
}

TEST_F(LedgerStory, ARecordThatIsSentAgainAndNeverDecidedIsUnknown) {
  tell(sent({0, 1}, 7));
  tell(failed({0, 1}));
  tell(sent({1, 1}, 7));

  EXPECT_EQ(log().failed, 0);
  EXPECT_EQ(log().unknown, 1);
}

// ---- the log -----------------------------------------------------------------------------------

TEST_F(LedgerStory, LostIsAckedAndAbsentNeverUnknownAndAbsent) {
  tell(sent({0, 4}));
  tell(acked({0, 2, 0}));
  tell(appended({0, 1, 0}));
  tell(read({0, 1, 0}));

  EXPECT_EQ(log().lost, 1);
  EXPECT_EQ(log().log_lost, 1);
  EXPECT_EQ(log().given_up, 2);
}

TEST_F(LedgerStory, CountsDistinctRecordsAsDuplicatedAndEachExtraCopy) {
  tell(sent({0, 3}));
  tell(read({0, 2, 0}));
  tell(read({0, 2, 2}));
  tell(read({0, 1, 4}));

  EXPECT_EQ(log().duplicated, 2);
  EXPECT_EQ(log().log_copies, 3);
  EXPECT_EQ(log().log_unexpected, 2);
}

TEST_F(LedgerStory, ReorderedLooksAtFirstAppearancesOnly) {
  tell(sent({0, 10}));
  tell(read({0, 3, 0}));
  tell(read({5, 2, 3}));
  tell(read({3, 2, 5}));  // 3 after 6
  tell(read({0, 3, 7}));  // copies
  tell(read({7, 1, 10}));

  EXPECT_EQ(log().reordered, 1);
  EXPECT_EQ(log().log_copies, 3);
}

TEST_F(LedgerStoryOfTwoPartitions, ReorderedKnowsNoOrderBetweenPartitions) {
  tell(sent({0, 1, no_offset, 0}, 5));
  tell(sent({0, 2, no_offset, 1}, 0));
  tell(sent({1, 1, no_offset, 0}, 0));  // record 0 went to both
  tell(read({0, 1, 0, 0}));
  tell(read({1, 1, 1, 0}));
  tell(read({0, 2, 0, 1}));

  EXPECT_EQ(log().reordered, 1);  // 5 before 0 in partition 0
  EXPECT_EQ(log().log_copies, 1);
}

// ---- delivery and effect -----------------------------------------------------------------------

TEST_F(LedgerStory, TellsUnhandledHandledAgainAndGhostsApart) {
  tell(sent({0, 4}));
  tell(acked({0, 4, 0}));
  tell(processed({0, 2}));
  tell(processed({1, 1}));
  tell(processed({3, 1}));
  tell(read({0, 3, 0}));

  const Counts counts = delivery();

  EXPECT_EQ(counts.unhandled, 1);      // 2
  EXPECT_EQ(counts.handled_again, 1);  // 1
  EXPECT_EQ(counts.ghosts, 1);         // 3
  EXPECT_EQ(counts.log_lost, 1);       // 3
  EXPECT_EQ(counts.lost, 1);           // 2: a ghost was delivered
  EXPECT_EQ(counts.duplicated, 1);
}

TEST_F(LedgerStory, ACopyInTheLogThatIsHandledToo) {
  tell(sent({0, 1}));
  tell(processed({0, 1, 0}));
  tell(processed({0, 1, 1}));
  tell(read({0, 1, 0}));
  tell(read({0, 1, 1}));

  EXPECT_EQ(delivery().handled_again, 1);
  EXPECT_EQ(delivery().duplicated, 1);
}

TEST_F(LedgerStory, JudgesAtTheSinkIfThereIsOne) {
  tell(sent({0, 4}));
  tell(acked({0, 4, 0}));
  for (const std::int64_t sink : {0, 1}) {
    tell(effect({0, 2}, sink));
    tell(effect({1, 1}, sink));  // a handler that died inside has left its effect
    tell(effect({3, 1}, sink));
  }
  tell(processed({0, 2}));
  tell(read({0, 3, 0}));

  EXPECT_EQ(appending().duplicated, 1);
  EXPECT_EQ(appending().lost, 1);
  EXPECT_EQ(appending().effects_missing, 1);
  EXPECT_EQ(appending().effects_extra,
            2);  // the second of 1, and that of 3, which is not in the log
  EXPECT_EQ(upserting().duplicated, 0);
  EXPECT_EQ(upserting().lost, 1);
  EXPECT_EQ(upserting().effects_extra, 1);
  EXPECT_EQ(delivery().duplicated, 0);
}

TEST_F(LedgerStory, ReadsASinkThatOverwritesOrLosesInTheEnd) {
  tell(sent({0, 4}));
  tell(acked({0, 4, 0}));
  tell(processed({0, 4}));
  tell(effect({0, 3}));
  tell(effect({0, 1}));
  tell(effect({0, 1}));
  tell(read({0, 4, 0}));
  EXPECT_EQ(appending().effects_extra, 2);
  EXPECT_EQ(appending().effects_missing, 1);

  tell(shown({0, 1}, 2));
  tell(shown({1, 1}, 0));
  tell(shown({3, 1}, 1));

  EXPECT_EQ(appending().effects_extra, 1);
  EXPECT_EQ(appending().effects_missing, 1) << "record 1, and no longer record 3";
  EXPECT_EQ(appending().lost, 1);
}

// ---- gaps --------------------------------------------------------------------------------------

TEST_F(LedgerStory, TheAckGapRunsOnlyWhileASendIsUndecided) {
  tell(0, sent({0, 1}));
  tell(5, acked({0, 1, 0}));
  tell(1000, sent({1, 2}));  // nobody waited before
  tell(1020, acked({1, 1, 1}));
  tell(1100, failed({2, 1}));

  EXPECT_EQ(judge(9000)[0].ack_gap, milliseconds(80));
}

TEST_F(LedgerStory, NobodyWaitsForAnAckInADeadProcess) {
  tell(0, sent({0, 1}));
  tell(30, crashed(test::shop_node));

  EXPECT_EQ(judge(9000)[0].ack_gap, milliseconds(30));
}

TEST_F(LedgerStory, TheHandlingGapRunsWhileRecordsLieUnread) {
  tell(0, sent({0, 10}));
  tell(10, appended({0, 2, 0}));
  tell(15, processed({0, 1, 0}));
  tell(55, processed({1, 1, 1}));
  tell(500, appended({2, 1, 2}));
  tell(520, processed({2, 1, 2}));

  EXPECT_EQ(judge(9000)[1].handling_gap, milliseconds(40));
  EXPECT_EQ(judge(9000)[0].handling_gap, milliseconds(0));  // a flow without a group has none
}

TEST_F(LedgerStory, WhatTheNextLeaderDoesNotHaveIsNotUnread) {
  tell(0, sent({0, 4}));
  tell(0, appended({0, 2, 0}));
  tell(5, processed({0, 1, 0}));
  tell(70, leads(2, 1, 1));
  tell(500, appended({2, 1, 1}, 2, 1));
  tell(510, processed({2, 1, 1}));
  tell(600, appended({3, 1, 2}, 1, 0));  // the old leader, who does not know

  EXPECT_EQ(judge(9000, false)[1].handling_gap, milliseconds(65));
}

TEST_F(LedgerStory, WhatWasSkippedWaitsForNobodyOnceTheRunIsSettled) {
  tell(0, sent({0, 1}));
  tell(0, appended({0, 1, 0}));

  EXPECT_EQ(judge(9000, true)[1].handling_gap, milliseconds(0));
  EXPECT_EQ(judge(9000, false)[1].handling_gap, milliseconds(9000));
}

// Rows have 64 records; the second batch begins with twenty that the first one had.
TEST_F(LedgerStory, ABatchMayLieInSeveralRowsAndBeSentAgainInPart) {
  layout_.records = {200};
  ledger_.reset(layout_);
  tell(0, sent({0, 150}));
  tell(1000, appended({0, 150, 0}));
  tell(2000, acked({0, 150, 0}));
  tell(3000, processed({0, 150, 0}));
  tell(3000, effect({0, 150, 0}));
  tell(3000, sent({150, 20}, 60));
  tell(3000, sent({170, 20}, 150));
  tell(4000, appended({150, 40, 150}));
  tell(5000, acked({150, 40, 150}));
  tell(7000, processed({150, 40, 150}));
  tell(7000, effect({150, 40, 150}));
  tell(read({0, 190, 0}));

  EXPECT_EQ(log().sent, 170);
  EXPECT_EQ(log().acked, 170);
  EXPECT_EQ(log().log_copies, 20);
  EXPECT_EQ(log().duplicated, 20);
  EXPECT_EQ(log().reordered, 0);
  EXPECT_EQ(delivery().handled_again, 20);
  EXPECT_EQ(delivery().unhandled, 0);
  EXPECT_EQ(appending().effects_extra, 20);
  EXPECT_EQ(judge()[1].ack_gap, milliseconds(2000));
  EXPECT_EQ(judge()[1].handling_gap, milliseconds(3000));
  EXPECT_EQ(ledger_.record_of(0, 0, 151), 61);
}

TEST(Counts, AddUpInEveryColumn) {
  Counts some;
  std::int64_t next = 1;
  Counts::describe(some, [&](auto, std::int64_t& value, auto) { value = next++; });

  some += some;

  std::int64_t column = 1;
  Counts::describe(some, [&](auto, std::int64_t value, auto) { EXPECT_EQ(value, 2 * column++); });
}

// ---- contracts ---------------------------------------------------------------------------------

TEST_F(LedgerStory, KnowsTheRecordBehindASend) {
  tell(sent({0, 2}, 4));

  EXPECT_EQ(ledger_.record_of(0, 0, 1), 5);
  EXPECT_EQ(ledger_.record_of(0, 0, 2), -1);
}

TEST_F(LedgerStory, ABatchThatNobodySentBreaksTheContract) {
  EXPECT_THROW(tell(appended({0, 1, 0})), ContractViolation);
}

TEST_F(LedgerStory, AWarmLedgerAllocatesNothing) {
  std::vector<FlowResult> results;
  const auto run = [&] {
    ledger_.reset(layout_);
    tell(sent({0, 10}));
    tell(appended({0, 10, 0}));
    tell(acked({0, 10, 0}));
    tell(processed({0, 10, 0}));
    tell(effect({0, 10, 0}));
    tell(read({0, 10, 0}));
    ledger_.judge(ms(1), results);
  };
  run();

  const test::AllocationCounter allocations;
  run();

  EXPECT_EQ(allocations.count(), 0U);
  EXPECT_EQ(results[2].counts.sent, 10);
  EXPECT_EQ(results[2].counts.lost, 0);
}

}  // namespace
}  // namespace kafault
