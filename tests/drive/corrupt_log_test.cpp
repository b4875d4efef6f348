// A broker dies, and recovery finds a batch that fails its CRC.
#include <gtest/gtest.h>

#include <string>

#include "sim/drive/campaign.hpp"

namespace kafault {
namespace {

constexpr int corrupted_runs = 400;
constexpr int batches = 100;

// One replica, a batch for each record.
Counts with_a_bad_batch(const std::string& topic_config) {
  const std::string text = R"j({"brokers": {"count": 1},
    "topics": {"orders": {"replication.factor": 1, "config": {)j" +
                           topic_config + R"j(}}},
    "producers": {"shop": {"config": {"acks": "all", "linger.ms": 0, "batch.size": 1},
                           "sends": {"records": )j" +
                           std::to_string(batches) + R"j(, "every": "1ms"}}},
    "faults": [{"when": {"at": "2s"}, "do": "corrupt_log", "target": "broker(1)", "for": "5s"}],
    "runs": )j" + std::to_string(corrupted_runs) +
                           "}";
  const CampaignResult campaign = run_campaign(read_scenario(text, "test.json", {}), {});
  EXPECT_TRUE(campaign.violations.empty());
  return campaign.table.rows.front().counts;
}

// The batch is any of n, and all behind it go: (n + 1) / 2 on average. The mean of 400 runs has a
// standard deviation of n / sqrt(12 * 400) = 1.44.
TEST(CorruptLog, LosesHalfOfWhatWasNeverFlushedOnAverage) {
  const double mean = static_cast<double>(with_a_bad_batch("").lost) / corrupted_runs;
  EXPECT_NEAR(mean, (batches + 1) / 2.0, 3 * 1.44);
}

TEST(CorruptLog, IsNotReadBelowTheRecoveryPoint) {
  EXPECT_EQ(with_a_bad_batch(R"("flush.messages": 1)").lost, 0);
  EXPECT_LE(with_a_bad_batch(R"("flush.messages": 10)").lost, corrupted_runs * 10);
}

}  // namespace
}  // namespace kafault
