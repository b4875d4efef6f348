#include "sim/drive/expected.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <ostream>
#include <set>
#include <utility>

#include "sim/oracle/columns.hpp"

namespace kafault {
namespace {

using ColumnIndex = std::optional<std::size_t>;

ColumnIndex find(const CsvLine& names, std::string_view name) {
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) return std::nullopt;
  return static_cast<std::size_t>(found - names.begin());
}

// The columns by which rows are found: the axes, and the flow if the file tells flows apart.
struct Keys {
  CsvLine names;
  std::vector<std::size_t> in_expected;
  std::vector<std::size_t> in_table;
};

CsvLine pick(const CsvLine& cells, const std::vector<std::size_t>& places) {
  CsvLine picked;
  for (const std::size_t place : places) picked.push_back(cells[place]);
  return picked;
}

bool has_several_flows(const Table& table) {
  return std::any_of(table.rows.begin(), table.rows.end(),
                     [&](const Row& row) { return row.flow != table.rows.front().flow; });
}

bool is_axis_or_flow(const Table& table, const std::string& column) {
  return column == "flow" ||
         std::find(table.axes.begin(), table.axes.end(), column) != table.axes.end();
}

Keys keys_of(const ExpectedTable& expected, const Table& table, const CsvLine& columns,
             std::vector<std::string>& problems) {
  Keys keys;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (!is_axis_or_flow(table, columns[i])) continue;
    const ColumnIndex place = find(expected.header, columns[i]);
    if (place) {
      keys.names.push_back(columns[i]);
      keys.in_expected.push_back(*place);
      keys.in_table.push_back(i);
    } else if (columns[i] != "flow" || has_several_flows(table)) {
      problems.push_back("the expected table has no column \"" + columns[i] +
                         "\" to find its rows by");
    }
  }
  return keys;
}

// "commit=auto_worker  client=java": what distinguishes a row, or the flow if nothing does.
std::string row_name(const Keys& keys, const CsvLine& key, bool with_flow) {
  std::string name;
  for (std::size_t i = 0; i < key.size(); ++i) {
    if (keys.names[i] == "flow" && !with_flow && key.size() > 1) continue;
    if (!name.empty()) name += "  ";
    name += keys.names[i] == "flow" ? key[i] : keys.names[i] + "=" + key[i];
  }
  return name;
}

// The columns to compare, as (place in the file, place in the table).
std::vector<std::pair<std::size_t, std::size_t>> compared(const ExpectedTable& expected,
                                                          const Table& table,
                                                          const CsvLine& columns,
                                                          std::vector<std::string>& problems) {
  std::vector<std::pair<std::size_t, std::size_t>> places;
  for (std::size_t i = 0; i < expected.header.size(); ++i) {
    const std::string& name = expected.header[i];
    // The path depends on where the command was called.
    if (name == written_by_column || name == "scenario" || is_axis_or_flow(table, name)) continue;
    if (const ColumnIndex place = find(columns, name)) {
      places.emplace_back(i, *place);
    } else {
      problems.push_back("the table has no column \"" + name + "\" any more");
    }
  }
  return places;
}

}  // namespace

std::string expected_path(std::string_view scenario_path) {
  const std::size_t dot = scenario_path.rfind('.');
  const std::size_t slash = scenario_path.rfind('/');
  const bool has_extension =
      dot != std::string_view::npos && (slash == std::string_view::npos || dot > slash + 1);
  return std::string(has_extension ? scenario_path.substr(0, dot) : scenario_path) +
         ".expected.csv";
}

ExpectedTable parse_expected(std::string_view text) {
  std::vector<CsvLine> lines = parse_csv(text);
  if (lines.empty()) throw CsvError("1: no header");
  ExpectedTable table;
  table.header = std::move(lines.front());
  const std::set<std::string> names(table.header.begin(), table.header.end());
  if (names.size() != table.header.size()) throw CsvError("1: two columns of one name");
  table.rows.assign(std::make_move_iterator(lines.begin() + 1),
                    std::make_move_iterator(lines.end()));
  const ColumnIndex place = find(table.header, written_by_column);
  if (place && !table.rows.empty()) table.written_by = table.rows.front()[*place];
  return table;
}

Comparison compare(const ExpectedTable& expected, const Table& table) {
  Comparison result;
  result.rows = table.rows.size();
  result.written_by = expected.written_by;
  const CsvLine columns = column_names(table.axes);
  const Keys keys = keys_of(expected, table, columns, result.problems);
  const auto places = compared(expected, table, columns, result.problems);
  if (!result.problems.empty()) return result;

  std::map<CsvLine, const CsvLine*> unmatched;
  for (const CsvLine& row : expected.rows) {
    const CsvLine key = pick(row, keys.in_expected);
    if (!unmatched.emplace(key, &row).second) {
      result.problems.push_back("the expected table has two rows for " + row_name(keys, key, true));
    }
  }

  const bool with_flow = has_several_flows(table);
  for (const Row& row : table.rows) {
    const CsvLine cells = cells_of(table.axes, row);
    const CsvLine key = pick(cells, keys.in_table);
    const std::string name = row_name(keys, key, with_flow);
    const auto match = unmatched.find(key);
    if (match == unmatched.end()) {
      result.differences.push_back({name, "", "no such row", "there is one"});
      ++result.rows_that_differ;
      continue;
    }
    bool differs = false;
    for (const auto& [there, here] : places) {
      const std::string& wanted = (*match->second)[there];
      if (wanted.empty() || wanted == cells[here]) continue;
      result.differences.push_back({name, columns[here], wanted, cells[here]});
      differs = true;
    }
    result.rows_that_differ += differs ? 1 : 0;
    unmatched.erase(match);
  }
  for (const CsvLine& row : expected.rows) {
    const CsvLine key = pick(row, keys.in_expected);
    if (unmatched.erase(key) == 0) continue;
    result.differences.push_back({row_name(keys, key, true), "", "a row", "none"});
    ++result.rows_that_differ;
  }
  return result;
}

void write_expected(std::ostream& out, const Table& table, std::string_view written_by,
                    const ExpectedTable* like) {
  const CsvLine columns = column_names(table.axes);
  CsvLine header;
  std::vector<std::size_t> kept;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (columns[i] == "scenario") continue;
    const bool keep = like == nullptr || is_axis_or_flow(table, columns[i]) ||
                      find(like->header, columns[i]).has_value();
    if (!keep) continue;
    kept.push_back(i);
    header.push_back(columns[i]);
  }
  header.emplace_back(written_by_column);
  write_csv_line(out, header);
  for (const Row& row : table.rows) {
    CsvLine line = pick(cells_of(table.axes, row), kept);
    line.emplace_back(written_by);
    write_csv_line(out, line);
  }
}

}  // namespace kafault
