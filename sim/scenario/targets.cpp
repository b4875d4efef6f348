#include "sim/scenario/targets.hpp"

#include <array>

#include "sim/scenario/values.hpp"

namespace kafault {
namespace {

using Kind = Target::Kind;

struct KindName {
  std::string_view name;
  Kind kind;
  std::string_view example;
};
constexpr std::array<KindName, 10> kind_names{
    {{"broker", Kind::broker, "broker(2)"},
     {"leader", Kind::leader, "leader(orders-0)"},
     {"follower", Kind::follower, "follower(orders-0)"},
     {"controller", Kind::controller, "controller"},
     {"coordinator", Kind::coordinator, "coordinator(billing)"},
     {"producer", Kind::producer, "producer(shop)"},
     {"group", Kind::group, "group(billing)"},
     {"member", Kind::member, "member(billing-0)"},
     {"topic", Kind::topic, "topic(orders)"},
     {"partition", Kind::partition, "partition(orders-0)"}}};

// The index, or why there is none.
struct Found {
  std::int32_t index = -1;
  std::string missing;
};

template <class Things>
std::vector<std::string_view> names_in(const Things& things) {
  std::vector<std::string_view> names;
  for (const auto& thing : things) names.push_back(thing.name);
  return names;
}

template <class Things>
Found find_named(const Things& things, std::string_view name, std::string_view what) {
  for (std::size_t at = 0; at < things.size(); ++at) {
    if (things[at].name == name) return {static_cast<std::int32_t>(at), {}};
  }
  return {-1, "there is no " + std::string(what) + " " + in_quotes(name) +
                  did_you_mean(name, names_in(things))};
}

Found find_broker(const ClusterPlan& plan, std::string_view text) {
  const std::optional<std::int64_t> number = parse_integer(text);
  const std::int32_t brokers = plan.layout.brokers;
  if (number && *number >= 1 && *number <= brokers) return {static_cast<std::int32_t>(*number), {}};
  return {-1,
          "there is no broker " + std::string(text) + ": they are 1 to " + std::to_string(brokers)};
}

Found find_partition(const ClusterPlan& plan, std::string_view text) {
  const std::optional<Numbered> numbered = split_number(text);
  if (!numbered) {
    return {-1, in_quotes(text) + " is no partition: write the topic and a number, orders-0"};
  }
  const Found topic = find_named(plan.layout.topics, numbered->name, "topic");
  if (topic.index < 0) return topic;
  const auto& layout = plan.layout.topics[static_cast<std::size_t>(topic.index)];
  if (numbered->number < layout.partitions) {
    return {layout.first_partition + static_cast<std::int32_t>(numbered->number), {}};
  }
  return {-1, "topic " + in_quotes(layout.name) + " has " + std::to_string(layout.partitions) +
                  (layout.partitions == 1 ? " partition" : " partitions") + ", from 0"};
}

Found find_follower(const ClusterPlan& plan, std::string_view text) {
  const Found partition = find_partition(plan, text);
  if (partition.index < 0) return partition;
  const auto& layout = plan.layout.partitions[static_cast<std::size_t>(partition.index)];
  if (layout.replicas.size() > 1) return partition;
  return {-1, in_quotes(text) + " has one replica, so no follower"};
}

Found find_member(const ClusterPlan& plan, std::string_view name) {
  std::vector<std::string_view> names;
  for (std::size_t g = 0; g < plan.groups.size(); ++g) {
    const auto& members = plan.groups[g].members;
    for (std::size_t m = 0; m < members.size(); ++m) {
      if (members[m].name == name) {
        return {plan.node_of_member(static_cast<GroupIndex>(g), static_cast<std::int32_t>(m)), {}};
      }
      names.push_back(members[m].name);
    }
  }
  return {-1, "there is no member " + in_quotes(name) + did_you_mean(name, names)};
}

Found find(Kind kind, std::string_view name, const ClusterPlan& plan) {
  switch (kind) {
    case Kind::broker:
      return find_broker(plan, name);
    case Kind::leader:
    case Kind::partition:
      return find_partition(plan, name);
    case Kind::follower:
      return find_follower(plan, name);
    case Kind::coordinator:
    case Kind::group:
      return find_named(plan.groups, name, "group");
    case Kind::producer:
      return find_named(plan.producers, name, "producer");
    case Kind::member:
      return find_member(plan, name);
    case Kind::topic:
      return find_named(plan.layout.topics, name, "topic");
    case Kind::controller:
    case Kind::everyone:
      break;
  }
  return {};
}

// A bare name: of a producer, a group or a member, whichever has it.
ReadTarget read_bare(const Cursor& cursor, std::string_view name, const ClusterPlan& plan,
                     TargetKinds allowed) {
  std::optional<Target> target;
  std::string missing;
  for (const Kind kind : {Kind::producer, Kind::group, Kind::member}) {
    if ((allowed & only(kind)) == 0) continue;
    const Found found = find(kind, name, plan);
    if (found.index < 0) {
      if (missing.empty() || found.missing.find("did you mean") != std::string::npos) {
        missing = found.missing;
      }
      continue;
    }
    if (target) {
      cursor.mistake(in_quotes(name) + " is the name of several: write one of " +
                     list_of(examples_of(allowed & applications)));
      return {};
    }
    target = Target{kind, found.index};
  }
  if (target) {
    cursor.reading().found(cursor.path());
    return {target, false};
  }
  if (missing.find("did you mean") == std::string::npos) {
    missing = "names nothing here; write one of " + list_of(examples_of(allowed));
  }
  cursor.reading().missing(cursor.path(), in_quotes(name) + ": " + missing);
  return {std::nullopt, true};
}

}  // namespace

std::vector<std::string_view> examples_of(TargetKinds allowed) {
  std::vector<std::string_view> examples;
  for (const KindName& kind : kind_names) {
    if ((allowed & only(kind.kind)) != 0) examples.push_back(kind.example);
  }
  return examples;
}

std::optional<TargetText> parse_target(std::string_view text) {
  const std::size_t open = text.find('(');
  if (open == std::string_view::npos) {
    if (text.find(')') != std::string_view::npos) return std::nullopt;
    return TargetText{{}, text};
  }
  if (text.find(')') != text.size() - 1) return std::nullopt;
  return TargetText{text.substr(0, open), text.substr(open + 1, text.size() - open - 2)};
}

std::optional<Numbered> split_number(std::string_view text) {
  const std::size_t dash = text.rfind('-');
  if (dash == std::string_view::npos || dash + 1 == text.size()) return std::nullopt;
  const std::string_view digits = text.substr(dash + 1);
  if (digits.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
  if (digits.size() > 1 && digits.front() == '0') return std::nullopt;
  const std::optional<std::int64_t> number = parse_integer(digits);
  if (!number) return std::nullopt;
  return Numbered{text.substr(0, dash), *number};
}

ReadTarget read_target(const Cursor& cursor, const ClusterPlan& plan, TargetKinds allowed) {
  const std::optional<std::string> text = text_at(cursor);
  if (!text) return {};
  const std::optional<TargetText> parsed = parse_target(*text);
  if (!parsed) {
    cursor.mistake(in_quotes(*text) + " is no target: write one of " +
                   list_of(examples_of(allowed)));
    return {};
  }
  const bool is_bare = parsed->kind.empty();
  std::vector<std::string_view> names;
  for (const KindName& known : kind_names) {
    names.push_back(known.name);
    const bool named = is_bare ? known.kind == Kind::controller && parsed->name == known.name
                               : known.kind != Kind::controller && parsed->kind == known.name;
    if (!named) continue;
    if ((allowed & only(known.kind)) == 0) {
      cursor.mistake(in_quotes(*text) + " cannot be meant here; write one of " +
                     list_of(examples_of(allowed)));
      return {};
    }
    if (known.kind == Kind::controller) return {Target{Kind::controller, controller_node}, false};
    const Found found = find(known.kind, parsed->name, plan);
    if (found.index >= 0) {
      cursor.reading().found(cursor.path());
      return {Target{known.kind, found.index}, false};
    }
    cursor.reading().missing(cursor.path(), in_quotes(*text) + ": " + found.missing);
    return {std::nullopt, true};
  }
  if (is_bare) return read_bare(cursor, parsed->name, plan, allowed);
  cursor.mistake(in_quotes(*text) + " is no target" + did_you_mean(parsed->kind, names) +
                 "; write one of " + list_of(examples_of(allowed)));
  return {};
}

std::vector<Target> read_rack(const Cursor& cursor, const ClusterPlan& plan) {
  const std::string& text = cursor.json().get_ref<const std::string&>();
  const std::optional<TargetText> parsed = parse_target(text);
  std::vector<Target> brokers;
  for (std::size_t i = 0; parsed && i < plan.racks.size(); ++i) {
    if (plan.racks[i] != parsed->name) continue;
    brokers.push_back({Kind::broker, static_cast<std::int32_t>(i) + 1});
  }
  if (brokers.empty()) {
    const std::vector<std::string_view> racks(plan.racks.begin(), plan.racks.end());
    cursor.reading().missing(cursor.path(), in_quotes(text) + ": no broker stands there" +
                                                (parsed ? did_you_mean(parsed->name, racks) : ""));
  } else {
    cursor.reading().found(cursor.path());
  }
  return brokers;
}

TargetKinds targets_of(Action action) {
  switch (action) {
    case Action::drop_connection:
    case Action::swallow:
    case Action::delay:
    case Action::rolling_restart:
      return 0;
    case Action::crash:
    case Action::pause:
    case Action::isolate:
    case Action::slow:
      return processes;
    case Action::power_loss:
    case Action::replace_disk:
    case Action::fill_disk:
    case Action::stall_disk:
    case Action::slow_disk:
    case Action::corrupt_log:
      return broker_kinds;
    case Action::delete_records:
      return only(Target::Kind::partition);
    case Action::reassign:
      return only(Target::Kind::partition);
    case Action::add_partitions:
    case Action::recreate_topic:
    case Action::change_config:
      return only(Target::Kind::topic);
    case Action::elect:
      return only(Target::Kind::topic) | only(Target::Kind::partition);
    case Action::shut_down:
      return processes & ~only(Target::Kind::controller);
    case Action::join:
    case Action::fail_handling:
    case Action::fail_after_effect:
    case Action::slow_handling:
    case Action::fail_batch_write:
      return only(Target::Kind::member) | only(Target::Kind::group);
    case Action::leave:
    case Action::unsubscribe:
      return only(Target::Kind::member);
    case Action::reset_offsets:
    case Action::sink_down:
    case Action::sink_slow:
    case Action::sink_failover:
      return only(Target::Kind::group);
  }
  return 0;
}

bool strikes_processes(Action action) {
  switch (action) {
    case Action::crash:
    case Action::power_loss:
    case Action::replace_disk:
    case Action::fill_disk:
    case Action::stall_disk:
    case Action::slow_disk:
    case Action::corrupt_log:
    case Action::pause:
    case Action::shut_down:
    case Action::isolate:
    case Action::slow:
      return true;
    default:
      return false;
  }
}

}  // namespace kafault
