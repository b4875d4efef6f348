#include "sim/scenario/combination_reader.hpp"

#include <algorithm>

#include "sim/scenario/cluster_reader.hpp"
#include "sim/scenario/faults_reader.hpp"
#include "sim/scenario/version_reader.hpp"
#include "sim/scenario/workload_reader.hpp"

namespace kafault {
namespace {

constexpr std::int64_t most_runs = 1'000'000;

void read_seed(const Cursor& root, std::uint64_t& seed) {
  const std::optional<Cursor> cursor = root.find("seed");
  if (!cursor) return;
  if (cursor->json().is_number_unsigned()) {
    seed = cursor->json().get<std::uint64_t>();
  } else {
    integer_at(*cursor, 0, INT64_MAX);  // says what is wrong
  }
}

// Whether a topic is ever like that: from the start, or after an operator's change.
template <class Predicate>
bool any_topic(const ClusterPlan& plan, Predicate&& is_like_that) {
  return std::any_of(plan.topics.begin(), plan.topics.end() - 1, is_like_that) ||
         std::any_of(plan.config_changes.begin(), plan.config_changes.end(),
                     [&](const TopicConfigChange& change) {
                       TopicConfig changed = plan.topics[static_cast<std::size_t>(change.topic())];
                       change.apply_to(changed);
                       return is_like_that(changed);
                     });
}

// What can happen in the logs of this run: what cannot costs nothing.
void decide_storage(ClusterPlan& plan) {
  Duration oldest{};  // timestamp that a producer gives
  bool has_timestamps = false;
  for (const ProducerPlan& producer : plan.producers) {
    oldest = std::max(oldest, -producer.sends.timestamp_shift);
    has_timestamps |= producer.sends.timestamp_shift != Duration{};
  }
  const Duration longest = plan.horizon + plan.settle_limit + oldest;
  plan.disk.deletes_segments = any_topic(plan, [&](const TopicConfig& topic) {
    return topic.oldest() < longest || topic.largest() >= 0;
  });
  const bool is_compacted =
      any_topic(plan, [](const TopicConfig& topic) { return topic.compacts(); });
  const bool has_delays =
      std::any_of(plan.groups.begin(), plan.groups.end(),
                  [](const GroupPlan& group) { return !group.outlet.delays.empty(); });
  plan.disk.reads_contents = has_timestamps || is_compacted || has_delays;
  plan.disk.compacts = is_compacted && plan.brokers.front().log_cleaner_enable;
}

// Whether a fault may strike at a single record of the group, so that its records must be handled
// one by one.
bool names_records_of(const FaultPlan& fault, const ClusterPlan& plan, GroupIndex group) {
  const bool is_moment_of_records =
      strikes_handling(fault.action) || is_about_handling(fault.when.event);
  const bool is_by_steps =
      fault.when.kind == Trigger::Kind::anywhere || fault.when.kind == Trigger::Kind::chance;
  const bool strikes_steps = is_by_steps && !strikes_messages(fault.action);
  if (!strikes_steps && !(fault.when.kind == Trigger::Kind::event && is_moment_of_records)) {
    return false;
  }
  const Target& whose = strikes_steps ? fault.target : fault.when.of;
  switch (whose.kind) {
    case Target::Kind::everyone:
    case Target::Kind::producer:
      return !strikes_steps || whose.kind == Target::Kind::everyone;
    case Target::Kind::group:
      return whose.index == group;
    case Target::Kind::member:
      return whose.index >= plan.node_of_member(group, 0) &&
             whose.index < plan.node_of_member(group + 1, 0);
    default:
      return false;
  }
}

}  // namespace

void read_combination(const Cursor& root, Combination& combination) {
  if (!check_object(root, scenario_format)) return;
  const VersionReader versions(root);
  ClusterPlan& plan = combination.plan;
  read_cluster(root, versions.brokers(), plan);
  const auto refused_producer = read_producers(root, versions, plan);
  const auto refused_consumer = read_groups(root, versions, plan);
  combination.config_exception = refused_producer ? refused_producer : refused_consumer;

  const JoiningMembers joining = add_joining_members(root, plan);
  Faults faults = read_faults(root, plan, joining);
  combination.faults = std::move(faults.plans);
  combination.nothing_to_strike = std::move(faults.nothing_to_strike);
  plan.disk.may_lose_power =
      std::any_of(combination.faults.begin(), combination.faults.end(), [](const FaultPlan& fault) {
        return fault.action == Action::power_loss || fault.action == Action::corrupt_log;
      });
  for (std::size_t g = 0; g < plan.groups.size(); ++g) {
    const auto group = static_cast<GroupIndex>(g);
    const auto any_fault = [&](auto&& is_meant) {
      return std::any_of(combination.faults.begin(), combination.faults.end(), is_meant);
    };
    GroupPlan& made = plan.groups[g];
    made.sinks_together.may_fail_over = any_fault([&](const FaultPlan& fault) {
      return fault.action == Action::sink_failover && fault.target.index == group;
    });
    const bool keeps_sums =
        std::any_of(made.sinks.begin(), made.sinks.end(),
                    [](const SinkPlan& sink) { return sink.kind == SinkKind::read_then_write; });
    if (made.sinks_together.may_fail_over && keeps_sums) {
      root.find("faults")->mistake("sink_failover is not modelled for sink \"read_then_write\"");
    }
    made.application.record_by_record |=
        made.sinks_together.may_fail_over ||
        any_fault([&](const FaultPlan& fault) { return names_records_of(fault, plan, group); });
  }

  read_seed(root, combination.seed);
  read_integer(root, "runs", combination.runs, 1, most_runs);
  read_duration(root, "horizon", plan.horizon, std::chrono::milliseconds(1));
  decide_storage(plan);
}

}  // namespace kafault
