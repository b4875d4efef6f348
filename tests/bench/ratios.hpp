// The last page of kafault_bench: what was measured as a ratio within one run, against the floors
// and targets of the design. Absolute times move with the machine, ratios much less.
#pragma once

#include <iosfwd>
#include <string>

namespace kafault::bench {

enum class Better { higher, lower };

struct Ratio {
  std::string what;
  double measured = 0;
  double floor = 0;   // worse than this is a bug
  double target = 0;  // what the design asks for
  std::string unit;   // "x", "k/s", "ns", ...
  Better better = Better::higher;
};

// Called by a benchmark once it knows its number; a later report of the same name replaces it.
void report_ratio(Ratio ratio);

void print_ratios(std::ostream& out);

}  // namespace kafault::bench
