#include "sim/scenario/mistakes.hpp"

#include <algorithm>
#include <utility>

namespace kafault {
namespace {

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) {
    if (!text.empty()) text += '\n';
    text += line;
  }
  return text;
}

// Damerau's distance (optimal string alignment): a swap of neighbours is one error.
std::size_t typing_errors(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1);
  std::vector<std::size_t> last(b.size() + 1);
  std::vector<std::size_t> now(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    now[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t changed = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      now[j] = std::min({last[j] + 1, now[j - 1] + 1, changed});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        now[j] = std::min(now[j], before[j - 2] + 1);
      }
    }
    std::swap(before, last);
    std::swap(last, now);
  }
  return last[b.size()];
}

}  // namespace

ScenarioError::ScenarioError(std::vector<std::string> lines)
    : std::runtime_error(joined(lines)), lines_(std::move(lines)) {}

void Mistakes::add(Position position, std::string_view pointer, std::string_view message) {
  if (full()) return;
  std::string text = printable(pointer);
  if (!text.empty()) text += ": ";
  entries_.insert({false, "", position, text + printable(message)});
}

void Mistakes::add_in(std::string_view file, Position position, std::string_view message) {
  if (full()) return;
  entries_.insert({false, std::string(file), position, printable(message)});
}

void Mistakes::add_outside(std::string_view where, std::string_view message) {
  if (full()) return;
  entries_.insert({true, {}, {}, printable(where) + ": " + printable(message)});
}

void Mistakes::take(const Mistakes& other) {
  for (const Entry& entry : other.entries_) {
    if (!full()) entries_.insert(entry);
  }
}

std::vector<std::string> Mistakes::lines() const {
  std::vector<std::string> lines;
  for (const Entry& entry : entries_) {
    if (entry.outside) {
      lines.push_back(entry.text);
      continue;
    }
    const std::string& file = entry.file.empty() ? file_name_ : entry.file;
    lines.push_back(printable(file) + ":" + std::to_string(entry.position.line) + ":" +
                    std::to_string(entry.position.column) + ": " + entry.text);
  }
  if (full()) lines.push_back(printable(file_name_) + ": and perhaps more: stopped here");
  return lines;
}

void Mistakes::raise_if_any() const {
  if (!empty()) throw ScenarioError(lines());
}

std::size_t character_length(std::string_view text) {
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
  const std::size_t length = byte(0) < 0x80             ? 1
                             : (byte(0) & 0xE0) == 0xC0 ? 2
                             : (byte(0) & 0xF0) == 0xE0 ? 3
                             : (byte(0) & 0xF8) == 0xF0 ? 4
                                                        : 0;
  if (length == 0 || length > text.size()) return 0;
  for (std::size_t at = 1; at < length; ++at) {
    if ((byte(at) & 0xC0) != 0x80) return 0;
  }
  return length;
}

std::string printable(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t length = character_length(text);
    const auto first = static_cast<unsigned char>(text.front());
    if (length == 0 || first < 0x20 || first == 0x7F) {
      out += '?';
      text.remove_prefix(1);
    } else {
      out += text.substr(0, length);
      text.remove_prefix(length);
    }
  }
  return out;
}

std::string in_quotes(std::string_view text) {
  constexpr std::size_t longest = 60;
  std::size_t end = std::min(text.size(), longest);
  while (end < text.size() && end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) {
    --end;
  }
  return '"' + std::string(text.substr(0, end)) + (end < text.size() ? "...\"" : "\"");
}

std::string_view closest(std::string_view word, std::span<const std::string_view> candidates) {
  constexpr std::size_t longest = 100;
  if (word.size() > longest) return {};
  std::size_t fewest = std::max<std::size_t>(1, word.size() / 3) + 1;
  std::string_view best;
  for (const std::string_view candidate : candidates) {
    if (candidate.size() > longest) continue;
    const std::size_t errors = typing_errors(word, candidate);
    // A word of which nothing is left is not a suggestion.
    if (errors < fewest && errors < candidate.size()) {
      fewest = errors;
      best = candidate;
    }
  }
  return best;
}

std::string did_you_mean(std::string_view word, std::span<const std::string_view> candidates) {
  const std::string_view best = closest(word, candidates);
  return best.empty() ? "" : "; did you mean " + in_quotes(best) + "?";
}

std::string list_of(std::span<const std::string_view> words) {
  std::string text;
  for (const std::string_view word : words) {
    if (!text.empty()) text += ", ";
    text += word;
  }
  return text;
}

}  // namespace kafault
