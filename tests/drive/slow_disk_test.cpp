// A broker whose disk takes a while for every write.
#include <gtest/gtest.h>

#include <chrono>

#include "tests/drive/traced_run.hpp"

namespace kafault {
namespace {

using namespace std::chrono_literals;
using Kind = ObservationKind;

// Batches of one record, sent together one second after the start.
std::string slow_world(const std::string& whose, const std::string& acks, int records,
                       const std::string& lasts = "60s") {
  return R"j({"topics": {"orders": {"assignment": [[1, 2, 3]]}},
    "producers": {"shop": {"config": {"acks": ")j" +
         acks + R"j(", "linger.ms": 0, "batch.size": 1, "enable.idempotence": false},
      "sends": {"records": )j" +
         std::to_string(records) + R"j(, "every": "0s", "start": "1s"}}},
    "faults": [{"when": {"at": "0s"}, "do": "slow_disk", "by": "300ms", "for": ")j" +
         lasts + R"j(", "target": ")j" + whose + R"j("}]})j";
}

Duration usual(const std::string& acks) {
  return traced(slow_world("leader(orders-0)", acks, 1, "1us")).from_send_to_ack();
}

TEST(SlowDisk, OfTheLeaderIsWaitedForByEveryProducer) {
  EXPECT_EQ(traced(slow_world("leader(orders-0)", "1", 1)).from_send_to_ack(), usual("1") + 300ms);
  EXPECT_EQ(traced(slow_world("leader(orders-0)", "all", 1)).from_send_to_ack(),
            usual("all") + 300ms);
}

TEST(SlowDisk, OfAFollowerIsWaitedForWhereAllMustHaveIt) {
  EXPECT_EQ(traced(slow_world("follower(orders-0)", "1", 1)).from_send_to_ack(), usual("1"));
  EXPECT_EQ(traced(slow_world("follower(orders-0)", "all", 1)).from_send_to_ack(),
            usual("all") + 300ms);
}

// Of one connection, and of two: the disk is one.
TEST(SlowDisk, DoesOneWriteAfterTheOther) {
  std::string text = slow_world("leader(orders-0)", "1", 2);
  const std::vector<Instant> of_one = traced(text).times(Kind::BatchAppended);
  ASSERT_EQ(of_one.size(), 2u);
  EXPECT_GE(of_one[1] - of_one[0], 300ms);

  text = slow_world("leader(orders-0)", "1", 1);
  const std::size_t shop = text.find("\"shop\"");
  const std::size_t end = text.find("}}", shop) + 2;
  text.insert(end, ", \"depot\"" + text.substr(shop + 6, end - shop - 6));
  const std::vector<Instant> of_two = traced(text).times(Kind::BatchAppended);
  ASSERT_EQ(of_two.size(), 2u);
  EXPECT_EQ(of_two[1] - of_two[0], 300ms);
}

// Whatever came while one was being written is one write: two for three records.
TEST(SlowDisk, OfAFollowerTakesAllThatIsThereInOneWrite) {
  const TracedRun told = traced(slow_world("follower(orders-0)", "all", 3));
  const std::vector<Instant> acked = told.times(Kind::RecordAcked);

  ASSERT_EQ(acked.size(), 3u);
  EXPECT_LT(acked.back() - acked.front(), 3 * 300ms);
}

TEST(SlowDisk, IsAsFastAsBeforeWhenItIsOver) {
  EXPECT_EQ(traced(slow_world("leader(orders-0)", "1", 1, "999ms")).from_send_to_ack(), usual("1"));
}

}  // namespace
}  // namespace kafault
