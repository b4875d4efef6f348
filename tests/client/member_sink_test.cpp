// What the code around an effect does: looks for it, notes it down, writes a batch of them.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/client/member_harness.hpp"

namespace kafault {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing_member::MemberWorld;
using Kind = ObservationKind;

MemberWorld twenty_records() {
  MemberWorld world;
  world.brokers.append(0, 20);
  world.application.commit = CommitStrategy::sync;
  world.application.record_by_record = true;
  return world;
}

std::vector<Kind> notes_about(const MemberWorld& world, Offset offset) {
  std::vector<Kind> kinds;
  for (const auto& noted : world.notes) {
    if (noted.what.offset == offset && noted.what.producer >= 0) kinds.push_back(noted.what.kind);
  }
  return kinds;
}

std::map<Offset, int> effects(const MemberWorld& world) {
  std::map<Offset, int> times;
  for (const auto& noted : world.notes) {
    if (noted.what.kind == Kind::EffectApplied) ++times[noted.what.offset];
  }
  return times;
}

void break_batch(MemberWorld& world, Offset offset) {
  world.at_note = [&world, offset, told = false](std::size_t m, const Observation& o) mutable {
    if (o.kind != Kind::RecordDelivered || o.offset != offset || told) return;
    world.member(m).fail_batch_write(o.partition, o.offset, 1);
    told = true;
  };
}

TEST(WriteSteps, AreTakenInTheirOrder) {
  MemberWorld world = twenty_records();
  world.application.writes = {{.asks = true, .stores_first = true, .stores_after = true}};
  world.add_member();
  world.start(0);
  world.run_for(5s);

  EXPECT_THAT(notes_about(world, 7),
              ElementsAre(Kind::RecordDelivered, Kind::SinkAsked, Kind::IdStored,
                          Kind::EffectApplied, Kind::IdStored, Kind::RecordProcessed));
}

TEST(BatchWrite, ThatIsTriedAgainAsAWholeDoublesWhatWentIn) {
  MemberWorld world = twenty_records();
  world.application.window = 10;
  world.application.on_exception = OnException::retry;
  world.add_member();
  break_batch(world, 6);
  world.start(0);
  world.run_for(5s);

  const std::map<Offset, int> times = effects(world);
  ASSERT_EQ(times.size(), 20U);
  for (const auto& [offset, count] : times) EXPECT_EQ(count, offset < 6 ? 2 : 1) << offset;
  EXPECT_EQ(world.count(Kind::HandlerThrew), 1);
  EXPECT_EQ(world.count(Kind::RecordProcessed), 20);
}

TEST(BatchWrite, ThatIsTriedAgainForWhatHasFailedDoublesNothing) {
  MemberWorld world = twenty_records();
  world.application.window = 10;
  world.application.rewrites = Rewrites::failed;
  world.application.on_exception = OnException::retry;
  world.add_member();
  break_batch(world, 6);
  world.start(0);
  world.run_for(5s);

  const std::map<Offset, int> times = effects(world);
  ASSERT_EQ(times.size(), 20U);
  for (const auto& [offset, count] : times) EXPECT_EQ(count, 1) << offset;
}

TEST(BatchWrite, ThatIsGivenUpLosesItsRest) {
  MemberWorld world = twenty_records();
  world.application.window = 10;
  world.application.on_exception = OnException::skip;
  world.add_member();
  break_batch(world, 6);
  world.start(0);
  world.run_for(5s);

  const std::map<Offset, int> times = effects(world);
  EXPECT_EQ(times.size(), 16U);
  for (Offset offset = 6; offset < 10; ++offset) EXPECT_EQ(times.count(offset), 0U) << offset;
}

TEST(SlowSink, MakesEachHandlingLongerForAsLongAsItIsSlow) {
  MemberWorld world = twenty_records();
  world.add_member();
  world.start(0);
  world.member(0).set_sink_slow(100ms);
  world.run_while([&] { return world.count(Kind::RecordProcessed) < 10; });
  const Instant half = world.now();
  EXPECT_GE(half, Instant{1s});

  world.member(0).set_sink_slow(0ms);
  world.run_while([&] { return world.count(Kind::RecordProcessed) < 20; });
  EXPECT_LT(world.now() - half, 300ms);
}

}  // namespace
}  // namespace kafault
