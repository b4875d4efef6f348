// Fills a config struct from an object of Kafka's settings, by walking the struct's `describe`:
// Kafka's names, what Kafka takes, within the ranges of Kafka's ConfigDef.
#pragma once

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "sim/client/consumer_config.hpp"
#include "sim/scenario/cursor.hpp"
#include "sim/scenario/kafka_settings.hpp"

namespace kafault {

// Kafka's values: a number or its text; milliseconds for durations; true, false or their text; a
// word (acks also as a number); a list or its text with commas. Reported if it is none.
void read_kafka_value(const Cursor& cursor, bool& out, Range range);
void read_kafka_value(const Cursor& cursor, std::int32_t& out, Range range);
void read_kafka_value(const Cursor& cursor, std::int64_t& out, Range range);
void read_kafka_value(const Cursor& cursor, Duration& out, Range range);
void read_kafka_value(const Cursor& cursor, Ratio& out, Range range);
void read_kafka_value(const Cursor& cursor, std::string& out, Range range);
// auto.offset.reset: a word, or by_duration with its duration.
void read_kafka_value(const Cursor& cursor, ResetPolicy& out, Range range);

// A word as Kafka would read it; nothing, and reported, if it is a list or an object.
std::optional<std::string> kafka_word(const Cursor& cursor);
// The parts of a list; nothing, and reported, if it is no list of words or empty.
std::optional<std::vector<std::string>> kafka_list(const Cursor& cursor);
void report_unknown_word(const Cursor& cursor, std::string_view word,
                         std::span<const std::string_view> words);

// True, and reported, if the value is to be filled in from elsewhere: "${env:ACKS}".
bool is_placeholder(const Cursor& cursor);

template <class Enum>
std::optional<Enum> spelled(std::string_view word) {
  for (const auto& spelling : Spellings<Enum>::all) {
    if (spelling.text == word) return spelling.value;
  }
  return std::nullopt;
}

template <class Enum>
requires std::is_enum_v<Enum>
void read_kafka_value(const Cursor& cursor, Enum& out, Range) {
  const std::optional<std::string> word = kafka_word(cursor);
  if (!word) return;
  const std::optional<Enum> value = spelled<Enum>(*word);
  if (value) {
    out = *value;
  } else {
    report_unknown_word(cursor, *word, words_of<Enum>());
  }
}

template <class Enum>
requires std::is_enum_v<Enum>
void read_kafka_value(const Cursor& cursor, std::vector<Enum>& out, Range) {
  const std::optional<std::vector<std::string>> words = kafka_list(cursor);
  if (!words) return;
  std::vector<Enum> values;
  for (const std::string& word : *words) {
    const std::optional<Enum> value = spelled<Enum>(word);
    if (!value) return report_unknown_word(cursor, word, words_of<Enum>());
    values.push_back(*value);
  }
  out = std::move(values);
}

// Sets the field of that name; false if the struct has none.
template <class Config>
bool read_setting(const Cursor& cursor, std::string_view name, Config& config) {
  bool is_known = false;
  Config::describe(config, [&](std::string_view field, auto& value, std::string_view, Range range) {
    if (field != name) return;
    is_known = true;
    if (!is_placeholder(cursor)) read_kafka_value(cursor, value, range);
  });
  return is_known;
}

// The settings of the role that the model uses. A broker's are also defaults of all topics.
std::vector<std::string_view> modelled_settings(Role role);
// A value's text as a scenario writes it: a number or true and false where the setting takes them.
Json setting_json(Role role, std::string_view name, const std::string& text);
// Why the role has no setting of that name: "no such setting; did you mean "acks"?".
std::string unknown_setting(std::string_view name, Role role);

// Reads all settings of the object; `written` gets the names of those that the model uses. What
// Kafka has and the model does not use is accepted without effect.
template <class... Configs>
void read_settings(const Cursor& object, Role role, std::set<std::string>& written,
                   Configs&... configs) {
  if (!object.json().is_object()) {
    object.mistake(shown(object.json()) + " stands where an object of settings belongs");
    return;
  }
  for (const auto& [name, value] : object.json().get_ref<const Json::object_t&>()) {
    const Cursor setting = object.member(name, value);
    if ((read_setting(setting, name, configs) || ...)) {
      written.insert(name);
    } else if (is_kafka_setting(role, name)) {
      object.reading().accept_without_effect(pointer_of(setting.path()));
    } else {
      setting.mistake_at_key(unknown_setting(name, role));
    }
  }
}

}  // namespace kafault
