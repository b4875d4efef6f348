#include <gmock/gmock.h>

#include "sim/client/producer_sequences.hpp"
#include "tests/client/producer_harness.hpp"

namespace kafault {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using Kind = ObservationKind;

ProducerSetup one_record_batches(std::int64_t records) {
  ProducerSetup setup;
  setup.config.linger = 0ms;
  setup.config.batch_size = 1;
  setup.sends.records = records;
  setup.sends.every = 10ms;
  return setup;
}

const Batch& batch(const ProducerHarness& world, std::size_t i) {
  return world.sent.at(i).entries.at(0).batch;
}

// librdkafka issue 4953: what another partition has in the log, unanswered, gets new sequences.
TEST(Sequences, OfLibrdkafkaAreBumpedInAllPartitionsOnceNothingIsOnItsWay) {
  for (const ClientProfile client : {ClientProfile::java, ClientProfile::librdkafka}) {
    const bool is_librdkafka = client == ClientProfile::librdkafka;
    Sequences sequences;
    BatchPool pool;
    sequences.configure(2, client);
    sequences.assign({7, 0});
    const BatchIndex refused = pool.take();
    const BatchIndex appended = pool.take();
    for (const BatchIndex each : {refused, appended}) {
      pool[each].partition = each == refused ? 0 : 1;
      pool[each].count = 1;
      sequences.stamp(each, pool);
    }
    pool[appended].is_on_wire = true;

    sequences.on_failed(refused, Error::message_too_large, true, pool);
    EXPECT_EQ(sequences.resolve_and_bump(pool), !is_librdkafka);
    EXPECT_EQ(sequences.may_drain(pool[appended], pool), !is_librdkafka);
    pool[appended].is_on_wire = false;
    EXPECT_EQ(sequences.resolve_and_bump(pool), is_librdkafka);
    EXPECT_EQ(sequences.identity().epoch, 1);
    EXPECT_EQ(pool[appended].identity.epoch, is_librdkafka ? 1 : 0);
  }
}

TEST(IdempotentProducer, AsksForItsIdBeforeItSends) {
  ProducerHarness world(one_record_batches(1));
  world.start();

  const auto assigned = world.all(Kind::ProducerIdAssigned);
  ASSERT_THAT(assigned, SizeIs(1));
  EXPECT_EQ(assigned[0].value, 7);
  ASSERT_THAT(world.sent, SizeIs(1));
  EXPECT_EQ(batch(world, 0).producer_id, 7);
  EXPECT_EQ(batch(world, 0).producer_epoch, 0);
}

TEST(IdempotentProducer, CountsRecordsPerPartition) {
  ProducerSetup setup = one_record_batches(6);
  setup.config.batch_size = 61 + 3 * 120;
  setup.sends.every = {};
  ProducerHarness world(setup);

  world.start();

  ASSERT_THAT(world.sent, SizeIs(2));
  EXPECT_EQ(batch(world, 0).base_sequence, 0);
  EXPECT_EQ(batch(world, 1).base_sequence, 3);
}

TEST(IdempotentProducer, HasANewIdInEveryLife) {
  ProducerHarness world(one_record_batches(2));
  world.start();
  world.crash();
  world.start();

  EXPECT_EQ(batch(world, 0).producer_id, 8);
  EXPECT_EQ(batch(world, 0).base_sequence, 0);
  EXPECT_EQ(batch(world, 0).first, 1U) << "send numbers go on";
}

TEST(IdempotentProducer, RetriesOutOfOrderSequencesThatAnEarlierBatchWillFill) {
  ProducerHarness world(one_record_batches(2));
  world.start();
  world.pass(10ms);
  world.answer(Error::not_enough_replicas);
  world.answer(Error::out_of_order_sequence_number);

  world.pass(100ms);
  ASSERT_THAT(world.firsts(), ElementsAre(0));
  world.answer();
  world.pass(100ms);

  ASSERT_THAT(world.firsts(), ElementsAre(1));
  EXPECT_EQ(batch(world, 0).base_sequence, 1);
  EXPECT_EQ(batch(world, 0).producer_epoch, 0);
}

// The broker has lost its state: the next expected sequence is refused.
TEST(IdempotentProducer, BumpsItsEpochAndRewritesWhenTheNextSequenceIsRefused) {
  ProducerHarness world(one_record_batches(3));
  world.start();
  world.answer();
  world.pass(20ms);
  ASSERT_THAT(world.firsts(), ElementsAre(1, 2));

  world.answer(Error::out_of_order_sequence_number);
  world.answer(Error::out_of_order_sequence_number);
  world.pass(100ms);

  ASSERT_THAT(world.firsts(), ElementsAre(1));
  EXPECT_EQ(batch(world, 0).producer_epoch, 1);
  EXPECT_EQ(batch(world, 0).base_sequence, 0);
  world.answer();
  ASSERT_THAT(world.firsts(), ElementsAre(2));
  EXPECT_EQ(batch(world, 0).base_sequence, 1);
}

// KAFKA-14034: the first batch was appended and answered with a retriable error; the second fails
// for good, and the first is re-stamped.
TEST(IdempotentProducer, RewritesABatchThatMayHaveBeenAppended) {
  ProducerHarness world(one_record_batches(2));
  world.start();
  world.pass(10ms);

  world.answer(Error::request_timed_out);
  world.answer(Error::record_too_large);
  world.pass(100ms);

  ASSERT_THAT(world.firsts(), ElementsAre(0));
  EXPECT_EQ(batch(world, 0).producer_epoch, 1);
  EXPECT_EQ(batch(world, 0).base_sequence, 0);
}

// The refusal belongs to the sequence that the batch had before the bump.
TEST(IdempotentProducer, DoesNotBumpAgainForABatchThatWasRewrittenOnTheWire) {
  ProducerHarness world(one_record_batches(2));
  world.start();
  world.pass(10ms);

  world.answer(Error::record_too_large);
  world.answer(Error::out_of_order_sequence_number);
  world.pass(100ms);

  ASSERT_THAT(world.firsts(), ElementsAre(1));
  EXPECT_EQ(batch(world, 0).producer_epoch, 1);
  EXPECT_EQ(batch(world, 0).base_sequence, 0);
}

// Nobody knows whether the sequence was used, so it is not given to another: a hole.
TEST(IdempotentProducer, LeavesAHoleWhenTheRetriesAreExhausted) {
  ProducerSetup setup = one_record_batches(2);
  setup.config.retries = 1;
  setup.sends.every = 1s;
  ProducerHarness world(setup);
  world.start();
  world.answer(Error::not_enough_replicas);
  world.pass(100ms);
  world.answer(Error::not_enough_replicas);
  ASSERT_EQ(world.count(Kind::RecordFailed), 1);

  world.pass(1s);

  ASSERT_THAT(world.firsts(), ElementsAre(1));
  EXPECT_EQ(batch(world, 0).producer_epoch, 0);
  EXPECT_EQ(batch(world, 0).base_sequence, 1);
}

TEST(IdempotentProducer, MovesAnotherPartitionToTheNewEpochWhenItsBatchesAreBack) {
  ProducerSetup setup = one_record_batches(4);
  setup.partitions = 2;
  ProducerHarness world(setup);
  world.start();
  world.pass(10ms);
  ASSERT_EQ(world.sent.at(0).entries.at(0).partition, 0);
  ASSERT_EQ(world.sent.at(1).entries.at(0).partition, 1);

  world.answer(Error::record_too_large);  // partition 0 asks for a new epoch
  world.pass(20ms);
  ASSERT_THAT(world.sent, SizeIs(2)) << "partition 1 waits for its batch of the old epoch";
  EXPECT_EQ(batch(world, 0).producer_epoch, 0);
  EXPECT_EQ(batch(world, 1).producer_epoch, 1);
  world.answer();

  ASSERT_THAT(world.sent, SizeIs(2));
  EXPECT_EQ(world.sent.at(1).entries.at(0).partition, 1);
  EXPECT_EQ(batch(world, 1).producer_epoch, 1);
  EXPECT_EQ(batch(world, 1).base_sequence, 0);
}

TEST(IdempotentProducer, HoldsNewBatchesWhileASequenceIsUnresolved) {
  ProducerSetup setup = one_record_batches(3);
  setup.config.delivery_timeout = 1s;
  setup.config.request_timeout = 950ms;
  setup.sends.every = 400ms;
  ProducerHarness world(setup);
  world.start();
  world.answer(Error::not_enough_replicas);
  world.pass(100ms);
  ASSERT_THAT(world.firsts(), ElementsAre(0)) << "on the wire again";
  world.pass(300ms);
  ASSERT_THAT(world.firsts(), ElementsAre(0, 1));

  world.pass(600ms);  // batch 0 expires in retry; record 2 was sent at 800 ms, before that
  ASSERT_EQ(world.count(Kind::RecordFailed), 1);
  world.answer(Error::none);  // of batch 0, too late for its callback
  world.answer(Error::none);
  world.answer(Error::none);

  EXPECT_EQ(world.count(Kind::RecordAcked), 2);
  EXPECT_THAT(world.all(Kind::ProducerIdAssigned), SizeIs(1)) << "resolved: no new epoch";
}

TEST(IdempotentProducer, BumpsItsEpochWhenAnExpiredSequenceStaysUnresolved) {
  ProducerSetup setup = one_record_batches(2);
  setup.config.delivery_timeout = 1s;
  setup.config.request_timeout = 5s;
  setup.sends.every = 2s;
  ProducerHarness world(setup);
  world.start();
  world.answer(Error::not_enough_replicas);
  world.pass(1s);
  ASSERT_EQ(world.count(Kind::RecordFailed), 1);
  world.sent.clear();

  world.pass(1s);

  ASSERT_THAT(world.firsts(), ElementsAre(1));
  EXPECT_EQ(batch(world, 0).producer_epoch, 1);
  EXPECT_EQ(batch(world, 0).base_sequence, 0);
}

TEST(Sequences, WrapToZeroAfterTheLargestInt) {
  ProducerBatch last;
  last.base_sequence = 2147483646;
  last.count = 2;
  EXPECT_EQ(last.last_sequence(), 2147483647);
  last.count = 3;
  EXPECT_EQ(last.last_sequence(), 0);
}

}  // namespace
}  // namespace kafault
