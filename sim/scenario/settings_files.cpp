#include "sim/scenario/settings_files.hpp"

#include <algorithm>
#include <map>
#include <optional>

#include "sim/scenario/cluster_reader.hpp"
#include "sim/scenario/properties.hpp"
#include "sim/scenario/settings_reader.hpp"
#include "sim/scenario/values.hpp"

namespace kafault {
namespace {

// The section of a scenario in which the role's settings stand.
const char* section_of(Role role) {
  switch (role) {
    case Role::producer:
      return "producers";
    case Role::consumer:
      return "groups";
    case Role::topic:
      return "topics";
    case Role::broker:
      break;
  }
  return "brokers";
}

bool is_modelled(Role role, std::string_view name) {
  const std::vector<std::string_view> names = modelled_settings(role);
  return std::find(names.begin(), names.end(), name) != names.end();
}

// What a line looks like that was meant to go on the one before is no name.
bool looks_like_a_name(std::string_view text) {
  const auto is_part_of_one = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
  };
  return !text.empty() && std::all_of(text.begin(), text.end(), is_part_of_one);
}

bool is_of_spring(std::string_view name) { return name.starts_with("spring."); }

// The part of "spring.kafka.producer.properties.acks" behind what Spring puts in front of it;
// nothing if that is not about a client of this role.
std::optional<std::string_view> without_springs_prefix(std::string_view name, Role role) {
  const auto skip = [&](std::string_view start) {
    const bool is_there = name.starts_with(start);
    if (is_there) name.remove_prefix(start.size());
    return is_there;
  };
  if (!skip("spring.kafka.")) return std::nullopt;
  const bool is_of_role = skip(std::string(name_of(role)) + ".");
  if (!skip("properties.") && !is_of_role) return std::nullopt;
  return name;
}

// Kafka's name of "batch-size", "auto-commit-interval".
std::string kafkas_name(std::string_view springs, Role role) {
  std::string name(springs);
  std::replace(name.begin(), name.end(), '-', '.');
  for (const std::string& candidate : {name, name + ".ms"}) {
    if (is_kafka_setting(role, candidate)) return candidate;
  }
  return std::string(closest(name, kafka_settings(role)));
}

class Overlay {
 public:
  Overlay(const Json& document, Reading& reading) : document_(document), reading_(reading) {}

  void add(const SettingsFile& file) {
    Mistakes mistakes(file.name);
    const std::vector<Property> properties = parse_properties(file.text, file.name, mistakes);
    reading_.take(mistakes);
    const std::vector<Path> places = places_of(file);
    if (file.role == Role::topic && !places.empty()) make_entries_of_topics(file);
    if (std::any_of(properties.begin(), properties.end(),
                    [](const Property& property) { return is_of_spring(property.name); })) {
      return refuse_springs(file, properties);
    }
    std::map<std::string, int> lines;  // the last in which each name stands
    for (const Property& property : properties) {
      const auto [line, is_new] = lines.emplace(property.name, property.name_at.line);
      if (is_new || !looks_like_a_name(property.name)) continue;
      reading_.warn(file.name + ":" + std::to_string(property.name_at.line) + ": " + property.name +
                    " stands in line " + std::to_string(line->second) +
                    " too; the last one counts");
      line->second = property.name_at.line;
    }
    for (const Property& property : properties) {
      const bool counts = lines[property.name] == property.name_at.line;
      if (counts || !looks_like_a_name(property.name)) add(file, property, places);
    }
  }

  // `-X name=value`, as in kcat.
  void add_to_clients(const std::string& name, const std::string& value) {
    bool is_taken = false;
    for (const Role role : {Role::producer, Role::consumer}) {
      const std::vector<Path> places = every_place(role, name);
      if (places.empty()) continue;
      if (is_modelled(role, name)) {
        is_taken = true;
        Layer layer;
        layer.name = "-X";
        layer.option = "-X " + name + "=" + value;
        for (const Path& place : places) lay_over(place, setting_json(role, name, value), layer);
      } else if (is_kafka_setting(role, name) || is_plugin_setting(role, name)) {
        is_taken = true;
        reading_.accept_without_effect("-X", name);
      }
    }
    if (!is_taken) reading_.mistake_of_option("-X " + name, why_nobody_takes(name));
  }

  std::vector<SettingOverride> take() { return std::move(overrides_); }

 private:
  // Producers, groups or topics that there are.
  std::vector<std::string> names_in(Role role) const {
    std::vector<std::string> names;
    const auto add_all = [&](const char* section, auto&& name_of_member) {
      const auto members = document_.find(section);
      if (members == document_.end() || !members->is_object()) return;
      for (const auto& [key, value] : members->get_ref<const Json::object_t&>()) {
        const std::string name = name_of_member(key, value);
        if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
      }
    };
    const auto its_key = [](const std::string& key, const Json&) { return key; };
    if (!document_.is_object()) return names;
    add_all(section_of(role), its_key);
    if (role == Role::topic) {  // a topic that a producer writes to exists without an entry
      const Cursor root(document_, reading_);
      add_all("producers", [&](const std::string&, const Json& producer) {
        return topic_of_sends(root, producer);
      });
    }
    return names;
  }

  // The objects of settings that a file is meant for; none, and reported, if there are none.
  std::vector<Path> places_of(const SettingsFile& file) const {
    if (file.role == Role::broker) return {{"brokers", "config"}};
    std::vector<Path> places;
    const std::vector<std::string> names = names_in(file.role);
    for (const std::string& name : names) {
      if (file.of.empty() || file.of == name) {
        places.push_back({section_of(file.role), name, "config"});
      }
    }
    if (!places.empty()) return places;
    const std::string role(name_of(file.role));
    const std::string thing = file.role == Role::consumer ? "group" : role;
    const std::vector<std::string_view> known(names.begin(), names.end());
    reading_.mistake_of_option(
        "--" + role + "-config " + (file.of.empty() ? "" : file.of + "=") + file.name,
        "there is no " + thing +
            (file.of.empty() ? "" : " " + in_quotes(file.of) + did_you_mean(file.of, known)));
    return places;
  }

  // Topics that exist only because producers write to them: with an entry for one of them alone, it
  // would become "the only topic" of those who name none.
  void make_entries_of_topics(const SettingsFile& file) {
    if (topics_have_entries_) return;
    topics_have_entries_ = true;
    for (const std::string& name : names_in(Role::topic)) {
      if (document_.contains("topics") && document_["topics"].contains(name)) continue;
      Layer layer;
      layer.name = file.name;
      layer.file = file.name;
      layer.key_at = layer.value_at = {1, 1};
      lay_over({"topics", name}, Json::object(), layer);
    }
  }

  // The same setting of every client of the role; also of members who have one of their own.
  std::vector<Path> every_place(Role role, const std::string& name) const {
    std::vector<Path> places;
    for (const std::string& client : names_in(role)) {
      places.push_back({section_of(role), client, "config", name});
      if (role == Role::producer || !document_["groups"][client].is_object()) continue;
      const Json& group = document_["groups"][client];
      const auto members = group.find("members");
      if (members == group.end() || !members->is_array()) continue;
      for (std::size_t m = 0; m < members->size(); ++m) {
        const Json& member = (*members)[m];
        const bool has_own = member.is_object() && member.contains("config") &&
                             member["config"].is_object() && member["config"].contains(name);
        if (has_own) {
          places.push_back({"groups", client, "members", std::to_string(m), "config", name});
        }
      }
    }
    return places;
  }

  // Not where the document has something else than an object on the way: that is the mistake then.
  void lay_over(const Path& place, Json value, Layer layer) {
    const Json* node = &document_;
    for (auto token = place.begin(); token != place.end(); ++token) {
      if (node->is_array()) {
        node = &(*node)[static_cast<std::size_t>(parse_integer(*token).value_or(0))];
        continue;
      }
      if (!node->is_object()) return;
      const auto child = node->find(*token);
      if (child == node->end()) break;
      node = &*child;
    }
    layer.target = place;
    overrides_.push_back({std::move(value), std::move(layer)});
  }

  void add(const SettingsFile& file, const Property& property, const std::vector<Path>& places) {
    const std::string& name = property.name;
    if (!looks_like_a_name(name)) {
      reading_.mistake_in(file.name, property.name_at,
                          "no setting begins like this; a line that goes on ends with a backslash");
    } else if (is_modelled(file.role, name)) {
      Layer layer;
      layer.name = file.name + ":" + std::to_string(property.name_at.line);
      layer.file = file.name;
      layer.key_at = property.name_at;
      layer.value_at = property.value_at;
      for (Path place : places) {
        place.push_back(name);
        lay_over(place, setting_json(file.role, name, property.value), layer);
      }
    } else if (is_kafka_setting(file.role, name) || is_plugin_setting(file.role, name)) {
      reading_.accept_without_effect(file.name, name);
    } else {
      reading_.mistake_in(file.name, property.name_at,
                          name + ": " + unknown_setting(name, file.role));
    }
  }

  // Spring Boot's application.properties: which lines of a file of Kafka's it stands for.
  void refuse_springs(const SettingsFile& file, const std::vector<Property>& properties) {
    bool has_any = false;
    for (const Property& property : properties) {
      const auto name = without_springs_prefix(property.name, file.role);
      if (!name) continue;
      has_any = true;
      const std::string kafkas = kafkas_name(*name, file.role);
      reading_.mistake_in(file.name, property.name_at,
                          property.name + ": is Spring Boot's name; write " +
                              (kafkas.empty() ? "Kafka's" : in_quotes(kafkas)) +
                              " into a file of Kafka's own settings");
    }
    if (has_any) return;
    const auto first =
        std::find_if(properties.begin(), properties.end(),
                     [](const Property& property) { return is_of_spring(property.name); });
    reading_.mistake_in(file.name, first->name_at,
                        first->name +
                            ": is Spring's name; nothing in this file is a setting of a " +
                            std::string(name_of(file.role)));
  }

  static std::string why_nobody_takes(const std::string& name) {
    for (const Role role : {Role::producer, Role::consumer}) {
      if (!is_kafka_setting(role, name)) continue;
      return "is a setting of a " + std::string(name_of(role)) + ", and there is none";
    }
    if (is_kafka_setting(Role::topic, name)) {
      return "is a setting of a topic; --set /topics/NAME/config/" + name + "=VALUE sets it";
    }
    if (is_kafka_setting(Role::broker, name)) {
      return "is a setting of a broker; --set /brokers/config/" + name + "=VALUE sets it";
    }
    std::vector<std::string_view> known = kafka_settings(Role::producer);
    const std::vector<std::string_view> more = kafka_settings(Role::consumer);
    known.insert(known.end(), more.begin(), more.end());
    return "no such setting" + did_you_mean(name, known);
  }

  const Json& document_;
  Reading& reading_;
  std::vector<SettingOverride> overrides_;
  bool topics_have_entries_ = false;
};

}  // namespace

std::vector<SettingOverride> settings_from_outside(const ReadOptions& options, const Json& document,
                                                   Reading& reading) {
  Overlay overlay(document, reading);
  for (const SettingsFile& file : options.settings) overlay.add(file);
  for (const auto& [name, value] : options.client_settings) overlay.add_to_clients(name, value);
  return overlay.take();
}

}  // namespace kafault
