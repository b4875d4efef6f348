#include "reports/axes.hpp"

#include <algorithm>
#include <utility>

#include "reports/text.hpp"

namespace kafault {

Axes::Axes(const Table& table) : table_(&table), names_(table.axes) {
  const bool several_flows = std::any_of(table.rows.begin(), table.rows.end(), [&](const Row& row) {
    return row.flow != table.rows.front().flow;
  });
  if (several_flows) names_.emplace_back("flow");
  values_.resize(names_.size());
  for (const Row& row : table.rows) {
    for (std::size_t axis = 0; axis < names_.size(); ++axis) {
      const std::string& value = value_of(row, axis);
      std::vector<std::string>& known = values_[axis];
      if (std::find(known.begin(), known.end(), value) == known.end()) known.push_back(value);
    }
  }
}

const std::string& Axes::value_of(const Row& row, std::size_t axis) const {
  static const std::string none;
  if (is_flow(axis)) return row.flow;
  return axis < row.axis_values.size() ? row.axis_values[axis] : none;
}

std::size_t Axes::index_of(const Row& row, std::size_t axis) const {
  const std::vector<std::string>& known = values_[axis];
  const auto found = std::find(known.begin(), known.end(), value_of(row, axis));
  return static_cast<std::size_t>(found - known.begin());
}

std::vector<std::string> Axes::spelled(std::size_t axis,
                                       const std::vector<std::size_t>& chosen) const {
  std::vector<std::string> words;
  for (const std::size_t value : chosen) {
    const std::string word = clean(values_[axis][value]);
    const bool is_ambiguous = word.find_first_of(",=") != std::string::npos;
    words.push_back(is_ambiguous ? '"' + word + '"' : word);
  }
  return words;
}

AxisList all_but(const Axes& axes, std::optional<std::size_t> left_out) {
  AxisList list;
  for (std::size_t axis = 0; axis < axes.size(); ++axis) {
    if (axes.varies(axis) && axis != left_out) list.push_back(axis);
  }
  return list;
}

Box box_of(const Axes& axes, const AxisList& list, const Row& row, std::vector<std::string> says) {
  Box box{{}, std::move(says)};
  for (const std::size_t axis : list) box.values.push_back({axes.index_of(row, axis)});
  return box;
}

std::string words_of(const Axes& axes, const AxisList& list, const Box& box) {
  std::string words;
  int conditions = 0;
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (box.values[i].size() == axes.values(list[i]).size()) continue;
    if (conditions > 0) words += conditions == 1 ? " with " : " and ";
    words += clean(axes.name(list[i])) + "=" + any_of(axes.spelled(list[i], box.values[i]));
    ++conditions;
  }
  return words.empty() ? "every combination" : words;
}

}  // namespace kafault
