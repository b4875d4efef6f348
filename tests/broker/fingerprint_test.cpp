// What a broker and the controller look like to their own future: alike where nothing that comes
// can tell two pasts apart, different where something can.
#include <gtest/gtest.h>

#include <optional>

#include "sim/broker/controller.hpp"
#include "sim/broker/lifecycle.hpp"
#include "tests/broker/postman.hpp"
#include "tests/broker/values.hpp"
#include "tests/support/outbox_reader.hpp"

namespace kafault {
namespace {

using namespace std::chrono_literals;

template <class Thing, class... More>
std::uint64_t look(const Thing& thing, Instant now, const More&... more) {
  Fingerprint print;
  print.begin(now);
  thing.hash_into(print, more...);
  return print.value();
}

std::uint64_t look(Postman& post) {
  Fingerprint print;
  print.begin(post.now);
  for (NodeId id = 1; id <= 3; ++id) post.broker(id).hash_into(print, {});
  return print.value();
}

FetchRequest fetch_of(PartitionId partition) {
  FetchRequest request;
  request.max_wait = 500ms;
  request.entries.push_back({partition, 0, no_epoch, no_epoch});
  return request;
}

// ---- one log -----------------------------------------------------------------------------------

TEST(LogFingerprint, ForgetsWhatWasCutOff) {
  PartitionLog straight;
  straight.append_as_leader(plain_batch(0), 0);
  PartitionLog detour = straight;
  detour.append_as_leader(plain_batch(1), 1);
  const std::uint64_t longer = look(detour, {}, GroupJournal{});
  detour.truncate_to(1);

  EXPECT_EQ(look(detour, {}, GroupJournal{}), look(straight, {}, GroupJournal{}));
  EXPECT_NE(longer, look(straight, {}, GroupJournal{}));
}

TEST(LogFingerprint, SeesTheHighWatermarkAndTheEpochs) {
  PartitionLog log;
  log.append_as_leader(plain_batch(0), 0);
  PartitionLog committed = log;
  committed.set_high_watermark(1);
  PartitionLog later;
  later.append_as_leader(plain_batch(0), 1);

  EXPECT_NE(look(log, {}, GroupJournal{}), look(committed, {}, GroupJournal{}));
  EXPECT_NE(look(log, {}, GroupJournal{}), look(later, {}, GroupJournal{}));
}

TEST(LogFingerprint, SeesWhatAGroupRecordSaysAndNotWhereItLies) {
  GroupJournal journal;
  for (const Offset offset : {5, 5, 6}) journal.emplace_back().offset = offset;
  const auto look_at = [&](std::int32_t record) {
    PartitionLog log;
    log.append_as_leader({.count = 1, .group_record = record}, 0);
    return look(log, {}, journal);
  };

  EXPECT_EQ(look_at(0), look_at(1));
  EXPECT_NE(look_at(0), look_at(2));
}

TEST(ProducerFingerprint, ForgetsBatchesThatAreNoLongerKept) {
  ProducerState all;
  ProducerState last_five;
  for (SendNumber i = 0; i < 7; ++i) {
    Batch batch = idempotent_batch(i);
    batch.base_offset = i;
    all.remember(batch);
    if (i >= 2) last_five.remember(batch);
  }
  EXPECT_EQ(look(all, {}), look(last_five, {}));

  last_five.remember(idempotent_batch(7));
  EXPECT_NE(look(all, {}), look(last_five, {}));
}

// ---- requests that wait ------------------------------------------------------------------------

TEST(PurgatoryFingerprint, KnowsWhoWaitsInWhichOrderAndNotInWhichSlot) {
  const RequestHandle first{10, Lane::data, 1};
  const RequestHandle second{11, Lane::data, 2};
  const RequestHandle reconnected{10, Lane::data, 7};
  FetchPurgatory straight;
  straight.park(first, fetch_of(0), at(1s));
  straight.park(second, fetch_of(1), at(2s));
  FetchPurgatory detour;
  detour.park(second, fetch_of(2), at(2s));
  detour.park(reconnected, fetch_of(0), at(1s));
  detour.check(2, [](const auto&) { return true; });
  detour.park(second, fetch_of(1), at(2s));
  FetchPurgatory swapped;
  swapped.park(second, fetch_of(0), at(1s));
  swapped.park(first, fetch_of(1), at(2s));

  EXPECT_EQ(look(straight, {}), look(detour, {}));
  EXPECT_NE(look(straight, {}), look(swapped, {}));
}

TEST(PurgatoryFingerprint, SeesWhatAProduceStillWaitsFor) {
  ProducePurgatory purgatory;
  ProducePurgatory::Delayed& delayed = purgatory.draft();
  delayed.outcomes = {{.partition = 0, .base_offset = 3, .required = 4, .is_waiting = true},
                      {.partition = 1, .base_offset = 0, .required = 1, .is_waiting = true}};
  delayed.request = {10, Lane::data, 1};
  delayed.deadline = at(30s);
  purgatory.admit_draft();
  const std::uint64_t before = look(purgatory, {});
  purgatory.complete(1, AcksAllOutcome{}, [](const auto&) {});

  EXPECT_NE(before, look(purgatory, {}));
}

// ---- the broker --------------------------------------------------------------------------------

// Each broker's own past of a replica: within the lag it matters when it was last caught up.
TEST(ReplicaFingerprint, ForgetsMomentsThatAreOlderThanTheLag) {
  const auto look_at = [](Duration caught_up) {
    const RemoteReplica replica{
        .broker = 2, .end_offset = 1, .last_fetch = at(1s), .last_caught_up = at(caught_up)};
    return look(replica, at(40s), 30s);
  };
  EXPECT_EQ(look_at(1s), look_at(9s));
  EXPECT_NE(look_at(9s), look_at(10s));   // still caught up: not older than the lag
  EXPECT_EQ(look_at(10s), look_at(11s));  // two fetches of one follower, sooner or later
  EXPECT_NE(look_at(11s), look_at(30s));
}

struct BrokerFingerprint : testing::Test {
  BrokerFingerprint() : post(Postman::Options{}), twin(Postman::Options{}) {
    post.settle();
    twin.now = at(1h);
    twin.settle();
  }
  Postman post;
  Postman twin;  // the same, an hour later
};

TEST_F(BrokerFingerprint, IsTheSameAtAnotherTime) {
  EXPECT_EQ(look(post), look(twin));
  for (Postman* each : {&post, &twin}) {
    each->produce(1, Acks::all, idempotent_batch(0));
    each->run_for(700us);
  }
  EXPECT_EQ(look(post), look(twin));
  const std::uint64_t waiting = look(post);
  twin.run_for(5ms);
  EXPECT_NE(look(twin), waiting);
  post.run_for(5ms);
  EXPECT_EQ(look(post), look(twin));
}

TEST_F(BrokerFingerprint, IsTheSameAfterAnotherRoundOfIdleFetches) {
  constexpr auto round = 500ms + 2 * Postman::hop;
  post.run_for(round);
  twin.run_for(3 * round);
  EXPECT_EQ(look(post), look(twin));
}

TEST_F(BrokerFingerprint, SeesABatchMore) {
  twin.produce(1, Acks::leader, idempotent_batch(0));
  EXPECT_NE(look(post), look(twin));
}

TEST_F(BrokerFingerprint, SeesAFetchThatIsParkedAndForgetsItWhenItIsAnswered) {
  twin.ask(1, fetch_of(0));
  EXPECT_NE(look(post), look(twin));
  const auto round = 500ms + 2 * Postman::hop;
  post.run_for(round);
  twin.run_for(round);
  ASSERT_EQ(twin.fetched.size(), 1U);
  EXPECT_EQ(look(post), look(twin));
}

TEST_F(BrokerFingerprint, SeesAnotherIsrAndAnotherEpoch) {
  Postman third(Postman::Options{});
  third.settle();
  post.tell(1, Postman::leadership(0, 1, 0, 1, {1, 2}));
  twin.tell(1, Postman::leadership(0, 1, 0, 1, {1, 3}));
  third.tell(1, Postman::leadership(0, 1, 1, 1, {1, 2}));

  EXPECT_NE(look(post), look(twin));
  EXPECT_NE(look(post), look(third));
}

TEST_F(BrokerFingerprint, ForgetsHowManyProducerIdsWereHandedOut) {
  const std::uint64_t before = look(post);
  post.ask(1, InitProducerIdRequest{});
  EXPECT_EQ(look(post), before);

  Batch renamed = idempotent_batch(0);
  renamed.producer_id += 1;
  post.produce(1, Acks::leader, idempotent_batch(0));
  twin.produce(1, Acks::leader, renamed);
  EXPECT_EQ(look(post), look(twin));
}

// ---- the controller, and a broker's life with it -----------------------------------------------

struct ControllerFingerprint : testing::Test {
  ControllerFingerprint() : brokers(3), topics(1) {
    layout.brokers = 3;
    layout.topics = {{"orders", 0, 1}};
    layout.partitions = {{0, 0, {1, 2, 3}}};
  }
  Controller start(Duration since) {
    Controller controller(&brokers, &topics, &layout, &version);
    controller.start_settled(at(since), bench.fresh().out);
    return controller;
  }
  void beat(Controller& controller, NodeId broker, Duration since) {
    BrokerHeartbeatRequest request;
    request.broker = broker;
    request.broker_epoch = broker;
    request.metadata_offset = controller.end_offset();
    controller.on(request, {broker, Lane::heartbeat, 0}, at(since), bench.fresh().out);
  }

  ClusterLayout layout;
  std::vector<BrokerConfig> brokers;
  std::vector<TopicConfig> topics;
  VersionProfile version;
  test::Bench bench;
};

TEST_F(ControllerFingerprint, IsTheSameAtAnotherTime) {
  Controller early = start({});
  Controller late = start(1h);
  beat(early, 1, 2s);
  beat(late, 1, 1h + 2s);

  EXPECT_EQ(look(early, at(3s)), look(late, at(1h + 3s)));
  EXPECT_NE(look(early, at(3s)), look(late, at(1h + 6s)));
}

TEST_F(ControllerFingerprint, SeesWhoHasBeatenAndWhoIsFenced) {
  Controller silent = start({});
  Controller beaten = start({});
  const std::uint64_t settled = look(silent, at(3s));
  beat(beaten, 2, 2s);
  EXPECT_NE(settled, look(beaten, at(3s)));

  for (const NodeId broker : {1, 2}) beat(silent, broker, 8s);
  const std::uint64_t before = look(silent, at(20s));
  silent.on_timer(0, at(12s), bench.fresh().out);
  ASSERT_TRUE(silent.broker(3).fenced);
  EXPECT_NE(before, look(silent, at(20s)));
}

TEST_F(ControllerFingerprint, SeesAFetchThatWaitsForMetadata) {
  Controller controller = start({});
  const std::uint64_t before = look(controller, at(1s));
  controller.on(MetadataFetchRequest{1, controller.end_offset(), 500ms}, {1, Lane::metadata, 0},
                at(1s), bench.fresh().out);
  EXPECT_NE(before, look(controller, at(1s)));
}

TEST_F(ControllerFingerprint, GoesWithLifecyclesThatForgetTheTimeToo) {
  Lifecycle early(1, brokers.data());
  Lifecycle late(1, brokers.data());
  early.start_settled(1s, at({}), bench.fresh().out);
  late.start_settled(1s, at(1h), bench.fresh().out);
  EXPECT_EQ(look(early, at(500ms)), look(late, at(1h + 500ms)));

  late.submit({{0, 0, 0, set_of({1, 2})}}, at(1h + 500ms), bench.fresh().out);
  EXPECT_NE(look(early, at(500ms)), look(late, at(1h + 500ms)));
}

}  // namespace
}  // namespace kafault
