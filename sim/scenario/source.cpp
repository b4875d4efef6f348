#include "sim/scenario/source.hpp"

#include <algorithm>
#include <set>

#include "sim/scenario/values.hpp"

namespace kafault {
namespace {

constexpr std::size_t largest_text = 1 << 20;
constexpr std::size_t deepest = 64;
constexpr std::size_t most_entries = 10'000;

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

// What nlohmann says, without its own numbering and without the raw bytes that it read last.
std::string plain_words(std::string_view what) {
  const std::size_t begin = what.find(": ");
  if (begin != std::string_view::npos) what.remove_prefix(begin + 2);
  const std::size_t last_read = what.find("; last read: ");
  if (last_read == std::string_view::npos) return std::string(what);
  const std::size_t expected = what.rfind("; expected ");
  std::string words(what.substr(0, last_read));
  if (expected != std::string_view::npos && expected > last_read) words += what.substr(expected);
  return words;
}

}  // namespace

Source::Source(std::string text, std::string file_name)
    : text_(std::move(text)), file_name_(std::move(file_name)) {
  line_starts_.push_back(0);
  if (text_.size() > largest_text) fail(0, "a scenario has at most 1 MiB");
  for (std::size_t at = 0; at < text_.size(); ++at) {
    if (text_[at] == '\n') line_starts_.push_back(at + 1);
  }
  if (file_name_.ends_with(".jsonc")) blank_out_comments();
  check_limits();
  parse();

  Mistakes mistakes(file_name_);
  Path path;
  if (text_.starts_with(byte_order_mark)) at_ = byte_order_mark.size();
  scan_value(new_place(), mistakes, path);
  mistakes.raise_if_any();
}

bool Source::contains(const Path& path) const {
  const Place* place = &places_.front();
  for (const std::string& token : path) {
    place = child_of(*place, token);
    if (place == nullptr) return false;
  }
  return true;
}

// Before the parser sees it: what is so deep or so wide that parsing it takes too long.
void Source::check_limits() const {
  std::vector<std::size_t> members;
  bool in_string = false;
  for (std::size_t at = 0; at < text_.size(); ++at) {
    const char c = text_[at];
    if (in_string) {
      if (c == '\\') {
        ++at;
      } else if (c == '"') {
        in_string = false;
      }
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      members.push_back(0);
      if (members.size() > deepest) fail(at, "nested more than 64 levels deep");
    } else if ((c == '}' || c == ']') && !members.empty()) {
      members.pop_back();
    } else if (c == ':' && !members.empty() && ++members.back() > most_entries) {
      fail(at, "an object has at most 10,000 members");
    }
  }
}

void Source::parse() {
  const bool is_blank = std::all_of(text_.begin(), text_.end(), is_space);
  if (is_blank) fail(0, "the file is empty: a scenario is a JSON object");
  try {
    document_ = Json::parse(text_);
  } catch (const Json::parse_error& error) {
    const std::size_t offset = error.byte == 0 ? 0 : error.byte - 1;
    const std::string words = plain_words(error.what());
    if (words.find("unexpected end of input") != std::string::npos) {
      fail(text_.size(), "the text ends too early: " + words);
    }
    fail(offset, "not JSON: " + words);
  } catch (const Json::exception& error) {  // a number beyond all doubles
    fail(0, "not JSON: " + plain_words(error.what()));
  }
}

void Source::blank_out_comments() {
  bool in_string = false;
  for (std::size_t at = 0; at < text_.size(); ++at) {
    if (in_string) {
      if (text_[at] == '\\') {
        ++at;
      } else if (text_[at] == '"') {
        in_string = false;
      }
      continue;
    }
    if (text_[at] == '"') in_string = true;
    if (text_[at] != '/' || at + 1 >= text_.size()) continue;
    std::size_t end = at;
    if (text_[at + 1] == '/') {
      end = std::min(text_.find('\n', at), text_.size());
    } else if (text_[at + 1] == '*') {
      const std::size_t close = text_.find("*/", at + 2);
      if (close == std::string::npos) fail(at, "the comment does not end");
      end = close + 2;
    }
    for (; at < end; ++at) {
      if (text_[at] != '\n') text_[at] = ' ';
    }
  }
}

std::size_t Source::new_place() {
  places_.emplace_back();
  return places_.size() - 1;
}

void Source::skip_space() {
  while (at_ < text_.size() && is_space(text_[at_])) ++at_;
}

std::string Source::scan_string() {
  const std::size_t begin = at_;
  bool has_escapes = false;
  for (++at_; text_[at_] != '"'; ++at_) {
    if (text_[at_] == '\\') {
      has_escapes = true;
      ++at_;
    }
  }
  ++at_;
  if (!has_escapes) return text_.substr(begin + 1, at_ - begin - 2);
  return Json::parse(text_.substr(begin, at_ - begin)).get<std::string>();
}

void Source::scan_value(std::size_t place, Mistakes& mistakes, Path& path) {
  skip_space();
  places_[place].value = at_;
  if (places_[place].key == 0) places_[place].key = at_;
  if (text_[at_] == '{') return scan_object(place, mistakes, path);
  if (text_[at_] == '[') return scan_array(place, mistakes, path);
  if (text_[at_] == '"') {
    scan_string();
    return;
  }
  constexpr std::string_view ends = ",]} \t\r\n";
  while (at_ < text_.size() && ends.find(text_[at_]) == std::string_view::npos) ++at_;
}

void Source::scan_object(std::size_t place, Mistakes& mistakes, Path& path) {
  std::set<std::string> seen;
  ++at_;
  for (skip_space(); text_[at_] != '}'; skip_space()) {
    if (text_[at_] == ',') {
      ++at_;
      skip_space();
    }
    const std::size_t child = new_place();
    places_[child].key = at_;
    const std::string key = scan_string();
    path.push_back(key);
    if (!seen.insert(key).second && !mistakes.full()) {
      mistakes.add(position_of(places_[child].key), pointer_of(path), "this key is repeated");
    }
    places_[place].children.emplace_back(key, child);
    skip_space();
    ++at_;  // the colon
    scan_value(child, mistakes, path);
    path.pop_back();
  }
  ++at_;
}

void Source::scan_array(std::size_t place, Mistakes& mistakes, Path& path) {
  ++at_;
  for (skip_space(); text_[at_] != ']'; skip_space()) {
    if (text_[at_] == ',') ++at_;
    const std::size_t child = new_place();
    path.push_back(std::to_string(places_[place].children.size()));
    places_[place].children.emplace_back(path.back(), child);
    scan_value(child, mistakes, path);
    path.pop_back();
  }
  ++at_;
}

const Source::Place* Source::child_of(const Place& place, const std::string& token) const {
  // An element of a list stands where its number says.
  const std::optional<std::int64_t> index = parse_integer(token);
  if (index && *index >= 0 && static_cast<std::size_t>(*index) < place.children.size()) {
    const auto& child = place.children[static_cast<std::size_t>(*index)];
    if (child.first == token) return &places_[child.second];
  }
  for (const auto& [name, child] : place.children) {
    if (name == token) return &places_[child];
  }
  return nullptr;
}

const Source::Place& Source::place_of(const Path& path) const {
  const Place* place = &places_.front();
  for (const std::string& token : path) {
    const Place* child = child_of(*place, token);
    if (child == nullptr) break;
    place = child;
  }
  return *place;
}

Position Source::position_of(std::size_t offset) const {
  const auto next = std::upper_bound(line_starts_.begin(), line_starts_.end(), offset);
  const std::size_t start = *std::prev(next);
  std::size_t begin = start;
  if (start == 0 && text_.starts_with(byte_order_mark)) begin = byte_order_mark.size();
  int column = 1;
  for (std::size_t at = begin; at < offset && at < text_.size(); ++at) {
    if ((static_cast<unsigned char>(text_[at]) & 0xC0) != 0x80) ++column;
  }
  return {static_cast<int>(next - line_starts_.begin()), column};
}

void Source::fail(std::size_t offset, std::string_view message) const {
  Mistakes mistakes(file_name_);
  mistakes.add(position_of(offset), "", message);
  mistakes.raise_if_any();
  throw ScenarioError({std::string(message)});
}

}  // namespace kafault
