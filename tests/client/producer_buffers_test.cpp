// A buffer that is used again while its request waits for room in the socket (KAFKA-19012).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/client/producer_harness.hpp"

namespace kafault {
namespace {

using namespace std::chrono_literals;

// One record a second, each a batch: 0, 1 and 2 to orders-1, whose leader is broker 2, then 3, 4
// and 5 to orders-0 at broker 1. The request of record 1 waits for the answer to that of record 0,
// and then for room in the socket; at 3.5 s the record expires, at 4 s record 4 is sent.
struct ReusedBuffer : testing::TestWithParam<bool> {
  static ProducerSetup setup() {
    ProducerSetup setup;
    setup.config.acks = Acks::leader;
    setup.config.enable_idempotence = false;
    setup.config.linger = 0ms;
    setup.config.max_in_flight = 1;
    setup.config.request_timeout = 2400ms;
    setup.config.delivery_timeout = 2500ms;
    setup.sends.records = 6;
    setup.sends.every = 1s;
    setup.sends.keys = -1;
    setup.version.buffers_kept_until_sent = GetParam();
    setup.partitions = setup.brokers = 2;
    return setup;
  }
  ProduceRequest of_record_1() {
    world.start();
    world.pass(2100ms);
    world.fill_socket(2);
    world.answer();
    return {.acks = Acks::leader, .entries = {world.take().entries.front()}};
  }
  ProducerHarness world{setup()};
};

TEST_P(ReusedBuffer, CarriesTheRecordsOfTheNextBatch) {
  ProduceRequest request = of_record_1();
  ASSERT_EQ(request.entries.front().partition, 1);
  ASSERT_EQ(request.entries.front().batch.first, 1u);
  world.pass(1s);
  world.answer();  // to record 3
  world.pass(1s);
  world.notes.clear();

  world.empty_socket(request);

  const Batch& written = request.entries.front().batch;
  if (GetParam()) {
    EXPECT_EQ(written.first, 1u);
    EXPECT_TRUE(world.all(ObservationKind::RecordSent).empty());
    return;
  }
  const std::vector<Observation> sent = world.all(ObservationKind::RecordSent);
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent.front().value, 4) << "the record";
  EXPECT_EQ(sent.front().partition, 1) << "where nobody sent it";
  EXPECT_EQ(written.first, sent.front().first);
}

// Nobody needed a buffer meanwhile.
TEST_P(ReusedBuffer, IsAsItWasIfNoBatchWasOpened) {
  ProduceRequest request = of_record_1();
  world.pass(1800ms);

  world.empty_socket(request);

  EXPECT_EQ(request.entries.front().batch.first, 1u);
}

INSTANTIATE_TEST_SUITE_P(Kept, ReusedBuffer, testing::Bool());

}  // namespace
}  // namespace kafault
