#include "sim/sink/sinks.hpp"

#include <gtest/gtest.h>

namespace kafault {
namespace {

using std::chrono::microseconds;
using Kind = ObservationKind;

Instant at(Duration since_start) { return Instant{since_start}; }

Observation sent(SendNumber first, std::uint32_t count, PartitionId partition = 0) {
  return {.kind = Kind::RecordSent,
          .partition = partition,
          .producer = 0,
          .first = first,
          .count = count,
          .value = first};
}

Observation effect(Offset offset, std::int64_t sink = 0, PartitionId partition = 0) {
  return {.kind = Kind::EffectApplied,
          .partition = partition,
          .producer = 0,
          .group = 0,
          .first = static_cast<SendNumber>(offset),
          .count = 1,
          .offset = offset,
          .value = sink};
}

class SinksTest : public testing::Test {
 protected:
  void use(const std::vector<SinkKind>& kinds, OffsetWrite offsets = OffsetWrite::none) {
    std::vector<SinkPlan> plans;
    SinksPlan together{.offsets = offsets};
    for (const SinkKind kind : kinds) {
      plans.push_back({.kind = kind});
      together.judge_records |= judges_records(kind, false);
    }
    sinks.add_group(plans, together);
    sinks.resize({{100, 0}}, 1, 2);
  }
  bool shows(Observation o) {
    sinks.see(o, at({}));
    return o.kind == Kind::EffectApplied;
  }
  void tell(Observation o, Duration when) { sinks.see(o, at(when)); }

  Sinks sinks;
};

TEST_F(SinksTest, AreNotAskedWhereEveryWriteShows) {
  use({SinkKind::append, SinkKind::upsert, SinkKind::unique_id, SinkKind::consumer_uuid});

  EXPECT_FALSE(sinks.decide());
}

TEST_F(SinksTest, RefuseTheSecondRecordOfAMillisecond) {
  use({SinkKind::append, SinkKind::timestamp_key});
  tell(sent(0, 1), microseconds(1999));
  tell(sent(1, 1), microseconds(2000));
  tell(sent(2, 1), microseconds(2999));

  EXPECT_TRUE(shows(effect(0, 1)));
  EXPECT_TRUE(shows(effect(1, 1)));
  EXPECT_FALSE(shows(effect(2, 1))) << "the same millisecond as the one before";
  EXPECT_TRUE(shows(effect(2, 0))) << "the other sink has no such key";
}

TEST_F(SinksTest, RecogniseARecordThatIsHandledAgainByItsTimestamp) {
  use({SinkKind::timestamp_key});
  tell(sent(0, 1), microseconds(5000));

  EXPECT_TRUE(shows(effect(0)));
  EXPECT_FALSE(shows(effect(0)));
}

TEST_F(SinksTest, KeepTheOffsetBesideTheEffect) {
  use({SinkKind::append}, OffsetWrite::conditional);
  EXPECT_EQ(sinks.stored().of(0, 1), no_offset);

  shows(effect(7, 0, 1));

  EXPECT_EQ(sinks.stored().of(0, 1), 8);
  EXPECT_EQ(sinks.stored().of(0, 0), no_offset);
}

TEST_F(SinksTest, RollAZombieBackIfTheOffsetIsACondition) {
  use({SinkKind::append}, OffsetWrite::conditional);
  EXPECT_TRUE(shows(effect(7)));

  EXPECT_FALSE(shows(effect(7)));
  EXPECT_FALSE(shows(effect(3)));
  EXPECT_EQ(sinks.stored().of(0, 0), 8);
}

TEST_F(SinksTest, LetAZombieTakeTheOffsetBackIfItIsNot) {
  use({SinkKind::append}, OffsetWrite::always);
  EXPECT_TRUE(shows(effect(7)));

  EXPECT_TRUE(shows(effect(3)));
  EXPECT_EQ(sinks.stored().of(0, 0), 4);
}

TEST_F(SinksTest, ForgetEverythingBetweenRuns) {
  use({SinkKind::timestamp_key}, OffsetWrite::conditional);
  tell(sent(0, 1), microseconds(5000));
  EXPECT_TRUE(shows(effect(0)));

  sinks.reset();
  tell(sent(0, 1), microseconds(5000));

  EXPECT_EQ(sinks.stored().of(0, 0), no_offset);
  EXPECT_TRUE(shows(effect(0)));
}

}  // namespace
}  // namespace kafault
