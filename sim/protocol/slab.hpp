// Recycled storage for one kind of message. Slots never move, so a reference stays good while
// others are taken; a freed slot keeps the capacity of its vectors. Copying copies the contents
// into the slots that exist, without allocating when they are warm.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

namespace kafault {

template <class T>
class Slab {
 public:
  Slab() = default;
  Slab(const Slab& other) { *this = other; }
  Slab(Slab&&) noexcept = default;
  Slab& operator=(Slab&&) noexcept = default;
  Slab& operator=(const Slab& other) {
    if (this == &other) return *this;
    while (chunks_.size() < other.chunks_.size()) grow();
    for (std::uint32_t i = 0; i < other.used_; ++i) (*this)[i] = other[i];
    used_ = other.used_;
    free_ = other.free_;
    return *this;
  }
  ~Slab() = default;

  std::uint32_t take() {
    std::uint32_t slot = used_;
    if (!free_.empty()) {
      slot = free_.back();
      free_.pop_back();
    } else {
      if (used_ == chunks_.size() * chunk) grow();
      ++used_;
    }
    (*this)[slot].clear();
    return slot;
  }
  void give_back(std::uint32_t slot) { free_.push_back(slot); }
  void reset() {
    used_ = 0;
    free_.clear();
  }
  std::uint32_t live() const { return used_ - static_cast<std::uint32_t>(free_.size()); }

  T& operator[](std::uint32_t slot) { return (*chunks_[slot / chunk])[slot % chunk]; }
  const T& operator[](std::uint32_t slot) const { return (*chunks_[slot / chunk])[slot % chunk]; }

 private:
  static constexpr std::uint32_t chunk = 16;
  void grow() {
    chunks_.push_back(std::make_unique<std::array<T, chunk>>());
    free_.reserve(chunks_.size() * chunk);
  }

  std::vector<std::unique_ptr<std::array<T, chunk>>> chunks_;
  std::vector<std::uint32_t> free_;
  std::uint32_t used_ = 0;
};

}  // namespace kafault
