// What is wrong with a scenario file, and with the files of settings beside it: every mistake, each
// on one line with its place, in the order of the file.
#pragma once

#include <compare>
#include <set>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace kafault {

// Both count from one; a column is a character, not a byte.
struct Position {
  int line = 0;
  int column = 0;
  auto operator<=>(const Position&) const = default;
};

// The user's file, or an option that changes it, is wrong. Caught once, in `main`: exit code 65.
class ScenarioError : public std::runtime_error {
 public:
  explicit ScenarioError(std::vector<std::string> lines);
  // "orders.json:14:9: /producers/shop/config/ack: no such setting; did you mean "acks"?"
  const std::vector<std::string>& lines() const { return lines_; }

 private:
  std::vector<std::string> lines_;
};

class Mistakes {
 public:
  explicit Mistakes(std::string file_name) : file_name_(std::move(file_name)) {}

  // The same mistake may be met in many combinations: it is kept once.
  void add(Position position, std::string_view pointer, std::string_view message);
  // In another file, one with settings.
  void add_in(std::string_view file, Position position, std::string_view message);
  // `where` names what is wrong when it has no place in the file: an option.
  void add_outside(std::string_view where, std::string_view message);
  void take(const Mistakes& other);
  bool empty() const { return entries_.empty(); }
  // Nobody reads further; more are dropped, so that a hostile file cannot fill the memory.
  bool full() const { return entries_.size() >= most; }
  std::vector<std::string> lines() const;
  // Throws ScenarioError if there is any mistake.
  void raise_if_any() const;

 private:
  static constexpr std::size_t most = 1000;
  struct Entry {
    bool outside = false;
    std::string file;  // empty: the scenario's own
    Position position;
    std::string text;
    auto operator<=>(const Entry&) const = default;
  };
  std::string file_name_;
  std::set<Entry> entries_;
};

// How many bytes the UTF-8 character at the front of `text` has; 0 if it is none.
std::size_t character_length(std::string_view text);
// The text on one line: control characters and bytes that are not UTF-8 are replaced.
std::string printable(std::string_view text);
// In quotes, shortened when it is long.
std::string in_quotes(std::string_view text);

// The candidate that is few typing errors away, or nothing ("").
std::string_view closest(std::string_view word, std::span<const std::string_view> candidates);
// `; did you mean "acks"?`, or nothing.
std::string did_you_mean(std::string_view word, std::span<const std::string_view> candidates);
// "a, b, c".
std::string list_of(std::span<const std::string_view> words);

}  // namespace kafault
