#include "reports/grid.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "reports/axes.hpp"
#include "reports/grid_rows.hpp"
#include "reports/remarks.hpp"
#include "reports/text.hpp"
#include "sim/oracle/columns.hpp"

namespace kafault {
namespace {

// ---- pivoted -----------------------------------------------------------------------------------

std::optional<std::size_t> pivot_of(const Axes& axes, const GridOptions& options) {
  if (!options.columns.empty()) return std::nullopt;
  for (std::size_t axis = 0; axis < axes.size(); ++axis) {
    const std::string& name = axes.name(axis);
    const bool chosen =
        options.pivot.empty() ? (name == "fault" || name == "faults") : name == options.pivot;
    if (chosen && axes.varies(axis)) return axis;
  }
  return std::nullopt;
}

struct Line {
  std::vector<Cell> cells;
  bool refused = true;  // in every cell
};

void pivot(const Table& table, const Axes& axes, std::size_t across, const GridOptions& options,
           Grid& grid) {
  const AxisList list = all_but(axes, across);
  for (const std::string& value : axes.values(across))
    grid.columns.push_back({clean(value), false});

  std::vector<std::pair<const Row*, Line>> lines;
  std::map<std::vector<std::vector<std::size_t>>, std::size_t> line_of;
  for (const Row& row : table.rows) {
    const auto key = box_of(axes, list, row, {}).values;
    const auto [found, is_new] = line_of.try_emplace(key, lines.size());
    if (is_new) lines.emplace_back(&row, Line{});
    Line& line = lines[found->second].second;
    line.cells.resize(axes.values(across).size());
    line.cells[axes.index_of(row, across)] = cell_of(row);
    line.refused = line.refused && row.verdict == Verdict::config_exception;
  }

  std::vector<GridRow> rows;
  for (auto& [row, line] : lines) {
    if (!line.refused) rows.push_back({row, std::move(line.cells)});
  }
  add_rows(axes, list, rows, options.fold_above, grid);
}

// ---- plain -------------------------------------------------------------------------------------

struct Quantity {
  std::string name;
  std::vector<std::string> values;  // by row
  bool is_number = false;
  bool is_zero = true;
  bool is_constant = true;
};

// Every column with its values in the given rows; what operators see, too, if it is there.
std::vector<Quantity> quantities_of(const Table& table, const std::vector<const Row*>& rows,
                                    bool with_operations) {
  std::vector<Quantity> list;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    std::size_t place = 0;
    const auto take = [&](std::string_view name, auto value, auto) {
      if (r == 0) list.push_back({std::string(name), {}, false, true, true});
      Quantity& quantity = list[place++];
      quantity.is_number = std::is_same_v<decltype(value), std::int64_t>;
      quantity.values.push_back(clean(spell_cell(value)));
      quantity.is_zero = quantity.is_zero && quantity.values.back() == "0";
      quantity.is_constant = quantity.is_constant && quantity.values.back() == quantity.values[0];
    };
    describe_row(table.axes, *rows[r], take);
    if (with_operations) describe_operations(*rows[r], take);
  }
  return list;
}

// Counts that say nothing new: beside the verdict, trivial with one run, or `lost` by another name.
bool is_redundant(const Quantity& quantity, bool single_runs, bool only_logs) {
  static const std::set<std::string> of_runs{"runs_lost", "runs_duplicated", "worst_lost",
                                             "worst_duplicated"};
  if (quantity.name == "given_up") return true;
  if (quantity.name == "log_lost" && only_logs) return true;
  return single_runs && (of_runs.contains(quantity.name) || quantity.name == "runs");
}

void list_chosen(const Table& table, const GridOptions& options, Grid& grid) {
  std::vector<const Row*> rows;
  for (const Row& row : table.rows) rows.push_back(&row);
  grid.rows.resize(rows.size());
  const std::vector<Quantity> all = quantities_of(table, rows, table.has_operations);
  for (const std::string& wanted : options.columns) {
    for (const Quantity& quantity : all) {
      if (quantity.name != wanted) continue;
      grid.columns.push_back({quantity.name, quantity.is_number});
      for (std::size_t r = 0; r < rows.size(); ++r) {
        grid.rows[r].push_back({quantity.values[r], Tone::plain});
      }
    }
  }
}

void list_all(const Table& table, const Axes& axes, const GridOptions& options, Grid& grid) {
  std::vector<const Row*> rows;
  bool single_runs = true;
  bool only_logs = true;
  for (const Row& row : table.rows) {
    if (row.verdict == Verdict::config_exception) continue;
    rows.push_back(&row);
    single_runs = single_runs && row.runs <= 1;
    only_logs = only_logs && !has_group(row);
  }
  std::vector<std::vector<Cell>> cells(rows.size());
  grid.columns.push_back({"verdict", false});
  for (std::size_t r = 0; r < rows.size(); ++r) cells[r].push_back(verdict_cell_of(*rows[r]));

  std::vector<std::string> constants;
  for (const Quantity& quantity : quantities_of(table, rows, false)) {
    if (!quantity.is_number || quantity.is_zero || is_redundant(quantity, single_runs, only_logs))
      continue;
    if (quantity.is_constant && rows.size() > 1) {
      constants.push_back(quantity.name + " " + quantity.values.front());
      continue;
    }
    grid.columns.push_back({quantity.name, true});
    for (std::size_t r = 0; r < rows.size(); ++r) {
      cells[r].push_back({quantity.values[r], Tone::plain});
    }
  }

  std::vector<GridRow> lines;
  for (std::size_t r = 0; r < rows.size(); ++r) lines.push_back({rows[r], std::move(cells[r])});
  add_rows(axes, all_but(axes, std::nullopt), lines, options.fold_above, grid);
  if (constants.empty()) return;
  std::string line = "every row: ";
  for (std::size_t i = 0; i < constants.size(); ++i) line += (i > 0 ? ", " : "") + constants[i];
  grid.remarks.push_back(line);
}

}  // namespace

bool has_axis(const Table& table, const std::string& name) {
  return std::find(table.axes.begin(), table.axes.end(), name) != table.axes.end();
}

std::vector<std::string> fixed_axes_of(const Table& table) {
  const Axes axes(table);
  std::vector<std::string> fixed;
  for (std::size_t axis = 0; axis < axes.size(); ++axis) {
    if (axes.values(axis).size() != 1) continue;
    fixed.push_back(clean(axes.name(axis)) + "=" + clean(axes.values(axis).front()));
  }
  return fixed;
}

const Row* worst_row_of(const Table& table) {
  const Row* worst = nullptr;
  for (const Row& row : table.rows) {
    if (!is_about_delivery(row.verdict)) continue;
    if (row.counts.lost > 0) return &row;
    if (row.counts.duplicated > 0 && worst == nullptr) worst = &row;
  }
  return worst;
}

std::string where_of(const Table& table, const Row& row) {
  const Axes axes(table);
  std::string where;
  for (std::size_t axis = 0; axis < table.axes.size(); ++axis) {
    if (!axes.varies(axis)) continue;
    const std::string& value = axes.value_of(row, axis);
    if (!where.empty()) where += ' ';
    where += where_word(axes.name(axis)) + "=" + where_word(value);
  }
  return where;
}

Grid make_grid(const Table& table, const GridOptions& options) {
  Grid grid;
  if (!options.columns.empty()) {
    list_chosen(table, options, grid);
    return grid;
  }
  const Axes axes(table);
  const std::optional<std::size_t> across = pivot_of(axes, options);
  if (across) {
    pivot(table, axes, *across, options, grid);
    grid.legend = legend_of(table);
  } else {
    list_all(table, axes, options, grid);
  }
  for (std::string& remark : remarks_on(table, axes)) grid.remarks.push_back(std::move(remark));
  return grid;
}

}  // namespace kafault
