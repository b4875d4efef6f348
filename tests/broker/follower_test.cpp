// One follower, fed by hand.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/broker/postman.hpp"

namespace kafault {
namespace {

using namespace std::chrono_literals;

// Broker 2 follows broker 1; its first fetch is on its way.
struct Follower : testing::Test {
  Follower() { broker.start_settled(Instant{}, out); }
  static ClusterLayout two_brokers() {
    ClusterLayout two;
    two.brokers = 2;
    two.topics.push_back({"orders", 0, 1});
    two.partitions.push_back({0, 0, {1, 2}});
    return two;
  }

  // Answers the fetch on its way.
  void answer(Error error, FlatVector<Batch> batches, Offset high_watermark = 0) {
    out.clear();
    FetchResponse response;
    response.batches = std::move(batches);
    response.entries.push_back(
        {.partition = 0,
         .error = error,
         .high_watermark = high_watermark,
         .batch_count = static_cast<std::uint32_t>(response.batches.size())});
    broker.on(response, 1, now, out);
  }
  static Batch from_leader(Offset offset, LeaderEpoch epoch) {
    Batch batch = plain_batch(static_cast<SendNumber>(offset));
    batch.base_offset = offset;
    batch.leader_epoch = epoch;
    return batch;
  }
  // The entry of the fetch that was just sent; null if none was.
  const FetchRequest::Entry* sent() {
    for (const Effect& effect : out.effects()) {
      if (effect.kind != Effect::Kind::send) continue;
      return &messages.of<FetchRequest>()[effect.slot].entries[0];
    }
    return nullptr;
  }
  void wait(Duration duration) {
    now += duration;
    out.clear();
    broker.on_timer(3, now, out);
  }

  BrokerConfig config;
  std::vector<TopicConfig> topics{{}};
  ClusterLayout layout = two_brokers();
  VersionProfile version;
  MessageStore messages;
  GroupJournal journal;
  Outbox out{messages, journal};
  Broker broker{2, &config, &topics, &layout, &version};
  Instant now{};
};

TEST_F(Follower, AppendsTakesTheHighWatermarkAndFetchesAgainAtOnce) {
  answer(Error::none, {from_leader(0, 0), from_leader(1, 0)}, 1);

  EXPECT_EQ(broker.end_offset(0), 2);
  EXPECT_EQ(broker.high_watermark(0), 1);
  ASSERT_NE(sent(), nullptr);
  EXPECT_EQ(sent()->fetch_offset, 2);
  EXPECT_EQ(sent()->last_fetched_epoch, 0);
}

TEST_F(Follower, NeverKnowsAHighWatermarkBeyondItsLog) {
  answer(Error::none, {from_leader(0, 0)}, 9);

  EXPECT_EQ(broker.high_watermark(0), 1);
}

// KAFKA-18723.
TEST_F(Follower, StopsAtABatchOfAnEpochThatItWasNotToldOf) {
  answer(Error::none, {from_leader(0, 0), from_leader(1, 1)});

  EXPECT_EQ(broker.end_offset(0), 1);
}

// KAFKA-18991.
TEST_F(Follower, DropsAnAnswerToAFetchOfAnOlderEpoch) {
  broker.apply(Postman::leadership(0, 1, 1, 1, {1, 2}), now, out);

  answer(Error::none, {from_leader(0, 0)});

  EXPECT_EQ(broker.end_offset(0), 0);
  ASSERT_NE(sent(), nullptr);
  EXPECT_EQ(sent()->current_leader_epoch, 1);
}

// Before KIP-101 a follower knew no better than its high watermark, and then its leader's end.
struct FollowerByHighWatermark : Follower {
  FollowerByHighWatermark() { version.leader_epoch_truncation = false; }
};

TEST_F(FollowerByHighWatermark, CutsItsLogWhenItFollowsInANewEpoch) {
  answer(Error::none, {from_leader(0, 0), from_leader(1, 0)}, 1);
  out.clear();

  broker.apply(Postman::leadership(0, 1, 1, 1, {1, 2}), now, out);

  EXPECT_EQ(broker.end_offset(0), 1);
  EXPECT_EQ(out.note_at(0).kind, ObservationKind::LogTruncated);
  EXPECT_EQ(out.note_at(0).value, 2);
  answer(Error::none, {});  // to the fetch of the old epoch
  ASSERT_NE(sent(), nullptr);
  EXPECT_EQ(sent()->fetch_offset, 1);
  EXPECT_EQ(sent()->last_fetched_epoch, no_epoch);
}

TEST_F(FollowerByHighWatermark, CutsItsLogAtTheLeadersEndWhereThatIsShorter) {
  answer(Error::none, {from_leader(0, 0), from_leader(1, 0)}, 2);
  out.clear();
  FetchResponse response;
  response.entries.push_back(
      {.partition = 0, .error = Error::offset_out_of_range, .diverging_end_offset = 1});

  broker.on(response, 1, now, out);

  EXPECT_EQ(broker.end_offset(0), 1);
  ASSERT_NE(sent(), nullptr);
  EXPECT_EQ(sent()->fetch_offset, 1);
}

struct FollowerThatAsksOnce : Follower {
  FollowerThatAsksOnce() { version.common_epoch_search = false; }
};

TEST_F(FollowerThatAsksOnce, ComparesNoEpochsAfterTheFirstAnswer) {
  answer(Error::none, {from_leader(0, 0)}, 1);

  ASSERT_NE(sent(), nullptr);
  EXPECT_EQ(sent()->last_fetched_epoch, no_epoch);
}

TEST_F(FollowerThatAsksOnce, GivesUpWhereTheLogsDoNotFit) {
  answer(Error::none, {from_leader(0, 0), from_leader(1, 0)}, 1);

  answer(Error::none, {from_leader(1, 0)});

  EXPECT_EQ(sent(), nullptr);
  EXPECT_EQ(broker.end_offset(0), 2);
  wait(20s);
  EXPECT_EQ(sent(), nullptr);
}

struct FollowerWithoutEpochs : Follower {
  FollowerWithoutEpochs() {
    version.leader_epoch_fencing = version.broker_epoch_fencing = false;
    broker.reset();
    broker.start_settled(Instant{}, out);
  }
};

TEST_F(FollowerWithoutEpochs, TellsNeitherTheLeadersNorItsOwn) {
  answer(Error::none, {from_leader(0, 0)}, 1);

  ASSERT_NE(sent(), nullptr);
  EXPECT_EQ(sent()->current_leader_epoch, no_epoch);
  for (const Effect& effect : out.effects()) {
    if (effect.kind != Effect::Kind::send) continue;
    EXPECT_EQ(messages.of<FetchRequest>()[effect.slot].broker_epoch, -1);
  }
}

TEST_F(Follower, BacksOffForASecondAfterAnError) {
  answer(Error::not_leader_or_follower, {});
  EXPECT_EQ(sent(), nullptr);

  wait(999ms);
  EXPECT_EQ(sent(), nullptr);
  wait(1ms);

  EXPECT_NE(sent(), nullptr);
}

TEST_F(Follower, FetchesNoMoreWhenFencedUntilItLearnsOfTheNewEpoch) {
  answer(Error::fenced_leader_epoch, {});

  wait(20s);
  EXPECT_EQ(sent(), nullptr);
  broker.apply(Postman::leadership(0, 1, 1, 1, {1, 2}), now, out);

  EXPECT_NE(sent(), nullptr);
}

TEST_F(Follower, GivesUpASilentLeaderAfterTheSocketTimeOut) {
  wait(config.replica_socket_timeout - 1ns);
  EXPECT_TRUE(out.effects().empty() || out.effects()[0].kind == Effect::Kind::arm);

  wait(1ns);

  EXPECT_EQ(out.note_at(0).kind, ObservationKind::RequestTimedOut);
  EXPECT_EQ(out.effects()[1].kind, Effect::Kind::disconnect);
}

TEST_F(Follower, HangsUpOnABrokerThatLeadsNothingOfItsAnyMore) {
  out.clear();

  broker.apply(Postman::leadership(0, 2, 1, 1, {1, 2}), now, out);

  EXPECT_EQ(out.effects().back().kind, Effect::Kind::disconnect);
  EXPECT_TRUE(broker.leads(0));
}

// Kafka's fetcher thread sleeps for a back-off, then delays its partitions by another one.
TEST_F(Follower, ReconnectsTwoBackOffsAfterABrokenConnection) {
  out.clear();
  broker.on_disconnected(1, Lane::replication, now, out);
  const auto connects = [&] {
    return std::ranges::any_of(out.effects(),
                               [](const Effect& e) { return e.kind == Effect::Kind::connect; });
  };
  EXPECT_FALSE(connects());

  wait(1999ms);
  EXPECT_FALSE(connects());
  wait(1ms);

  EXPECT_TRUE(connects());
}

}  // namespace
}  // namespace kafault
