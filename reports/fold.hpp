// Rows that say the same for several values of an axis become one row that lists the values.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace kafault {

// The combinations of one value of each set, all of which say the same.
struct Box {
  std::vector<std::vector<std::size_t>> values;  // by axis: indices of its values, ascending
  std::vector<std::string> says;
  friend bool operator==(const Box&, const Box&) = default;
};

// Merges boxes that differ in one axis only, the last axis first, until none do. A merged box
// stands where its first part stood. Every combination is in exactly one box before and after.
void fold(std::vector<Box>& boxes);

}  // namespace kafault
