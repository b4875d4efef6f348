#include "sim/coordinator/classic_group.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "sim/kernel/contract.hpp"
#include "sim/protocol/mutants.hpp"

namespace kafault {
namespace {

using Awaiting = GroupMember::Awaiting;

bool may_follow(GroupState from, GroupState to) {
  switch (to) {
    case GroupState::empty:
      return from == GroupState::preparing_rebalance;
    case GroupState::preparing_rebalance:
      return from != GroupState::preparing_rebalance;
    case GroupState::completing_rebalance:
      return from == GroupState::preparing_rebalance;
    case GroupState::stable:
      return from == GroupState::completing_rebalance;
  }
  return false;
}

bool has_same_protocols(const GroupMember& member, const JoinGroupRequest& request) {
  return member.assignors == request.assignors && member.topics == request.topics &&
         member.owned == request.owned && member.owned_in == request.owned_in;
}

// ClassicGroup.validateMember: a static member is known by its instance first.
Error judge_identity(const ClassicGroup& group, MemberId member, InstanceId instance) {
  if (instance == no_instance) {
    return group.find(member) == nullptr ? Error::unknown_member_id : Error::none;
  }
  const GroupMember* known = group.find_static(instance);
  if (known == nullptr) return Error::unknown_member_id;
  return known->id == member ? Error::none : Error::fenced_instance_id;
}

Error judge_member(const ClassicGroup& group, MemberId member, InstanceId instance,
                   Generation generation) {
  const Error error = judge_identity(group, member, instance);
  if (error != Error::none) return error;
  return generation == group.generation ? Error::none : Error::illegal_generation;
}

}  // namespace

void GroupMember::clear() {
  GroupMember fresh;
  fresh.assignors = std::move(assignors);
  fresh.topics = std::move(topics);
  fresh.assignment = std::move(assignment);
  fresh.owned = std::move(owned);
  *this = std::move(fresh);
  assignors.clear();
  topics.clear();
  assignment.clear();
  owned.clear();
}

void GroupMember::take_protocols_of(const JoinGroupRequest& request) {
  session_timeout = request.session_timeout;
  rebalance_timeout = request.rebalance_timeout;
  assignors = request.assignors;
  topics = request.topics;
  owned = request.owned;
  owned_in = request.owned_in;
}

void ClassicGroup::clear() {
  ClassicGroup fresh;
  fresh.members = std::move(members);
  fresh.pending = std::move(pending);
  *this = std::move(fresh);
  members.clear();
  pending.clear();
}

GroupMember* ClassicGroup::find(MemberId id) {
  const auto at = std::find_if(members.begin(), members.end(),
                               [&](const GroupMember& member) { return member.id == id; });
  return at == members.end() ? nullptr : &*at;
}

const GroupMember* ClassicGroup::find(MemberId id) const {
  const auto at = std::find_if(members.begin(), members.end(),
                               [&](const GroupMember& member) { return member.id == id; });
  return at == members.end() ? nullptr : &*at;
}

GroupMember* ClassicGroup::find_static(InstanceId instance) {
  return const_cast<GroupMember*>(std::as_const(*this).find_static(instance));
}

const GroupMember* ClassicGroup::find_static(InstanceId instance) const {
  const auto at = std::find_if(members.begin(), members.end(), [&](const GroupMember& member) {
    return member.instance == instance;
  });
  return at == members.end() ? nullptr : &*at;
}

bool ClassicGroup::is_pending(MemberId id) const {
  return std::any_of(pending.begin(), pending.end(),
                     [&](const PendingMember& member) { return member.id == id; });
}

bool ClassicGroup::has_all_members_joined() const {
  return pending.empty() && std::all_of(members.begin(), members.end(), [](const GroupMember& m) {
           return m.awaiting == Awaiting::join;
         });
}

bool ClassicGroup::has_all_members_synced() const {
  return std::none_of(members.begin(), members.end(),
                      [](const GroupMember& member) { return member.owes_sync; });
}

Duration ClassicGroup::rebalance_timeout() const {
  Duration longest{};
  for (const GroupMember& member : members) longest = std::max(longest, member.rebalance_timeout);
  return longest;
}

Instant ClassicGroup::next_deadline() const {
  Instant next = std::min(join_end, sync_end);
  for (const GroupMember& member : members) next = std::min(next, member.session_end);
  for (const PendingMember& member : pending) next = std::min(next, member.session_end);
  return next;
}

void ClassicGroup::transition_to(GroupState next) {
  KAFAULT_REQUIRE(may_follow(state, next));
  state = next;
}

void ClassicGroup::forget(MemberId id) {
  members.erase_if([&](const GroupMember& member) { return member.id == id; });
  pending.erase(std::remove_if(pending.begin(), pending.end(),
                               [&](const PendingMember& member) { return member.id == id; }),
                pending.end());
  if (leader == id) leader = members.empty() ? no_member : members.front().id;
}

// GroupMetadataManager.classicGroupJoinExistingMember. A leader that joins again in Stable wants a
// new assignment (its metadata changed); a follower that brings nothing new missed its answer.
JoinAnswer judge_join(const ClassicGroup& group, const JoinGroupRequest& request) {
  if (request.member == no_member && request.instance != no_instance) {
    return group.find_static(request.instance) == nullptr ? JoinAnswer::add_static
                                                          : JoinAnswer::replace_static;
  }
  if (request.member == no_member) return JoinAnswer::member_id_required;
  if (group.is_pending(request.member)) return JoinAnswer::add_member;
  if (judge_identity(group, request.member, request.instance) == Error::fenced_instance_id) {
    return JoinAnswer::fenced_instance_id;
  }
  const GroupMember* member = group.find(request.member);
  if (member == nullptr) return JoinAnswer::unknown_member_id;
  const bool is_the_same = has_same_protocols(*member, request);
  switch (group.state) {
    case GroupState::empty:
      return JoinAnswer::unknown_member_id;
    case GroupState::preparing_rebalance:
      return JoinAnswer::rebalance;
    case GroupState::completing_rebalance:
      return is_the_same ? JoinAnswer::current_generation : JoinAnswer::rebalance;
    case GroupState::stable:
      break;
  }
  const bool is_leader = request.member == group.leader;
  return is_the_same && !is_leader ? JoinAnswer::current_generation : JoinAnswer::rebalance;
}

Error judge_sync(const ClassicGroup& group, const SyncGroupRequest& request) {
  const Error error = judge_member(group, request.member, request.instance, request.generation);
  if (error != Error::none) return error;
  if (group.state == GroupState::preparing_rebalance) return Error::rebalance_in_progress;
  return Error::none;
}

Error judge_heartbeat(const ClassicGroup& group, const HeartbeatRequest& request) {
  const Error error = judge_member(group, request.member, request.instance, request.generation);
  if (error != Error::none) return error;
  if (group.state == GroupState::preparing_rebalance) return Error::rebalance_in_progress;
  return Error::none;
}

// ClassicGroup.validateOffsetCommit.
Error judge_commit(const ClassicGroup& group, const OffsetCommitRequest& request) {
  if (is_mutant(Mutant::commit_without_generation_check)) return Error::none;
  if (request.generation < 0 && group.state == GroupState::empty) return Error::none;
  if (request.generation < 0 && request.member == no_member) return Error::unknown_member_id;
  const Error error = judge_member(group, request.member, request.instance, request.generation);
  if (error != Error::none) return error;
  if (group.state == GroupState::completing_rebalance) return Error::rebalance_in_progress;
  return Error::none;
}

Assignor elect_assignor(const ClassicGroup& group) {
  constexpr std::array<Assignor, 4> all = {Assignor::range, Assignor::roundrobin, Assignor::sticky,
                                           Assignor::cooperative_sticky};
  const auto everybody_has = [&](Assignor assignor) {
    return std::all_of(group.members.begin(), group.members.end(), [&](const GroupMember& member) {
      return std::count(member.assignors.begin(), member.assignors.end(), assignor) > 0;
    });
  };
  std::array<int, all.size()> votes{};
  for (const GroupMember& member : group.members) {
    const auto choice =
        std::find_if(member.assignors.begin(), member.assignors.end(), everybody_has);
    if (choice != member.assignors.end()) ++votes[static_cast<std::size_t>(*choice)];
  }
  return all[static_cast<std::size_t>(std::max_element(votes.begin(), votes.end()) -
                                      votes.begin())];
}

MemberId elect_group_leader(const ClassicGroup& group) {
  const GroupMember* leader = group.find(group.leader);
  if (leader != nullptr && leader->awaiting == Awaiting::join) return leader->id;
  for (const GroupMember& member : group.members) {
    if (member.awaiting == Awaiting::join) return member.id;
  }
  return no_member;
}

}  // namespace kafault
