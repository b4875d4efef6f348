#include "sim/scenario/version_reader.hpp"

#include <algorithm>

namespace kafault {
namespace {

const VersionDefaults& version_at(const Cursor& cursor, const VersionDefaults& fallback) {
  if (!cursor.json().is_string()) {
    cursor.mistake(shown(cursor.json()) + " stands where a version belongs: a text like \"4.1\"");
    return fallback;
  }
  const std::vector<std::string_view> known = known_versions();
  const std::optional<std::size_t> word = word_at(cursor, known);
  return word ? *find_version(known[*word]) : fallback;
}

std::vector<std::string_view> switch_names() {
  std::vector<std::string_view> names;
  const VersionProfile profile;
  VersionProfile::describe(profile, [&](std::string_view name, bool, std::string_view,
                                        std::string_view) { names.push_back(name); });
  return names;
}

}  // namespace

VersionReader::VersionReader(const Cursor& root) : brokers_(find_version(default_version)) {
  if (const auto cursor = root.find("kafka")) brokers_ = &version_at(*cursor, *brokers_);
  read_switches(root);
}

void VersionReader::read_switches(const Cursor& root) {
  const std::optional<Cursor> object = root.find("switches");
  if (!object) return;
  if (!object->json().is_object()) {
    object->mistake(shown(object->json()) + " stands where an object of switches belongs");
    return;
  }
  const std::vector<std::string_view> names = switch_names();
  for (const auto& [key, value] : object->json().get_ref<const Json::object_t&>()) {
    const auto name = std::find(names.begin(), names.end(), key);
    if (name == names.end()) {
      object->member(key, value)
          .mistake_at_key("no such switch; kafault versions lists them" + did_you_mean(key, names));
      continue;
    }
    bool is_on = false;
    const std::size_t before = object->reading().mistakes_so_far();
    read_flag(*object, key, is_on);
    if (object->reading().mistakes_so_far() == before) switches_.emplace_back(*name, is_on);
  }
}

VersionDefaults VersionReader::turned(const VersionDefaults& row) const {
  VersionDefaults defaults = row;
  VersionProfile::describe(defaults.profile, [&](std::string_view name, bool& value,
                                                 std::string_view, std::string_view) {
    for (const auto& [turned, is_on] : switches_) {
      if (turned == name) value = is_on;
    }
  });
  return defaults;
}

const VersionDefaults& VersionReader::version_of(const Cursor& client) const {
  check_object(client, group_client_format);  // a producer's has the same keys
  const std::optional<Cursor> version = client.find("version");
  return version ? version_at(*version, *brokers_) : *brokers_;
}

}  // namespace kafault
