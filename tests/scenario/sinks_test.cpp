// Sinks and outboxes, as a file states them and as a run needs them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/scenario/reading.hpp"

namespace kafault {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string text_with_sink(const std::string& sink, const std::string& sends = "{}") {
  return R"j({"producers": {"shop": {"sends": )j" + sends +
         R"j(}}, "groups": {"billing": {"sink": )j" + sink + "}}}";
}
GroupPlan group_with_sink(const std::string& sink, const std::string& sends = "{}") {
  return read_one(text_with_sink(sink, sends)).plan.groups[0];
}
OutboxPlan outbox_of(const std::string& outbox) {
  return read_one(text_with_sink("\"append\"", R"j({"outbox": )j" + outbox + "}"))
      .plan.producers[0]
      .sends.outbox;
}

TEST(SinkOptions, AreThoseOfTheSink) {
  EXPECT_THAT(
      group_with_sink(R"j([{"is": "inbox", "remembers": "1h"}, {"is": "cache", "remembers": "2h"},
                          {"is": "newest_timestamp", "resolution": "1s"},
                          {"is": "log_then_wal", "checks": false, "keeps_files": false}])j")
          .sinks,
      ElementsAre(SinkPlan{.kind = SinkKind::inbox, .remembers = 1h},
                  SinkPlan{.kind = SinkKind::cache, .remembers = 2h},
                  SinkPlan{.kind = SinkKind::newest_timestamp, .resolution = 1s},
                  SinkPlan{.kind = SinkKind::log_then_wal, .checks = false, .keeps_files = false}));
  EXPECT_THAT(mistakes_in(text_with_sink(R"j({"is": "append", "remembers": "1h"})j")),
              ElementsAre(HasSubstr("is for the inboxes and \"cache\"")));
  EXPECT_THAT(mistakes_in(text_with_sink(R"j({"is": "inbox", "resolution": "1s"})j")),
              ElementsAre(HasSubstr("is for \"newest_timestamp\"")));
  EXPECT_THAT(mistakes_in(text_with_sink(R"j({"is": "inbox", "checks": true})j")),
              ElementsAre(HasSubstr("is for \"log_then_wal\"")));
  EXPECT_THAT(mistakes_in(text_with_sink(R"j(["inbox", {"is": "inbox", "remembers": "1h"}])j")),
              ElementsAre(HasSubstr("already in the list")));
}

TEST(Sinks, TellRecordsApartOnlyWhereSomeOneAsksForIt) {
  for (const char* sink : {"\"append\"", "\"counter\"", "\"unique_id\"", "\"upsert\""}) {
    const GroupPlan plain = group_with_sink(sink);
    EXPECT_FALSE(plain.sinks_together.judge_records) << sink;
    EXPECT_FALSE(plain.application.record_by_record) << sink;
    EXPECT_THAT(plain.application.writes, IsEmpty()) << sink;
  }
  EXPECT_TRUE(group_with_sink("\"inbox\"").sinks_together.judge_records);
  EXPECT_THAT(group_with_sink("\"inbox\"").application.writes, IsEmpty());
  EXPECT_TRUE(group_with_sink("\"upsert\"", R"j({"key": 10})j").sinks_together.judge_records);
  EXPECT_FALSE(
      group_with_sink("\"upsert\"", R"j({"key": "unique"})j").sinks_together.judge_records);
}

TEST(Sinks, SayWhichStepsAreTakenAroundAnEffect) {
  const auto writes = group_with_sink(R"j(["append", "inbox_before", "inbox_after",
                                          "log_then_wal"])j")
                          .application.writes;
  ASSERT_EQ(writes.size(), 4U);
  EXPECT_TRUE(writes[0].is_plain());
  EXPECT_TRUE(!writes[1].asks && writes[1].stores_first && !writes[1].stores_after);
  EXPECT_TRUE(writes[2].asks && !writes[2].stores_first && writes[2].stores_after);
  EXPECT_TRUE(writes[3].asks && writes[3].stores_first && writes[3].stores_after);
}

TEST(SinkFaults, MayTakeBackWhatWasWritten) {
  const auto text = [](const std::string& fault) {
    return R"j({"producers": {"shop": {}}, "groups": {"billing": {}, "audit": {}}, "faults": [)j" +
           fault + "]}";
  };
  const auto combination = read_one(text(
      R"j({"when": {"at": "2s"}, "do": "sink_failover", "target": "group(billing)", "by": "0s"})j"));
  for (const GroupPlan& group : combination.plan.groups) {
    const bool is_struck = group.name == "billing";
    EXPECT_EQ(group.sinks_together.may_fail_over, is_struck);
    EXPECT_EQ(group.application.record_by_record, is_struck);
  }
  EXPECT_THAT(
      mistakes_in(
          text(R"j({"when": {"at": "2s"}, "do": "sink_failover", "target": "group(billing)"})j")),
      ElementsAre(HasSubstr("\"by\" is missing")));
  EXPECT_THAT(mistakes_in(text(R"j({"when": {"at": "2s"}, "do": "sink_slow",
                                   "target": "group(billing)", "by": "0s"})j")),
              ElementsAre(HasSubstr("by")));
}

TEST(Outboxes, AreReadInFull) {
  EXPECT_FALSE(read_one(text_with_sink("\"append\"")).plan.producers[0].sends.outbox.exists);

  const OutboxPlan usual = outbox_of("{}");
  EXPECT_TRUE(usual.exists);
  EXPECT_EQ(usual.reads, RelayReads::past_last_id);
  EXPECT_EQ(usual.poll, Duration(100ms));
  EXPECT_EQ(usual.relays, 1);

  const OutboxPlan outbox = outbox_of(
      R"j({"reads": "unsent", "poll": "1s", "late_row": 7, "late_by": "2s", "relays": 3,
          "late_poll": 2, "late_poll_by": "4s"})j");
  EXPECT_EQ(outbox.reads, RelayReads::unsent);
  EXPECT_EQ(outbox.poll, Duration(1s));
  EXPECT_EQ(outbox.late_row, 7);
  EXPECT_EQ(outbox.late_by, Duration(2s));
  EXPECT_EQ(outbox.relays, 3);
  EXPECT_EQ(outbox.late_poll, 2);
  EXPECT_EQ(outbox.late_poll_by, Duration(4s));
  EXPECT_THAT(
      mistakes_in(text_with_sink("\"append\"", R"j({"records": 5, "outbox": {"late_row": 5}})j")),
      ElementsAre(HasSubstr("late_row")));
}

}  // namespace
}  // namespace kafault
