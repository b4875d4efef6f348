// When committed offsets are forgotten (KIP-211), under each protocol and without one.
#include "tests/coordinator/coordinator_fixture.hpp"

namespace kafault::test {
namespace {

using testing::IsEmpty;

class OffsetExpiryTest : public CoordinatorTest {
 protected:
  OffsetExpiryTest() {
    config.offsets_retention_minutes = 10;
    config.offsets_retention_check_interval = minutes(1);
  }
  void commit_and_replicate(MemberId id, Generation generation, Duration now) {
    commit(id, generation, {{0, 7, 0}}, now);
    append_all(now);
    commit_log(now);
  }
  Offset fetched(Duration now) {
    const Offset offset = fetch_offsets(now)[0].offset;
    append_all(now);
    commit_log(now);
    return offset;
  }
  void leave_all(const std::vector<MemberId>& ids, Duration now) {
    for (const MemberId id : ids) leave(id, now);
    timer(now);
    append_all(now);
    commit_log(now);
  }
};

TEST_F(OffsetExpiryTest, CountsFromWhenTheGroupLostItsLastMember) {
  const auto ids = settle(1);
  commit_and_replicate(ids[0], 1, minutes(0) + seconds(4));
  EXPECT_EQ(fetched(minutes(0) + seconds(40)), 7);
  leave_all(ids, seconds(42));

  EXPECT_EQ(fetched(minutes(10) + seconds(59)), 7) << "the check at 10 min comes 42 s too early";
  EXPECT_EQ(fetched(minutes(11)), no_offset);
}

TEST_F(OffsetExpiryTest, LeavesTheOffsetsOfAGroupWithMembersAlone) {
  const auto ids = settle(1);
  commit_and_replicate(ids[0], 1, seconds(4));

  EXPECT_EQ(fetched(minutes(60)), 7);
}

TEST_F(OffsetExpiryTest, CountsFromTheCommitForWhoIsNoMember) {
  commit_and_replicate(no_member, -1, seconds(30));

  EXPECT_EQ(fetched(minutes(10)), 7);
  EXPECT_EQ(fetched(minutes(11)), no_offset);
}

TEST_F(OffsetExpiryTest, CountsFromTheCommitForAGroupOfTheConsumerProtocol) {
  ConsumerGroupHeartbeatRequest request;
  request.group = 0;
  request.member = 50;
  request.topics = {0};
  request.is_full = request.has_owned = true;
  const auto send = [&](Generation epoch, Duration now) {
    request.epoch = epoch;
    coordinator->on(request, from(50), at(now), bench.fresh().out);
    append_all(now);
    commit_log(now);
  };
  send(0, {});
  commit_and_replicate(50, 1, seconds(30));
  for (int minute = 1; minute < 20; ++minute) send(1, minutes(minute) / 2);
  send(1, minutes(20));
  EXPECT_EQ(fetched(minutes(20)), 7) << "it has a member";
  send(leave_epoch, minutes(20) + seconds(10));

  EXPECT_EQ(fetched(minutes(20) + seconds(59)), 7);
  EXPECT_EQ(fetched(minutes(21)), no_offset) << "ten minutes after the commit are long over";
}

TEST_F(OffsetExpiryTest, IsRememberedByTheNextCoordinator) {
  const auto ids = settle(1);
  commit_and_replicate(ids[0], 1, seconds(4));
  leave_all(ids, seconds(42));
  EXPECT_EQ(fetched(minutes(11)), no_offset);
  fail_over(3, minutes(11));
  EXPECT_EQ(fetched(minutes(11)), no_offset);

  commit_and_replicate(no_member, -1, minutes(12));
  EXPECT_EQ(fetched(minutes(12)), 7) << "it can be committed anew";
}

TEST_F(OffsetExpiryTest, CostsNothingWhereTheRetentionIsLongerThanAnyRun) {
  config.offsets_retention_minutes = 10080;
  commit_and_replicate(no_member, -1, seconds(30));
  fetch_offsets(std::chrono::hours(24 * 8));
  EXPECT_THAT(bench.locals(), IsEmpty());
}

}  // namespace
}  // namespace kafault::test
