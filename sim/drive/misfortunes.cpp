#include "sim/drive/misfortunes.hpp"

#include <algorithm>
#include <string>

namespace kafault {
namespace {

constexpr Duration margin = std::chrono::seconds(1);

struct Builder {
  ClusterPlan& plan;
  MishapList list;

  void add(Misfortune misfortune, NodeId node, NodeId target, Action action, Duration lasts) {
    FaultPlan fault;
    fault.when.kind = Trigger::Kind::by_hand;
    fault.name = spell(misfortune);
    fault.action = action;
    fault.target = {target_kind(target), target};
    if (fault.target.kind == Target::Kind::producer) {
      fault.target.index = target - plan.node_of_producer(0);
    }
    fault.lasts = lasts;
    fault.ends_on = margin;  // so that it does not matter when exactly it began
    list.faults.push_back(fault);
    list.mishaps.push_back({misfortune, node, target, false, {}});
  }
  void add_message(Misfortune misfortune, bool on_requests, Action action, Stroke stroke) {
    FaultPlan fault;
    fault.when.kind = Trigger::Kind::by_hand;
    fault.name = spell(misfortune);
    fault.action = action;
    fault.by = stroke.by;
    list.faults.push_back(fault);
    list.mishaps.push_back({misfortune, no_node, no_node, on_requests, stroke});
  }
  Target::Kind target_kind(NodeId node) const {
    if (node <= plan.layout.brokers) return Target::Kind::broker;
    return node < plan.node_of_member(0, 0) ? Target::Kind::producer : Target::Kind::member;
  }

  void brokers(Misfortune misfortune, Action action) {
    for (NodeId broker = 1; broker <= plan.layout.brokers; ++broker) {
      const BrokerConfig& config = plan.brokers[static_cast<std::size_t>(broker) - 1];
      add(misfortune, broker, broker, action, 2 * config.broker_session_timeout + margin);
    }
  }
  void members(Misfortune misfortune, Action action) {
    for (GroupIndex g = 0; g < static_cast<GroupIndex>(plan.groups.size()); ++g) {
      const std::vector<MemberPlan>& all = plan.groups[static_cast<std::size_t>(g)].members;
      for (std::size_t m = 0; m < all.size(); ++m) {
        const NodeId node = plan.node_of_member(g, static_cast<std::int32_t>(m));
        const Duration lasts =
            action == Action::leave ? forever : all[m].config.session_timeout + margin;
        add(misfortune, node, node, action, lasts);
      }
    }
  }
  // After a step of any of those who are there from the beginning, the one more joins.
  void rebalances() {
    for (GroupIndex g = 0; g < static_cast<GroupIndex>(plan.groups.size()); ++g) {
      const auto& all = plan.groups[static_cast<std::size_t>(g)].members;
      const auto last = static_cast<std::int32_t>(all.size()) - 1;
      if (last < 1 || !all.back().joins_by_fault) continue;
      for (std::int32_t m = 0; m < last; ++m) {
        add(Misfortune::rebalance, plan.node_of_member(g, m), plan.node_of_member(g, last),
            Action::join, forever);
      }
    }
  }
  void producers() {
    for (std::size_t p = 0; p < plan.producers.size(); ++p) {
      const NodeId node = plan.node_of_producer(static_cast<ProducerIndex>(p));
      add(Misfortune::producer_crash, node, node, Action::crash, margin);
    }
  }

  // Longer than any client waits for an answer.
  Duration late() const {
    Duration longest{};
    for (const ProducerPlan& producer : plan.producers) {
      longest = std::max(longest, producer.config.request_timeout);
    }
    for (const GroupPlan& group : plan.groups) {
      if (group.outlet.exists()) longest = std::max(longest, group.outlet.config.request_timeout);
      for (const MemberPlan& member : group.members) {
        longest = std::max(longest, member.config.request_timeout);
      }
    }
    return longest + margin;
  }
};

void add_joining_members(ClusterPlan& plan) {
  for (GroupPlan& group : plan.groups) {
    if (group.members.empty() || group.members.back().joins_by_fault) continue;
    MemberPlan member = group.members.front();
    member.name = group.name + "-" + std::to_string(group.members.size());
    member.joins_by_fault = true;
    group.members.push_back(member);
  }
}

}  // namespace

MishapList mishaps_of(ClusterPlan& plan, const std::vector<Misfortune>& misfortunes) {
  const auto wanted = [&](Misfortune misfortune) {
    return std::find(misfortunes.begin(), misfortunes.end(), misfortune) != misfortunes.end();
  };
  if (wanted(Misfortune::rebalance)) add_joining_members(plan);
  plan.disk.may_lose_power |= wanted(Misfortune::power_loss);
  Builder build{plan, {}};
  using Kind = Stroke::Kind;
  for (const auto& [name, misfortune] : Spellings<Misfortune>::all) {
    if (!wanted(misfortune)) continue;
    switch (misfortune) {
      case Misfortune::lost_request:
      case Misfortune::lost_ack:
        build.add_message(misfortune, misfortune == Misfortune::lost_request,
                          Action::drop_connection, {Kind::drop_connection, {}});
        break;
      case Misfortune::silent_request:
      case Misfortune::silent_ack:
        build.add_message(misfortune, misfortune == Misfortune::silent_request, Action::swallow,
                          {Kind::swallow, {}});
        break;
      case Misfortune::late_request:
      case Misfortune::late_ack:
        build.add_message(misfortune, misfortune == Misfortune::late_request, Action::delay,
                          {Kind::delay, build.late()});
        break;
      case Misfortune::power_loss:
        build.brokers(misfortune, Action::power_loss);
        break;
      case Misfortune::replace_disk:
        build.brokers(misfortune, Action::replace_disk);
        break;
      case Misfortune::crash:
        build.brokers(misfortune, Action::crash);
        break;
      case Misfortune::pause:
        build.brokers(misfortune, Action::pause);
        break;
      case Misfortune::isolate:
        build.brokers(misfortune, Action::isolate);
        break;
      case Misfortune::shut_down:
        build.brokers(misfortune, Action::shut_down);
        break;
      case Misfortune::rebalance:
        build.rebalances();
        break;
      case Misfortune::leave:
        build.members(misfortune, Action::leave);
        break;
      case Misfortune::consumer_crash:
        build.members(misfortune, Action::crash);
        break;
      case Misfortune::consumer_pause:
        build.members(misfortune, Action::pause);
        break;
      case Misfortune::producer_crash:
        build.producers();
        break;
    }
  }
  return std::move(build.list);
}

}  // namespace kafault
