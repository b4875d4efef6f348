// Reads `expect`, against the axes and flows that the scenario has.
#pragma once

#include <set>
#include <string>

#include "sim/scenario/cursor.hpp"
#include "sim/scenario/expectations.hpp"
#include "sim/scenario/matrix.hpp"

namespace kafault {

Expectations read_expectations(const Cursor& sections, const Matrix& matrix,
                               const std::set<std::string>& flows);

// Columns with a number: all but those that say which row it is.
std::vector<std::string_view> countable_columns();
// What a verdict can be.
std::vector<std::string_view> verdict_names();

}  // namespace kafault
