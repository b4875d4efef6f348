// Nothing is allocated per event, and nothing per run after the first.

#include <gtest/gtest.h>

#include <cstdint>
#include <new>

#include "sim/kernel/calendar.hpp"
#include "sim/kernel/time.hpp"
#include "tests/support/allocation_counter.hpp"

namespace kafault {
namespace {

struct PlainEvent {
  Instant due;
  std::uint64_t name;
};

// Time is a few rounds of events that beget events, deterministic and rather irregular.
template <class Kernel>
void run(Kernel& calendar, std::uint64_t seed, std::uint64_t pending, int steps) {
  calendar.clear();
  std::uint64_t state = seed;
  const auto delay = [&] {
    state = state * 6364136223846793005U + 1442695040888963407U;
    return Duration{static_cast<std::int64_t>((state >> 40) << (state >> 33) % 8)};
  };
  for (std::uint64_t name = 0; name < pending; ++name) {
    calendar.schedule({calendar.now() + delay(), name});
  }
  for (int step = 0; step < steps; ++step) {
    PlainEvent event = calendar.pop();
    event.due = calendar.now() + delay();
    calendar.schedule(event);
  }
}

TEST(Allocations, TheCounterCounts) {
  const test::AllocationCounter allocations;

  ::operator delete(::operator new(sizeof(PlainEvent)));

  EXPECT_EQ(allocations.count(), 1U);
}

TEST(Allocations, CalendarMakesNoneOnceWarm) {
  Calendar<PlainEvent> calendar;
  run(calendar, 1, 5000, 20'000);
  const test::AllocationCounter allocations;

  run(calendar, 1, 5000, 20'000);

  EXPECT_EQ(allocations.count(), 0U);
}

TEST(Allocations, CalendarMakesNoneWhenForkedIntoARecycledWorld) {
  Calendar<PlainEvent> calendar;
  run(calendar, 1, 50, 100);
  Calendar<PlainEvent> recycled = calendar;
  const test::AllocationCounter allocations;

  recycled = calendar;
  run(recycled, 2, 50, 1000);

  EXPECT_EQ(allocations.count(), 0U);
}

}  // namespace
}  // namespace kafault
