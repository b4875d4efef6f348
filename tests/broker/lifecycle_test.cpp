#include "sim/broker/lifecycle.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/broker/metadata_log.hpp"
#include "tests/broker/values.hpp"
#include "tests/support/outbox_reader.hpp"

namespace kafault {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::IsEmpty;
using testing::SizeIs;

constexpr TimerId heartbeat_timer{2, 0};
constexpr std::uint8_t heartbeat_link = 0;
constexpr std::uint8_t alter_link = 1;
constexpr std::uint8_t metadata_link = 2;

class LifecycleTest : public testing::Test {
 protected:
  LifecycleTest() : lifecycle(2, &config) {}

  void start_settled() { lifecycle.start_settled(milliseconds(500), at({}), bench.out); }
  // Connects and shakes hands on a lane.
  void open(Lane lane, Duration now) {
    lifecycle.on_connected(controller_node, lane, at(now), bench.out);
    lifecycle.on(ApiVersionsResponse{}, lane, at(now), bench.fresh().out);
  }
  void answer_heartbeat(Duration now, BrokerHeartbeatResponse answer = {}) {
    lifecycle.on(answer, Lane::heartbeat, at(now), bench.fresh().out);
  }
  void timer(std::uint8_t link, Duration now) {
    lifecycle.on_timer(link, at(now), bench.fresh().out);
  }

  BrokerConfig config;
  Lifecycle lifecycle;
  test::Bench bench;
};

AlterPartitionRequest::Entry change_of(PartitionId partition) { return {partition, 0, 0, {}}; }

TEST_F(LifecycleTest, StartsSettledWithItsFirstHeartbeatAfterItsPhase) {
  start_settled();

  EXPECT_THAT(bench.all<BrokerHeartbeatRequest>(), IsEmpty());
  EXPECT_EQ(bench.armed(heartbeat_timer), milliseconds(500));
  EXPECT_EQ(bench.only<MetadataFetchRequest>().offset, settled_metadata_offset);

  timer(heartbeat_link, milliseconds(500));
  const auto beat = bench.only<BrokerHeartbeatRequest>();
  EXPECT_EQ(beat.broker, 2);
  EXPECT_EQ(beat.broker_epoch, 2);
  EXPECT_EQ(beat.metadata_offset, settled_metadata_offset);
}

TEST_F(LifecycleTest, BeatsAnIntervalAfterTheAnswer) {
  start_settled();
  timer(heartbeat_link, milliseconds(500));

  answer_heartbeat(milliseconds(501));

  EXPECT_EQ(bench.armed(heartbeat_timer), seconds(2));
  timer(heartbeat_link, milliseconds(2501));
  EXPECT_THAT(bench.all<BrokerHeartbeatRequest>(), SizeIs(1));
}

TEST_F(LifecycleTest, GivesUpASilentHeartbeatAfterHalfASession) {
  start_settled();
  timer(heartbeat_link, milliseconds(500));
  EXPECT_EQ(bench.armed(heartbeat_timer), milliseconds(4500));

  timer(heartbeat_link, milliseconds(5000));

  EXPECT_EQ(bench.count(Effect::Kind::disconnect), 1);
  EXPECT_EQ(bench.armed(heartbeat_timer), seconds(2));
  timer(heartbeat_link, milliseconds(7000));
  EXPECT_EQ(bench.count(Effect::Kind::connect), 1);
}

TEST_F(LifecycleTest, RepeatsAHeartbeatAtOnceWhenTheConnectionBroke) {
  start_settled();
  timer(heartbeat_link, milliseconds(500));

  lifecycle.on_disconnected(controller_node, Lane::heartbeat, at(milliseconds(600)),
                            bench.fresh().out);
  EXPECT_EQ(bench.armed(heartbeat_timer), milliseconds(50));
  timer(heartbeat_link, milliseconds(650));
  EXPECT_EQ(bench.count(Effect::Kind::connect), 1);

  open(Lane::heartbeat, milliseconds(651));
  EXPECT_THAT(bench.all<BrokerHeartbeatRequest>(), SizeIs(1));
}

TEST_F(LifecycleTest, RegistersAndReadsAllMetadataWhenItStarts) {
  lifecycle.start(at({}), 7, bench.out);
  EXPECT_EQ(bench.count(Effect::Kind::connect), 2);
  EXPECT_FALSE(lifecycle.is_running());

  open(Lane::heartbeat, milliseconds(1));
  EXPECT_EQ(bench.only<BrokerRegistrationRequest>().incarnation, 7U);
  EXPECT_EQ(bench.only<BrokerRegistrationRequest>().previous_broker_epoch, -1);
  open(Lane::metadata, milliseconds(1));
  EXPECT_EQ(bench.only<MetadataFetchRequest>().offset, 0);
}

TEST_F(LifecycleTest, BeatsAtOnceWhenRegistered) {
  lifecycle.start(at({}), 1, bench.out);
  open(Lane::heartbeat, milliseconds(1));

  lifecycle.on(BrokerRegistrationResponse{Error::none, 88}, Lane::heartbeat, at(milliseconds(2)),
               bench.fresh().out);

  EXPECT_EQ(bench.only<BrokerHeartbeatRequest>().broker_epoch, 88);
  EXPECT_EQ(lifecycle.broker_epoch(), 88);
}

TEST_F(LifecycleTest, RegistersAgainEveryHeartbeatIntervalWhileItsOldSessionLives) {
  lifecycle.start(at({}), 1, bench.out);
  open(Lane::heartbeat, {});

  lifecycle.on(BrokerRegistrationResponse{Error::duplicate_broker_registration, -1},
               Lane::heartbeat, at({}), bench.fresh().out);
  EXPECT_EQ(bench.armed(heartbeat_timer), seconds(2));

  timer(heartbeat_link, seconds(2));
  EXPECT_THAT(bench.all<BrokerRegistrationRequest>(), SizeIs(1));
}

TEST_F(LifecycleTest, FollowsTheMetadataLog) {
  start_settled();
  MetadataFetchResponse answer;
  answer.end_offset = 70;

  lifecycle.on(answer, Lane::metadata, at(milliseconds(3)), bench.fresh().out);

  EXPECT_EQ(bench.only<MetadataFetchRequest>().offset, 70);
  EXPECT_EQ(bench.only<MetadataFetchRequest>().max_wait, milliseconds(500));
  timer(heartbeat_link, milliseconds(500));
  EXPECT_EQ(bench.only<BrokerHeartbeatRequest>().metadata_offset, 70);
}

TEST_F(LifecycleTest, FetchesAgainOnANewConnectionWhenMetadataStaysSilent) {
  start_settled();

  timer(metadata_link, seconds(2));
  EXPECT_EQ(bench.count(Effect::Kind::disconnect), 1);
  timer(metadata_link, milliseconds(2050));
  EXPECT_EQ(bench.count(Effect::Kind::connect), 1);
}

TEST_F(LifecycleTest, AsksToShutDownAtOnceAndExitsWhenAllowed) {
  start_settled();

  lifecycle.shut_down(at(milliseconds(100)), bench.fresh().out);
  EXPECT_TRUE(bench.only<BrokerHeartbeatRequest>().want_shut_down);

  answer_heartbeat(milliseconds(101));
  EXPECT_EQ(bench.armed(heartbeat_timer), milliseconds(50)) << "once, a little sooner";
  timer(heartbeat_link, milliseconds(151));
  answer_heartbeat(milliseconds(152));
  EXPECT_EQ(bench.count(Effect::Kind::exit), 0);
  timer(heartbeat_link, milliseconds(2152));
  ASSERT_THAT(bench.all<BrokerHeartbeatRequest>(), SizeIs(1)) << "then at the usual pace";

  answer_heartbeat(milliseconds(2153), {Error::none, true, true});
  EXPECT_EQ(bench.count(Effect::Kind::exit), 1);
}

TEST_F(LifecycleTest, AsksToShutDownAfterTheHeartbeatThatIsUnderWay) {
  start_settled();
  timer(heartbeat_link, milliseconds(500));

  lifecycle.shut_down(at(milliseconds(600)), bench.fresh().out);
  EXPECT_THAT(bench.all<BrokerHeartbeatRequest>(), IsEmpty());

  answer_heartbeat(milliseconds(601));
  EXPECT_TRUE(bench.only<BrokerHeartbeatRequest>().want_shut_down);
}

TEST_F(LifecycleTest, RemembersOnDiskThatItStoppedCleanly) {
  start_settled();
  lifecycle.shut_down(at({}), bench.out);
  answer_heartbeat({}, {Error::none, true, true});
  lifecycle.crash();

  lifecycle.start(at(seconds(5)), 1, bench.out);
  open(Lane::heartbeat, seconds(5));
  EXPECT_EQ(bench.only<BrokerRegistrationRequest>().previous_broker_epoch, 2);

  lifecycle.crash();
  lifecycle.start(at(seconds(6)), 2, bench.out);
  open(Lane::heartbeat, seconds(6));
  EXPECT_EQ(bench.only<BrokerRegistrationRequest>().previous_broker_epoch, -1) << "only once";
}

TEST_F(LifecycleTest, SendsOneAlterPartitionRequestAtATime) {
  start_settled();

  lifecycle.submit({change_of(0)}, at({}), bench.fresh().out);
  EXPECT_THAT(bench.only<AlterPartitionRequest>().entries, SizeIs(1));
  EXPECT_FALSE(lifecycle.can_submit());
  lifecycle.submit({change_of(1), change_of(2)}, at({}), bench.fresh().out);
  EXPECT_THAT(bench.all<AlterPartitionRequest>(), IsEmpty());

  lifecycle.on(AlterPartitionResponse{}, Lane::alter_partition, at({}), bench.fresh().out);
  EXPECT_THAT(bench.only<AlterPartitionRequest>().entries, SizeIs(2));
  lifecycle.on(AlterPartitionResponse{}, Lane::alter_partition, at({}), bench.fresh().out);
  EXPECT_TRUE(lifecycle.can_submit());
}

TEST_F(LifecycleTest, RepeatsAnAlterPartitionRequestUntilItIsAnswered) {
  start_settled();
  lifecycle.submit({change_of(4)}, at({}), bench.out);

  timer(alter_link, seconds(2));
  timer(alter_link, milliseconds(2050));
  open(Lane::alter_partition, milliseconds(2051));

  ASSERT_THAT(bench.only<AlterPartitionRequest>().entries, SizeIs(1));
  EXPECT_EQ(bench.only<AlterPartitionRequest>().entries[0].partition, 4);
}

TEST_F(LifecycleTest, RepeatsAnAlterPartitionRequestThatWasRefusedAsAWhole) {
  start_settled();
  lifecycle.submit({change_of(4)}, at({}), bench.out);

  lifecycle.on(AlterPartitionResponse{Error::stale_broker_epoch, {}}, Lane::alter_partition, at({}),
               bench.fresh().out);
  timer(alter_link, milliseconds(50));

  EXPECT_THAT(bench.only<AlterPartitionRequest>().entries, SizeIs(1));
}

TEST_F(LifecycleTest, DoesNothingAfterACrash) {
  start_settled();
  lifecycle.crash();

  timer(heartbeat_link, seconds(1));
  lifecycle.on_disconnected(controller_node, Lane::metadata, at(seconds(1)), bench.out);

  EXPECT_THAT(bench.out.effects(), IsEmpty());
}

}  // namespace
}  // namespace kafault
