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
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : state_(seed) {}

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
  explicit Scribe(std::uint64_t seed) : dice_(seed) {}

  Json write() {
    brokers_ = dice_.between(1, 4);
    replicas_ = dice_.between(1, std::min(brokers_, 3));
    partitions_ = dice_.between(1, 2);
    producers_ = dice_.between(1, 2);
    members_ = dice_.in(4) ? 0 : dice_.between(1, 3);
    Json scenario = {
        {"title", "Of a swarm"},
        {"question", "Does everything hold that must hold?"},
        {"kafka", dice_.one_of({"2.8", "3.6", "3.9", "4.0", "4.1", "4.1", "4.1"})},
        {"brokers", brokers()},
        {"topics", {{"orders", topic()}}},
    };
    for (int i = 0; i < producers_; ++i)
      scenario["producers"]["p" + std::to_string(i)] = producer();
    if (members_ > 0) scenario["groups"]["billing"] = group();
    scenario["faults"] = faults();
    scenario["horizon"] = "10m";
    return scenario;
  }

 private:
  Json brokers() {
    return {{"count", brokers_},
            {"config",
             {{"broker.session.timeout.ms", dice_.one_of({2000, 4000, 9000})},
              {"broker.heartbeat.interval.ms", dice_.one_of({300, 1000})},
              {"replica.lag.time.max.ms", dice_.one_of({1000, 5000, 30000})},
              {"replica.socket.timeout.ms", dice_.one_of({2000, 30000})},
              {"replica.fetch.backoff.ms", dice_.one_of({100, 1000})},
              {"group.initial.rebalance.delay.ms", dice_.one_of({0, 500})},
              {"offsets.topic.replication.factor", replicas_}}}};
  }

  Json topic() {
    return {{"partitions", partitions_},
            {"replication.factor", replicas_},
            {"config",
             {{"min.insync.replicas", dice_.between(1, replicas_)},
              {"unclean.leader.election.enable", dice_.in(4)}}}};
  }

  Json producer() {
    const std::string acks = dice_.one_of({"0", "1", "all", "all", "all"});
    const int request_timeout = dice_.one_of({500, 2000, 30000});
    const int linger = dice_.one_of({0, 5, 20});
    Json config = {{"acks", acks},
                   {"enable.idempotence", acks == "all" && !dice_.in(3)},
                   {"max.in.flight.requests.per.connection", dice_.one_of({1, 2, 5})},
                   {"linger.ms", linger},
                   {"batch.size", dice_.one_of({1, 300, 16384})},
                   {"request.timeout.ms", request_timeout},
                   {"delivery.timeout.ms", request_timeout + linger + dice_.between(0, 20000)},
                   {"metadata.max.age.ms", dice_.one_of({1000, 300000})}};
    if (dice_.in(4)) config["retries"] = dice_.between(0, 3);
    return {{"config", config},
            {"sends",
             {{"topic", "orders"},
              {"records", dice_.between(1, 30)},
              {"every", dice_.one_of({"0ms", "1ms", "10ms", "100ms", "700ms"})},
              {"key", dice_.one_of({"none", "unique"})}}},
            {"on_error", dice_.one_of({"ignore", "ignore", "resend", "stop"})},
            {"on_restart", dice_.one_of({"resume", "replay", "stay_dead"})}};
  }

  Json group() {
    return {{"topics", Json::array({"orders"})},
            {"members", members_},
            {"config",
             {{"auto.offset.reset", dice_.one_of({"earliest", "earliest", "latest"})},
              {"session.timeout.ms", dice_.one_of({6000, 10000})},
              {"heartbeat.interval.ms", dice_.one_of({500, 3000})},
              {"max.poll.interval.ms", dice_.one_of({5000, 300000})},
              {"max.poll.records", dice_.one_of({1, 3, 500})},
              {"auto.commit.interval.ms", dice_.one_of({10, 5000})},
              {"request.timeout.ms", dice_.one_of({2000, 30000})}}},
            {"commit", dice_.one_of({"auto", "sync", "async", "async_then_sync", "before",
                                     "each_record", "worker_sync", "worker_ordered", "none"})},
            {"handling", {{"takes", dice_.one_of({"0ms", "1ms", "50ms"})}}},
            {"sink", dice_.one_of({"append", "upsert", "unique_id"})},
            {"on_revoke", dice_.one_of({"nothing", "commit", "none"})}};
  }

  // ---- faults ----------------------------------------------------------------------------------

  Json faults() {
    // Whole kinds are switched off, so that those left meet each other more often.
    std::vector<int> kinds;
    for (int kind = 0; kind < 7; ++kind) {
      if (dice_.in(2)) kinds.push_back(kind);
    }
    Json list = Json::array();
    if (kinds.empty()) return list;
    for (int left = dice_.between(0, 5); left > 0; --left) {
      const int kind = kinds[dice_.roll() % kinds.size()];
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
        return {{"when", message()}, {"do", "delay"}, {"by", dice_.ms(10, 12000)}};
      case 3:
        return of_broker(dice_.one_of({"crash", "shut_down"}));
      case 4:
        return of_broker(dice_.one_of({"pause", "isolate"}));
      case 5:
        return of_broker(dice_.one_of({"power_loss", "power_loss", "replace_disk"}));
      default:
        return of_client();
    }
  }

  Json message() {
    Json when = {{"message", dice_.one_of({"ProduceRequest", "ProduceResponse", "ProduceResponse",
                                           "FetchRequest", "FetchResponse", "AlterPartitionRequest",
                                           "AlterPartitionResponse", "InitProducerIdResponse",
                                           "MetadataResponse", "OffsetCommitRequest",
                                           "OffsetCommitResponse", "JoinGroupResponse",
                                           "SyncGroupResponse", "BrokerHeartbeatRequest"})},
                 {"on", dice_.one_of({"sent", "received"})}};
    if (dice_.in(4)) {
      when["chance"] = "1/20";
    } else {
      when["nth"] = dice_.between(1, 12);
    }
    return when;
  }

  Json moment() {
    if (dice_.in(2)) return {{"at", dice_.ms(0, 12000)}};
    return {{"event", dice_.one_of({"BatchAppended", "BatchReplicated", "HighWatermarkAdvanced",
                                    "LeadershipTaken", "RecordAcked", "BatchRetried", "IsrChanged",
                                    "LogTruncated"})},
            {"nth", dice_.between(1, 6)}};
  }

  Json of_broker(const std::string& action) {
    Json targets = {"broker(" + std::to_string(dice_.between(1, brokers_)) + ")",
                    "leader(orders-0)"};
    if (replicas_ > 1) targets.push_back("follower(orders-0)");
    Json fault = {
        {"when", moment()}, {"do", action}, {"target", targets[dice_.roll() % targets.size()]}};
    if (!dice_.in(4)) fault["for"] = dice_.ms(10, 25000);
    return fault;
  }

  Json of_client() {
    const bool of_member = members_ > 0 && !dice_.in(3);
    if (of_member && members_ > 1 && dice_.in(4)) {  // somebody stays
      return {{"when", moment()}, {"do", "leave"}, {"target", "member(billing-0)"}};
    }
    const int last = (of_member ? members_ : producers_) - 1;
    const std::string number = std::to_string(dice_.between(0, last));
    return {{"when", moment()},
            {"do", dice_.one_of({"crash", "pause"})},
            {"target", of_member ? "member(billing-" + number + ")" : "producer(p" + number + ")"},
            {"for", dice_.ms(10, 20000)}};
  }

  Dice dice_;
  int brokers_ = 1;
  int replicas_ = 1;
  int partitions_ = 1;
  int producers_ = 1;
  int members_ = 0;
};

}  // namespace

Json random_scenario(std::uint64_t seed) { return Scribe(seed).write(); }

}  // namespace kafault
