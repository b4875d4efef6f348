#include "sim/scenario/properties.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace kafault {
namespace {

constexpr std::size_t largest_settings_file = 1 << 20;
constexpr char32_t end_of_text = 0xFFFFFFFF;

struct Character {
  char32_t code = 0;
  Position at;
};
using Characters = std::vector<Character>;

// The code point of the UTF-8 character at the front of `text`, which is known to be one.
char32_t code_point(std::string_view text) {
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
  if (text.size() == 1) return byte(0);
  char32_t code = byte(0) & (0x7FU >> text.size());
  for (std::size_t at = 1; at < text.size(); ++at) code = (code << 6U) | (byte(at) & 0x3FU);
  return code;
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = character_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

Characters characters_of(std::string_view text) {
  const bool utf8 = is_utf8(text);
  Characters characters;
  characters.reserve(text.size() + 1);
  Position at{1, 1};
  while (!text.empty()) {
    const std::size_t length = utf8 ? character_length(text) : 1;
    const char32_t code =
        utf8 ? code_point(text.substr(0, length)) : static_cast<unsigned char>(text.front());
    text.remove_prefix(length);
    characters.push_back({code, at});
    const bool ends_line = code == '\n' || (code == '\r' && !text.starts_with('\n'));
    at = ends_line ? Position{at.line + 1, 1} : Position{at.line, at.column + 1};
  }
  characters.push_back({end_of_text, at});
  return characters;
}

void append_utf8(std::string& out, char32_t code) {
  const auto add = [&](char32_t byte) { out += static_cast<char>(byte); };
  if (code < 0x80) {
    add(code);
  } else if (code < 0x800) {
    add(0xC0 | (code >> 6U));
    add(0x80 | (code & 0x3FU));
  } else if (code < 0x10000) {
    add(0xE0 | (code >> 12U));
    add(0x80 | ((code >> 6U) & 0x3FU));
    add(0x80 | (code & 0x3FU));
  } else {
    add(0xF0 | (code >> 18U));
    add(0x80 | ((code >> 12U) & 0x3FU));
    add(0x80 | ((code >> 6U) & 0x3FU));
    add(0x80 | (code & 0x3FU));
  }
}

constexpr bool is_blank(char32_t c) { return c == ' ' || c == '\t' || c == '\f'; }
constexpr bool is_line_end(char32_t c) { return c == '\n' || c == '\r'; }

// Properties.LineReader: the next logical line without its comments, continued lines joined; ends
// with a character that says where it ended. Empty: the text is over.
class LogicalLines {
 public:
  explicit LogicalLines(const Characters& text) : text_(text) {}

  Characters next() {
    Characters line;
    while (text_[at_].code != end_of_text) {
      skip_blanks();
      const char32_t first = text_[at_].code;
      if (line.empty() && (first == '#' || first == '!')) {
        skip_line();
      } else if (!append_line(line) && !line.empty()) {
        line.push_back({end_of_text, text_[at_].at});
        skip_line_end();
        return line;
      } else {
        skip_line_end();
      }
    }
    if (!line.empty()) line.push_back({end_of_text, text_[at_].at});
    return line;
  }

 private:
  void skip_blanks() {
    while (is_blank(text_[at_].code)) ++at_;
  }
  void skip_line() {
    while (!is_line_end(text_[at_].code) && text_[at_].code != end_of_text) ++at_;
    skip_line_end();
  }
  void skip_line_end() {
    if (text_[at_].code == '\r' && text_[at_ + 1].code == '\n') ++at_;
    if (text_[at_].code != end_of_text) ++at_;
  }
  // Up to the end of the line, where it stays; whether the line ends with a backslash that
  // continues it.
  bool append_line(Characters& line) {
    bool is_escaped = false;
    for (; !is_line_end(text_[at_].code) && text_[at_].code != end_of_text; ++at_) {
      line.push_back(text_[at_]);
      is_escaped = text_[at_].code == '\\' && !is_escaped;
    }
    if (is_escaped) line.pop_back();
    return is_escaped;
  }

  const Characters& text_;
  std::size_t at_ = 0;
};

// The four hexadecimal digits from `at` on.
std::optional<char32_t> hexadecimal(const Characters& line, std::size_t at, std::size_t end) {
  if (at + 4 > end) return std::nullopt;
  char32_t code = 0;
  for (std::size_t i = at; i < at + 4; ++i) {
    const char32_t c = line[i].code;
    const bool is_digit = c >= '0' && c <= '9';
    const bool is_letter = (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    if (!is_digit && !is_letter) return std::nullopt;
    code = code * 16 + (is_digit ? c - '0' : (c | 0x20U) - 'a' + 10);
  }
  return code;
}

// Properties.loadConvert, to UTF-8: halves of a pair of UTF-16 are joined, a lone one becomes "?".
class Unescaped {
 public:
  Unescaped(const std::string& file, Mistakes& mistakes) : file_(file), mistakes_(mistakes) {}

  std::string text(const Characters& line, std::size_t begin, std::size_t end) {
    std::string out;
    high_ = 0;
    for (std::size_t at = begin; at < end; ++at) {
      if (line[at].code != '\\' || at + 1 == end) {
        add(out, line[at].code);
        continue;
      }
      const char32_t escaped = line[++at].code;
      if (escaped != 'u') {
        add(out, unescaped(escaped));
      } else if (const auto code = hexadecimal(line, at + 1, end)) {
        add(out, *code);
        at += 4;
      } else {
        mistakes_.add_in(file_, line[at - 1].at,
                         "\\u stands without four hexadecimal digits, which Java refuses");
      }
    }
    close(out);
    return out;
  }

 private:
  static char32_t unescaped(char32_t c) {
    switch (c) {
      case 't':
        return '\t';
      case 'r':
        return '\r';
      case 'n':
        return '\n';
      case 'f':
        return '\f';
      default:
        return c;
    }
  }
  void add(std::string& out, char32_t code) {
    const bool is_low = code >= 0xDC00 && code < 0xE000;
    if (high_ != 0 && is_low) {
      append_utf8(out, 0x10000 + ((high_ - 0xD800) << 10U) + (code - 0xDC00));
      high_ = 0;
      return;
    }
    close(out);
    if (code >= 0xD800 && code < 0xDC00) {
      high_ = code;
    } else {
      append_utf8(out, is_low ? U'?' : code);
    }
  }
  void close(std::string& out) {
    if (high_ != 0) out += '?';
    high_ = 0;
  }

  const std::string& file_;
  Mistakes& mistakes_;
  char32_t high_ = 0;  // the first half of a pair
};

struct Parts {
  std::size_t name_end = 0;
  std::size_t value_begin = 0;
};
// Properties.load0: the name ends at the first =, : or blank that no backslash escapes.
Parts parts_of(const Characters& line) {
  const std::size_t end = line.size() - 1;
  Parts parts;
  bool is_escaped = false;
  for (; parts.name_end < end; ++parts.name_end) {
    const char32_t c = line[parts.name_end].code;
    if (!is_escaped && (c == '=' || c == ':' || is_blank(c))) break;
    is_escaped = c == '\\' && !is_escaped;
  }
  parts.value_begin = parts.name_end;
  for (bool has_separator = false; parts.value_begin < end; ++parts.value_begin) {
    const char32_t c = line[parts.value_begin].code;
    if (is_blank(c)) continue;
    if (has_separator || (c != '=' && c != ':')) break;
    has_separator = true;
  }
  return parts;
}

}  // namespace

std::vector<Property> parse_properties(std::string_view text, const std::string& file,
                                       Mistakes& mistakes) {
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
  std::vector<Property> properties;
  if (text.size() > largest_settings_file) {
    mistakes.add_in(file, {1, 1}, "a file of settings has at most 1 MiB");
    return properties;
  }
  if (text.starts_with(byte_order_mark)) {
    mistakes.add_in(file, {1, 1},
                    "begins with a byte order mark, which Java takes for a part of the first name: "
                    "save it without");
    text.remove_prefix(byte_order_mark.size());
  }
  const Characters characters = characters_of(text);
  LogicalLines lines(characters);
  Unescaped unescaped(file, mistakes);
  for (Characters line = lines.next(); !line.empty(); line = lines.next()) {
    const Parts parts = parts_of(line);
    properties.push_back({unescaped.text(line, 0, parts.name_end),
                          unescaped.text(line, parts.value_begin, line.size() - 1), line.front().at,
                          line[parts.value_begin].at});
  }
  return properties;
}

}  // namespace kafault
