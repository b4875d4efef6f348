// A vector whose elements own memory themselves. An element that is removed keeps what it has
// allocated and is cleared, not built anew, when its place is taken again.
#pragma once

#include <algorithm>
#include <cstddef>
#include <initializer_list>
#include <utility>
#include <vector>

namespace kafault {

template <class T>
class ReusedVector {
 public:
  using value_type = T;
  using iterator = T*;
  using const_iterator = const T*;

  ReusedVector() = default;
  ReusedVector(std::initializer_list<T> items) : items_(items), used_(items.size()) {}
  ReusedVector(const ReusedVector& other) { *this = other; }
  ReusedVector(ReusedVector&& other) noexcept
      : items_(std::move(other.items_)), used_(std::exchange(other.used_, 0)) {}
  ReusedVector& operator=(const ReusedVector& other) {
    if (this == &other) return *this;
    const std::size_t warm = std::min(items_.size(), other.used_);
    std::copy(other.begin(), other.begin() + warm, items_.begin());
    items_.insert(items_.end(), other.begin() + warm, other.end());
    used_ = other.used_;
    return *this;
  }
  ReusedVector& operator=(ReusedVector&& other) noexcept {
    items_ = std::move(other.items_);
    used_ = std::exchange(other.used_, 0);
    return *this;
  }
  ~ReusedVector() = default;

  std::size_t size() const { return used_; }
  bool empty() const { return used_ == 0; }
  T* data() { return items_.data(); }
  const T* data() const { return items_.data(); }
  T* begin() { return data(); }
  const T* begin() const { return data(); }
  T* end() { return data() + used_; }
  const T* end() const { return data() + used_; }
  T& operator[](std::size_t i) { return items_[i]; }
  const T& operator[](std::size_t i) const { return items_[i]; }
  T& front() { return items_.front(); }
  const T& front() const { return items_.front(); }
  T& back() { return items_[used_ - 1]; }
  const T& back() const { return items_[used_ - 1]; }

  // A cleared element at the end.
  T& emplace_back() {
    if (used_ == items_.size()) {
      items_.emplace_back();
    } else {
      items_[used_].clear();
    }
    return items_[used_++];
  }
  void push_back(const T& item) { emplace_back() = item; }
  // Those that stay keep their order.
  template <class Predicate>
  void erase_if(Predicate&& goes) {
    std::size_t kept = 0;
    for (std::size_t i = 0; i < used_; ++i) {
      if (goes(std::as_const(items_[i]))) continue;
      if (kept != i) std::swap(items_[kept], items_[i]);
      ++kept;
    }
    used_ = kept;
  }
  void clear() { used_ = 0; }

  friend bool operator==(const ReusedVector& a, const ReusedVector& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end());
  }

 private:
  std::vector<T> items_;
  std::size_t used_ = 0;
};

}  // namespace kafault
