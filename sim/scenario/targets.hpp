// Whom a fault means: `broker(2)`, `leader(orders-0)`, `member(billing-0)`, `controller`, or the
// bare name of a producer, a group or a member.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/cluster/plan.hpp"
#include "sim/fault/fault_plan.hpp"
#include "sim/scenario/cursor.hpp"

namespace kafault {

// A set of Target::Kind.
using TargetKinds = std::uint32_t;
constexpr TargetKinds only(Target::Kind kind) { return TargetKinds{1} << static_cast<int>(kind); }

// One example of each kind of target, for documents and mistakes.
std::vector<std::string_view> examples_of(TargetKinds allowed);
inline constexpr TargetKinds all_kinds = ~TargetKinds{0};

// What has a process of its own at the moment the fault strikes.
inline constexpr TargetKinds processes =
    only(Target::Kind::broker) | only(Target::Kind::leader) | only(Target::Kind::follower) |
    only(Target::Kind::controller) | only(Target::Kind::coordinator) |
    only(Target::Kind::producer) | only(Target::Kind::member);
inline constexpr TargetKinds broker_kinds =
    only(Target::Kind::broker) | only(Target::Kind::leader) | only(Target::Kind::follower) |
    only(Target::Kind::coordinator);
inline constexpr TargetKinds correspondents = processes | only(Target::Kind::group);
inline constexpr TargetKinds applications =
    only(Target::Kind::producer) | only(Target::Kind::group) | only(Target::Kind::member);

// Whom the action can mean; 0: it has no target.
TargetKinds targets_of(Action action);
// Whether several of these can be struck in one moment.
bool strikes_processes(Action action);

// `kind(name)`, or a bare name with an empty kind.
struct TargetText {
  std::string_view kind;
  std::string_view name;
};
// Nothing if the parentheses do not match.
std::optional<TargetText> parse_target(std::string_view text);

// "orders-0" is partition 0 of orders, "billing-0" member 0 of billing; nothing without a number.
struct Numbered {
  std::string_view name;
  std::int64_t number;
};
std::optional<Numbered> split_number(std::string_view text);

struct ReadTarget {
  std::optional<Target> target;
  bool is_missing = false;  // well-formed, and not in this combination
};
// A target that is malformed or of another kind is reported at once; one that this combination does
// not have, if none has it.
ReadTarget read_target(const Cursor& cursor, const ClusterPlan& plan, TargetKinds allowed);

// The brokers of `rack(a)`; none, and reported, if no broker stands there.
std::vector<Target> read_rack(const Cursor& cursor, const ClusterPlan& plan);

}  // namespace kafault
