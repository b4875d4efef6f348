// What a coordinator looks like to its own future.
#include "tests/coordinator/coordinator_fixture.hpp"

namespace kafault::test {
namespace {

struct GroupFingerprint : CoordinatorTest {
  std::uint64_t look(Duration now) const {
    Fingerprint print;
    print.begin(at(now));
    coordinator->hash_into(print, bench.journal);
    return print.value();
  }
  void restart() {
    coordinator.emplace(1, &config, &layout, 1);
    coordinator->start_settled(true);
    coordinator->set_coordinator(1);
    log_end = 0;
    log.clear();
  }
  void stabilise(const std::vector<MemberId>& ids, Duration begin) {
    timer(begin + seconds(3));
    if (group().state == GroupState::preparing_rebalance) timer(begin + seconds(6));
    complete(ids, begin + seconds(3));
  }
};

TEST_F(GroupFingerprint, IsTheSameAtAnotherTime) {
  join_anew(10, {});
  const std::uint64_t joining = look(seconds(1));
  const std::uint64_t later = look(seconds(2));
  restart();
  join_anew(10, minutes(60));

  EXPECT_EQ(look(minutes(60) + seconds(1)), joining);
  EXPECT_NE(joining, later);
}

// The number of a member tells how many came before it; nobody asks for that.
TEST_F(GroupFingerprint, DoesNotKnowTheNumbersOfItsMembers) {
  stabilise({join_anew(10, {})}, {});
  const std::uint64_t first_comer = look(seconds(4));
  restart();
  const MemberId gone = join(11, no_member, {}).member;
  leave(gone, {});
  const MemberId id = join_anew(10, {});
  stabilise({id}, {});

  EXPECT_NE(id, gone);
  EXPECT_EQ(look(seconds(4)), first_comer);
}

// Assignors deal in the order of ids, whatever the order of joining.
TEST_F(GroupFingerprint, KnowsWhichOfTwoMembersHasTheSmallerNumber) {
  const auto look_after = [&](bool swapped) {
    restart();
    MemberId first = join(10, no_member, {}).member;
    MemberId second = join(11, no_member, {}).member;
    if (swapped) std::swap(first, second);
    join(10, first, {});
    join(11, second, {});
    return look(seconds(1));
  };
  EXPECT_NE(look_after(false), look_after(true));
}

TEST_F(GroupFingerprint, SeesAMemberMoreAndAnotherGeneration) {
  const auto ids = settle(1);
  const std::uint64_t alone = look(seconds(4));
  join(11, no_member, seconds(4));
  EXPECT_NE(look(seconds(4)), alone);

  restart();
  settle(1);
  ASSERT_EQ(look(seconds(4)), alone);
  join(10, group().leader, seconds(4));
  complete({group().leader}, seconds(4));
  EXPECT_EQ(group().generation, 2);
  EXPECT_NE(look(seconds(4)), alone);
}

TEST_F(GroupFingerprint, SeesACommitOnItsWayAndForgetsTheOnesThatItReplaced) {
  const auto ids = settle(1);
  const auto commit_fully = [&](Offset offset) {
    commit(ids[0], 1, {{0, offset, 0}}, seconds(4));
    append_all(seconds(4));
    const std::uint64_t under_way = look(seconds(4));
    commit_log(seconds(4));
    return under_way;
  };
  commit_fully(5);
  commit_fully(7);
  const std::uint64_t committed = look(seconds(4));
  EXPECT_NE(commit_fully(9), look(seconds(4)));
  EXPECT_NE(look(seconds(4)), committed);
}

}  // namespace
}  // namespace kafault::test
