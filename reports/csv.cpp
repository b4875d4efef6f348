#include "reports/csv.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "sim/drive/csv.hpp"
#include "sim/oracle/columns.hpp"

namespace kafault {
namespace {

// The axes of all tables, by first appearance.
std::vector<std::string> axes_of(std::span<const Table> tables) {
  std::vector<std::string> all;
  for (const Table& table : tables) {
    for (const std::string& axis : table.axes) {
      if (std::find(all.begin(), all.end(), axis) == all.end()) all.push_back(axis);
    }
  }
  return all;
}

}  // namespace

void write_csv(std::ostream& out, std::span<const Table> tables) {
  const std::vector<std::string> axes = axes_of(tables);
  const bool has_operations = std::any_of(tables.begin(), tables.end(),
                                          [](const Table& table) { return table.has_operations; });
  std::vector<std::string> header = column_names(axes);
  if (has_operations) {
    for (std::string& name : operator_column_names()) header.push_back(std::move(name));
  }
  write_csv_line(out, header);
  for (const Table& table : tables) {
    for (const Row& row : table.rows) {
      Row placed = row;
      placed.axis_values.assign(axes.size(), "");
      for (std::size_t i = 0; i < table.axes.size() && i < row.axis_values.size(); ++i) {
        const auto at = std::find(axes.begin(), axes.end(), table.axes[i]) - axes.begin();
        placed.axis_values[static_cast<std::size_t>(at)] = row.axis_values[i];
      }
      std::vector<std::string> cells = cells_of(axes, placed);
      if (has_operations) {
        describe_operations(row, [&](auto, auto value, auto) {
          cells.push_back(table.has_operations ? spell_cell(value) : "");
        });
      }
      write_csv_line(out, cells);
    }
  }
}

}  // namespace kafault
