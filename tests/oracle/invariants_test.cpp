#include "sim/oracle/invariants.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/oracle/invariants_story.hpp"
#include "tests/support/allocation_counter.hpp"

namespace kafault {
namespace {

using test::acked;
using test::appended;
using test::elected;
using test::high_watermark;
using test::InvariantsStory;
using test::isr;
using test::leads;
using test::ms;
using test::read;
using test::replicated;
using test::sent;
using test::truncated;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST_F(InvariantsStory, AQuietRunBreaksNothing) {
  tell(leads(1, 0, 0));
  write(3);
  tell(high_watermark(1, 0, 3));
  tell(acked({0, 3, 0}));
  commit(3);
  tell(read({0, 3, 0}));

  EXPECT_THAT(judge(), IsEmpty());
  EXPECT_THAT(violations(), IsEmpty());
}

TEST_F(InvariantsStory, TheHighWatermarkMayNotPassAMemberOfTheIsr) {
  tell(sent({0, 3}));
  tell(appended({0, 3, 0}));
  tell(replicated({0, 2, 0}, 2));
  tell(high_watermark(1, 0, 2));

  EXPECT_THAT(violations(), ElementsAre(AllOf(HasSubstr("orders-0"), HasSubstr("broker 3"),
                                              HasSubstr("0.003000000 s"))));
}

TEST_F(InvariantsStory, TheHighWatermarkMayPassAReplicaThatLeftTheIsr) {
  tell(sent({0, 3}));
  tell(appended({0, 3, 0}));
  tell(isr(0b0010));
  tell(high_watermark(1, 0, 3));

  EXPECT_THAT(violations(), IsEmpty());
}

TEST_F(InvariantsStory, TheHighWatermarkMayNotPassItsOwnLog) {
  tell(isr(0b0010));
  tell(high_watermark(1, 0, 1));

  EXPECT_THAT(violations(), ElementsAre(HasSubstr("broker 1 of the ISR has only 0")));
}

TEST_F(InvariantsStory, ALeaderThatWasReplacedIsNotHeldAgainstTheNewIsr) {
  tell(sent({0, 3}));
  tell(appended({0, 3, 0}));
  tell(isr(0b0100));
  tell(elected(1));
  tell(high_watermark(1, 0, 3));

  EXPECT_THAT(violations(), IsEmpty());
}

TEST_F(InvariantsStory, TheHighWatermarkMayNotGoBackWithinAnEpoch) {
  write(3);
  tell(high_watermark(1, 0, 3));
  tell(high_watermark(1, 1, 2));  // another epoch: a new leader knows less
  EXPECT_THAT(violations(), IsEmpty());
  tell(high_watermark(1, 1, 1));

  EXPECT_THAT(violations(), ElementsAre(HasSubstr("goes back from 2 to 1 in epoch 1")));
}

TEST_F(InvariantsStory, AnEpochHasOneLeader) {
  tell(leads(1, 4, 0));
  tell(leads(1, 4, 0));
  EXPECT_THAT(violations(), IsEmpty());
  tell(leads(2, 4, 0));

  EXPECT_THAT(violations(), ElementsAre(HasSubstr("broker 2 and broker 1 both lead in epoch 4")));
}

TEST_F(InvariantsStory, OnlyTheLeaderOfAnEpochAppendsInIt) {
  tell(leads(1, 0, 0));
  tell(sent({0, 1}));
  tell(appended({0, 1, 0}, 2, 0));

  EXPECT_THAT(violations(), ElementsAre(HasSubstr("which broker 1 leads")));
}

TEST_F(InvariantsStory, ALogHasNoHoles) {
  tell(sent({0, 3}));
  tell(appended({0, 1, 0}));
  tell(appended({1, 1, 2}));

  EXPECT_THAT(violations(), ElementsAre(HasSubstr("its log ends at 1")));
}

TEST_F(InvariantsStory, ARefusedBatchIsNotAppended) {
  tell(sent({0, 1}));
  Observation refused = test::tell(ObservationKind::BatchRefused, {0, 1});
  refused.error = Error::not_enough_replicas;
  laws_.see(refused, ms(50));
  laws_.see(appended({0, 1, 0}), ms(50));

  EXPECT_THAT(violations(), ElementsAre(HasSubstr("just refused")));
}

TEST_F(InvariantsStory, ABatchIsAppendedAnewInTheMomentInWhichItsOldEpochIsRefused) {
  tell(sent({0, 1}));
  Observation refused = test::tell(ObservationKind::BatchRefused, {0, 1});
  refused.error = Error::invalid_producer_epoch;
  laws_.see(refused, ms(50));
  laws_.see(appended({0, 1, 0}), ms(50));

  EXPECT_THAT(violations(), IsEmpty());
}

TEST_F(InvariantsStory, ABatchMayBeRefusedAndAppendedWhenItIsRetried) {
  tell(sent({0, 1}));
  tell(test::tell(ObservationKind::BatchRefused, {0, 1}));
  tell(appended({0, 1, 0}));

  EXPECT_THAT(violations(), IsEmpty());
}

TEST_F(InvariantsStory, AnAckedRecordThatIsGoneWasTruncatedByAReplica) {
  tell(sent({0, 3}));
  tell(appended({0, 3, 0}));
  tell(acked({0, 3, 0}));
  tell(replicated({0, 1, 0}, 2));
  tell(truncated(1, 3, 1));
  tell(read({0, 1, 0}));

  EXPECT_THAT(judge(),
              ElementsAre(Finding{FindingKind::acked_and_truncated, 0, 1, -1, 0, 1, 1, ms(4)},
                          Finding{FindingKind::acked_and_truncated, 0, 2, -1, 0, 2, 1, ms(4)}));
  EXPECT_THAT(violations(), IsEmpty());
}

TEST_F(InvariantsStory, AnAckedRecordThatIsGoneForNoReasonIsOurBug) {
  write(3);
  tell(acked({0, 3, 0}));
  tell(read({0, 2, 0}));

  EXPECT_THAT(judge(), IsEmpty());
  EXPECT_THAT(violations(), ElementsAre(HasSubstr("record 2 was acked at offset 2")));
}

TEST_F(InvariantsStory, WhatWasDeletedByPolicyIsNoFinding) {
  write(3);
  tell(high_watermark(1, 0, 3));
  tell(acked({0, 3, 0}));
  tell(test::deleted_below(2));
  tell(read({2, 1, 2}));

  EXPECT_THAT(judge(), IsEmpty());
  EXPECT_THAT(violations(), IsEmpty());
}

TEST_F(InvariantsStory, WhatCompactionRemovedIsNoFinding) {
  write(3);
  tell(high_watermark(1, 0, 3));
  tell(acked({0, 3, 0}));
  tell(test::compacted({0, 2, 0}));
  tell(read({2, 1, 2}));

  EXPECT_THAT(judge(), IsEmpty());
  EXPECT_THAT(violations(), IsEmpty());
}

// The copy that was acknowledged goes, and later the other one.
TEST_F(InvariantsStory, CompactionMayRemoveEveryCopyOfARecord) {
  write(3);
  tell(high_watermark(1, 0, 3));
  tell(acked({0, 3, 0}));
  tell(appended({0, 1, 3}));
  tell(replicated({0, 1, 3}, 2));
  tell(replicated({0, 1, 3}, 3));
  tell(high_watermark(1, 0, 4));
  tell(test::compacted({0, 1, 0}));
  tell(test::compacted({0, 1, 3}));
  tell(read({1, 2, 1}));

  EXPECT_THAT(judge(), IsEmpty());
  EXPECT_THAT(violations(), IsEmpty());
}

TEST_F(InvariantsStory, NobodyCleansAwayWhatIsNotCommitted) {
  write(3);
  tell(high_watermark(1, 0, 1));
  tell(test::compacted({0, 1, 0}));
  EXPECT_THAT(violations(), IsEmpty());

  tell(test::compacted({1, 1, 1}));

  EXPECT_THAT(violations(), ElementsAre(HasSubstr("cleans away offsets from 1 on")));
}

TEST_F(InvariantsStory, OnlyALogThatWasCleanedHasGaps) {
  write(3);
  tell(high_watermark(1, 0, 3));
  tell(test::compacted({0, 2, 0}));
  tell(test::crashed(2));
  tell(test::tail_lost(2, 3, 0));

  tell(replicated({2, 1, 2}, 2));

  EXPECT_THAT(violations(), IsEmpty());
}

// Its leader was told otherwise, and counts on it until it has left the ISR.
TEST_F(InvariantsStory, AFollowerThatLostItsTailDoesNotHoldUpTheHighWatermark) {
  write(3);
  tell(test::crashed(2));
  tell(test::tail_lost(2, 3, 0));
  tell(high_watermark(1, 0, 2));

  EXPECT_THAT(violations(), IsEmpty());

  tell(replicated({0, 1, 0}, 2));  // it is back
  tell(high_watermark(1, 0, 3));

  EXPECT_THAT(violations(), ElementsAre(HasSubstr("broker 2 of the ISR has only 1")));
}

TEST_F(InvariantsStory, ATruncatedSendOfARecordThatWasSentAgainIsNoFinding) {
  tell(sent({0, 1}, 7));
  tell(appended({0, 1, 0}));
  tell(acked({0, 1, 0}));
  tell(truncated(1, 1, 0));
  tell(sent({1, 1}, 7));
  tell(appended({1, 1, 0}));
  tell(read({1, 1, 0}));

  EXPECT_THAT(judge(), IsEmpty());
  EXPECT_THAT(violations(), IsEmpty());
}

TEST_F(InvariantsStory, WithAcksZeroARecordMayNeverHaveBeenWritten) {
  tell(sent({0, 1}));
  tell(acked({0, 1, no_offset}));

  const std::vector<Finding> findings = judge();

  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].kind, FindingKind::acked_and_unwritten);
  EXPECT_EQ(findings[0].record, 0);
  EXPECT_THAT(violations(), IsEmpty());
}

TEST_F(InvariantsStory, NothingIsAckedOrReadThatNobodyAppended) {
  tell(sent({0, 2}));
  tell(acked({0, 1, 0}));
  tell(read({1, 1, 0}));

  EXPECT_THAT(violations(), ElementsAre(HasSubstr("no leader has appended them"),
                                        HasSubstr("was appended by no leader")));
}

TEST_F(InvariantsStory, ACommittedOffsetMayNotPassWhatAnyLeaderHad) {
  write(3);
  commit(4);

  EXPECT_THAT(violations(), ElementsAre(HasSubstr("offset 4 is committed")));
}

TEST_F(InvariantsStory, ACommittedOffsetPastATruncatedEndIsAFinding) {
  write(3);
  commit(3);
  tell(truncated(1, 3, 1));
  tell(read({0, 1, 0}));

  const std::vector<Finding> findings = judge();

  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].kind, FindingKind::committed_past_end);
  EXPECT_EQ(findings[0].offset, 3);
  EXPECT_THAT(violations(), IsEmpty());
}

// ---- a crash in the middle of noting -----------------------------------------------------------

TEST_F(InvariantsStory, ABrokerKilledWhileItNotesMayHaveDoneMore) {
  tell(sent({0, 3}));
  laws_.see(appended({0, 1, 0}), ms(50));
  laws_.see(test::crashed(1), ms(50));  // it had appended all three
  tell(leads(1, 1, 3));
  tell(high_watermark(1, 1, 0));
  tell(replicated({0, 3, 0}, 2));
  tell(replicated({0, 3, 0}, 3));
  tell(high_watermark(1, 1, 3));
  commit(3);
  tell(acked({0, 3, 0}));
  tell(read({0, 3, 0}));

  EXPECT_THAT(judge(), IsEmpty());
  EXPECT_THAT(violations(), IsEmpty());
}

TEST_F(InvariantsStory, ABrokerKilledLaterIsHeldToWhatItHasNoted) {
  tell(sent({0, 3}));
  laws_.see(appended({0, 1, 0}), ms(50));
  laws_.see(test::crashed(1), ms(51));
  tell(leads(1, 1, 3));

  EXPECT_THAT(violations(), ElementsAre(HasSubstr("its log ends at 1")));
}

TEST_F(InvariantsStory, WarmTheyAllocateNothing) {
  std::vector<Finding> findings;
  const auto run = [&] {
    laws_.reset(layout_, terms_, 1);
    ledger_.reset(records_);
    findings.clear();
    tell(leads(1, 0, 0));
    write(3);
    tell(high_watermark(1, 0, 3));
    tell(acked({0, 3, 0}));
    tell(truncated(1, 3, 2));
    commit(3);
    tell(read({0, 2, 0}));
    laws_.judge(ms(1000), ledger_, findings);
  };
  run();

  const test::AllocationCounter allocations;
  run();

  EXPECT_EQ(allocations.count(), 0U);
  EXPECT_EQ(findings.size(), 2U);
}

TEST_F(InvariantsStory, ARunForgetsTheOneBefore) {
  tell(leads(1, 0, 7));
  ASSERT_THAT(violations(), testing::SizeIs(1));

  laws_.reset(layout_, terms_, 1);
  tell(leads(2, 0, 0));

  EXPECT_THAT(violations(), IsEmpty());
}

}  // namespace
}  // namespace kafault
