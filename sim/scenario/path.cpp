#include "sim/scenario/path.hpp"

#include <algorithm>

namespace kafault {

std::optional<Path> parse_pointer(std::string_view text) {
  Path path;
  if (text.empty()) return path;
  if (text.front() != '/') return std::nullopt;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '/') {
      path.emplace_back();
    } else if (text[at] != '~') {
      path.back() += text[at];
    } else if (at + 1 < text.size() && (text[at + 1] == '0' || text[at + 1] == '1')) {
      path.back() += text[++at] == '0' ? '~' : '/';
    } else {
      return std::nullopt;
    }
  }
  return path;
}

std::string pointer_of(const Path& path) {
  std::string text;
  for (const std::string& token : path) {
    text += '/';
    for (const char c : token) {
      if (c == '~') {
        text += "~0";
      } else if (c == '/') {
        text += "~1";
      } else {
        text += c;
      }
    }
  }
  return text;
}

bool begins_with(const Path& path, const Path& start) {
  return start.size() <= path.size() && std::equal(start.begin(), start.end(), path.begin());
}

}  // namespace kafault
