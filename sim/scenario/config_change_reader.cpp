#include "sim/scenario/config_change_reader.hpp"

#include "sim/scenario/settings_reader.hpp"

namespace kafault {
namespace {

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

}  // namespace

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

}  // namespace kafault
