#include "reports/csv.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "sim/drive/columns.hpp"
#include "sim/drive/csv.hpp"

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
  write_csv_line(out, column_names(axes));
  for (const Table& table : tables) {
    for (const Row& row : table.rows) {
      Row placed = row;
      placed.axis_values.assign(axes.size(), "");
      for (std::size_t i = 0; i < table.axes.size() && i < row.axis_values.size(); ++i) {
        const auto at = std::find(axes.begin(), axes.end(), table.axes[i]) - axes.begin();
        placed.axis_values[static_cast<std::size_t>(at)] = row.axis_values[i];
      }
      write_csv_line(out, cells_of(axes, placed));
    }
  }
}

}  // namespace kafault
