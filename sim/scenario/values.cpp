#include "sim/scenario/values.hpp"

#include <array>
#include <charconv>
#include <chrono>
#include <numeric>

namespace kafault {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t size;
};
constexpr std::array<Unit, 6> time_units{{{"ns", 1},
                                          {"us", 1'000},
                                          {"ms", 1'000'000},
                                          {"s", 1'000'000'000},
                                          {"m", 60'000'000'000},
                                          {"h", 3'600'000'000'000}}};
constexpr std::array<Unit, 4> size_units{
    {{"B", 1}, {"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}}};

constexpr Duration longest = std::chrono::hours(8760);
constexpr std::int64_t largest = 2147483647;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

struct Quantity {
  enum class Wrong : std::uint8_t { nothing, form, unit, too_fine, too_large } wrong;
  std::int64_t value = 0;
};

// A decimal number and a unit, as a whole number of the smallest unit.
template <std::size_t n>
Quantity parse_quantity(std::string_view text, const std::array<Unit, n>& units,
                        std::int64_t limit) {
  using Wrong = Quantity::Wrong;
  std::size_t digits = 0;
  while (digits < text.size() && is_digit(text[digits])) ++digits;
  std::size_t end = digits;
  if (end < text.size() && text[end] == '.') {
    ++end;
    while (end < text.size() && is_digit(text[end])) ++end;
    if (end == digits + 1) return {Wrong::form};
  }
  if (digits == 0) return {Wrong::form};
  const Unit* unit = nullptr;
  for (const Unit& candidate : units) {
    if (candidate.name == text.substr(end)) unit = &candidate;
  }
  if (unit == nullptr) return {Wrong::unit};

  std::int64_t whole = 0;
  for (std::size_t at = 0; at < digits; ++at) {
    whole = whole * 10 + (text[at] - '0');
    if (whole > limit / unit->size) return {Wrong::too_large};
  }
  std::string_view fraction = end > digits ? text.substr(digits + 1, end - digits - 1) : "";
  while (fraction.ends_with('0')) fraction.remove_suffix(1);
  if (fraction.size() > 18) return {Wrong::too_fine};
  std::int64_t numerator = 0;
  std::int64_t denominator = 1;
  for (const char digit : fraction) {
    numerator = numerator * 10 + (digit - '0');
    denominator *= 10;
  }
  const std::int64_t common = std::gcd(unit->size, denominator);
  if (numerator % (denominator / common) != 0) return {Wrong::too_fine};
  const std::int64_t value =
      whole * unit->size + numerator / (denominator / common) * (unit->size / common);
  if (value > limit) return {Wrong::too_large};
  return {Wrong::nothing, value};
}

template <std::size_t n>
std::string text_in(std::int64_t value, const std::array<Unit, n>& units) {
  const Unit* unit = &units.front();
  for (const Unit& candidate : units) {
    if (value != 0 && value % candidate.size == 0) unit = &candidate;
  }
  return std::to_string(value / unit->size) + std::string(unit->name);
}

}  // namespace

Parsed<Duration> parse_duration(std::string_view text) {
  const Quantity quantity = parse_quantity(text, time_units, longest.count());
  switch (quantity.wrong) {
    case Quantity::Wrong::nothing:
      return {Duration(quantity.value), {}};
    case Quantity::Wrong::too_fine:
      return {{}, "is finer than a nanosecond"};
    case Quantity::Wrong::too_large:
      return {{}, "is longer than a year"};
    case Quantity::Wrong::form:
    case Quantity::Wrong::unit:
      break;
  }
  return {{}, "is no duration: write a number and ns, us, ms, s, m or h, as in \"250ms\""};
}

namespace {

Parsed<std::int64_t> parse_size(std::string_view text, std::int64_t most, const char* too_large) {
  const Quantity quantity = parse_quantity(text, size_units, most);
  switch (quantity.wrong) {
    case Quantity::Wrong::nothing:
      return {quantity.value, {}};
    case Quantity::Wrong::too_fine:
      return {{}, "is no whole number of bytes"};
    case Quantity::Wrong::too_large:
      return {{}, too_large};
    case Quantity::Wrong::form:
    case Quantity::Wrong::unit:
      break;
  }
  return {{}, "is no size: write a number and B, KiB, MiB or GiB, as in \"16KiB\""};
}

}  // namespace

Parsed<std::int64_t> parse_size(std::string_view text) {
  return parse_size(text, largest, "is more than 2 GiB");
}

Parsed<std::int64_t> parse_large_size(std::string_view text) {
  return parse_size(text, std::int64_t{1} << 40U, "is more than 1,024 GiB");
}

Parsed<Duration> parse_iso_duration(std::string_view text) {
  constexpr std::array<Unit, 4> units{{{"D", 86'400'000'000'000},
                                       {"H", 3'600'000'000'000},
                                       {"M", 60'000'000'000},
                                       {"S", 1'000'000'000}}};
  const Parsed<Duration> none{{}, "is no ISO 8601 duration: write PT30S, PT5M, PT1H30M or P1D"};
  std::string upper(text);
  for (char& c : upper) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  std::string_view rest = upper;
  if (rest.size() < 3 || rest.front() != 'P' || rest.ends_with('T')) return none;
  rest.remove_prefix(1);
  std::int64_t sum = 0;
  std::size_t next = 0;  // units come in their order: days, a T, hours, minutes, seconds
  for (bool in_time = false; !rest.empty();) {
    if (rest.front() == 'T' && !in_time) {
      in_time = true;
      rest.remove_prefix(1);
      next = std::max<std::size_t>(next, 1);
      continue;
    }
    const std::size_t end = rest.find_first_of("DHMS");
    if (end == std::string_view::npos) return none;
    const Quantity part = parse_quantity(rest.substr(0, end + 1), units, longest.count());
    if (part.wrong != Quantity::Wrong::nothing) return none;
    std::size_t unit = 0;
    while (units[unit].name.front() != rest[end]) ++unit;
    if (unit < next || in_time != (unit > 0)) return none;
    next = unit + 1;
    sum += part.value;
    if (sum > longest.count()) return {{}, "is longer than a year"};
    rest.remove_prefix(end + 1);
  }
  return {Duration(sum), {}};
}

std::string iso_text_of(Duration duration) {
  const std::int64_t seconds = duration.count() / 1'000'000'000;
  const std::int64_t rest = duration.count() % 1'000'000'000;
  if (duration == Duration{}) return "PT0S";
  std::string text = "PT";
  if (seconds / 3600 > 0) text += std::to_string(seconds / 3600) + "H";
  if (seconds / 60 % 60 > 0) text += std::to_string(seconds / 60 % 60) + "M";
  if (seconds % 60 == 0 && rest == 0) return text;
  text += std::to_string(seconds % 60);
  if (rest > 0) {
    std::string fraction = std::to_string(1'000'000'000 + rest).substr(1);
    while (fraction.ends_with('0')) fraction.pop_back();
    text += "." + fraction;
  }
  return text + "S";
}

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(' ');
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(' ') - begin + 1);
}

Parsed<Chance> parse_chance(std::string_view text) {
  constexpr std::int64_t most = 1'000'000'000'000;
  const std::string form = "is no chance: write a fraction, as in \"1/1000\"";
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return {{}, form};
  const auto numerator = parse_integer(text.substr(0, slash));
  const auto denominator = parse_integer(text.substr(slash + 1));
  if (!numerator || !denominator) return {{}, form};
  if (*numerator < 1 || *denominator > most || *numerator > *denominator) {
    return {{}, "is no chance: it must be above 0 and at most 1, in parts of at most 10^12"};
  }
  return {Chance{*numerator, *denominator}, {}};
}

std::optional<std::int64_t> parse_integer(std::string_view text) {
  if (text.starts_with('+') && text.size() > 1 && is_digit(text[1])) text.remove_prefix(1);
  std::int64_t number = 0;
  const char* end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, number);
  if (result.ec != std::errc{} || result.ptr != end) return std::nullopt;
  return number;
}

std::optional<Ratio> parse_ratio(std::string_view text) {
  constexpr std::int64_t one = 1'000'000;
  const std::size_t point = std::min(text.find('.'), text.size());
  const std::string_view whole = text.substr(0, point);
  std::string decimals(text.substr(std::min(point + 1, text.size())));
  const bool is_number = !whole.empty() && std::all_of(whole.begin(), whole.end(), is_digit) &&
                         std::all_of(decimals.begin(), decimals.end(), is_digit);
  if (!is_number || whole.size() > 3 || decimals.size() > 6) return std::nullopt;
  decimals.resize(6, '0');
  const std::int64_t millionths =
      parse_integer(whole).value_or(0) * one + parse_integer(decimals).value_or(0);
  if (millionths > one) return std::nullopt;
  return Ratio{millionths};
}

std::string text_of(Ratio ratio) {
  constexpr std::int64_t one = 1'000'000;
  std::string decimals = std::to_string(one + ratio.millionths % one).substr(1);
  decimals.erase(std::max<std::size_t>(decimals.find_last_not_of('0') + 1, 1));
  return std::to_string(ratio.millionths / one) + "." + decimals;
}

std::string text_of(Duration duration) {
  if (duration.count() == 0) return "0s";
  return text_in(duration.count(), time_units);
}

std::string text_of_size(std::int64_t bytes) { return text_in(bytes, size_units); }

std::string with_separators(std::int64_t number) {
  std::string digits = std::to_string(number);
  const std::size_t sign = number < 0 ? 1 : 0;
  for (std::size_t at = digits.size(); at > 3 + sign; at -= 3) digits.insert(at - 3, ",");
  return digits;
}

}  // namespace kafault
