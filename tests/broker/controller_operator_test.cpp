// What operators ask of a controller, and what it does from time to time by itself.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "sim/broker/controller.hpp"
#include "tests/broker/values.hpp"
#include "tests/support/outbox_reader.hpp"

namespace kafault {
namespace {

using std::chrono::seconds;
using testing::IsEmpty;
using testing::SizeIs;
using Kind = OperatorRequest::Kind;

constexpr TimerId preferred_timer{0, 2};
constexpr TimerId unclean_timer{0, 3};

// Three brokers, orders-0 on 1, 2, 3 and clicks-0 on 2, 3, 1.
class AskedController : public testing::Test {
 protected:
  AskedController() {
    layout.brokers = 3;
    layout.topics = {{"orders", 0, 1}, {"clicks", 1, 1}};
    layout.partitions = {{0, 0, {1, 2, 3}}, {1, 0, {2, 3, 1}}};
    brokers.resize(3);
    topics.resize(2);
    topics[0].min_insync_replicas = topics[1].min_insync_replicas = 2;
  }
  void start() {
    controller.emplace(&brokers, &topics, &layout, &version, &changes);
    controller->start_settled(at({}), bench.out);
  }
  // Adds a change of one setting of orders; its index.
  std::int32_t changing(std::string_view name, const TopicConfig& values) {
    TopicConfigChange change(0);
    change.take(name, values);
    changes.push_back(change);
    return static_cast<std::int32_t>(changes.size()) - 1;
  }
  void ask(const OperatorRequest& request) { controller->on(request, at(now), bench.fresh().out); }
  void fire(std::uint8_t timer) { controller->on_timer(timer, at(now), bench.fresh().out); }
  void heartbeat(NodeId broker, bool want_shut_down = false) {
    BrokerHeartbeatRequest request;
    request.broker = broker;
    request.broker_epoch = controller->broker(broker).epoch;
    request.metadata_offset = controller->end_offset();
    request.want_shut_down = want_shut_down;
    controller->on(request, {broker, Lane::heartbeat, 0}, at(now), bench.fresh().out);
  }
  // Every broker but these falls silent for longer than a session.
  void leave_only(std::initializer_list<NodeId> alive) {
    now += seconds(8);
    for (const NodeId broker : alive) heartbeat(broker);
    now += seconds(2);
    fire(0);
  }
  void restart(NodeId broker) {
    const BrokerRegistrationRequest request{broker, ++incarnation, -1};
    controller->on(request, {broker, Lane::heartbeat, 0}, at(now), bench.fresh().out);
    heartbeat(broker);
  }
  void take_back(NodeId leader, BrokerSet isr) {
    const PartitionState& state = controller->partition(0);
    AlterPartitionRequest request;
    request.broker = leader;
    request.broker_epoch = controller->broker(leader).epoch;
    request.entries = {{0, state.leader_epoch, state.partition_epoch, isr}};
    controller->on(request, {leader, Lane::alter_partition, 0}, at(now), bench.fresh().out);
  }
  std::vector<MetadataRecord> read_from(std::int64_t offset) {
    MetadataFetchRequest request;
    request.broker = 2;
    request.offset = offset;
    controller->on(request, {2, Lane::metadata, 0}, at(now), bench.fresh().out);
    return bench.only<MetadataFetchResponse>().records;
  }
  NodeId leader() const { return controller->partition(0).leader; }

  ClusterLayout layout;
  std::vector<BrokerConfig> brokers;
  std::vector<TopicConfig> topics;
  std::vector<TopicConfigChange> changes;
  VersionProfile version;
  std::optional<Controller> controller;
  Duration now{};
  std::uint32_t incarnation = 0;
  test::Bench bench;
};

// ---- settings ----------------------------------------------------------------------------------

TEST_F(AskedController, WritesAChangeIntoTheMetadataLogAndIntoSnapshots) {
  TopicConfig values;
  values.min_insync_replicas = 1;
  const std::int32_t change = changing("min.insync.replicas", values);
  start();

  ask({.kind = Kind::change_config, .change = change});

  for (const std::int64_t offset : {settled_metadata_offset, std::int64_t{0}}) {
    const auto records = read_from(offset);
    ASSERT_FALSE(records.empty());
    EXPECT_EQ(records.back().kind, MetadataRecord::Kind::config);
    EXPECT_EQ(records.back().change, change);
  }
}

// Two of three are gone: with min.insync.replicas 2 the one that left last stays eligible, with 1
// nobody needs it.
TEST_F(AskedController, JudgesEligibilityByTheNewMinIsr) {
  TopicConfig values;
  values.min_insync_replicas = 1;
  const std::int32_t change = changing("min.insync.replicas", values);
  start();
  leave_only({1});
  EXPECT_EQ(controller->partition(0).elr.size(), 1);

  ask({.kind = Kind::change_config, .change = change});
  EXPECT_EQ(controller->partition(0).elr.size(), 0) << "whom the old setting made eligible";
  leave_only({});
  EXPECT_EQ(controller->partition(0).elr, set_of({1}));
  EXPECT_EQ(controller->partition(1).elr.size(), 2) << "clicks has kept its setting";
}

// KAFKA-12670: no election at once, one when the controller looks for leaderless partitions.
TEST_F(AskedController, ElectsUncleanlyWhenItNextLooksAfterThatWasAllowed) {
  TopicConfig values;
  values.unclean_leader_election_enable = true;
  const std::int32_t change = changing("unclean.leader.election.enable", values);
  topics[0].min_insync_replicas = 1;
  start();
  leave_only({1});
  leave_only({});
  restart(2);
  ASSERT_EQ(leader(), no_node);

  ask({.kind = Kind::change_config, .change = change});
  EXPECT_EQ(leader(), no_node);
  EXPECT_EQ(bench.armed_up_to(unclean_timer), std::chrono::minutes(5));
  fire(unclean_timer.index);

  EXPECT_EQ(leader(), 2);
}

TEST_F(AskedController, LooksForNoUncleanElectionsBefore39) {
  version.unclean_election_honoured = false;
  TopicConfig values;
  values.unclean_leader_election_enable = true;
  const std::int32_t change = changing("unclean.leader.election.enable", values);
  start();

  ask({.kind = Kind::change_config, .change = change});

  EXPECT_EQ(bench.armed(unclean_timer), forever);
}

TEST_F(AskedController, BeginsEveryRunWithTheSettingsOfThePlan) {
  TopicConfig values;
  values.min_insync_replicas = 1;
  const std::int32_t change = changing("min.insync.replicas", values);
  start();
  ask({.kind = Kind::change_config, .change = change});

  controller->reset();
  controller->start_settled(at({}), bench.fresh().out);
  now = {};
  leave_only({1});

  EXPECT_EQ(controller->partition(0).elr.size(), 1);
}

// ---- elections ---------------------------------------------------------------------------------

TEST_F(AskedController, GivesThePreferredReplicaItsLeadershipBackOnceItIsInSync) {
  start();
  leave_only({2, 3});
  restart(1);
  ASSERT_EQ(leader(), 2);

  ask({.kind = Kind::elect_preferred, .partition = 0});
  EXPECT_EQ(leader(), 2) << "not in the ISR";
  take_back(2, set_of({1, 2, 3}));
  EXPECT_EQ(leader(), 2) << "joining the ISR moves nothing";
  ask({.kind = Kind::elect_preferred, .partition = 0});

  EXPECT_EQ(leader(), 1);
  EXPECT_THAT(bench.notes(ObservationKind::LeaderElected), SizeIs(1));
  EXPECT_EQ(bench.notes(ObservationKind::LeaderElected)[0].count, 0U) << "clean";
}

TEST_F(AskedController, ElectsNobodyWithoutNeed) {
  start();
  const std::int64_t end = controller->end_offset();

  ask({.kind = Kind::elect_preferred, .partition = 0});
  ask({.kind = Kind::elect_unclean, .partition = 0});

  EXPECT_EQ(controller->end_offset(), end);
}

TEST_F(AskedController, ElectsAnyLiveReplicaWhereNobodyLeadsAndItIsAskedTo) {
  topics[0].min_insync_replicas = 1;
  version.unclean_election_honoured = false;  // by hand it went before 3.9 too
  start();
  leave_only({1});
  leave_only({});
  restart(3);
  ASSERT_EQ(leader(), no_node);

  ask({.kind = Kind::elect_preferred, .partition = 0});
  EXPECT_EQ(leader(), no_node);
  ask({.kind = Kind::elect_unclean, .partition = 0});

  EXPECT_EQ(leader(), 3);
  EXPECT_EQ(bench.notes(ObservationKind::LeaderElected)[0].count, 1U);
}

TEST_F(AskedController, RebalancesLeadersOnlyIfTold) {
  start();
  EXPECT_EQ(bench.armed(preferred_timer), forever);

  for (BrokerConfig& broker : brokers) broker.auto_leader_rebalance_enable = true;
  bench.fresh();
  start();
  EXPECT_EQ(bench.armed_up_to(preferred_timer), seconds(300));
  leave_only({2, 3});
  restart(1);
  take_back(2, set_of({1, 2, 3}));
  ASSERT_EQ(leader(), 2);

  fire(preferred_timer.index);

  EXPECT_EQ(leader(), 1);
  EXPECT_EQ(bench.armed(preferred_timer), seconds(300));
}

// ---- other replicas ----------------------------------------------------------------------------

ReplicaList list_of(std::initializer_list<NodeId> brokers) {
  ReplicaList list;
  for (const NodeId broker : brokers) list.push_back(broker);
  return list;
}

// Of orders-0 on 1, 2 with 3 to come for 1.
class Reassignment : public AskedController {
 protected:
  Reassignment() { layout.partitions[0].replicas = {1, 2}; }
  void move(std::initializer_list<NodeId> replicas) {
    ask({.kind = Kind::reassign, .partition = 0, .replicas = list_of(replicas)});
  }
  std::vector<NodeId> replicas() const {
    const std::span<const NodeId> all = controller->replicas_of(0);
    return {all.begin(), all.end()};
  }
};

TEST_F(Reassignment, KeepsThoseThatGoUntilThoseThatComeAreInSync) {
  start();
  move({3, 2});
  EXPECT_THAT(replicas(), testing::ElementsAre(3, 2, 1));
  EXPECT_EQ(leader(), 1);
  EXPECT_EQ(controller->partition(0).leader_epoch, 0) << "nobody has gone yet";
  EXPECT_FALSE(controller->is_settled());

  take_back(1, set_of({1, 2, 3}));

  EXPECT_THAT(replicas(), testing::ElementsAre(3, 2));
  EXPECT_EQ(controller->partition(0).isr, set_of({2, 3}));
  EXPECT_EQ(leader(), 3) << "the first of the new ones";
  EXPECT_TRUE(controller->is_settled());
  EXPECT_EQ(read_from(settled_metadata_offset).back().replicas, list_of({3, 2}));
}

TEST_F(Reassignment, ThatOnlyTakesAwayIsDoneAtOnceInANewEpoch) {
  start();
  move({1});

  EXPECT_THAT(replicas(), testing::ElementsAre(1));
  EXPECT_EQ(controller->partition(0).isr, set_of({1}));
  EXPECT_EQ(leader(), 1);
  EXPECT_EQ(controller->partition(0).leader_epoch, 1) << "its fetchers are to notice";
}

TEST_F(Reassignment, SurvivesTheLeader) {
  start();
  leave_only({1, 2});
  move({3, 2});
  leave_only({2});
  EXPECT_EQ(leader(), 2);
  EXPECT_THAT(replicas(), testing::ElementsAre(3, 2, 1));

  restart(3);
  take_back(2, set_of({2, 3}));

  EXPECT_THAT(replicas(), testing::ElementsAre(3, 2));
  EXPECT_EQ(leader(), 2) << "who leads goes on, though another is preferred";
}

TEST_F(Reassignment, IsNotCompletedByReplicasThatGo) {
  start();
  leave_only({1});
  move({2, 3});
  EXPECT_EQ(controller->partition(0).isr, set_of({1}));
  EXPECT_THAT(replicas(), testing::ElementsAre(2, 3, 1)) << "the last in sync is one that goes";
  EXPECT_EQ(leader(), 1);
}

TEST_F(Reassignment, ThatIsAskedForTwiceStillWaitsForThoseThatCome) {
  start();
  move({3, 2});
  move({3, 2});
  EXPECT_THAT(replicas(), testing::ElementsAre(3, 2, 1));
  EXPECT_FALSE(controller->is_settled());

  move({2, 1});

  EXPECT_THAT(replicas(), testing::ElementsAre(2, 1)) << "3 had not come yet";
  EXPECT_TRUE(controller->is_settled());
}

TEST_F(Reassignment, CanBeCalledOff) {
  start();
  move({3, 2});

  ask({.kind = Kind::cancel_reassignment, .partition = 0});

  EXPECT_THAT(replicas(), testing::ElementsAre(2, 1)) << "in the order that it had meanwhile";
  EXPECT_TRUE(controller->is_settled());
  const std::int64_t end = controller->end_offset();
  ask({.kind = Kind::cancel_reassignment, .partition = 0});
  EXPECT_EQ(controller->end_offset(), end) << "there is none any more";
}

// ---- another controller ------------------------------------------------------------------------

TEST_F(AskedController, GivesEveryBrokerANewSessionWhenItTakesOver) {
  start();
  now = seconds(8);
  controller->crash();
  now = seconds(12);
  controller->start(at(now), bench.fresh().out);

  fire(0);
  EXPECT_THAT(bench.notes(ObservationKind::BrokerFenced), IsEmpty()) << "silent for 12 s";
  now += seconds(9);
  fire(0);

  EXPECT_THAT(bench.notes(ObservationKind::BrokerFenced), SizeIs(3));
}

// Orders begins with one partition, and can have three.
class GrowingTopic : public AskedController {
 protected:
  GrowingTopic() {
    layout.topics = {{"orders", 0, 3, 2}, {"clicks", 3, 1}};
    layout.partitions = {
        {0, 0, {1, 2, 3}}, {0, 1, {2, 3, 1}}, {0, 2, {3, 1, 2}}, {1, 0, {2, 3, 1}}};
    start();
  }
  void grow_to(std::int32_t partitions) {
    ask({.kind = Kind::add_partitions, .partition = partitions - 1});
  }
  // What a broker gets that begins at this offset of the metadata log, partitions only.
  std::vector<PartitionId> partitions_told(std::int64_t offset) {
    MetadataFetchRequest request;
    request.broker = 1;
    request.offset = offset;
    controller->on(request, {1, Lane::metadata, 0}, at(now), bench.fresh().out);
    std::vector<PartitionId> told;
    for (const MetadataRecord& record : bench.only<MetadataFetchResponse>().records) {
      if (record.kind == MetadataRecord::Kind::partition) told.push_back(record.partition);
    }
    return told;
  }
};

TEST_F(GrowingTopic, HasThePartitionsThatAnOperatorAddedAndNoOthers) {
  EXPECT_FALSE(controller->exists(1));
  EXPECT_TRUE(controller->is_settled());
  EXPECT_THAT(partitions_told(0), testing::ElementsAre(0, 3));

  const std::int64_t end = controller->end_offset();
  grow_to(2);

  EXPECT_TRUE(controller->exists(1));
  EXPECT_FALSE(controller->exists(2));
  EXPECT_EQ(controller->partition(1).leader, 2);
  EXPECT_EQ(controller->partition(1).isr, set_of({1, 2, 3}));
  EXPECT_THAT(partitions_told(end), testing::ElementsAre(1));
  EXPECT_THAT(partitions_told(0), testing::ElementsAre(0, 1, 3));
}

// ReplicationControlManager.createPartitions: who is fenced does not begin in sync.
TEST_F(GrowingTopic, LeavesOutWhoIsNotActive) {
  leave_only({1, 3});

  grow_to(2);

  EXPECT_EQ(controller->partition(1).leader, 3);
  EXPECT_EQ(controller->partition(1).isr, set_of({1, 3}));
}

TEST_F(GrowingTopic, ElectsNobodyForAPartitionThatIsNotThere) {
  leave_only({1});
  restart(2);
  ask({.kind = Kind::elect_unclean, .partition = 1});
  ask({.kind = Kind::reassign, .partition = 1, .replicas = list_of({1})});

  EXPECT_EQ(controller->partition(1).leader, no_node);
  EXPECT_FALSE(controller->exists(1));
}

}  // namespace
}  // namespace kafault
