#include "tests/swarm/random_scenario.hpp"

#include <algorithm>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace kafault {
namespace {

using Json = nlohmann::ordered_json;

// SplitMix64 (Steele, Lea, Flood 2014).
class Draws {
 public:
  explicit Draws(std::uint64_t seed) : state_(seed) {}

  std::uint64_t roll() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111eb;
    return z ^ (z >> 31U);
  }
  int between(int low, int high) {
    return low + static_cast<int>(roll() % static_cast<std::uint64_t>(high - low + 1));
  }
  bool in(int times) { return roll() % static_cast<std::uint64_t>(times) == 0; }
  template <class T>
  T one_of(std::initializer_list<T> list) {
    return list.begin()[roll() % list.size()];
  }
  std::string ms(int low, int high) { return std::to_string(between(low, high)) + "ms"; }

 private:
  std::uint64_t state_;
};

class Scribe {
 public:
  explicit Scribe(std::uint64_t seed) : draws_(seed) {}

  Json write() {
    // Most worlds are small, so that what is odd in them meets; a few have hundreds of messages and
    // timers pending.
    const int size = draws_.in(25) ? 4 : 1;
    brokers_ = draws_.between(1, 4) + 2 * (size - 1);
    replicas_ = draws_.between(1, std::min(brokers_, 3));
    partitions_ = size * draws_.between(1, 2 + size);
    producers_ = size * draws_.between(1, 2);
    members_ = draws_.in(4) ? 0 : size * draws_.between(1, 3);
    version_ = draws_.one_of({"2.8", "3.6", "3.7", "3.9", "4.0", "4.1", "4.1", "4.1"});
    Json scenario = {
        {"title", "Of a swarm"},
        {"question", "Does everything hold that must hold?"},
        {"kafka", version_},
        {"brokers", brokers()},
        {"topics", {{"orders", topic()}}},
    };
    if (draws_.in(3)) scenario["network"] = {{"latency", {"1ms", draws_.ms(2, 40)}}};
    if (draws_.in(12)) scenario["network"]["loss"] = draws_.one_of({"1/1000", "1/100"});
    for (int i = 0; i < producers_; ++i)
      scenario["producers"]["p" + std::to_string(i)] = producer();
    if (members_ > 0) scenario["groups"]["billing"] = group();
    scenario["faults"] = faults();
    scenario["horizon"] = "10m";
    if (draws_.in(4)) compact(scenario);
    if (draws_.in(4)) read_from_followers(scenario);
    if (draws_.in(4)) {
      for (auto& [name, shop] : scenario["producers"].items()) {
        shop["sends"]["age"] = draws_.one_of({"1s", "25h", "200h"});
      }
    }
    return scenario;
  }

 private:
  // Few keys, small segments, a cleaner that is never idle for long.
  void compact(Json& scenario) {
    Json& config = scenario["topics"]["orders"]["config"];
    config["cleanup.policy"] = draws_.one_of({"compact", "compact", "compact,delete"});
    config["segment.bytes"] = draws_.one_of({200, 1000});
    config["min.cleanable.dirty.ratio"] = 0.01;
    config["delete.retention.ms"] = draws_.one_of({0, 2000});
    config["min.compaction.lag.ms"] = draws_.one_of({0, 0, 1000});
    scenario["brokers"]["config"]["log.cleaner.backoff.ms"] = draws_.one_of({50, 1000});
    for (auto& [name, shop] : scenario["producers"].items()) {
      shop["sends"]["key"] = draws_.between(1, 4);
      shop["sends"]["tombstones"] = {draws_.between(0, 10), draws_.between(10, 30)};
    }
  }

  void read_from_followers(Json& scenario) {
    Json& brokers = scenario["brokers"];
    brokers["racks"] = Json::array();
    for (int i = 0; i < brokers_; ++i) brokers["racks"].push_back(i % 2 == 0 ? "a" : "b");
    brokers["config"]["replica.selector.class"] =
        "org.apache.kafka.common.replica.RackAwareReplicaSelector";
    if (members_ > 0) {
      scenario["groups"]["billing"]["config"]["client.rack"] = draws_.one_of({"a", "b"});
      scenario["groups"]["billing"]["config"]["metadata.max.age.ms"] =
          draws_.one_of({2000, 300000});
    }
  }

  Json brokers() {
    return {{"count", brokers_},
            {"config",
             {{"broker.session.timeout.ms", draws_.one_of({2000, 4000, 9000})},
              {"broker.heartbeat.interval.ms", draws_.one_of({300, 1000})},
              {"replica.lag.time.max.ms", draws_.one_of({1000, 5000, 30000})},
              {"replica.socket.timeout.ms", draws_.one_of({2000, 30000})},
              {"replica.fetch.backoff.ms", draws_.one_of({100, 1000})},
              {"group.initial.rebalance.delay.ms", draws_.one_of({0, 500})},
              {"group.consumer.session.timeout.ms", draws_.one_of({6000, 10000})},
              {"group.consumer.heartbeat.interval.ms", draws_.one_of({500, 3000})},
              {"offsets.topic.replication.factor", replicas_}}}};
  }

  Json topic() {
    return {{"partitions", partitions_},
            {"replication.factor", replicas_},
            {"config",
             {{"min.insync.replicas", draws_.between(1, replicas_)},
              {"unclean.leader.election.enable", draws_.in(4)}}}};
  }

  Json producer() {
    const std::string acks = draws_.one_of({"0", "1", "all", "all", "all"});
    const int request_timeout = draws_.one_of({500, 2000, 30000});
    const int linger = draws_.one_of({0, 5, 20});
    Json config = {{"acks", acks},
                   {"enable.idempotence", acks == "all" && !draws_.in(3)},
                   {"max.in.flight.requests.per.connection", draws_.one_of({1, 2, 5})},
                   {"linger.ms", linger},
                   {"batch.size", draws_.one_of({1, 300, 16384})},
                   {"request.timeout.ms", request_timeout},
                   {"delivery.timeout.ms", request_timeout + linger + draws_.between(0, 20000)},
                   {"metadata.max.age.ms", draws_.one_of({1000, 300000})}};
    if (draws_.in(4)) config["retries"] = draws_.between(0, 3);
    return {{"config", config},
            {"sends",
             {{"topic", "orders"},
              {"records", draws_.between(1, 30)},
              {"every", draws_.one_of({"0ms", "1ms", "10ms", "100ms", "700ms"})},
              {"key", draws_.one_of({"none", "unique"})}}},
            {"on_error", draws_.one_of({"ignore", "ignore", "resend", "stop"})},
            {"on_restart", draws_.one_of({"resume", "replay", "stay_dead"})},
            {"client", draws_.in(8) ? "librdkafka" : "java"}};
  }

  Json group() {
    Json group = {
        {"topics", Json::array({"orders"})},
        {"members", members_},
        {"config",
         {{"auto.offset.reset", draws_.one_of({"earliest", "earliest", "latest"})},
          {"max.poll.interval.ms", draws_.one_of({5000, 300000})},
          {"max.poll.records", draws_.one_of({1, 3, 500})},
          {"auto.commit.interval.ms", draws_.one_of({10, 5000})},
          {"request.timeout.ms", draws_.one_of({2000, 30000})}}},
        {"commit", draws_.one_of({"auto", "sync", "async", "async_then_sync", "before",
                                  "each_record", "worker_sync", "worker_ordered", "none"})},
        {"handling", {{"takes", draws_.one_of({"0ms", "1ms", "50ms"})}}},
        {"sink", draws_.one_of({"append", "counter", "upsert", "unique_id", "consumer_uuid"})},
        {"on_revoke", draws_.one_of({"nothing", "commit", "none"})}};
    Json& config = group["config"];
    if (draws_.in(4)) {
      group["client"] = "librdkafka";
      config["max.poll.interval.ms"] = draws_.one_of({10000, 300000});
    }
    if (version_ >= "3.7" && draws_.in(3)) {
      config["group.protocol"] = "consumer";
      config["group.remote.assignor"] = draws_.one_of({"uniform", "range"});
      return group;
    }
    config["partition.assignment.strategy"] =
        draws_.one_of({"range", "roundrobin", "sticky", "cooperative-sticky"});
    config["session.timeout.ms"] = draws_.one_of({6000, 10000});
    config["heartbeat.interval.ms"] = draws_.one_of({500, 3000});
    return group;
  }

  // ---- faults ----------------------------------------------------------------------------------

  Json faults() {
    // Whole kinds are switched off, so that those left meet each other more often.
    std::vector<int> kinds;
    for (int kind = 0; kind < 9; ++kind) {
      if (draws_.in(2)) kinds.push_back(kind);
    }
    Json list = Json::array();
    if (kinds.empty()) return list;
    for (int left = draws_.between(0, 5); left > 0; --left) {
      const int kind = kinds[draws_.roll() % kinds.size()];
      Json fault = fault_of(kind);
      if (fault.is_null()) continue;
      fault["name"] = "fault " + std::to_string(list.size() + 1);
      list.push_back(std::move(fault));
    }
    return list;
  }

  Json fault_of(int kind) {
    switch (kind) {
      case 0:
        return {{"when", message()}, {"do", "drop_connection"}};
      case 1:
        return {{"when", message()}, {"do", "swallow"}};
      case 2:
        return {{"when", message()}, {"do", "delay"}, {"by", draws_.ms(10, 12000)}};
      case 3:
        return of_broker(draws_.one_of({"crash", "shut_down"}));
      case 4:
        return of_broker(draws_.one_of({"pause", "isolate"}));
      case 5:
        return of_broker(
            draws_.one_of({"power_loss", "power_loss", "replace_disk", "corrupt_log"}));
      case 6:
        return of_disk(draws_.one_of({"stall_disk", "fill_disk", "slow_disk"}));
      case 7:
        return of_operator();
      default:
        return of_client();
    }
  }

  Json message() {
    Json when = {
        {"message",
         draws_.one_of({"ProduceRequest", "ProduceResponse", "ProduceResponse", "FetchRequest",
                        "FetchResponse", "AlterPartitionRequest", "AlterPartitionResponse",
                        "InitProducerIdResponse", "MetadataResponse", "OffsetCommitRequest",
                        "OffsetCommitResponse", "JoinGroupResponse", "SyncGroupResponse",
                        "BrokerHeartbeatRequest"})},
        {"on", draws_.one_of({"sent", "received"})}};
    if (draws_.in(4)) {
      when["chance"] = "1/20";
    } else {
      when["nth"] = draws_.between(1, 12);
    }
    return when;
  }

  Json moment() {
    if (draws_.in(2)) return {{"at", draws_.ms(0, 12000)}};
    return {{"event", draws_.one_of({"BatchAppended", "BatchReplicated", "HighWatermarkAdvanced",
                                     "LeadershipTaken", "RecordAcked", "BatchRetried", "IsrChanged",
                                     "LogTruncated"})},
            {"nth", draws_.between(1, 6)}};
  }

  Json of_broker(const std::string& action) {
    Json targets = {"broker(" + std::to_string(draws_.between(1, brokers_)) + ")",
                    "leader(orders-0)"};
    if (replicas_ > 1) targets.push_back("follower(orders-0)");
    Json fault = {
        {"when", moment()}, {"do", action}, {"target", targets[draws_.roll() % targets.size()]}};
    if (!draws_.in(4)) fault["for"] = draws_.ms(10, 25000);
    return fault;
  }

  Json of_disk(const std::string& action) {
    Json fault = of_broker(action);
    if (action == "slow_disk") {
      // Not for ever, or who sends again what has timed out fills it with copies, for ever.
      fault["by"] = draws_.ms(1, 4000);
      fault["for"] = draws_.ms(1, 20000);
    }
    return fault;
  }

  Json of_operator() {
    switch (draws_.between(0, 4)) {
      case 0:
        return {{"when", moment()}, {"do", "elect"}};
      case 1:
        return {{"when", moment()}, {"do", "elect"}, {"election", "unclean"}};
      case 2:
        return {{"when", moment()},
                {"do", "change_config"},
                {"target", "topic(orders)"},
                {"config", {{"min.insync.replicas", draws_.between(1, replicas_)}}}};
      case 3:
        // Older clients may never find it again (KAFKA-13488).
        if (version_ < "3.3") return {{"when", moment()}, {"do", "elect"}};
        return {{"when", moment()},
                {"do", "recreate_topic"},
                {"target", "topic(orders)"},
                {"for", draws_.ms(10, 9000)}};
      default:
        return {{"when", moment()},
                {"do", "crash"},
                {"target", "controller"},
                {"for", draws_.ms(10, 9000)}};
    }
  }

  Json of_client() {
    const bool of_member = members_ > 0 && !draws_.in(3);
    if (of_member && members_ > 1 && draws_.in(4)) {  // somebody stays
      return {{"when", moment()}, {"do", "leave"}, {"target", "member(billing-0)"}};
    }
    const int last = (of_member ? members_ : producers_) - 1;
    const std::string number = std::to_string(draws_.between(0, last));
    return {{"when", moment()},
            {"do", draws_.one_of({"crash", "pause"})},
            {"target", of_member ? "member(billing-" + number + ")" : "producer(p" + number + ")"},
            {"for", draws_.ms(10, 20000)}};
  }

  Draws draws_;
  std::string version_;
  int brokers_ = 1;
  int replicas_ = 1;
  int partitions_ = 1;
  int producers_ = 1;
  int members_ = 0;
};

}  // namespace

Json random_scenario(std::uint64_t seed) { return Scribe(seed).write(); }

}  // namespace kafault
