// What a producer's fingerprint tells apart, and what it does not.
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "tests/client/producer_harness.hpp"

namespace kafault {
namespace {

using namespace std::chrono_literals;
using ProducerStory = std::function<void(ProducerHarness&)>;

std::uint64_t fingerprint(const ProducerHarness& world) {
  Fingerprint print;
  print.begin(world.now);
  world.producer->hash_into(print);
  return print.value();
}

// Two partitions, one record per batch, one every 10 ms to one after the other.
ProducerSetup to_two_partitions() {
  ProducerSetup setup;
  setup.config.linger = 0ms;
  setup.config.batch_size = 1;
  setup.sends.records = 5;
  setup.sends.every = 10ms;
  setup.partitions = 2;
  return setup;
}

// Begins at `start` and has two records in flight, one to each leader.
void begin(ProducerHarness& world, Duration start = 0s) {
  world.now = Instant{} + start;
  world.start();
  world.pass(15ms);
  ASSERT_EQ(world.sent.size(), 2U);
  ASSERT_NE(world.sent[0].to, world.sent[1].to);
}

TEST(ProducerFingerprint, ForgetsInWhichOrderTheAnswersCame) {
  ProducerHarness in_order(to_two_partitions());
  ProducerHarness swapped(to_two_partitions());
  swapped.next_id = 700;
  begin(in_order);
  begin(swapped);
  EXPECT_EQ(fingerprint(in_order), fingerprint(swapped)) << "producer ids are history";
  std::swap(swapped.sent[0], swapped.sent[1]);

  in_order.answer();
  swapped.answer();
  EXPECT_NE(fingerprint(in_order), fingerprint(swapped));

  in_order.answer();
  swapped.answer();
  EXPECT_EQ(fingerprint(in_order), fingerprint(swapped));
  in_order.pass(10ms);
  swapped.pass(10ms);
  EXPECT_EQ(fingerprint(in_order), fingerprint(swapped));
}

// From now on nobody answers by himself.
void lose(ProducerHarness& world, NodeId broker) {
  world.mute = world.alive;
  world.disconnect(broker);
}

// What may happen after begin(); each leads to another future.
const std::vector<std::pair<std::string, ProducerStory>>& producer_stories() {
  static const std::vector<std::pair<std::string, ProducerStory>> all{
      {"nothing", [](auto&) {}},
      {"a millisecond", [](auto& world) { world.pass(1ms); }},
      {"one more record", [](auto& world) { world.pass(5ms); }},
      {"an answer", [](auto& world) { world.answer(); }},
      {"both answers", [](auto& world) { world.answer(), world.answer(); }},
      {"a refusal", [](auto& world) { world.answer(Error::not_enough_replicas); }},
      {"a new leader", [](auto& w) { w.answer(Error::not_leader_or_follower, -1, 3, 1); }},
      {"a broken connection", [](auto& world) { world.disconnect(1); }},
      {"a back-off that is over", [](auto& world) { lose(world, 1), world.pass(200ms); }},
      {"two broken connections", [](auto& w) { lose(w, 1), w.pass(200ms), lose(w, 1); }},
      {"no way back",
       [](auto& world) { world.is_unreachable = true, lose(world, 1), world.pass(200ms); }},
      {"expired batches",
       [](auto& world) {
         world.is_unreachable = true;
         for (const NodeId broker : {1, 2, 3}) lose(world, broker);
         world.pass(125s);
       }},
      {"close()", [](auto& world) { world.shut_down(); }},
      {"a crash", [](auto& world) { world.crash(); }},
      {"a crash after an answer", [](auto& world) { world.answer(), world.crash(); }},
      {"a restart", [](auto& world) { world.crash(), world.start(); }},
  };
  return all;
}

TEST(ProducerFingerprint, TellsFuturesApart) {
  std::map<std::uint64_t, std::string> seen;
  for (const auto& [name, story] : producer_stories()) {
    ProducerHarness world(to_two_partitions());
    begin(world);
    story(world);
    const auto [other, is_new] = seen.emplace(fingerprint(world), name);
    EXPECT_TRUE(is_new) << name << " looks like " << other->second;
  }
}

TEST(ProducerFingerprint, DoesNotAskWhenItWas) {
  for (const auto& [name, story] : producer_stories()) {
    ProducerHarness now(to_two_partitions());
    ProducerHarness later(to_two_partitions());
    begin(now);
    begin(later, 1h);
    story(now);
    story(later);
    EXPECT_EQ(fingerprint(now), fingerprint(later)) << name;
  }
}

// Which records they were decides what is sent again after a crash.
TEST(ProducerFingerprint, KnowsTheRecordsOfWhatIsUndecidedOrHeldBack) {
  ProducerSetup setup = to_two_partitions();
  setup.sends.on_error = OnError::resend;
  setup.config.retries = 0;
  setup.config.enable_idempotence = false;
  ProducerHarness first_failed(setup);
  ProducerHarness second_failed(setup);
  begin(first_failed);
  begin(second_failed);
  std::swap(second_failed.sent[0], second_failed.sent[1]);
  first_failed.answer(Error::not_enough_replicas);
  second_failed.answer(Error::not_enough_replicas);

  const auto of_held = [](const ProducerHarness& world, const Observation& note) {
    Fingerprint print;
    print.begin(world.now);
    world.producer->hash_into(print, note);
    return print.value();
  };
  const Observation sent_again_0{.partition = 0, .first = 1, .count = 1};
  const Observation sent_again_1{.partition = 1, .first = 1, .count = 1};
  EXPECT_NE(of_held(first_failed, sent_again_0), of_held(first_failed, sent_again_1));
  EXPECT_NE(fingerprint(first_failed), fingerprint(second_failed));
}

}  // namespace
}  // namespace kafault
