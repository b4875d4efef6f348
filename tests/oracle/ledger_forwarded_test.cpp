// What a group passes on to other topics stays the record that it was.
#include <gtest/gtest.h>

#include "sim/oracle/ledger.hpp"
#include "tests/oracle/stories.hpp"

namespace kafault {
namespace {

using namespace test;

constexpr PartitionId retry_topic = 1;
constexpr PartitionId dead_letters = 2;
constexpr ProducerIndex outlet = 1;

// Producer 0 sends three records to partition 0, and all are acked and in the log. Group 0 reads
// partitions 0 and 1, and its one outlet writes to 1 and 2.
class Forwarding : public testing::Test {
 protected:
  Forwarding() {
    cluster_.brokers = 3;
    for (std::int32_t topic = 0; topic < 3; ++topic) {
      cluster_.topics.push_back({"topic", topic, 1});
      cluster_.partitions.push_back({topic, 0, {1, 2, 3}});
    }
    layout_.cluster = &cluster_;
    layout_.records = {3, 0};
    layout_.sinks = {1};
    layout_.flows = {{0, 0, 0, 0, true}};
    layout_.terms = {{true, true}, {true, false}};
    layout_.outlets = {0};
    layout_.reads = {1, 1, 0};
    ledger_.reset(layout_);
    see(sent({0, 3}));
    see(appended({0, 3, 0}));
    see(acked({0, 3}));
    see(read({0, 3, 0}));
  }

  void see(const Observation& o) { ledger_.see(o, ms(++now_)); }
  // The outlet's send number `send` to `to` is what was read as (producer, partition, number).
  void forward(SendNumber send, PartitionId to, ProducerIndex producer, PartitionId partition,
               SendNumber number) {
    Observation o = tell(ObservationKind::RecordForwarded, {send, 1, number, to}, 5);
    o.producer = outlet;
    o.epoch = producer;
    o.value = partition;
    see(o);
    see(by_outlet(appended({send, 1, static_cast<Offset>(send), to})));
    see(by_outlet(acked({send, 1, static_cast<Offset>(send), to})));
  }
  static Observation by_outlet(Observation o) {
    o.producer = outlet;
    return o;
  }
  void handle(const Observation& processed_one) {
    see(processed_one);
    Observation applied = processed_one;
    applied.kind = ObservationKind::EffectApplied;
    applied.value = 0;
    see(applied);
  }
  Counts counts() {
    std::vector<FlowResult> flows;
    ledger_.judge(ms(++now_), flows);
    return flows.front().counts;
  }

  ClusterLayout cluster_;
  LedgerLayout layout_;
  Ledger ledger_;
  int now_ = 0;
};

TEST_F(Forwarding, IsHandledWhereItIsHandled) {
  handle(processed({0, 1}));
  forward(0, retry_topic, 0, 0, 1);
  handle(processed({2, 1}));
  handle(by_outlet(processed({0, 1, 0, retry_topic})));

  const Counts seen = counts();
  EXPECT_EQ(seen.lost, 0);
  EXPECT_EQ(seen.duplicated, 0);
  EXPECT_EQ(seen.unhandled, 0);
  EXPECT_EQ(seen.log_copies, 0);
  EXPECT_EQ(seen.overtaken, 1);
  EXPECT_EQ(seen.parked, 0);
}

TEST_F(Forwarding, OvertakesNobodyWhoIsLastAnyway) {
  handle(processed({0, 2}));
  forward(0, retry_topic, 0, 0, 2);
  handle(by_outlet(processed({0, 1, 0, retry_topic})));

  EXPECT_EQ(counts().overtaken, 0);
  EXPECT_EQ(counts().lost, 0);
}

TEST_F(Forwarding, IsParkedWhereItsGroupDoesNotRead) {
  handle(processed({0, 2}));
  forward(0, retry_topic, 0, 0, 2);
  forward(0, dead_letters, outlet, retry_topic, 0);
  see(by_outlet(read({0, 1, 0, retry_topic})));
  see(by_outlet(read({0, 1, 0, dead_letters})));

  const Counts seen = counts();
  EXPECT_EQ(seen.parked, 1);
  EXPECT_EQ(seen.lost, 0);
  EXPECT_EQ(seen.unhandled, 0);
  EXPECT_EQ(seen.effects_missing, 0);
  EXPECT_EQ(ledger_.record_of(outlet, dead_letters, 0), 2);
}

TEST_F(Forwarding, IsLostIfTheDeadLetterIs) {
  handle(processed({0, 2}));
  forward(0, dead_letters, 0, 0, 2);  // and the final log has nothing of it

  EXPECT_EQ(counts().lost, 1);
  EXPECT_EQ(counts().unhandled, 1);
}

TEST_F(Forwarding, IsThereTwiceIfItWasHandledAsWell) {
  handle(processed({0, 3}));
  forward(0, dead_letters, 0, 0, 2);
  see(by_outlet(read({0, 1, 0, dead_letters})));

  EXPECT_EQ(counts().duplicated, 1);
  EXPECT_EQ(counts().parked, 1);
}

TEST_F(Forwarding, IsThereTwiceIfItWasForwardedTwice) {
  handle(processed({0, 2}));
  forward(0, dead_letters, 0, 0, 2);
  forward(1, dead_letters, 0, 0, 2);
  see(by_outlet(read({0, 2, 0, dead_letters})));

  EXPECT_EQ(counts().duplicated, 1);
  EXPECT_EQ(counts().parked, 2);
  EXPECT_EQ(counts().lost, 0);
}

}  // namespace
}  // namespace kafault
