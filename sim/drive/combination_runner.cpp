#include "sim/drive/combination_runner.hpp"

#include <algorithm>
#include <limits>

#include "sim/kernel/contract.hpp"

namespace kafault {

namespace {

void add_outlets(const ClusterPlan& plan, LedgerLayout& layout) {
  for (GroupIndex g = 0; g < static_cast<GroupIndex>(plan.groups.size()); ++g) {
    const GroupPlan& group = plan.groups[static_cast<std::size_t>(g)];
    for (std::int32_t i = 0; i < ClusterPlan::outlets_in(group); ++i) {
      layout.records.push_back(0);
      layout.terms.push_back({group.outlet.config.acks == Acks::all, false});
      layout.outlets.push_back(g);
    }
  }
  if (layout.outlets.empty()) return;
  for (const GroupPlan& group : plan.groups) {
    for (const PartitionLayout& partition : plan.layout.partitions) {
      layout.reads.push_back(std::find(group.topics.begin(), group.topics.end(), partition.topic) !=
                             group.topics.end());
    }
  }
}

}  // namespace

LedgerLayout ledger_layout(const ClusterPlan& plan) {
  LedgerLayout layout;
  layout.cluster = &plan.layout;
  // Nobody promises that a retry is recognised by a broker that forgets its producer meanwhile.
  const bool may_be_forgotten =
      std::any_of(plan.brokers.begin(), plan.brokers.end(), [](const BrokerConfig& broker) {
        return broker.producer_id_expiration < BrokerConfig{}.producer_id_expiration;
      });
  for (const ProducerPlan& producer : plan.producers) {
    layout.records.push_back(producer.sends.records);
    const Duration oldest =
        plan.horizon + plan.settle_limit - std::min(producer.sends.timestamp_shift, Duration{});
    const bool is_out_of_date = producer.sends.timestamp_shift < Duration{} &&
                                oldest >= plan.brokers.front().producer_id_expiration;
    layout.terms.push_back(
        {producer.config.acks == Acks::all,
         producer.config.enable_idempotence && !may_be_forgotten && !is_out_of_date,
         producer.sends.outbox.exists});
  }
  for (const GroupPlan& group : plan.groups) {
    layout.sinks.push_back(static_cast<std::int32_t>(group.sinks.size()));
    layout.overshoots.push_back(group.application.commit == CommitStrategy::off_by_one_high);
  }
  add_outlets(plan, layout);
  layout.flows = flows_of(plan);
  return layout;
}

namespace {

bool possible(const std::vector<FaultPlan>& faults, std::size_t fault, const ClusterPlan& plan) {
  if (!can_strike(faults[fault], plan)) return false;
  const std::int32_t after = faults[fault].after;
  return after < 0 || possible(faults, static_cast<std::size_t>(after), plan);
}

}  // namespace

void Totals::add(const Run& run, bool missed_a_fault) {
  ++runs;
  if (!run.settled()) ++unsettled;
  if (missed_a_fault) ++missed;
  events += run.cluster().events();
  digest.add(run.digest());
  flows.resize(run.flows().size());
  for (std::size_t i = 0; i < flows.size(); ++i) {
    PerFlow& flow = flows[i];
    const FlowResult& result = run.flows()[i];
    flow.counts += result.counts;
    if (result.counts.lost > 0) ++flow.runs_lost;
    if (result.counts.duplicated > 0) ++flow.runs_duplicated;
    flow.worst_lost = std::max(flow.worst_lost, result.counts.lost);
    flow.worst_duplicated = std::max(flow.worst_duplicated, result.counts.duplicated);
    flow.ack_gap = std::max(flow.ack_gap, result.ack_gap);
    flow.handling_gap = std::max(flow.handling_gap, result.handling_gap);
    flow.operations += result.operations;
  }
  for (const std::string& violation : run.violations()) violations.push_back(violation);
}

void Totals::add(const Totals& other) {
  runs += other.runs;
  unsettled += other.unsettled;
  missed += other.missed;
  events += other.events;
  if (other.runs > 0) digest.add(other.digest.value());
  flows.resize(std::max(flows.size(), other.flows.size()));
  for (std::size_t i = 0; i < other.flows.size(); ++i) {
    PerFlow& flow = flows[i];
    const PerFlow& theirs = other.flows[i];
    flow.counts += theirs.counts;
    flow.runs_lost += theirs.runs_lost;
    flow.runs_duplicated += theirs.runs_duplicated;
    flow.worst_lost = std::max(flow.worst_lost, theirs.worst_lost);
    flow.worst_duplicated = std::max(flow.worst_duplicated, theirs.worst_duplicated);
    flow.ack_gap = std::max(flow.ack_gap, theirs.ack_gap);
    flow.handling_gap = std::max(flow.handling_gap, theirs.handling_gap);
    flow.operations += theirs.operations;
  }
  violations.insert(violations.end(), other.violations.begin(), other.violations.end());
}

CombinationRunner::CombinationRunner(const Combination& combination)
    : combination_(&combination),
      layout_(ledger_layout(combination.plan)),
      run_(combination.plan, layout_) {
  nothing_to_strike_ = !combination.nothing_to_strike.empty();
  for (std::size_t i = 0; i < combination.faults.size(); ++i) {
    const bool can = possible(combination.faults, i, combination.plan);
    can_strike_.push_back(can);
    if (!can) nothing_to_strike_ = true;
    if (combination.faults[i].when.kind == Trigger::Kind::anywhere) {
      anywhere_ = static_cast<std::int32_t>(i);
    }
  }
}

bool CombinationRunner::missed_a_fault(const Run& run) const {
  for (std::size_t i = 0; i < combination_->faults.size(); ++i) {
    const bool by_chance = combination_->faults[i].when.kind == Trigger::Kind::chance;
    if (can_strike_[i] && !by_chance && run.faults().strikes(i) == 0) return true;
  }
  return false;
}

Totals CombinationRunner::seeds(std::int64_t first, std::int64_t count,
                                const std::atomic<bool>* interrupted) {
  Totals totals;
  for (std::int64_t i = first; i < first + count; ++i) {
    if (interrupted != nullptr && interrupted->load(std::memory_order_relaxed)) break;
    const std::uint64_t seed = combination_->seed + static_cast<std::uint64_t>(i);
    try {
      run_.reset(combination_->faults, seed);
      run_.finish();
      totals.add(run_, missed_a_fault(run_));
    } catch (const ContractViolation& broken) {
      totals.violations.push_back("seed " + std::to_string(seed) + ": " + broken.what());
    }
  }
  return totals;
}

std::vector<FaultPlan> CombinationRunner::placed(std::int64_t placement) const {
  std::vector<FaultPlan> faults = combination_->faults;
  faults[static_cast<std::size_t>(anywhere_)].when.nth = placement;
  return faults;
}

Totals CombinationRunner::placements(const std::atomic<bool>* interrupted) {
  KAFAULT_REQUIRE(is_anywhere());
  const auto fault = static_cast<std::size_t>(anywhere_);
  const std::vector<FaultPlan> kind = placed(std::numeric_limits<std::int64_t>::max());
  Totals totals;
  try {
    run_.reset(kind, combination_->seed);
    Run before(run_);
    Run fork(run_);
    while (run_.phase() == Run::Phase::play) {
      if (interrupted != nullptr && interrupted->load(std::memory_order_relaxed)) break;
      before = run_;
      const std::int64_t seen = run_.faults().opportunities(fault);
      run_.advance();
      const std::int64_t seen_now = run_.faults().opportunities(fault);
      for (std::int64_t placement = seen + 1; placement <= seen_now; ++placement) {
        const std::vector<FaultPlan> faults = placed(placement);
        fork = before;
        fork.replace_faults(faults);
        fork.finish();
        KAFAULT_REQUIRE(fork.faults().strikes(fault) > 0);
        totals.add(fork, missed_a_fault(fork));
      }
    }
  } catch (const ContractViolation& broken) {
    totals.violations.push_back("placement " + std::to_string(totals.runs + 1) + ": " +
                                broken.what());
  }
  return totals;
}

}  // namespace kafault
