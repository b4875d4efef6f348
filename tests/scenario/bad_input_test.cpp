// Every mistake at once, each on a line with its place (and never anything but a ScenarioError).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/scenario/reading.hpp"

namespace kafault {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// The only mistake.
std::string mistake(const std::string& text) {
  const auto lines = mistakes_in(text);
  return lines.size() == 1 ? lines[0] : "there are " + std::to_string(lines.size());
}
std::string mistake_with(const std::string& members) { return mistake(shop_with(members)); }
std::string mistake_of_sends(const std::string& members) {
  return mistake(R"({"producers": {"shop": {"sends": {)" + members + "}}}}");
}
std::string mistake_of_group(const std::string& members) {
  return mistake(R"({"producers": {"shop": {}}, "groups": {"billing": {)" + members + "}}}");
}
std::string mistake_of_topic(const std::string& members) {
  return mistake(R"({"producers": {"shop": {}}, "topics": {"orders": {)" + members + "}}}");
}

TEST(BadInput, IsReportedAllAtOnceInTheOrderOfTheFile) {
  const auto lines = mistakes_in(R"j({
  "brokers": { "count": 3 },
  "topics": {
    "orders": { "replication.factor": 4, "partitons": 1 }
  },
  "producers": {
    "shop": {
      "config": {
        "ack": "all",
        "linger.ms": -5
      },
      "sends": { "topic": "orders", "records": 1000000000000, "every": 20 }
    }
  },
  "faults": [
    { "name": "crash", "when": { "at": "1s" }, "do": "crash", "target": "leader(order-0)" }
  ]
})j");

  EXPECT_THAT(
      lines,
      ElementsAre(
          "orders.json:4:39: /topics/orders/replication.factor: 4 is more than the 3 brokers",
          "orders.json:4:42: /topics/orders/partitons: no such key in a topic; did you mean "
          "\"partitions\"?",
          "orders.json:9:9: /producers/shop/config/ack: no such setting; did you mean \"acks\"?",
          "orders.json:10:22: /producers/shop/config/linger.ms: -5 is less than 0, the least",
          "orders.json:12:48: /producers/shop/sends/records: 1000000000000 is more than "
          "10,000,000, the most",
          "orders.json:12:72: /producers/shop/sends/every: 20 stands where a duration belongs: a "
          "text like \"250ms\"",
          "orders.json:16:73: /faults/0/target: \"leader(order-0)\": there is no topic \"order\"; "
          "did you mean \"orders\"?"));
}

TEST(BadInput, IsReportedOnceThoughEveryCombinationHasIt) {
  EXPECT_THAT(mistake_with(R"("runs": 0,
      "matrix": [{"at": "/seed", "values": [1, 2, 3, 4, 5]}])"),
              HasSubstr("/runs: 0 is less than 1"));
}

TEST(BadInput, IsNoObject) {
  EXPECT_THAT(mistake("[]"), HasSubstr("orders.json:1:1: a scenario is a JSON object"));
  EXPECT_THAT(mistake("5"), HasSubstr("a scenario is a JSON object"));
  EXPECT_THAT(mistake("null"), HasSubstr("a scenario is a JSON object"));
  EXPECT_THAT(mistake("{}"), HasSubstr("orders.json:1:1: a scenario has at least one producer"));
  EXPECT_THAT(mistake(R"({"producers": {}})"), HasSubstr("at least one producer"));
  EXPECT_THAT(mistake(R"({"producers": []})"), HasSubstr("at least one producer"));
}

TEST(BadInput, IsOfAnotherFormat) {
  EXPECT_THAT(mistake_with(R"("kafault": 2)"), HasSubstr("/kafault: this program reads version 1"));
  EXPECT_THAT(mistake_with(R"("kafault": "1")"), HasSubstr("version 1 of the format, not \"1\""));
}

TEST(BadInput, IsTruncatedOrNoJson) {
  EXPECT_THAT(mistake(R"({"producers": {"shop": {)"), HasSubstr("the text ends too early"));
  EXPECT_THAT(mistake(R"({"producers": {"shop": {},}})"), HasSubstr("not JSON"));
  EXPECT_THAT(mistake("// no\n{}"), HasSubstr("not JSON"));
  EXPECT_THAT(mistake(""), HasSubstr("the file is empty"));
  EXPECT_THAT(mistake(std::string(60, '{')), HasSubstr("not JSON"));
  EXPECT_THAT(mistake(std::string(1000, '[')), HasSubstr("64 levels"));
  EXPECT_THAT(mistake(R"({"producers": {"shop": {"sends": {"records": NaN}}}})"),
              HasSubstr("not JSON"));
}

TEST(BadInput, HasARepeatedKey) {
  EXPECT_THAT(mistake("{\"producers\": {\"shop\": {}},\n\"producers\": {\"shop\": {}}}"),
              HasSubstr("orders.json:2:1: /producers: this key is repeated"));
}

TEST(BadInput, HasAnUnknownKey) {
  EXPECT_THAT(mistake_with(R"("topic": {})"),
              HasSubstr("/topic: no such key in a scenario; did you mean \"topics\"?"));
  EXPECT_THAT(mistake_with(R"("network": {"latancy": "1ms"})"),
              HasSubstr("/network/latancy: no such key in the network; did you mean \"latency\"?"));
  EXPECT_THAT(mistake_of_sends(R"("evry": "1s")"), HasSubstr("did you mean \"every\"?"));
  EXPECT_THAT(mistake_of_sends(R"("transaction": 5)"), HasSubstr("is not modelled yet"));
  EXPECT_THAT(mistake_of_group(R"("writes": {})"), HasSubstr("is not modelled yet"));
  EXPECT_THAT(mistake_of_group(R"("handling": {"take": "1s"})"),
              HasSubstr("did you mean \"takes\"?"));
  EXPECT_THAT(mistake_of_group(R"("commit": {"is": "sync", "x": 1})"),
              HasSubstr("/groups/billing/commit/x: no such key in a commit strategy"));
}

TEST(BadInput, HasAWrongType) {
  EXPECT_THAT(mistake_with(R"("title": 5)"), HasSubstr("/title: 5 stands where a text belongs"));
  EXPECT_THAT(mistake_with(R"("network": [])"), HasSubstr("/network: a list stands where"));
  EXPECT_THAT(mistake_with(R"("brokers": {"count": "3"})"), HasSubstr("a whole number belongs"));
  EXPECT_THAT(mistake_with(R"("brokers": {"count": 3.5})"), HasSubstr("no whole number"));
  EXPECT_THAT(mistake_with(R"("brokers": {"config": 5})"), HasSubstr("an object of settings"));
  EXPECT_THAT(mistake_with(R"("topics": [])"), HasSubstr("/topics: topics are an object"));
  EXPECT_THAT(mistake_with(R"("faults": {})"), HasSubstr("/faults: faults are a list"));
  EXPECT_THAT(mistake(R"({"producers": {"shop": 5}})"), HasSubstr("/producers/shop: 5 stands"));
  EXPECT_THAT(mistake(R"({"producers": {"shop": {}}, "groups": 5})"), HasSubstr("groups are an"));
  EXPECT_THAT(mistake_of_sends(R"("wait": "yes")"), HasSubstr("true or false"));
  EXPECT_THAT(mistake_of_sends(R"("topic": 5)"),
              HasSubstr("/producers/shop/sends/topic: 5 stands"));
  EXPECT_THAT(mistake_of_sends(R"("size": 100)"), HasSubstr("a text like \"16KiB\""));
  EXPECT_THAT(mistake_of_sends(R"("key": [])"), HasSubstr("a whole number belongs"));
  EXPECT_THAT(mistake_of_group(R"("members": "two")"), HasSubstr("a whole number belongs"));
  EXPECT_THAT(mistake_of_group(R"("members": [5])"), HasSubstr("/members/0: 5 stands where"));
  EXPECT_THAT(mistake_of_group(R"("topics": "orders")"), HasSubstr("a list of names"));
  EXPECT_THAT(mistake_of_group(R"("commit": {})"), HasSubstr("\"is\" is missing"));
  EXPECT_THAT(mistake_of_group(R"("commit": ["sync"])"), HasSubstr("a text belongs"));
}

TEST(BadInput, HasANumberBeyondItsLimits) {
  EXPECT_THAT(mistake_with(R"("brokers": {"count": 0})"), HasSubstr("0 is less than 1"));
  EXPECT_THAT(mistake_with(R"("brokers": {"count": 64})"), HasSubstr("64 is more than 63"));
  EXPECT_THAT(mistake_with(R"("brokers": {"coordinator": 4})"), HasSubstr("4 is more than 3"));
  EXPECT_THAT(mistake_with(R"("runs": 1000001)"), HasSubstr("1000001 is more than 1,000,000"));
  EXPECT_THAT(mistake_with(R"("seed": -1)"), HasSubstr("/seed: -1 is less than 0"));
  EXPECT_THAT(mistake_with(R"("seed": 1e3)"), HasSubstr("/seed: "));
  EXPECT_THAT(mistake_with(R"("seed": 18446744073709551616)"), HasSubstr("/seed: "));
  EXPECT_THAT(mistake_with(R"("horizon": "0s")"), HasSubstr("less than 1ms"));
  EXPECT_THAT(mistake_with(R"("network": {"latency": "0ms"})"), HasSubstr("less than 1us"));
  EXPECT_THAT(mistake_with(R"("network": {"latency": "2h"})"), HasSubstr("longer than 1h"));
  EXPECT_THAT(mistake_with(R"("network": {"latency": ["2ms", "1ms"]})"),
              HasSubstr("the range begins above its end"));
  EXPECT_THAT(mistake_with(R"("network": {"latency": ["2ms"]})"), HasSubstr("list of two"));
  EXPECT_THAT(mistake_of_sends(R"("records": 0)"), HasSubstr("0 is less than 1"));
  EXPECT_THAT(mistake_of_sends(R"("records": 1000000000000)"), HasSubstr("more than 10,000,000"));
  EXPECT_THAT(mistake_of_sends(R"("records": 1e12)"), HasSubstr("no whole number"));
  EXPECT_THAT(mistake_of_sends(R"("records": 10000000, "every": "1h")"),
              HasSubstr("more than ten years"));
  EXPECT_THAT(mistake_of_sends(R"("every": "-1s")"), HasSubstr("is no duration"));
  EXPECT_THAT(mistake_of_sends(R"("key": 0)"), HasSubstr("0 is less than 1"));
  EXPECT_THAT(mistake_of_sends(R"("partition": 1)"), HasSubstr("has 1 partition, from 0"));
  EXPECT_THAT(mistake_of_group(R"("members": 0)"), HasSubstr("0 is less than 1"));
  EXPECT_THAT(mistake_of_group(R"("members": 1001)"), HasSubstr("1001 is more than 1,000"));
  EXPECT_THAT(mistake_of_group(R"("members": [])"), HasSubstr("at least one member"));
  EXPECT_THAT(mistake_of_group(R"("handling": {"workers": 0})"), HasSubstr("0 is less than 1"));
  EXPECT_THAT(mistake_of_topic(R"("partitions": 10001)"), HasSubstr("10001 is more than 10,000"));
  EXPECT_THAT(mistake_of_topic(R"("partitions": -1)"), HasSubstr("-1 is less than 1"));
  EXPECT_THAT(mistake(R"({"producers": {
      "a": {"sends": {"records": 6000000}}, "b": {"sends": {"records": 6000000}}}})"),
              HasSubstr("together they send 12,000,000 records"));
  EXPECT_THAT(mistake(R"({"producers": {"shop": {}}, "topics": {
      "a": {"partitions": 6000}, "b": {"partitions": 6000}, "orders": {}}})"),
              HasSubstr("/topics/b: with this topic there are more than 10,000 partitions"));
  EXPECT_THAT(mistake(R"({"producers": {"shop": {}}, "groups": {
      "a": {"members": 600}, "b": {"members": 600}}})"),
              HasSubstr("/groups/b/members: with this group there are more than 1,000 members"));
}

TEST(BadInput, HasAnAssignmentThatDoesNotFit) {
  EXPECT_THAT(mistake_of_topic(R"("assignment": [[1, 2], [4, 1]])"),
              HasSubstr("/topics/orders/assignment/1/0: there is no broker 4: they are 1 to 3"));
  EXPECT_THAT(mistake_of_topic(R"("assignment": [[1, 1]])"), HasSubstr("broker 1 stands twice"));
  EXPECT_THAT(mistake_of_topic(R"("assignment": [[1, 2], [3]])"), HasSubstr("different numbers"));
  EXPECT_THAT(mistake_of_topic(R"("assignment": [])"), HasSubstr("an assignment is a list"));
  EXPECT_THAT(mistake_of_topic(R"("assignment": [[]])"), HasSubstr("list of broker numbers"));
  EXPECT_THAT(mistake_of_topic(R"("assignment": [[1, 2, 3]], "partitions": 2)"),
              HasSubstr("/topics/orders/partitions: 2, but the assignment has 1"));
  EXPECT_THAT(
      mistake_of_topic(R"("assignment": [[1, 2]], "replication.factor": 3)"),
      HasSubstr("replication.factor: 3, but the assignment has partitions with 2 replicas"));
}

TEST(BadInput, HasAnIllegalName) {
  EXPECT_THAT(mistake(R"({"producers": {"my shop": {}}})"), HasSubstr("a name has letters"));
  EXPECT_THAT(mistake(R"({"producers": {"": {}}})"), HasSubstr("a name has letters"));
  EXPECT_THAT(mistake(R"j({"producers": {"shop": {}}, "groups": {"a(b)": {}}})j"),
              HasSubstr("a name has letters"));
  EXPECT_THAT(mistake(R"({"producers": {"shop": {"sends": {"topic": "o r"}}}})"),
              HasSubstr("\"o r\" is no topic that a producer can write to"));
  EXPECT_THAT(mistake(R"({"producers": {"shop": {"sends": {"topic": "__consumer_offsets"}}}})"),
              HasSubstr("is no topic that a producer can write to"));
  EXPECT_THAT(mistake_with(R"("topics": {"__consumer_offsets": {}})"),
              HasSubstr("Kafka's own topic"));
}

TEST(BadInput, SaysWhatDoesNotGoTogetherInAnApplication) {
  EXPECT_THAT(mistake_of_group(R"("commit": "stored")"), HasSubstr("\"client\": \"librdkafka\""));
  EXPECT_THAT(mistake_of_group(R"("commit": {"is": "sync", "conditional": false})"),
              HasSubstr("/groups/billing/commit/conditional: is for commit \"sink\""));
  EXPECT_THAT(mistake_of_group(R"("commit": {"is": "sync", "every": 5})"),
              HasSubstr("is for commit \"ack_count\" or \"ack_time\""));
  EXPECT_THAT(mistake_of_group(R"("commit": "sink", "sink": ["append", "upsert"])"),
              HasSubstr("there is one sink"));
  EXPECT_THAT(mistake_of_group(R"("on_exception": {"is": "skip", "attempts": 3})"),
              HasSubstr("is for \"retry\" and the seeks"));
  EXPECT_THAT(mistake_of_group(R"("on_exception": {"is": "retry", "then": "seek"})"),
              HasSubstr("nothing is tried again"));
}

TEST(BadInput, NamesWhatIsNotThere) {
  EXPECT_THAT(mistake_of_group(R"("topics": ["order"])"),
              HasSubstr("/groups/billing/topics/0: there is no topic \"order\"; did you mean "
                        "\"orders\"?"));
  EXPECT_THAT(mistake_of_group(R"("topics": ["orders", "orders"])"), HasSubstr("stands twice"));
  EXPECT_THAT(mistake_of_group(R"("commit": "sinc")"), HasSubstr("did you mean \"sync\"?"));
  EXPECT_THAT(mistake_of_group(R"("commit": "transaction")"), HasSubstr("not modelled yet; known"));
  EXPECT_THAT(mistake_of_group(R"("sink": "countr")"), HasSubstr("did you mean \"counter\"?"));
  EXPECT_THAT(mistake_of_group(R"("sink": ["append", "append"])"),
              HasSubstr("already in the list"));
  EXPECT_THAT(mistake_of_group(R"("client": "librdkafa")"),
              HasSubstr("did you mean \"librdkafka\"?"));
  EXPECT_THAT(mistake(R"({"producers": {"shop": {"client": "spring"}}})"),
              HasSubstr("not modelled yet"));
  EXPECT_THAT(mistake(R"({"producers": {"shop": {"on_error": "retry"}}})"),
              HasSubstr("\"retry\" is not known; known: ignore, resend, stop"));
}

TEST(BadInput, CannotSmuggleControlCharactersIntoTheReport) {
  const auto lines = mistakes_in("{\"producers\": {\"shop\": {}}, \"a\\u000ab\\u001b[31m\": 1}");

  ASSERT_THAT(lines, SizeIs(1));
  EXPECT_EQ(lines[0].find('\n'), std::string::npos);
  EXPECT_EQ(lines[0].find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace kafault
