#include "sim/scenario/faults_reader.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "sim/scenario/operator_reader.hpp"
#include "sim/scenario/targets.hpp"
#include "sim/scenario/trigger_reader.hpp"
#include "sim/scenario/values.hpp"
#include "sim/scenario/workload_reader.hpp"

namespace kafault {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t most_faults = 1000;
constexpr std::int64_t most_times = 1'000'000'000;
constexpr std::array later_actions{"expire_offsets"sv};

// The list under `faults`, if it is one.
std::optional<Cursor> fault_list(const Cursor& root) {
  const std::optional<Cursor> list = root.find("faults");
  if (!list || !list->json().is_array()) return std::nullopt;
  return list;
}

// The text of the target of a `join`, if that is what stands there.
const std::string* join_target(const Json& fault) {
  if (!fault.is_object()) return nullptr;
  const auto action = fault.find("do");
  const auto target = fault.find("target");
  if (action == fault.end() || target == fault.end()) return nullptr;
  if (*action != "join" || !target->is_string()) return nullptr;
  return &target->get_ref<const std::string&>();
}

GroupPlan* group_named(ClusterPlan& plan, std::string_view name) {
  for (GroupPlan& group : plan.groups) {
    if (group.name == name) return &group;
  }
  return nullptr;
}

bool has_member(const GroupPlan& group, std::string_view name) {
  return std::any_of(group.members.begin(), group.members.end(),
                     [&](const MemberPlan& member) { return member.name == name; });
}

void add_member(GroupPlan& group, std::string_view name) {
  if (has_member(group, name)) return;
  MemberPlan member = group.members.front();
  member.name = name;
  member.start = {};
  member.joins_by_fault = true;
  group.members.push_back(std::move(member));
}

std::string next_member_of(const GroupPlan& group) {
  std::size_t number = group.members.size();
  while (has_member(group, group.name + "-" + std::to_string(number))) ++number;
  return group.name + "-" + std::to_string(number);
}

class FaultReader {
 public:
  // `joining` is the member that a `join` means if its target is a group.
  FaultReader(const Cursor& root, const Cursor& fault, ClusterPlan& plan, std::string joining)
      : root_(root), fault_(fault), plan_(plan), joining_(std::move(joining)) {}

  // The fault as far as it could be read; `after` is left to the caller.
  FaultPlan read() {
    if (!check_object(fault_, fault_format)) return result_;
    const std::optional<Cursor> action = fault_.find("do");
    if (!action) {
      fault_.mistake("\"do\" is missing: what the fault does");
      return result_;
    }
    const std::optional<Action> chosen = choice_at<Action>(*action, later_actions);
    if (!chosen) return result_;
    result_.action = *chosen;
    result_.name = spell(*chosen);
    read_text(fault_, "name", result_.name);
    if (result_.name.empty()) fault_.find("name")->mistake("a fault's name is not empty");

    const ReadTrigger trigger = read_trigger(fault_, result_.action, plan_);
    result_.when = trigger.trigger;
    if (trigger.is_missing) is_missing_ = true;
    read_whom();
    read_how_long();
    read_how_much();
    read_direction();
    read_before();
    read_operation(root_, fault_, is_missing_, plan_, result_);
    return result_;
  }
  bool is_missing() const { return is_missing_; }

 private:
  bool is_anywhere() const { return result_.when.kind == Trigger::Kind::anywhere; }
  // Events and messages are met by a process, which is then the target.
  bool meets_a_process() const {
    return result_.when.kind == Trigger::Kind::event || result_.when.kind == Trigger::Kind::message;
  }

  void read_whom() {
    const TargetKinds allowed = targets_of(result_.action);
    const std::optional<Cursor> target = fault_.find("target");
    if (!target) {
      const bool must_have =
          allowed != 0 && !strikes_handling(result_.action) &&
          (!asks_controller(result_.action) || result_.action == Action::reassign ||
           result_.action == Action::add_partitions || result_.action == Action::recreate_topic) &&
          (!meets_a_process() || result_.action == Action::join || strikes_sinks(result_.action) ||
           allowed == broker_kinds || result_.action == Action::delete_records ||
           result_.action == Action::reassign || takes_to(result_.action));
      if (must_have) fault_.mistake("\"target\" is missing: whom the fault strikes");
      return;
    }
    if (allowed == 0) {
      target->mistake_at_key(
          "\"" + std::string(spell(result_.action)) +
          (strikes_messages(result_.action)
               ? "\" strikes the message that the trigger names, and has no target"
               : "\" is for all brokers, and has no target"));
      return;
    }
    if (target->json().is_array() && strikes_processes(result_.action)) {
      return read_several(*target, allowed);
    }
    if (strikes_processes(result_.action) && is_rack(*target)) return add_rack(*target);
    const ReadTarget read = read_target(*target, plan_, allowed);
    if (read.is_missing) is_missing_ = true;
    if (!read.target) return;
    result_.target = *read.target;
    if (result_.action == Action::join) name_the_joining_member();
  }

  void read_several(const Cursor& list, TargetKinds allowed) {
    if (list.json().empty()) return list.mistake("the list is empty: it strikes nobody");
    for (std::size_t at = 0; at < list.json().size(); ++at) {
      const Cursor element = list.element(at);
      if (is_rack(element)) {
        add_rack(element);
        continue;
      }
      const ReadTarget read = read_target(element, plan_, allowed);
      if (read.is_missing) is_missing_ = true;
      if (read.target) add_target(*read.target);
    }
  }

  void add_target(const Target& target) {
    if (result_.target.kind == Target::Kind::everyone) {
      result_.target = target;
    } else {
      result_.others.push_back(target);
    }
  }

  static bool is_rack(const Cursor& cursor) {
    const Json& json = cursor.json();
    return json.is_string() && json.get_ref<const std::string&>().starts_with("rack(");
  }

  // `rack(a)` means all brokers that stand there.
  void add_rack(const Cursor& cursor) {
    const std::vector<Target> brokers = read_rack(cursor, plan_);
    if (brokers.empty()) is_missing_ = true;
    for (const Target& broker : brokers) add_target(broker);
  }

  void name_the_joining_member() {
    if (result_.target.kind != Target::Kind::group) return;
    const auto group = static_cast<GroupIndex>(result_.target.index);
    const auto& members = plan_.groups[static_cast<std::size_t>(group)].members;
    for (std::size_t m = 0; m < members.size(); ++m) {
      if (members[m].name != joining_) continue;
      result_.target = {Target::Kind::member,
                        plan_.node_of_member(group, static_cast<std::int32_t>(m))};
    }
  }

  void read_how_long() {
    read_duration(fault_, "for", result_.lasts, Duration{1});
    const std::optional<Cursor> times = fault_.find("times");
    if (!times) return;
    if (times->json().is_string()) {
      constexpr std::array words{"all"sv};
      if (!word_at(*times, words)) return;
      result_.times = all_times;
      // What has not ended cannot strike again; messages are struck until everything heals.
      const bool must_end = !strikes_messages(result_.action) && !strikes_handling(result_.action);
      if (!fault_.find("for") && must_end) {
        times->mistake("\"all\" needs \"for\": how long each strike lasts");
      }
    } else if (const auto number = integer_at(*times, 1, most_times)) {
      result_.times = *number;
    }
    const bool strikes_once = is_anywhere() || result_.when.kind == Trigger::Kind::at;
    if (strikes_once && !strikes_handling(result_.action) && result_.times != 1) {
      times->mistake(is_anywhere() ? "a fault anywhere strikes once in each run"
                                   : "a fault at a time strikes once");
    }
  }

  void read_how_much() {
    const std::optional<Cursor> by = fault_.find("by");
    if (result_.action == Action::reset_offsets) return;
    const bool takes_duration =
        result_.action == Action::delay || result_.action == Action::slow_disk ||
        result_.action == Action::sink_slow || result_.action == Action::sink_failover;
    const bool takes_by =
        takes_duration || result_.action == Action::slow || result_.action == Action::slow_handling;
    if (!takes_by) {
      if (by) by->mistake_at_key("\"" + std::string(spell(result_.action)) + "\" takes no \"by\"");
      return;
    }
    if (!by) {
      fault_.mistake("\"by\" is missing: how much \"" + std::string(spell(result_.action)) + "\"");
      return;
    }
    const bool is_duration =
        takes_duration || (result_.action == Action::slow_handling && by->json().is_string());
    if (is_duration) {
      // A replica may be in step.
      const Duration least{result_.action == Action::sink_failover ? 0 : 1};
      const std::optional<Duration> duration = duration_at(*by, least);
      if (!duration) return;
      (takes_duration ? result_.by : result_.slow_by) = *duration;
    } else if (const auto factor = integer_at(*by, 2, 1'000'000)) {
      result_.factor = *factor;
    }
  }

  void read_direction() {
    const std::optional<Cursor> from = fault_.find("from");
    const std::optional<Cursor> direction = fault_.find("direction");
    if (result_.action != Action::isolate) {
      if (direction) direction->mistake_at_key("is for \"isolate\"");
      const bool is_filter = is_anywhere() && strikes_messages(result_.action);
      if (from && !is_filter) from->mistake_at_key("is for \"isolate\"; else inside \"when\"");
      return;
    }
    read_choice(fault_, "direction", result_.direction);
    if (!from) return;
    if (!from->json().is_array()) return add_from(*from);
    if (from->json().empty()) from->mistake("the list is empty; without it, it is everyone");
    for (std::size_t at = 0; at < from->json().size(); ++at) add_from(from->element(at));
  }

  void read_before() {
    const std::optional<Cursor> before = fault_.find("before");
    if (!before) return;
    if (result_.action != Action::delete_records) {
      return before->mistake_at_key("is for \"delete_records\"");
    }
    if (const auto offset = integer_at(*before, 0, INT64_MAX)) result_.before = *offset;
  }

  void add_from(const Cursor& cursor) {
    if (is_rack(cursor)) {
      const std::vector<Target> brokers = read_rack(cursor, plan_);
      if (brokers.empty()) is_missing_ = true;
      result_.from.insert(result_.from.end(), brokers.begin(), brokers.end());
      return;
    }
    const ReadTarget read = read_target(cursor, plan_, correspondents);
    if (read.target) result_.from.push_back(*read.target);
    if (read.is_missing) is_missing_ = true;
  }

  const Cursor& root_;
  const Cursor& fault_;
  ClusterPlan& plan_;
  const std::string joining_;
  FaultPlan result_;
  bool is_missing_ = false;
};

// A fault that got no name of its own is called after its action, with a number if it must be.
void name_apart(const Json& fault, std::set<std::string>& names, FaultPlan& plan,
                const Cursor& cursor) {
  if (fault.is_object() && fault.contains("name")) {
    if (names.insert(plan.name).second) return;
    const std::optional<Cursor> name = cursor.find("name");
    name->mistake("another fault is called " + in_quotes(plan.name));
    return;
  }
  const std::string base = plan.name;
  for (int number = 2; !names.insert(plan.name).second; ++number) {
    plan.name = base + " " + std::to_string(number);
  }
}

void read_after(const Cursor& fault, std::size_t index, std::vector<FaultPlan>& plans) {
  const std::optional<Cursor> after = fault.find("after");
  if (!after) return;
  const std::optional<std::string> name = text_at(*after);
  if (!name) return;
  std::vector<std::string_view> names;
  for (std::size_t i = 0; i < plans.size(); ++i) {
    if (plans[i].name == *name) plans[index].after = static_cast<std::int32_t>(i);
    if (i != index) names.push_back(plans[i].name);
  }
  if (plans[index].after < 0) {
    after->mistake("there is no fault " + in_quotes(*name) + did_you_mean(*name, names));
  } else if (plans[index].when.kind == Trigger::Kind::anywhere) {
    after->mistake_at_key("a fault anywhere does not wait for another");
  }
}

// Each waits for at most one, so a chain that is longer than the list goes round.
bool waits_for_itself(const std::vector<FaultPlan>& plans, std::size_t index) {
  std::size_t steps = 0;
  std::int32_t at = static_cast<std::int32_t>(index);
  while (at >= 0 && steps <= plans.size()) {
    at = plans[static_cast<std::size_t>(at)].after;
    ++steps;
  }
  return at >= 0;
}

// Takes out what has nothing to strike, and what waits for it.
Faults without_the_missing(std::vector<FaultPlan> plans, std::vector<bool> missing) {
  Faults faults;
  for (bool again = true; again;) {
    again = false;
    for (std::size_t i = 0; i < plans.size(); ++i) {
      const std::int32_t after = plans[i].after;
      if (missing[i] || after < 0 || !missing[static_cast<std::size_t>(after)]) continue;
      missing[i] = true;
      again = true;
    }
  }
  std::vector<std::int32_t> new_index(plans.size(), -1);
  for (std::size_t i = 0; i < plans.size(); ++i) {
    if (missing[i]) {
      faults.nothing_to_strike.push_back(plans[i].name);
      continue;
    }
    new_index[i] = static_cast<std::int32_t>(faults.plans.size());
    faults.plans.push_back(std::move(plans[i]));
  }
  for (FaultPlan& fault : faults.plans) {
    if (fault.after >= 0) fault.after = new_index[static_cast<std::size_t>(fault.after)];
  }
  return faults;
}

}  // namespace

JoiningMembers add_joining_members(const Cursor& root, ClusterPlan& plan) {
  JoiningMembers joining;
  const std::optional<Cursor> list = fault_list(root);
  if (!list) return joining;
  for (std::size_t i = 0; i < list->json().size() && i < most_faults; ++i) {
    const std::string* text = join_target(list->json()[i]);
    const std::optional<TargetText> target = text ? parse_target(*text) : std::nullopt;
    if (!target || members_of(plan) >= most_members) continue;
    const bool may_be_group = target->kind.empty() || target->kind == "group";
    const bool may_be_member = target->kind.empty() || target->kind == "member";
    GroupPlan* group = may_be_group ? group_named(plan, target->name) : nullptr;
    if (group != nullptr && !group->members.empty()) {
      joining[i] = next_member_of(*group);
      add_member(*group, joining[i]);
      continue;
    }
    const std::optional<Numbered> member = split_number(target->name);
    if (!may_be_member || !member || member->number >= static_cast<std::int64_t>(most_members)) {
      continue;
    }
    group = group_named(plan, member->name);
    if (group != nullptr && !group->members.empty()) add_member(*group, target->name);
  }
  return joining;
}

Faults read_faults(const Cursor& root, ClusterPlan& plan, const JoiningMembers& joining) {
  const std::optional<Cursor> list = root.find("faults");
  if (!list) return {};
  if (!list->json().is_array()) {
    list->mistake("faults are a list of objects");
    return {};
  }
  if (list->json().size() > most_faults) {
    list->mistake("there are more than 1,000 faults");
    return {};
  }
  std::vector<FaultPlan> plans;
  std::vector<bool> missing;
  std::set<std::string> names;
  int anywhere = 0;
  for (std::size_t i = 0; i < list->json().size(); ++i) {
    const Cursor cursor = list->element(i);
    const auto joiner = joining.find(i);
    FaultReader reader(root, cursor, plan, joiner == joining.end() ? "" : joiner->second);
    plans.push_back(reader.read());
    missing.push_back(reader.is_missing());
    name_apart(cursor.json(), names, plans.back(), cursor);
    if (plans.back().when.kind == Trigger::Kind::anywhere && ++anywhere == 2) {
      cursor.mistake("only one fault at a time can strike anywhere");
    }
  }
  for (std::size_t i = 0; i < plans.size(); ++i) {
    const Cursor cursor = list->element(i);
    read_after(cursor, i, plans);
  }
  for (std::size_t i = 0; i < plans.size(); ++i) {
    const Cursor cursor = list->element(i);
    if (!waits_for_itself(plans, i)) continue;
    cursor.mistake("it waits for itself, by \"after\"");
    return {};
  }
  return without_the_missing(std::move(plans), std::move(missing));
}

}  // namespace kafault
