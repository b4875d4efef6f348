// How much is lost, on average: over many seeds the mean meets what follows from the timing alone.
// Each formula is derived beside its test; the model has no number of its own in it. A mean of n
// runs may stray from the formula's by 3.29 standard errors (a confidence of 99.9 %); the seeds are
// fixed, so that a test that holds once always holds.
#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "sim/drive/campaign.hpp"

namespace kafault {
namespace {

constexpr double confidence = 3.29;

struct Measured {
  double mean = 0;
  std::int64_t runs = 0;
  std::int64_t worst = 0;
};

Measured lost_in(const std::string& scenario) {
  const CampaignResult result = run_campaign(read_scenario(scenario, "test.json", {}), {});
  EXPECT_TRUE(result.violations.empty());
  EXPECT_EQ(result.table.rows.size(), 1u);
  const Row& row = result.table.rows.front();
  return {static_cast<double>(row.counts.lost) / static_cast<double>(row.runs), row.runs,
          row.worst_lost};
}

double standard_error(double deviation, std::int64_t runs) {
  return deviation / std::sqrt(static_cast<double>(runs));
}

// Of a value that is anywhere in an interval of this width.
double deviation_of_uniform(double width) { return width / std::sqrt(12.0); }

// ---- L5, L7, L8, L9: the age of the oldest page that was not written back
// -------------------------

constexpr double rate = 50;  // records per second

// One replica, 50 records per second from 0 s on, and its machine loses power after `length`
// seconds.
std::string one_replica(double length, const std::string& settings) {
  return R"j({
    "brokers": { "count": 1, "config": {)j" +
         settings + R"j(} },
    "topics": { "orders": { "replication.factor": 1 } },
    "producers": { "shop": {
      "config": { "linger.ms": 0, "enable.idempotence": false },
      "sends": { "topic": "orders", "records": 5000, "every": "20ms" } } },
    "faults": [ { "when": { "at": ")j" +
         std::to_string(static_cast<int>(length * 1000)) +
         R"j(ms" }, "do": "power_loss", "target": "broker(1)", "for": "20s" } ],
    "runs": 100 })j";
}

// The file is dirty from 0 s on, and the kernel's flusher, which wakes up every 5 s at a phase that
// nobody knows, writes it out at the first look after 30 s: at 30 s + u, u anywhere in 0 to 5 s. At
// once it is dirty again, so it is written again 35 s later. Lost is what came after the last time.
struct KernelCase {
  double power_cut;  // s
  double mean_age;   // of the oldest page, s
  double deviation;  // s
};
class KernelWritesBack : public testing::TestWithParam<KernelCase> {};

TEST_P(KernelWritesBack, AndWhatIsYoungerIsLost) {
  const KernelCase& expected = GetParam();

  const Measured lost = lost_in(one_replica(expected.power_cut, ""));

  const double tolerance = confidence * standard_error(rate * expected.deviation, lost.runs);
  EXPECT_NEAR(lost.mean, rate * expected.mean_age, tolerance + 1);
}

INSTANTIATE_TEST_SUITE_P(
    Magnitude, KernelWritesBack,
    testing::Values(KernelCase{25, 25, 0},                              // never written yet
                    KernelCase{45, 15 - 2.5, deviation_of_uniform(5)},  // 45 s - (30 s + u)
                    KernelCase{60, 30 - 2.5, deviation_of_uniform(5)},
                    // Written twice if u < 2 s: 0 to 2 s; else 37 s - u, u from 2 to 5 s.
                    KernelCase{67, 0.4 * 1 + 0.6 * 33.5, 16}));

// log.flush.interval.ms with a scheduler that looks as often: the age is anywhere in that interval.
TEST(Magnitude, OfAScheduledFlushIsHalfItsInterval) {
  const Measured lost = lost_in(one_replica(
      25, R"j("log.flush.interval.ms": 4000, "log.flush.scheduler.interval.ms": 4000)j"));

  const double tolerance = confidence * standard_error(rate * deviation_of_uniform(4), lost.runs);
  EXPECT_NEAR(lost.mean, rate * 2, tolerance + 1);
  EXPECT_LE(lost.worst, rate * 4 + 1);
}

// Every so many records: the rest of a division, whatever the seed.
TEST(Magnitude, OfAFlushByRecordsIsLessThanItsInterval) {
  const Measured lost = lost_in(one_replica(25, R"j("log.flush.interval.messages": 300)j"));

  EXPECT_NEAR(lost.mean, std::fmod(25 * rate, 300), 1);
}

// ---- L2: the replication delay
// ---------------------------------------------------------------------

// acks=1, a record every millisecond, and the leader dies. A follower that is never out of work
// fetches again as soon as it has an answer: one fetch per round trip R. What was appended since
// the last answer left is lost; that is the age of a renewal process, E[R^2] / 2 E[R]. With 4 to 6
// ms each way E[R] = 10 ms and Var[R] = 2 * 4 / 12 ms^2, so 5.03 ms: half of what the delay until a
// record has *arrived* would give, because what is on its way when a process dies still arrives.
TEST(Magnitude, OfALeaderCrashIsWhatTheNextFetchWouldHaveTaken) {
  const Measured lost = lost_in(R"j({
    "network": { "latency": ["4ms", "6ms"] },
    "topics": { "orders": { "partitions": 1, "replication.factor": 3, "assignment": [[1, 2, 3]] } },
    "producers": { "shop": {
      "config": { "acks": "1", "linger.ms": 0, "enable.idempotence": false,
                  "max.in.flight.requests.per.connection": 100 },
      "sends": { "topic": "orders", "records": 1500, "every": "1ms" } } },
    "faults": [ { "when": { "at": "1s" }, "do": "crash", "target": "leader(orders-0)",
                  "for": "20s" } ],
    "runs": 400 })j");

  const double tolerance = confidence * standard_error(deviation_of_uniform(10), lost.runs);
  EXPECT_NEAR(lost.mean, (100 + 2 * 4.0 / 12) / 20, tolerance);
}

// ---- L3: how long nobody tells the producer
// ---------------------------------------------------------

// A leader that is cut off from the other brokers and from the controller goes on acknowledging
// until the partition ends: rate times duration. Or until its producer hears of the new leader, if
// that is sooner: 7 to 10.2 s until the old one is fenced, and at most metadata.max.age.ms more. It
// asks whom it is connected to: with one partition, the old leader itself.
std::string zombie(int length, int metadata_max_age_ms,
                   const std::string& assignment = "[[3, 1, 2]]") {
  return R"j({
    "topics": { "orders": { "assignment": )j" +
         assignment + R"j( } },
    "producers": { "shop": {
      "config": { "acks": "1", "linger.ms": 0, "enable.idempotence": false,
                  "metadata.max.age.ms": )j" +
         std::to_string(metadata_max_age_ms) + R"j( },
      "sends": { "topic": "orders", "records": 2000, "every": "20ms",
                 "key": "unique" } } },
    "faults": [ { "when": { "at": "2s" }, "do": "isolate", "target": "broker(3)",
                  "from": ["broker(1)", "broker(2)", "controller"], "for": ")j" +
         std::to_string(length) + R"j(s" } ],
    "runs": 50 })j";
}

TEST(Magnitude, OfAZombieIsTheLengthOfThePartition) {
  for (const int length : {12, 20}) {
    const Measured lost = lost_in(zombie(length, 300000));
    // Until it has heard of its successor it needs a connection and a piece of metadata more.
    EXPECT_GE(lost.mean, rate * length);
    EXPECT_LE(lost.mean, rate * (length + 2));
  }
}

TEST(Magnitude, OfAZombieIsThatAlsoIfItIsAllThatItsProducerAsks) {
  EXPECT_GE(lost_in(zombie(30, 1000)).mean, rate * 30);
}

// The other partition's leader is asked; half of the records, give or take, are the zombie's.
TEST(Magnitude, OfAZombieEndsWhenItsProducerLooksElsewhere) {
  const Measured lost = lost_in(zombie(30, 1000, "[[3, 1, 2], [1, 2, 3]]"));

  EXPECT_GE(lost.mean, 0.45 * rate * 7);
  EXPECT_LE(static_cast<double>(lost.worst), 0.55 * rate * (10.2 + 1 + 0.2));
}

}  // namespace
}  // namespace kafault
