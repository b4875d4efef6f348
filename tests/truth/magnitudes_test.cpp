// How much is lost, against what follows from the sequence of events alone. With acks=1 a leader
// acknowledges `rate` records a second. What it loses is what it has acknowledged and not yet given
// to the replica that leads after it.
#include <gtest/gtest.h>

#include <string>

#include "sim/drive/combination_runner.hpp"
#include "sim/scenario/scenario.hpp"

namespace kafault {
namespace {

// A record a millisecond; brokers 1 and 2 have the partition, 1 leads.
std::string scenario_with(int records, const std::string& latency, const std::string& fault) {
  return R"json({ "kafault": 1, "question": "?", "network": { "latency": ")json" + latency +
         R"json(" },
    "brokers": { "count": 3, "config": { "broker.session.timeout.ms": 6000,
                                         "broker.heartbeat.interval.ms": 1000 } },
    "topics": { "orders": { "assignment": [[1, 2]] } },
    "producers": { "shop": {
      "config": { "acks": "1", "enable.idempotence": false, "linger.ms": 0, "batch.size": 1,
                  "request.timeout.ms": 60000, "delivery.timeout.ms": 120000,
                  "max.in.flight.requests.per.connection": 1000 },
      "sends": { "records": )json" +
         std::to_string(records) + R"json(, "every": "1ms" } } },
    "faults": [)json" +
         fault + "] }";
}

std::int64_t lost_in(const std::string& text) {
  const Scenario scenario = read_scenario(text, "magnitude.json", {});
  CombinationRunner runner(scenario.combinations.at(0));
  runner.run().reset(scenario.combinations[0].faults, 1);
  runner.run().finish();
  EXPECT_TRUE(runner.run().settled());
  return runner.run().flows().at(0).counts.log_lost;
}

// The follower asks again when it has appended the last answer: a fetch reaches the leader a round
// trip after its last answer left, and is answered with all that came meanwhile. At a moment that
// knows nothing of this, half a round trip has passed since then: one latency. What is on the wire
// survives the process. The moments tried cover whole round trips; records come one by one, which
// is good for half a record.
TEST(Magnitude, ACrashLosesWhatComesInOneLatency) {
  for (const int latency : {2, 4, 8}) {
    std::int64_t lost = 0;
    constexpr int crashes = 64;
    for (int i = 0; i < crashes; ++i) {
      const std::string at = std::to_string(2'000'100 + 250 * i) + "us";
      lost += lost_in(
          scenario_with(3000, std::to_string(latency) + "ms",
                        R"json({ "do": "crash", "target": "broker(1)", "when": { "at": ")json" +
                            at + R"json(" } })json"));
    }
    const double mean = static_cast<double>(lost) / crashes;

    EXPECT_NEAR(mean, latency, 0.5) << "latency " << latency << " ms";
  }
}

// A leader that is cut off from all but its producer acknowledges until it is back.
TEST(Magnitude, AZombieLosesWhatComesInItsTime) {
  for (const int seconds : {8, 12, 20}) {
    const std::int64_t lost = lost_in(
        scenario_with(25000, "0.5ms",
                      R"json({ "do": "isolate", "target": "broker(1)", "when": { "at": "2s" },
                          "from": ["broker(2)", "broker(3)", "controller"], "for": ")json" +
                          std::to_string(seconds) + R"json(s" })json"));

    EXPECT_NEAR(static_cast<double>(lost), 1000.0 * seconds, 150.0) << seconds << " s";
  }
}

}  // namespace
}  // namespace kafault
