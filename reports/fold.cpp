#include "reports/fold.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

namespace kafault {
namespace {

using Values = std::vector<std::vector<std::size_t>>;

std::vector<std::size_t> united(const std::vector<std::size_t>& a,
                                const std::vector<std::size_t>& b) {
  std::vector<std::size_t> all;
  std::set_union(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(all));
  return all;
}

bool fold_along(std::size_t axis, std::vector<Box>& boxes) {
  std::map<std::pair<Values, std::vector<std::string>>, std::size_t> first_with;
  std::vector<Box> folded;
  for (Box& box : boxes) {
    Values others = box.values;
    others[axis].clear();
    const auto [found, is_new] =
        first_with.try_emplace({std::move(others), box.says}, folded.size());
    if (is_new) {
      folded.push_back(std::move(box));
    } else {
      std::vector<std::size_t>& mine = folded[found->second].values[axis];
      mine = united(mine, box.values[axis]);
    }
  }
  const bool changed = folded.size() < boxes.size();
  boxes = std::move(folded);
  return changed;
}

}  // namespace

void fold(std::vector<Box>& boxes) {
  if (boxes.empty()) return;
  const std::size_t axes = boxes.front().values.size();
  for (bool changed = true; changed;) {
    changed = false;
    for (std::size_t axis = axes; axis-- > 0;) changed = fold_along(axis, boxes) || changed;
  }
}

}  // namespace kafault
