#include "reports/grid_rows.hpp"

#include <algorithm>
#include <map>

#include "reports/fold.hpp"
#include "reports/text.hpp"

namespace kafault {
namespace {

// Lists of values that would be too long for a cell, and come again in other rows.
class Abbreviations {
 public:
  // "any", "sync, async", or "7 alike (a)".
  std::string spell(const Axes& axes, std::size_t axis, const std::vector<std::size_t>& chosen) {
    constexpr std::size_t longest_list = 30;
    if (chosen.size() == 1) return clean(axes.values(axis)[chosen.front()]);
    if (chosen.size() == axes.values(axis).size()) return "any";
    const std::vector<std::string> values = axes.spelled(axis, chosen);
    std::string list;
    for (const std::string& value : values) list += (list.empty() ? "" : ", ") + value;
    if (values.size() < 3 || display_width(list) <= longest_list) return list;
    const auto [found, is_new] =
        letters_.try_emplace(clean(axes.name(axis)) + "=" + list, letters_.size());
    std::string mark(1, static_cast<char>('a' + found->second % 26));
    if (found->second >= 26) mark += std::to_string(found->second / 26);
    if (is_new) remarks_.push_back("(" + mark + ") " + found->first);
    return std::to_string(values.size()) + " alike (" + mark + ")";
  }
  const std::vector<std::string>& remarks() const { return remarks_; }

 private:
  std::map<std::string, std::size_t> letters_;
  std::vector<std::string> remarks_;
};

std::vector<std::string> texts_of(const std::vector<Cell>& cells) {
  std::vector<std::string> texts;
  for (const Cell& cell : cells) texts.push_back(cell.text);
  return texts;
}

}  // namespace

void add_rows(const Axes& axes, const AxisList& list, const std::vector<GridRow>& rows,
              std::size_t fold_above, Grid& grid) {
  std::vector<Box> boxes;
  std::map<std::vector<std::string>, const GridRow*> first_saying;
  for (const GridRow& row : rows) {
    const std::vector<std::string> texts = texts_of(row.cells);
    first_saying.try_emplace(texts, &row);
    boxes.push_back(box_of(axes, list, *row.row, texts));
  }
  if (boxes.size() > fold_above) fold(boxes);
  const auto is_any = [&](const Box& box, std::size_t i) {
    return box.values[i].size() == axes.values(list[i]).size();
  };
  AxisList shown;  // positions in `list`
  for (std::size_t i = 0; i < list.size(); ++i) {
    const bool matters =
        boxes.empty() ||
        std::any_of(boxes.begin(), boxes.end(), [&](const Box& box) { return !is_any(box, i); });
    if (matters) {
      shown.push_back(i);
    } else {
      grid.remarks.push_back(clean(axes.name(list[i])) + " makes no difference: " +
                             any_of(axes.spelled(list[i], boxes.front().values[i])));
    }
  }
  std::vector<Grid::Column> columns;
  for (const std::size_t i : shown) columns.push_back({clean(axes.name(list[i])), false});
  grid.columns.insert(grid.columns.begin(), columns.begin(), columns.end());
  grid.fixed = columns.size();
  Abbreviations abbreviations;
  for (const Box& box : boxes) {
    std::vector<Cell> row;
    for (const std::size_t i : shown) {
      row.push_back({abbreviations.spell(axes, list[i], box.values[i]), Tone::plain});
    }
    const std::vector<Cell>& said = first_saying.at(box.says)->cells;
    row.insert(row.end(), said.begin(), said.end());
    grid.rows.push_back(std::move(row));
  }
  const std::vector<std::string>& remarks = abbreviations.remarks();
  grid.remarks.insert(grid.remarks.begin(), remarks.begin(), remarks.end());
}

}  // namespace kafault
