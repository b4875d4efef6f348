#pragma once

#include <cstdint>

// Counts what the whole process takes from the heap, so that a test can say "nothing, once warm".
// Linking test_support and naming AllocationCounter replaces the global operator new; executables
// that never name it keep the standard one.
namespace kafault::test {

class AllocationCounter {
 public:
  AllocationCounter() : before_(total()) {}

  // Allocations by all threads since this counter was made.
  std::uint64_t count() const { return total() - before_; }

  static std::uint64_t total();

 private:
  std::uint64_t before_;
};

}  // namespace kafault::test
