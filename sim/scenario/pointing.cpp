#include "sim/scenario/pointing.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "sim/scenario/cluster_reader.hpp"
#include "sim/scenario/values.hpp"

namespace kafault {
namespace {

using namespace std::string_view_literals;

constexpr std::array fixed_keys{"matrix"sv, "expect"sv, "kafault"sv, "$schema"sv};
constexpr std::size_t longest_pointer = 1000;

// The topics that producers write to exist without an entry.
bool is_written_to(const Json& document, const std::string& topic) {
  const auto producers = document.find("producers");
  if (producers == document.end() || !producers->is_object()) return false;
  const auto topics = document.find("topics");
  const bool has_topics = topics != document.end() && topics->is_object() && !topics->empty();
  return std::any_of(producers->begin(), producers->end(), [&](const Json& producer) {
    const bool says_it = producer.is_object() && producer.contains("sends") &&
                         producer["sends"].is_object() && producer["sends"].contains("topic");
    return says_it ? producer["sends"]["topic"] == topic : !has_topics && topic == "orders";
  });
}

std::vector<std::string_view> keys_of(const Json& object) {
  std::vector<std::string_view> keys;
  for (const auto& member : object.get_ref<const Json::object_t&>()) keys.push_back(member.first);
  return keys;
}

class Pointer {
 public:
  Pointer(const Path& tokens, const Json& document) : tokens_(tokens), document_(document) {}

  Pointing point() {
    Path path;
    follow(&document_, 0, path);
    if (result_.targets.empty() && result_.mistake.empty()) {
      result_.mistake = "points nowhere: no name stands for *";
    }
    return result_;
  }

 private:
  // `node` is what `path` points to; nullptr where the document ends.
  void follow(const Json* node, std::size_t depth, Path& path) {
    if (depth == tokens_.size()) {
      result_.targets.push_back(path);
      return;
    }
    const std::string& token = tokens_[depth];
    if (node == nullptr) {
      if (token == "*") return nowhere("nothing stands for * below " + pointer_of(path));
      return step_into_nothing(nullptr, token, depth, path);
    }
    if (node->is_object()) return follow_object(*node, token, depth, path);
    if (node->is_array()) return follow_array(*node, token, depth, path);
    nowhere(pointer_of(path) + " has nothing below it");
  }

  void follow_object(const Json& node, const std::string& token, std::size_t depth, Path& path) {
    if (token == "*") {
      for (const auto& [key, value] : node.get_ref<const Json::object_t&>()) {
        step(&value, key, depth, path);
      }
      return;
    }
    const auto child = node.find(token);
    if (child != node.end()) return step(&*child, token, depth, path);
    step_into_nothing(&node, token, depth, path);
  }

  // What the document does not have: a setting or a section may be made, a name may not.
  void step_into_nothing(const Json* names, const std::string& token, std::size_t depth,
                         Path& path) {
    const bool is_name =
        path.size() == 1 && (path[0] == "producers" || path[0] == "groups" || path[0] == "topics");
    if (is_name && !(path[0] == "topics" && is_written_to(document_, token))) {
      const std::string guess = names != nullptr ? did_you_mean(token, keys_of(*names)) : "";
      return nowhere("there is no " + path[0].substr(0, path[0].size() - 1) + " " +
                     in_quotes(token) + guess);
    }
    step(nullptr, token, depth, path);
  }

  void follow_array(const Json& node, const std::string& token, std::size_t depth, Path& path) {
    if (token == "*") {
      for (std::size_t at = 0; at < node.size(); ++at) {
        step(&node[at], std::to_string(at), depth, path);
      }
      return;
    }
    const std::optional<std::int64_t> index = parse_integer(token);
    const bool is_index = index && *index >= 0 && std::to_string(*index) == token;
    if (!is_index || static_cast<std::size_t>(*index) >= node.size()) {
      return nowhere(pointer_of(path) + " has " + std::to_string(node.size()) +
                     " elements, from 0");
    }
    step(&node[static_cast<std::size_t>(*index)], token, depth, path);
  }

  void step(const Json* node, const std::string& token, std::size_t depth, Path& path) {
    path.push_back(token);
    follow(node, depth + 1, path);
    path.pop_back();
  }

  void nowhere(const std::string& why) {
    if (result_.mistake.empty()) result_.mistake = "points nowhere: " + why;
  }

  const Path& tokens_;
  const Json& document_;
  Pointing result_;
};

}  // namespace

Pointing point(std::string_view pointer, const Json& document) {
  const std::optional<Path> path = parse_pointer(pointer);
  if (!path || pointer.size() > longest_pointer) {
    return {{}, in_quotes(pointer) + " is no JSON Pointer: /producers/shop/config/acks is one"};
  }
  if (path->empty()) return {{}, "points to the whole file"};
  if (std::find(fixed_keys.begin(), fixed_keys.end(), path->front()) != fixed_keys.end()) {
    return {{}, "/" + path->front() + " cannot be varied"};
  }
  Pointing pointing = Pointer(*path, document).point();
  if (!pointing.mistake.empty()) pointing.targets.clear();
  return pointing;
}

void put(Json& document, const Path& target, const Json& value) {
  Json* node = &document;
  for (const std::string& token : target) {
    if (node->is_array()) {
      // An earlier axis may have put a shorter list here.
      const auto index = static_cast<std::size_t>(parse_integer(token).value_or(0));
      if (index >= node->size()) return;
      node = &(*node)[index];
    } else {
      if (!node->is_object()) *node = Json::object();
      node = &(*node)[token];
    }
  }
  *node = value;
}

Json option_value(const std::string& text) {
  if (text.starts_with('{') || text.starts_with('[')) return Source(text, "value").document();
  const Json json = Json::parse(text, nullptr, false);
  // A version, 4.1, is a word.
  if (json.is_discarded() || json.is_number_float()) return text;
  return json;
}

std::vector<std::string> split_values(std::string_view text) {
  std::vector<std::string> values;
  std::size_t begin = 0;
  int depth = 0;
  bool in_string = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (in_string) {
      if (c == '\\') ++at;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      ++depth;
    } else if (c == ']' || c == '}') {
      --depth;
    } else if (c == ',' && depth == 0) {
      values.emplace_back(text.substr(begin, at - begin));
      begin = at + 1;
    }
  }
  values.emplace_back(text.substr(begin));
  return values;
}

std::string cell_of(const Json& value) {
  if (value.is_string()) return printable(value.get_ref<const std::string&>());
  return value.dump();
}

}  // namespace kafault
