#include "sim/scenario/cluster_reader.hpp"

#include <algorithm>
#include <vector>

#include "sim/scenario/settings_reader.hpp"
#include "sim/scenario/targets.hpp"
#include "sim/scenario/values.hpp"

namespace kafault {
namespace {

constexpr std::int64_t most_brokers = 63;
constexpr std::string_view offsets_topic = "__consumer_offsets";

struct TopicShape {
  std::int32_t partitions = 1;
  std::int32_t replication_factor = 1;
  std::vector<std::vector<NodeId>> assignment;  // empty: replicas in turn
};

void read_loss(const Cursor& network, NetworkPlan& plan) {
  const std::optional<Cursor> cursor = network.find("loss");
  const std::optional<std::string> text = cursor ? text_at(*cursor) : std::nullopt;
  if (!text) return;
  const Parsed<Chance> share = parse_chance(*text);
  if (!share.value) return cursor->mistake(in_quotes(*text) + " " + share.mistake);
  const auto [lost, of] = *share.value;
  if (2 * lost > of) return cursor->mistake("of a link that loses more than 1/2 nothing is left");
  plan.loss_ppm = lost * 1'000'000 / of;
}

void read_network(const Cursor& root, NetworkPlan& network) {
  const std::optional<Cursor> cursor = root.find("network");
  if (!cursor || !check_object(*cursor, network_format)) return;
  read_duration_range(*cursor, "latency", network.latency_low, network.latency_high,
                      std::chrono::microseconds(1));
  if (network.latency_high > std::chrono::hours(1)) {
    cursor->find("latency")->mistake("a message would travel longer than 1h");
    network = {};
  }
  read_loss(*cursor, network);
}

// A world whose messages travel by chance is one in which clients leave something to chance, too.
void read_client_dice(const Cursor& root, ClusterPlan& plan) {
  plan.client_dice = plan.network.latency_low < plan.network.latency_high;
  read_flag(root, "client_dice", plan.client_dice);
}

// Kafka takes the finest unit that is written (ServerTopicConfigSynonyms).
void adopt_coarser_units(const std::set<std::string>& written, const BrokerConfig& config,
                         TopicConfig& topics) {
  if (!written.contains("log.retention.ms")) {
    if (written.contains("log.retention.minutes")) {
      topics.retention_time = std::chrono::minutes(config.log_retention_minutes);
    } else if (written.contains("log.retention.hours")) {
      topics.retention_time = std::chrono::hours(config.log_retention_hours);
    }
  }
  if (!written.contains("log.roll.ms") && written.contains("log.roll.hours")) {
    topics.segment_time = std::chrono::hours(config.log_roll_hours);
  }
}

void read_racks(const Cursor& brokers, ClusterPlan& plan) {
  const std::optional<Cursor> list = brokers.find("racks");
  if (!list) return;
  const auto count = static_cast<std::size_t>(plan.layout.brokers);
  if (!list->json().is_array() || list->json().size() != count) {
    return list->mistake("racks are a list with the rack of each of the " +
                         std::to_string(plan.layout.brokers) + " brokers");
  }
  for (std::size_t at = 0; at < count; ++at) {
    plan.racks.push_back(text_at(list->element(at)).value_or(""));
    const auto first = std::find(plan.racks.begin(), plan.racks.end(), plan.racks.back());
    plan.layout.racks.push_back(static_cast<std::int32_t>(first - plan.racks.begin()));
  }
}

void read_disk(const Cursor& brokers, DiskPlan& disk) {
  const std::optional<Cursor> cursor = brokers.find("disk");
  if (!cursor || !check_object(*cursor, disk_format)) return;
  read_duration(*cursor, "dirty_writeback", disk.dirty_writeback, Duration{});
  read_duration(*cursor, "dirty_expire", disk.dirty_expire, Duration{});
}

void read_controllers(const Cursor& brokers, ClusterPlan& plan) {
  read_flag(brokers, "combined", plan.combined);
  if (plan.combined) plan.controllers = std::min(3, plan.layout.brokers);
  read_integer(brokers, "controllers", plan.controllers, 1, 9);
  if (plan.combined && plan.version.zookeeper) {
    brokers.find("combined")
        ->mistake("version " + std::string(plan.version.name) +
                  " is a cluster with ZooKeeper, whose controller is a broker in any case");
  }
  if (plan.combined && plan.controllers > plan.layout.brokers) {
    brokers.find("controllers")
        ->mistake("in combined mode voters are brokers, and there are " +
                  std::to_string(plan.layout.brokers));
  }
}

// Returns the broker that leads the offsets topic at first.
NodeId read_brokers(const Cursor& root, const VersionDefaults& defaults, ClusterPlan& plan,
                    TopicConfig& topic_defaults) {
  plan.layout.brokers = 3;
  BrokerConfig config = defaults.broker;
  topic_defaults = defaults.topic;
  NodeId coordinator = -1;
  const std::optional<Cursor> cursor = root.find("brokers");
  if (cursor && check_object(*cursor, brokers_format)) {
    read_integer(*cursor, "count", plan.layout.brokers, 1, most_brokers);
    read_controllers(*cursor, plan);
    read_racks(*cursor, plan);
    read_integer(*cursor, "coordinator", coordinator, 1, plan.layout.brokers);
    if (const auto settings = cursor->find("config")) {
      std::set<std::string> written;
      TopicDefaults defaults_of_topics{topic_defaults};
      read_settings(*settings, Role::broker, written, config, defaults_of_topics);
      topic_defaults = defaults_of_topics.config;
      adopt_coarser_units(written, config, topic_defaults);
    }
  }
  if (cursor) {
    read_disk(*cursor, plan.disk);
    read_duration_range(*cursor, "request_time", plan.request.low, plan.request.high, Duration{});
  }
  plan.brokers.assign(static_cast<std::size_t>(plan.layout.brokers), config);
  return coordinator > 0 ? coordinator : plan.layout.brokers;
}

void read_assignment(const Cursor& topic, std::int32_t brokers, TopicShape& shape) {
  const std::optional<Cursor> list = topic.find("assignment");
  if (!list) return;
  if (!list->json().is_array() || list->json().empty() || list->json().size() > most_partitions) {
    list->mistake("an assignment is a list with the replicas of each partition: [[1, 2, 3]]");
    return;
  }
  for (std::size_t at = 0; at < list->json().size(); ++at) {
    const Cursor cursor = list->element(at);
    shape.assignment.push_back(read_replicas(cursor, brokers));
    const std::size_t replicas = shape.assignment.back().size();
    if (replicas == 0) {
      shape.assignment.clear();
      return;
    }
    if (replicas != shape.assignment.front().size()) {
      cursor.mistake("the partitions have different numbers of replicas");
      shape.assignment.clear();
      return;
    }
  }
}

TopicShape read_shape(const Cursor& topic, std::int32_t brokers) {
  TopicShape shape;
  shape.replication_factor = std::min(3, brokers);
  read_assignment(topic, brokers, shape);
  if (!shape.assignment.empty()) {
    shape.partitions = static_cast<std::int32_t>(shape.assignment.size());
    shape.replication_factor = static_cast<std::int32_t>(shape.assignment.front().size());
  }
  const TopicShape assigned = shape;
  if (const auto cursor = topic.find("partitions")) {
    read_kafka_value(*cursor, shape.partitions, within(1, most_partitions));
    if (!assigned.assignment.empty() && shape.partitions != assigned.partitions) {
      cursor->mistake(std::to_string(shape.partitions) + ", but the assignment has " +
                      std::to_string(assigned.partitions));
      shape = assigned;
    }
  }
  if (const auto cursor = topic.find("replication.factor")) {
    read_kafka_value(*cursor, shape.replication_factor, within(1, 32767));
    if (shape.replication_factor > brokers) {
      cursor->mistake(std::to_string(shape.replication_factor) + " is more than the " +
                      std::to_string(brokers) + " brokers");
      shape.replication_factor = brokers;
    } else if (!assigned.assignment.empty() &&
               shape.replication_factor != assigned.replication_factor) {
      cursor->mistake(std::to_string(shape.replication_factor) +
                      ", but the assignment has partitions with " +
                      std::to_string(assigned.replication_factor) + " replicas");
      shape = assigned;
    }
  }
  return shape;
}

// AdminUtils.getRackAlternatedBrokerList: the first of every rack, the second of every rack, ...
// Without racks 1, 2, 3, ...
std::vector<NodeId> in_turn_over_racks(const ClusterPlan& plan) {
  std::vector<NodeId> order;
  const auto row_of = [&](NodeId broker) {
    return std::count(plan.racks.begin(), plan.racks.begin() + (broker - 1),
                      plan.racks[static_cast<std::size_t>(broker) - 1]);
  };
  for (NodeId broker = 1; broker <= plan.layout.brokers; ++broker) order.push_back(broker);
  if (plan.racks.empty()) return order;
  std::stable_sort(order.begin(), order.end(),
                   [&](NodeId a, NodeId b) { return row_of(a) < row_of(b); });
  return order;
}

// The next brokers in turn, of a rack that has none yet as long as there is one
// (StripedReplicaPlacer, AdminUtils.assignReplicasToBrokersRackAware). Simplified: neither chance
// nor shifts.
std::vector<NodeId> spread(const std::vector<NodeId>& order, std::size_t first,
                           std::int32_t replicas, const ClusterPlan& plan) {
  std::vector<NodeId> chosen;
  const auto rack_of = [&](NodeId broker) {
    return plan.racks[static_cast<std::size_t>(broker) - 1];
  };
  const auto is_taken = [&](NodeId broker, bool by_rack) {
    return std::any_of(chosen.begin(), chosen.end(), [&](NodeId other) {
      return other == broker || (by_rack && rack_of(other) == rack_of(broker));
    });
  };
  for (const bool by_rack : {true, false}) {
    if (by_rack && plan.racks.empty()) continue;
    for (std::size_t i = 0; i < order.size(); ++i) {
      const NodeId broker = order[(first + i) % order.size()];
      if (chosen.size() == static_cast<std::size_t>(replicas)) return chosen;
      if (!is_taken(broker, by_rack)) chosen.push_back(broker);
    }
  }
  return chosen;
}

// How many partitions the topic has in the end: what its `add_partitions` says. Mistakes there are
// reported where faults are read.
std::int32_t partitions_in_the_end(const Cursor& root, std::string_view topic,
                                   std::int32_t at_first) {
  const std::optional<Cursor> faults = root.find("faults");
  if (!faults || !faults->json().is_array()) return at_first;
  std::int64_t most = at_first;
  for (const Json& fault : faults->json()) {
    if (!fault.is_object() || fault.value("do", Json()) != Json("add_partitions")) continue;
    const Json target = fault.value("target", Json());
    const Json to = fault.value("to", Json());
    if (!target.is_string() || !to.is_number_integer()) continue;
    const std::optional<TargetText> text = parse_target(target.get_ref<const std::string&>());
    if (!text || text->name != topic || to > Json(most_partitions)) continue;
    most = std::max(most, to.get<std::int64_t>());
  }
  return static_cast<std::int32_t>(most);
}

// `in_the_end`: with those that an operator adds during the run.
void add_topic(std::string_view name, const TopicShape& shape, std::int32_t in_the_end,
               const TopicConfig& config, NodeId first_broker, ClusterPlan& plan) {
  ClusterLayout& layout = plan.layout;
  const auto topic = static_cast<std::int32_t>(layout.topics.size());
  layout.topics.push_back({std::string(name), static_cast<PartitionId>(layout.partitions.size()),
                           in_the_end, in_the_end - shape.partitions});
  plan.topics.push_back(config);
  const std::vector<NodeId> order = in_turn_over_racks(plan);
  const auto begin = std::find(order.begin(), order.end(), first_broker) - order.begin();
  for (std::int32_t p = 0; p < in_the_end; ++p) {
    PartitionLayout partition{topic, p, {}};
    if (!shape.assignment.empty() && p < shape.partitions) {
      partition.replicas = shape.assignment[static_cast<std::size_t>(p)];
    } else {
      partition.replicas =
          spread(order, static_cast<std::size_t>(begin + p), shape.replication_factor, plan);
    }
    layout.partitions.push_back(std::move(partition));
  }
}

bool has_topic(const ClusterLayout& layout, std::string_view name) {
  return std::any_of(layout.topics.begin(), layout.topics.end(),
                     [&](const auto& topic) { return topic.name == name; });
}

void read_topics(const Cursor& root, const TopicConfig& defaults, ClusterPlan& plan) {
  const std::optional<Cursor> topics = root.find("topics");
  if (!topics) return;
  if (!topics->json().is_object()) {
    topics->mistake("topics are an object: their names and what they are");
    return;
  }
  for (const auto& [name, value] : topics->json().get_ref<const Json::object_t&>()) {
    const Cursor topic = topics->member(name, value);
    if (!check_name(topic, name) || !check_object(topic, topic_format)) continue;
    const TopicShape shape = read_shape(topic, plan.layout.brokers);
    TopicConfig config = defaults;
    if (const auto settings = topic.find("config")) {
      std::set<std::string> written;
      read_settings(*settings, Role::topic, written, config);
    }
    const std::int32_t in_the_end = partitions_in_the_end(root, name, shape.partitions);
    if (plan.layout.partitions.size() + static_cast<std::size_t>(in_the_end) >
        static_cast<std::size_t>(most_partitions)) {
      topic.mistake("with this topic there are more than 10,000 partitions");
      return;
    }
    if (config.min_insync_replicas > shape.replication_factor) {
      root.reading().warn(
          "topic " + name + ": min.insync.replicas " + std::to_string(config.min_insync_replicas) +
          " is above the replication factor " + std::to_string(shape.replication_factor));
    }
    add_topic(name, shape, in_the_end, config, 1, plan);
  }
}

}  // namespace

std::vector<NodeId> read_replicas(const Cursor& list, std::int32_t brokers) {
  std::vector<NodeId> replicas;
  if (!list.json().is_array() || list.json().empty()) {
    list.mistake("a partition's replicas are a list of broker numbers: [1, 2, 3]");
    return {};
  }
  for (std::size_t at = 0; at < list.json().size(); ++at) {
    const Cursor cursor = list.element(at);
    const std::optional<std::int64_t> number = integer_at(cursor, 1, most_brokers);
    if (!number) return {};
    if (*number > brokers) {
      cursor.mistake("there is no broker " + std::to_string(*number) + ": they are 1 to " +
                     std::to_string(brokers));
      return {};
    }
    const auto broker = static_cast<NodeId>(*number);
    if (std::find(replicas.begin(), replicas.end(), broker) != replicas.end()) {
      cursor.mistake("broker " + std::to_string(broker) + " stands twice in one partition");
      return {};
    }
    replicas.push_back(broker);
  }
  return replicas;
}

bool is_legal_name(std::string_view name) {
  constexpr std::size_t longest = 249;
  const auto is_legal = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
  };
  return !name.empty() && name.size() <= longest && name != "." && name != ".." &&
         std::all_of(name.begin(), name.end(), is_legal);
}

bool check_name(const Cursor& member, std::string_view name) {
  if (name == offsets_topic) {
    member.mistake_at_key("is Kafka's own topic; brokers.config and brokers.coordinator shape it");
    return false;
  }
  if (is_legal_name(name)) return true;
  member.mistake_at_key("a name has letters, digits, '.', '_' and '-', at most 249 of them");
  return false;
}

std::string topic_of_sends(const Cursor& root, const Json& producer) {
  if (producer.is_object() && producer.contains("sends") && producer["sends"].is_object()) {
    const Json& sends = producer["sends"];
    if (sends.contains("topic") && sends["topic"].is_string()) {
      return sends["topic"].get<std::string>();
    }
  }
  const std::optional<Cursor> topics = root.find("topics");
  if (topics && topics->json().is_object() && topics->json().size() == 1) {
    const std::string& only = topics->json().get_ref<const Json::object_t&>().front().first;
    if (only != offsets_topic) return only;
  }
  return "orders";
}

void read_cluster(const Cursor& root, const VersionDefaults& defaults, ClusterPlan& plan) {
  plan.version = defaults.profile;
  read_network(root, plan.network);
  read_client_dice(root, plan);
  TopicConfig topic_defaults;
  const NodeId coordinator = read_brokers(root, defaults, plan, topic_defaults);
  read_topics(root, topic_defaults, plan);

  const TopicShape plain{1, std::min(3, plan.layout.brokers), {}};
  const std::optional<Cursor> producers = root.find("producers");
  if (producers && producers->json().is_object()) {
    for (const auto& [name, producer] : producers->json().get_ref<const Json::object_t&>()) {
      const std::string topic = topic_of_sends(root, producer);
      if (is_legal_name(topic) && topic != offsets_topic && !has_topic(plan.layout, topic)) {
        add_topic(topic, plain, partitions_in_the_end(root, topic, 1), topic_defaults, 1, plan);
      }
    }
  }

  plan.layout.offsets_partition = static_cast<PartitionId>(plan.layout.partitions.size());
  const TopicShape offsets{
      1, std::min(plan.brokers.front().offsets_topic_replication_factor, plan.layout.brokers), {}};
  add_topic(offsets_topic, offsets, 1, topic_defaults, coordinator, plan);
}

}  // namespace kafault
