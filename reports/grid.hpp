// What a drawn table shows of a result: which columns, which rows, in which words. The text and the
// Markdown writer draw the same grid.
//
// A matrix that has a fault axis is pivoted: one row per combination of the other axes, one column
// per fault. What is constant or zero throughout is said once, below; what is equal is folded.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "reports/cell.hpp"
#include "sim/drive/result.hpp"

namespace kafault {

struct GridOptions {
  std::string pivot;                 // an axis; empty: the axis named "fault" or "faults"
  std::vector<std::string> columns;  // show exactly these columns, unpivoted
  std::size_t fold_above = 24;       // rows that fit a screen are shown one by one
};

struct Grid {
  struct Column {
    std::string header;
    bool right_aligned = false;
  };
  std::vector<Column> columns;
  std::size_t fixed = 0;  // the first of them name a row: repeated when a wide grid is cut
  std::vector<std::vector<Cell>> rows;
  std::vector<std::string> remarks;  // what holds beyond the cells, one sentence or list each
  std::vector<std::string> legend;   // what the words in the cells mean
};

Grid make_grid(const Table& table, const GridOptions& options);

// What every row has in common ("acks=1", "flow orders"): axes that have one value.
std::vector<std::string> fixed_axes_of(const Table& table);

bool has_axis(const Table& table, const std::string& name);

// The row that most wants to be explained: the first that lost something, else the first that
// duplicated something, else none.
const Row* worst_row_of(const Table& table);

// "acks=1 fault="leader crash"": what --where needs to find this row among the table's.
std::string where_of(const Table& table, const Row& row);

}  // namespace kafault
