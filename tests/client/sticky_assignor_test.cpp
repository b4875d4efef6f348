// The sticky assignors by what they promise: as balanced as can be, and no partition moves that
// need not. How many must move follows from the shares alone.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "sim/client/assignors.hpp"

namespace kafault {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;
using Members = std::vector<JoinGroupResponse::Member>;
using Shares = std::map<MemberId, std::vector<PartitionId>>;

ClusterLayout topic_of(std::int32_t partitions) {
  ClusterLayout layout;
  layout.topics = {{"orders", 0, partitions}};
  return layout;
}

JoinGroupResponse::Member member(MemberId id, std::vector<PartitionId> owned = {},
                                 Generation owned_in = 1) {
  return {id, {0}, no_instance, std::move(owned), owned_in};
}

Shares shares_of(Assignor assignor, const Members& members, std::int32_t partitions) {
  std::vector<SyncGroupRequest::Assigned> assignments;
  const ClusterLayout layout = topic_of(partitions);
  AssignmentMaker().assign(assignor, members, KnownPartitions(&layout), assignments);
  Shares shares;
  for (const auto& a : assignments) shares[a.member].push_back(a.partition);
  return shares;
}

Members after(const Shares& shares, const Members& members, Generation generation) {
  Members next = members;
  for (auto& each : next) {
    const auto at = shares.find(each.id);
    each.owned = at == shares.end() ? std::vector<PartitionId>{} : at->second;
    each.owned_in = generation;
  }
  return next;
}

// What everybody may keep: the quota, and one more for as many as there are.
int must_move(const Members& members, int partitions) {
  const int quota = partitions / static_cast<int>(members.size());
  int one_more = partitions % static_cast<int>(members.size());
  int kept = 0;
  int owned = 0;
  for (const auto& each : members) {
    const int count = static_cast<int>(each.owned.size());
    owned += count;
    kept += std::min(count, quota);
    if (count > quota && one_more > 0) {
      ++kept;
      --one_more;
    }
  }
  return owned - kept;
}

int moved(const Members& before, const Shares& now) {
  int count = 0;
  for (const auto& each : before) {
    const auto at = now.find(each.id);
    for (const PartitionId p : each.owned) {
      const bool kept = at != now.end() && std::count(at->second.begin(), at->second.end(), p) > 0;
      count += kept ? 0 : 1;
    }
  }
  return count;
}

TEST(StickyAssignor, DealsInTurnWhenNobodyOwnsAnything) {
  const Shares shares = shares_of(Assignor::sticky, {member(3), member(1)}, 4);

  EXPECT_THAT(shares.at(1), ElementsAre(0, 2));
  EXPECT_THAT(shares.at(3), ElementsAre(1, 3));
}

TEST(StickyAssignor, TakesFromTheOwnersOnlyWhatANewMemberIsDue) {
  const Shares shares =
      shares_of(Assignor::sticky, {member(1, {0, 2}), member(2, {1, 3}), member(3)}, 4);

  EXPECT_THAT(shares.at(1), ElementsAre(0, 2)) << "one of three may have two";
  EXPECT_THAT(shares.at(2), ElementsAre(1));
  EXPECT_THAT(shares.at(3), ElementsAre(3));
}

TEST(StickyAssignor, BelievesTheLaterOfTwoClaims) {
  const Shares shares =
      shares_of(Assignor::sticky, {member(1, {0, 1}, 4), member(2, {0, 1}, 5)}, 2);

  EXPECT_THAT(shares.at(2), ElementsAre(0));
  EXPECT_THAT(shares.at(1), ElementsAre(1));
}

TEST(StickyAssignor, BelievesNeitherOfTwoClaimsOfOneGeneration) {
  const Shares contested =
      shares_of(Assignor::cooperative_sticky, {member(1, {0}, 5), member(2, {0, 1}, 5)}, 2);

  EXPECT_THAT(contested.at(2), ElementsAre(1));
  EXPECT_FALSE(contested.contains(1)) << "whoever has it gives it up first";
}

TEST(StickyAssignor, IsBalancedAndMovesNoMoreThanItMust) {
  for (int partitions = 1; partitions <= 13; ++partitions) {
    Members members{member(1)};
    Shares shares = shares_of(Assignor::sticky, members, partitions);
    // Members come, and every other time the second oldest goes.
    for (int round = 2; round < 12; ++round) {
      members = after(shares, members, round);
      members.push_back(member(round));
      if (round % 2 == 0 && members.size() > 2) members.erase(members.begin() + 1);
      shares = shares_of(Assignor::sticky, members, partitions);

      std::size_t least = SIZE_MAX;
      std::size_t most = 0;
      std::set<PartitionId> given;
      for (const auto& each : members) {
        least = std::min(least, shares[each.id].size());
        most = std::max(most, shares[each.id].size());
        given.insert(shares[each.id].begin(), shares[each.id].end());
      }
      EXPECT_EQ(given.size(), static_cast<std::size_t>(partitions));
      EXPECT_LE(most - least, 1U);
      EXPECT_EQ(moved(members, shares), must_move(members, partitions))
          << partitions << " partitions, round " << round;
    }
  }
}

TEST(CooperativeStickyAssignor, GivesWhatMovesToNobodyFirst) {
  const Members members{member(1, {0, 2}), member(2, {1, 3}), member(3)};
  const Shares first = shares_of(Assignor::cooperative_sticky, members, 4);

  EXPECT_THAT(first.at(1), ElementsAre(0, 2));
  EXPECT_THAT(first.at(2), ElementsAre(1));
  EXPECT_FALSE(first.contains(3));

  const Shares second = shares_of(Assignor::cooperative_sticky, after(first, members, 2), 4);
  EXPECT_THAT(second.at(1), ElementsAre(0, 2));
  EXPECT_THAT(second.at(2), ElementsAre(1));
  EXPECT_THAT(second.at(3), ElementsAre(3));
}

TEST(CooperativeStickyAssignor, GivesFreePartitionsAwayAtOnce) {
  const Shares shares = shares_of(Assignor::cooperative_sticky, {member(1, {0, 1})}, 4);

  EXPECT_THAT(shares.at(1), UnorderedElementsAre(0, 1, 2, 3));
}

TEST(CooperativeStickyAssignor, IsDoneAfterTwoRounds) {
  for (int partitions = 1; partitions <= 9; ++partitions) {
    for (int count = 1; count <= 5; ++count) {
      Members members{member(0)};
      Shares shares = shares_of(Assignor::cooperative_sticky, members, partitions);
      for (int id = 1; id < count; ++id) {
        members = after(shares, members, 10 * id);
        members.push_back(member(id));
        shares = shares_of(Assignor::cooperative_sticky, members, partitions);
        members = after(shares, members, 10 * id + 1);
        shares = shares_of(Assignor::cooperative_sticky, members, partitions);
        EXPECT_EQ(moved(members, shares), 0);
        members = after(shares, members, 10 * id + 2);
        EXPECT_EQ(shares_of(Assignor::cooperative_sticky, members, partitions), shares);
      }
    }
  }
}

TEST(CooperativeStickyAssignor, MakesAMemberCooperativeOnlyIfItIsAlone) {
  const std::vector<Assignor> default_list{Assignor::range, Assignor::cooperative_sticky};
  const std::vector<Assignor> alone{Assignor::cooperative_sticky};

  EXPECT_FALSE(is_cooperative(default_list));
  EXPECT_TRUE(is_cooperative(alone));
}

TEST(RangeAssignor, TakesStaticMembersFirst) {
  Members members{member(1), member(2), member(3)};
  members[2].instance = 0;
  const Shares shares = shares_of(Assignor::range, members, 4);

  EXPECT_THAT(shares.at(3), ElementsAre(0, 1));
  EXPECT_THAT(shares.at(1), ElementsAre(2));
  EXPECT_THAT(shares.at(2), ElementsAre(3));
}

}  // namespace
}  // namespace kafault
