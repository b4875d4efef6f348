// Reads one combination's document.
#pragma once

#include "sim/scenario/cursor.hpp"
#include "sim/scenario/scenario.hpp"

namespace kafault {

// Mistakes go to the cursor's reading; then the combination is of no use.
void read_combination(const Cursor& root, Combination& combination);

}  // namespace kafault
