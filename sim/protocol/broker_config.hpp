// Settings of a broker and of a topic (ServerConfigs, ReplicationConfigs, KRaftConfigs,
// GroupCoordinatorConfig, TopicConfig; 4.1).
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "sim/kernel/time.hpp"
#include "sim/protocol/setting.hpp"

namespace kafault {

// Which replica a consumer is told to read from (replica.selector.class, KIP-392): the leader, or
// one in the consumer's own rack.
enum class ReplicaSelector : std::uint8_t { leader, rack_aware };
template <>
struct Spellings<ReplicaSelector> {
  static constexpr std::array<Spelling<ReplicaSelector>, 3> all{
      {{"", ReplicaSelector::leader},
       {"org.apache.kafka.common.replica.RackAwareReplicaSelector", ReplicaSelector::rack_aware},
       {"org.apache.kafka.common.replica.LeaderSelector", ReplicaSelector::leader}}};
};

struct BrokerConfig {
  Duration replica_lag_time_max = std::chrono::seconds(30);
  Duration replica_fetch_wait_max = std::chrono::milliseconds(500);
  Duration replica_fetch_backoff = std::chrono::seconds(1);
  std::int32_t replica_fetch_max_bytes = 1048576;
  std::int32_t replica_fetch_response_max_bytes = 10485760;
  Duration replica_socket_timeout = std::chrono::seconds(30);
  Duration broker_session_timeout = std::chrono::seconds(9);
  Duration broker_heartbeat_interval = std::chrono::seconds(2);
  Duration controller_request_timeout = std::chrono::seconds(2);
  Duration controller_fetch_timeout = std::chrono::seconds(2);
  Duration controller_election_timeout = std::chrono::seconds(1);
  Duration group_initial_rebalance_delay = std::chrono::seconds(3);
  Duration group_min_session_timeout = std::chrono::seconds(6);
  Duration group_max_session_timeout = std::chrono::minutes(30);
  Duration group_consumer_session_timeout = std::chrono::seconds(45);
  Duration group_consumer_heartbeat_interval = std::chrono::seconds(5);
  Duration offsets_commit_timeout = std::chrono::seconds(5);
  std::int32_t offsets_retention_minutes = 10080;
  Duration offsets_retention_check_interval = std::chrono::minutes(10);
  Duration log_flush_scheduler_interval = forever;
  Duration producer_id_expiration = std::chrono::hours(24);
  Duration producer_id_expiration_check_interval = std::chrono::minutes(10);
  Duration log_retention_check_interval = std::chrono::minutes(5);
  std::int32_t log_retention_minutes = -1;
  std::int32_t log_retention_hours = 168;
  std::int32_t log_roll_hours = 168;
  std::int32_t offsets_topic_replication_factor = 3;
  bool auto_leader_rebalance_enable = false;
  std::int32_t leader_imbalance_check_seconds = 300;
  ReplicaSelector replica_selector = ReplicaSelector::leader;
  bool log_cleaner_enable = true;
  Duration log_cleaner_backoff = std::chrono::seconds(15);

  // The only list of broker settings (those of topics beside it, as cluster-wide defaults).
  template <class Self, class Field>
  static void describe(Self& self, Field&& field) {
    constexpr std::int64_t int_max = 2147483647;
    field("replica.lag.time.max.ms", self.replica_lag_time_max,
          "a follower that was not caught up for this long leaves the ISR", at_least(1));
    field("replica.fetch.wait.max.ms", self.replica_fetch_wait_max,
          "how long a follower's fetch may wait for data", within(0, int_max));
    field("replica.fetch.backoff.ms", self.replica_fetch_backoff,
          "a follower's pause after an error", within(0, int_max));
    field("replica.fetch.max.bytes", self.replica_fetch_max_bytes,
          "bytes of one partition in a follower's fetch, softly", within(0, int_max));
    field("replica.fetch.response.max.bytes", self.replica_fetch_response_max_bytes,
          "bytes of a follower's fetch, softly", within(0, int_max));
    field("replica.socket.timeout.ms", self.replica_socket_timeout,
          "a follower gives up a silent connection after this", within(1, int_max));
    field("broker.session.timeout.ms", self.broker_session_timeout,
          "the controller fences a broker after this without a heartbeat", within(1, int_max));
    field("broker.heartbeat.interval.ms", self.broker_heartbeat_interval,
          "how often a broker reports to the controller", within(1, int_max));
    field("controller.quorum.request.timeout.ms", self.controller_request_timeout,
          "a broker gives up a silent controller connection after this", within(0, int_max));
    field("controller.quorum.fetch.timeout.ms", self.controller_fetch_timeout,
          "another voter looks for a new active controller after this without an answer",
          within(500, int_max));
    field("controller.quorum.election.timeout.ms", self.controller_election_timeout,
          "and needs at most this long to be elected", within(0, int_max));
    field("group.initial.rebalance.delay.ms", self.group_initial_rebalance_delay,
          "an empty group waits this long for more members", within(0, int_max));
    field("group.min.session.timeout.ms", self.group_min_session_timeout,
          "smallest session.timeout.ms that is accepted", within(0, int_max));
    field("group.max.session.timeout.ms", self.group_max_session_timeout,
          "largest session.timeout.ms that is accepted", within(0, int_max));
    field("group.consumer.session.timeout.ms", self.group_consumer_session_timeout,
          "group.protocol=consumer: the coordinator evicts a member after this without a heartbeat",
          within(1, int_max));
    field(
        "group.consumer.heartbeat.interval.ms", self.group_consumer_heartbeat_interval,
        "group.protocol=consumer: how often members report, also how late one learns what changes",
        within(1, int_max));
    field("offsets.commit.timeout.ms", self.offsets_commit_timeout,
          "how long the coordinator waits for a commit to be replicated", within(1, int_max));
    field("offsets.retention.minutes", self.offsets_retention_minutes,
          "committed offsets are forgotten when their group has had no member for so long",
          within(1, int_max));
    field("offsets.retention.check.interval.ms", self.offsets_retention_check_interval,
          "how often the coordinator looks for them", within(1, int_max));
    field("log.flush.scheduler.interval.ms", self.log_flush_scheduler_interval,
          "how often a broker looks whether flush.ms is over; by default never, and then flush.ms "
          "does nothing",
          at_least(1));
    field("producer.id.expiration.ms", self.producer_id_expiration,
          "a broker forgets an idempotent producer that has written nothing for this long",
          within(1, int_max));
    field("producer.id.expiration.check.interval.ms", self.producer_id_expiration_check_interval,
          "how often it looks for such producers", at_least(1));
    field("log.retention.check.interval.ms", self.log_retention_check_interval,
          "how often a leader looks for segments that retention.ms and retention.bytes let go",
          at_least(1));
    field("log.retention.minutes", self.log_retention_minutes,
          "stands in for log.retention.ms where that is not written; -1: log.retention.hours does",
          at_least(-1));
    field("log.retention.hours", self.log_retention_hours,
          "stands in for log.retention.minutes where that is not written; -1: no limit",
          at_least(-1));
    field("log.roll.hours", self.log_roll_hours,
          "stands in for log.roll.ms where that is not written", at_least(1));
    field("offsets.topic.replication.factor", self.offsets_topic_replication_factor,
          "replicas of __consumer_offsets (at most the number of brokers)", within(1, 32767));
    field("auto.leader.rebalance.enable", self.auto_leader_rebalance_enable,
          "the controller gives leaderships back to preferred replicas; Kafka's default is true, "
          "here nobody does unless it is written",
          any);
    field("leader.imbalance.check.interval.seconds", self.leader_imbalance_check_seconds,
          "how often it looks for leaderships to give back", at_least(1));
    field("replica.selector.class", self.replica_selector,
          "where consumers with client.rack are sent to read: to the leader, or to an in-sync "
          "replica in their rack (KIP-392)",
          any);
    field("log.cleaner.enable", self.log_cleaner_enable,
          "whether topics with cleanup.policy=compact are compacted", any);
    field("log.cleaner.backoff.ms", self.log_cleaner_backoff,
          "how long the cleaner rests when no log is dirty enough", at_least(1));
  }
};

enum class CleanupPolicy : std::uint8_t { deletion, compaction };
template <>
struct Spellings<CleanupPolicy> {
  static constexpr std::array<Spelling<CleanupPolicy>, 2> all{
      {{"delete", CleanupPolicy::deletion}, {"compact", CleanupPolicy::compaction}}};
};

enum class TimestampType : std::uint8_t { create_time, log_append_time };
template <>
struct Spellings<TimestampType> {
  static constexpr std::array<Spelling<TimestampType>, 2> all{
      {{"CreateTime", TimestampType::create_time},
       {"LogAppendTime", TimestampType::log_append_time}}};
};

struct TopicConfig {
  std::int32_t min_insync_replicas = 1;
  bool unclean_leader_election_enable = false;
  std::int64_t flush_messages = INT64_MAX;
  Duration flush_interval = forever;
  std::int32_t segment_bytes = 1073741824;
  Duration segment_time = std::chrono::hours(24 * 7);
  std::int32_t max_message_bytes = 1048588;
  Duration retention_time = std::chrono::hours(24 * 7);
  std::int64_t retention_bytes = -1;
  std::vector<CleanupPolicy> cleanup_policy{CleanupPolicy::deletion};
  Ratio min_cleanable_dirty_ratio{500'000};
  Duration min_compaction_lag{};
  Duration max_compaction_lag = forever;
  Duration delete_retention = std::chrono::hours(24);
  TimestampType message_timestamp_type = TimestampType::create_time;
  Duration message_timestamp_before_max = forever;
  Duration message_timestamp_after_max = std::chrono::hours(1);

  // What retention deletes: beyond this age (forever: nothing) and size (-1: nothing).
  bool deletes() const { return has(CleanupPolicy::deletion); }
  bool compacts() const { return has(CleanupPolicy::compaction); }
  // LogConfig.maxSegmentMs: what must be compacted in time is rolled in time.
  Duration longest_segment() const {
    return compacts() ? std::min(segment_time, std::max(max_compaction_lag, Duration{1}))
                      : segment_time;
  }
  Duration oldest() const {
    return deletes() && retention_time >= Duration{} ? retention_time : forever;
  }
  std::int64_t largest() const { return deletes() ? retention_bytes : -1; }

  // The only list of topic settings: a topic's name for it, and that of the cluster-wide default
  // among the broker's settings (ServerTopicConfigSynonyms).
  template <class Self, class Field>
  static void describe_both(Self& self, Field&& field) {
    constexpr std::int64_t int_max = 2147483647;
    field("min.insync.replicas", "min.insync.replicas", self.min_insync_replicas,
          "acks=all is refused below this many in-sync replicas", within(1, int_max));
    field("unclean.leader.election.enable", "unclean.leader.election.enable",
          self.unclean_leader_election_enable,
          "an out-of-sync replica may lead when no in-sync one can", any);
    field("max.message.bytes", "message.max.bytes", self.max_message_bytes,
          "a batch of records of more bytes is refused", within(0, int_max));
    field("flush.messages", "log.flush.interval.messages", self.flush_messages,
          "a replica's log is flushed to disk (fsync) after so many records", at_least(1));
    field("flush.ms", "log.flush.interval.ms", self.flush_interval,
          "and after so long, but only as often as log.flush.scheduler.interval.ms lets it look",
          at_least(0));
    field("segment.bytes", "log.segment.bytes", self.segment_bytes,
          "a new segment is begun beyond this size, and the one before it flushed",
          within(14, int_max));
    field("segment.ms", "log.roll.ms", self.segment_time,
          "a new segment is begun after this time, and the one before it flushed", at_least(1));
    field("cleanup.policy", "log.cleanup.policy", self.cleanup_policy,
          "delete: what is too old or too much; compact: all but the last record of every key",
          any);
    field("retention.ms", "log.retention.ms", self.retention_time,
          "a segment is deleted when its newest record is older; -1: no limit", at_least(-1));
    field("retention.bytes", "log.retention.bytes", self.retention_bytes,
          "segments are deleted, oldest first, while so many bytes are left without them; -1: no "
          "limit",
          at_least(-1));
    field("min.cleanable.dirty.ratio", "log.cleaner.min.cleanable.ratio",
          self.min_cleanable_dirty_ratio,
          "a log is compacted when more than this part of its bytes, the active segment aside, was "
          "not yet",
          any);
    field("min.compaction.lag.ms", "log.cleaner.min.compaction.lag.ms", self.min_compaction_lag,
          "a record stays at least this long, whatever comes behind it", at_least(0));
    field("max.compaction.lag.ms", "log.cleaner.max.compaction.lag.ms", self.max_compaction_lag,
          "after this a log is compacted, however little of it is dirty", at_least(1));
    field("delete.retention.ms", "log.cleaner.delete.retention.ms", self.delete_retention,
          "a tombstone stays this long after the cleaning that first met it", at_least(0));
    field("message.timestamp.type", "log.message.timestamp.type", self.message_timestamp_type,
          "whether a record's timestamp is its producer's or the time of its append", any);
    field("message.timestamp.before.max.ms", "log.message.timestamp.before.max.ms",
          self.message_timestamp_before_max, "CreateTime: a record older than this is refused",
          at_least(0));
    field("message.timestamp.after.max.ms", "log.message.timestamp.after.max.ms",
          self.message_timestamp_after_max,
          "CreateTime: a record from further in the future is refused", at_least(0));
  }
  template <class Self, class Field>
  static void describe(Self& self, Field&& field) {
    describe_both(self, [&](auto name, auto, auto& value, auto doc, auto range) {
      field(name, value, doc, range);
    });
  }

 private:
  bool has(CleanupPolicy policy) const {
    return std::find(cleanup_policy.begin(), cleanup_policy.end(), policy) != cleanup_policy.end();
  }
};

// The same settings as they stand among the broker's: the defaults of all topics.
struct TopicDefaults {
  TopicConfig config;

  template <class Self, class Field>
  static void describe(Self& self, Field&& field) {
    TopicConfig::describe_both(self.config, [&](auto, auto name, auto& value, auto doc,
                                                auto range) { field(name, value, doc, range); });
  }
};

}  // namespace kafault
