#include "sim/drive/fault_words.hpp"

#include "sim/drive/campaign.hpp"
#include "sim/scenario/values.hpp"

namespace kafault {
namespace {

std::string a_message(const FaultPlan& fault) {
  const std::string name = name_of(fault.when.message);
  const bool vowel = name.find_first_of("AEIO") == 0;
  return (vowel ? "an " : "a ") + name;
}

std::string isolation(const FaultPlan& fault, const ClusterPlan& plan, const std::string& whom) {
  std::string others;
  for (const Target& target : fault.from) {
    if (!others.empty()) others += " and ";
    others += words_for(target, plan);
  }
  if (others.empty()) others = "everyone";
  switch (fault.direction) {
    case Direction::both:
      return whom + " is cut off from " + others;
    case Direction::in:
      return whom + " hears nothing from " + others;
    case Direction::out:
      return whom + " does not reach " + others;
  }
  return whom;
}

}  // namespace

std::string words_for(const Target& target, const ClusterPlan& plan) {
  switch (target.kind) {
    case Target::Kind::everyone:
      return "everyone";
    case Target::Kind::broker:
      return "broker " + std::to_string(target.index);
    case Target::Kind::leader:
      return "the leader of " + plan.layout.name_of(target.index);
    case Target::Kind::follower:
      return "a follower of " + plan.layout.name_of(target.index);
    case Target::Kind::controller:
      return "the controller";
    case Target::Kind::coordinator:
      return "the coordinator of " + plan.groups[static_cast<std::size_t>(target.index)].name;
    case Target::Kind::producer:
      return plan.producers[static_cast<std::size_t>(target.index)].name;
    case Target::Kind::group:
      return plan.groups[static_cast<std::size_t>(target.index)].name;
    case Target::Kind::member:
      return name_of_node(target.index, plan);
    case Target::Kind::topic:
      return plan.layout.topics[static_cast<std::size_t>(target.index)].name;
    case Target::Kind::partition:
      return plan.layout.name_of(target.index);
  }
  return "...";
}

std::string words_for(const FaultPlan& fault, const ClusterPlan& plan, const std::string& struck) {
  const std::string whom = struck.empty() ? words_for(fault.target, plan) : struck;
  switch (fault.action) {
    case Action::drop_connection:
      return a_message(fault) + " is lost and its connection breaks";
    case Action::swallow:
      return a_message(fault) + " disappears; its connection stays";
    case Action::delay:
      return a_message(fault) + " comes " + text_of(fault.by) + " later";
    case Action::crash:
      return whom + " crashes";
    case Action::pause:
      return whom + " stops, and does not know";
    case Action::shut_down:
      return whom + " is told to shut down";
    case Action::isolate:
      return isolation(fault, plan, whom);
    case Action::slow:
      return whom + " works " + std::to_string(fault.factor) + " times slower";
    case Action::join:
      return whom + " is to join its group";
    case Action::leave:
      return whom + " is to leave its group";
    case Action::fail_handling:
      return "a handler throws";
    case Action::slow_handling:
      return "a handler takes " + (fault.slow_by > Duration{}
                                       ? text_of(fault.slow_by) + " longer"
                                       : std::to_string(fault.factor) + " times as long");
  }
  return fault.name;
}

}  // namespace kafault
