#include "sim/oracle/range_map.hpp"

#include <array>

namespace kafault {

const RangeMap::Stretch* RangeMap::find(Number number) const {
  const Stretch* found = stretches_.data();  // the last one that begins at or before `number`
  for (std::size_t left = stretches_.size(); left > 1;) {
    const std::size_t half = left / 2;
    found += found[half].first <= number ? half : 0;
    left -= half;
  }
  return found + (found != past() && found->end() <= number ? 1 : 0);
}

bool RangeMap::maps(Number first, std::uint32_t count, std::int64_t value) const {
  const Stretch* const found = find(first);
  const bool holds = found != past() && found->first <= first && first + count <= found->end();
  return holds && found->value + (first - found->first) == value;
}

bool RangeMap::find_all(Number first, std::uint32_t count) const {
  return for_each(first, count, [](const Stretch&) {}) == count;
}

void RangeMap::put(const Stretch& fresh) {
  if (end() > fresh.first) return overwrite(fresh);
  stretches_.push_back(fresh);
}

[[gnu::noinline]] void RangeMap::overwrite(const Stretch& fresh) {
  const auto from = std::partition_point(stretches_.begin(), stretches_.end(),
                                         [&](const Stretch& s) { return s.end() <= fresh.first; });
  const auto to = std::partition_point(from, stretches_.end(),
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
  stretches_.insert(stretches_.erase(from, to), pieces.data(), pieces.data() + count);

  std::size_t last = 0;
  for (std::size_t i = 1; i < stretches_.size(); ++i) {
    if (stretches_[last].goes_on_with(stretches_[i])) {
      stretches_[last].count += stretches_[i].count;
    } else {
      stretches_[++last] = stretches_[i];
    }
  }
  stretches_.resize(last + 1);
}

}  // namespace kafault
