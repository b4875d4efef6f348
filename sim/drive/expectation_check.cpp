#include "sim/drive/expectation_check.hpp"

#include <algorithm>
#include <type_traits>

#include "sim/oracle/columns.hpp"

namespace kafault {
namespace {

bool is_about(const Expectation& expectation, const Table& table, const Row& row) {
  if (!expectation.flow.empty() && expectation.flow != row.flow) return false;
  return std::all_of(expectation.where.begin(), expectation.where.end(), [&](const auto& wanted) {
    const auto axis = std::find(table.axes.begin(), table.axes.end(), wanted.first);
    if (axis == table.axes.end()) return false;
    const auto place = static_cast<std::size_t>(axis - table.axes.begin());
    return row.axis_values[place] == wanted.second;
  });
}

void judge(const Expectation& expectation, const Table& table, const Row& row,
           std::vector<Failure>& failures) {
  const auto fail = [&](const std::string& column, const std::string& wanted, std::string now) {
    failures.push_back(
        {expectation.place, name_of_row(table, row), column, wanted, std::move(now)});
  };
  if (!expectation.verdict.empty() && expectation.verdict != name_of(row.verdict)) {
    fail("verdict", expectation.verdict, std::string(name_of(row.verdict)));
  }
  const auto hold = [&](std::string_view name, auto value, auto) {
    if constexpr (std::is_same_v<decltype(value), std::int64_t>) {
      for (const Claim& claim : expectation.claims) {
        if (claim.column == name && !claim.holds(value)) {
          fail(claim.column, claim.text, std::to_string(value));
        }
      }
    }
  };
  describe_row(table.axes, row, hold);
  if (table.has_operations) describe_operations(row, hold);
}

}  // namespace

std::string name_of_row(const Table& table, const Row& row) {
  std::string name;
  for (std::size_t i = 0; i < table.axes.size() && i < row.axis_values.size(); ++i) {
    name += (i == 0 ? "" : "  ") + table.axes[i] + "=" + row.axis_values[i];
  }
  const bool several_flows = std::any_of(table.rows.begin(), table.rows.end(),
                                         [&](const Row& other) { return other.flow != row.flow; });
  if (name.empty() || several_flows) name += (name.empty() ? "" : "  ") + row.flow;
  return name;
}

std::vector<Failure> failures_of(const Expectations& expectations, const Table& table) {
  std::vector<Failure> failures;
  for (const Expectation& expectation : expectations) {
    std::vector<const Row*> rows;
    for (const Row& row : table.rows) {
      if (is_about(expectation, table, row)) rows.push_back(&row);
    }
    if (rows.empty()) {
      failures.push_back({expectation.place, "", "", "a row", "none"});
      continue;
    }
    const auto started = [](const Row* row) { return row->verdict != Verdict::config_exception; };
    const bool any_started = std::any_of(rows.begin(), rows.end(), started);
    for (const Row* row : rows) {
      if (any_started && !started(row)) continue;
      judge(expectation, table, *row, failures);
    }
  }
  return failures;
}

}  // namespace kafault
