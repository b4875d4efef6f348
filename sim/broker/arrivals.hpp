// Requests that wait, in the order in which they came. Whoever leaves gives its place to a later
// one, with the memory it has; the order of those who stay does not change.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "sim/kernel/contract.hpp"

namespace kafault {

template <class T>
class Arrivals {
 public:
  using Slot = std::uint32_t;

  // Nobody waits; keeps the memory.
  void clear() { live_ = 0; }
  bool empty() const { return live_ == 0; }

  // A slot for somebody new, with what its last owner left in it.
  Slot add() {
    if (live_ == order_.size()) {
      order_.push_back(static_cast<Slot>(slots_.size()));
      slots_.emplace_back();
    }
    return order_[live_++];
  }
  void remove(Slot slot) {
    std::size_t at = 0;
    while (order_[at] != slot) ++at;
    remove_at(at);
  }
  // By its place in slots().
  void remove_at(std::size_t place) {
    KAFAULT_REQUIRE(place < live_);
    const Slot slot = order_[place];
    for (--live_; place < live_; ++place) order_[place] = order_[place + 1];
    order_[live_] = slot;
  }

  // Those who wait, the first to come first.
  std::span<const Slot> slots() const { return {order_.data(), live_}; }
  T& operator[](Slot slot) { return slots_[slot]; }
  const T& operator[](Slot slot) const { return slots_[slot]; }

 private:
  std::vector<T> slots_;
  std::vector<Slot> order_;  // every slot once: those in use by arrival, then the free ones
  std::size_t live_ = 0;
};

}  // namespace kafault
