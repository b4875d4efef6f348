// Every value that a combination uses and where it came from: the hidden default is the cause of
// most surprises.
#include <set>

#include "sim/scenario/matrix.hpp"
#include "sim/scenario/scenario.hpp"
#include "sim/scenario/setting_text.hpp"
#include "sim/scenario/versions.hpp"

namespace kafault {
namespace {

std::string sinks_text(const std::vector<SinkPlan>& sinks) {
  std::string text;
  for (const SinkPlan& sink : sinks) {
    text += (text.empty() ? "" : ",") + kafka_text(sink.kind);
    const SinkPlan usual{.kind = sink.kind};
    if (sink.remembers != usual.remembers) text += " remembers " + text_of(sink.remembers);
    if (sink.resolution != usual.resolution) text += " resolution " + text_of(sink.resolution);
    if (!sink.checks) text += " without checks";
    if (!sink.keeps_files) text += " without files after a crash";
  }
  return text;
}

std::string range_text(Duration low, Duration high) {
  return low == high ? text_of(low) : text_of(low) + " to " + text_of(high);
}

template <class Config>
std::vector<std::string> values_of(const Config& config) {
  std::vector<std::string> values;
  Config::describe(config, [&](std::string_view, const auto& value, std::string_view, Range) {
    values.push_back(kafka_text(value));
  });
  return values;
}

class Resolver {
 public:
  Resolver(const Scenario& scenario, const Combination& combination)
      : plan_(combination.plan),
        source_(scenario.text, scenario.file_name),
        mistakes_(scenario.file_name),
        reading_(source_, mistakes_),
        matrix_(source_, scenario.options, reading_),
        document_(matrix_.apply(combination.choices, reading_)) {}

  std::vector<ResolvedValue> resolve(const Combination& combination) {
    add({"kafka"}, std::string(plan_.version.name));
    add_switches();
    add({"network", "latency"}, range_text(plan_.network.latency_low, plan_.network.latency_high));
    if (plan_.network.loss_ppm > 0) {
      add({"network", "loss"}, std::to_string(plan_.network.loss_ppm) + "/1000000");
    }
    const bool is_drawn = plan_.network.latency_low < plan_.network.latency_high;
    add({"client_dice"}, kafka_text(plan_.client_dice), is_drawn ? "/network/latency" : "default");
    add_brokers();
    for (std::size_t t = 0; t + 1 < plan_.topics.size(); ++t) add_topic(t);
    for (const ProducerPlan& producer : plan_.producers) add_producer(producer);
    for (const GroupPlan& group : plan_.groups) add_group(group);
    add({"seed"}, std::to_string(combination.seed));
    add({"runs"}, std::to_string(combination.runs));
    add({"horizon"}, text_of(plan_.horizon));
    return std::move(values_);
  }

 private:
  bool is_written(const Path& path) const {
    const Json* node = &document_;
    for (const std::string& token : path) {
      if (node->is_array()) {
        const auto index = parse_integer(token);
        if (!index || *index < 0 || static_cast<std::size_t>(*index) >= node->size()) return false;
        node = &(*node)[static_cast<std::size_t>(*index)];
        continue;
      }
      if (!node->is_object()) return false;
      const auto child = node->find(token);
      if (child == node->end()) return false;
      node = &*child;
    }
    return true;
  }
  std::string writer_of(const Path& path) const {
    const std::string writer = reading_.origins.writer_of(path);
    return writer.empty() ? "file" : writer;
  }

  void add(const Path& path, std::string value, std::string fallback = "default") {
    const std::string origin = is_written(path) ? writer_of(path) : std::move(fallback);
    values_.push_back({pointer_of(path), std::move(value), origin});
  }

  // A switch that nobody wrote is as its version has it.
  void add_switches() {
    VersionProfile::describe(
        plan_.version, [&](std::string_view name, bool value, std::string_view, std::string_view) {
          add({"switches", std::string(name)}, kafka_text(value),
              "version " + std::string(plan_.version.name));
        });
  }

  void add_client(const Path& client, ClientProfile is, const VersionProfile& version) {
    add(client, std::string(spell(is)));
    add({client[0], client[1], client[2], "version"}, std::string(version.name), "/kafka");
  }

  // `plain` are 4.1's defaults, `usual` those of the owner's version.
  template <class Config>
  void add_settings(Path path, const Config& config, const Config& usual, const Config& plain,
                    const VersionProfile& version, const std::string& fallback) {
    const std::vector<std::string> usual_values = values_of(usual);
    const std::vector<std::string> plain_values = values_of(plain);
    std::size_t at = 0;
    Config::describe(config,
                     [&](std::string_view name, const auto& value, std::string_view, Range) {
                       const std::string text = kafka_text(value);
                       const std::size_t index = at++;
                       std::string origin = fallback;
                       if (text != usual_values[index]) {
                         origin = "derived";
                       } else if (text != plain_values[index]) {
                         origin = "version " + std::string(version.name);
                       }
                       path.emplace_back(name);
                       add(path, text, origin);
                       path.pop_back();
                     });
  }

  void add_brokers() {
    add({"brokers", "count"}, std::to_string(plan_.layout.brokers));
    const auto& offsets =
        plan_.layout.partitions[static_cast<std::size_t>(plan_.layout.offsets_partition)];
    add({"brokers", "coordinator"}, std::to_string(offsets.replicas.front()));
    add({"brokers", "request_time"}, range_text(plan_.request.low, plan_.request.high));
    add({"brokers", "disk", "dirty_writeback"}, text_of(plan_.disk.dirty_writeback));
    add({"brokers", "disk", "dirty_expire"}, text_of(plan_.disk.dirty_expire));
    add_settings({"brokers", "config"}, plan_.brokers.front(), usual_.broker, plain_.broker,
                 plan_.version, "default");
    add_settings({"brokers", "config"}, TopicDefaults{plan_.topics.back()},
                 TopicDefaults{usual_.topic}, TopicDefaults{plain_.topic}, plan_.version,
                 "default");
  }

  void add_topic(std::size_t t) {
    const auto& topic = plan_.layout.topics[t];
    const Path path{"topics", topic.name};
    const auto below = [&](const char* key) { return Path{path[0], path[1], key}; };
    const auto first = static_cast<std::size_t>(topic.first_partition);
    add(below("partitions"), std::to_string(topic.at_first()));
    add(below("replication.factor"),
        std::to_string(plan_.layout.partitions[first].replicas.size()));
    std::string assignment;
    for (std::size_t p = first; p < first + static_cast<std::size_t>(topic.at_first()); ++p) {
      std::string replicas;
      for (const NodeId broker : plan_.layout.partitions[p].replicas) {
        replicas += (replicas.empty() ? "" : ",") + std::to_string(broker);
      }
      assignment += (assignment.empty() ? "[" : ",[") + replicas + "]";
    }
    add(below("assignment"), "[" + assignment + "]");
    add_settings(below("config"), plan_.topics[t], plan_.topics.back(), plan_.topics.back(),
                 plan_.version, "/brokers/config");
  }

  void add_producer(const ProducerPlan& producer) {
    const Path path{"producers", producer.name};
    const auto below = [&](const char* key) { return Path{path[0], path[1], key}; };
    const auto sends = [&](const char* key) { return Path{path[0], path[1], "sends", key}; };
    const Workload& workload = producer.sends;
    add_client(below("client"), producer.config.client, producer.version);
    add_settings(below("config"), producer.config, find_version(producer.version.name)->producer,
                 plain_.producer, producer.version, "client java");
    add(sends("topic"), plan_.layout.topics[static_cast<std::size_t>(workload.topic)].name);
    add(sends("records"), std::to_string(workload.records));
    add(sends("every"), text_of(workload.every));
    add(sends("start"), text_of(workload.start));
    add(sends("size"), text_of_size(workload.size));
    add(sends("key"), workload.keys == 0    ? "none"
                      : workload.keys == -1 ? "unique"
                                            : std::to_string(workload.keys));
    add(sends("partition"), workload.partition < 0 ? "by key" : std::to_string(workload.partition));
    add(sends("wait"), kafka_text(workload.wait));
    if (workload.large_record >= 0) {
      add(sends("large_record"), std::to_string(workload.large_record));
      add(sends("large_size"), text_of_size(workload.large_size));
    }
    if (workload.flush_every > 0) add(sends("flush_every"), std::to_string(workload.flush_every));
    add(sends("exits_when_sent"), kafka_text(workload.exits_when_sent));
    if (workload.close_timeout < forever) {
      add(sends("close_timeout"), text_of(workload.close_timeout));
    }
    if (workload.outbox.exists) add_relay(path, workload.outbox);
    add(below("on_error"), kafka_text(workload.on_error));
    add(below("on_restart"), kafka_text(workload.on_restart));
  }

  void add_relay(const Path& producer, const OutboxPlan& outbox) {
    const auto below = [&](const char* key) {
      return Path{producer[0], producer[1], "sends", "outbox", key};
    };
    add(below("reads"), kafka_text(outbox.reads));
    if (outbox.late_row >= 0) {
      add(below("late_row"), std::to_string(outbox.late_row));
      add(below("late_by"), text_of(outbox.late_by));
    }
    if (outbox.reads == RelayReads::change_log) return;
    add(below("poll"), text_of(outbox.poll));
    add(below("relays"), std::to_string(outbox.relays));
    if (outbox.relays > 1) add(below("locks"), outbox.locks ? "true" : "false");
    if (outbox.late_poll < 0) return;
    add(below("late_poll"), std::to_string(outbox.late_poll));
    add(below("late_poll_by"), text_of(outbox.late_poll_by));
  }

  void add_group(const GroupPlan& group) {
    const Path path{"groups", group.name};
    const auto below = [&](const char* key) { return Path{path[0], path[1], key}; };
    std::string topics;
    for (const std::int32_t topic : group.topics) {
      topics +=
          (topics.empty() ? "" : ",") + plan_.layout.topics[static_cast<std::size_t>(topic)].name;
    }
    add(below("topics"), topics);
    const ApplicationPlan& application = group.application;
    std::int64_t members = 0;
    for (const MemberPlan& member : group.members) members += member.joins_by_fault ? 0 : 1;
    add(below("members"), std::to_string(members));
    add_client(below("client"), group.members.front().config.client, group.version);
    add(below("start"), text_of(group.start));
    add(below("commit"), kafka_text(application.commit));
    add({"groups", group.name, "handling", "takes"},
        range_text(application.takes_low, application.takes_high));
    add({"groups", group.name, "handling", "window"}, std::to_string(application.window));
    if (application.window > 1) {
      add({"groups", group.name, "handling", "rewrites"}, kafka_text(application.rewrites));
    }
    add({"groups", group.name, "handling", "workers"}, std::to_string(application.workers));
    add(below("sink"), sinks_text(group.sinks));
    add(below("on_revoke"), kafka_text(application.on_revoke));
    add(below("on_exception"), kafka_text(application.on_exception));
    add(below("poll_timeout"), text_of(application.poll_timeout));
    add(below("close_timeout"), text_of(application.close_timeout));
    add(below("leave_on_close"), kafka_text(application.leave_on_close));
    if (group.outlet.exists()) add_outlet(group);
    add_members(group);
  }

  void add_outlet(const GroupPlan& group) {
    const auto below = [&](const char* key) {
      return Path{"groups", group.name, "publishes", key};
    };
    std::string topics;
    for (const std::int32_t topic : group.outlet.topics) {
      topics +=
          (topics.empty() ? "" : ",") + plan_.layout.topics[static_cast<std::size_t>(topic)].name;
    }
    add(below("to"), topics);
    std::string delays;
    for (const Duration delay : group.outlet.delays) {
      delays += (delays.empty() ? "" : ",") + text_of(delay);
    }
    if (!delays.empty()) add(below("delay"), delays);
    add(below("awaited"), kafka_text(group.outlet.is_awaited));
    add_settings(below("config"), group.outlet.config, find_version(group.version.name)->producer,
                 plain_.producer, group.version, "client java");
  }

  // The settings that members share, and those of the members that override any.
  void add_members(const GroupPlan& group) {
    const ConsumerConfig& usual = find_version(group.version.name)->consumer;
    bool shared_ones_are_told = false;
    for (std::size_t m = 0; m < group.members.size(); ++m) {
      const MemberPlan& member = group.members[m];
      if (member.joins_by_fault) continue;
      const Path path{"groups", group.name, "members", std::to_string(m)};
      if (is_written({path[0], path[1], path[2], path[3], "start"})) {
        add({path[0], path[1], path[2], path[3], "start"}, text_of(member.start));
      }
      const Path own{path[0], path[1], path[2], path[3], "config"};
      if (is_written(own)) {
        add_settings(own, member.config, usual, plain_.consumer, group.version, "the group's");
      } else if (!shared_ones_are_told) {
        add_settings({"groups", group.name, "config"}, member.config, usual, plain_.consumer,
                     group.version, "client java");
        shared_ones_are_told = true;
      }
    }
  }

  const ClusterPlan& plan_;
  Source source_;
  Mistakes mistakes_;
  Reading reading_;
  Matrix matrix_;
  Json document_;
  const VersionDefaults& usual_ = *find_version(plan_.version.name);
  const VersionDefaults& plain_ = *find_version(default_version);
  std::vector<ResolvedValue> values_;
};

}  // namespace

std::vector<ResolvedValue> resolved(const Scenario& scenario, const Combination& combination) {
  return Resolver(scenario, combination).resolve(combination);
}

}  // namespace kafault
