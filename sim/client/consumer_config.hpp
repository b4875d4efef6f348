// Settings of Kafka's Java consumer (org.apache.kafka.clients.consumer.ConsumerConfig, 4.1).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "sim/client/client_config.hpp"
#include "sim/client/client_profile.hpp"
#include "sim/kernel/time.hpp"
#include "sim/protocol/messages.hpp"
#include "sim/protocol/setting.hpp"

namespace kafault {

enum class OffsetReset : std::uint8_t { latest, earliest, none, by_duration };
template <>
struct Spellings<OffsetReset> {  // by_duration has its duration behind it, see ResetPolicy
  static constexpr std::array<Spelling<OffsetReset>, 3> all{{{"latest", OffsetReset::latest},
                                                             {"earliest", OffsetReset::earliest},
                                                             {"none", OffsetReset::none}}};
};
// AutoOffsetResetStrategy: by_duration begins with what was written at most `back` ago (KIP-1106).
struct ResetPolicy {
  OffsetReset to = OffsetReset::latest;
  Duration back{};

  constexpr ResetPolicy(OffsetReset where = OffsetReset::latest, Duration since = {})
      : to(where), back(since) {}
  friend bool operator==(const ResetPolicy&, const ResetPolicy&) = default;
};
enum class GroupProtocol : std::uint8_t { classic, consumer };
template <>
struct Spellings<GroupProtocol> {
  static constexpr std::array<Spelling<GroupProtocol>, 4> all{
      {{"classic", GroupProtocol::classic},
       {"consumer", GroupProtocol::consumer},
       {"CLASSIC", GroupProtocol::classic},
       {"CONSUMER", GroupProtocol::consumer}}};
};
template <>
struct Spellings<RemoteAssignor> {
  static constexpr std::array<Spelling<RemoteAssignor>, 3> all{
      {{"", RemoteAssignor::none},
       {"uniform", RemoteAssignor::uniform},
       {"range", RemoteAssignor::range}}};
};
template <>
struct Spellings<Assignor> {
  static constexpr std::array<Spelling<Assignor>, 8> all{
      {{"range", Assignor::range},
       {"roundrobin", Assignor::roundrobin},
       {"sticky", Assignor::sticky},
       {"cooperative-sticky", Assignor::cooperative_sticky},
       {"org.apache.kafka.clients.consumer.StickyAssignor", Assignor::sticky},
       {"org.apache.kafka.clients.consumer.CooperativeStickyAssignor",
        Assignor::cooperative_sticky},
       {"org.apache.kafka.clients.consumer.RangeAssignor", Assignor::range},
       {"org.apache.kafka.clients.consumer.RoundRobinAssignor", Assignor::roundrobin}}};
};

struct ConsumerConfig : ClientConfig {
  bool enable_auto_commit = true;
  Duration auto_commit_interval = std::chrono::seconds(5);
  ResetPolicy auto_offset_reset;
  GroupProtocol group_protocol = GroupProtocol::classic;
  RemoteAssignor group_remote_assignor = RemoteAssignor::none;
  Duration session_timeout = std::chrono::seconds(45);
  Duration heartbeat_interval = std::chrono::seconds(3);
  Duration max_poll_interval = std::chrono::minutes(5);
  std::int32_t max_poll_records = 500;
  // Eager as long as range is in the list.
  std::vector<Assignor> partition_assignment_strategy = {Assignor::range,
                                                         Assignor::cooperative_sticky};
  std::string group_instance_id;
  InstanceId instance = no_instance;  // its rank among those of the group; set by the reader
  // assign(): these, without being a member of the group; empty: subscribe(). Set by the reader.
  std::vector<PartitionId> assigned;
  ClientProfile client = ClientProfile::java;
  IsolationLevel isolation_level = IsolationLevel::read_uncommitted;
  std::int32_t fetch_min_bytes = 1;
  Duration fetch_max_wait = std::chrono::milliseconds(500);
  std::int32_t fetch_max_bytes = 52428800;
  std::int32_t max_partition_fetch_bytes = 1048576;
  Duration default_api_timeout = std::chrono::seconds(60);
  std::string client_rack;
  std::int32_t rack = no_rack;  // its number; set by the reader

  // The only list of consumer settings.
  template <class Self, class Field>
  static void describe(Self& self, Field&& field) {
    constexpr std::int64_t int_max = 2147483647;
    field("enable.auto.commit", self.enable_auto_commit,
          "poll() commits the positions of what it returned before", any);
    field("auto.commit.interval.ms", self.auto_commit_interval, "at most this often",
          within(0, int_max));
    field("auto.offset.reset", self.auto_offset_reset,
          "where to begin without a committed offset, or out of range", any);
    field("group.protocol", self.group_protocol,
          "classic: members rebalance together; consumer: the coordinator moves single partitions "
          "(KIP-848)",
          any);
    field("group.remote.assignor", self.group_remote_assignor,
          "group.protocol=consumer: the coordinator's assignor; uniform if nobody says", any);
    field("session.timeout.ms", self.session_timeout,
          "the coordinator evicts a member after this without a heartbeat", within(0, int_max));
    field("heartbeat.interval.ms", self.heartbeat_interval,
          "also how late a member learns of a rebalance", within(0, int_max));
    field("max.poll.interval.ms", self.max_poll_interval,
          "a member that does not poll for this long leaves the group; also the rebalance timeout",
          within(1, int_max));
    field("max.poll.records", self.max_poll_records, "records that one poll() returns at most",
          within(1, int_max));
    field("partition.assignment.strategy", self.partition_assignment_strategy,
          "assignors in order of preference", any);
    field("group.instance.id", self.group_instance_id,
          "a static member (KIP-345): a restart within the session causes no rebalance", any);
    field("isolation.level", self.isolation_level, "whether open transactions are visible", any);
    field("fetch.min.bytes", self.fetch_min_bytes, "a fetch waits for at least this much",
          within(0, int_max));
    field("fetch.max.wait.ms", self.fetch_max_wait, "but no longer than this", within(0, int_max));
    field("fetch.max.bytes", self.fetch_max_bytes, "bytes of one fetch, softly",
          within(0, int_max));
    field("max.partition.fetch.bytes", self.max_partition_fetch_bytes,
          "bytes of one partition in a fetch, softly", within(0, int_max));
    field("client.rack", self.client_rack,
          "where it stands: brokers with RackAwareReplicaSelector send it to a replica there", any);
    describe_network(self, field, [&] {
      field("default.api.timeout.ms", self.default_api_timeout, "how long commitSync() retries",
            within(0, int_max));
    });
  }
};

// The defaults of that client where they differ from the Java client's (librdkafka's
// CONFIGURATION.md); what it calls otherwise goes by Kafka's name.
void adopt_client(ConsumerConfig& config, ClientProfile client);

// What the consumer's constructor refuses (heartbeat.interval.ms must be below session.timeout.ms,
// ...): the exception's message, else nothing.
std::optional<std::string> post_process(ConsumerConfig& config,
                                        const std::set<std::string>& explicit_settings,
                                        const VersionProfile& version);

}  // namespace kafault
