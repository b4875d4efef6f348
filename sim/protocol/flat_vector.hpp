// A vector of plain values that is filled, copied and cleared all the time, as those of messages
// are. It counts its elements, where a std::vector divides by their size, and grows in one place
// that is out of the way.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <type_traits>
#include <utility>

namespace kafault {

template <class T>
class FlatVector {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  using value_type = T;
  using iterator = T*;
  using const_iterator = const T*;

  FlatVector() = default;
  FlatVector(std::initializer_list<T> items) { append(std::span(items.begin(), items.size())); }
  FlatVector(const FlatVector& other) { append(other); }
  FlatVector(FlatVector&& other) noexcept { swap(other); }
  FlatVector& operator=(const FlatVector& other) {
    if (this == &other) return *this;
    clear();
    append(other);
    return *this;
  }
  FlatVector& operator=(FlatVector&& other) noexcept {
    swap(other);
    return *this;
  }
  ~FlatVector() = default;
  void swap(FlatVector& other) noexcept {
    items_.swap(other.items_);
    std::swap(size_, other.size_);
    std::swap(room_, other.room_);
  }

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  T* data() { return items_.get(); }
  const T* data() const { return items_.get(); }
  T* begin() { return data(); }
  const T* begin() const { return data(); }
  T* end() { return data() + size_; }
  const T* end() const { return data() + size_; }
  T& operator[](std::size_t i) { return items_[i]; }
  const T& operator[](std::size_t i) const { return items_[i]; }
  T& front() { return items_[0]; }
  const T& front() const { return items_[0]; }
  T& back() { return items_[size_ - 1]; }
  const T& back() const { return items_[size_ - 1]; }

  // Also one of its own.
  T& push_back(const T& item) {
    if (size_ == room_) [[unlikely]] {
      return append_and_grow(item);
    }
    return items_[size_++] = item;
  }
  template <class... Parts>
  T& emplace_back(Parts... parts) {
    if (size_ == room_) [[unlikely]] {
      make_room_for(1);
    }
    return items_[size_++] = T{parts...};
  }
  // Not of its own.
  void append(std::span<const T> items) {
    if (room_ - size_ < items.size()) [[unlikely]] {
      make_room_for(items.size());
    }
    T* place = end();
    for (const T& item : items) *place++ = item;
    size_ += static_cast<std::uint32_t>(items.size());
  }
  void pop_back() { --size_; }
  void erase_front(std::size_t count) {
    std::copy(begin() + count, end(), begin());
    size_ -= static_cast<std::uint32_t>(count);
  }
  template <class Predicate>
  void erase_if(Predicate&& goes) {
    size_ = static_cast<std::uint32_t>(std::remove_if(begin(), end(), goes) - begin());
  }
  void clear() { size_ = 0; }  // keeps the memory

  friend bool operator==(const FlatVector& a, const FlatVector& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end());
  }

 private:
  [[gnu::cold, gnu::noinline]] T& append_and_grow(const T& item) {
    const T kept = item;
    make_room_for(1);
    return items_[size_++] = kept;
  }
  [[gnu::cold, gnu::noinline]] void make_room_for(std::size_t more) {
    room_ = static_cast<std::uint32_t>(std::max<std::size_t>(2 * room_, size_ + more));
    auto grown = std::make_unique<T[]>(room_);
    std::copy_n(data(), size_, grown.get());
    items_ = std::move(grown);
  }

  std::unique_ptr<T[]> items_;
  std::uint32_t size_ = 0;
  std::uint32_t room_ = 0;
};

}  // namespace kafault
