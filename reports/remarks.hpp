// What stands below a drawn table: what holds beyond its cells, and what the words in them mean.
#pragma once

#include <string>
#include <vector>

#include "reports/axes.hpp"
#include "sim/drive/result.hpp"

namespace kafault {

// Combinations whose client refused to start, faults that had nothing to strike, notes of the
// rows: each said once, in as few words as the axes allow.
std::vector<std::string> remarks_on(const Table& table, const Axes& axes);

// One sentence for each word that a cell of the table uses.
std::vector<std::string> legend_of(const Table& table);

}  // namespace kafault
