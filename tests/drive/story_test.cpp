// Stories, told from traces made by hand.
#include "sim/drive/story.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace kafault {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

constexpr PartitionId orders = 0;
constexpr NodeId shop = 4;
constexpr NodeId first_member = 5;
constexpr NodeId second_member = 6;

// Brokers 1, 2, 3; shop writes 10 records to orders-0; billing has two members.
class StoryTest : public testing::Test {
 protected:
  StoryTest() {
    plan.layout.brokers = 3;
    plan.layout.topics = {{"orders", 0, 1}, {"__consumer_offsets", 1, 1}};
    plan.layout.partitions = {{0, 0, {1, 2, 3}}, {1, 0, {3, 1, 2}}};
    plan.layout.offsets_partition = 1;
    plan.brokers.resize(3);
    plan.topics.resize(2);
    plan.producers.resize(1);
    plan.producers[0].name = "shop";
    plan.producers[0].sends.records = 10;
    GroupPlan billing;
    billing.name = "billing";
    billing.topics = {0};
    billing.sinks = {SinkPlan{}};
    billing.members.resize(2);
    billing.members[0].name = "billing-0";
    billing.members[1].name = "billing-1";
    plan.groups = {billing};
    to_the_log = {{.producer = 0, .topic = 0}};
    to_the_sink = {{.producer = 0, .topic = 0, .group = 0, .sink = 0}};
  }

  void see(std::int64_t ms, Observation o) { trace.see(o, Instant(std::chrono::milliseconds(ms))); }
  // One observation about records [first, first + count) of shop in orders-0.
  void see(std::int64_t ms, ObservationKind kind, NodeId node, SendNumber first,
           std::uint32_t count = 1, Offset offset = no_offset, Error error = Error::none) {
    Observation o;
    o.kind = kind;
    o.node = node;
    o.partition = orders;
    o.producer = 0;
    o.first = first;
    o.count = count;
    o.offset = offset;
    o.error = error;
    o.epoch = 0;
    if (kind >= ObservationKind::MemberJoined && kind <= ObservationKind::ApplicationClosed) {
      o.group = 0;
    }
    if (kind == ObservationKind::RecordSent) o.value = first;
    see(ms, o);
  }
  void strike(std::int64_t ms, Action action, Target target) {
    FaultPlan fault;
    fault.name = "fault";
    fault.action = action;
    fault.target = target;
    faults.push_back(fault);
    see(ms, {.kind = ObservationKind::FaultStruck,
             .value = static_cast<std::int64_t>(faults.size()) - 1});
  }
  std::optional<Story> tell(const std::vector<Flow>& flows, const StoryWish& wish = {}) {
    return tell_story({plan, faults, flows, trace}, wish);
  }
  static std::string text(const Story& story) {
    std::string all;
    for (const StoryLine& line : story.lines) all += line.who + " " + line.what + "\n";
    return all;
  }

  ClusterPlan plan;
  std::vector<FaultPlan> faults;
  std::vector<Flow> to_the_log;
  std::vector<Flow> to_the_sink;
  Trace trace;
};

using enum ObservationKind;

TEST_F(StoryTest, TellsOfAnAcknowledgedRecordThatWasTruncated) {
  plan.producers[0].config.acks = Acks::leader;
  see(10, RecordSent, shop, 0, 3);
  see(11, BatchAppended, 1, 0, 1, 0);
  see(11, BatchReplicated, 2, 0, 1, 0);
  see(11, BatchReplicated, 3, 0, 1, 0);
  see(12, BatchAppended, 1, 1, 2, 1);
  see(13, RecordAcked, shop, 0, 1, 0);
  see(13, RecordAcked, shop, 1, 1, 1);
  see(14, RecordAcked, shop, 2, 1, 2);
  strike(50, Action::crash, {Target::Kind::leader, orders});
  see(50, {.kind = ProcessCrashed, .node = 1});
  see(60, {.kind = LeaderElected, .node = 0, .partition = orders, .epoch = 1, .value = 2});
  see(70, {.kind = LeadershipTaken, .node = 2, .partition = orders, .epoch = 1, .offset = 1});
  see(80, {.kind = ProcessStarted, .node = 1});
  see(90, {.kind = LogTruncated, .node = 1, .partition = orders, .offset = 1, .value = 3});
  see(99, LogRead, no_node, 0, 1, 0);

  const Story story = *tell(to_the_log);

  EXPECT_EQ(story.kind, StoryKind::lost);
  EXPECT_EQ(story.headline,
            "2 records were acknowledged and are gone. The first of them, record 1 of shop:");
  EXPECT_THAT(text(story),
              HasSubstr("shop sends it to broker 1, leader of orders-0 in epoch 0 (acks=1)\n"
                        "broker 1 appends it at offset 1 and acknowledges: the only copy\n"
                        "shop done: acked\n"
                        "... 1 more like it; brokers 2 and 3 are in the ISR and have nothing past "
                        "offset 0\n"
                        "FAULT broker 1 crashes\n"
                        "controller makes broker 2 leader of orders-0 in epoch 1, which does not "
                        "have it\n"));
  EXPECT_THAT(text(story), HasSubstr("broker 1 cuts its log back to offset 1 to fit its leader's: "
                                     "2 records, it among them"));
  EXPECT_THAT(story.why, HasSubstr("acks=1 asks one broker"));
  EXPECT_THAT(story.why, HasSubstr("(30s) behind"));
  EXPECT_THAT(story.prevents, HasSubstr("acks=all"));
}

TEST_F(StoryTest, TellsOfARetryThatWasAppendedAgain) {
  plan.producers[0].config.enable_idempotence = false;
  see(10, RecordSent, shop, 0);
  see(11, BatchAppended, 1, 0, 1, 0);
  FaultPlan lost_ack;
  lost_ack.action = Action::drop_connection;
  lost_ack.when.message = MessageKind::ProduceResponse;
  faults.push_back(lost_ack);
  see(12, {.kind = FaultStruck, .value = 0});
  see(13, {.kind = ConnectionLost, .node = shop, .value = 1});
  see(13, BatchRetried, shop, 0, 1, no_offset, Error::network_exception);
  see(20, BatchAppended, 1, 0, 1, 1);
  see(21, RecordAcked, shop, 0, 1, 1);
  see(99, LogRead, no_node, 0, 1, 0);
  see(99, LogRead, no_node, 0, 1, 1);

  const Story story = *tell(to_the_log);

  EXPECT_EQ(story.headline, "1 record is in the log more than once, record 0 of shop:");
  EXPECT_THAT(text(story), HasSubstr("FAULT a ProduceResponse is lost and its connection breaks"));
  EXPECT_THAT(text(story), HasSubstr("broker 1 appends it once more, at offset 1"));
  EXPECT_THAT(text(story), HasSubstr("log the final log has it at offsets 0 and 1"));
  EXPECT_THAT(story.prevents, HasSubstr("enable.idempotence=true"));
}

TEST_F(StoryTest, BlamesTheApplicationForASecondSend) {
  see(10, RecordSent, shop, 0);
  see(11, BatchAppended, 1, 0, 1, 0);
  see(12, RecordFailed, shop, 0, 1, no_offset, Error::timeout_exception);
  Observation again;
  again.kind = RecordSent;
  again.node = shop;
  again.partition = orders;
  again.producer = 0;
  again.first = 1;
  again.count = 1;
  again.value = 0;  // the same record
  see(12, again);
  see(13, BatchAppended, 1, 1, 1, 1);
  see(14, RecordAcked, shop, 1, 1, 1);
  see(99, LogRead, no_node, 0, 2, 0);

  const Story story = *tell(to_the_log);

  EXPECT_EQ(story.kind, StoryKind::twice);
  EXPECT_THAT(story.why, HasSubstr("second send()"));
}

TEST_F(StoryTest, TellsOfAMemberThatDiedBeforeItsCommit) {
  plan.groups[0].application.commit = CommitStrategy::sync;
  plan.groups[0].members[0].config.enable_auto_commit = false;
  see(10, RecordSent, shop, 0);
  see(11, BatchAppended, 1, 0, 1, 0);
  see(12, RecordAcked, shop, 0, 1, 0);
  see(20, RecordDelivered, first_member, 0, 1, 0);
  see(21, RecordProcessed, first_member, 0, 1, 0);
  Observation effect;
  effect.kind = EffectApplied;
  effect.node = first_member;
  effect.partition = orders;
  effect.producer = 0;
  effect.group = 0;
  effect.count = 1;
  effect.offset = 0;
  see(21, effect);
  strike(22, Action::crash, {Target::Kind::member, first_member});
  see(22, {.kind = ProcessCrashed, .node = first_member});
  see(30, {.kind = PartitionAssigned,
           .node = second_member,
           .partition = orders,
           .group = 0,
           .epoch = 2});
  see(31, RecordDelivered, second_member, 0, 1, 0);
  see(32, RecordProcessed, second_member, 0, 1, 0);
  effect.node = second_member;
  see(32, effect);
  see(40, {.kind = OffsetCommitted, .node = 3, .partition = orders, .group = 0, .offset = 1});
  see(99, LogRead, no_node, 0, 1, 0);

  const Story story = *tell(to_the_sink);

  EXPECT_EQ(story.stage, Stage::delivery);
  EXPECT_THAT(story.headline, HasSubstr("was handled more than once by billing"));
  EXPECT_THAT(text(story), HasSubstr("FAULT billing-0 crashes\n"
                                     "billing-1 gets orders-0\n"
                                     "billing-1 polls it again\n"
                                     "billing-1 has handled it once more\n"));
  EXPECT_THAT(story.why, HasSubstr("ended before a commit covered it"));
  EXPECT_THAT(story.prevents, HasSubstr("nothing in Kafka alone"));
}

TEST_F(StoryTest, TellsOfACommitBeforeTheHandling) {
  plan.groups[0].application.commit = CommitStrategy::before;
  plan.groups[0].members[0].config.enable_auto_commit = false;
  see(10, RecordSent, shop, 0, 2);
  see(11, BatchAppended, 1, 0, 2, 0);
  see(12, RecordAcked, shop, 0, 2, 0);
  see(20, RecordDelivered, first_member, 0, 2, 0);
  see(21, {.kind = OffsetCommitted, .node = 3, .partition = orders, .group = 0, .offset = 2});
  see(22, RecordProcessed, first_member, 0, 1, 0);
  see(23, {.kind = ProcessCrashed, .node = first_member});
  see(99, LogRead, no_node, 0, 2, 0);
  std::vector<Flow> to_the_group = to_the_sink;
  to_the_group[0].sink = -1;

  const Story story = *tell(to_the_group);

  EXPECT_EQ(story.kind, StoryKind::lost);
  EXPECT_EQ(story.record.record, 1);
  EXPECT_THAT(text(story),
              HasSubstr("billing has committed offset 2, past it, which nobody has handled"));
  EXPECT_THAT(story.why, HasSubstr("commit=before"));
  EXPECT_THAT(story.prevents, HasSubstr("commit=sync"));
}

TEST_F(StoryTest, TellsAnOrdinaryLifeOfTheRecordThatHadMostTrouble) {
  see(10, RecordSent, shop, 0, 2);
  see(11, BatchAppended, 1, 0, 1, 0);
  see(11, BatchAppended, 1, 1, 1, 1);
  see(12, BatchRetried, shop, 1, 1, no_offset, Error::network_exception);
  see(13, BatchDeduplicated, 1, 1, 1, 1);
  see(14, RecordAcked, shop, 0, 2, 0);
  see(99, LogRead, no_node, 0, 2, 0);

  const Story story = *tell(to_the_log);

  EXPECT_EQ(story.kind, StoryKind::ordinary);
  EXPECT_EQ(story.headline,
            "Nothing was lost and nothing came twice. The life of record 1 of shop:");
  EXPECT_THAT(text(story), HasSubstr("broker 1 has it already, and answers with offset 1 again"));
  EXPECT_THAT(story.why, IsEmpty());
}

TEST_F(StoryTest, TellsOfTheRecordThatIsWished) {
  see(10, RecordSent, shop, 0, 3);
  see(11, BatchAppended, 1, 0, 3, 0);
  see(12, RecordAcked, shop, 0, 3, 0);
  see(99, LogRead, no_node, 0, 3, 0);

  EXPECT_EQ(tell(to_the_log, {.record = 2})->record.record, 2);
  EXPECT_FALSE(tell(to_the_log, {.record = 7}));  // never sent
  EXPECT_FALSE(tell(to_the_log, {.record = 10}));
  EXPECT_FALSE(tell(to_the_log, {.kind = StoryKind::lost}));
}

TEST_F(StoryTest, SaysNothingOfARunInWhichNothingWasSent) { EXPECT_FALSE(tell(to_the_log)); }

TEST_F(StoryTest, LeavesOutWhatHappenedAfterTheLastThingThatConcernsTheRecord) {
  see(10, RecordSent, shop, 0);
  see(11, BatchAppended, 1, 0, 1, 0);
  see(12, RecordAcked, shop, 0, 1, 0);
  strike(50, Action::pause, {Target::Kind::broker, 2});
  see(50, {.kind = ProcessPaused, .node = 2});
  see(99, LogRead, no_node, 0, 1, 0);

  EXPECT_THAT(text(*tell(to_the_log)), Not(HasSubstr("FAULT")));
}

StoryLine line(const std::string& what, StoryLine::Weight weight = StoryLine::Weight::own) {
  StoryLine l;
  l.who = "shop";
  l.what = what;
  l.weight = weight;
  return l;
}

TEST(Shortening, FoldsWhatRepeatsItself) {
  std::vector<StoryLine> lines{line("a"),     line("tries"), line("b"),
                               line("tries"), line("tries"), line("c")};

  shorten(lines, 16);

  ASSERT_THAT(lines, SizeIs(5));
  EXPECT_EQ(lines[1].what, "tries (3 times in all)");
  EXPECT_EQ(lines[3].what, "tries");
}

TEST(Shortening, LeavesOutWhatMattersLeastFirst) {
  std::vector<StoryLine> lines{line("a"), line("b", StoryLine::Weight::may),
                               line("c", StoryLine::Weight::should), line("d"), line("e")};

  shorten(lines, 4);
  EXPECT_THAT(lines, SizeIs(4));
  EXPECT_EQ(lines[1].what, "c");
  shorten(lines, 3);
  ASSERT_THAT(lines, SizeIs(3));
  EXPECT_EQ(lines[1].what, "d");
}

TEST(Shortening, KeepsTheBeginningAndTheEndOfALongStory) {
  std::vector<StoryLine> lines;
  for (int i = 0; i < 40; ++i) lines.push_back(line(std::to_string(i)));

  shorten(lines, 16);

  ASSERT_THAT(lines, SizeIs(16));
  EXPECT_EQ(lines.front().what, "0");
  EXPECT_EQ(lines.back().what, "39");
  EXPECT_THAT(lines[8].what, ContainsRegex("^25 more lines"));
}

}  // namespace
}  // namespace kafault
