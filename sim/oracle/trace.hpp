// Everything that was observed in one run, with times: what `explain` makes stories of. Counting
// runs go without it.
#pragma once

#include <span>
#include <vector>

#include "sim/kernel/time.hpp"
#include "sim/protocol/observation.hpp"

namespace kafault {

class Trace {
 public:
  struct Entry {
    Instant at{};
    Observation what;
    friend bool operator==(const Entry&, const Entry&) = default;
  };

  void see(const Observation& observation, Instant now) { entries_.push_back({now, observation}); }
  void clear() { entries_.clear(); }
  std::span<const Entry> entries() const { return entries_; }

 private:
  std::vector<Entry> entries_;
};

}  // namespace kafault
