// The JSON Schema (draft 7, which every editor knows) of a scenario, made of the descriptions that
// the reader itself uses: an object's place among the others is its pointer, a key's type the words
// that say what it takes.
#include "sim/scenario/schema.hpp"

#include <array>
#include <functional>

#include "sim/client/consumer_config.hpp"
#include "sim/client/producer_config.hpp"
#include "sim/protocol/broker_config.hpp"
#include "sim/scenario/expectations_reader.hpp"
#include "sim/scenario/format.hpp"
#include "sim/scenario/scenario.hpp"
#include "sim/scenario/setting_text.hpp"
#include "sim/scenario/settings_reader.hpp"
#include "sim/scenario/versions.hpp"

namespace kafault {
namespace {

Json of_type(std::string_view type) { return {{"type", type}}; }
Json any_of(std::vector<Json> choices) { return {{"anyOf", std::move(choices)}}; }
Json list_schema(Json items) { return {{"type", "array"}, {"items", std::move(items)}}; }
Json text_like(std::string_view pattern) { return {{"type", "string"}, {"pattern", pattern}}; }
Json one_of_words(const std::vector<std::string_view>& words) { return {{"enum", words}}; }
Json whole_number(std::int64_t low) { return {{"type", "integer"}, {"minimum", low}}; }
Json whole_number(std::int64_t low, std::int64_t high) {
  return {{"type", "integer"}, {"minimum", low}, {"maximum", high}};
}
Json pair_of(const Json& item) {
  return {{"type", "array"}, {"items", item}, {"minItems", 2}, {"maxItems", 2}};
}
Json duration_schema() { return text_like("^[0-9]+(\\.[0-9]+)?(ns|us|ms|s|m|h)$"); }
Json object_of(Json values) {
  return {{"type", "object"}, {"additionalProperties", std::move(values)}};
}

// ---- Kafka's settings --------------------------------------------------------------------------

// No schema can say more of a number than a double can hold.
constexpr std::int64_t largest_exact = std::int64_t{1} << 53;

Json number_schema(Range range) {
  Json number = of_type("integer");
  if (range.low > -largest_exact) number["minimum"] = range.low;
  if (range.high < largest_exact) number["maximum"] = range.high;
  return any_of({number, text_like("^\\s*[+-]?[0-9]+\\s*$")});
}

Json setting_schema(bool, Range) {
  return any_of(
      {of_type("boolean"), text_like("^\\s*([Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee])\\s*$")});
}
Json setting_schema(std::int32_t, Range range) { return number_schema(range); }
Json setting_schema(std::int64_t, Range range) { return number_schema(range); }
Json setting_schema(Duration, Range range) { return number_schema(range); }
Json setting_schema(Ratio, Range) {
  return any_of({Json{{"type", "number"}, {"minimum", 0}, {"maximum", 1}},
                 text_like("^\\s*[0-9]+(\\.[0-9]{0,6})?\\s*$")});
}
Json setting_schema(const std::string&, Range) {
  return {{"type", {"string", "integer", "boolean"}}};
}
Json setting_schema(const ResetPolicy&, Range) {
  return any_of({{{"enum", words_of<OffsetReset>()}},
                 text_like("^\\s*[Bb][Yy]_[Dd][Uu][Rr][Aa][Tt][Ii][Oo][Nn]:.+$")});
}
// A word, or the number or truth value that is spelled like it.
template <class Enum>
requires std::is_enum_v<Enum> Json setting_schema(Enum, Range) {
  Json words = Json::array();
  for (const std::string_view word : words_of<Enum>()) {
    words.push_back(word);
    if (const auto number = parse_integer(word)) words.push_back(*number);
    if (word == "true" || word == "false") words.push_back(word == "true");
  }
  return {{"enum", words}};
}
template <class Enum>
requires std::is_enum_v<Enum> Json setting_schema(const std::vector<Enum>&, Range range) {
  return any_of({list_schema(setting_schema(Enum{}, range)), of_type("string")});
}

template <class Config>
void add_settings_of(Json& properties) {
  const Config config;
  Config::describe(
      config, [&](std::string_view name, const auto& value, std::string_view doc, Range range) {
        Json schema = {{"description", doc}, {"default", kafka_text(value)}};
        schema.update(setting_schema(value, range));
        properties[std::string(name)] = std::move(schema);
      });
}

// An editor offers the settings that the model uses, and takes what else Kafka has.
Json settings_schema(Role role) {
  Json properties = Json::object();
  switch (role) {
    case Role::producer:
      add_settings_of<ProducerConfig>(properties);
      break;
    case Role::consumer:
      add_settings_of<ConsumerConfig>(properties);
      break;
    case Role::topic:
      add_settings_of<TopicConfig>(properties);
      break;
    case Role::broker:
      add_settings_of<BrokerConfig>(properties);
      add_settings_of<TopicDefaults>(properties);
      break;
  }
  return {{"type", "object"},
          {"properties", std::move(properties)},
          {"propertyNames", {{"enum", kafka_settings(role)}}}};
}

Json settings_schema_at(std::string_view pointer) {
  const bool is_outlet = pointer.find("/publishes/") != std::string_view::npos;
  if (is_outlet || pointer.starts_with("/producers")) return settings_schema(Role::producer);
  if (pointer.starts_with("/topics")) return settings_schema(Role::topic);
  if (pointer.starts_with("/brokers")) return settings_schema(Role::broker);
  if (pointer.starts_with("/faults")) {
    return any_of({settings_schema(Role::topic), settings_schema(Role::broker)});
  }
  Json settings = settings_schema(Role::consumer);
  if (pointer.find("/members/") == std::string_view::npos) return settings;
  for (auto& [name, setting] : settings["properties"].items()) {  // null: the default again
    const Json described = setting["description"];
    setting.erase("description");
    setting = any_of({std::move(setting), of_type("null")});
    setting["description"] = described;
  }
  return settings;
}

// ---- our own keys ------------------------------------------------------------------------------

Json object_schema(const ObjectFormat& format);

// The object that stands at the pointer, with a name or a number behind it or without.
Json object_at(const std::string& pointer) {
  for (const ObjectFormat* format : object_formats()) {
    const bool is_it = format->pointer == pointer || format->pointer == pointer + "/NAME" ||
                       format->pointer == pointer + "/N" || format->pointer == pointer + "/M";
    if (is_it) return object_schema(*format);
  }
  return of_type("object");
}

Json expectation_schema() {
  Json properties = {{"where", of_type("object")},
                     {"flow", of_type("string")},
                     {"verdict", one_of_words(verdict_names())}};
  for (const std::string_view column : countable_columns()) {
    properties[std::string(column)] = any_of({whole_number(0), of_type("string")});
  }
  return {{"type", "object"}, {"properties", properties}, {"additionalProperties", false}};
}

Json switches_schema() {
  Json properties = Json::object();
  const VersionProfile profile;
  VersionProfile::describe(profile, [&](std::string_view name, bool, std::string_view doc,
                                        std::string_view source) {
    properties[std::string(name)] = {
        {"description", std::string(doc) + " (" + std::string(source) + ")"}, {"type", "boolean"}};
  });
  return {{"type", "object"}, {"properties", properties}, {"additionalProperties", false}};
}

template <class Enum>
Json spellings_schema() {
  return one_of_words(words_of<Enum>());
}

// "1 to 10,000", "1 to the brokers", "1 or more".
std::optional<Json> range_schema(std::string_view takes) {
  const std::size_t end = takes.find(' ');
  const std::optional<std::int64_t> low = parse_integer(takes.substr(0, end));
  if (!low) return std::nullopt;
  if (end == std::string_view::npos) return Json{{"const", *low}};
  if (takes.substr(end) == " or more") return whole_number(*low);
  if (!takes.substr(end).starts_with(" to ")) return std::nullopt;
  std::string digits(takes.substr(end + 4));
  std::erase(digits, ',');
  const std::optional<std::int64_t> high = parse_integer(digits);
  return high ? whole_number(*low, *high) : whole_number(*low);
}

struct Phrase {
  std::string_view takes;
  Json (*schema)(const std::string& pointer);
};
// clang-format off
constexpr Phrase phrases[] = {
    {"text", [](const std::string&) { return of_type("string"); }},
    {"true or false", [](const std::string&) { return of_type("boolean"); }},
    {"number", [](const std::string&) { return whole_number(0); }},
    {"list", [](const std::string&) { return of_type("array"); }},
    {"list of names", [](const std::string&) { return list_schema(of_type("string")); }},
    {"list of partitions", [](const std::string&) { return list_schema(of_type("string")); }},
    {"object", [](const std::string& pointer) { return object_at(pointer); }},
    {"object of objects", [](const std::string& pointer) { return object_of(object_at(pointer)); }},
    {"list of objects", [](const std::string& pointer) { return list_schema(object_at(pointer)); }},
    {"object or list of objects", [](const std::string&) {
       return any_of({expectation_schema(), list_schema(expectation_schema())});
     }},
    {"number, or list of objects", [](const std::string& pointer) {
       return any_of({whole_number(1, 1000), list_schema(object_at(pointer))});
     }},
    {"Kafka's settings", [](const std::string& pointer) { return settings_schema_at(pointer); }},
    {"duration", [](const std::string&) { return duration_schema(); }},
    {"duration or [low, high]", [](const std::string&) {
       return any_of({duration_schema(), pair_of(duration_schema())});
     }},
    {"number or duration",
     [](const std::string&) {
       return any_of({whole_number(1), duration_schema()});
     }},
    {"duration or number", [](const std::string&) {
       return any_of({duration_schema(), of_type("number")});
     }},
    {"size", [](const std::string&) { return text_like("^[0-9]+(\\.[0-9]+)?(B|KiB|MiB|GiB)$"); }},
    {"a fraction", [](const std::string&) { return text_like("^\\s*[0-9]+\\s*/\\s*[0-9]+\\s*$"); }},
    {"JSON Pointer", [](const std::string&) { return text_like("^/"); }},
    {"JSON Merge Patch", [](const std::string&) { return of_type("object"); }},
    {"broker number", [](const std::string&) { return whole_number(1, 63); }},
    {"list of lists of broker numbers", [](const std::string&) {
       return list_schema(list_schema(whole_number(1, 63)));
     }},
    {"list of broker numbers, or \"cancel\"", [](const std::string&) {
       return any_of({list_schema(whole_number(1, 63)), one_of_words({"cancel"})});
     }},
    {"a topic's name", [](const std::string&) { return of_type("string"); }},
    {"a fault's name", [](const std::string&) { return of_type("string"); }},
    {"a producer, group or member", [](const std::string&) { return of_type("string"); }},
    {"a target", [](const std::string&) { return of_type("string"); }},
    {"[from, to]", [](const std::string&) { return pair_of(whole_number(0)); }},
    {"a target; a number; earliest, latest", [](const std::string&) {
       return any_of({of_type("string"), whole_number(0)});
     }},
    {"a target, or a list", [](const std::string&) {
       return any_of({of_type("string"), list_schema(of_type("string"))});
     }},
    {"duration, or a list of them", [](const std::string&) {
       return any_of({of_type("string"), list_schema(of_type("string"))});
     }},
    {"none, unique, or a number", [](const std::string&) {
       return any_of({one_of_words({"none", "unique"}), whole_number(1)});
     }},
    {"1 or more, or \"all\"", [](const std::string&) {
       return any_of({whole_number(1), one_of_words({"all"})});
     }},
    {"object or \"anywhere\"", [](const std::string& pointer) {
       return any_of({object_at(pointer), one_of_words({"anywhere"})});
     }},
    {"a commit strategy", [](const std::string&) { return spellings_schema<CommitStrategy>(); }},
    {"a sink", [](const std::string&) { return spellings_schema<SinkKind>(); }},
    {"a sink, { is }, or a list", [](const std::string& pointer) {
       const Json one = any_of({spellings_schema<SinkKind>(), object_at(pointer)});
       return any_of({one, list_schema(one)});
     }},
    {"a version", [](const std::string&) { return one_of_words(known_versions()); }},
    {"object of true or false", [](const std::string&) { return switches_schema(); }},
    {"an action", [](const std::string&) { return spellings_schema<Action>(); }},
    {"a message", [](const std::string&) {
       return one_of_words({std::begin(message_names), std::end(message_names)});
     }},
    {"an observation", [](const std::string&) {
       return one_of_words({std::begin(observation_names), std::end(observation_names)});
     }},
};
// clang-format on

// Single words with commas between: "both, in, out".
std::optional<Json> words_schema(std::string_view takes) {
  Json words = Json::array();
  while (!takes.empty()) {
    const std::size_t comma = std::min(takes.find(','), takes.size());
    const std::string_view word = trimmed(takes.substr(0, comma));
    if (word.empty() || word.find(' ') != std::string_view::npos) return std::nullopt;
    words.push_back(word);
    takes.remove_prefix(std::min(comma + 1, takes.size()));
  }
  return Json{{"enum", words}};
}

// Nothing if the words are not known: then anything is valid.
std::optional<Json> schema_of_phrase(std::string_view takes, const std::string& pointer) {
  for (const Phrase& phrase : phrases) {
    if (phrase.takes == takes) return phrase.schema(pointer);
  }
  for (const std::string_view or_object : {", or { is }", ", or { is, version }"}) {
    if (!takes.ends_with(or_object)) continue;
    takes.remove_suffix(or_object.size());
    const std::optional<Json> word = schema_of_phrase(takes, pointer);
    return word ? std::optional(any_of({*word, object_at(pointer)})) : std::nullopt;
  }
  if (auto range = range_schema(takes)) return range;
  return words_schema(takes);
}

Json object_schema(const ObjectFormat& format) {
  Json properties = Json::object();
  for (const Key& key : format.keys) {
    Json schema = {{"description", std::string(key.doc) + " (" + std::string(key.takes) +
                                       (key.fallback.empty() || key.fallback == "-"
                                            ? ""
                                            : "; default: " + std::string(key.fallback)) +
                                       ")"}};
    const std::string pointer = std::string(format.pointer) + "/" + std::string(key.name);
    schema.update(schema_of_phrase(key.takes, pointer).value_or(Json::object()));
    properties[std::string(key.name)] = std::move(schema);
  }
  return {{"type", "object"}, {"properties", properties}, {"additionalProperties", false}};
}

}  // namespace

Json scenario_schema() {
  Json schema = {{"$schema", "http://json-schema.org/draft-07/schema#"},
                 {"title", "A scenario of kafault"}};
  schema.update(object_schema(scenario_format));
  // What else has no default has alternatives.
  for (const Key& key : scenario_format.keys) {
    if (key.fallback.empty()) schema["required"].push_back(key.name);
  }
  return schema;
}

std::vector<std::string> phrases_without_schema() {
  std::vector<std::string> unknown;
  for (const ObjectFormat* format : object_formats()) {
    for (const Key& key : format->keys) {
      if (!schema_of_phrase(key.takes, "")) unknown.emplace_back(key.takes);
    }
  }
  return unknown;
}

}  // namespace kafault
