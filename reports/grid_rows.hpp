// The rows of a grid: the values of the axes, then the cells. Many rows that say the same become
// one, and an axis that makes no difference becomes a remark.
#pragma once

#include <cstddef>
#include <vector>

#include "reports/axes.hpp"
#include "reports/cell.hpp"
#include "reports/grid.hpp"

namespace kafault {

struct GridRow {
  const Row* row = nullptr;  // which combination
  std::vector<Cell> cells;
};

// Puts the columns of the axes in front of the grid's, and remarks about them in front of its.
void add_rows(const Axes& axes, const AxisList& list, const std::vector<GridRow>& rows,
              std::size_t fold_above, Grid& grid);

}  // namespace kafault
