// One run: a world, its fate, the faults that strike it and the oracles that watch it. A run is a
// pure function of (plan, faults, seed): play, heal, drain, judge. A run can be copied between two
// events; the copy goes on by itself.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "sim/cluster/cluster.hpp"
#include "sim/fault/engine.hpp"
#include "sim/kernel/digest.hpp"
#include "sim/kernel/fate.hpp"
#include "sim/oracle/invariants.hpp"
#include "sim/oracle/ledger.hpp"
#include "sim/oracle/operations_watch.hpp"
#include "sim/oracle/trace.hpp"

namespace kafault {

class Run final : public Onlooker {
 public:
  enum class Phase : std::uint8_t { play, drain, done };

  // `plan` and `layout` must outlive the run and its copies.
  Run(const ClusterPlan& plan, const LedgerLayout& layout);
  Run(const Run& other);
  Run& operator=(const Run& other);
  ~Run() override = default;

  // Back to the start, with these faults (which must outlive the run).
  void reset(const std::vector<FaultPlan>& faults, std::uint64_t seed);
  // The same in a world that is kind throughout: no draw is ever made.
  void reset_kindly(const std::vector<FaultPlan>& faults);
  // Keeps everything that is observed from here on; nullptr: does not.
  void trace_into(Trace* trace) {
    trace_ = trace;
    is_watched_ = trace_ != nullptr || watches_operations_;
  }
  // From the next reset() on, each flow's result says what operators see, too.
  void watch_operations() { watches_operations_ = is_watched_ = true; }
  const OperationsWatch& operations() const { return operations_; }

  // One event, and the next phase when this one is over. False: the run is done.
  bool advance();
  void finish();
  // In the middle of a run: the same faults with other numbers (another `nth`).
  void replace_faults(const std::vector<FaultPlan>& faults) { faults_.replace_plans(faults); }

  // By hand, between two events (exploration): a fault of the list strikes now.
  void strike(std::size_t fault, NodeId node) { faults_.strike_now(fault, node, cluster_.now()); }
  // What of this run matters to what will be judged of it.
  void hash_into(Fingerprint& print) const;

  Phase phase() const { return phase_; }
  bool settled() const { return settled_; }
  std::uint64_t digest() const { return digest_.value(); }
  const Cluster& cluster() const { return cluster_; }
  Cluster& cluster() { return cluster_; }
  const FaultEngine& faults() const { return faults_; }
  // After the run: one result per flow; and what no Kafka could do (our bugs).
  const std::vector<FlowResult>& flows() const { return flows_; }
  const std::vector<Finding>& findings() const { return findings_; }
  const std::vector<std::string>& violations() const;

  void see(const Observation& observation, Instant now) override;
  void see(std::span<Observation> observations, std::span<const Noted> noted) override;
  Stroke on_message(MessageKind kind, NodeId from, NodeId to, bool received, Instant now) override {
    return faults_.on_message(kind, from, to, received, now);
  }
  void on_step(NodeId node, Instant now) override { faults_.on_step(node, now); }
  void on_alarm(std::uint32_t alarm, Instant now) override { faults_.on_alarm(alarm, now); }

 private:
  inline void hear(const Observation& observation, Instant now);
  inline void take_down(const Observation& observation, Instant now);
  inline void show_oracles(const Observation& observation, Instant now);
  void show_watchers(const Observation& observation, Instant now);
  void end_play(bool in_time);
  bool drain_on();
  bool drained() const;
  void judge();
  void judge_operations();
  void read_log(PartitionId partition);

  const LedgerLayout* layout_;
  Fate& fate();
  void begin(const std::vector<FaultPlan>& faults);

  SeededFate seeded_fate_;
  KindFate kind_fate_;
  bool is_kind_ = false;
  Cluster cluster_;
  FaultEngine faults_;
  Ledger ledger_;
  Invariants invariants_;
  Digest digest_;
  Trace* trace_ = nullptr;
  OperationsWatch operations_;
  bool watches_operations_ = false;
  bool is_watched_ = false;  // by either
  Phase phase_ = Phase::play;
  bool settled_ = false;
  Instant limit_ = never;  // when the phase ends whatever the state
  std::vector<FlowResult> flows_;
  std::vector<Finding> findings_;
};

}  // namespace kafault
