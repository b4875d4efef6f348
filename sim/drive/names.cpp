// How results name what the model knows by number.
#include "sim/drive/campaign.hpp"

namespace kafault {

std::string name_of(const Flow& flow, const ClusterPlan& plan) {
  std::string name = plan.layout.topics[static_cast<std::size_t>(flow.topic)].name;
  if (plan.producers.size() > 1) {
    // Several producers may share a topic: then the flow begins with the producer's name.
    std::int32_t sharing = 0;
    for (const ProducerPlan& producer : plan.producers) {
      if (producer.sends.topic == flow.topic) ++sharing;
    }
    if (sharing > 1)
      name = plan.producers[static_cast<std::size_t>(flow.producer)].name + ">" + name;
  }
  if (flow.group >= 0) {
    const GroupPlan& group = plan.groups[static_cast<std::size_t>(flow.group)];
    name += ">" + group.name;
    if (flow.sink >= 0) {
      name += ">" + std::string(spell(group.sinks[static_cast<std::size_t>(flow.sink)]));
    }
  }
  return name;
}

std::string name_of_node(NodeId node, const ClusterPlan& plan) {
  if (node < 0) return "...";
  if (node == controller_node) return "controller";
  if (node <= plan.layout.brokers) return "broker " + std::to_string(node);
  const NodeId first_member = plan.node_of_member(0, 0);
  if (node < first_member) {
    return plan.producers[static_cast<std::size_t>(node - plan.node_of_producer(0))].name;
  }
  NodeId member = first_member;
  for (const GroupPlan& group : plan.groups) {
    for (const MemberPlan& m : group.members) {
      if (member++ == node) return m.name;
    }
  }
  return "node " + std::to_string(node);
}

}  // namespace kafault
