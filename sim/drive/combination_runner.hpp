// All runs of one combination: its seeds, or the placements of its `"anywhere"` fault.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "sim/drive/run.hpp"
#include "sim/scenario/scenario.hpp"

namespace kafault {

// What some runs of one combination add up to; addition is associative, so that the runs can be
// shared out among threads.
struct Totals {
  struct PerFlow {
    Counts counts;
    std::int64_t runs_lost = 0;
    std::int64_t runs_duplicated = 0;
    std::int64_t worst_lost = 0;
    std::int64_t worst_duplicated = 0;
    Duration ack_gap{};
    Duration handling_gap{};
    Operations operations;
  };
  std::vector<PerFlow> flows;
  std::int64_t runs = 0;
  std::int64_t unsettled = 0;
  std::int64_t missed = 0;  // runs in which a fault could have struck and did not
  std::int64_t events = 0;
  Digest digest;
  std::vector<std::string> violations;

  void add(const Run& run, bool missed_a_fault);
  void add(const Totals& other);
};

class CombinationRunner {
 public:
  explicit CombinationRunner(const Combination& combination);
  // What operators see is wanted, too.
  void watch_operations() { run_.watch_operations(); }

  bool is_anywhere() const { return anywhere_ >= 0; }
  // Whether any fault's message or target cannot exist under these settings.
  bool nothing_to_strike() const { return nothing_to_strike_; }

  // The runs with seeds seed + first .. seed + first + count - 1.
  Totals seeds(std::int64_t first, std::int64_t count, const std::atomic<bool>* interrupted);
  // One run per placement of the `"anywhere"` fault: the kind run is forked before each event in
  // which the fault could strike.
  Totals placements(const std::atomic<bool>* interrupted);
  // The faults as they are with the `"anywhere"` fault at this placement (1, 2, ...).
  std::vector<FaultPlan> placed(std::int64_t placement) const;

  Run& run() { return run_; }
  std::uint64_t seed() const { return combination_->seed; }

 private:
  bool missed_a_fault(const Run& run) const;

  const Combination* combination_;
  LedgerLayout layout_;
  std::int32_t anywhere_ = -1;
  bool nothing_to_strike_ = false;
  std::vector<bool> can_strike_;
  Run run_;
};

LedgerLayout ledger_layout(const ClusterPlan& plan);

}  // namespace kafault
