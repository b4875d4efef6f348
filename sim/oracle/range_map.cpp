#include "sim/oracle/range_map.hpp"

#include <array>

namespace kafault {

const RangeMap::Stretch* RangeMap::find(Number number) const {
  if (number >= end()) return nullptr;
  if (number >= last_.first) return &last_;
  const auto found = std::partition_point(earlier_.begin(), earlier_.end(),
                                          [&](const Stretch& s) { return s.end() <= number; });
  return found == earlier_.end() ? &last_ : &*found;
}

bool RangeMap::find_all(Number first, std::uint32_t count) const {
  return for_each(first, count, [](const Stretch&) {}) == count;
}

void RangeMap::put(const Stretch& fresh) {
  const bool has_room = empty() || earlier_.size() < earlier_.capacity();
  if (fresh.first < end() || !has_room) return overwrite(fresh);
  if (!empty()) earlier_.push_back(last_);
  last_ = fresh;
}

// Or what makes it necessary to allocate.
[[gnu::noinline]] void RangeMap::overwrite(const Stretch& fresh) {
  if (!empty()) earlier_.push_back(last_);
  const auto from = std::partition_point(earlier_.begin(), earlier_.end(),
                                         [&](const Stretch& s) { return s.end() <= fresh.first; });
  const auto to = std::partition_point(from, earlier_.end(),
                                       [&](const Stretch& s) { return s.first < fresh.end(); });
  std::array<Stretch, 3> pieces;
  std::size_t count = 0;
  if (from != to && from->first < fresh.first) {
    pieces[count++] = from->part(from->first, fresh.first);
  }
  pieces[count++] = fresh;
  if (from != to && (to - 1)->end() > fresh.end()) {
    pieces[count++] = (to - 1)->part(fresh.end(), (to - 1)->end());
  }
  earlier_.insert(earlier_.erase(from, to), pieces.data(), pieces.data() + count);

  std::size_t last = 0;
  for (std::size_t i = 1; i < earlier_.size(); ++i) {
    if (earlier_[last].goes_on_with(earlier_[i])) {
      earlier_[last].count += earlier_[i].count;
    } else {
      earlier_[++last] = earlier_[i];
    }
  }
  last_ = earlier_[last];
  earlier_.resize(last);
}

}  // namespace kafault
