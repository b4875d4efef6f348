#include "sim/scenario/operator_reader.hpp"

#include <array>

#include "sim/scenario/cluster_reader.hpp"
#include "sim/scenario/settings_reader.hpp"

namespace kafault {
namespace {

constexpr std::int64_t most_shifted = 1'000'000'000'000;

// Whether the scenario's text sets it for the topic.
bool is_written(const Cursor& root, std::string_view topic, std::string_view setting) {
  const auto member = [](const Json& json, std::string_view name) {
    const std::string key(name);
    return json.is_object() && json.contains(key) ? &json[key] : nullptr;
  };
  const Json* at = &root.json();
  for (const std::string_view name :
       {std::string_view("topics"), topic, std::string_view("config"), setting}) {
    at = member(*at, name);
    if (at == nullptr) return false;
  }
  return true;
}

// The topic's name for a default among the brokers' settings; empty if it is none.
std::string_view topic_setting_for(std::string_view broker_setting) {
  std::string_view name;
  const TopicConfig config;
  TopicConfig::describe_both(
      config, [&](std::string_view of_topic, std::string_view of_broker, const auto&, auto, auto) {
        if (of_broker == broker_setting) name = of_topic;
      });
  return name;
}

bool is_broker_setting(std::string_view name) {
  bool found = false;
  const BrokerConfig config;
  BrokerConfig::describe(
      config, [&](std::string_view field, const auto&, auto, auto) { found |= field == name; });
  return found;
}

// Of the topic that is the fault's target; without one, as defaults of the brokers, of all topics
// for which the scenario does not say otherwise. Simplified: "otherwise" is what is written in the
// scenario, not what another fault has changed meanwhile.
void read_config_change(const Cursor& root, const Cursor& config, ClusterPlan& plan,
                        FaultPlan& fault) {
  const Json& json = config.json();
  if (!json.is_object() || json.empty())
    return config.mistake("the new values are an object of settings");
  const bool of_topic = fault.target.kind == Target::Kind::topic;
  const Role role = of_topic ? Role::topic : Role::broker;
  TopicConfig values;
  TopicDefaults defaults;
  std::vector<std::string_view> names;  // as topics have them
  for (const auto& [name, value] : json.get_ref<const Json::object_t&>()) {
    const Cursor setting = config.member(name, value);
    fault.settings += (fault.settings.empty() ? "" : ", ") + name + "=" +
                      (value.is_string() ? value.get<std::string>() : value.dump());
    if (of_topic ? read_setting(setting, name, values) : read_setting(setting, name, defaults)) {
      names.push_back(of_topic ? std::string_view(name) : topic_setting_for(name));
    } else if (!of_topic && is_broker_setting(name)) {
      setting.mistake_at_key("does not change while the brokers run");
    } else if (is_kafka_setting(role, name)) {
      config.reading().accept_without_effect(pointer_of(setting.path()));
    } else {
      setting.mistake_at_key(unknown_setting(name, role));
    }
  }
  for (std::size_t t = 0; t < plan.topics.size(); ++t) {
    const auto topic = static_cast<std::int32_t>(t);
    if (of_topic && topic != fault.target.index) continue;
    TopicConfigChange change(topic);
    TopicConfigChange undoing(topic);
    for (const std::string_view name : names) {
      if (!of_topic && is_written(root, plan.layout.topics[t].name, name)) continue;
      change.take(name, of_topic ? values : defaults.config);
      undoing.take(name, plan.topics[t]);
    }
    if (change.is_empty()) continue;
    fault.changes.push_back(static_cast<std::int32_t>(plan.config_changes.size()));
    plan.config_changes.push_back(change);
    fault.undoing.push_back(static_cast<std::int32_t>(plan.config_changes.size()));
    plan.config_changes.push_back(undoing);
  }
}

void read_new_replicas(const Cursor& replicas, ClusterPlan& plan, FaultPlan& fault) {
  plan.replicas_move = true;
  if (replicas.json().is_string()) {
    constexpr std::array words{std::string_view("cancel")};
    fault.cancels = word_at(replicas, words).has_value();
    return;
  }
  const std::vector<NodeId> brokers = read_replicas(replicas, plan.layout.brokers);
  constexpr std::size_t most = ReplicaList::most / 2;
  const auto& old = plan.layout.partitions[static_cast<std::size_t>(fault.target.index)].replicas;
  if (brokers.size() > most || old.size() > most) {
    return replicas.mistake("more than " + std::to_string(most) + " replicas cannot be reassigned");
  }
  for (const NodeId broker : brokers) fault.replicas.push_back(broker);
}

// Its topic was laid out with all the partitions that it will have. Simplified: of several faults
// that let one topic grow each is to name more than it had at first, whichever strikes first.
void read_growth(const Cursor& fault, const ClusterPlan& plan, FaultPlan& result) {
  const std::optional<Cursor> to = fault.find("to");
  if (!to) return fault.mistake("\"to\" is missing: how many partitions there are then");
  const ClusterLayout::Topic& topic =
      plan.layout.topics[static_cast<std::size_t>(result.target.index)];
  const std::optional<std::int64_t> number = integer_at(*to, 1, most_partitions);
  if (!number) return;
  if (*number <= topic.at_first()) {
    return to->mistake("topic " + in_quotes(topic.name) + " has " +
                       std::to_string(topic.at_first()) + " already, and none can be taken away");
  }
  result.partitions = static_cast<std::int32_t>(*number);
}

// Simplified: it comes back with the partitions that it had when the run began.
void read_recreation(const Cursor& fault, ClusterPlan& plan, const FaultPlan& result) {
  ClusterLayout::Topic& topic = plan.layout.topics[static_cast<std::size_t>(result.target.index)];
  if (topic.added > 0) {
    fault.mistake("topic " + in_quotes(topic.name) +
                  " gets more partitions by another fault; the two together are not modelled");
  }
  topic.is_recreated = true;
}

void read_offsets_reset(const Cursor& fault, OffsetsReset& reset) {
  const std::optional<Cursor> to = fault.find("to");
  const std::optional<Cursor> by = fault.find("by");
  if (to.has_value() == by.has_value()) {
    return fault.mistake("it has one of \"to\" (earliest, latest, an offset) and \"by\"");
  }
  if (by) {
    reset.to = OffsetsReset::To::shift;
    reset.value = integer_at(*by, -most_shifted, most_shifted).value_or(0);
  } else if (to->json().is_string()) {
    constexpr std::array words{std::string_view("earliest"), std::string_view("latest")};
    if (word_at(*to, words) == 0U) reset.to = OffsetsReset::To::earliest;
  } else {
    reset.to = OffsetsReset::To::offset;
    reset.value = integer_at(*to, 0, most_shifted).value_or(0);
  }
}

// Every broker once, each after the one before it.
void read_rolling_restart(const Cursor& fault, const ClusterPlan& plan, FaultPlan& result) {
  if (!fault.find("for")) fault.mistake("\"for\" is missing: how long each broker is down");
  if (const auto times = fault.find("times")) times->mistake_at_key("is once for each broker");
  result.times = plan.layout.brokers;
  result.by = std::chrono::seconds(10);
  read_duration(fault, "pause", result.by);
}

}  // namespace

void read_operation(const Cursor& root, const Cursor& fault, bool target_is_missing,
                    ClusterPlan& plan, FaultPlan& result) {
  // The key that goes with an action, if the fault has that one; reported where it has not.
  const auto key_of = [&](std::string_view key, Action action) -> std::optional<Cursor> {
    const std::optional<Cursor> cursor = fault.find(key);
    if (result.action == action) return cursor;
    if (cursor) cursor->mistake_at_key("is for \"" + std::string(spell(action)) + "\"");
    return std::nullopt;
  };
  key_of("pause", Action::rolling_restart);
  if (result.action == Action::rolling_restart) read_rolling_restart(fault, plan, result);
  if (key_of("election", Action::elect)) read_choice(fault, "election", result.election);
  if (result.action == Action::reset_offsets) read_offsets_reset(fault, result.offsets);
  if (result.action == Action::add_partitions && result.target.kind == Target::Kind::topic) {
    read_growth(fault, plan, result);
  }
  if (result.action == Action::recreate_topic && result.target.kind == Target::Kind::topic) {
    read_recreation(fault, plan, result);
  }
  const std::optional<Cursor> config = key_of("config", Action::change_config);
  const std::optional<Cursor> replicas = key_of("replicas", Action::reassign);
  if (result.action == Action::change_config && !config) {
    fault.mistake("\"config\" is missing: the new values");
  } else if (result.action == Action::reassign && !replicas) {
    fault.mistake("\"replicas\" is missing: who they are to be");
  } else if (config && !target_is_missing) {
    read_config_change(root, *config, plan, result);
  } else if (replicas && result.target.kind == Target::Kind::partition) {
    read_new_replicas(*replicas, plan, result);
  }
}

}  // namespace kafault
