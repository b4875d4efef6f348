// KIP-848 at the coordinator: epochs, reconciliation, fencing, static members, fail-over.
#include <algorithm>
#include <map>
#include <random>

#include "tests/coordinator/coordinator_fixture.hpp"

namespace kafault::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

using Partitions = std::vector<PartitionId>;
using Response = ConsumerGroupHeartbeatResponse;

class ConsumerGroupTest : public CoordinatorTest {
 protected:
  ConsumerGroupHeartbeatRequest heartbeat_of(MemberId id, Generation epoch) const {
    ConsumerGroupHeartbeatRequest request;
    request.group = 0;
    request.member = id;
    request.epoch = epoch;
    request.instance = instance;
    request.rebalance_timeout = seconds(60);
    request.assignor = assignor;
    request.topics = {0};
    return request;
  }
  // What is written is replicated at once; the answer, whenever it came.
  Response send(const ConsumerGroupHeartbeatRequest& request, Duration now) {
    coordinator->on(request, from(static_cast<NodeId>(request.member)), at(now), bench.fresh().out);
    if (!bench.all<Response>().empty()) return bench.only<Response>();
    append_all(now);
    commit_log(now);
    return bench.only<Response>();
  }
  Response join_now(MemberId id, Duration now) {
    auto request = heartbeat_of(id, 0);
    request.is_full = request.has_owned = true;
    return send(request, now);
  }
  Response beat(MemberId id, Generation epoch, Duration now) {
    return send(heartbeat_of(id, epoch), now);
  }
  Response acknowledge(MemberId id, Generation epoch, Partitions owned, Duration now) {
    auto request = heartbeat_of(id, epoch);
    request.has_owned = true;
    request.owned = std::move(owned);
    return send(request, now);
  }
  Error commit_error(MemberId id, Generation epoch) {
    commit(id, epoch, {{0, 5, 0}}, seconds(1));
    if (!bench.all<OffsetCommitResponse>().empty()) {
      return bench.only<OffsetCommitResponse>().error;
    }
    append_all(seconds(1));
    commit_log(seconds(1));
    return bench.only<OffsetCommitResponse>().error;
  }
  const ConsumerGroup& modern() const { return coordinator->consumer_view(0); }

  InstanceId instance = no_instance;
  RemoteAssignor assignor = RemoteAssignor::none;
};

TEST_F(ConsumerGroupTest, GivesTheFirstMemberEverything) {
  const Response answer = join_now(50, {});

  EXPECT_EQ(answer.error, Error::none);
  EXPECT_EQ(answer.epoch, 1);
  EXPECT_THAT(answer.partitions, ElementsAre(0, 1));
  EXPECT_EQ(answer.heartbeat_interval, config.group_consumer_heartbeat_interval);
}

TEST_F(ConsumerGroupTest, AnswersAChangeOnlyWhenItIsReplicated) {
  auto request = heartbeat_of(50, 0);
  request.is_full = request.has_owned = true;
  coordinator->on(request, from(50), at({}), bench.fresh().out);
  append_all({});
  EXPECT_THAT(bench.all<Response>(), IsEmpty());

  commit_log({});

  EXPECT_EQ(bench.only<Response>().epoch, 1);
}

TEST_F(ConsumerGroupTest, HandsAPartitionOverOnceItIsGivenUp) {
  join_now(50, {});
  const Response newcomer = join_now(51, seconds(1));
  EXPECT_EQ(newcomer.epoch, 2);
  EXPECT_THAT(newcomer.partitions, IsEmpty());

  const Response revoked = beat(50, 1, seconds(2));
  EXPECT_EQ(revoked.epoch, 1) << "until it has given partition 1 up";
  EXPECT_THAT(revoked.partitions, ElementsAre(0));
  EXPECT_FALSE(beat(51, 2, seconds(3)).has_assignment);
  EXPECT_FALSE(beat(50, 1, seconds(4)).has_assignment) << "it has not said so yet";
  EXPECT_FALSE(beat(51, 2, seconds(5)).has_assignment);

  EXPECT_EQ(acknowledge(50, 1, {0}, seconds(6)).epoch, 2);
  EXPECT_FALSE(coordinator->is_stable(0));
  const Response given = beat(51, 2, seconds(7));
  EXPECT_THAT(given.partitions, ElementsAre(1));
  EXPECT_TRUE(coordinator->is_stable(0));
  EXPECT_THAT(bench.notes(ObservationKind::RebalanceCompleted), SizeIs(1));
}

TEST_F(ConsumerGroupTest, EvictsWhoDoesNotGiveUpWithinTheRebalanceTimeout) {
  join_now(50, {});
  join_now(51, {});
  beat(50, 1, seconds(1));
  beat(50, 1, seconds(40));
  beat(51, 2, seconds(40));

  timer(seconds(60));
  EXPECT_THAT(modern().members, SizeIs(2));
  timer(seconds(61));

  ASSERT_THAT(modern().members, SizeIs(1));
  EXPECT_EQ(bench.notes(ObservationKind::MemberEvicted)[0].value, 50);
  EXPECT_THAT(beat(51, 2, seconds(62)).partitions, ElementsAre(0, 1));
}

TEST_F(ConsumerGroupTest, EvictsAtTheBrokersSessionTimeout) {
  join_now(50, {});
  beat(50, 1, seconds(10));

  timer(seconds(54));
  EXPECT_THAT(modern().members, SizeIs(1));
  timer(seconds(55));

  EXPECT_THAT(modern().members, IsEmpty());
  EXPECT_EQ(beat(50, 1, seconds(56)).error, Error::unknown_member_id);
}

TEST_F(ConsumerGroupTest, FencesEpochsThatItDoesNotKnow) {
  join_now(50, {});
  join_now(51, {});
  EXPECT_EQ(beat(50, 7, {}).error, Error::fenced_member_epoch);
  EXPECT_EQ(beat(51, 1, {}).error, Error::fenced_member_epoch) << "it never was in epoch 1";
}

TEST_F(ConsumerGroupTest, TakesTheEpochBeforeOfAMemberThatMissedTheAnswer) {
  join_now(50, {});
  join_now(51, {});
  beat(50, 1, {});
  acknowledge(50, 1, {0}, {});

  EXPECT_EQ(acknowledge(50, 1, {0}, {}).epoch, 2);
  EXPECT_EQ(acknowledge(50, 1, {0, 1}, {}).error, Error::fenced_member_epoch)
      << "it has what it was not given";
  EXPECT_EQ(beat(50, 1, {}).error, Error::fenced_member_epoch) << "it does not say";
}

TEST_F(ConsumerGroupTest, TakesCommitsOfTheExactEpochOnly) {
  join_now(50, {});
  EXPECT_EQ(commit_error(50, 1), Error::none);
  EXPECT_EQ(commit_error(50, 0), Error::stale_member_epoch);
  EXPECT_EQ(commit_error(51, 1), Error::unknown_member_id);
  EXPECT_EQ(commit_error(no_member, -1), Error::unknown_member_id);

  // A healthy member's, too, once the coordinator has moved it on.
  join_now(51, {});
  beat(50, 1, {});
  acknowledge(50, 1, {0}, {});
  EXPECT_EQ(commit_error(50, 1), Error::stale_member_epoch);

  beat(50, leave_epoch, {});
  beat(51, leave_epoch, {});
  EXPECT_EQ(commit_error(no_member, -1), Error::none) << "nobody is in the group";
}

TEST_F(ConsumerGroupTest, LetsAStaticMemberComeBackAfterItHasLeft) {
  instance = 0;
  join_now(50, {});
  EXPECT_EQ(join_now(60, seconds(1)).error, Error::unreleased_instance_id);

  EXPECT_EQ(beat(50, leave_static_epoch, seconds(2)).epoch, leave_static_epoch);
  const Response back = join_now(60, seconds(3));

  EXPECT_EQ(back.epoch, 1) << "nobody else hears of it";
  EXPECT_THAT(back.partitions, ElementsAre(0, 1));
  EXPECT_EQ(beat(50, 1, seconds(4)).error, Error::fenced_instance_id);
}

TEST_F(ConsumerGroupTest, GoesOnAtTheNextCoordinator) {
  join_now(50, {});
  join_now(51, {});
  beat(50, 1, {});
  fail_over(3, seconds(1));

  EXPECT_EQ(acknowledge(50, 1, {0}, seconds(2)).epoch, 2);
  EXPECT_THAT(beat(51, 2, seconds(2)).partitions, ElementsAre(1));
  timer(seconds(47));
  EXPECT_THAT(modern().members, IsEmpty()) << "a whole session from the fail-over or heartbeat on";
}

TEST_F(ConsumerGroupTest, FencesAMemberWhoseEpochTheNextCoordinatorHasLost) {
  join_now(50, {});
  join_now(51, {});
  beat(50, 1, {});
  acknowledge(50, 1, {0}, {});
  log.pop_back();
  fail_over(3, seconds(1));

  EXPECT_EQ(beat(50, 2, seconds(2)).error, Error::fenced_member_epoch);
}

TEST_F(ConsumerGroupTest, RangeKeepsTheLowestAndDealsInRanges) {
  layout.topics = {{"orders", 0, 7}, {"__consumer_offsets", 7, 1}};
  layout.partitions.assign(8, {0, 0, {1}});
  coordinator.emplace(1, &config, &layout, 1);
  coordinator->start_settled(true);
  assignor = RemoteAssignor::range;
  join_now(50, {});
  join_now(51, {});
  EXPECT_THAT(modern().members[0].target, ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(modern().members[1].target, ElementsAre(4, 5, 6));
  join_now(52, {});
  EXPECT_THAT(modern().members[0].target, ElementsAre(0, 1, 2));
  EXPECT_THAT(modern().members[1].target, ElementsAre(4, 5));
  EXPECT_THAT(modern().members[2].target, ElementsAre(3, 6));
}

// Members that come, beat, lose answers, acknowledge, leave and die in any order. The coordinator
// holds the law of one owner itself, as a contract; in the end everybody has its share.
TEST_F(ConsumerGroupTest, HasOneOwnerOfEachPartitionWhateverHappens) {
  struct Client {
    Generation epoch = 0;
    Partitions owned;
  };
  layout.topics = {{"orders", 0, 11}, {"__consumer_offsets", 11, 1}};
  layout.partitions.assign(12, {0, 0, {1}});
  for (std::uint32_t seed = 1; seed <= 40; ++seed) {
    std::minstd_rand dice(seed);
    coordinator.emplace(1, &config, &layout, 1);
    coordinator->start_settled(true);
    assignor = seed % 2 == 0 ? RemoteAssignor::uniform : RemoteAssignor::range;
    std::map<MemberId, Client> clients;
    MemberId ids = 50;
    Duration now{};
    const auto step = [&](MemberId id, bool answer_is_lost) {
      Client& client = clients[id];
      auto request = heartbeat_of(id, client.epoch);
      request.is_full = request.has_owned = true;
      request.owned = client.owned;
      const Response answer = send(request, now);
      if (answer_is_lost) return;
      if (answer.error != Error::none) {
        client = {};
        return;
      }
      client.epoch = answer.epoch;
      if (answer.has_assignment) client.owned = answer.partitions;
    };
    for (int i = 0; i < 120; ++i) {
      now += milliseconds(dice() % 3000);
      timer(now);
      append_all(now);
      const auto choice = dice() % 10;
      if (clients.empty() || (choice == 0 && clients.size() < 6)) {
        step(++ids, false);
        continue;
      }
      auto at_client = clients.begin();
      std::advance(at_client, static_cast<std::ptrdiff_t>(dice() % clients.size()));
      if (choice == 1) {
        beat(at_client->first, leave_epoch, now);
        clients.erase(at_client);
      } else if (choice == 2) {
        clients.erase(at_client);  // dies; its session ends some time
      } else {
        step(at_client->first, choice == 3);
      }
    }
    timer(now + minutes(2));
    append_all(now + minutes(2));
    now += minutes(2);
    step(++ids, false);
    for (int i = 0; i < 12; ++i) {
      for (auto& [id, client] : clients) step(id, false);
    }
    std::size_t owned = 0;
    for (const auto& [id, client] : clients) {
      owned += client.owned.size();
      EXPECT_GE(client.owned.size(), 11 / clients.size()) << "seed " << seed;
      EXPECT_LE(client.owned.size(), (11 + clients.size() - 1) / clients.size());
    }
    EXPECT_EQ(owned, 11U) << "seed " << seed;
    EXPECT_TRUE(modern().is_reconciled());
  }
}

// GroupMetadataManager: metadata that has changed is noticed at the next heartbeat of anybody.
TEST_F(ConsumerGroupTest, AssignsAPartitionThatWasAddedAtTheNextHeartbeat) {
  layout.topics = {{"orders", 0, 3, 1}, {"__consumer_offsets", 3, 1}};
  layout.partitions = {{0, 0, {1}}, {0, 1, {1}}, {0, 2, {1}}, {1, 0, {1}}};
  layout.offsets_partition = 3;
  coordinator.emplace(1, &config, &layout, 1);
  coordinator->start_settled(true);
  const Response joined = join_now(50, {});
  ASSERT_THAT(joined.partitions, ElementsAre(0, 1));
  acknowledge(50, joined.epoch, {0, 1}, seconds(1));
  EXPECT_FALSE(beat(50, joined.epoch, seconds(2)).has_assignment);

  coordinator->learn(2);
  const Response moved = beat(50, joined.epoch, seconds(3));

  EXPECT_EQ(moved.epoch, joined.epoch + 1);
  EXPECT_THAT(moved.partitions, ElementsAre(0, 1, 2));
  // Once is enough, also for the next coordinator.
  fail_over(1, seconds(4));
  coordinator->learn(2);
  EXPECT_EQ(beat(50, moved.epoch, seconds(5)).epoch, moved.epoch);
}

}  // namespace
}  // namespace kafault::test
