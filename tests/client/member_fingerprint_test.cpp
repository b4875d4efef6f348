// What a member's fingerprint tells apart, and what it does not.
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "tests/client/member_harness.hpp"

namespace kafault {
namespace {

using namespace std::chrono_literals;
using testing_member::MemberWorld;
using Story = std::function<void(MemberWorld&)>;

std::uint64_t fingerprint(MemberWorld& world) {
  Fingerprint print;
  print.begin(world.now());
  world.member(0).hash_into(print);
  return print.value();
}

// One member of two partitions that handles a record in 2 ms, at 25 ms in the middle of it.
void begin(MemberWorld& world, Duration start = 0s, CommitStrategy commit = CommitStrategy::sync) {
  world.brokers.logs[1].leader = 2;
  world.application.commit = commit;
  world.application.workers = 2;
  world.application.takes_low = world.application.takes_high = 2ms;
  world.brokers.append(0, 12);
  world.brokers.append(1, 12);
  world.add_member();
  world.run_for(start);
  world.start(0);
  world.run_for(25ms);
  ASSERT_TRUE(world.member(0).has_joined());
}

TEST(MemberFingerprint, ForgetsHowTheRecordsCame) {
  MemberWorld at_once;
  MemberWorld in_two_batches;
  for (MemberWorld* world : {&at_once, &in_two_batches}) {
    world->application.record_by_record = true;
    world->application.on_exception = OnException::skip;
    world->add_member();
    world->start(0);
    world->run_for(1s);
  }
  EXPECT_EQ(fingerprint(at_once), fingerprint(in_two_batches));

  in_two_batches.member(0).fail_handling(0, 3, 1);  // and skips it
  EXPECT_NE(fingerprint(at_once), fingerprint(in_two_batches)) << "something lies ahead";
  at_once.brokers.append(0, 8);
  in_two_batches.brokers.append(0, 5);
  in_two_batches.brokers.append(0, 3);
  at_once.run_for(1s);
  in_two_batches.run_for(1s);
  ASSERT_EQ(in_two_batches.count(ObservationKind::HandlerThrew), 1);

  EXPECT_EQ(at_once.member(0).position(0), 8);
  EXPECT_EQ(fingerprint(at_once), fingerprint(in_two_batches));
}

// What may happen after begin(); each leads to another future.
const std::vector<std::pair<std::string, Story>>& stories() {
  static const std::vector<std::pair<std::string, Story>> all{
      {"nothing", [](auto&) {}},
      {"half a millisecond", [](auto& world) { world.run_for(500us); }},
      {"a record", [](auto& world) { world.run_for(2ms); }},
      {"all records", [](auto& world) { world.run_for(1s); }},
      {"one record more", [](auto& world) { world.brokers.append(0, 1), world.run_for(1s); }},
      {"a poisoned record", [](auto& world) { world.member(0).fail_handling(0, 40, -1); }},
      {"a slow record", [](auto& world) { world.member(0).slow_handling(0, 40, 1s, 1); }},
      {"another poisoned record", [](auto& world) { world.member(0).fail_handling(1, 40, -1); }},
      {"a broken connection",
       [](auto& w) { w.break_connection(0, 1, Lane::data), w.run_for(1ms); }},
      {"no coordinator",
       [](auto& w) { w.break_connection(0, 2, Lane::coordinator), w.run_for(1ms); }},
      {"a new leader",
       [](auto& world) {
         world.brokers.logs[0].leader = 3;
         world.brokers.logs[0].epoch = 1;
         world.run_for(1s);
       }},
      {"a heartbeat ago", [](auto& world) { world.run_for(1s + 100ms); }},
      {"close()", [](auto& world) { world.shut_down(0); }},
      {"has closed", [](auto& world) { world.shut_down(0), world.run_for(1s); }},
      {"a crash", [](auto& world) { world.crash(0); }},
      {"a restart", [](auto& world) { world.crash(0), world.start(0); }},
  };
  return all;
}

TEST(MemberFingerprint, TellsFuturesApart) {
  std::map<std::uint64_t, std::string> seen;
  for (const auto& [name, story] : stories()) {
    MemberWorld world(2);
    begin(world);
    story(world);
    const auto [other, is_new] = seen.emplace(fingerprint(world), name);
    EXPECT_TRUE(is_new) << name << " looks like " << other->second;
  }
}

TEST(MemberFingerprint, DoesNotAskWhenItWas) {
  for (const auto& [name, story] : stories()) {
    for (const CommitStrategy commit : {CommitStrategy::sync, CommitStrategy::worker_ordered}) {
      MemberWorld now(2);
      MemberWorld later(2);
      begin(now, 0s, commit);
      begin(later, 1h, commit);
      story(now);
      story(later);
      EXPECT_EQ(fingerprint(now), fingerprint(later)) << name << ", " << spell(commit);
    }
  }
}

}  // namespace
}  // namespace kafault
