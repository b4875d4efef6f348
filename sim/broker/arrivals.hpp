// Requests that wait, in the order in which they came. Whoever leaves gives its place to a later
// one, with the memory it has; the order of those who stay does not change.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "sim/protocol/flat_vector.hpp"

namespace kafault {

template <class T>
class Arrivals {
 public:
  using Slot = std::uint32_t;

  // Nobody waits; keeps the memory.
  void clear() { live_ = 0; }
  bool empty() const { return live_ == 0; }

  // The place of whoever comes next, with what its last owner left in it.
  T& next() {
    if (live_ == order_.size()) [[unlikely]] {
      grow();
    }
    return slots_[order_[live_]];
  }
  // Somebody is in next().
  void add() { ++live_; }
  // Asks of each, the first to come first, whether it leaves. Nobody may come meanwhile.
  template <class Leaves>
  void remove_if(Leaves&& leaves) {
    const std::size_t live = live_;
    std::size_t stayed = 0;
    for (std::size_t i = 0; i < live; ++i) {
      const Slot slot = order_[i];
      if (leaves(slots_[slot])) continue;
      order_[i] = order_[stayed];
      order_[stayed++] = slot;
    }
    live_ = stayed;
  }

  // Those who wait, the first to come first.
  std::span<const Slot> slots() const { return {order_.data(), live_}; }
  const T& operator[](Slot slot) const { return slots_[slot]; }

 private:
  [[gnu::cold, gnu::noinline]] void grow() {
    order_.push_back(static_cast<Slot>(slots_.size()));
    slots_.emplace_back();
  }

  std::vector<T> slots_;
  FlatVector<Slot> order_;  // every slot once: those in use by arrival, then the free ones
  std::size_t live_ = 0;
};

}  // namespace kafault
