#include "sim/drive/explored_run.hpp"

#include <algorithm>

#include "sim/drive/combination_runner.hpp"
#include "sim/drive/lattice.hpp"
#include "sim/kernel/contract.hpp"

namespace kafault {

ExplorationPlan::ExplorationPlan(const ClusterPlan& original,
                                 const std::vector<Misfortune>& misfortunes, Duration tick,
                                 std::int64_t records)
    : plan(on_lattice(original, tick, records)), rest(10 * tick) {
  list = mishaps_of(plan, misfortunes);
  layout = ledger_layout(plan);
}

ExploredRun::ExploredRun(const ExplorationPlan& plan) : plan_(&plan), run_(plan.plan, plan.layout) {
  run_.reset_kindly(plan.list.faults);
  run_.cluster().stop_at_notes();
  find_options();
}

bool ExploredRun::advance() {
  if (run_.phase() == Run::Phase::done) return false;
  Cluster& cluster = run_.cluster();
  const bool polled = !cluster.is_interrupted() && (!next_ || is_poll(next_->kind));
  const std::uint64_t noted = run_.digest();
  cluster.take_sent_kinds();
  run_.advance();
  is_quiet_ = polled && !message_struck_ && noted == run_.digest() &&
              (cluster.take_sent_kinds() & ~poll_kinds) == 0 && !cluster.is_interrupted() &&
              run_.phase() != Run::Phase::done && !cluster.next_brings_news();
  message_struck_ = false;
  find_options();
  return true;
}

// At a quiet moment there are none, which saves most of the work: most moments are.
void ExploredRun::find_options() {
  option_count_ = 0;
  next_ = run_.cluster().next_delivery();
  if (is_quiet_ || run_.phase() != Run::Phase::play) return;
  const NodeId actor = run_.cluster().last_actor();
  for (std::size_t i = 0; i < plan_->list.mishaps.size(); ++i) {
    const Mishap& mishap = plan_->list.mishaps[i];
    const bool possible = mishap.node == no_node ? next_ && !message_struck_ &&
                                                       mishap.on_requests == is_request(next_->kind)
                                                 : is_possible(mishap, actor);
    if (!possible) continue;
    KAFAULT_REQUIRE(option_count_ < most_options);
    options_[option_count_++] = static_cast<std::uint8_t>(i);
  }
}

// A process is struck just after something it did: between two of its steps nothing else about it
// changes.
// Machines fail one by one: several that fail together are a fault of a scenario.
bool ExploredRun::has_cost_a_disk() const {
  for (std::size_t i = 0; i < plan_->list.mishaps.size(); ++i) {
    if (costs_a_disk(plan_->list.mishaps[i].misfortune) && run_.faults().strikes(i) > 0) {
      return true;
    }
  }
  return false;
}

bool ExploredRun::is_possible(const Mishap& mishap, NodeId actor) {
  if (mishap.node != actor) return false;
  const Process& target = run_.cluster().process(mishap.target);
  if (mishap.misfortune == Misfortune::rebalance) return target.incarnation == 0;
  if (costs_a_disk(mishap.misfortune) && has_cost_a_disk()) return false;
  if (run_.faults().lasts(static_cast<std::size_t>(&mishap - plan_->list.mishaps.data()))) {
    return false;
  }
  return target.state == Process::State::running;
}

void ExploredRun::strike(std::size_t option) {
  const Mishap& mishap = this->mishap(option);
  run_.strike(fault(option), mishap.target);
  if (mishap.node == no_node) {
    run_.cluster().strike_next(mishap.stroke);
    message_struck_ = true;
  }
  is_quiet_ = false;
  find_options();
}

std::uint64_t ExploredRun::fingerprint() {
  print_.begin(run_.cluster().now());
  run_.hash_into(print_);
  // Where polls stand in their periods is left out, but not what can be struck next.
  print_.add(run_.cluster().next_brings_news() ? static_cast<std::uint64_t>(next_->kind) + 1 : 0);
  return print_.value();
}

std::uint32_t broken_by(const Run& run) {
  if (!run.settled()) return 1U << static_cast<unsigned>(Promise::settles);
  std::uint32_t bits = 0;
  for (const FlowResult& flow : run.flows()) {
    for (const auto& [name, promise] : Spellings<Promise>::all) {
      if (breaks(promise, flow.counts)) bits |= 1U << static_cast<unsigned>(promise);
    }
  }
  return bits;
}

bool ExploredRun::failed_send() const {
  const std::vector<FlowResult>& flows = run_.flows();
  return std::any_of(flows.begin(), flows.end(), [](const FlowResult& flow) {
    return flow.counts.failed > 0 || flow.counts.unknown > 0;
  });
}

}  // namespace kafault
