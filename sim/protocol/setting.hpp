// How a setting is described, once: a config struct's `describe(self, field)` calls
// `field(name, value, doc, range)` for each of its settings. JSON reader, schema, --help, docs and
// the resolved-config report all walk the same calls.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <string_view>

#include "sim/kernel/time.hpp"
#include "sim/protocol/ids.hpp"

namespace kafault {

// What ConfigDef accepts, in the setting's own unit (milliseconds for `.ms`, bytes for sizes).
struct Range {
  std::int64_t low = std::numeric_limits<std::int64_t>::min();
  std::int64_t high = std::numeric_limits<std::int64_t>::max();
};
constexpr Range at_least(std::int64_t low) {
  return {low, std::numeric_limits<std::int64_t>::max()};
}
constexpr Range within(std::int64_t low, std::int64_t high) { return {low, high}; }
inline constexpr Range any{};

// A number between 0 and 1, which Kafka writes as one: 0.5.
struct Ratio {
  std::int64_t millionths = 0;
  friend bool operator==(Ratio, Ratio) = default;
};

// Spellings of an enumeration, in a file and in a report; the first spelling of a value is printed.
template <class Enum>
struct Spelling {
  std::string_view text;
  Enum value;
};
template <class Enum>
struct Spellings;  // static constexpr std::array<Spelling<Enum>, n> all

template <>
struct Spellings<Acks> {
  static constexpr std::array<Spelling<Acks>, 4> all{
      {{"0", Acks::none}, {"1", Acks::leader}, {"all", Acks::all}, {"-1", Acks::all}}};
};
template <>
struct Spellings<IsolationLevel> {
  static constexpr std::array<Spelling<IsolationLevel>, 2> all{
      {{"read_uncommitted", IsolationLevel::read_uncommitted},
       {"read_committed", IsolationLevel::read_committed}}};
};

template <class Enum>
constexpr std::string_view spell(Enum value) {
  for (const auto& spelling : Spellings<Enum>::all) {
    if (spelling.value == value) return spelling.text;
  }
  return "?";
}

}  // namespace kafault
