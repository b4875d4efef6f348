#include "sim/scenario/versions.hpp"

#include <algorithm>
#include <array>

#include "sim/scenario/setting_text.hpp"

namespace kafault {
namespace {

// Each row is the one above it with what that version changed; the last one is what a default
// constructed profile and default constructed settings say.
std::vector<VersionDefaults> make_rows() {
  using std::chrono::milliseconds;
  using std::chrono::seconds;
  std::vector<VersionDefaults> rows;
  VersionDefaults v;
  VersionProfile& is = v.profile;
  const auto release = [&](std::string_view name) {
    is.name = name;
    rows.push_back(v);
  };

  // Of a cluster with ZooKeeper, whose client pings every third of a session (ClientCnxn).
  is.zookeeper = true;
  is.fenced_stay_out_of_isr = false;
  is.broker_epoch_fencing = false;
  is.isr_shrink_bumps_leader_epoch = true;
  is.strict_min_isr = false;
  is.cap_min_isr_at_replication_factor = false;
  is.leader_in_answers = false;
  is.exponential_backoff = false;
  is.periodic_fencing = false;
  is.unclean_registration_leaves_isr = false;
  is.eligible_leader_replicas = false;
  is.default_idempotence_applies = false;
  is.in_flight_conflict_throws = false;
  is.consumer_group_protocol = false;
  is.auto_commit_before_collecting = false;
  is.topics_told_apart = false;
  is.reset_by_duration = false;
  v.producer.acks = Acks::leader;
  v.producer.enable_idempotence = false;
  v.producer.linger = milliseconds(0);
  v.consumer.session_timeout = seconds(10);
  v.consumer.partition_assignment_strategy = {Assignor::range};
  v.broker.broker_session_timeout = seconds(18);
  v.broker.broker_heartbeat_interval = seconds(6);
  v.topic.message_timestamp_after_max = forever;
  v.producer.metadata_recovery = v.consumer.metadata_recovery = MetadataRecovery::none;
  release("2.8");

  v.producer.acks = Acks::all;
  v.producer.enable_idempotence = true;
  v.consumer.session_timeout = seconds(45);
  v.consumer.partition_assignment_strategy = {Assignor::range, Assignor::cooperative_sticky};
  v.broker.broker_session_timeout = seconds(9);
  v.broker.broker_heartbeat_interval = seconds(2);
  is.zookeeper = false;
  is.unclean_election_honoured = false;
  release("3.0.0");

  is.default_idempotence_applies = true;
  release("3.0.1");

  is.fenced_stay_out_of_isr = true;
  is.topics_told_apart = true;
  release("3.3");

  is.broker_epoch_fencing = true;
  release("3.5");

  is.isr_shrink_bumps_leader_epoch = false;
  release("3.6");

  is.strict_min_isr = true;
  is.cap_min_isr_at_replication_factor = true;
  is.leader_in_answers = true;
  is.exponential_backoff = true;
  is.epoch_checkpoint_synced = false;
  is.consumer_group_protocol = true;
  release("3.7");

  is.epoch_checkpoint_synced = true;
  is.unclean_election_honoured = true;
  release("3.9");

  v.producer.linger = milliseconds(5);
  v.topic.message_timestamp_after_max = std::chrono::hours(1);
  v.producer.metadata_recovery = v.consumer.metadata_recovery = MetadataRecovery::rebootstrap;
  is.periodic_fencing = true;
  is.unclean_registration_leaves_isr = true;
  is.in_flight_conflict_throws = true;
  is.auto_commit_before_collecting = true;
  is.reset_by_duration = true;
  release("4.0");

  is.eligible_leader_replicas = true;
  release("4.1");
  is.flush_awaits_pieces = true;
  is.buffers_kept_until_sent = true;
  release("4.3");
  return rows;
}

const std::vector<VersionDefaults>& rows() {
  static const std::vector<VersionDefaults> all = make_rows();
  return all;
}

struct DefaultSource {
  std::string_view setting;
  std::string_view source;
};
constexpr std::array<DefaultSource, 9> default_sources{
    {{"acks", "KIP-679, 3.0"},
     {"enable.idempotence", "KIP-679, 3.0"},
     {"linger.ms", "KIP-1030, 4.0"},
     {"session.timeout.ms", "KIP-735, 3.0"},
     {"partition.assignment.strategy", "KIP-726, 3.0"},
     {"metadata.recovery.strategy", "KIP-1102, 4.0; there is none before 3.8, KIP-899"},
     {"message.timestamp.after.max.ms", "KIP-1030, 4.0; KIP-937, 3.6"},
     {"broker.session.timeout.ms", "KIP-631; with ZooKeeper its session, KIP-537"},
     {"broker.heartbeat.interval.ms", "KIP-631; with ZooKeeper its ping, a third of the session"}}};

std::string_view source_of(std::string_view setting) {
  const auto* const found =
      std::find_if(default_sources.begin(), default_sources.end(),
                   [&](const DefaultSource& known) { return known.setting == setting; });
  return found == default_sources.end() ? std::string_view{} : found->source;
}

bool differs(const std::vector<std::string>& values) {
  return std::any_of(values.begin(), values.end(),
                     [&](const std::string& value) { return value != values.front(); });
}

// Fills in one version's values, line by line.
struct LineFiller {
  std::vector<VersionLine>& lines;
  std::size_t at = 0;

  void add(const VersionLine& line, std::string value) {
    if (at == lines.size()) lines.push_back(line);
    lines[at++].values.push_back(std::move(value));
  }
  template <class Config>
  void add_defaults(std::string_view kind, const Config& config) {
    Config::describe(config,
                     [&](std::string_view name, const auto& value, std::string_view doc, Range) {
                       add({kind, name, doc, source_of(name), {}}, kafka_text(value));
                     });
  }
};

}  // namespace

const VersionDefaults* find_version(std::string_view name) {
  for (const VersionDefaults& row : rows()) {
    if (row.profile.name == name) return &row;
  }
  return nullptr;
}

std::vector<std::string_view> known_versions() {
  std::vector<std::string_view> names;
  for (const VersionDefaults& row : rows()) names.push_back(row.profile.name);
  return names;
}

std::vector<VersionLine> version_table() {
  std::vector<VersionLine> lines;
  for (const VersionDefaults& row : rows()) {
    LineFiller filler{lines};
    VersionProfile::describe(row.profile, [&](std::string_view name, bool value,
                                              std::string_view doc, std::string_view source) {
      filler.add({"switch", name, doc, source, {}}, value ? "on" : "off");
    });
    filler.add_defaults("producer", row.producer);
    filler.add_defaults("consumer", row.consumer);
    filler.add_defaults("broker", row.broker);
    filler.add_defaults("topic", row.topic);
  }
  std::erase_if(lines, [](const VersionLine& line) {
    return line.kind != "switch" && !differs(line.values);
  });
  return lines;
}

}  // namespace kafault
