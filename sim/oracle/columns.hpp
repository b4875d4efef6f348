// The one list of a table's columns, in their order. CSV, JSON, drawn tables, the expected tables,
// the reader of scenarios and the documentation all walk it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "sim/oracle/row.hpp"

namespace kafault {

// Calls `column(name, value, doc)` for every column of a row; a value is a std::string_view or a
// std::int64_t. A row with fewer values than there are axes has empty cells there.
template <class Column>
void describe_row(const std::vector<std::string>& axes, const Row& row, Column&& column) {
  using Text = std::string_view;
  column(Text("scenario"), Text(row.scenario), Text("the scenario's file"));
  for (std::size_t i = 0; i < axes.size(); ++i) {
    column(Text(axes[i]), i < row.axis_values.size() ? Text(row.axis_values[i]) : Text(),
           Text("an axis of the scenario's matrix"));
  }
  column(Text("flow"), Text(row.flow),
         Text("the path from a producer through a topic to a group and its sink"));
  column(Text("verdict"), name_of(row.verdict), Text("by lost and duplicated, in these runs"));
  column(Text("runs"), row.runs, Text("how many runs this row adds up"));
  Counts::describe(row.counts,
                   [&](Text name, std::int64_t value, Text doc) { column(name, value, doc); });
  column(Text("runs_lost"), row.runs_lost, Text("runs in which anything was lost"));
  column(Text("runs_duplicated"), row.runs_duplicated,
         Text("runs in which anything was duplicated"));
  column(Text("worst_lost"), row.worst_lost, Text("most that was lost in one run"));
  column(Text("worst_duplicated"), row.worst_duplicated,
         Text("most that was duplicated in one run"));
  column(Text("ack_gap_ms"), row.ack_gap_ms,
         Text("longest time without an ack while records waited, in the worst run"));
  column(Text("handling_gap_ms"), row.handling_gap_ms,
         Text("longest time without a handling while records lay unread, in the worst run"));
}

// What operators see: columns that a table has on request only, behind the others.
template <class Column>
void describe_operations(const Row& row, Column&& column) {
  Operations::describe(row.operations, [&](std::string_view name, std::int64_t value,
                                           std::string_view doc) { column(name, value, doc); });
}

// One cell as files spell it.
inline std::string spell_cell(std::string_view value) { return std::string(value); }
inline std::string spell_cell(std::int64_t value) { return std::to_string(value); }

inline std::vector<std::string> column_names(const std::vector<std::string>& axes) {
  std::vector<std::string> names;
  describe_row(axes, Row{}, [&](std::string_view name, auto, auto) { names.emplace_back(name); });
  return names;
}

inline std::vector<std::string> cells_of(const std::vector<std::string>& axes, const Row& row) {
  std::vector<std::string> cells;
  describe_row(axes, row, [&](auto, auto value, auto) { cells.push_back(spell_cell(value)); });
  return cells;
}

inline std::vector<std::string> operator_column_names() {
  std::vector<std::string> names;
  describe_operations(Row{}, [&](std::string_view name, auto, auto) { names.emplace_back(name); });
  return names;
}

// A column of expected tables only: which program wrote them. Never compared.
inline constexpr std::string_view written_by_column = "written_by";

// Every column but the axes, in the order of the tables: a matrix may not name an axis like one.
inline std::vector<std::string_view> result_columns() {
  std::vector<std::string_view> names;
  const Row row;
  describe_row({}, row, [&](std::string_view name, auto, auto) { names.push_back(name); });
  names.push_back(written_by_column);
  describe_operations(row, [&](std::string_view name, auto, auto) { names.push_back(name); });
  return names;
}

}  // namespace kafault
