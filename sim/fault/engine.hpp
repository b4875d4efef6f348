// Strikes: watches the world for the moments that a scenario's faults name, acts, and heals. It
// never decides what Kafka does about it.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/cluster/cluster.hpp"
#include "sim/fault/fault_plan.hpp"
#include "sim/kernel/fingerprint.hpp"

namespace kafault {

class FaultEngine {
 public:
  // Arms `faults` (which must outlive the engine) in a world that was just reset.
  void reset(const std::vector<FaultPlan>& faults, Cluster& world, Fate& fate);
  // After a fork: the same state, another world.
  void rebind(Cluster& world, Fate& fate) {
    world_ = &world;
    fate_ = &fate;
  }

  // The same faults with other numbers; what was counted so far stays.
  void replace_plans(const std::vector<FaultPlan>& faults) { plans_ = &faults; }

  void see(const Observation& observation, Instant now) {
    if (watches(observation.kind)) strike_at(observation, now);
  }
  Stroke on_message(MessageKind kind, NodeId from, NodeId to, bool received, Instant now);
  void on_step(NodeId node, Instant now);
  void on_alarm(std::uint32_t alarm, Instant now);

  // By hand: this fault strikes now, whatever it waited for. It may strike again when it has ended.
  void strike_now(std::size_t fault, NodeId node, Instant now);
  bool lasts(std::size_t fault) const { return states_[fault].active; }
  // Whose misfortune lasts; the times at which they end are alarms of the world.
  void hash_into(Fingerprint& print) const;

  // A fault waits for its time, or has a time at which it ends.
  bool waiting() const { return alarms_ != 0; }
  // Every fault that has not ended ends now; processes that died start again.
  void heal(Instant now);

  std::int64_t strikes(std::size_t fault) const { return states_[fault].strikes; }
  // How often the fault could have struck so far: matching messages, events or steps.
  std::int64_t opportunities(std::size_t fault) const { return states_[fault].seen; }
  bool watches_observations() const { return watched_events_ != 0; }

 private:
  struct State {
    std::int64_t seen = 0;  // opportunities since counting began
    std::int64_t strikes = 0;
    Instant counts_from{};          // `since`; never while it waits for another fault
    Instant strikes_until = never;  // times: "all" with `for`
    bool over = false;              // will not strike again
    bool active = false;            // its effect lasts
    NodeId watched = no_node;       // after whose events it may strike
    std::vector<NodeId> nodes;      // whom it struck
  };

  bool watches(ObservationKind kind) const {
    return (watched_events_ >> static_cast<unsigned>(kind) & 1U) != 0;
  }
  void strike_at(const Observation& observation, Instant now);
  void begin_counting(std::size_t fault, Instant now);
  bool counts(std::size_t fault, std::int64_t many, Instant now);
  bool matches(const Target& target, NodeId node) const;
  bool matches(const Target& of, const Observation& observation) const;
  void resolve(const FaultPlan& plan, NodeId noted_by, std::vector<NodeId>& nodes) const;
  NodeId resolve(const Target& target, NodeId noted_by) const;
  void resolve_members(GroupIndex group, std::vector<NodeId>& nodes) const;
  NodeId whose_steps(const FaultPlan& plan) const;
  void strike(std::size_t fault, NodeId noted_by, Instant now);
  void act(std::size_t fault, NodeId noted_by, Instant now);
  void ask_controller(const FaultPlan& plan, const std::vector<std::int32_t>& changes);
  void isolate(const FaultPlan& plan, NodeId target, bool begin);
  void end(std::size_t fault, Instant now);
  void set_alarm(std::uint32_t alarm, Instant at);

  const std::vector<FaultPlan>* plans_ = nullptr;
  Cluster* world_ = nullptr;
  Fate* fate_ = nullptr;
  std::vector<State> states_;
  Observation cause_;                 // what an event trigger is looking at
  std::uint64_t watched_events_ = 0;  // bits of ObservationKind
  std::int32_t alarms_ = 0;
};

// How many times an event trigger counts it: record events once per record.
std::int64_t opportunities_in(const Observation& observation);

// Whether what a fault waits for can happen at all under this plan: a produce answer cannot under
// acks=0, a commit cannot where nothing is ever committed.
bool can_strike(const FaultPlan& fault, const ClusterPlan& plan);

}  // namespace kafault
