// Sinks that tell records apart: by an id, by the row of a key, by a version.
#include "sim/sink/sink_table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/sink/sinks.hpp"

namespace kafault {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using Kind = ObservationKind;

constexpr NodeId owner = 5;
constexpr NodeId zombie = 6;

// One producer of 20 records with `keys` different keys, one partition; record n is sent at n ms.
class SinkTableTest : public testing::Test {
 protected:
  void use(const SinkPlan& plan, bool may_fail_over = false, std::int64_t keys = 2,
           OffsetWrite offsets = OffsetWrite::none) {
    sinks.add_group({plan}, {.offsets = offsets,
                             .judge_records = judges_records(plan.kind, keys > 0),
                             .may_fail_over = may_fail_over});
    sinks.resize({{20, keys}}, 1, 1);
    for (SendNumber n = 0; n < 20; ++n) {
      now = Instant{std::chrono::milliseconds(n)};
      tell({.kind = Kind::RecordSent,
            .partition = 0,
            .producer = 0,
            .first = n,
            .count = 1,
            .value = n});
    }
  }
  Observation tell(Observation o) {
    sinks.see(o, now);
    return o;
  }
  Observation about(Kind kind, SendNumber record, NodeId node) const {
    return {.kind = kind,
            .node = node,
            .partition = 0,
            .producer = 0,
            .group = 0,
            .first = record,
            .count = 1,
            .offset = static_cast<Offset>(record),
            .value = 0};
  }
  bool write(SendNumber record, NodeId node = owner) {
    return tell(about(Kind::EffectApplied, record, node)).kind == Kind::EffectApplied;
  }
  bool finds(SendNumber record, NodeId node = owner) {
    return tell(about(Kind::SinkAsked, record, node)).epoch == 1;
  }
  bool stores_id(SendNumber record, NodeId node = owner) {
    return tell(about(Kind::IdStored, record, node)).epoch == 0;
  }
  // What it shows otherwise than its effects say: record, times.
  std::vector<std::pair<SendNumber, std::int32_t>> otherwise() const {
    std::vector<std::pair<SendNumber, std::int32_t>> read;
    sinks.read([&](const Observation& o) {
      EXPECT_EQ(o.kind, Kind::EffectRead);
      read.emplace_back(o.first, o.epoch);
    });
    return read;
  }

  Sinks sinks;
  Instant now{};
};

TEST_F(SinkTableTest, ARowThatAZombieSetsBackShowsNothingNewer) {
  use({.kind = SinkKind::upsert});
  for (const SendNumber record : {0U, 2U, 4U, 6U}) EXPECT_TRUE(write(record));
  EXPECT_THAT(otherwise(), IsEmpty());

  EXPECT_TRUE(write(2, zombie));

  EXPECT_THAT(otherwise(), ElementsAre(Pair(4, 0), Pair(6, 0)));
  EXPECT_EQ(sinks.stale_rows(0, 0, 0), 1);
  EXPECT_EQ(sinks.rows_gone_back(0, 0), 1);
}

TEST_F(SinkTableTest, ARowThatIsSetBackForAWhileIsNotStale) {
  use({.kind = SinkKind::upsert});
  for (const SendNumber record : {0U, 2U, 0U, 2U}) EXPECT_TRUE(write(record));

  EXPECT_THAT(otherwise(), IsEmpty());
  EXPECT_EQ(sinks.stale_rows(0, 0, 0), 0);
  EXPECT_EQ(sinks.rows_gone_back(0, 0), 1);
}

TEST_F(SinkTableTest, RowsOfOtherKeysAreOtherRows) {
  use({.kind = SinkKind::upsert});
  EXPECT_TRUE(write(3));
  EXPECT_TRUE(write(2));

  EXPECT_THAT(otherwise(), IsEmpty());
  EXPECT_EQ(sinks.rows_gone_back(0, 0), 0);
}

TEST_F(SinkTableTest, AVersionRefusesWhatIsOlder) {
  use({.kind = SinkKind::newest_version});
  EXPECT_TRUE(write(2));
  EXPECT_TRUE(write(6));

  EXPECT_FALSE(write(2, zombie));
  EXPECT_FALSE(write(6, zombie));
  EXPECT_FALSE(write(4)) << "overtaken";

  EXPECT_THAT(otherwise(), ElementsAre(Pair(4, 1))) << "its row shows what came after it";
}

TEST_F(SinkTableTest, ATimestampTiesWithinItsResolution) {
  use({.kind = SinkKind::newest_timestamp, .resolution = 8ms});
  EXPECT_TRUE(write(0));
  EXPECT_FALSE(write(2)) << "0 ms and 2 ms are one";
  EXPECT_FALSE(write(6));
  EXPECT_TRUE(write(8));
  EXPECT_FALSE(write(14));

  // 2 and 6 have been overtaken by 8; 14 is the newest, and is not there.
  EXPECT_THAT(otherwise(), ElementsAre(Pair(2, 1), Pair(6, 1)));
  EXPECT_EQ(sinks.stale_rows(0, 0, 0), 1);
}

TEST_F(SinkTableTest, TwoWhoAskBeforeEitherInsertsBothInsert) {
  use({.kind = SinkKind::select_then_insert});
  EXPECT_FALSE(finds(3, owner));
  EXPECT_FALSE(finds(3, zombie));

  EXPECT_TRUE(write(3, owner));
  EXPECT_TRUE(write(3, zombie));

  EXPECT_TRUE(finds(3, owner));
  EXPECT_FALSE(write(3, owner));
}

TEST_F(SinkTableTest, ASumThatWasReadLongAgoTakesAwayWhatOthersHaveAdded) {
  use({.kind = SinkKind::read_then_write});
  EXPECT_FALSE(finds(0));
  EXPECT_TRUE(write(0));
  EXPECT_FALSE(finds(2, zombie));
  for (const SendNumber record : {2U, 4U, 3U}) {
    EXPECT_FALSE(finds(record));
    EXPECT_TRUE(write(record));
  }
  EXPECT_THAT(otherwise(), IsEmpty());

  EXPECT_TRUE(write(2, zombie));

  EXPECT_THAT(otherwise(), ElementsAre(Pair(2, 1), Pair(4, 0))) << "3 is of another row";
}

TEST_F(SinkTableTest, AnInboxBeforeTheEffectTakesARedeliveryForARepetition) {
  use({.kind = SinkKind::inbox_before});
  EXPECT_TRUE(stores_id(3));
  sinks.process_ended(owner);  // before its effect

  EXPECT_FALSE(stores_id(3));
  EXPECT_FALSE(write(3));
}

TEST_F(SinkTableTest, AnInboxAfterTheEffectKnowsNothingInBetween) {
  use({.kind = SinkKind::inbox_after});
  EXPECT_FALSE(finds(3));
  EXPECT_TRUE(write(3));
  sinks.process_ended(owner);  // before its id

  EXPECT_FALSE(finds(3));
  EXPECT_TRUE(write(3));
  EXPECT_TRUE(stores_id(3));
  EXPECT_TRUE(finds(3));
  EXPECT_FALSE(write(3));
}

TEST_F(SinkTableTest, AnInboxForgetsWhatIsTooOld) {
  use({.kind = SinkKind::inbox, .remembers = 1h});
  now = Instant{};
  EXPECT_TRUE(write(3));

  now = Instant{1h - 1ns};
  EXPECT_FALSE(write(3));
  now = Instant{1h};
  EXPECT_TRUE(write(3));
}

TEST_F(SinkTableTest, WhatIsInTheLogAndNotInTheWalIsLookedUp) {
  for (const bool checks : {true, false}) {
    SCOPED_TRACE(checks ? "checks" : "does not");
    sinks = Sinks();
    use({.kind = SinkKind::log_then_wal, .checks = checks});
    EXPECT_FALSE(finds(3));
    EXPECT_TRUE(stores_id(3));  // the log
    EXPECT_TRUE(write(3));
    sinks.process_ended(owner);

    EXPECT_EQ(finds(3), checks);
    EXPECT_TRUE(stores_id(3));
    EXPECT_EQ(write(3), !checks);
    EXPECT_TRUE(stores_id(3));  // the WAL
    EXPECT_TRUE(finds(3));
    EXPECT_FALSE(finds(3, zombie)) << "these are files of another process";
  }
}

TEST_F(SinkTableTest, FilesThatAreLostKnowNothing) {
  use({.kind = SinkKind::log_then_wal, .keeps_files = false});
  EXPECT_FALSE(finds(3));
  EXPECT_TRUE(stores_id(3));
  EXPECT_TRUE(write(3));
  EXPECT_TRUE(stores_id(3));
  EXPECT_TRUE(finds(3));

  sinks.process_ended(owner);

  EXPECT_FALSE(finds(3));
}

TEST_F(SinkTableTest, AReplicaThatIsBehindHasNothingOfTheLastWhile) {
  use({.kind = SinkKind::append}, true);
  now = Instant{1s};
  EXPECT_TRUE(write(0));
  EXPECT_TRUE(write(1));
  now = Instant{2s};
  EXPECT_TRUE(write(1));
  EXPECT_TRUE(write(2));

  sinks.fail_over(0, Instant{1s});

  EXPECT_THAT(otherwise(), ElementsAre(Pair(1, 1), Pair(2, 0)));
}

TEST_F(SinkTableTest, IdsAndRowsAndOffsetsAreLostTogether) {
  use({.kind = SinkKind::inbox}, true, 2, OffsetWrite::conditional);
  now = Instant{1s};
  EXPECT_TRUE(write(0));
  now = Instant{2s};
  EXPECT_TRUE(write(1));
  EXPECT_EQ(sinks.stored().of(0, 0), 2);

  sinks.fail_over(0, Instant{1s});

  EXPECT_EQ(sinks.stored().of(0, 0), 1);
  EXPECT_FALSE(write(0));
  EXPECT_TRUE(write(1));
  EXPECT_THAT(otherwise(), ElementsAre(Pair(1, 1))) << "applied twice, and there once";
}

TEST_F(SinkTableTest, ARowGoesBackToWhatItWas) {
  use({.kind = SinkKind::upsert}, true);
  now = Instant{1s};
  EXPECT_TRUE(write(0));
  now = Instant{2s};
  EXPECT_TRUE(write(2));
  EXPECT_TRUE(write(4));

  sinks.fail_over(0, Instant{1s});

  EXPECT_THAT(otherwise(), ElementsAre(Pair(2, 0), Pair(4, 0)));
}

TEST_F(SinkTableTest, ACacheKeepsItsIdsWhenTheDatabaseLosesTheEffects) {
  use({.kind = SinkKind::cache}, true);
  now = Instant{2s};
  EXPECT_FALSE(finds(0));
  EXPECT_TRUE(write(0));
  EXPECT_TRUE(stores_id(0));

  sinks.fail_over(0, Instant{1s});

  EXPECT_TRUE(finds(0));
  EXPECT_FALSE(write(0));
  EXPECT_THAT(otherwise(), ElementsAre(Pair(0, 0)));
}

TEST_F(SinkTableTest, ARecordThatIsSentAgainIsTheSameRecord) {
  use({.kind = SinkKind::inbox});
  tell({.kind = Kind::RecordSent,
        .partition = 0,
        .producer = 0,
        .first = 20,
        .count = 1,
        .value = 7});
  EXPECT_TRUE(write(7));
  EXPECT_FALSE(write(20));
}

}  // namespace
}  // namespace kafault
