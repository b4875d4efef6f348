// How much is doubled, on average, against what follows from rates and intervals alone.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <string>

#include "sim/drive/campaign.hpp"

namespace kafault {
namespace {

std::int64_t sum_of(const CampaignResult& result, std::int64_t Counts::*column) {
  std::int64_t sum = 0;
  for (const Row& row : result.table.rows) {
    EXPECT_EQ(row.verdict == Verdict::unsettled || row.verdict == Verdict::inconclusive, false);
    sum += row.counts.*column;
  }
  return sum;
}

// Auto-commit every `interval`, 100 records a second, and the member dies at one of 40 moments that
// are spread evenly over one interval: on average half an interval's records are handled again.
TEST(HandledAgain, AfterACrashIsHalfACommitIntervalTimesTheRate) {
  for (const int interval : {400, 1000, 2000}) {
    std::string moments;
    for (int i = 0; i < 40; ++i) {
      moments += (i > 0 ? ", \"" : "\"") + std::to_string(20000 + i * interval / 40) + "ms\"";
    }
    const Scenario scenario = read_scenario(R"j({
      "brokers": { "count": 1, "config": { "group.initial.rebalance.delay.ms": 0 } },
      "producers": { "shop": { "config": { "linger.ms": 0 },
        "sends": { "topic": "orders", "records": 2600, "every": "10ms" } } },
      "groups": { "billing": { "commit": "auto", "config": { "auto.offset.reset": "earliest",
        "auto.commit.interval.ms": )j" + std::to_string(interval) +
                                                R"j( } } },
      "faults": [ { "when": { "at": "20s" }, "do": "crash", "target": "member(billing-0)",
                    "for": "1s" } ],
      "matrix": [ { "axis": "moment", "at": "/faults/0/when/at", "values": [)j" +
                                                moments + R"j(] } ] })j",
                                            "test.json", {});

    const CampaignResult result = run_campaign(scenario, {});

    ASSERT_EQ(result.table.rows.size(), 40u);
    const double mean = static_cast<double>(sum_of(result, &Counts::handled_again)) / 40;
    // A commit waits for the next poll: up to one record's distance, half of one on average.
    EXPECT_NEAR(mean, interval / 2.0 / 10, 1.5) << interval;
    EXPECT_EQ(sum_of(result, &Counts::unhandled), 0) << interval;
  }
}

// Without idempotence each lost answer is one more copy, and so is that of its retry: with a chance
// of p the copies of a record are p + p^2 + ... = p / (1 - p). One record is on its way at a time.
TEST(LogCopies, OfLostAnswersAreAGeometricSeries) {
  constexpr std::int64_t runs = 20;
  constexpr std::int64_t records = 200;
  for (const int one_in : {4, 10, 25}) {
    const Scenario scenario = read_scenario(R"j({
      "brokers": { "count": 1 },
      "topics": { "orders": { "replication.factor": 1 } },
      "producers": { "shop": {
        "config": { "linger.ms": 0, "enable.idempotence": false, "delivery.timeout.ms": 600000,
                    "acks": "all" },
        "sends": { "topic": "orders", "records": 200, "every": "5s" } } },
      "faults": [ { "when": { "message": "ProduceResponse", "chance": "1/)j" +
                                                std::to_string(one_in) + R"j(" },
                    "do": "drop_connection", "times": "all" } ],
      "runs": 20 })j",
                                            "test.json", {});

    const CampaignResult result = run_campaign(scenario, {});

    ASSERT_EQ(result.table.rows.size(), 1u);
    const double p = 1.0 / one_in;
    const double expected = static_cast<double>(runs * records) * p / (1 - p);
    const double deviation = std::sqrt(static_cast<double>(runs * records) * p) / (1 - p);
    EXPECT_NEAR(static_cast<double>(sum_of(result, &Counts::log_copies)), expected,
                3.29 * deviation)
        << one_in;
    EXPECT_EQ(sum_of(result, &Counts::lost), 0) << one_in;
  }
}

}  // namespace
}  // namespace kafault
