// Recycled storage for one kind of message. Slots never move, so a reference stays good while
// others are taken; a freed slot keeps the capacity of its vectors. Copying copies the contents
// into the slots that exist, without allocating when they are warm.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace kafault {

// Which slots of a slab are in use. Apart from the storage, so that whoever gives a slot back need
// not know what it held.
class Slots {
 public:
  Slots() = default;
  Slots(const Slots& other) { *this = other; }
  Slots(Slots&&) noexcept = default;
  Slots& operator=(Slots&&) noexcept = default;
  Slots& operator=(const Slots& other) {
    if (this == &other) return *this;
    used_ = other.used_;
    freed_ = other.freed_;
    reserve(other.free_.size());
    std::copy_n(other.free_.begin(), freed_, free_.begin());
    return *this;
  }
  ~Slots() = default;

  bool has_freed() const { return freed_ > 0; }
  std::uint32_t take_freed() { return free_[--freed_]; }
  std::uint32_t take_unused() { return used_++; }
  void give_back(std::uint32_t slot) { free_[freed_++] = slot; }
  void reset() { used_ = freed_ = 0; }
  // How many there were at most, and how many are in use.
  std::uint32_t used() const { return used_; }
  std::uint32_t live() const { return used_ - freed_; }
  void reserve(std::size_t slots) {
    if (free_.size() < slots) free_.resize(slots);
  }

 private:
  std::uint32_t used_ = 0;
  std::uint32_t freed_ = 0;
  std::vector<std::uint32_t> free_;  // the first `freed_`; has room for all
};

template <class T>
class Slab {
 public:
  T& operator[](std::uint32_t slot) { return (*chunks_[slot / chunk])[slot % chunk]; }
  const T& operator[](std::uint32_t slot) const { return (*chunks_[slot / chunk])[slot % chunk]; }

  std::size_t size() const { return chunks_.size() * chunk; }
  void grow() { chunks_.push_back(std::make_unique<std::array<T, chunk>>()); }
  // The first `used` slots of another slab.
  void copy(const Slab& other, std::uint32_t used) {
    while (size() < used) grow();
    for (std::uint32_t i = 0; i < used; ++i) (*this)[i] = other[i];
  }

 private:
  static constexpr std::uint32_t chunk = 16;

  std::vector<std::unique_ptr<std::array<T, chunk>>> chunks_;
};

}  // namespace kafault
