// The table as a person reads it on a terminal. Never wider than asked; colour only repeats what
// the words say.
#pragma once

#include <cstddef>
#include <iosfwd>

#include "reports/grid.hpp"
#include "reports/sheet.hpp"
#include "sim/drive/result.hpp"

namespace kafault {

struct TextOptions {
  std::size_t width = 120;
  bool colour = false;
  bool ascii = false;
  bool hints = true;     // the commands to try next
  bool explore = false;  // `kafault explore` is one of them
  GridOptions grid;
};

void write_text(std::ostream& out, const Table& table, const TextOptions& options = {});
void write_text(std::ostream& out, const Sheet& sheet, const TextOptions& options = {});

}  // namespace kafault
