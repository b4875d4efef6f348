// The small languages inside a scenario's strings: durations, sizes, chances. Exact: no floating
// point anywhere.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sim/kernel/time.hpp"
#include "sim/protocol/setting.hpp"

namespace kafault {

// A value, or what is wrong with the text.
template <class Value>
struct Parsed {
  std::optional<Value> value;
  std::string mistake;
};

// "250ms", "2s", "0.5ms", "100us", "10ns", "1m", "1h". At most a year.
Parsed<Duration> parse_duration(std::string_view text);
// "PT1H30M", "P1DT2H", "pt0.5s": as java.time.Duration reads it, but without signs. At most a year.
Parsed<Duration> parse_iso_duration(std::string_view text);
// As java.time.Duration prints it.
std::string iso_text_of(Duration duration);
// "100B", "16KiB", "1MiB", "1GiB": bytes. At most 2 GiB - 1, as a size is an int in Kafka.
Parsed<std::int64_t> parse_size(std::string_view text);
// The same for what is no setting of Kafka's: at most 1,024 GiB.
Parsed<std::int64_t> parse_large_size(std::string_view text);

struct Chance {
  std::int64_t numerator = 0;
  std::int64_t denominator = 1;
  friend bool operator==(const Chance&, const Chance&) = default;
};
// "1/1000": above 0, at most 1.
Parsed<Chance> parse_chance(std::string_view text);

// An optional sign and digits, nothing else; nothing if it does not fit.
std::optional<std::int64_t> parse_integer(std::string_view text);

// `text` without the spaces around it.
std::string_view trimmed(std::string_view text);

// In the largest unit that is exact: "250ms", "1h".
std::string text_of(Duration duration);
// "0.5" and what it is; nothing if it is no number from 0 to 1 with at most six decimals.
std::optional<Ratio> parse_ratio(std::string_view text);
std::string text_of(Ratio ratio);
std::string text_of_size(std::int64_t bytes);
// 10000000 as "10,000,000".
std::string with_separators(std::int64_t number);

}  // namespace kafault
