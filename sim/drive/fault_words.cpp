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

// `verb`: of whom it strikes, with what follows, for one or for several.
std::string isolation(const FaultPlan& fault, const ClusterPlan& plan, auto&& verb) {
  std::string others;
  for (const Target& target : fault.from) {
    if (!others.empty()) others += " and ";
    others += words_for(target, plan);
  }
  if (others.empty()) others = "everyone";
  switch (fault.direction) {
    case Direction::both:
      return verb("is cut off from ", "are cut off from ") + others;
    case Direction::in:
      return verb("hears nothing from ", "hear nothing from ") + others;
    case Direction::out:
      return verb("does not reach ", "do not reach ") + others;
  }
  return others;
}

std::string words_for(const OffsetsReset& reset) {
  switch (reset.to) {
    case OffsetsReset::To::earliest:
      return " to the beginning of the log";
    case OffsetsReset::To::latest:
      return " to the end of the log";
    case OffsetsReset::To::offset:
      return " to " + std::to_string(reset.value);
    case OffsetsReset::To::shift:
      return " by " + std::to_string(reset.value);
  }
  return {};
}

// "broker 1", "broker 1 and broker 2", "broker 1, broker 2 and broker 3".
std::string all_of(const FaultPlan& fault, const ClusterPlan& plan) {
  std::string text = words_for(fault.target, plan);
  for (std::size_t i = 0; i < fault.others.size(); ++i) {
    text += (i + 1 == fault.others.size() ? " and " : ", ") + words_for(fault.others[i], plan);
  }
  return text;
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
  const bool one = fault.others.empty();
  const std::string whom = struck.empty() || !one ? all_of(fault, plan) : struck;
  const auto verb = [&](const char* singular, const char* plural) {
    return whom + " " + (one ? singular : plural);
  };
  switch (fault.action) {
    case Action::drop_connection:
      return a_message(fault) + " is lost and its connection breaks";
    case Action::swallow:
      return a_message(fault) + " disappears; its connection stays";
    case Action::delay:
      return a_message(fault) + " comes " + text_of(fault.by) + " later";
    case Action::crash:
      return verb("crashes", "crash");
    case Action::power_loss:
      return verb("loses power: what was not on disk is gone",
                  "lose power: what was not on disk is gone");
    case Action::replace_disk:
      return verb("gets an empty disk", "get empty disks");
    case Action::fill_disk:
      return verb("has no room left on its only disk, and halts",
                  "have no room left on their only disks, and halt");
    case Action::stall_disk:
      return verb("writes nothing any more: its disk hangs; its heartbeats go on",
                  "write nothing any more: their disks hang; their heartbeats go on");
    case Action::slow_disk:
      return verb("takes", "take") + " " + text_of(fault.by) + " longer for every write";
    case Action::corrupt_log:
      return verb("dies, and its log is cut at a batch that fails its CRC",
                  "die, and their logs are cut at batches that fail their CRC");
    case Action::delete_records:
      return "an operator deletes the records of " + words_for(fault.target, plan) +
             (fault.before == no_offset ? "" : " below offset " + std::to_string(fault.before));
    case Action::change_config:
      return "an operator sets " + fault.settings +
             (fault.target.kind == Target::Kind::topic ? " for " + words_for(fault.target, plan)
                                                       : " for all topics");
    case Action::elect: {
      const std::string whose = fault.target.kind == Target::Kind::everyone
                                    ? "every partition"
                                    : words_for(fault.target, plan);
      return fault.election == ElectionType::unclean
                 ? "an operator has any replica of " + whose + " elected where nobody leads"
                 : "an operator has the preferred leader of " + whose + " elected";
    }
    case Action::reassign: {
      const std::string whose = words_for(fault.target, plan);
      if (fault.cancels) return "an operator calls off the reassignment of " + whose;
      std::string brokers;
      for (const NodeId replica : fault.replicas) {
        brokers += (brokers.empty() ? "" : ", ") + std::to_string(replica);
      }
      return "an operator has " + whose + " moved to brokers " + brokers;
    }
    case Action::add_partitions:
      return "an operator has " + words_for(fault.target, plan) + " grow to " +
             std::to_string(fault.partitions) + " partitions";
    case Action::recreate_topic:
      return "an operator deletes " + words_for(fault.target, plan) +
             ", to create it anew under its name";
    case Action::reset_offsets:
      return "an operator resets the offsets of " + words_for(fault.target, plan) +
             words_for(fault.offsets);
    case Action::rolling_restart:
      return struck.empty() ? "every broker is restarted, one after the other"
                            : struck + " is told to shut down, in its turn";
    case Action::pause:
      return verb("stops, and does not know", "stop, and do not know");
    case Action::shut_down:
      return verb("is told to shut down", "are told to shut down");
    case Action::isolate:
      return isolation(fault, plan, verb);
    case Action::slow:
      return verb("works", "work") + " " + std::to_string(fault.factor) + " times slower";
    case Action::join:
      return whom + " is to join its group";
    case Action::leave:
      return whom + " is to leave its group";
    case Action::unsubscribe:
      return whom + " unsubscribes, and stays";
    case Action::fail_handling:
      return "a handler throws";
    case Action::fail_after_effect:
      return "a handler throws after the sink has applied its record";
    case Action::sink_down:
      return "the sink of " + words_for(fault.target, plan) + " is unavailable";
    case Action::fail_batch_write:
      return "the sink takes a batch up to a record, and not that one";
    case Action::sink_slow:
      return "every write to the sink of " + words_for(fault.target, plan) + " takes " +
             text_of(fault.by) + " longer";
    case Action::sink_failover:
      return "the sink of " + words_for(fault.target, plan) +
             " fails over to a replica that has nothing of the last " + text_of(fault.by);
    case Action::slow_handling:
      return "a handler takes " + (fault.slow_by > Duration{}
                                       ? text_of(fault.slow_by) + " longer"
                                       : std::to_string(fault.factor) + " times as long");
  }
  return fault.name;
}

}  // namespace kafault
