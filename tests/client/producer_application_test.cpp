#include <gmock/gmock.h>

#include "tests/client/producer_harness.hpp"
#include "tests/support/allocation_counter.hpp"

namespace kafault {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using Kind = ObservationKind;

ProducerSetup plain(std::int64_t records, Duration every = 10ms) {
  ProducerSetup setup;
  setup.config.enable_idempotence = false;
  setup.config.linger = 0ms;
  setup.sends.records = records;
  setup.sends.every = every;
  return setup;
}

TEST(ProducerApplication, SendsEachRecordWhenItIsDue) {
  ProducerSetup setup = plain(3);
  setup.sends.start = 5ms;
  ProducerHarness world(setup);
  world.start();
  EXPECT_GT(world.metadata_requests, 0) << "metadata is there before it is needed";

  world.pass(4ms);
  EXPECT_EQ(world.count(Kind::RecordSent), 0);
  world.pass(1ms);
  EXPECT_EQ(world.count(Kind::RecordSent), 1);
  world.pass(9ms);
  EXPECT_EQ(world.count(Kind::RecordSent), 1);
  world.pass(1ms);
  EXPECT_EQ(world.count(Kind::RecordSent), 2);
}

TEST(ProducerApplication, LingersForMoreRecords) {
  ProducerSetup setup = plain(3);
  setup.config.linger = 15ms;
  ProducerHarness world(setup);
  world.start();

  world.pass(14ms);
  EXPECT_THAT(world.sent, IsEmpty());
  world.pass(1ms);

  ASSERT_THAT(world.sent, SizeIs(1));
  EXPECT_EQ(world.take().entries[0].batch.count, 2U);
}

TEST(ProducerApplication, WaitsForEachOutcomeIfAsked) {
  ProducerSetup setup = plain(3, 0ms);
  setup.sends.wait = true;
  ProducerHarness world(setup);
  world.start();
  world.pass(50ms);
  EXPECT_EQ(world.count(Kind::RecordSent), 1);

  world.answer();
  EXPECT_EQ(world.count(Kind::RecordSent), 2);
}

TEST(ProducerApplication, SticksToAPartitionForABatch) {
  ProducerSetup setup = plain(96, 0ms);
  setup.config.batch_size = 61 + 16 * 120;
  setup.partitions = 3;
  ProducerHarness world(setup);

  world.start();

  std::vector<PartitionId> partitions;
  for (const Observation& sent : world.all(Kind::RecordSent)) {
    EXPECT_EQ(sent.count, 16U);
    partitions.push_back(sent.partition);
  }
  EXPECT_THAT(partitions, ElementsAre(0, 1, 2, 0, 1, 2));
}

TEST(ProducerApplication, SendsEqualKeysToOnePartition) {
  ProducerSetup setup = plain(40, 0ms);
  setup.partitions = 5;
  setup.sends.keys = 4;
  ProducerHarness world(setup);

  world.start();

  std::int64_t record = 0;
  for (const Observation& sent : world.all(Kind::RecordSent)) {
    EXPECT_EQ(sent.value, record);
    for (std::uint32_t i = 0; i < sent.count; ++i, ++record) {
      EXPECT_EQ(sent.partition, partition_of_key("k" + std::to_string(record % 4), 5));
    }
  }
  EXPECT_EQ(record, 40);
}

TEST(ProducerApplication, SendsAFailedRecordAgainUnderANewNumber) {
  ProducerSetup setup = plain(2);
  setup.sends.on_error = OnError::resend;
  ProducerHarness world(setup);
  world.start();

  world.answer(Error::record_too_large);

  const auto sent = world.all(Kind::RecordSent);
  ASSERT_THAT(sent, SizeIs(2));
  EXPECT_EQ(sent[1].first, 1U);
  EXPECT_EQ(sent[1].value, 0) << "the same record";
  world.pass(10ms);
  EXPECT_EQ(world.all(Kind::RecordSent)[2].value, 1);
}

TEST(ProducerApplication, StopsAtTheFirstErrorIfAsked) {
  ProducerSetup setup = plain(5);
  setup.sends.on_error = OnError::stop;
  ProducerHarness world(setup);
  world.start();

  world.answer(Error::record_too_large);
  world.pass(1s);

  EXPECT_EQ(world.count(Kind::RecordSent), 1);
  EXPECT_TRUE(world.producer->is_done());
}

TEST(ProducerApplication, ResumesWithTheFirstRecordItNeverHeardOf) {
  ProducerHarness world(plain(10));
  world.start();
  world.pass(40ms);
  world.answer();
  world.answer();
  world.crash();
  EXPECT_EQ(world.producer->next_record(), 2);
  EXPECT_FALSE(world.producer->is_done());

  world.pass(1s);
  world.start();

  const Observation last = world.all(Kind::RecordSent).back();
  EXPECT_EQ(last.value, 2);
  EXPECT_EQ(last.first, 5U);
  world.pass(9ms);
  EXPECT_EQ(world.count(Kind::RecordSent), 6) << "at its pace, without making up for lost time";
}

TEST(ProducerApplication, ReplaysFromTheStartOrStaysDead) {
  ProducerSetup setup = plain(2);
  setup.sends.on_restart = OnRestart::replay;
  ProducerHarness replaying(setup);
  setup.sends.on_restart = OnRestart::stay_dead;
  ProducerHarness dead(setup);

  for (ProducerHarness* world : {&replaying, &dead}) {
    world->start();
    world->answer();
    world->crash();
    world->start();
  }

  EXPECT_EQ(replaying.all(Kind::RecordSent).back().value, 0);
  EXPECT_EQ(replaying.count(Kind::RecordSent), 2);
  EXPECT_EQ(dead.count(Kind::RecordSent), 1);
  EXPECT_TRUE(dead.producer->is_done());
}

TEST(ProducerApplication, HasNotSentWhatACrashCutOff) {
  ProducerHarness world(plain(10));
  world.start();
  world.pass(20ms);
  const Observation cut_off = world.all(Kind::RecordSent).back();
  world.answer();
  world.answer();
  world.answer();
  const Observation acked = world.all(Kind::RecordAcked)[1];
  world.crash();
  ASSERT_EQ(world.producer->next_record(), 3);

  world.producer->take_back(cut_off);
  EXPECT_EQ(world.producer->next_record(), 2);
  world.start();
  EXPECT_EQ(world.all(Kind::RecordSent).back().first, cut_off.first);
  EXPECT_EQ(acked.first, 1U);
}

TEST(ProducerApplication, ExitsWithAFullBuffer) {
  ProducerSetup setup = plain(100, 0ms);
  setup.config.linger = 2s;
  setup.sends.exits_when_sent = true;
  ProducerHarness world(setup);

  world.start();

  EXPECT_TRUE(world.exited);
  EXPECT_EQ(world.count(Kind::RecordSent), 100);
  EXPECT_THAT(world.sent, IsEmpty());
  EXPECT_TRUE(world.producer->is_done());
}

TEST(ProducerApplication, ClosesOnlyWhenAllIsDecided) {
  ProducerSetup setup = plain(100);
  setup.config.linger = 2s;
  ProducerHarness world(setup);
  world.start();
  world.pass(40ms);
  ASSERT_THAT(world.sent, IsEmpty());

  world.shut_down();
  EXPECT_FALSE(world.exited);
  ASSERT_THAT(world.sent, SizeIs(1)) << "close() does not linger";
  world.answer();

  EXPECT_TRUE(world.exited);
  EXPECT_EQ(world.count(Kind::RecordAcked), 5);
}

TEST(ProducerApplication, BlocksOnAFullBufferAndFailsAfterMaxBlock) {
  ProducerSetup setup = plain(4, 0ms);
  setup.config.batch_size = 1;
  setup.config.max_in_flight = 1;
  setup.config.buffer_memory = 2 * (61 + 120);
  setup.config.max_block = 1s;
  ProducerHarness world(setup);
  world.start();
  EXPECT_EQ(world.count(Kind::RecordSent), 2);

  world.pass(500ms);
  world.answer();
  EXPECT_EQ(world.count(Kind::RecordSent), 3) << "there is memory again";
  world.pass(1s);

  const auto failed = world.all(Kind::RecordFailed);
  ASSERT_THAT(failed, SizeIs(1));
  EXPECT_EQ(failed[0].error, Error::buffer_exhausted);
  EXPECT_EQ(failed[0].first, 3U);
}

TEST(ProducerApplication, BlocksUntilMetadataIsKnown) {
  ProducerSetup setup = plain(2, 0ms);
  setup.config.max_block = 1s;
  ProducerHarness world(setup);
  world.is_unreachable = true;
  world.start();
  world.pass(999ms);
  EXPECT_EQ(world.count(Kind::RecordSent), 0);

  world.pass(1ms);
  EXPECT_EQ(world.all(Kind::RecordFailed).at(0).error, Error::timeout_exception);
  EXPECT_EQ(world.count(Kind::RecordFailed), 1) << "the next record waits anew";
  world.pass(1s);
  EXPECT_TRUE(world.producer->is_done());
}

TEST(ProducerApplication, RefusesRecordsAboveTheRequestSize) {
  ProducerSetup setup = plain(2, 0ms);
  setup.config.max_request_size = 100;
  setup.sends.on_error = OnError::resend;
  ProducerHarness world(setup);

  world.start();

  EXPECT_EQ(world.count(Kind::RecordFailed), 2);
  EXPECT_EQ(world.all(Kind::RecordFailed)[0].error, Error::record_too_large);
}

TEST(Producer, KeepsFiveRequestsInFlightPerBroker) {
  ProducerSetup setup = plain(20, 0ms);
  setup.config.batch_size = 1;
  setup.sends.partition = 0;
  ProducerHarness world(setup);

  world.start();
  EXPECT_THAT(world.firsts(), ElementsAre(0, 1, 2, 3, 4));
  world.answer();

  EXPECT_THAT(world.firsts(), ElementsAre(1, 2, 3, 4, 5));
}

TEST(Producer, PutsOneBatchOfEachPartitionIntoARequest) {
  ProducerSetup setup = plain(12, 0ms);
  setup.config.batch_size = 1;
  setup.partitions = 2;
  setup.brokers = 1;
  ProducerHarness world(setup);

  world.start();

  ASSERT_THAT(world.sent, SizeIs(5));
  for (const auto& request : world.sent) {
    ASSERT_THAT(request.entries, SizeIs(2));
    EXPECT_NE(request.entries[0].partition, request.entries[1].partition);
  }
}

TEST(Producer, RefreshesMetadataAtItsMaximumAge) {
  ProducerSetup setup = plain(1000, 1s);
  setup.config.metadata_max_age = 10s;
  ProducerHarness world(setup);
  world.start();
  world.leaders = {{0, 2, 1}};

  world.pass(9999ms);
  EXPECT_THAT(world.all(Kind::LeaderLearned), IsEmpty());
  world.pass(1ms);

  EXPECT_THAT(world.all(Kind::LeaderLearned), SizeIs(1));
}

TEST(Producer, TriesTheNextBrokerIfTheFirstIsSilent) {
  ProducerHarness world(plain(1));
  world.mute.insert(1);
  world.leaders = {{0, 2, 0}};
  world.start();

  world.pass(31s);

  EXPECT_EQ(world.count(Kind::RecordSent), 1);
}

// The scenario of the benchmark: run, reset, run again.
TEST(Producer, AllocatesNothingWhenWarm) {
  ProducerConfig config;
  config.batch_size = 61 + 16 * 120;
  Workload sends;
  sends.records = 1000;
  ClusterLayout layout;
  layout.topics.push_back({"orders", 0, 3});
  const VersionProfile version;
  Producer producer(0, &config, &sends, &layout, &version);
  MessageStore store;
  GroupJournal journal;
  Outbox out(store, journal);
  MetadataResponse metadata{{}, {{0, 1, 0}, {1, 2, 0}, {2, 3, 0}}};
  for (NodeId broker = 1; broker <= 3; ++broker) metadata.brokers.insert(broker);
  const InitProducerIdResponse id{Error::none, 1, 0};
  ProduceResponse response;
  std::vector<Effect> effects;
  effects.reserve(4096);
  std::int64_t acked = 0;

  const auto run = [&] {
    acked = 0;
    store.reset();
    producer.reset();
    producer.start(Instant{}, out);
    std::size_t at = 0;
    effects.clear();
    for (;;) {
      for (const Effect& effect : out.effects()) {
        if (effect.kind == Effect::Kind::note) {
          const Observation& note = out.note_at(effect.slot);
          if (note.kind == Kind::RecordAcked) acked += note.count;
        } else {
          effects.push_back(effect);
        }
      }
      out.clear();
      if (at == effects.size()) return;
      const Effect effect = effects[at++];
      if (effect.kind == Effect::Kind::connect) {
        producer.on_connected(effect.to, Lane::data, Instant{}, out);
      }
      if (effect.kind != Effect::Kind::send) continue;
      if (effect.message == MessageKind::ApiVersionsRequest) {
        producer.on(ApiVersionsResponse{}, effect.to, Lane::data, Instant{}, out);
      } else if (effect.message == MessageKind::MetadataRequest) {
        producer.on(metadata, effect.to, Lane::data, Instant{}, out);
      } else if (effect.message == MessageKind::InitProducerIdRequest) {
        producer.on(id, effect.to, Lane::data, Instant{}, out);
      } else {
        response.entries.clear();
        for (const auto& entry : store.of<ProduceRequest>()[effect.slot].entries) {
          response.entries.push_back({entry.partition, Error::none, 0, no_node, no_epoch});
        }
        producer.on(response, effect.to, Lane::data, Instant{}, out);
      }
      store.give_back(effect.message, effect.slot);
    }
  };
  run();
  run();

  const test::AllocationCounter allocations;
  run();
  const std::uint64_t allocated = allocations.count();

  EXPECT_EQ(allocated, 0U);
  EXPECT_GE(acked, 992) << "all but a batch that lingers";
}

}  // namespace
}  // namespace kafault
