#include "sim/drive/explanations.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kafault {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

class Explanations : public testing::Test {
 protected:
  Explanations() {
    plan.layout.brokers = 3;
    plan.layout.topics = {{"orders", 0, 1}};
    plan.layout.partitions = {{0, 0, {1, 2, 3}}};
    plan.brokers.resize(3);
    plan.topics.resize(1);
    plan.producers.resize(1);
    plan.groups.resize(1);
    plan.groups[0].members.resize(1);
    plan.groups[0].application.commit = CommitStrategy::sync;
    plan.groups[0].members[0].config.enable_auto_commit = false;
    plan.groups[0].members[0].config.auto_offset_reset = OffsetReset::earliest;
  }
  Evidence seen(StoryKind kind, Stage stage) const {
    Evidence evidence;
    evidence.plan = &plan;
    evidence.kind = kind;
    evidence.stage = stage;
    evidence.producer = 0;
    evidence.partition = 0;
    evidence.group = 0;
    return evidence;
  }
  ClusterPlan plan;
};

TEST_F(Explanations, TellTheLeaderThatWasDeposedFromTheOneThatCrashed) {
  plan.producers[0].config.acks = Acks::leader;
  Evidence evidence = seen(StoryKind::lost, Stage::log);
  evidence.truncated = true;
  EXPECT_THAT(explain(evidence).why, HasSubstr("acks=1 asks one broker. The ISR"));

  evidence.leader_was_deposed = true;
  EXPECT_THAT(explain(evidence).why, HasSubstr("another had been elected"));
}

TEST_F(Explanations, BlameTheUncleanElectionEvenUnderAcksAll) {
  Evidence evidence = seen(StoryKind::lost, Stage::log);
  evidence.truncated = true;
  evidence.unclean_election = true;

  EXPECT_THAT(explain(evidence).prevents, HasSubstr("unclean.leader.election.enable=false"));
}

TEST_F(Explanations, NameMinIsrWhenAcksAllAskedTheLeaderAlone) {
  Evidence evidence = seen(StoryKind::lost, Stage::log);
  evidence.truncated = true;

  EXPECT_THAT(explain(evidence).prevents, HasSubstr("min.insync.replicas=2"));
}

TEST_F(Explanations, PreferTheSlowHandlerToTheResetThatFollowedIt) {
  Evidence evidence = seen(StoryKind::twice, Stage::delivery);
  evidence.reset = true;
  EXPECT_THAT(explain(evidence).why, HasSubstr("auto.offset.reset=earliest"));

  evidence.evicted_for_polling = true;
  EXPECT_THAT(explain(evidence).why, HasSubstr("max.poll.interval.ms (5m)"));
}

TEST_F(Explanations, TellABackgroundCommitFromOneOfTheApplication) {
  Evidence evidence = seen(StoryKind::lost, Stage::delivery);
  evidence.committed_before_handling = true;
  EXPECT_THAT(explain(evidence).prevents, HasSubstr("commit=sync"));

  plan.groups[0].members[0].config.client = ClientProfile::librdkafka;
  EXPECT_THAT(explain(evidence).prevents, HasSubstr("commit=stored"));

  plan.groups[0].application.commit = CommitStrategy::off_by_one_high;
  EXPECT_THAT(explain(evidence).prevents, HasSubstr("offset + 1"));
}

TEST_F(Explanations, BlameTheKeyForWhatTheSinkRefused) {
  Evidence evidence = seen(StoryKind::lost, Stage::effect);
  evidence.effect_refused = true;

  EXPECT_THAT(explain(evidence).why, HasSubstr("share a key"));
}

TEST_F(Explanations, BlameTheSecondProcessOfAStaticMember) {
  Evidence evidence = seen(StoryKind::twice, Stage::delivery);
  evidence.moved = true;
  evidence.replaced = true;

  EXPECT_THAT(explain(evidence).why, HasSubstr("group.instance.id"));
}

TEST_F(Explanations, BlameCloseOnlyIfItCommits) {
  Evidence evidence = seen(StoryKind::lost, Stage::delivery);
  evidence.closed_after_throwing = true;
  evidence.committed_before_handling = true;
  EXPECT_THAT(explain(evidence).why, HasSubstr("committed before its handler"));

  plan.groups[0].members[0].config.enable_auto_commit = true;
  EXPECT_THAT(explain(evidence).why, HasSubstr("ended in close()"));
}

TEST_F(Explanations, ExplainReorderingByTheInFlightWindow) {
  Evidence evidence = seen(StoryKind::reordered, Stage::log);
  plan.producers[0].config.enable_idempotence = false;
  EXPECT_THAT(explain(evidence).prevents, HasSubstr("max.in.flight.requests.per.connection=1"));

  plan.producers[0].config.max_in_flight = 1;
  EXPECT_THAT(explain(evidence).why, IsEmpty());  // rather nothing than a guess
}

TEST_F(Explanations, CallARefusalNoLoss) {
  Evidence evidence = seen(StoryKind::given_up, Stage::log);
  evidence.failed = true;
  evidence.failure = Error::timeout_exception;

  EXPECT_THAT(explain(evidence).why, HasSubstr("a refusal, not a loss"));
}

// Idempotence, no second send(), and two copies: by a new epoch, unless the broker may forget.
TEST_F(Explanations, TellACopyOfANewEpochFromOneOfAForgottenProducer) {
  plan.producers[0].config.enable_idempotence = true;
  Evidence evidence = seen(StoryKind::twice, Stage::log);
  evidence.retried = true;

  EXPECT_THAT(explain(evidence).why, HasSubstr("new epoch"));
  plan.brokers[0].producer_id_expiration = std::chrono::seconds(2);
  EXPECT_THAT(explain(evidence).why, HasSubstr("forgotten the producer"));
}

TEST_F(Explanations, NameTheLimitThatARecordExceeds) {
  Evidence evidence = seen(StoryKind::given_up, Stage::log);
  evidence.failed = true;
  evidence.failure = Error::message_too_large;

  EXPECT_THAT(explain(evidence).prevents, HasSubstr("max.message.bytes"));
}

}  // namespace
}  // namespace kafault
