#include "sim/client/assignors.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace kafault {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using Members = std::vector<JoinGroupResponse::Member>;

ClusterLayout two_topics(std::int32_t first, std::int32_t second) {
  ClusterLayout layout;
  layout.topics = {{"a", 0, first}, {"b", first, second}};
  return layout;
}

std::map<MemberId, std::vector<PartitionId>> assigned(Assignor assignor, const Members& members,
                                                      const ClusterLayout& layout) {
  std::vector<SyncGroupRequest::Assigned> assignments;
  AssignmentMaker().assign(assignor, members, KnownPartitions(&layout), assignments);
  std::map<MemberId, std::vector<PartitionId>> by_member;
  for (const auto& a : assignments) by_member[a.member].push_back(a.partition);
  return by_member;
}

TEST(RangeAssignor, GivesTheRemainderToTheFirstMembersTopicByTopic) {
  const Members members{{7, {0, 1}}, {3, {0, 1}}};

  auto shares = assigned(Assignor::range, members, two_topics(3, 3));

  EXPECT_THAT(shares[3], ElementsAre(0, 1, 3, 4));
  EXPECT_THAT(shares[7], ElementsAre(2, 5));
}

TEST(RangeAssignor, LeavesMembersWithoutPartitionsWhenThereAreTooFew) {
  const Members members{{1, {0}}, {2, {0}}, {3, {0}}};

  auto shares = assigned(Assignor::range, members, two_topics(2, 2));

  EXPECT_THAT(shares[1], ElementsAre(0));
  EXPECT_THAT(shares[2], ElementsAre(1));
  EXPECT_THAT(shares[3], IsEmpty());
}

TEST(RangeAssignor, SplitsAnyNumberEvenly) {
  for (std::int32_t partitions = 1; partitions < 20; ++partitions) {
    for (std::int32_t members = 1; members < 8; ++members) {
      std::map<std::int32_t, int> share;
      std::int32_t last = 0;
      for (std::int32_t number = 0; number < partitions; ++number) {
        const std::int32_t owner = range_owner(number, partitions, members);
        EXPECT_GE(owner, last);
        EXPECT_LT(owner, members);
        ++share[last = owner];
      }
      for (const auto& [owner, count] : share) {
        EXPECT_EQ(count, partitions / members + (owner < partitions % members ? 1 : 0));
      }
    }
  }
}

TEST(RoundRobinAssignor, DealsAllTopicsInOneCircle) {
  const Members members{{7, {0, 1}}, {3, {0, 1}}};

  auto shares = assigned(Assignor::roundrobin, members, two_topics(3, 3));

  EXPECT_THAT(shares[3], ElementsAre(0, 2, 4));
  EXPECT_THAT(shares[7], ElementsAre(1, 3, 5));
}

TEST(RoundRobinAssignor, PassesOverMembersThatDoNotSubscribe) {
  const Members members{{1, {0}}, {2, {0, 1}}, {3, {1}}};

  auto shares = assigned(Assignor::roundrobin, members, two_topics(2, 3));

  EXPECT_THAT(shares[1], ElementsAre(0));
  EXPECT_THAT(shares[2], ElementsAre(1, 3));
  EXPECT_THAT(shares[3], ElementsAre(2, 4));
}

TEST(Assignors, GiveNobodyWhatNobodySubscribesTo) {
  for (const Assignor assignor : {Assignor::range, Assignor::roundrobin}) {
    EXPECT_THAT(assigned(assignor, {{1, {}}}, two_topics(2, 2)), IsEmpty());
  }
}

}  // namespace
}  // namespace kafault
