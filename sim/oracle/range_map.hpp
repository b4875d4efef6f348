// Maps numbers to numbers: sends to their records, to their offsets. Neighbours mostly map to
// neighbours, so that a few stretches say it for thousands of sends.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
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

  void clear() {
    last_ = {};
    earlier_.clear();
  }

  // What these numbers mapped to before is forgotten.
  void assign(Number first, std::uint32_t count, std::int64_t value) {
    const bool goes_on = last_.end() == first && last_.value + last_.count == value;
    if (!goes_on) [[unlikely]]
      return put({first, count, value});
    last_.count += count;
  }

  bool empty() const { return last_.count == 0; }
  // One past the largest number.
  Number end() const { return last_.end(); }
  // -1: to nothing.
  std::int64_t value_of(Number number) const {
    const Stretch* const found = find(number);
    return found == nullptr || found->first > number ? -1 : found->value + (number - found->first);
  }
  // Whether they map to `value`, `value` + 1, ...
  bool maps(Number first, std::uint32_t count, std::int64_t value) const {
    const Stretch* const found = find(first);
    if (found == nullptr || found->first > first || first + count > found->end()) return false;
    return found->value + (first - found->first) == value;
  }
  bool has_all(Number first, std::uint32_t count) const {
    if (last_has_all(first, count)) [[likely]]
      return true;
    return find_all(first, count);
  }
  // Whether they are where one looks first.
  bool last_has_all(Number first, std::uint32_t count) const {
    return last_.first <= first && first + count <= last_.end();
  }
  bool has_any(Number first, std::uint32_t count) const {
    if (first >= end()) return false;  // mostly
    return find(first)->first < first + count;
  }

  // How many stretches there are. Those that could be one are one.
  std::size_t stretches() const { return empty() ? 0 : earlier_.size() + 1; }
  // Visits them in the order of numbers.
  template <class Visit>
  void for_each(Visit&& visit) const {
    for (const Stretch& stretch : earlier_) visit(stretch);
    if (!empty()) visit(last_);
  }
  // Visits in order what `count` numbers from `first` on map to, as stretches; returns how many of
  // them map to anything.
  template <class Visit>
  std::uint32_t for_each(Number first, std::uint32_t count, Visit&& visit) const {
    const Number end = first + count;
    std::uint32_t mapped = 0;
    for (const Stretch* s = find(first); s != nullptr && s->first < end; s = next(s)) {
      const Stretch part = s->part(std::max(first, s->first), std::min(end, s->end()));
      mapped += part.count;
      visit(part);
    }
    return mapped;
  }

 private:
  // The stretch that holds `number`, or the next one; nullptr: there is none.
  const Stretch* find(Number number) const;
  const Stretch* next(const Stretch* stretch) const {
    if (stretch == &last_) return nullptr;
    return stretch == &earlier_.back() ? &last_ : stretch + 1;
  }
  bool find_all(Number first, std::uint32_t count) const;
  void put(const Stretch& fresh);
  void overwrite(const Stretch& fresh);

  Stretch last_;  // mostly the only one; of no numbers: there is none
  std::vector<Stretch> earlier_;
};

}  // namespace kafault
