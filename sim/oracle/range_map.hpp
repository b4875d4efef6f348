// Maps numbers to numbers: sends to their records, to their offsets. Neighbours mostly map to
// neighbours, so that a few stretches say it for thousands of sends.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace kafault {

class RangeMap {
 public:
  using Number = std::uint32_t;
  // `first` maps to `value`, the number behind it to `value` + 1, and so on.
  struct Stretch {
    Number first = 0;
    std::uint32_t count = 0;
    std::int64_t value = 0;

    Number end() const { return first + count; }
    Stretch part(Number from, Number to) const { return {from, to - from, value + (from - first)}; }
    bool goes_on_with(const Stretch& next) const {
      return end() == next.first && value + count == next.value;
    }
    friend bool operator==(const Stretch&, const Stretch&) = default;
  };

  void clear() { stretches_.clear(); }
  // In the order of numbers; those that could be one are one.
  std::span<const Stretch> stretches() const { return stretches_; }

  // What these numbers mapped to before is forgotten.
  void assign(Number first, std::uint32_t count, std::int64_t value) {
    const Stretch fresh{first, count, value};
    const bool goes_on = !stretches_.empty() && stretches_.back().goes_on_with(fresh);
    if (!goes_on) [[unlikely]]
      return put(fresh);
    stretches_.back().count += count;
  }

  // One past the largest number.
  Number end() const { return stretches_.empty() ? 0 : stretches_.back().end(); }
  // -1: to nothing.
  std::int64_t value_of(Number number) const {
    const Stretch* const found = find(number);
    if (found == past() || found->first > number) return -1;
    return found->value + (number - found->first);
  }
  // Whether they map to `value`, `value` + 1, ...
  bool maps(Number first, std::uint32_t count, std::int64_t value) const;
  bool has_all(Number first, std::uint32_t count) const {
    return last_has_all(first, count) || find_all(first, count);
  }
  // Whether they are where one looks first.
  bool last_has_all(Number first, std::uint32_t count) const {
    if (stretches_.empty()) return false;
    const Stretch& last = stretches_.back();
    return last.first <= first && first + count <= last.end();
  }
  bool has_any(Number first, std::uint32_t count) const {
    if (first >= end()) return false;  // mostly
    const Stretch* const found = find(first);
    return found != past() && found->first < first + count;
  }
  // Visits in order what `count` numbers from `first` on map to, as stretches; returns how many of
  // them map to anything.
  template <class Visit>
  std::uint32_t for_each(Number first, std::uint32_t count, Visit&& visit) const {
    const Number end = first + count;
    const Stretch* const last = past();
    std::uint32_t mapped = 0;
    for (const Stretch* s = find(first); s != last && s->first < end; ++s) {
      const Stretch part = s->part(std::max(first, s->first), std::min(end, s->end()));
      mapped += part.count;
      visit(part);
    }
    return mapped;
  }

 private:
  const Stretch* past() const { return stretches_.data() + stretches_.size(); }
  // The stretch that holds `number`, or the next one.
  const Stretch* find(Number number) const;
  bool find_all(Number first, std::uint32_t count) const;
  void put(const Stretch& fresh);
  void overwrite(const Stretch& fresh);

  std::vector<Stretch> stretches_;
};

}  // namespace kafault
