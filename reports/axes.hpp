// The axes along which the rows of a table differ, and how combinations of them are put into words.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "reports/fold.hpp"
#include "sim/drive/result.hpp"

namespace kafault {

// The axes of a table, and the flow as one more if there are several. `table` must outlive it.
class Axes {
 public:
  explicit Axes(const Table& table);

  std::size_t size() const { return names_.size(); }
  const std::string& name(std::size_t axis) const { return names_[axis]; }
  const std::vector<std::string>& values(std::size_t axis) const { return values_[axis]; }
  bool varies(std::size_t axis) const { return values_[axis].size() > 1; }
  bool is_flow(std::size_t axis) const { return axis >= table_->axes.size(); }

  const std::string& value_of(const Row& row, std::size_t axis) const;
  std::size_t index_of(const Row& row, std::size_t axis) const;
  // The chosen values of an axis, fit for a terminal; in quotes where a list of them needs it.
  std::vector<std::string> spelled(std::size_t axis, const std::vector<std::size_t>& chosen) const;

 private:
  const Table* table_;
  std::vector<std::string> names_;
  std::vector<std::vector<std::string>> values_;
};

using AxisList = std::vector<std::size_t>;

// The axes with more than one value, but for the one that is left out.
AxisList all_but(const Axes& axes, std::optional<std::size_t> left_out);

// The one combination of a row, along the axes of the list.
Box box_of(const Axes& axes, const AxisList& list, const Row& row, std::vector<std::string> says);

// "acks=0 or 1 with enable.idempotence=true", or "every combination".
std::string words_of(const Axes& axes, const AxisList& list, const Box& box);

}  // namespace kafault
