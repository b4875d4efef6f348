#include "sim/scenario/json_text.hpp"

namespace kafault {
namespace {

std::string on_one_line(const Json& value) {
  if (!value.is_structured() || value.empty()) return value.dump();
  std::string line;
  for (const auto& [key, member] : value.items()) {
    if (!line.empty()) line += ", ";
    if (value.is_object()) line += Json(key).dump() + ": ";
    line += on_one_line(member);
  }
  return value.is_array() ? "[" + line + "]" : "{ " + line + " }";
}

// `used` is what precedes the value on its line.
void write_json(const Json& value, std::size_t indent, std::size_t used, std::string& out) {
  constexpr std::size_t widest = 100;
  const std::string line = on_one_line(value);
  const bool is_whole = indent == 0;
  if (!value.is_structured() || (!is_whole && indent + used + line.size() <= widest)) {
    out += line;
    return;
  }
  out += value.is_array() ? "[" : "{";
  bool is_first = true;
  for (const auto& [key, member] : value.items()) {
    const std::string name = value.is_object() ? Json(key).dump() + ": " : "";
    out += (is_first ? "\n" : ",\n") + std::string(indent + 2, ' ') + name;
    write_json(member, indent + 2, name.size(), out);
    is_first = false;
  }
  out += "\n" + std::string(indent, ' ') + (value.is_array() ? "]" : "}");
}

}  // namespace

std::string json_text(const Json& json) {
  std::string text;
  write_json(json, 0, 0, text);
  return text + "\n";
}

}  // namespace kafault
