// A broker that needs time for its requests.
#include <gtest/gtest.h>

#include <chrono>

#include "tests/drive/traced_run.hpp"

namespace kafault {
namespace {

using namespace std::chrono_literals;
using Kind = ObservationKind;

// Batches of one record, sent together one second after the start.
std::string timed_world(const std::string& brokers, const std::string& acks, int records,
                        const std::string& more = "") {
  return R"({"brokers": {)" + brokers + R"(},
    "producers": {"shop": {"config": {"acks": ")" +
         acks + R"(", "linger.ms": 0, "batch.size": 1, "enable.idempotence": false},
      "sends": {"records": )" +
         std::to_string(records) + R"(, "every": "0s", "start": "1s"}}})" + more + "}";
}

constexpr const char* five = R"("request_time": "5ms")";

TEST(RequestTime, ComesBeforeTheAnswer) {
  const Duration without = traced(timed_world("", "1", 1)).from_send_to_ack();
  EXPECT_EQ(traced(timed_world(five, "1", 1)).from_send_to_ack(), without + 5ms);
}

// acks=all: the produce request, then the fetch that asks for what lies behind it.
TEST(RequestTime, IsNeededByFollowersFetchesToo) {
  const Duration without = traced(timed_world("", "all", 1)).from_send_to_ack();
  EXPECT_EQ(traced(timed_world(five, "all", 1)).from_send_to_ack(), without + 10ms);
}

TEST(RequestTime, OfTheRequestsOfOneConnectionAddsUp) {
  const TracedRun told = traced(timed_world(five, "1", 3));
  const std::vector<Instant> appended = told.times(Kind::BatchAppended);
  ASSERT_EQ(appended.size(), 3U);
  EXPECT_EQ(appended[1] - appended[0], 5ms);
  EXPECT_EQ(appended[2] - appended[1], 5ms);
}

TEST(RequestTime, IsCutShortByACrash) {
  const std::string one_broker = std::string(R"("count": 1, )") + five;
  const TracedRun told = traced(timed_world(one_broker, "1", 1, R"j(, "faults": [
    {"when": {"event": "RecordSent"}, "do": "crash", "target": "broker(1)", "for": "1s"
}])j"));
  const TracedRun late = traced(timed_world(one_broker, "1", 1, R"j(, "faults": [
    {"when": {"at": "1004ms"}, "do": "crash", "target": "broker(1)", "for": "1s"
}])j"));
  EXPECT_EQ(late.times(Kind::BatchAppended).size(), 1U) << "what was in hand is gone";
  EXPECT_GT(late.times(Kind::BatchAppended).front(), Instant{} + 2s);
  EXPECT_EQ(late.flow.counts.log_copies, 0);
  EXPECT_EQ(told.flow.counts.acked, 1);
}

TEST(RequestTime, OutlivesItsClient) {
  const TracedRun told = traced(timed_world(five, "1", 1, R"j(, "faults": [
    {"when": {"at": "1004ms"}, "do": "crash", "target": "producer(shop)", "for": "1s"}])j"));
  EXPECT_EQ(told.times(Kind::BatchAppended).front(), Instant{} + 1005500us);
  EXPECT_EQ(told.flow.counts.log_copies, 1) << "the restarted application never heard of it";
}

TEST(RequestTime, GoesOnAfterAPause) {
  const TracedRun told = traced(timed_world(five, "1", 1, R"j(, "faults": [
    {"when": {"at": "1004ms"}, "do": "pause", "target": "leader(orders-0)", "for": "100ms"}])j"));
  ASSERT_EQ(told.times(Kind::BatchAppended).size(), 1U);
  EXPECT_EQ(told.times(Kind::BatchAppended).front(), Instant{} + 1104ms);
}

TEST(RequestTime, GoesOnAfterAFork) {
  const Scenario scenario =
      read_scenario(timed_world(R"("request_time": ["1ms", "9ms"])", "all", 20, R"j(, "faults": [
    {"when": {"at": "1020ms"}, "do": "crash", "target": "leader(orders-0)", "for": "20s"}])j"),
                    "test.json", {});
  const Combination& combination = scenario.combinations.front();
  CombinationRunner runner(combination);
  runner.run().reset(combination.faults, 5);
  for (int i = 0; i < 150; ++i) runner.run().advance();
  kafault::Run fork(runner.run());
  runner.run().finish();
  fork.finish();
  EXPECT_EQ(fork.digest(), runner.run().digest());
}

}  // namespace
}  // namespace kafault
