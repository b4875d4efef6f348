// How results name what the model knows by number.
#include "sim/drive/campaign.hpp"

namespace kafault {

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
