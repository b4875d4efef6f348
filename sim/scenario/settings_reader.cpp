#include "sim/scenario/settings_reader.hpp"

#include <array>

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

void read_kafka_value(const Cursor& cursor, std::string& out, Range) {
  std::optional<std::string> word = kafka_word(cursor);
  if (word) out = *std::move(word);
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

void report_unknown_setting(const Cursor& setting, std::string_view name, Role role,
                            std::vector<std::string_view> modelled) {
  const std::vector<std::string_view> others = kafka_settings(role);
  modelled.insert(modelled.end(), others.begin(), others.end());
  const std::string guess = did_you_mean(name, modelled);
  constexpr std::array roles{Role::producer, Role::consumer, Role::topic, Role::broker};
  for (const Role other : roles) {
    if (guess.empty() && is_kafka_setting(other, name)) {
      setting.mistake_at_key("no setting of a " + std::string(name_of(role)) + " but of a " +
                             std::string(name_of(other)));
      return;
    }
  }
  setting.mistake_at_key("no such setting" + guess);
}

}  // namespace kafault
