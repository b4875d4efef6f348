#include "sim/client/relay_schedule.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/client/producer_harness.hpp"

namespace kafault {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::ElementsAreArray;

constexpr Instant first_due{1s};

// Rows 0 to 9, one every 20 ms; the relay polls every 50 ms, that is at rows 0, 2.5, 5, 7.5, ...
OutboxPlan every_50ms(RelayReads reads) { return {.exists = true, .reads = reads, .poll = 50ms}; }
RelaySchedule ten_rows(const OutboxPlan& plan) { return {plan, 10, first_due, 20ms}; }

std::vector<std::int64_t> sent(const RelaySchedule& schedule) {
  std::vector<std::int64_t> rows;
  for (const RelaySchedule::Turn& turn : schedule.turns()) {
    if (!turn.is_passed_over) rows.push_back(turn.row);
  }
  return rows;
}
std::vector<std::int64_t> passed_over(const RelaySchedule& schedule) {
  std::vector<std::int64_t> rows;
  for (const RelaySchedule::Turn& turn : schedule.turns()) {
    if (turn.is_passed_over) rows.push_back(turn.row);
  }
  return rows;
}
Duration due(const RelaySchedule& schedule, std::int64_t row) {
  return schedule.at(schedule.position_of(row, std::ssize(schedule.turns()))).due - first_due;
}

TEST(RelaySchedule, SendsWhatItFindsAtEachPoll) {
  for (const RelayReads reads :
       {RelayReads::past_last_id, RelayReads::without_gaps, RelayReads::unsent}) {
    const RelaySchedule schedule = ten_rows(every_50ms(reads));
    EXPECT_THAT(sent(schedule), ElementsAre(0, 1, 2, 3, 4, 5, 6, 7, 8, 9));
    EXPECT_EQ(due(schedule, 0), 0ms);
    EXPECT_EQ(due(schedule, 1), 50ms);
    EXPECT_EQ(due(schedule, 2), 50ms);
    EXPECT_EQ(due(schedule, 5), 100ms);
    EXPECT_EQ(due(schedule, 9), 200ms);
  }
}

TEST(RelaySchedule, PassesOverAnIdThatCommitsBehindTheLastItHasRead) {
  OutboxPlan plan = every_50ms(RelayReads::past_last_id);
  plan.late_row = 1;
  plan.late_by = 31ms;  // visible at 51 ms, when 2 has been read

  const RelaySchedule schedule = ten_rows(plan);

  EXPECT_THAT(passed_over(schedule), ElementsAre(1));
  EXPECT_EQ(due(schedule, 1), 51ms);
  EXPECT_EQ(schedule.turns().size(), 10U);
}

TEST(RelaySchedule, PassesNothingOverThatIsThereInTimeOrLast) {
  OutboxPlan plan = every_50ms(RelayReads::past_last_id);
  plan.late_row = 1;
  plan.late_by = 30ms;
  EXPECT_THAT(passed_over(ten_rows(plan)), ElementsAre());

  plan.late_row = 2;  // the last that the poll at 50 ms comes to
  plan.late_by = 59ms;
  EXPECT_THAT(passed_over(ten_rows(plan)), ElementsAre());
  EXPECT_EQ(due(ten_rows(plan), 2), 100ms);

  plan.late_row = 9;
  plan.late_by = 10s;
  EXPECT_THAT(passed_over(ten_rows(plan)), ElementsAre());
}

TEST(RelaySchedule, WaitsForAGapOrComesBackToIt) {
  OutboxPlan plan = every_50ms(RelayReads::without_gaps);
  plan.late_row = 1;
  plan.late_by = 100ms;  // visible at 120 ms

  EXPECT_THAT(sent(ten_rows(plan)), ElementsAre(0, 1, 2, 3, 4, 5, 6, 7, 8, 9));
  EXPECT_EQ(due(ten_rows(plan), 2), 150ms);

  plan.reads = RelayReads::unsent;
  EXPECT_THAT(sent(ten_rows(plan)), ElementsAre(0, 2, 3, 4, 5, 1, 6, 7, 8, 9));
  EXPECT_EQ(due(ten_rows(plan), 1), 150ms);
}

TEST(RelaySchedule, FollowsTheChangeLogInTheOrderOfCommits) {
  OutboxPlan plan = every_50ms(RelayReads::change_log);
  plan.late_row = 1;
  plan.late_by = 30ms;  // between 2 and 3

  const RelaySchedule schedule = ten_rows(plan);

  EXPECT_THAT(sent(schedule), ElementsAre(0, 2, 1, 3, 4, 5, 6, 7, 8, 9));
  EXPECT_EQ(due(schedule, 1), 50ms);
  EXPECT_EQ(due(schedule, 2), 40ms);
}

TEST(RelaySchedule, OneRelayThatIsLateHoldsAllUpAndOneOfTwoIsOvertaken) {
  OutboxPlan plan = every_50ms(RelayReads::unsent);
  plan.late_poll = 1;  // rows 1 and 2
  plan.late_poll_by = 70ms;

  EXPECT_THAT(sent(ten_rows(plan)), ElementsAre(0, 1, 2, 3, 4, 5, 6, 7, 8, 9));
  EXPECT_EQ(due(ten_rows(plan), 2), 120ms);
  EXPECT_EQ(due(ten_rows(plan), 3), 150ms);

  plan.relays = 2;
  EXPECT_THAT(sent(ten_rows(plan)), ElementsAre(0, 3, 4, 5, 1, 2, 6, 7, 8, 9));
  EXPECT_EQ(due(ten_rows(plan), 2), 120ms);
}

TEST(RelaySchedule, WithoutLocksSendsTwiceWhatALateRelayHasNotMarked) {
  OutboxPlan plan = every_50ms(RelayReads::unsent);
  plan.relays = 2;
  plan.late_poll = 1;  // rows 1 and 2
  plan.late_poll_by = 70ms;
  plan.locks = false;

  EXPECT_THAT(sent(ten_rows(plan)), ElementsAre(0, 1, 2, 3, 4, 5, 1, 2, 6, 7, 8, 9));
  EXPECT_EQ(due(ten_rows(plan), 2), 120ms);

  plan.late_poll_by = 50ms;  // marked by then
  EXPECT_THAT(sent(ten_rows(plan)), ElementsAre(0, 1, 2, 3, 4, 5, 6, 7, 8, 9));
  plan.late_poll_by = 70ms;
  plan.relays = 1;
  EXPECT_THAT(sent(ten_rows(plan)), ElementsAre(0, 1, 2, 3, 4, 5, 6, 7, 8, 9));
}

ProducerSetup relay_of_ten(const OutboxPlan& plan) {
  ProducerSetup setup;
  setup.config.enable_idempotence = false;
  setup.config.linger = 0ms;
  setup.sends.records = 10;
  setup.sends.every = 20ms;
  setup.sends.outbox = plan;
  return setup;
}

std::vector<std::int64_t> rows_in(const std::vector<Observation>& sends) {
  std::vector<std::int64_t> rows;
  for (const Observation& note : sends) {
    for (std::uint32_t i = 0; i < note.count; ++i) rows.push_back(note.value + i);
  }
  return rows;
}

TEST(OutboxRelay, SaysThatARowWhichItPassesOverIsAsGoodAsSent) {
  OutboxPlan plan = every_50ms(RelayReads::past_last_id);
  plan.late_row = 1;
  plan.late_by = 31ms;
  ProducerHarness world(relay_of_ten(plan));
  world.start();
  world.pass(1s);

  EXPECT_THAT(rows_in(world.all(ObservationKind::RecordSent)),
              ElementsAre(0, 2, 1, 3, 4, 5, 6, 7, 8, 9));
  const std::vector<Observation> acked = world.all(ObservationKind::RecordAcked);
  ASSERT_EQ(acked.size(), 1U) << "the others wait for the broker";
  EXPECT_EQ(acked[0].offset, no_offset);
  EXPECT_EQ(acked[0].first, 2U) << "its third send";
}

TEST(OutboxRelay, SendsAgainAfterARestartWhatItHasNotMarked) {
  OutboxPlan plan = every_50ms(RelayReads::unsent);
  plan.late_row = 1;
  plan.late_by = 100ms;
  ProducerHarness world(relay_of_ten(plan));
  world.start();
  world.pass(60ms);  // 0 and 2 are sent
  world.answer();    // and 0 is acked
  world.crash();
  world.notes.clear();
  world.start();
  world.pass(1s);

  EXPECT_THAT(rows_in(world.all(ObservationKind::RecordSent)),
              ElementsAre(2, 3, 4, 5, 1, 6, 7, 8, 9));
}

}  // namespace
}  // namespace kafault
