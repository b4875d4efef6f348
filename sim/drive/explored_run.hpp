// A run as an exploration sees it: at every moment there are misfortunes that could strike, it can
// be copied, and two of them can be told apart by what matters to their futures.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "sim/drive/misfortunes.hpp"
#include "sim/drive/run.hpp"
#include "sim/kernel/fingerprint.hpp"
#include "sim/oracle/promise.hpp"

namespace kafault {

// The kinds of message that are polls, as bits.
inline constexpr std::uint64_t poll_kinds = [] {
  std::uint64_t bits = 0;
  for (unsigned kind = 0; kind < message_kinds; ++kind) {
    if (is_poll(static_cast<MessageKind>(kind))) bits |= std::uint64_t{1} << kind;
  }
  return bits;
}();

// What is explored: a plan on the lattice with everything that can happen under it. Outlives its
// runs and does not move.
struct ExplorationPlan {
  ExplorationPlan(const ClusterPlan& original, const std::vector<Misfortune>& misfortunes,
                  Duration tick, std::int64_t records);
  ExplorationPlan(const ExplorationPlan&) = delete;
  ExplorationPlan& operator=(const ExplorationPlan&) = delete;
  ~ExplorationPlan() = default;

  ClusterPlan plan;
  MishapList list;
  LedgerLayout layout;
  Duration rest;  // between two events so far apart the world rests
};

// What a run that is over has broken, as bits of Promise.
std::uint32_t broken_by(const Run& run);

class ExploredRun {
 public:
  explicit ExploredRun(const ExplorationPlan& plan);  // at its start

  // The contract of the explorer.
  std::size_t options() const { return option_count_; }
  void strike(std::size_t option);
  bool advance();
  std::uint64_t fingerprint();
  bool is_quiet() const { return is_quiet_; }
  bool is_resting() const {
    return run_.cluster().next_due() >= run_.cluster().now() + plan_->rest;
  }
  std::uint32_t broken() const { return broken_by(run_); }  // bits of Promise
  bool failed_send() const;  // once it is over: some record was not acknowledged

  const Mishap& mishap(std::size_t option) const { return plan_->list.mishaps[options_[option]]; }
  std::size_t fault(std::size_t option) const { return options_[option]; }
  const Run& run() const { return run_; }
  Run& run() { return run_; }

 private:
  void find_options();
  bool has_cost_a_disk() const;
  bool is_possible(const Mishap& mishap, NodeId actor);

  static constexpr std::size_t most_options = 32;

  const ExplorationPlan* plan_;
  Run run_;
  std::optional<Cluster::Delivery> next_;  // what comes with the next step, if a message does
  bool is_quiet_ = false;
  bool message_struck_ = false;  // the next message meets a misfortune already
  std::array<std::uint8_t, most_options> options_{};
  std::size_t option_count_ = 0;
  Fingerprint print_;
};

}  // namespace kafault
