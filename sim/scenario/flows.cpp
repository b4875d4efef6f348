#include "sim/scenario/flows.hpp"

#include <algorithm>

namespace kafault {
namespace {

bool reads(const GroupPlan& group, std::int32_t topic) {
  return std::find(group.topics.begin(), group.topics.end(), topic) != group.topics.end();
}

}  // namespace

std::vector<Flow> flows_of(const ClusterPlan& plan) {
  std::vector<Flow> flows;
  for (std::size_t p = 0; p < plan.producers.size(); ++p) {
    const std::int32_t topic = plan.producers[p].sends.topic;
    bool is_read = false;
    for (std::size_t g = 0; g < plan.groups.size(); ++g) {
      const GroupPlan& group = plan.groups[g];
      if (!reads(group, topic)) continue;
      is_read = true;
      for (std::size_t s = 0; s < group.sinks.size(); ++s) {
        flows.push_back({static_cast<std::int32_t>(p), topic, static_cast<std::int32_t>(g),
                         static_cast<std::int32_t>(s), shows_repeats(group.sinks[s].kind)});
      }
    }
    if (!is_read) flows.push_back({static_cast<std::int32_t>(p), topic, -1, -1, true});
  }
  return flows;
}

std::string flow_name(const ClusterPlan& plan, const Flow& flow) {
  const auto writes = [&](const ProducerPlan& p) { return p.sends.topic == flow.topic; };
  std::string name;
  if (std::count_if(plan.producers.begin(), plan.producers.end(), writes) > 1) {
    name = plan.producers[static_cast<std::size_t>(flow.producer)].name + ">";
  }
  name += plan.layout.topics[static_cast<std::size_t>(flow.topic)].name;
  if (flow.group < 0) return name;
  const GroupPlan& group = plan.groups[static_cast<std::size_t>(flow.group)];
  name += ">" + group.name;
  if (flow.sink < 0) return name;
  return name + ">" + std::string(spell(group.sinks[static_cast<std::size_t>(flow.sink)].kind));
}

}  // namespace kafault
