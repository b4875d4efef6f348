#include "sim/scenario/workload_reader.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "sim/scenario/application_reader.hpp"
#include "sim/scenario/cluster_reader.hpp"
#include "sim/scenario/outbox_reader.hpp"
#include "sim/scenario/settings_reader.hpp"
#include "sim/scenario/sink_reader.hpp"
#include "sim/scenario/targets.hpp"
#include "sim/scenario/values.hpp"

namespace kafault {
namespace {

using namespace std::string_view_literals;

constexpr std::int64_t most_records = 10'000'000;
constexpr std::size_t most_producers = 1000;
constexpr std::array clients_of_producers{"java"sv, "librdkafka"sv};
constexpr std::array later_clients_of_producers{"spring"sv};

std::int32_t topic_named(const ClusterPlan& plan, std::string_view name) {
  const auto& topics = plan.layout.topics;
  for (std::size_t at = 0; at + 1 < topics.size(); ++at) {  // the offsets topic is the last
    if (topics[at].name == name) return static_cast<std::int32_t>(at);
  }
  return -1;
}

std::string no_such_topic(const ClusterPlan& plan, std::string_view name) {
  std::vector<std::string_view> names;
  for (const auto& topic : plan.layout.topics) names.push_back(topic.name);
  return "there is no topic " + in_quotes(name) + did_you_mean(name, names);
}

// "none", "unique", or how many.
void read_key(const Cursor& sends, std::int64_t& keys) {
  const std::optional<Cursor> cursor = sends.find("key");
  if (!cursor) return;
  constexpr std::array words{"none"sv, "unique"sv};
  if (cursor->json().is_string()) {
    const std::optional<std::size_t> word = word_at(*cursor, words);
    if (word) keys = *word == 0 ? 0 : -1;
  } else if (const auto number = integer_at(*cursor, 1, 1'000'000'000)) {
    keys = *number;
  }
}

void read_partition(const Cursor& sends, const ClusterLayout::Topic& topic, Workload& workload) {
  const std::optional<Cursor> cursor = sends.find("partition");
  if (!cursor) return;
  const std::optional<std::int64_t> number = integer_at(*cursor, 0, INT32_MAX);
  if (!number) return;
  if (*number >= topic.partitions) {
    cursor->mistake("topic " + in_quotes(topic.name) + " has " + std::to_string(topic.partitions) +
                    (topic.partitions == 1 ? " partition" : " partitions") + ", from 0");
    return;
  }
  workload.partition = static_cast<std::int32_t>(*number);
}

void read_tombstones(const Cursor& sends, Workload& workload) {
  const std::optional<Cursor> range = sends.find("tombstones");
  if (!range) return;
  if (!range->json().is_array() || range->json().size() != 2) {
    return range->mistake("which records are tombstones: [from, to]");
  }
  workload.tombstones_from = integer_at(range->element(0), 0, most_records).value_or(0);
  workload.tombstones_to =
      integer_at(range->element(1), workload.tombstones_from, most_records).value_or(0);
}

void read_timestamps(const Cursor& sends, Workload& workload) {
  Duration age{};
  Duration ahead{};
  read_duration(sends, "age", age);
  read_duration(sends, "ahead", ahead);
  workload.timestamp_shift = ahead - age;
  if (age > Duration{} && ahead > Duration{}) {
    sends.find("ahead")->mistake("timestamps are before the time of send() or after it");
  }
}

Workload read_sends(const Cursor& producer, const ClusterPlan& plan, const std::string& topic) {
  Workload workload;
  workload.records = 100;
  workload.every = std::chrono::milliseconds(20);
  workload.topic = topic_named(plan, topic);
  const std::optional<Cursor> sends = producer.find("sends");
  if (sends && check_object(*sends, sends_format)) {
    std::string ignored;
    read_text(*sends, "topic", ignored);
    read_integer(*sends, "records", workload.records, 1, most_records);
    read_duration(*sends, "every", workload.every);
    read_duration(*sends, "start", workload.start);
    read_size(*sends, "size", workload.size);
    read_integer(*sends, "large_record", workload.large_record, 0, most_records - 1);
    workload.large_size = workload.size;
    read_size(*sends, "large_size", workload.large_size);
    read_key(*sends, workload.keys);
    read_tombstones(*sends, workload);
    read_timestamps(*sends, workload);
    read_size(*sends, "compressed_size", workload.compressed_size);
    read_flag(*sends, "wait", workload.wait);
    read_integer(*sends, "flush_every", workload.flush_every, 1, most_records);
    read_flag(*sends, "exits_when_sent", workload.exits_when_sent);
    read_outbox(*sends, workload);
    read_duration(*sends, "close_timeout", workload.close_timeout);
    if (workload.exits_when_sent && workload.close_timeout < forever) {
      sends->find("close_timeout")->mistake("a process that exits_when_sent calls no close()");
    }
    if (workload.topic >= 0) {
      read_partition(*sends, plan.layout.topics[static_cast<std::size_t>(workload.topic)],
                     workload);
    }
    constexpr std::int64_t ten_years = std::chrono::nanoseconds(std::chrono::hours(87600)).count();
    if (workload.every.count() > ten_years / workload.records) {
      sends->mistake("sending " + with_separators(workload.records) + " records, one every " +
                     text_of(workload.every) + ", would take more than ten years");
    }
  }
  if (workload.topic < 0) {
    const std::optional<Cursor> cursor = sends ? sends->find("topic") : std::nullopt;
    (cursor ? *cursor : producer)
        .mistake(in_quotes(topic) + " is no topic that a producer can write to");
    workload.topic = 0;
  }
  read_choice(producer, "on_error", workload.on_error);
  read_choice(producer, "on_restart", workload.on_restart);
  if (workload.on_restart == OnRestart::after_flushed && workload.flush_every == 0) {
    producer.find("on_restart")->mistake("after_flushed needs sends/flush_every");
    workload.flush_every = 1;
  }
  return workload;
}

std::vector<std::int32_t> read_group_topics(const Cursor& group, const ClusterPlan& plan) {
  std::set<std::int32_t> topics;
  const std::optional<Cursor> cursor = group.find("topics");
  if (!cursor) {
    for (const ProducerPlan& producer : plan.producers) topics.insert(producer.sends.topic);
    return {topics.begin(), topics.end()};
  }
  if (!cursor->json().is_array() || cursor->json().empty()) {
    cursor->mistake("a group's topics are a list of names");
    return {};
  }
  for (std::size_t at = 0; at < cursor->json().size(); ++at) {
    const Cursor element = cursor->element(at);
    const std::optional<std::string> name = text_at(element);
    if (!name) continue;
    const std::int32_t topic = topic_named(plan, *name);
    if (topic < 0) {
      element.mistake(no_such_topic(plan, *name));
    } else if (!topics.insert(topic).second) {
      element.mistake(in_quotes(*name) + " stands twice in the list");
    }
  }
  return {topics.begin(), topics.end()};
}

// One for each topic but the last, which as a rule nobody tries again; or one for all of these.
void read_delays(const Cursor& publishes, OutletPlan& outlet) {
  const std::optional<Cursor> delay = publishes.find("delay");
  if (!delay || outlet.topics.empty()) return;
  const bool is_list = delay->json().is_array();
  const std::size_t count = is_list ? delay->json().size() : outlet.topics.size() - 1;
  if (count == 0 || count > outlet.topics.size()) {
    return delay->mistake(
        "a delay is for a topic in \"to\" from which a record goes on to the next");
  }
  for (std::size_t at = 0; at < count; ++at) {
    outlet.delays.push_back(
        duration_at(is_list ? delay->element(at) : *delay).value_or(Duration{}));
  }
}

// Where the group's error handler publishes to; returns the ConfigException of its producer, if
// any.
std::optional<std::string> read_outlet(const Cursor& group, const ClusterPlan& plan,
                                       const VersionDefaults& defaults, GroupPlan& made) {
  const bool is_used = publishes(made.application);
  if (is_used && uses_workers(made.application.commit)) {
    group.find("on_exception")->mistake("\"publish\" is for handlers in the poll loop");
  }
  const std::optional<Cursor> cursor = group.find("publishes");
  if (!cursor && is_used) {
    group.find("on_exception")
        ->mistake("\"publish\" where to? \"publishes\": { \"to\": [\"orders-dlt\"] }");
  }
  if (!cursor || !check_object(*cursor, publishes_format)) return std::nullopt;
  OutletPlan outlet;
  const std::optional<Cursor> to = cursor->find("to");
  if (!to || !to->json().is_array() || to->json().empty()) {
    (to ? *to : *cursor).mistake("\"to\" is a list of topics");
    return std::nullopt;
  }
  for (std::size_t at = 0; at < to->json().size(); ++at) {
    const Cursor element = to->element(at);
    const std::optional<std::string> name = text_at(element);
    if (!name) continue;
    const std::int32_t topic = topic_named(plan, *name);
    const bool is_sent_to =
        std::any_of(plan.producers.begin(), plan.producers.end(),
                    [&](const ProducerPlan& p) { return p.sends.topic == topic; });
    if (topic < 0) {
      element.mistake(no_such_topic(plan, *name));
    } else if (plan.topics[static_cast<std::size_t>(topic)].compacts()) {
      element.mistake(in_quotes(*name) +
                      " is compacted: what keys they have there is not modelled");
    } else if (is_sent_to) {
      element.mistake("producers send to " + in_quotes(*name) + "; failed records go elsewhere");
    } else if (std::find(outlet.topics.begin(), outlet.topics.end(), topic) !=
               outlet.topics.end()) {
      element.mistake(in_quotes(*name) + " stands twice in the list");
    } else {
      outlet.topics.push_back(topic);
    }
  }
  read_delays(*cursor, outlet);
  read_flag(*cursor, "awaited", outlet.is_awaited);
  outlet.config = defaults.producer;
  std::set<std::string> written;
  if (const auto settings = cursor->find("config")) {
    read_settings(*settings, Role::producer, written, outlet.config);
  }
  const auto refusal = post_process(outlet.config, written, defaults.profile);
  if (is_used) made.outlet = std::move(outlet);
  return is_used ? refusal : std::nullopt;
}

constexpr bool commits_automatically(CommitStrategy commit) {
  return commit == CommitStrategy::automatic || commit == CommitStrategy::auto_worker ||
         commit == CommitStrategy::stored;
}

// The settings of a consumer as its client uses them; returns the ConfigException, if any.
std::optional<std::string> read_consumer(const Cursor& group, const Cursor* settings,
                                         CommitStrategy commit, const VersionProfile& version,
                                         ConsumerConfig& config) {
  std::set<std::string> written;
  if (settings != nullptr) read_settings(*settings, Role::consumer, written, config);
  const bool automatic = commits_automatically(commit);
  if (!written.contains("enable.auto.commit")) {
    config.enable_auto_commit = automatic;
  } else if (automatic && !config.enable_auto_commit) {
    settings->find("enable.auto.commit")
        ->mistake("commit \"" + std::string(spell(commit)) +
                  "\" means that auto-commit is on; \"none\" never commits");
  } else if (!automatic && config.enable_auto_commit) {
    group.reading().warn(pointer_of(group.path()) + ": auto-commit runs beside commit \"" +
                         std::string(spell(commit)) + "\"");
  }
  return post_process(config, written, version);
}

class GroupReader {
 public:
  GroupReader(const Cursor& group, ClientProfile client, const VersionDefaults& defaults,
              const ClusterLayout& layout, GroupPlan& plan)
      : group_(group), client_(client), defaults_(defaults), layout_(layout), plan_(plan) {}

  // Adds the members; `room` is how many more there may be in the scenario.
  std::optional<std::string> read_members(std::size_t room) {
    const std::size_t before = group_.reading().mistakes_so_far();
    const std::optional<Cursor> settings = group_.find("config");
    common_ = defaults_.consumer;
    adopt_client(common_, client_);
    exception_ = read_consumer(group_, settings ? &*settings : nullptr, plan_.application.commit,
                               defaults_.profile, common_);
    const bool is_sound = group_.reading().mistakes_so_far() == before;

    const std::optional<Cursor> members = group_.find("members");
    std::int64_t count = 1;
    if (members && !members->json().is_array()) {
      count = integer_at(*members, 1, most_members).value_or(1);
    } else if (members) {
      count = static_cast<std::int64_t>(members->json().size());
      if (count == 0) members->mistake("a group has at least one member");
    }
    if (static_cast<std::size_t>(count) > room) {
      (members ? *members : group_).mistake("with this group there are more than 1,000 members");
      return exception_;
    }
    for (std::int64_t m = 0; m < count; ++m) {
      plan_.members.push_back({plan_.name + "-" + std::to_string(m), common_, plan_.start, false});
      if (members && members->json().is_array()) {
        const Cursor member = members->element(static_cast<std::size_t>(m));
        read_override(member, settings, is_sound);
        read_assigned(member);
      }
    }
    return exception_;
  }

 private:
  // A Merge Patch of the group's settings, and a start of its own.
  void read_override(const Cursor& member, const std::optional<Cursor>& settings, bool is_sound) {
    if (!check_object(member, member_format)) return;
    read_duration(member, "start", plan_.members.back().start);
    const std::optional<Cursor> own = member.find("config");
    if (!own || !is_sound) return;
    if (!own->json().is_object()) {
      own->mistake(shown(own->json()) + " stands where an object of settings belongs");
      return;
    }
    Json merged = settings ? settings->json() : Json::object();
    merged.merge_patch(own->json());
    const Cursor cursor = member.member("config", merged);
    ConsumerConfig config = defaults_.consumer;
    adopt_client(config, client_);
    const auto exception =
        read_consumer(group_, &cursor, plan_.application.commit, defaults_.profile, config);
    if (exception && !exception_) exception_ = exception;
    plan_.members.back().config = std::move(config);
  }

  void read_assigned(const Cursor& member) {
    const std::optional<Cursor> list =
        member.json().is_object() ? member.find("assign") : std::nullopt;
    if (!list) return;
    if (!list->json().is_array()) return list->mistake("assign is a list of partitions: orders-0");
    std::set<PartitionId> partitions;
    for (std::size_t at = 0; at < list->json().size(); ++at) {
      const Cursor element = list->element(at);
      const std::optional<std::string> text = text_at(element);
      if (!text) continue;
      if (const auto partition = partition_of_group(*text)) {
        partitions.insert(*partition);
      } else {
        element.mistake(in_quotes(*text) +
                        " is no partition of the group's topics: write topic and number, orders-0");
      }
    }
    plan_.members.back().config.assigned.assign(partitions.begin(), partitions.end());
  }

  std::optional<PartitionId> partition_of_group(const std::string& text) const {
    const std::optional<Numbered> numbered = split_number(text);
    if (!numbered) return std::nullopt;
    for (const std::int32_t topic : plan_.topics) {
      const auto& layout = layout_.topics[static_cast<std::size_t>(topic)];
      const bool is_meant = layout.name == numbered->name && numbered->number < layout.partitions;
      if (is_meant) return layout.first_partition + static_cast<PartitionId>(numbered->number);
    }
    return std::nullopt;
  }

  const Cursor& group_;
  ClientProfile client_;
  const VersionDefaults& defaults_;
  const ClusterLayout& layout_;
  GroupPlan& plan_;
  ConsumerConfig common_;
  std::optional<std::string> exception_;
};

// By the order of their names, in which Kafka's assignors take static members.
void number_instances(GroupPlan& group) {
  std::set<std::string> names;
  for (const MemberPlan& member : group.members) names.insert(member.config.group_instance_id);
  names.erase("");
  for (MemberPlan& member : group.members) {
    const auto at = names.find(member.config.group_instance_id);
    member.config.instance =
        at == names.end() ? no_instance : static_cast<InstanceId>(std::distance(names.begin(), at));
  }
}

// A consumer in a rack where no broker is reads from leaders, as one that does not say where it is.
void number_racks(GroupPlan& group, const std::vector<std::string>& racks) {
  for (MemberPlan& member : group.members) {
    const auto at = std::find(racks.begin(), racks.end(), member.config.client_rack);
    member.config.rack =
        at == racks.end() ? no_rack : static_cast<std::int32_t>(at - racks.begin());
  }
}

// Simplified: members of both protocols in one group, as during Kafka's online migration, are not
// modelled.
void check_protocol(const Cursor& group, const GroupPlan& plan, const VersionProfile& brokers) {
  const auto is_modern = [](const MemberPlan& member) {
    return member.config.group_protocol == GroupProtocol::consumer;
  };
  const auto count = std::count_if(plan.members.begin(), plan.members.end(), is_modern);
  if (count == 0) return;
  if (static_cast<std::size_t>(count) < plan.members.size()) {
    group.mistake("all members of a group are of one group.protocol");
  } else if (!plan.version.consumer_group_protocol || !brokers.consumer_group_protocol) {
    group.mistake("group.protocol=consumer needs clients and brokers of 3.7 or later");
  }
}

}  // namespace

std::size_t members_of(const ClusterPlan& plan) {
  std::size_t count = 0;
  for (const GroupPlan& group : plan.groups) count += group.members.size();
  return count;
}

std::optional<std::string> read_producers(const Cursor& root, const VersionReader& versions,
                                          ClusterPlan& plan) {
  std::optional<std::string> exception;
  const std::optional<Cursor> producers = root.find("producers");
  if (!producers || !producers->json().is_object() || producers->json().empty()) {
    (producers ? *producers : root)
        .mistake("a scenario has at least one producer: \"producers\": { \"shop\": {} }");
    return exception;
  }
  if (producers->json().size() > most_producers) {
    producers->mistake("there are more than 1,000 producers");
    return exception;
  }
  std::int64_t records = 0;
  for (const auto& [name, value] : producers->json().get_ref<const Json::object_t&>()) {
    const Cursor producer = producers->member(name, value);
    if (!check_name(producer, name) || !check_object(producer, producer_format)) continue;
    ClientProfile client = ClientProfile::java;
    const VersionDefaults defaults = versions.client_of(producer, [&](const Cursor& whose) {
      if (word_at(whose, clients_of_producers, later_clients_of_producers) == 1) {
        client = ClientProfile::librdkafka;
      }
    });
    ProducerPlan made{name, defaults.profile, defaults.producer,
                      read_sends(producer, plan, topic_of_sends(root, value))};
    adopt_client(made.config, client);
    std::set<std::string> written;
    if (const auto settings = producer.find("config")) {
      read_settings(*settings, Role::producer, written, made.config);
    }
    const auto refusal = post_process(made.config, written, defaults.profile);
    if (refusal && !exception) exception = "producer " + name + ": " + *refusal;
    records += made.sends.records;
    plan.producers.push_back(std::move(made));
  }
  if (records > most_records) {
    producers->mistake("together they send " + with_separators(records) + " records, more than " +
                       with_separators(most_records));
  }
  return exception;
}

std::optional<std::string> read_groups(const Cursor& root, const VersionReader& versions,
                                       ClusterPlan& plan) {
  std::optional<std::string> exception;
  const std::optional<Cursor> groups = root.find("groups");
  if (!groups) return exception;
  if (!groups->json().is_object()) {
    groups->mistake("groups are an object: their names and what they are");
    return exception;
  }
  for (const auto& [name, value] : groups->json().get_ref<const Json::object_t&>()) {
    const Cursor group = groups->member(name, value);
    if (!check_name(group, name) || !check_object(group, group_format)) continue;
    ClientProfile client = ClientProfile::java;
    const VersionDefaults defaults = versions.client_of(group, [&](const Cursor& whose) {
      client = choice_at<ClientProfile>(whose).value_or(client);
    });
    GroupPlan made;
    made.name = name;
    made.version = defaults.profile;
    made.topics = read_group_topics(group, plan);
    made.application = read_application(group, client);
    read_sinks(group, plan, made);
    read_duration(group, "start", made.start);
    const auto outlets_refusal = read_outlet(group, plan, defaults, made);
    const auto refusal = GroupReader(group, client, defaults, plan.layout, made)
                             .read_members(most_members - members_of(plan));
    number_instances(made);
    number_racks(made, plan.racks);
    check_protocol(group, made, versions.brokers().profile);
    if (refusal && !exception) exception = "group " + name + ": " + *refusal;
    if (outlets_refusal && !exception) exception = "group " + name + ": " + *outlets_refusal;
    plan.groups.push_back(std::move(made));
  }
  return exception;
}

}  // namespace kafault
