// A run as an exploration sees it, which survives our own bugs: one that breaks a contract or an
// invariant is over, and has broken a promise of its own. So the search goes on, and says with
// which misfortunes it happened.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "sim/drive/explored_run.hpp"

namespace kafault {

// No promise of Kafka's: the model did what no Kafka could do.
inline constexpr std::size_t our_bug = 31;
// Nor is this one, but what it costs to keep some of them: a send failed, or was never decided.
inline constexpr std::size_t failed_send = 30;
static_assert(promises <= failed_send);

class GuardedRun {
 public:
  explicit GuardedRun(const ExplorationPlan& plan) : run_(plan) {}

  // The contract of the explorer.
  std::size_t options() const { return is_broken() ? 0 : run_.options(); }
  void strike(std::size_t option);
  bool advance();
  std::uint64_t fingerprint();
  bool is_quiet() const { return !is_broken() && run_.is_quiet(); }
  bool is_resting() const { return is_broken() || run_.is_resting(); }
  std::uint32_t broken() const;  // bits of Promise, failed_send; or our_bug alone

  const ExploredRun& run() const { return run_; }
  const std::string& violation() const { return violation_; }

 private:
  bool is_broken() const { return !violation_.empty(); }
  template <class Step>
  void guard(Step&& step);

  ExploredRun run_;
  std::string violation_;  // what was broken; empty: nothing
};

}  // namespace kafault
