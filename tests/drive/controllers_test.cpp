// Where the active controller is, and what happens while there is none: combined nodes, and
// ZooKeeper's controller. Times are those of the mechanisms: a voter misses the active one after
// 1.5 s to 3 s, a new controller gives every broker a new session of 6 s, one that is silent is
// fenced an eighth of a session late at most.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "sim/drive/campaign.hpp"
#include "sim/drive/combination_runner.hpp"
#include "sim/scenario/scenario.hpp"

namespace kafault {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Instant struck{seconds(5)};

// One partition on three brokers, led by `leader`; one fault 5 s after the start.
std::string world(const std::string& brokers, const std::string& faults, int leader = 1,
                  const std::string& version = "4.1") {
  const std::string replicas = leader == 1 ? "[[1, 2, 3]]" : "[[2, 3, 1]]";
  return R"j({
    "kafka": ")j" +
         version + R"j(",
    "brokers": { "count": 3, )j" +
         brokers + R"j(
      "config": { "broker.session.timeout.ms": 6000, "broker.heartbeat.interval.ms": 1000 } },
    "topics": { "orders": { "assignment": )j" +
         replicas + R"j(, "config": { "min.insync.replicas": 2 } } },
    "producers": { "shop": {
      "config": { "acks": "all", "request.timeout.ms": 2000, "delivery.timeout.ms": 90000 },
      "sends": { "topic": "orders", "records": 4000, "every": "10ms" } } },
    "faults": [ )j" +
         faults + "] }";
}

std::string fault(const std::string& action, const std::string& target, const std::string& time) {
  return R"j({ "when": { "at": "5s" }, "do": ")j" + action + R"j(", "target": )j" + target +
         R"j(, "for": ")j" + time + R"j(" })j";
}

struct Seen {
  std::vector<Instant> ends;    // of controllers
  std::vector<Instant> starts;  // of those after the first
  std::vector<Instant> elections;
};

// Over a few seeds; the law of the model is that nothing is lost, whatever strikes.
Seen watch(const std::string& text, int seeds = 5) {
  const Scenario scenario = read_scenario(text, "test.json", {});
  CombinationRunner runner(scenario.combinations.front());
  Seen seen;
  for (int seed = 1; seed <= seeds; ++seed) {
    Run& run = runner.run();
    Trace trace;
    run.trace_into(&trace);
    run.reset(scenario.combinations.front().faults, static_cast<std::uint64_t>(seed));
    run.finish();
    run.trace_into(nullptr);
    EXPECT_TRUE(run.settled());
    EXPECT_TRUE(run.violations().empty());
    EXPECT_EQ(run.flows().front().counts.lost, 0);
    for (const Trace::Entry& entry : trace.entries()) {
      using enum ObservationKind;
      const Observation& o = entry.what;
      const bool is_controller = o.node == controller_node && entry.at >= struck;
      const bool ends = o.kind == ProcessCrashed || o.kind == ProcessExited;
      if (is_controller && ends) seen.ends.push_back(entry.at);
      if (is_controller && o.kind == ProcessStarted) seen.starts.push_back(entry.at);
      if (o.kind == LeaderElected && o.partition == 0) seen.elections.push_back(entry.at);
    }
  }
  return seen;
}

void all_between(const std::vector<Instant>& times, Duration earliest, Duration latest) {
  EXPECT_FALSE(times.empty());
  for (const Instant at : times) {
    EXPECT_GE(at - struck, earliest);
    EXPECT_LE(at - struck, latest);
  }
}

constexpr const char* combined = R"("combined": true,)";

TEST(CombinedMode, ABrokersCrashIsItsControllersCrash) {
  const Seen seen = watch(world(combined, fault("crash", R"j("broker(1)")j", "60s")));

  EXPECT_EQ(seen.ends.size(), 5u);
  all_between(seen.starts, milliseconds(1500), milliseconds(3000));
  all_between(seen.elections, milliseconds(7500), milliseconds(9750));
}

TEST(CombinedMode, AnotherBrokersCrashIsNot) {
  const Seen seen = watch(world(combined, fault("crash", R"j("broker(2)")j", "60s"), 2));

  EXPECT_TRUE(seen.ends.empty());
  all_between(seen.elections, milliseconds(5000), milliseconds(6750));
}

// Kafka's doc: a quorum of three survives one.
TEST(CombinedMode, WithoutAMajorityNobodyIsElected) {
  const Seen seen =
      watch(world(combined, fault("crash", R"j(["broker(1)", "broker(2)"])j", "20s")));

  all_between(seen.starts, milliseconds(21500), milliseconds(23000));
  EXPECT_TRUE(std::none_of(seen.elections.begin(), seen.elections.end(),
                           [](Instant at) { return at < struck + seconds(20); }));
}

TEST(CombinedMode, AShortPauseChangesNothingALongOneTheController) {
  const auto paused = [](const std::string& time) {
    return watch(world(combined, fault("pause", R"j("broker(1)")j", time)));
  };

  EXPECT_TRUE(paused("1400ms").starts.empty());
  const Seen seen = paused("20s");
  all_between(seen.starts, milliseconds(1500), milliseconds(3000));
  all_between(seen.elections, milliseconds(7500), milliseconds(9750));
}

// The zombie's controller decides nothing; the other two brokers have one of their own.
TEST(CombinedMode, OneThatIsCutOffIsReplaced) {
  const Seen seen = watch(world(combined, fault("isolate", R"j("broker(1)")j", "20s")));

  all_between(seen.starts, milliseconds(1500), milliseconds(3000));
  all_between(seen.elections, milliseconds(7500), milliseconds(9750));
}

TEST(CombinedMode, TheControllerAsATargetIsItsBroker) {
  const Seen seen = watch(world(combined, fault("crash", R"j("controller")j", "60s")));

  EXPECT_EQ(seen.ends.size(), 5u);
  all_between(seen.elections, milliseconds(7500), milliseconds(9750));
}

// Its broker may go once the others have told in their heartbeats that they know the new leader.
TEST(CombinedMode, InOrderItHandsOver) {
  const Seen seen = watch(world(combined, fault("shut_down", R"j("broker(1)")j", "60s")));

  all_between(seen.elections, milliseconds(0), milliseconds(10));
  all_between(seen.ends, milliseconds(0), milliseconds(1100));
  ASSERT_EQ(seen.starts.size(), seen.ends.size());
  for (std::size_t i = 0; i < seen.ends.size(); ++i) {
    EXPECT_EQ(seen.starts[i] - seen.ends[i], 3 * NetworkPlan{}.latency_low);
  }
}

TEST(CombinedMode, VotersAreBrokers) {
  const auto read = [](const std::string& brokers, const std::string& version) {
    try {
      static_cast<void>(read_scenario(world(brokers, "", 1, version), "test.json", {}));
    } catch (const ScenarioError& error) {
      return std::string(error.what());
    }
    return std::string();
  };

  EXPECT_NE(read(R"("combined": true, "controllers": 5,)", "4.1").find("there are 3"),
            std::string::npos);
  EXPECT_NE(read(R"("combined": true,)", "2.8").find("ZooKeeper"), std::string::npos);
}

// Its successor knows at once that it is gone: both were one session.
TEST(ZooKeeper, ANewControllerComesWithTheEndOfTheSession) {
  const Seen seen = watch(world("", fault("crash", R"j("broker(1)")j", "60s"), 1, "2.8"));

  all_between(seen.starts, milliseconds(4000), milliseconds(6000));
  all_between(seen.elections, milliseconds(4000), milliseconds(6001));
}

TEST(ZooKeeper, SessionsGoOnWhileThereIsNoController) {
  const Seen seen =
      watch(world("", fault("crash", R"j(["broker(1)", "broker(2)"])j", "60s"), 2, "2.8"));

  all_between(seen.elections, milliseconds(4000), milliseconds(6001));
}

}  // namespace
}  // namespace kafault
