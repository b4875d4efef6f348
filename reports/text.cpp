#include "reports/text.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace kafault {
namespace {

constexpr std::string_view soft_breaks = "._-/>,=";
constexpr std::string_view no_break_space = "\xC2\xA0";

struct Character {
  char32_t code = 0;
  std::size_t bytes = 1;
  bool broken = false;  // not UTF-8
};

constexpr bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

Character first_of(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text.front());
  if (lead < 0x80) return {lead, 1, false};
  const std::size_t bytes = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || bytes > text.size()) return {0, 1, true};
  char32_t code = lead & (0xFFU >> (bytes + 1));
  for (std::size_t i = 1; i < bytes; ++i) {
    if (!is_continuation(text[i])) return {0, 1, true};
    code = (code << 6U) | (static_cast<unsigned char>(text[i]) & 0x3FU);
  }
  constexpr std::array<char32_t, 5> least{0, 0, 0x80, 0x800, 0x10000};
  const bool overlong_or_surrogate =
      code < least[bytes] || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF);
  if (overlong_or_surrogate) return {0, 1, true};
  return {code, bytes, false};
}

struct CodeRange {
  char32_t first;
  char32_t last;
};

constexpr bool is_in(char32_t code, const auto& ranges) {
  return std::any_of(std::begin(ranges), std::end(ranges),
                     [&](const CodeRange& r) { return code >= r.first && code <= r.last; });
}

// Combining marks, joiners, variation selectors.
constexpr std::array<CodeRange, 7> zero_wide{{{0x300, 0x36F},
                                              {0x1AB0, 0x1AFF},
                                              {0x1DC0, 0x1DFF},
                                              {0x200B, 0x200F},
                                              {0x20D0, 0x20FF},
                                              {0xFE00, 0xFE0F},
                                              {0xFE20, 0xFE2F}}};
// The wide blocks of Unicode's EastAsianWidth.txt, and the pictures.
constexpr std::array<CodeRange, 10> two_wide{{{0x1100, 0x115F},
                                              {0x2E80, 0x303E},
                                              {0x3041, 0xA4CF},
                                              {0xAC00, 0xD7A3},
                                              {0xF900, 0xFAFF},
                                              {0xFE30, 0xFE6F},
                                              {0xFF00, 0xFF60},
                                              {0xFFE0, 0xFFE6},
                                              {0x1F300, 0x1FAFF},
                                              {0x20000, 0x3FFFD}}};

std::size_t width_of(char32_t code) {
  if (is_in(code, zero_wide)) return 0;
  return is_in(code, two_wide) ? 2 : 1;
}

// Calls `visit(character, bytes)` for each character.
void for_each_character(std::string_view text, auto&& visit) {
  while (!text.empty()) {
    const Character c = first_of(text);
    visit(c, text.substr(0, c.bytes));
    text.remove_prefix(c.bytes);
  }
}

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    if (end > 0) words.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return words;
}

std::vector<std::string_view> pieces_of(std::string_view word) {
  std::vector<std::string_view> pieces;
  while (!word.empty()) {
    const std::size_t found = word.find_first_of(soft_breaks);
    const std::size_t end = found == std::string_view::npos ? word.size() : found + 1;
    pieces.push_back(word.substr(0, end));
    word.remove_prefix(end);
  }
  return pieces;
}

class Wrapper {
 public:
  explicit Wrapper(std::size_t width) : width_(std::max<std::size_t>(width, 1)) {}

  void add_word(std::string_view word) {
    const std::size_t space = line_.empty() ? 0 : 1;
    if (used_ + space + display_width(word) <= width_) {
      append(space == 1 ? " " : "");
      append(word);
      return;
    }
    if (display_width(word) <= width_) {
      end_line();
      append(word);
      return;
    }
    if (!line_.empty()) end_line();
    for (const std::string_view piece : pieces_of(word)) add_piece(piece);
  }

  std::vector<std::string> finish() {
    if (!line_.empty() || lines_.empty()) end_line();
    return std::move(lines_);
  }

 private:
  void add_piece(std::string_view piece) {
    const std::size_t wide = display_width(piece);
    if (used_ > 0 && used_ + wide > width_) end_line();
    if (wide <= width_) return append(piece);
    for_each_character(piece, [&](const Character& c, std::string_view bytes) {
      if (used_ > 0 && used_ + width_of(c.code) > width_) end_line();
      append(bytes);
    });
  }
  void append(std::string_view text) {
    line_ += text;
    used_ += display_width(text);
  }
  void end_line() {
    lines_.push_back(std::move(line_));
    line_.clear();
    used_ = 0;
  }

  std::size_t width_;
  std::size_t used_ = 0;
  std::string line_;
  std::vector<std::string> lines_;
};

}  // namespace

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  for_each_character(text, [&](const Character& c, auto) { width += width_of(c.code); });
  return width;
}

std::string clean(std::string_view text) {
  std::string result;
  for_each_character(text, [&](const Character& c, std::string_view bytes) {
    const bool is_control = c.code < 0x20 || (c.code >= 0x7F && c.code < 0xA0);
    if (c.broken) {
      result += '?';
    } else if (is_control) {
      result += ' ';
    } else {
      result += bytes;
    }
  });
  return result;
}

std::string to_ascii(std::string_view text) {
  std::string result;
  for_each_character(text, [&](const Character& c, std::string_view bytes) {
    switch (c.code) {
      case U'\u00B7':
        result += '-';
        break;  // middle dot
      case U'\u2026':
        result += "...";
        break;  // ellipsis
      default:
        if (c.code < 0x80 && !c.broken) {
          result += bytes;
        } else if (width_of(c.code) > 0) {
          result += '?';
        }
    }
  });
  return result;
}

std::vector<std::string> wrap(std::string_view text, std::size_t width) {
  Wrapper wrapper(width);
  for (const std::string_view word : words_of(text)) wrapper.add_word(word);
  return wrapper.finish();
}

std::vector<std::string> pack(const std::vector<std::string>& items, std::string_view separator,
                              std::size_t width) {
  std::vector<std::string> lines;
  for (const std::string& item : items) {
    const bool fits =
        !lines.empty() &&
        display_width(lines.back()) + display_width(separator) + display_width(item) <= width;
    if (fits) {
      lines.back() += std::string(separator) + item;
    } else {
      for (std::string& line : wrap(item, width)) lines.push_back(std::move(line));
    }
  }
  return lines;
}

std::vector<std::string> split(std::string_view text, std::string_view separator) {
  std::vector<std::string> parts;
  for (std::size_t at = 0;;) {
    const std::size_t end = text.find(separator, at);
    parts.emplace_back(text.substr(at, end == std::string_view::npos ? end : end - at));
    if (end == std::string_view::npos) return parts;
    at = end + separator.size();
  }
}

std::string glued(std::string_view text) {
  std::string result;
  for (const char c : text) {
    const bool is_glued = c == ' ' && !result.ends_with(',');
    result += is_glued ? std::string(no_break_space) : std::string(1, c);
  }
  return result;
}

std::string unglued(std::string_view text) {
  std::string result;
  for (const std::string& part : split(text, no_break_space)) result += part + ' ';
  result.pop_back();
  return result;
}

std::size_t narrowest(std::string_view text, bool softly) {
  std::size_t widest = 0;
  for (const std::string_view word : words_of(text)) {
    if (!softly) {
      widest = std::max(widest, display_width(word));
      continue;
    }
    for (const std::string_view piece : pieces_of(word)) {
      widest = std::max(widest, display_width(piece));
    }
  }
  return widest;
}

std::size_t width_in_two_lines(std::string_view text) {
  std::size_t width = std::max<std::size_t>(narrowest(text, true), 1);
  while (wrap(text, width).size() > 2) ++width;
  return width;
}

std::string padded(std::string_view text, std::size_t width, bool right_aligned) {
  const std::size_t used = display_width(text);
  const std::string space(width > used ? width - used : 0, ' ');
  return right_aligned ? space + std::string(text) : std::string(text) + space;
}

std::string hex(std::uint64_t value) {
  std::string digits(16, '0');
  for (std::size_t i = 16; i-- > 0; value >>= 4U) digits[i] = "0123456789abcdef"[value & 0xFU];
  return digits;
}

std::string with_thousands(std::int64_t value) {
  std::string digits = std::to_string(value);
  const std::size_t sign = value < 0 ? 1 : 0;
  for (std::size_t at = digits.size(); at > sign + 3;) {
    at -= 3;
    digits.insert(at, ",");
  }
  return digits;
}

std::string shell_quoted(std::string_view text) {
  std::string result = "'";
  for (const char c : text) result += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return result + "'";
}

std::string shell_word(std::string_view text) {
  constexpr std::string_view harmless =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./+:@%,";
  const bool is_harmless = !text.empty() && text.find_first_not_of(harmless) == std::string::npos;
  return is_harmless ? std::string(text) : shell_quoted(text);
}

std::string where_word(std::string_view text) {
  if (!text.empty() && text.find_first_of(" \t\"'\\=") == std::string_view::npos) {
    return std::string(text);
  }
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    result += c;
  }
  return result + '"';
}

std::string any_of(const std::vector<std::string>& words) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) text += i + 1 == words.size() ? " or " : ", ";
    text += words[i];
  }
  return text;
}

std::string count_of(std::size_t count, std::string_view noun) {
  return with_thousands(static_cast<std::int64_t>(count)) + " " + std::string(noun) +
         (count == 1 ? "" : "s");
}

}  // namespace kafault
