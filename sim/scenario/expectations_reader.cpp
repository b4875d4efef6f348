#include "sim/scenario/expectations_reader.hpp"

#include <algorithm>
#include <array>

#include "sim/oracle/columns.hpp"
#include "sim/scenario/flows.hpp"
#include "sim/scenario/pointing.hpp"
#include "sim/scenario/values.hpp"

namespace kafault {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t most_expectations = 1000;

constexpr std::int64_t lowest = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t highest = std::numeric_limits<std::int64_t>::max();

bool parse_claim(std::string_view text, Claim& claim) {
  const std::size_t dots = text.find("..");
  if (dots != std::string_view::npos) {
    const auto low = parse_integer(trimmed(text.substr(0, dots)));
    const auto high = parse_integer(trimmed(text.substr(dots + 2)));
    if (!low || !high || *low > *high) return false;
    claim.low = *low;
    claim.high = *high;
    return true;
  }
  constexpr std::array operators{">="sv, "<="sv, "=="sv, ">"sv, "<"sv};
  for (const std::string_view op : operators) {
    if (!text.starts_with(op)) continue;
    const auto number = parse_integer(trimmed(text.substr(op.size())));
    if (!number || *number == lowest || *number == highest) return false;
    if (op == ">=" || op == "==") claim.low = *number;
    if (op == "<=" || op == "==") claim.high = *number;
    if (op == ">") claim.low = *number + 1;
    if (op == "<") claim.high = *number - 1;
    return true;
  }
  return false;
}

void read_claim(const Cursor& cursor, const std::string& column, Expectation& expectation) {
  Claim claim{column, cell_of(cursor.json())};
  if (cursor.json().is_string()) {
    if (!parse_claim(trimmed(cursor.json().get_ref<const std::string&>()), claim)) {
      cursor.mistake(shown(cursor.json()) +
                     " claims nothing: write a number, or one of \">= 1\", \"<= 3\", \"1..5\"");
      return;
    }
  } else {
    const auto number = integer_at(cursor, 0, INT64_MAX);
    if (!number) return;
    claim.low = claim.high = *number;
  }
  expectation.claims.push_back(std::move(claim));
}

void read_where(const Cursor& cursor, const Matrix& matrix, Expectation& expectation) {
  if (!cursor.json().is_object()) {
    cursor.mistake("\"where\" is an object: axes and their values");
    return;
  }
  std::vector<std::string_view> names;
  for (const Axis& axis : matrix.axes()) names.push_back(axis.name);
  for (const auto& [name, value] : cursor.json().get_ref<const Json::object_t&>()) {
    const Cursor member = cursor.member(name, value);
    const auto axis = std::find(names.begin(), names.end(), name);
    if (axis == names.end()) {
      member.mistake_at_key("there is no axis " + in_quotes(name) + did_you_mean(name, names));
      continue;
    }
    std::vector<std::string_view> texts;
    for (const Axis::Value& known :
         matrix.axes()[static_cast<std::size_t>(axis - names.begin())].values) {
      texts.push_back(known.text);
    }
    const std::string text = cell_of(value);
    if (std::find(texts.begin(), texts.end(), text) == texts.end()) {
      member.mistake("axis " + in_quotes(name) + " has no value " + in_quotes(text) +
                     did_you_mean(text, texts));
    }
    expectation.where[name] = text;
  }
}

void read_flow(const Cursor& cursor, const std::set<std::string>& flows, Expectation& expectation) {
  const std::optional<std::string> flow = text_at(cursor);
  if (!flow) return;
  if (!flows.contains(*flow)) {
    const std::vector<std::string_view> names(flows.begin(), flows.end());
    cursor.mistake("there is no flow " + in_quotes(*flow) + did_you_mean(*flow, names) +
                   "; known: " + list_of(names));
  }
  expectation.flow = *flow;
}

Expectation read_expectation(const Cursor& cursor, const Matrix& matrix,
                             const std::set<std::string>& flows) {
  Expectation expectation;
  expectation.place = pointer_of(cursor.path());
  if (!cursor.json().is_object()) {
    cursor.mistake("an expectation is an object: { \"where\": { }, \"lost\": 0 }");
    return expectation;
  }
  const std::vector<std::string_view> columns = countable_columns();
  for (const auto& [key, value] : cursor.json().get_ref<const Json::object_t&>()) {
    const Cursor member = cursor.member(key, value);
    if (key == "where") {
      read_where(member, matrix, expectation);
    } else if (key == "flow") {
      read_flow(member, flows, expectation);
    } else if (key == "verdict") {
      const std::vector<std::string_view> names = verdict_names();
      if (const auto word = word_at(member, names)) expectation.verdict = names[*word];
    } else if (std::find(columns.begin(), columns.end(), key) != columns.end()) {
      read_claim(member, key, expectation);
    } else {
      std::vector<std::string_view> known = columns;
      for (const std::string_view name : {"where"sv, "flow"sv, "verdict"sv}) known.push_back(name);
      member.mistake_at_key("no such column" + did_you_mean(key, known));
    }
  }
  return expectation;
}

}  // namespace

std::vector<std::string_view> countable_columns() {
  std::vector<std::string_view> columns = result_columns();
  std::erase_if(columns, [](std::string_view column) {
    return column == "scenario" || column == "flow" || column == "verdict" ||
           column == "written_by";
  });
  return columns;
}

std::vector<std::string_view> verdict_names() {
  return {"exactly-once",    "at-least-once", "at-most-once", "no guarantee",
          "ConfigException", "inconclusive",  "unsettled"};
}

Expectations read_expectations(const Cursor& sections, const Matrix& matrix,
                               const std::set<std::string>& flows) {
  Expectations expectations;
  const std::optional<Cursor> list = sections.find("expect");
  if (!list) return expectations;
  if (!list->json().is_array()) {
    expectations.push_back(read_expectation(*list, matrix, flows));
    return expectations;
  }
  if (list->json().size() > most_expectations) {
    list->mistake("there are more than 1,000 expectations");
    return expectations;
  }
  for (std::size_t at = 0; at < list->json().size(); ++at) {
    expectations.push_back(read_expectation(list->element(at), matrix, flows));
  }
  return expectations;
}

}  // namespace kafault
