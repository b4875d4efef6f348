// PHOLD, the hold model: N events pending, each one pops, draws a delay and pushes. The calendar
// against std::priority_queue, which needs a serial number to be first-in-first-out at equal times.

#include <benchmark/benchmark.h>

#include <cmath>
#include <cstdint>
#include <ctime>
#include <map>
#include <queue>
#include <string>
#include <vector>

#include "sim/kernel/calendar.hpp"
#include "sim/kernel/time.hpp"
#include "tests/bench/ratios.hpp"

namespace kafault::bench {
namespace {

struct Event {
  Instant due;
  std::uint32_t kind;
  std::uint32_t entity;
  std::uint64_t first;
  std::uint64_t second;  // the priority queue keeps its serial number here
};
static_assert(sizeof(Event) == 32);

class QueueCalendar {
 public:
  Instant now() const { return now_; }
  void schedule(Event event) {
    event.second = serial_++;
    queue_.push(event);
  }
  Event pop() {
    const Event event = queue_.top();
    queue_.pop();
    now_ = event.due;
    return event;
  }

 private:
  struct Later {
    bool operator()(const Event& a, const Event& b) const {
      return a.due != b.due ? a.due > b.due : a.second > b.second;
    }
  };
  Instant now_{};
  std::uint64_t serial_ = 0;
  std::priority_queue<Event, std::vector<Event>, Later> queue_;
};

// Exponential delays with a mean of one millisecond, drawn from a table of quantiles as in the
// simulator: drawing costs next to nothing, the calendar is what is measured.
class Delays {
 public:
  Delays() {
    for (std::size_t i = 0; i < quantiles.size(); ++i) {
      const double u = (static_cast<double>(i) + 0.5) / static_cast<double>(quantiles.size());
      quantiles[i] = static_cast<std::int64_t>(-std::log1p(-u) * 1e6);
    }
  }
  Duration next() {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 7;
    state_ ^= state_ << 17;
    const auto jitter = static_cast<std::int64_t>(state_ & 1023U);
    return Duration{quantiles[(state_ >> 40) % quantiles.size()] + jitter};
  }

 private:
  std::vector<std::int64_t> quantiles = std::vector<std::int64_t>(1024);
  std::uint64_t state_ = 0x9E3779B97F4A7C15U;
};

std::map<std::string, double>& nanoseconds() {
  static std::map<std::string, double> measured;
  return measured;
}

void report(const std::string& pending, double floor, double target) {
  const auto& measured = nanoseconds();
  const auto queue = measured.find("queue " + pending);
  const auto calendar = measured.find("calendar " + pending);
  if (queue == measured.end() || calendar == measured.end()) return;
  report_ratio({.what = "PHOLD N=" + pending + ", calendar against std::priority_queue",
                .measured = queue->second / calendar->second,
                .floor = floor,
                .target = target,
                .unit = "x"});
}

template <class Kernel>
void phold(benchmark::State& state, const std::string& name) {
  Kernel kernel;
  Delays delays;
  for (std::int64_t i = 0; i < state.range(0); ++i) {
    kernel.schedule(Event{Instant{delays.next()}, 0, static_cast<std::uint32_t>(i), 0, 0});
  }
  const auto hold = [&] {
    Event event = kernel.pop();
    event.due = kernel.now() + delays.next();
    kernel.schedule(event);
  };
  for (std::int64_t i = 0; i < 2 * state.range(0); ++i) hold();

  const std::clock_t start = std::clock();  // processor time: the neighbours' load is not ours
  for (auto step : state) {
    static_cast<void>(step);
    hold();
  }
  const double took = 1e9 * static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;

  state.SetItemsProcessed(state.iterations());
  const std::string pending =
      state.range(0) >= 1'000'000 ? "1M" : std::to_string(state.range(0) / 1000) + "k";
  const double each = took / static_cast<double>(state.iterations());
  nanoseconds()[name + " " + pending] = each;  // the last, longest trial counts
  report(pending, 1.3, 1.75);
}

void queue(benchmark::State& state) { phold<QueueCalendar>(state, "queue"); }
void calendar(benchmark::State& state) { phold<Calendar<Event>>(state, "calendar"); }

BENCHMARK(queue)->Name("phold/priority_queue")->Arg(1000)->Arg(100'000)->Arg(1'000'000);
BENCHMARK(calendar)->Name("phold/calendar")->Arg(1000)->Arg(100'000)->Arg(1'000'000);

}  // namespace
}  // namespace kafault::bench
