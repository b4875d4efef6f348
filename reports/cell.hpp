// One row of a result in a few words: "ok", "3 lost", "5 twice".
#pragma once

#include <string>

#include "sim/drive/result.hpp"

namespace kafault {

// How it is to be taken; colour only repeats it.
enum class Tone { plain, good, warning, bad, unknown };

struct Cell {
  std::string text;
  Tone tone = Tone::plain;
  friend bool operator==(const Cell&, const Cell&) = default;
};

// What the words of a cell count; also what the legend has to explain.
struct Losses {
  std::int64_t in_log = 0;   // acknowledged and not in the log
  std::int64_t handled = 0;  // acknowledged, in the log, and never handled
};
// Taken apart by the counts: what a group handled before the log lost it is no loss for the group.
Losses losses_of(const Counts& counts);

Cell cell_of(const Row& row);

// "exactly-once, 20 given up": beside the verdict stands what the application was told about.
Cell verdict_cell_of(const Row& row);

// A flow that ends in a group, not in the log.
bool has_group(const Row& row);

}  // namespace kafault
