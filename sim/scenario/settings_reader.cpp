#include "sim/scenario/settings_reader.hpp"

#include <array>

#include "sim/client/consumer_config.hpp"
#include "sim/client/producer_config.hpp"
#include "sim/protocol/broker_config.hpp"
#include "sim/scenario/values.hpp"

namespace kafault {
namespace {

// A whole number within the ConfigDef's range and the type's.
std::optional<std::int64_t> kafka_number(const Cursor& cursor, Range range, std::string_view unit) {
  const Json& json = cursor.json();
  if (!json.is_string()) return integer_at(cursor, range.low, range.high);
  const std::string_view text = trimmed(json.get_ref<const std::string&>());
  const std::optional<std::int64_t> number = parse_integer(text);
  if (!number) {
    cursor.mistake(shown(json) + " is no whole number" +
                   (unit.empty() ? "" : "; Kafka counts " + std::string(unit) + " here"));
    return std::nullopt;
  }
  if (*number < range.low || *number > range.high) {
    const bool is_low = *number < range.low;
    cursor.mistake(shown(json) + (is_low ? " is less than " : " is more than ") +
                   with_separators(is_low ? range.low : range.high) +
                   (is_low ? ", the least" : ", the most"));
    return std::nullopt;
  }
  return number;
}

template <class Config, class Visit>
void for_each_setting_of(Visit&& visit) {
  const Config config;
  Config::describe(config, [&](std::string_view name, const auto& value, std::string_view, Range) {
    visit(name, value);
  });
}

// Calls visit(name, default) for each setting that the model uses.
template <class Visit>
void for_each_setting(Role role, Visit&& visit) {
  switch (role) {
    case Role::producer:
      return for_each_setting_of<ProducerConfig>(visit);
    case Role::consumer:
      return for_each_setting_of<ConsumerConfig>(visit);
    case Role::topic:
      return for_each_setting_of<TopicConfig>(visit);
    case Role::broker:
      for_each_setting_of<BrokerConfig>(visit);
      return for_each_setting_of<TopicDefaults>(visit);
  }
}

Range narrowed(Range range, std::int64_t low, std::int64_t high) {
  return {std::max(range.low, low), std::min(range.high, high)};
}

}  // namespace

void read_kafka_value(const Cursor& cursor, bool& out, Range) {
  const Json& json = cursor.json();
  if (json.is_boolean()) {
    out = json.get<bool>();
    return;
  }
  if (json.is_string()) {
    std::string text(trimmed(json.get_ref<const std::string&>()));
    for (char& c : text) {
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    if (text == "true" || text == "false") {
      out = text == "true";
      return;
    }
  }
  cursor.mistake(shown(json) + " stands where true or false belongs");
}

void read_kafka_value(const Cursor& cursor, std::int32_t& out, Range range) {
  const auto number = kafka_number(cursor, narrowed(range, INT32_MIN, INT32_MAX), "");
  if (number) out = static_cast<std::int32_t>(*number);
}

void read_kafka_value(const Cursor& cursor, std::int64_t& out, Range range) {
  const auto number = kafka_number(cursor, range, "");
  if (number) out = *number;
}

void read_kafka_value(const Cursor& cursor, Duration& out, Range range) {
  // Kafka takes Long.MAX_VALUE for "never". Ten years are longer than any run.
  constexpr std::int64_t ten_years = 10LL * 365 * 24 * 3600 * 1000;
  const auto number = kafka_number(cursor, range, "milliseconds, without a unit,");
  if (number) out = std::chrono::milliseconds(std::clamp(*number, -ten_years, ten_years));
}

void read_kafka_value(const Cursor& cursor, Ratio& out, Range) {
  const Json& json = cursor.json();
  const std::string text = json.is_string() ? json.get<std::string>() : json.dump();
  const std::optional<Ratio> ratio = parse_ratio(trimmed(text));
  if (ratio && (json.is_string() || json.is_number())) {
    out = *ratio;
  } else {
    cursor.mistake(shown(json) + " is no number from 0 to 1 with at most six decimals");
  }
}

void read_kafka_value(const Cursor& cursor, std::string& out, Range) {
  std::optional<std::string> word = kafka_word(cursor);
  if (word) out = *std::move(word);
}

void read_kafka_value(const Cursor& cursor, ResetPolicy& out, Range range) {
  constexpr std::string_view prefix = "by_duration:";
  const Json& json = cursor.json();
  const std::string_view text =
      json.is_string() ? trimmed(json.get_ref<const std::string&>()) : std::string_view();
  if (!text.starts_with(prefix)) {
    OffsetReset to = out.to;
    read_kafka_value(cursor, to, range);
    out = to;
    return;
  }
  const Parsed<Duration> back = parse_iso_duration(text.substr(prefix.size()));
  if (!back.value) return cursor.mistake(back.mistake);
  out = {OffsetReset::by_duration, *back.value};
}

std::optional<std::string> kafka_word(const Cursor& cursor) {
  const Json& json = cursor.json();
  if (json.is_string()) return std::string(trimmed(json.get_ref<const std::string&>()));
  if (json.is_number_integer() || json.is_boolean()) return json.dump();
  cursor.mistake(shown(json) + " stands where a word belongs");
  return std::nullopt;
}

std::optional<std::vector<std::string>> kafka_list(const Cursor& cursor) {
  const Json& json = cursor.json();
  std::vector<std::string> words;
  if (json.is_array()) {
    for (std::size_t at = 0; at < json.size(); ++at) {
      std::optional<std::string> word = kafka_word(cursor.element(at));
      if (!word) return std::nullopt;
      words.push_back(*std::move(word));
    }
  } else if (json.is_string()) {
    std::string_view rest = trimmed(json.get_ref<const std::string&>());
    while (!rest.empty()) {
      const std::size_t comma = std::min(rest.find(','), rest.size());
      words.emplace_back(trimmed(rest.substr(0, comma)));
      rest.remove_prefix(std::min(comma + 1, rest.size()));
    }
  } else {
    cursor.mistake(shown(json) + " stands where a list belongs");
    return std::nullopt;
  }
  if (words.empty()) {
    cursor.mistake("the list is empty");
    return std::nullopt;
  }
  return words;
}

void report_unknown_word(const Cursor& cursor, std::string_view word,
                         std::span<const std::string_view> words) {
  cursor.mistake(in_quotes(word) + " is not known" + did_you_mean(word, words) +
                 "; known: " + list_of(words));
}

bool is_placeholder(const Cursor& cursor) {
  const Json& json = cursor.json();
  if (!json.is_string()) return false;
  const std::string& text = json.get_ref<const std::string&>();
  const std::size_t begin = text.find("${");
  if (begin == std::string::npos || text.find('}', begin) == std::string::npos) return false;
  cursor.mistake(shown(json) +
                 " is a placeholder, which nobody fills in here: write the value, or set it with "
                 "--set " +
                 pointer_of(cursor.path()) + "=VALUE");
  return true;
}

std::vector<std::string_view> modelled_settings(Role role) {
  std::vector<std::string_view> names;
  for_each_setting(role, [&](std::string_view name, const auto&) { names.push_back(name); });
  return names;
}

Json setting_json(Role role, std::string_view name, const std::string& text) {
  Json json = text;
  for_each_setting(role, [&](std::string_view known, const auto& value) {
    if (known != name) return;
    using Value = std::decay_t<decltype(value)>;
    if constexpr (std::is_same_v<Value, bool>) {
      if (text == "true" || text == "false") json = text == "true";
    } else if constexpr (std::is_integral_v<Value> || std::is_same_v<Value, Duration>) {
      const std::optional<std::int64_t> number = parse_integer(text);
      if (number && std::to_string(*number) == text) json = *number;
    } else if constexpr (std::is_same_v<Value, Ratio>) {
      if (parse_ratio(text)) json = Json::parse(text, nullptr, false);
      if (json.is_discarded()) json = text;
    }
  });
  return json;
}

std::string unknown_setting(std::string_view name, Role role) {
  std::vector<std::string_view> known = modelled_settings(role);
  const std::vector<std::string_view> others = kafka_settings(role);
  known.insert(known.end(), others.begin(), others.end());
  const std::string guess = did_you_mean(name, known);
  constexpr std::array roles{Role::producer, Role::consumer, Role::topic, Role::broker};
  for (const Role other : roles) {
    if (guess.empty() && is_kafka_setting(other, name)) {
      return "no setting of a " + std::string(name_of(role)) + " but of a " +
             std::string(name_of(other));
    }
  }
  return "no such setting" + guess;
}

}  // namespace kafault
