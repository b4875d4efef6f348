// The laws that hold for what a producer asked for: acks=all, idempotence, neither.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/oracle/invariants_story.hpp"

namespace kafault {
namespace {

using test::acked;
using test::appended;
using test::high_watermark;
using test::InvariantsStory;
using test::leads;
using test::read;
using test::sent;
using test::truncated;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class InvariantsStoryOfAcksAll : public InvariantsStory {
 protected:
  InvariantsStoryOfAcksAll() {
    terms_ = {{.acks_all = true}};
    laws_.reset(layout_, terms_, 1);
  }
};

TEST_F(InvariantsStoryOfAcksAll, NothingIsAckedAboveTheHighWatermark) {
  write(3);
  tell(high_watermark(1, 0, 2));
  tell(acked({0, 2, 0}));
  EXPECT_THAT(violations(), IsEmpty());
  tell(acked({2, 1, 2}));

  EXPECT_THAT(violations(),
              ElementsAre(AllOf(HasSubstr("from 2 to 2 are acked"), HasSubstr("ever passed 2"))));
}

TEST_F(InvariantsStoryOfAcksAll, AnAckMayArriveWhenANewLeaderKnowsLess) {
  write(3);
  tell(high_watermark(1, 0, 3));
  tell(leads(2, 1, 3));
  tell(high_watermark(2, 1, 1));
  tell(acked({0, 3, 0}));

  EXPECT_THAT(violations(), IsEmpty());
}

TEST_F(InvariantsStory, WithFewerAcksThanAllTheHighWatermarkIsNotAwaited) {
  write(3);
  tell(acked({0, 3, 0}));

  EXPECT_THAT(violations(), IsEmpty());
}

class InvariantsStoryOfIdempotence : public InvariantsStory {
 protected:
  InvariantsStoryOfIdempotence() {
    terms_ = {{.is_idempotent = true}};
    laws_.reset(layout_, terms_, 1);
  }
  void assign_id(std::int32_t epoch) {
    Observation o = test::tell(ObservationKind::ProducerIdAssigned, {}, test::shop_node);
    o.epoch = epoch;
    tell(o);
  }
};

TEST_F(InvariantsStoryOfIdempotence, ALeaderAppendsASendOnce) {
  tell(sent({0, 4}));
  tell(appended({0, 2, 0}));
  tell(appended({2, 2, 2}));
  EXPECT_THAT(violations(), IsEmpty());
  tell(appended({1, 1, 4}));

  EXPECT_THAT(violations(), ElementsAre(HasSubstr("broker 1 appends sends from 1 on twice")));
}

TEST_F(InvariantsStoryOfIdempotence, ANewLeaderMayAppendWhatItDoesNotHave) {
  tell(sent({0, 1}));
  tell(appended({0, 1, 0}));
  tell(leads(2, 1, 0));
  tell(appended({0, 1, 0}, 2, 1));
  tell(truncated(1, 1, 0));
  tell(read({0, 1, 0}));

  EXPECT_THAT(violations(), IsEmpty());
}

TEST_F(InvariantsStoryOfIdempotence, ALeaderThatLostTheEndOfItsLogMayAppendAgain) {
  tell(leads(1, 0, 0));
  tell(sent({0, 1}));
  tell(appended({0, 1, 0}));
  tell(truncated(1, 1, 0));
  tell(leads(1, 0, 0));
  tell(appended({0, 1, 0}));

  EXPECT_THAT(violations(), IsEmpty());
}

TEST_F(InvariantsStoryOfIdempotence, TheFinalLogHasASendOnce) {
  write(2);
  tell(appended({0, 1, 2}, 1, 1));  // it may have lost the first copy in between
  tell(read({0, 2, 0}));
  tell(read({0, 1, 2}));

  EXPECT_THAT(violations(), ElementsAre(HasSubstr("in the final log twice, at offset 2")));
}

TEST_F(InvariantsStoryOfIdempotence, ARecordThatIsSentAgainIsAnotherSend) {
  tell(sent({0, 1}, 7));
  tell(appended({0, 1, 0}));
  tell(sent({1, 1}, 7));
  tell(appended({1, 1, 1}));
  tell(read({0, 2, 0}));

  EXPECT_THAT(violations(), IsEmpty());
}

TEST_F(InvariantsStoryOfIdempotence, WhatWasSentBeforeABumpOfTheEpochMayBeThereTwice) {
  assign_id(0);
  tell(sent({0, 1}));
  tell(appended({0, 1, 0}));
  assign_id(1);
  tell(appended({0, 1, 1}));
  tell(read({0, 1, 0}));
  tell(read({0, 1, 1}));
  EXPECT_THAT(violations(), IsEmpty());
  tell(sent({1, 1}));
  tell(appended({1, 1, 2}));
  tell(appended({1, 1, 3}));

  EXPECT_THAT(violations(), ElementsAre(HasSubstr("appends sends from 1 on twice")));
}

TEST_F(InvariantsStory, WithoutIdempotenceARetryMayBeThereTwice) {
  tell(sent({0, 1}));
  tell(appended({0, 1, 0}));
  tell(appended({0, 1, 1}));
  tell(read({0, 1, 0}));
  tell(read({0, 1, 1}));

  EXPECT_THAT(violations(), IsEmpty());
}

}  // namespace
}  // namespace kafault
