#include "sim/broker/producer_state.hpp"

#include <gtest/gtest.h>

#include "sim/broker/partition_log.hpp"
#include "tests/broker/postman.hpp"

namespace kafault {
namespace {

using Verdict = ProducerState::Verdict;
using Fresh = ProducerState::Fresh;
using Duplicate = ProducerState::Duplicate;
using Refused = ProducerState::Refused;

// A log with `batches` batches of two records, and the state that follows from it.
struct Written {
  explicit Written(SendNumber batches) {
    for (SendNumber i = 0; i < batches; ++i) {
      state.remember(log.append_as_leader(idempotent_batch(2 * i, 2), 0));
    }
  }
  PartitionLog log;
  ProducerState state;
};

TEST(ProducerState, AcceptsAnySequenceOfAProducerItDoesNotKnow) {
  const ProducerState state;

  EXPECT_EQ(state.judge(idempotent_batch(40)), Verdict(Fresh{}));
}

// KAFKA-15591.
TEST(ProducerState, MayDemandThatAProducerBegins) {
  const ProducerState state;

  EXPECT_EQ(state.judge(idempotent_batch(0), {}, true), Verdict(Fresh{}));
  EXPECT_EQ(state.judge(idempotent_batch(40), {}, true),
            Verdict(Refused{Error::out_of_order_sequence_number}));
}

TEST(ProducerState, AcceptsTheNextSequenceOnly) {
  const Written written(2);

  EXPECT_EQ(written.state.judge(idempotent_batch(4)), Verdict(Fresh{}));
  EXPECT_EQ(written.state.judge(idempotent_batch(5)),
            Verdict(Refused{Error::out_of_order_sequence_number}));
}

TEST(ProducerState, AnswersTheLastFiveBatchesWithTheirOffsets) {
  const Written written(6);

  EXPECT_EQ(written.state.judge(idempotent_batch(10, 2)), Verdict(Duplicate{10}));
  EXPECT_EQ(written.state.judge(idempotent_batch(2, 2)), Verdict(Duplicate{2}));
  EXPECT_EQ(written.state.judge(idempotent_batch(0, 2)),
            Verdict(Refused{Error::out_of_order_sequence_number}));
}

TEST(ProducerState, TakesOnlyTheExactRangeForADuplicate) {
  const Written written(2);

  EXPECT_EQ(written.state.judge(idempotent_batch(2, 1)),
            Verdict(Refused{Error::out_of_order_sequence_number}));
}

TEST(ProducerState, RefusesAnOlderEpochAndWantsANewerOneToStartAtZero) {
  ProducerState state;
  Batch first = idempotent_batch(0, 1, 1);
  first.base_offset = 0;
  state.remember(first);

  EXPECT_EQ(state.judge(idempotent_batch(1, 1, 0)),
            Verdict(Refused{Error::invalid_producer_epoch}));
  EXPECT_EQ(state.judge(idempotent_batch(1, 1, 2)),
            Verdict(Refused{Error::out_of_order_sequence_number}));
  EXPECT_EQ(state.judge(idempotent_batch(0, 1, 2)), Verdict(Fresh{}));
}

TEST(ProducerState, WrapsSequencesToZero) {
  ProducerState state;
  Batch last = idempotent_batch(0);
  last.base_sequence = INT32_MAX;
  last.base_offset = 0;
  state.remember(last);

  EXPECT_EQ(state.judge(idempotent_batch(0)), Verdict(Fresh{}));
}

TEST(ProducerState, LetsPlainBatchesPass) {
  const Written written(2);

  EXPECT_EQ(written.state.judge(plain_batch(0)), Verdict(Fresh{}));
}

TEST(ProducerState, ForgetsWhatATruncationRemoved) {
  Written written(3);
  written.log.truncate_to(4);

  written.state.reload_after_truncation(written.log.batches());

  EXPECT_EQ(written.state.judge(idempotent_batch(4, 2)), Verdict(Fresh{}));
  EXPECT_EQ(written.state.judge(idempotent_batch(2, 2)), Verdict(Duplicate{2}));
  EXPECT_EQ(written.state.judge(idempotent_batch(0, 2)), Verdict(Duplicate{0}));
}

// The first truncation took a snapshot, which holds the last batch only.
TEST(ProducerState, RemembersLessAfterASecondTruncation) {
  Written written(3);
  written.log.truncate_to(4);
  written.state.reload_after_truncation(written.log.batches());
  written.state.remember(written.log.append_as_leader(idempotent_batch(4, 2), 0));
  written.log.truncate_to(4);

  written.state.reload_after_truncation(written.log.batches());

  EXPECT_EQ(written.state.judge(idempotent_batch(2, 2)), Verdict(Duplicate{2}));
  EXPECT_EQ(written.state.judge(idempotent_batch(0, 2)),
            Verdict(Refused{Error::out_of_order_sequence_number}));
}

TEST(ProducerState, RemembersOneBatchAfterARestart) {
  Written written(3);
  written.state.lose_memory();

  written.state.reload_after_restart(written.log.batches());

  EXPECT_EQ(written.state.judge(idempotent_batch(4, 2)), Verdict(Duplicate{4}));
  EXPECT_EQ(written.state.judge(idempotent_batch(6, 2)), Verdict(Fresh{}));
  EXPECT_EQ(written.state.judge(idempotent_batch(2, 2)),
            Verdict(Refused{Error::out_of_order_sequence_number}));
}

// Two batches, the second written at second 2; whoever is silent for 3 s is forgotten, every 2 s
// somebody looks.
TEST(ProducerExpiry, ForgetsAtTheNextLook) {
  using namespace std::chrono_literals;
  ProducerState state;
  state.configure({.after = 3s, .check_interval = 2s});
  PartitionLog log;
  state.remember(log.append_as_leader(idempotent_batch(0), 0), Instant{});
  state.remember(log.append_as_leader(idempotent_batch(1), 0), Instant{} + 2s);

  EXPECT_EQ(state.judge(idempotent_batch(1), Instant{} + 5s), Verdict(Duplicate{1}));
  EXPECT_EQ(state.judge(idempotent_batch(1), Instant{} + 6s), Verdict(Fresh{}));
  EXPECT_EQ(state.judge(idempotent_batch(7), Instant{} + 6s), Verdict(Fresh{}));
}

TEST(ProducerExpiry, BeginsAnewWithWhatComesAfter) {
  using namespace std::chrono_literals;
  ProducerState state;
  state.configure({.after = 3s, .check_interval = 2s});
  PartitionLog log;
  state.remember(log.append_as_leader(idempotent_batch(0), 0), Instant{});
  state.remember(log.append_as_leader(idempotent_batch(1), 0), Instant{} + 6s);

  EXPECT_EQ(state.judge(idempotent_batch(0), Instant{} + 6s),
            Verdict(Refused{Error::out_of_order_sequence_number}));
  EXPECT_EQ(state.judge(idempotent_batch(1), Instant{} + 6s), Verdict(Duplicate{1}));
}

}  // namespace
}  // namespace kafault
