#include "sim/kernel/calendar.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <random>
#include <vector>

#include "sim/kernel/contract.hpp"
#include "sim/kernel/time.hpp"

namespace kafault {
namespace {

using testing::ElementsAre;

struct Event {
  Instant due;
  std::uint64_t name;
  std::uint64_t payload;

  bool operator==(const Event&) const = default;
};

Instant at(std::int64_t nanoseconds) { return Instant{Duration{nanoseconds}}; }

// What both calendars claim to be: a list from which the first of the earliest is taken.
class Reference {
 public:
  void schedule(const Event& event) { events_.push_back(event); }
  bool empty() const { return events_.empty(); }
  Instant next_due() const { return earliest()->due; }
  Event pop() {
    const auto next = earliest();
    const Event event = *next;
    events_.erase(next);
    return event;
  }

 private:
  std::vector<Event>::const_iterator earliest() const {
    return std::min_element(events_.begin(), events_.end(),
                            [](const Event& a, const Event& b) { return a.due < b.due; });
  }
  std::vector<Event> events_;
};

template <class Kernel>
class AnyCalendar : public testing::Test {
 public:
  std::vector<std::uint64_t> drain(Kernel& calendar) {
    std::vector<std::uint64_t> names;
    while (!calendar.empty()) names.push_back(calendar.pop().name);
    return names;
  }
};
using Both = testing::Types<Calendar<Event>>;

TYPED_TEST_SUITE(AnyCalendar, Both);

TYPED_TEST(AnyCalendar, PopsInOrderOfTimeAndMovesNow) {
  TypeParam calendar;
  calendar.schedule({at(30), 3, 0});
  calendar.schedule({at(10), 1, 0});
  calendar.schedule({at(20), 2, 0});

  EXPECT_EQ(calendar.size(), 3U);
  EXPECT_EQ(calendar.pop().name, 1U);
  EXPECT_EQ(calendar.now(), at(10));
  EXPECT_THAT(this->drain(calendar), ElementsAre(2, 3));
  EXPECT_EQ(calendar.now(), at(30));
}

TYPED_TEST(AnyCalendar, IsFirstInFirstOutAtEqualTimes) {
  TypeParam calendar;
  std::vector<std::uint64_t> scheduled;
  for (std::uint64_t name = 0; name < 1000; ++name) {
    calendar.schedule({at(500), name, 0});
    scheduled.push_back(name);
  }
  calendar.schedule({at(100), 5000, 0});  // pushes the front apart
  scheduled.insert(scheduled.begin(), 5000);

  EXPECT_EQ(this->drain(calendar), scheduled);
}

TYPED_TEST(AnyCalendar, PutsWhatIsScheduledForNowBehindWhatAlreadyWaits) {
  TypeParam calendar;
  calendar.schedule({at(5), 1, 0});
  calendar.schedule({at(5), 2, 0});

  calendar.pop();
  calendar.schedule({at(5), 3, 0});

  EXPECT_THAT(this->drain(calendar), ElementsAre(2, 3));
}

TYPED_TEST(AnyCalendar, RefusesThePast) {
  TypeParam calendar;
  calendar.schedule({at(10), 1, 0});
  calendar.pop();

  EXPECT_THROW(calendar.schedule({at(9), 2, 0}), ContractViolation);
  EXPECT_THROW(calendar.pop(), ContractViolation);
  EXPECT_TRUE(calendar.empty());
}

TYPED_TEST(AnyCalendar, LooksAheadWithoutMovingNow) {
  TypeParam calendar;
  EXPECT_EQ(calendar.next_due(), never);
  for (std::int64_t i = 0; i < 100; ++i) calendar.schedule({at(1'000'000 - 1000 * i), 7, 0});

  EXPECT_EQ(calendar.next_due(), at(1'000'000 - 99'000));
  calendar.schedule({at(5), 8, 0});

  EXPECT_EQ(calendar.next_due(), at(5));
  EXPECT_EQ(calendar.now(), at(0));
  EXPECT_EQ(calendar.pop().name, 8U);
}

TYPED_TEST(AnyCalendar, StartsAgainAfterClear) {
  TypeParam calendar;
  for (std::int64_t i = 0; i < 200; ++i) calendar.schedule({at(997 * i % 1000), 1, 0});
  calendar.pop();
  calendar.pop();

  calendar.clear();

  EXPECT_TRUE(calendar.empty());
  EXPECT_EQ(calendar.now(), at(0));
  calendar.schedule({at(0), 9, 0});
  EXPECT_THAT(this->drain(calendar), ElementsAre(9));
}

TYPED_TEST(AnyCalendar, HoldsTheWholeOfTime) {
  TypeParam calendar;
  for (std::uint64_t i = 0; i < 100; ++i) calendar.schedule({never, 100 + i, 0});
  for (std::uint64_t i = 0; i <= 60; ++i) {
    calendar.schedule({at(std::int64_t{1} << (60 - i)), 60 - i, 0});
  }

  for (std::uint64_t i = 0; i <= 60; ++i) ASSERT_EQ(calendar.pop().name, i);
  EXPECT_EQ(calendar.pop().name, 100U);
  EXPECT_EQ(calendar.size(), 99U);
}

TYPED_TEST(AnyCalendar, IsAValue) {
  TypeParam calendar;
  for (std::uint64_t i = 0; i < 300; ++i) calendar.schedule({at(977 * (i + 1) % 5000), i, 0});
  calendar.pop();

  TypeParam copy = calendar;
  copy.schedule({copy.now(), 1000, 0});
  const auto of_copy = this->drain(copy);
  auto of_original = this->drain(calendar);

  EXPECT_EQ(of_copy.size(), of_original.size() + 1);
  const auto extra = std::find(of_copy.begin(), of_copy.end(), 1000U);
  of_original.insert(of_original.begin() + (extra - of_copy.begin()), 1000);
  EXPECT_EQ(of_copy, of_original);
}

// Random histories of schedule, pop and peek, in which time only moves forward. The shapes differ
// in how far ahead events lie and how often they coincide.
struct Shape {
  std::int64_t furthest;
  std::int64_t lattice;
  std::uint64_t pending;
};

TYPED_TEST(AnyCalendar, AgreesWithTheReference) {
  const std::vector<Shape> shapes{{10, 1, 200},           {1000, 1, 20},
                                  {1'000'000, 1, 500},    {1'000'000, 50'000, 300},
                                  {3'000'000'000, 1, 90}, {60'000'000'000, 1'000'000, 700}};
  for (const Shape& shape : shapes) {
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
      std::mt19937_64 random(seed);
      TypeParam calendar;
      Reference reference;
      for (int step = 0; step < 6000; ++step) {
        const std::uint64_t dice = random();
        const bool push = reference.empty() || dice % (2 * shape.pending) >= calendar.size();
        if (push) {
          // Most delays are short, some are long, as timers and messages are.
          const auto range = static_cast<std::uint64_t>(shape.furthest >> (3 * (dice >> 32) % 12));
          const auto delay = static_cast<std::int64_t>(random() % (range + 1));
          const Event event{calendar.now() + Duration{delay / shape.lattice * shape.lattice},
                            static_cast<std::uint64_t>(step), dice};
          calendar.schedule(event);
          reference.schedule(event);
        } else {
          if (dice % 3 == 0) {
            ASSERT_EQ(calendar.next_due(), reference.next_due());
          }
          ASSERT_EQ(calendar.pop(), reference.pop()) << "seed " << seed << ", step " << step;
        }
        if (dice % 97 == 0) {
          const TypeParam copy = calendar;
          calendar = copy;
        }
      }
    }
  }
}

// Few are pending, all of them in sight; then many come between them, and most of them go again.
TYPED_TEST(AnyCalendar, KeepsTheOrderWhenManyComeBetweenFew) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    std::mt19937_64 random(seed);
    TypeParam calendar;
    Reference reference;
    std::uint64_t name = 0;
    const auto schedule = [&](std::uint64_t furthest) {
      const auto delay = static_cast<std::int64_t>(random() % (furthest + 1));
      const Event event{calendar.now() + Duration{delay}, name++, 0};
      calendar.schedule(event);
      reference.schedule(event);
    };
    for (int wave = 0; wave < 20; ++wave) {
      const std::uint64_t furthest = std::uint64_t{1} << (random() % 40);
      for (std::uint64_t timers = random() % 40; timers > 0; --timers) schedule(furthest);
      const bool looks_ahead = !reference.empty() && random() % 2 == 0;
      if (looks_ahead) {
        ASSERT_EQ(calendar.next().due, reference.next_due());
      }
      const std::uint64_t near = furthest >> (random() % 10);
      for (std::uint64_t burst = random() % 120; burst > 0; --burst) schedule(near);
      for (std::uint64_t left = random() % 50; calendar.size() > left;) {
        ASSERT_EQ(calendar.pop(), reference.pop()) << "seed " << seed << ", wave " << wave;
      }
    }
  }
}

TEST(Calendar, ShowsWhatIsPendingInTheOrderInWhichItComes) {
  Calendar<Event> calendar;
  calendar.schedule({at(2), 20, 0});
  calendar.schedule({at(1), 10, 0});
  calendar.schedule({at(2), 21, 0});

  std::vector<std::uint64_t> pending;
  calendar.for_each_pending([&](const Event& event) { pending.push_back(event.name); });

  EXPECT_THAT(pending, ElementsAre(10, 20, 21));
  EXPECT_EQ(calendar.next().name, 10U);
  EXPECT_EQ(calendar.size(), 3U) << "to look is not to take";
}

}  // namespace
}  // namespace kafault
