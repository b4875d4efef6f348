// What a fault does when it strikes, and what ends it.
#include <algorithm>

#include "sim/fault/engine.hpp"
#include "sim/kernel/contract.hpp"

namespace kafault {

namespace {

Instant end_of(const FaultPlan& plan, Instant now) {
  const Instant end = now + plan.lasts;
  if (plan.ends_on <= Duration{}) return end;
  const Duration over = end.time_since_epoch() % plan.ends_on;
  return over == Duration{} ? end : end + (plan.ends_on - over);
}

}  // namespace

void FaultEngine::strike(std::size_t fault, NodeId noted_by, Instant now) {
  State& state = states_[fault];
  const FaultPlan& plan = (*plans_)[fault];
  const bool first = state.strikes++ == 0;
  const bool once_more = plan.times == all_times || state.strikes < plan.times;
  if (!once_more || strikes_handling(plan.action)) state.over = true;
  if ((first || plan.action == Action::rolling_restart) && plan.lasts < forever) {
    if (plan.times == all_times) state.strikes_until = now + plan.lasts;
    set_alarm(static_cast<std::uint32_t>(fault * 2 + 1), end_of(plan, now));
  }
  if (first) {
    for (std::size_t i = 0; i < plans_->size(); ++i) {
      if ((*plans_)[i].after == static_cast<std::int32_t>(fault)) begin_counting(i, now);
    }
  }
  world_->note(noted_by,
               {.kind = ObservationKind::FaultStruck, .value = static_cast<std::int64_t>(fault)});
  if (!strikes_messages(plan.action)) act(fault, noted_by, now);
}

void FaultEngine::act(std::size_t fault, NodeId noted_by, Instant) {
  const FaultPlan& plan = (*plans_)[fault];
  State& state = states_[fault];
  if (asks_controller(plan.action)) {
    state.active = plan.lasts < forever || plan.action == Action::recreate_topic;
    return ask_controller(plan, plan.changes);
  }
  if (plan.action == Action::reset_offsets) {
    return world_->reset_offsets(plan.target.index, plan.offsets);
  }
  resolve(plan, noted_by, state.nodes);
  state.active = true;
  for (const NodeId node : state.nodes) {
    switch (plan.action) {
      // Simplified: it halts when its disk is full, not when it next writes to it.
      case Action::fill_disk:
      case Action::crash:
        world_->crash(node);
        break;
      case Action::stall_disk:
        world_->stall_disk(node);
        break;
      case Action::slow_disk:
        world_->slow_disk(node, plan.by);
        break;
      case Action::corrupt_log:
        world_->corrupt_log(node);
        break;
      case Action::delete_records:
        world_->delete_records(plan.target.index, plan.before);
        break;
      case Action::power_loss:
        world_->lose_power(node);
        break;
      case Action::replace_disk:
        world_->replace_disk(node);
        break;
      case Action::pause:
        world_->pause(node);
        break;
      case Action::rolling_restart:
      case Action::shut_down:
        world_->shut_down(node);
        break;
      case Action::isolate:
        isolate(plan, node, true);
        break;
      case Action::slow:
        world_->set_slowness(node, plan.factor);
        break;
      case Action::join:
        world_->start(node);
        break;
      case Action::leave:
        world_->leave(node);
        break;
      case Action::unsubscribe:
        world_->unsubscribe(node);
        break;
      case Action::fail_handling:
        world_->member_at(noted_by).fail_handling(cause_.partition, cause_.offset, plan.times);
        break;
      case Action::fail_after_effect:
        world_->member_at(noted_by).fail_after_effect(cause_.partition, cause_.offset, plan.times);
        break;
      case Action::fail_batch_write:
        world_->member_at(noted_by).fail_batch_write(cause_.partition, cause_.offset, plan.times);
        break;
      case Action::sink_failover:
        if (node == state.nodes.front()) world_->fail_sinks_over(plan.target.index, plan.by);
        world_->member_at(node).set_sink_down(true);
        break;
      case Action::sink_down:
        world_->member_at(node).set_sink_down(true);
        break;
      case Action::sink_slow:
        world_->member_at(node).set_sink_slow(plan.by);
        break;
      case Action::slow_handling:
        world_->member_at(noted_by).slow_handling(cause_.partition, cause_.offset, plan.slow_by,
                                                  plan.factor);
        break;
      case Action::drop_connection:
      case Action::swallow:
      case Action::delay:
      case Action::change_config:
      case Action::elect:
      case Action::reassign:
      case Action::add_partitions:
      case Action::recreate_topic:
      case Action::reset_offsets:
        KAFAULT_REQUIRE(false);
    }
  }
}

// `changes`: what change_config does, or what undoes it.
void FaultEngine::ask_controller(const FaultPlan& plan, const std::vector<std::int32_t>& changes) {
  using enum OperatorRequest::Kind;
  if (plan.action == Action::change_config) {
    for (const std::int32_t change : changes) {
      world_->ask_controller({.kind = change_config, .change = change});
    }
    return;
  }
  if (plan.action == Action::reassign) {
    return world_->ask_controller({.kind = plan.cancels ? cancel_reassignment : reassign,
                                   .partition = plan.target.index,
                                   .replicas = plan.replicas});
  }
  if (plan.action == Action::add_partitions) {
    const auto topic = static_cast<std::size_t>(plan.target.index);
    const PartitionId first = world_->plan().layout.topics[topic].first_partition;
    return world_->ask_controller(
        {.kind = add_partitions, .partition = first + plan.partitions - 1});
  }
  if (plan.action == Action::recreate_topic) {
    return world_->ask_controller({.kind = delete_topic, .topic = plan.target.index});
  }
  const auto& partitions = world_->plan().layout.partitions;
  for (std::size_t i = 0; i < partitions.size(); ++i) {
    const auto partition = static_cast<PartitionId>(i);
    const Target& target = plan.target;
    if (target.kind == Target::Kind::partition && target.index != partition) continue;
    if (target.kind == Target::Kind::topic && target.index != partitions[i].topic) continue;
    const bool unclean = plan.election == ElectionType::unclean;
    world_->ask_controller(
        {.kind = unclean ? elect_unclean : elect_preferred, .partition = partition});
  }
}

void FaultEngine::isolate(const FaultPlan& plan, NodeId target, bool begin) {
  for (NodeId other = 0; other < world_->nodes(); ++other) {
    if (other == target) continue;
    const bool meant =
        plan.from.empty() || std::any_of(plan.from.begin(), plan.from.end(),
                                         [&](const Target& from) { return matches(from, other); });
    if (!meant) continue;
    if (plan.direction != Direction::in) {
      begin ? world_->block(target, other) : world_->unblock(target, other);
    }
    if (plan.direction != Direction::out) {
      begin ? world_->block(other, target) : world_->unblock(other, target);
    }
  }
}

void FaultEngine::end(std::size_t fault, Instant now) {
  State& state = states_[fault];
  if (!state.active) return;
  state.active = false;
  const FaultPlan& plan = (*plans_)[fault];
  if (plan.action == Action::change_config) ask_controller(plan, plan.undoing);
  if (plan.action == Action::recreate_topic) {
    using enum OperatorRequest::Kind;
    world_->ask_controller({.kind = create_topic, .topic = plan.target.index});
  }
  for (const NodeId node : state.nodes) {
    switch (plan.action) {
      case Action::crash:
      case Action::corrupt_log:
      case Action::replace_disk:
      case Action::fill_disk:
      case Action::rolling_restart:
      case Action::shut_down:
        world_->start(node);
        break;
      case Action::power_loss:
        world_->restore_power(node);
        break;
      case Action::stall_disk:
        world_->free_disk(node);
        break;
      case Action::slow_disk:
        world_->slow_disk(node, Duration{});
        break;
      case Action::pause:
        world_->resume(node);
        break;
      case Action::unsubscribe:
        world_->subscribe(node);
        break;
      case Action::isolate:
        isolate(plan, node, false);
        break;
      case Action::slow:
        world_->set_slowness(node, 1);
        break;
      case Action::sink_down:
      case Action::sink_failover:
        world_->member_at(node).set_sink_down(false);
        break;
      case Action::sink_slow:
        world_->member_at(node).set_sink_slow(Duration{});
        break;
      default:
        break;
    }
  }
  // The next broker, after a while.
  if (plan.action == Action::rolling_restart && !state.over) {
    set_alarm(static_cast<std::uint32_t>(fault * 2), now + plan.by);
  }
  world_->note(no_node,
               {.kind = ObservationKind::FaultEnded, .value = static_cast<std::int64_t>(fault)});
}

void FaultEngine::heal(Instant now) {
  for (std::size_t i = 0; i < plans_->size(); ++i) {
    states_[i].over = true;
    end(i, now);
  }
  // What died on the way (an application that a handler's exception closed) is started again by
  // whoever looks after it; a member that left was meant to leave.
  const auto left = [&](NodeId node) {
    for (std::size_t i = 0; i < plans_->size(); ++i) {
      const auto& nodes = states_[i].nodes;
      if ((*plans_)[i].action == Action::leave && states_[i].strikes > 0 &&
          std::find(nodes.begin(), nodes.end(), node) != nodes.end()) {
        return true;
      }
    }
    return false;
  };
  for (NodeId node = 0; node < world_->nodes(); ++node) {
    const Process& process = world_->process(node);
    const bool ended =
        process.kind == ProcessKind::member && process.done && process.incarnation > 0;
    // Whose identity another process has taken has been replaced on purpose.
    const bool is_replaced = ended && world_->member_at(node).was_replaced();
    if (ended && !left(node) && !is_replaced) world_->start(node);
  }
}

}  // namespace kafault
