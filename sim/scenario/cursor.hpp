// Reading one value of a scenario's document: a cursor knows its pointer, so that whatever is wrong
// with the value is reported at its place. A reader leaves its variable alone when the key is
// absent (then the default holds) or the value is wrong (then it has been reported).
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/kernel/time.hpp"
#include "sim/protocol/setting.hpp"
#include "sim/scenario/format.hpp"
#include "sim/scenario/mistakes.hpp"
#include "sim/scenario/origins.hpp"

namespace kafault {

// What reading one combination leaves behind, beside the combination.
class Reading {
 public:
  Reading(const Source& source, Mistakes& mistakes) : origins(source), mistakes_(&mistakes) {}

  void mistake(const Path& path, Origins::At at, std::string_view message) {
    origins.report(path, at, message, *mistakes_);
    ++count_;
  }
  void mistake_of_option(std::string_view option, std::string_view message) {
    mistakes_->add_outside(option, message);
    ++count_;
  }
  void mistake_in(std::string_view file, Position position, std::string_view message) {
    mistakes_->add_in(file, position, message);
    ++count_;
  }
  void take(const Mistakes& mistakes) {
    mistakes_->take(mistakes);
    if (!mistakes.empty()) ++count_;
  }
  bool is_full() const { return mistakes_->full(); }
  std::size_t mistakes_so_far() const { return count_; }

  // A name that this combination does not have may exist in another one: it is a mistake only if
  // it exists in none.
  void found(const Path& path) { found_.insert(origins.place(path)); }
  void missing(const Path& path, std::string_view message);
  void report_what_was_never_found();

  // Each said once, in the order of reading. `where` is a file of settings or an option, `name` the
  // setting's.
  void accept_without_effect(std::string pointer) { add_once(accepted_, std::move(pointer)); }
  void accept_without_effect(const std::string& where, std::string name) {
    add_once(accepted_outside_[where], std::move(name));
  }
  void warn(std::string text) { add_once(warnings_, std::move(text)); }
  const std::vector<std::string>& accepted_without_effect() const { return accepted_.list; }
  std::map<std::string, std::vector<std::string>> accepted_outside() const {
    std::map<std::string, std::vector<std::string>> names;
    for (const auto& [where, accepted] : accepted_outside_) names[where] = accepted.list;
    return names;
  }
  const std::vector<std::string>& warnings() const { return warnings_.list; }

  Origins origins;

 private:
  struct Once {
    std::set<std::string> seen;
    std::vector<std::string> list;
  };
  static void add_once(Once& once, std::string text) {
    if (once.seen.insert(text).second) once.list.push_back(std::move(text));
  }
  Mistakes* mistakes_;
  std::size_t count_ = 0;
  std::set<std::string> found_;
  std::map<std::string, Mistakes> missing_;
  Once accepted_;
  std::map<std::string, Once> accepted_outside_;
  Once warnings_;
};

// Points into a document and to the cursor above it: a child must not outlive its parent.
class Cursor {
 public:
  Cursor(const Json& root, Reading& reading) : json_(&root), reading_(&reading) {}

  const Json& json() const { return *json_; }
  Reading& reading() const { return *reading_; }
  Path path() const;

  std::optional<Cursor> find(std::string_view key) const&;
  std::optional<Cursor> find(std::string_view key) const&& = delete;
  Cursor element(std::size_t index) const& { return {(*json_)[index], this, "", index}; }
  Cursor element(std::size_t index) const&& = delete;
  // A member, by the iterator's key and value; the key must outlive the cursor.
  Cursor member(std::string_view key, const Json& value) const& { return {value, this, key, 0}; }

  void mistake(std::string_view message) const {
    reading_->mistake(path(), Origins::At::value, message);
  }
  void mistake_at_key(std::string_view message) const {
    reading_->mistake(path(), Origins::At::key, message);
  }

 private:
  Cursor(const Json& json, const Cursor* parent, std::string_view key, std::size_t index)
      : json_(&json), parent_(parent), key_(key), index_(index), reading_(parent->reading_) {}

  const Json* json_;
  const Cursor* parent_ = nullptr;
  std::string_view key_;
  std::size_t index_ = 0;
  Reading* reading_;
};

// The value as the file writes it, shortened.
std::string shown(const Json& json);

// False, and reported, if it is no object; unknown keys are reported and passed over.
bool check_object(const Cursor& cursor, const ObjectFormat& format);

std::optional<std::string> text_at(const Cursor& cursor);
std::optional<std::int64_t> integer_at(const Cursor& cursor, std::int64_t low, std::int64_t high);
std::optional<Duration> duration_at(const Cursor& cursor, Duration low = Duration{0});
// The position of its text in `words`; `later` are words that this version does not know yet.
std::optional<std::size_t> word_at(const Cursor& cursor, std::span<const std::string_view> words,
                                   std::span<const std::string_view> later = {});

void read_text(const Cursor& object, std::string_view key, std::string& out);
void read_flag(const Cursor& object, std::string_view key, bool& out);
void read_duration(const Cursor& object, std::string_view key, Duration& out,
                   Duration low = Duration{0});
// One duration, or `[low, high]`.
void read_duration_range(const Cursor& object, std::string_view key, Duration& low_out,
                         Duration& high_out, Duration low = Duration{0});
void read_size(const Cursor& object, std::string_view key, std::int32_t& out);

template <class Integer>
void read_integer(const Cursor& object, std::string_view key, Integer& out, std::int64_t low,
                  std::int64_t high) {
  const std::optional<Cursor> cursor = object.find(key);
  if (!cursor) return;
  const std::optional<std::int64_t> number = integer_at(*cursor, low, high);
  if (number) out = static_cast<Integer>(*number);
}

template <class Enum>
std::vector<std::string_view> words_of() {
  std::vector<std::string_view> words;
  for (const auto& spelling : Spellings<Enum>::all) words.push_back(spelling.text);
  return words;
}

template <class Enum>
std::optional<Enum> choice_at(const Cursor& cursor, std::span<const std::string_view> later = {}) {
  const std::optional<std::size_t> word = word_at(cursor, words_of<Enum>(), later);
  if (!word) return std::nullopt;
  return Spellings<Enum>::all[*word].value;
}

template <class Enum>
void read_choice(const Cursor& object, std::string_view key, Enum& out,
                 std::span<const std::string_view> later = {}) {
  const std::optional<Cursor> cursor = object.find(key);
  if (!cursor) return;
  const std::optional<Enum> choice = choice_at<Enum>(*cursor, later);
  if (choice) out = *choice;
}

}  // namespace kafault
