#include "sim/scenario/cursor.hpp"

#include <algorithm>

#include "sim/scenario/values.hpp"

namespace kafault {

void Reading::missing(const Path& path, std::string_view message) {
  auto [entry, is_new] = missing_.try_emplace(origins.place(path), "");
  origins.report(path, Origins::At::value, message, entry->second);
}

void Reading::report_what_was_never_found() {
  for (const auto& [place, mistakes] : missing_) {
    if (found_.contains(place)) continue;
    mistakes_->take(mistakes);
  }
}

Path Cursor::path() const {
  Path path;
  for (const Cursor* at = this; at->parent_ != nullptr; at = at->parent_) {
    const bool is_element = at->parent_->json_->is_array();
    path.push_back(is_element ? std::to_string(at->index_) : std::string(at->key_));
  }
  std::reverse(path.begin(), path.end());
  return path;
}

std::optional<Cursor> Cursor::find(std::string_view key) const& {
  if (!json_->is_object()) return std::nullopt;
  const auto& members = json_->get_ref<const Json::object_t&>();
  for (const auto& [name, value] : members) {
    if (name == key) return Cursor(value, this, name, 0);
  }
  return std::nullopt;
}

std::string shown(const Json& json) {
  if (json.is_string()) return in_quotes(json.get_ref<const std::string&>());
  if (json.is_array()) return "a list";
  if (json.is_object()) return "an object";
  return json.dump();
}

bool check_object(const Cursor& cursor, const ObjectFormat& format) {
  if (!cursor.json().is_object()) {
    cursor.mistake(shown(cursor.json()) + " stands where an object belongs (" +
                   std::string(format.is) + ")");
    return false;
  }
  for (const auto& [key, value] : cursor.json().get_ref<const Json::object_t&>()) {
    const auto is_it = [&key = key](const Key& known) { return known.name == key; };
    if (std::any_of(format.keys.begin(), format.keys.end(), is_it)) continue;
    const Cursor member = cursor.member(key, value);
    if (std::find(format.later.begin(), format.later.end(), key) != format.later.end()) {
      member.mistake_at_key("is not modelled yet");
      continue;
    }
    std::vector<std::string_view> names;
    for (const Key& known : format.keys) names.push_back(known.name);
    member.mistake_at_key("no such key in " + std::string(format.is) + did_you_mean(key, names));
  }
  return true;
}

std::optional<std::string> text_at(const Cursor& cursor) {
  if (cursor.json().is_string()) return cursor.json().get<std::string>();
  cursor.mistake(shown(cursor.json()) + " stands where a text belongs");
  return std::nullopt;
}

std::optional<std::int64_t> integer_at(const Cursor& cursor, std::int64_t low, std::int64_t high) {
  const Json& json = cursor.json();
  if (json.is_number_float()) {
    cursor.mistake(shown(json) + " is no whole number that could be meant here");
    return std::nullopt;
  }
  if (!json.is_number_integer()) {
    cursor.mistake(shown(json) + " stands where a whole number belongs");
    return std::nullopt;
  }
  const bool is_huge = json.is_number_unsigned() && json.get<std::uint64_t>() > INT64_MAX;
  const std::int64_t number = is_huge ? INT64_MAX : json.get<std::int64_t>();
  if (number < low) {
    cursor.mistake(shown(json) + " is less than " + with_separators(low) + ", the least");
    return std::nullopt;
  }
  if (is_huge || number > high) {
    cursor.mistake(shown(json) + " is more than " + with_separators(high) + ", the most");
    return std::nullopt;
  }
  return number;
}

std::optional<Duration> duration_at(const Cursor& cursor, Duration low) {
  const Json& json = cursor.json();
  if (!json.is_string()) {
    cursor.mistake(shown(json) + " stands where a duration belongs: a text like \"250ms\"");
    return std::nullopt;
  }
  const Parsed<Duration> parsed = parse_duration(json.get_ref<const std::string&>());
  if (!parsed.value) {
    cursor.mistake(shown(json) + " " + parsed.mistake);
    return std::nullopt;
  }
  if (*parsed.value < low) {
    cursor.mistake(shown(json) + " is less than " + text_of(low) + ", the least");
    return std::nullopt;
  }
  return parsed.value;
}

std::optional<std::size_t> word_at(const Cursor& cursor, std::span<const std::string_view> words,
                                   std::span<const std::string_view> later) {
  const std::optional<std::string> text = text_at(cursor);
  if (!text) return std::nullopt;
  const auto word = std::find(words.begin(), words.end(), *text);
  if (word != words.end()) return static_cast<std::size_t>(word - words.begin());
  if (std::find(later.begin(), later.end(), *text) != later.end()) {
    cursor.mistake(in_quotes(*text) + " is not modelled yet; known: " + list_of(words));
    return std::nullopt;
  }
  const std::string guess = did_you_mean(*text, words);
  cursor.mistake(in_quotes(*text) + " is not known" +
                 (guess.empty() ? "; known: " + list_of(words) : guess));
  return std::nullopt;
}

void read_text(const Cursor& object, std::string_view key, std::string& out) {
  const std::optional<Cursor> cursor = object.find(key);
  if (!cursor) return;
  std::optional<std::string> text = text_at(*cursor);
  if (text) out = *std::move(text);
}

void read_flag(const Cursor& object, std::string_view key, bool& out) {
  const std::optional<Cursor> cursor = object.find(key);
  if (!cursor) return;
  if (cursor->json().is_boolean()) {
    out = cursor->json().get<bool>();
  } else {
    cursor->mistake(shown(cursor->json()) + " stands where true or false belongs");
  }
}

void read_duration(const Cursor& object, std::string_view key, Duration& out, Duration low) {
  const std::optional<Cursor> cursor = object.find(key);
  if (!cursor) return;
  const std::optional<Duration> duration = duration_at(*cursor, low);
  if (duration) out = *duration;
}

void read_duration_range(const Cursor& object, std::string_view key, Duration& low_out,
                         Duration& high_out, Duration low) {
  const std::optional<Cursor> cursor = object.find(key);
  if (!cursor) return;
  if (!cursor->json().is_array()) {
    const std::optional<Duration> duration = duration_at(*cursor, low);
    if (duration) low_out = high_out = *duration;
    return;
  }
  if (cursor->json().size() != 2) {
    cursor->mistake("a range is a list of two durations: [\"0.2ms\", \"2ms\"]");
    return;
  }
  const std::optional<Duration> from = duration_at(cursor->element(0), low);
  const std::optional<Duration> to = duration_at(cursor->element(1), low);
  if (!from || !to) return;
  if (*from > *to) {
    cursor->mistake("the range begins above its end: " + text_of(*from) + " to " + text_of(*to));
    return;
  }
  low_out = *from;
  high_out = *to;
}

void read_size(const Cursor& object, std::string_view key, std::int32_t& out) {
  const std::optional<Cursor> cursor = object.find(key);
  if (!cursor) return;
  const Json& json = cursor->json();
  if (!json.is_string()) {
    cursor->mistake(shown(json) + " stands where a size belongs: a text like \"16KiB\"");
    return;
  }
  const Parsed<std::int64_t> parsed = parse_size(json.get_ref<const std::string&>());
  if (parsed.value) {
    out = static_cast<std::int32_t>(*parsed.value);
  } else {
    cursor->mistake(shown(json) + " " + parsed.mistake);
  }
}

}  // namespace kafault
