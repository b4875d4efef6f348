#include "sim/broker/controller.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "tests/broker/values.hpp"
#include "tests/support/outbox_reader.hpp"

namespace kafault {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr TimerId fencing_timer{0, 0};
constexpr TimerId fetch_timer{0, 1};

// Three brokers, one topic of one partition on 1, 2, 3.
class ControllerTest : public testing::Test {
 protected:
  ControllerTest() {
    layout.brokers = 3;
    layout.topics = {{"orders", 0, 1}};
    layout.partitions = {{0, 0, {1, 2, 3}}};
    brokers.resize(3);
    topics.resize(1);
  }

  void start() {
    controller.emplace(&brokers, &topics, &layout, &version);
    controller->start_settled(at({}), bench.out);
    for (std::uint32_t& incarnation : incarnations) incarnation = 0;
  }

  BrokerHeartbeatResponse heartbeat(NodeId broker, Duration now, bool want_shut_down = false) {
    BrokerHeartbeatRequest request;
    request.broker = broker;
    request.broker_epoch = controller->broker(broker).epoch;
    request.metadata_offset = applied[broker];
    request.want_shut_down = want_shut_down;
    controller->on(request, {broker, Lane::heartbeat, 0}, at(now), bench.fresh().out);
    return bench.only<BrokerHeartbeatResponse>();
  }
  // Every broker but `silent` beats, and has applied all metadata.
  void beat_all(Duration now, NodeId silent = no_node) {
    for (NodeId broker = 1; broker <= 3; ++broker) {
      if (broker == silent) continue;
      catch_up(broker);
      heartbeat(broker, now);
    }
  }
  void catch_up(NodeId broker) { applied[broker] = controller->end_offset(); }

  BrokerRegistrationResponse register_anew(NodeId broker, Duration now,
                                           std::int64_t previous_epoch = -1) {
    BrokerRegistrationRequest request{broker, ++incarnations[broker], previous_epoch};
    controller->on(request, {broker, Lane::heartbeat, 0}, at(now), bench.fresh().out);
    return bench.only<BrokerRegistrationResponse>();
  }
  void unfence(NodeId broker, Duration now) {
    catch_up(broker);
    heartbeat(broker, now);
  }

  AlterPartitionResponse alter(NodeId broker, BrokerSet isr) {
    const PartitionState& state = controller->partition(0);
    return alter(broker, {0, state.leader_epoch, state.partition_epoch, isr});
  }
  AlterPartitionResponse alter(NodeId broker, const AlterPartitionRequest::Entry& entry) {
    AlterPartitionRequest request;
    request.broker = broker;
    request.broker_epoch = controller->broker(broker).epoch;
    request.entries = {entry};
    controller->on(request, {broker, Lane::alter_partition, 0}, at({}), bench.fresh().out);
    return bench.only<AlterPartitionResponse>();
  }

  void fence_at(Duration now) { controller->on_timer(0, at(now), bench.fresh().out); }

  void fetch(NodeId broker, std::int64_t offset, Duration now) {
    MetadataFetchRequest request;
    request.broker = broker;
    request.offset = offset;
    request.max_wait = milliseconds(500);
    controller->on(request, {broker, Lane::metadata, 0}, at(now), bench.fresh().out);
  }

  ClusterLayout layout;
  std::vector<BrokerConfig> brokers;
  std::vector<TopicConfig> topics;
  VersionProfile version;
  std::optional<Controller> controller;
  std::int64_t applied[4] = {0, settled_metadata_offset, settled_metadata_offset,
                             settled_metadata_offset};
  std::uint32_t incarnations[4] = {};
  test::Bench bench;
};

TEST_F(ControllerTest, StartsSettled) {
  start();

  EXPECT_TRUE(controller->is_settled());
  EXPECT_EQ(controller->partition(0).leader, 1);
  EXPECT_EQ(controller->partition(0).isr, set_of({1, 2, 3}));
  EXPECT_EQ(controller->broker(2).epoch, 2);
}

TEST_F(ControllerTest, FencesASilentBrokerAtTheNextEighthOfASession) {
  start();

  EXPECT_EQ(bench.armed(fencing_timer), seconds(9));  // 8/8: already on the grid

  beat_all(seconds(1), 1);
  beat_all(seconds(8), 1);
  fence_at(seconds(9));

  EXPECT_THAT(bench.notes(ObservationKind::BrokerFenced), SizeIs(1));
  EXPECT_EQ(bench.notes(ObservationKind::BrokerFenced)[0].value, 1);
  EXPECT_EQ(bench.armed(fencing_timer), milliseconds(9000));  // 17 s, which is past 15.75 s = 14/8
}

TEST_F(ControllerTest, FencesUpToAnEighthLateBecauseItLooksPeriodically) {
  start();
  for (NodeId broker = 1; broker <= 3; ++broker) heartbeat(broker, milliseconds(100));

  fence_at(seconds(9));  // armed at the start: comes early

  EXPECT_THAT(bench.notes(ObservationKind::BrokerFenced), IsEmpty());
  EXPECT_EQ(bench.armed(fencing_timer), milliseconds(1125));
}

TEST_F(ControllerTest, FencesExactlyAtTheEndOfTheSessionBefore40) {
  version.periodic_fencing = false;
  start();
  for (NodeId broker = 1; broker <= 3; ++broker) heartbeat(broker, milliseconds(100));

  fence_at(seconds(9));

  EXPECT_THAT(bench.notes(ObservationKind::BrokerFenced), IsEmpty());
  EXPECT_EQ(bench.armed(fencing_timer), milliseconds(100));
}

TEST_F(ControllerTest, MovesTheLeadershipOfAFencedBroker) {
  start();
  beat_all(seconds(8), 1);

  fence_at(seconds(9));

  EXPECT_EQ(controller->partition(0).leader, 2);
  EXPECT_EQ(controller->partition(0).leader_epoch, 1);
  EXPECT_EQ(controller->partition(0).isr, set_of({2, 3}));
  const auto elected = bench.notes(ObservationKind::LeaderElected);
  ASSERT_THAT(elected, SizeIs(1));
  EXPECT_EQ(elected[0].value, 2);
  EXPECT_EQ(elected[0].epoch, 1);
  EXPECT_EQ(elected[0].count, 0U);
  EXPECT_FALSE(controller->is_settled());
}

TEST_F(ControllerTest, LeavesTheLastOneToFallSilentInTheIsrWithoutElr) {
  version.eligible_leader_replicas = false;
  start();
  heartbeat(2, milliseconds(300));
  heartbeat(3, milliseconds(200));

  fence_at(seconds(20));

  EXPECT_EQ(controller->partition(0).isr, set_of({2}));
  EXPECT_EQ(controller->partition(0).leader, no_node);
}

TEST_F(ControllerTest, EmptiesTheIsrIntoTheElrWhenAllFallSilent) {
  topics[0].min_insync_replicas = 2;
  start();
  heartbeat(2, milliseconds(300));
  heartbeat(3, milliseconds(200));

  fence_at(seconds(20));

  EXPECT_EQ(controller->partition(0).isr, BrokerSet{});
  EXPECT_EQ(controller->partition(0).elr, set_of({2, 3}));
  EXPECT_EQ(controller->partition(0).last_known_leader, 2);
}

TEST_F(ControllerTest, HonoursUncleanElectionsFromVersion39On) {
  for (const bool honoured : {false, true}) {
    version.unclean_election_honoured = honoured;
    topics[0].unclean_leader_election_enable = true;
    start();
    alter(1, set_of({1}));
    beat_all(seconds(8), 1);

    fence_at(seconds(9));

    EXPECT_EQ(controller->partition(0).leader, honoured ? 2 : no_node);
    EXPECT_THAT(bench.notes(ObservationKind::LeaderElected), SizeIs(honoured ? 1 : 0));
  }
}

TEST_F(ControllerTest, RefusesANewIncarnationUntilTheOldSessionEnds) {
  start();

  EXPECT_EQ(register_anew(1, seconds(5)).error, Error::duplicate_broker_registration);

  beat_all(seconds(8), 1);
  fence_at(seconds(9));
  const BrokerRegistrationResponse answer = register_anew(1, seconds(10));
  EXPECT_EQ(answer.error, Error::none);
  EXPECT_EQ(answer.broker_epoch, controller->end_offset());
  EXPECT_TRUE(controller->broker(1).fenced);
}

TEST_F(ControllerTest, AnswersARepeatedRegistrationWithTheSameEpoch) {
  start();
  fence_at(seconds(9));
  const std::int64_t epoch = register_anew(1, seconds(10)).broker_epoch;

  const BrokerRegistrationRequest again{1, incarnations[1], -1};
  controller->on(again, {1, Lane::heartbeat, 0}, at(seconds(11)), bench.fresh().out);

  EXPECT_EQ(bench.only<BrokerRegistrationResponse>().broker_epoch, epoch);
}

TEST_F(ControllerTest, UnfencesABrokerOnceItHasReadItsRegistration) {
  start();
  fence_at(seconds(9));
  register_anew(1, seconds(10));
  applied[1] = controller->end_offset() - 1;

  EXPECT_TRUE(heartbeat(1, seconds(10)).is_fenced);

  applied[1] = controller->end_offset();
  EXPECT_FALSE(heartbeat(1, seconds(12)).is_fenced);
  EXPECT_THAT(bench.notes(ObservationKind::BrokerUnfenced), SizeIs(1));
}

TEST_F(ControllerTest, GivesALeaderlessPartitionBackToAReturningIsrMember) {
  version.eligible_leader_replicas = false;
  start();
  alter(1, set_of({1}));
  beat_all(seconds(8), 1);
  fence_at(seconds(9));
  ASSERT_EQ(controller->partition(0).leader, no_node);

  register_anew(1, seconds(10));
  unfence(1, seconds(11));

  EXPECT_EQ(controller->partition(0).leader, 1);
  EXPECT_EQ(controller->partition(0).isr, set_of({1}));
  EXPECT_EQ(controller->partition(0).leader_epoch, 2);
}

// Trace 4 of KIP-966: x was acked with two in sync; whoever lost its page cache must not lead.
TEST_F(ControllerTest, DoesNotTrustTheLogOfABrokerThatStoppedUncleanly) {
  topics[0].min_insync_replicas = 2;
  start();
  alter(1, set_of({1, 2}));
  alter(1, set_of({1}));
  beat_all(seconds(8), 1);
  EXPECT_EQ(controller->partition(0).elr, set_of({2}));
  fence_at(seconds(9));
  EXPECT_EQ(controller->partition(0).leader, 2) << "eligible, and alive";

  register_anew(1, seconds(10));

  EXPECT_EQ(controller->partition(0).elr, BrokerSet{});
}

TEST_F(ControllerTest, KeepsABrokerThatStoppedCleanlyEligible) {
  topics[0].min_insync_replicas = 2;
  start();
  alter(1, set_of({1, 2}));
  alter(1, set_of({1}));
  beat_all(seconds(8), 1);
  fence_at(seconds(9));

  register_anew(1, seconds(10), 1);

  EXPECT_EQ(controller->partition(0).elr, set_of({1}));
}

TEST_F(ControllerTest, AsksABrokerThatLeadsToWaitUntilOthersKnow) {
  start();

  EXPECT_FALSE(heartbeat(1, seconds(1), true).should_shut_down);
  EXPECT_EQ(controller->partition(0).leader, 2);
  EXPECT_EQ(controller->partition(0).isr, set_of({2, 3}));

  EXPECT_FALSE(heartbeat(1, milliseconds(1050), true).should_shut_down) << "nobody has applied it";

  catch_up(2);
  heartbeat(2, seconds(2));
  EXPECT_FALSE(heartbeat(1, seconds(3), true).should_shut_down) << "3 has not";

  catch_up(3);
  heartbeat(3, seconds(3));
  EXPECT_TRUE(heartbeat(1, seconds(4), true).should_shut_down);
  EXPECT_TRUE(controller->broker(1).fenced);
}

TEST_F(ControllerTest, LetsABrokerThatLeadsNothingGoAtOnce) {
  start();

  EXPECT_TRUE(heartbeat(3, seconds(1), true).should_shut_down);

  EXPECT_EQ(controller->partition(0).isr, set_of({1, 2}));
  EXPECT_EQ(register_anew(3, seconds(2), 3).error, Error::none) << "its session is over";
}

TEST_F(ControllerTest, AcceptsWhatALeaderProposes) {
  start();

  const AlterPartitionResponse answer = alter(1, set_of({1, 3}));

  ASSERT_THAT(answer.entries, SizeIs(1));
  EXPECT_EQ(answer.entries[0].error, Error::none);
  EXPECT_EQ(answer.entries[0].partition_epoch, 1);
  EXPECT_EQ(answer.entries[0].isr, set_of({1, 3}));
  EXPECT_EQ(bench.notes(ObservationKind::IsrChanged)[0].value,
            static_cast<std::int64_t>(set_of({1, 3}).bits()));
}

TEST_F(ControllerTest, RefusesAStaleProposal) {
  start();
  alter(1, set_of({1, 2}));

  EXPECT_EQ(alter(1, {0, 0, 0, set_of({1})}).entries[0].error, Error::invalid_update_version);

  beat_all(seconds(8), 1);
  fence_at(seconds(9));
  EXPECT_EQ(alter(1, {0, 0, 1, set_of({1})}).entries[0].error, Error::fenced_leader_epoch);
}

// KIP-903: the proposal says as which incarnation the newcomer has fetched.
TEST_F(ControllerTest, RefusesANewcomerThatFetchedInAFormerLife) {
  start();
  alter(1, set_of({1, 2}));
  beat_all(seconds(8), 3);
  fence_at(seconds(9));
  register_anew(3, seconds(10));
  unfence(3, seconds(10));
  const PartitionState& state = controller->partition(0);
  AlterPartitionRequest::Entry late{
      0, state.leader_epoch, state.partition_epoch, set_of({1, 2, 3}), 3, 3};

  EXPECT_EQ(alter(1, late).entries[0].error, Error::ineligible_replica);
  late.newcomer_epoch = -1;
  EXPECT_EQ(alter(1, late).entries[0].error, Error::none) << "as before 3.5: nobody told";
}

// KIP-841.
TEST_F(ControllerTest, TookAFencedReplicaIntoTheIsrBefore33) {
  version.fenced_stay_out_of_isr = false;
  start();
  beat_all(seconds(8), 3);
  fence_at(seconds(9));

  EXPECT_EQ(alter(1, set_of({1, 2, 3})).entries[0].error, Error::none);
}

TEST_F(ControllerTest, RefusesToTakeAFencedReplicaIntoTheIsr) {
  start();
  beat_all(seconds(8), 3);
  fence_at(seconds(9));

  const AlterPartitionResponse answer = alter(1, set_of({1, 2, 3}));

  EXPECT_EQ(answer.entries[0].error, Error::ineligible_replica);
  EXPECT_EQ(controller->partition(0).isr, set_of({1, 2}));
}

TEST_F(ControllerTest, RefusesRequestsOfAnEarlierIncarnation) {
  start();
  BrokerHeartbeatRequest request;
  request.broker = 1;
  request.broker_epoch = 0;

  controller->on(request, {1, Lane::heartbeat, 0}, at({}), bench.fresh().out);

  EXPECT_EQ(bench.only<BrokerHeartbeatResponse>().error, Error::stale_broker_epoch);
}

TEST_F(ControllerTest, ParksAFetchUntilTheLogGrows) {
  start();
  fetch(2, settled_metadata_offset, {});
  EXPECT_THAT(bench.all<MetadataFetchResponse>(), IsEmpty());
  EXPECT_EQ(bench.armed(fetch_timer), milliseconds(500));

  alter(1, set_of({1, 2}));

  const auto answer = bench.only<MetadataFetchResponse>();
  ASSERT_THAT(answer.records, SizeIs(1));
  EXPECT_EQ(answer.records[0].isr, set_of({1, 2}));
  EXPECT_EQ(answer.end_offset, settled_metadata_offset + 1);
}

TEST_F(ControllerTest, AnswersAParkedFetchEmptyHandedInTheEnd) {
  start();
  fetch(2, settled_metadata_offset, {});

  controller->on_timer(1, at(milliseconds(500)), bench.fresh().out);

  const auto answers = bench.all<MetadataFetchResponse>();
  ASSERT_THAT(answers, SizeIs(1));
  EXPECT_THAT(answers[0].records, IsEmpty());
  EXPECT_EQ(answers[0].end_offset, settled_metadata_offset);
}

TEST_F(ControllerTest, TellsABrokerOnlyTheNewestStateOfAPartition) {
  start();
  alter(1, set_of({1, 2}));
  alter(1, set_of({1}));

  fetch(2, settled_metadata_offset, {});

  const auto answer = bench.only<MetadataFetchResponse>();
  ASSERT_THAT(answer.records, SizeIs(1));
  EXPECT_EQ(answer.records[0].partition_epoch, 2);
}

TEST_F(ControllerTest, GivesARestartedBrokerTheWholeImage) {
  start();

  fetch(2, 0, {});

  EXPECT_THAT(bench.only<MetadataFetchResponse>().records, SizeIs(4));  // 3 brokers, 1 partition
}

TEST_F(ControllerTest, RemembersItsMetadataAcrossACrashAndStartsSessionsAnew) {
  start();
  alter(1, set_of({1, 2}));
  controller->crash();

  controller->start(at(seconds(30)), bench.fresh().out);

  EXPECT_EQ(controller->partition(0).isr, set_of({1, 2}));
  EXPECT_EQ(bench.armed(fencing_timer), seconds(9));
}

}  // namespace
}  // namespace kafault
