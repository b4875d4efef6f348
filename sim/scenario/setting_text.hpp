// Kafka's settings as Kafka writes them, for reports and for the reference.
#pragma once

#include <cstdint>
#include <string>
#include <type_traits>
#include <vector>

#include "sim/client/consumer_config.hpp"
#include "sim/kernel/time.hpp"
#include "sim/protocol/setting.hpp"
#include "sim/scenario/values.hpp"

namespace kafault {

inline std::string kafka_text(bool value) { return value ? "true" : "false"; }
inline std::string kafka_text(std::int32_t value) { return std::to_string(value); }
inline std::string kafka_text(std::int64_t value) { return std::to_string(value); }
inline std::string kafka_text(const std::string& value) { return value; }
inline std::string kafka_text(Ratio value) { return text_of(value); }
inline std::string kafka_text(Duration value) {
  if (value >= forever) return std::to_string(INT64_MAX);  // Kafka's word for never
  return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(value).count());
}
template <class Enum>
requires std::is_enum_v<Enum> std::string kafka_text(Enum value) {
  return std::string(spell(value));
}
template <class Enum>
requires std::is_enum_v<Enum> std::string kafka_text(const std::vector<Enum>& values) {
  std::string text;
  for (const Enum value : values) text += (text.empty() ? "" : ",") + kafka_text(value);
  return text;
}

inline std::string kafka_text(const ResetPolicy& value) {
  if (value.to != OffsetReset::by_duration) return kafka_text(value.to);
  return "by_duration:" + iso_text_of(value.back);
}

// What a setting takes, in words.
std::string text_of_range(Range range, std::string_view unit);
template <class Enum>
std::string words_in_text() {
  std::string text;
  for (const auto& spelling : Spellings<Enum>::all) {
    text += (text.empty() ? "" : ", ") + std::string(spelling.text);
  }
  return text;
}
inline std::string accepted_text(const ResetPolicy&, Range) {
  return words_in_text<OffsetReset>() + ", by_duration:PT1H30M";
}
inline std::string accepted_text(bool, Range) { return "true, false"; }
inline std::string accepted_text(const std::string&, Range) { return "text"; }
inline std::string accepted_text(std::int32_t, Range range) { return text_of_range(range, ""); }
inline std::string accepted_text(std::int64_t, Range range) { return text_of_range(range, ""); }
inline std::string accepted_text(Ratio, Range) { return "0.0 to 1.0"; }
inline std::string accepted_text(Duration, Range range) { return text_of_range(range, " ms"); }
template <class Enum>
requires std::is_enum_v<Enum> std::string accepted_text(Enum, Range) {
  return words_in_text<Enum>();
}
template <class Enum>
requires std::is_enum_v<Enum> std::string accepted_text(const std::vector<Enum>&, Range) {
  return "list of " + words_in_text<Enum>();
}

}  // namespace kafault
