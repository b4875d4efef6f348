// The coordinator's rebalances: JoinGroup, SyncGroup, Heartbeat, LeaveGroup and the timers behind
// them (GroupMetadataManager's classicGroup... methods).
#include <algorithm>
#include <utility>

#include "sim/coordinator/group_coordinator.hpp"
#include "sim/kernel/contract.hpp"
#include "sim/protocol/mutants.hpp"

namespace kafault {
namespace {

using Awaiting = GroupMember::Awaiting;

// GroupCoordinatorConfig.CLASSIC_GROUP_NEW_MEMBER_JOIN_TIMEOUT_MS: a new member cannot heartbeat
// while its first join is parked, and may have gone long ago.
constexpr Duration new_member_join_timeout = std::chrono::minutes(5);

// Ids are unique across coordinators: each leads in an epoch of its own.
constexpr std::int32_t ids_per_epoch = 100000;

}  // namespace

// ---- JoinGroup ---------------------------------------------------------------------------------

void GroupCoordinator::on(const JoinGroupRequest& request, const RequestHandle& handle, Instant now,
                          Outbox& out) {
  const auto refuse = [&](Error error, MemberId id) {
    auto& answer = out.reply<JoinGroupResponse>(handle);
    answer.error = error;
    answer.member = id;
  };
  if (!serving_) return refuse(Error::not_coordinator, request.member);
  expire_offsets(request.group, now, out);

  ClassicGroup& group = group_of(request.group);
  switch (judge_join(group, request)) {
    case JoinAnswer::member_id_required: {
      const MemberId id = new_member_id();
      group.pending.push_back({id, now + request.session_timeout});
      refuse(Error::member_id_required, id);
      break;
    }
    case JoinAnswer::unknown_member_id:
      return refuse(Error::unknown_member_id, request.member);
    case JoinAnswer::fenced_instance_id:
      return refuse(Error::fenced_instance_id, request.member);
    case JoinAnswer::add_static:
      add_member(request.group, new_member_id(), request, handle, now, out);
      break;
    case JoinAnswer::replace_static:
      replace_static(request.group, request, handle, now, out);
      break;
    case JoinAnswer::add_member:
      add_member(request.group, request.member, request, handle, now, out);
      break;
    case JoinAnswer::rebalance:
      rejoin(request.group, *group.find(request.member), request, handle, now, out);
      break;
    case JoinAnswer::current_generation:
      renew_session(*group.find(request.member), now);
      answer_join(group, *group.find(request.member), handle, out);
      break;
  }
  watch(now, out);
}

MemberId GroupCoordinator::new_member_id() {
  KAFAULT_REQUIRE(member_ids_ + 1 < ids_per_epoch);
  return epoch_ * ids_per_epoch + ++member_ids_;
}

void GroupCoordinator::add_member(GroupIndex index, MemberId id, const JoinGroupRequest& request,
                                  const RequestHandle& handle, Instant now, Outbox& out) {
  ClassicGroup& group = group_of(index);
  group.forget(id);  // it is pending no longer
  GroupMember& member = group.members.emplace_back();
  member.id = id;
  member.node = handle.client;
  member.instance = request.instance;
  member.take_protocols_of(request);
  member.awaiting = Awaiting::join;
  member.held = handle;
  member.is_new = true;
  member.session_end = now + new_member_join_timeout;
  if (group.leader == no_member) group.leader = member.id;
  if (group.state == GroupState::preparing_rebalance && group.is_initial) group.member_added = true;
  out.note({.kind = ObservationKind::MemberJoined,
            .group = index,
            .epoch = group.generation,
            .value = member.id});
  rebalance_or_complete_join(index, now, out);
}

void GroupCoordinator::rejoin(GroupIndex index, GroupMember& member,
                              const JoinGroupRequest& request, const RequestHandle& handle,
                              Instant now, Outbox& out) {
  if (member.awaiting == Awaiting::sync) {  // of an earlier connection
    out.reply<SyncGroupResponse>(member.held).error = Error::rebalance_in_progress;
  }
  member.take_protocols_of(request);
  member.awaiting = Awaiting::join;
  member.held = handle;
  rebalance_or_complete_join(index, now, out);
}

// updateStaticMemberThenRebalanceOrCompleteJoin: a process that comes back with its instance id
// takes the old one's place, which is fenced from here on. In a stable group whose protocol stays
// the same it gets the old assignment, and nobody else hears of it.
// Simplified: it is answered before the record with its new id is committed.
void GroupCoordinator::replace_static(GroupIndex index, const JoinGroupRequest& request,
                                      const RequestHandle& handle, Instant now, Outbox& out) {
  ClassicGroup& group = group_of(index);
  GroupMember& member = *group.find_static(request.instance);
  if (member.awaiting == Awaiting::join) {
    out.reply<JoinGroupResponse>(member.held).error = Error::fenced_instance_id;
  } else if (member.awaiting == Awaiting::sync) {
    out.reply<SyncGroupResponse>(member.held).error = Error::fenced_instance_id;
  }
  const bool was_leader = group.leader == member.id;
  const MemberId old = member.id;
  member.id = new_member_id();
  if (was_leader) group.leader = member.id;
  member.node = handle.client;
  member.awaiting = Awaiting::nothing;
  member.take_protocols_of(request);
  renew_session(member, now);
  out.note({.kind = ObservationKind::MemberReplaced,
            .group = index,
            .epoch = group.generation,
            .value = old});
  if (group.state == GroupState::stable && elect_assignor(group) == group.assignor) {
    append(write_group(index, nullptr, out), out);
    return answer_join(group, member, handle, out, was_leader);
  }
  member.awaiting = Awaiting::join;
  member.held = handle;
  rebalance_or_complete_join(index, now, out);
}

void GroupCoordinator::rebalance_or_complete_join(GroupIndex index, Instant now, Outbox& out) {
  if (group_of(index).state == GroupState::preparing_rebalance) {
    maybe_complete_join(index, now, out);
  } else {
    prepare_rebalance(index, now, out);
  }
}

void GroupCoordinator::prepare_rebalance(GroupIndex index, Instant now, Outbox& out) {
  ClassicGroup& group = group_of(index);
  out.note({.kind = ObservationKind::RebalanceStarted, .group = index, .epoch = group.generation});
  if (group.state == GroupState::completing_rebalance) {
    for (GroupMember& member : group.members) member.assignment.clear();
    release_syncs(group, Error::rebalance_in_progress, now, out);
  }
  for (GroupMember& member : group.members) member.owes_sync = false;
  group.sync_end = never;
  group.is_initial = group.state == GroupState::empty;
  group.member_added = false;
  group.transition_to(GroupState::preparing_rebalance);
  if (group.is_initial) {
    group.initial_delay = config_->group_initial_rebalance_delay;
    group.initial_remaining = std::max(group.rebalance_timeout() - group.initial_delay, Duration{});
    group.join_end = now + group.initial_delay;
    return;
  }
  group.join_end = now + group.rebalance_timeout();
  maybe_complete_join(index, now, out);
}

void GroupCoordinator::maybe_complete_join(GroupIndex index, Instant now, Outbox& out) {
  const ClassicGroup& group = group_of(index);
  if (group.state != GroupState::preparing_rebalance || group.is_initial) return;
  if (group.has_all_members_joined()) complete_join(index, now, out);
}

// KIP-134: each round in which somebody joined earns another, until the rebalance timeout is used
// up (tryCompleteInitialRebalanceElseSchedule).
void GroupCoordinator::on_join_end(GroupIndex index, Instant now, Outbox& out) {
  ClassicGroup& group = group_of(index);
  if (group.is_initial && group.member_added && group.initial_remaining > Duration{}) {
    group.member_added = false;
    const Duration delay =
        std::min(config_->group_initial_rebalance_delay, group.initial_remaining);
    group.initial_remaining = std::max(group.initial_remaining - group.initial_delay, Duration{});
    group.initial_delay = delay;
    group.join_end = now + delay;
    return;
  }
  complete_join(index, now, out);
}

// completeClassicGroupJoin: a new generation of those who have joined.
void GroupCoordinator::complete_join(GroupIndex index, Instant now, Outbox& out) {
  ClassicGroup& group = group_of(index);
  group.join_end = never;
  const MemberId leader = elect_group_leader(group);
  // Static members stay until their session ends, whether they have rejoined or not.
  const auto has_gone = [](const GroupMember& member) {
    return member.awaiting != Awaiting::join && !member.is_static();
  };
  for (const GroupMember& member : group.members) {
    if (!has_gone(member)) continue;
    out.note(
        {.kind = ObservationKind::MemberEvicted, .group = index, .count = 1, .value = member.id});
  }
  group.members.erase_if(has_gone);
  if (leader == no_member && !group.members.empty()) {  // nobody could compute an assignment
    group.join_end = now + group.rebalance_timeout();
    return;
  }
  group.leader = leader;
  group.is_initial = false;
  ++group.generation;
  if (group.members.empty()) {
    group.transition_to(GroupState::empty);
    group.empty_since = now;
    append(write_group(index, nullptr, out), out);
    return;
  }
  group.assignor = elect_assignor(group);
  group.transition_to(GroupState::completing_rebalance);
  group.sync_end = now + group.rebalance_timeout();
  release_joins(group, now, out);
}

void GroupCoordinator::release_joins(ClassicGroup& group, Instant now, Outbox& out) {
  for (GroupMember& member : group.members) {
    const bool has_joined = std::exchange(member.awaiting, Awaiting::nothing) == Awaiting::join;
    member.is_new = false;
    member.owes_sync = true;
    renew_session(member, now);
    if (has_joined) answer_join(group, member, member.held, out);
  }
}

void GroupCoordinator::answer_join(const ClassicGroup& group, const GroupMember& member,
                                   const RequestHandle& handle, Outbox& out,
                                   bool skip_assignment) const {
  auto& answer = out.reply<JoinGroupResponse>(handle);
  answer.generation = group.generation;
  answer.member = member.id;
  answer.leader = group.leader;
  answer.assignor = group.assignor;
  answer.skip_assignment = skip_assignment;
  if (member.id != group.leader) return;
  for (const GroupMember& each : group.members) {
    JoinGroupResponse::Member& told = answer.members.emplace_back();
    told.id = each.id;
    told.topics = each.topics;
    told.instance = each.instance;
    told.owned = each.owned;
    told.owned_in = each.owned_in;
  }
}

// ---- SyncGroup ---------------------------------------------------------------------------------

void GroupCoordinator::on(const SyncGroupRequest& request, const RequestHandle& handle, Instant now,
                          Outbox& out) {
  ClassicGroup& group = group_of(request.group);
  const Error error = serving_ ? judge_sync(group, request) : Error::not_coordinator;
  if (error != Error::none) {
    out.reply<SyncGroupResponse>(handle).error = error;
    return;
  }
  GroupMember& member = *group.find(request.member);
  member.owes_sync = false;
  if (group.has_all_members_synced()) group.sync_end = never;
  if (group.state == GroupState::stable) {
    renew_session(member, now);
    out.reply<SyncGroupResponse>(handle).partitions = member.assignment;
  } else {
    member.awaiting = Awaiting::sync;
    member.held = handle;
    if (member.id == group.leader) store_assignment(request.group, request, now, out);
  }
  watch(now, out);
}

void GroupCoordinator::store_assignment(GroupIndex index, const SyncGroupRequest& request,
                                        Instant now, Outbox& out) {
  PendingWrite write;
  write.kind = PendingWrite::Kind::assignment;
  write.group = index;
  write.generation = group_of(index).generation;
  write.record = write_group(index, &request, out);
  write.first_tag = append(write.record, out);
  write.deadline = now + config_->offsets_commit_timeout;
  writes_.push_back(write);
}

std::int32_t GroupCoordinator::write_group(GroupIndex index, const SyncGroupRequest* assignments,
                                           Outbox& out) {
  const ClassicGroup& group = group_of(index);
  GroupRecord& record = out.journal().emplace_back();
  record.kind = GroupRecord::Kind::group_metadata;
  record.time = group.empty_since;
  record.group = index;
  record.generation = group.generation;
  record.leader = group.leader;
  record.assignor = static_cast<std::int32_t>(group.assignor);
  for (const GroupMember& member : group.members) {
    GroupRecord::Member& stored = record.members.emplace_back();
    stored.id = member.id;
    stored.node = member.node;
    stored.instance = member.instance;
    stored.session_timeout = member.session_timeout;
    stored.rebalance_timeout = member.rebalance_timeout;
    stored.topics = member.topics;
    if (assignments == nullptr) {
      stored.assignment = member.assignment;
      continue;
    }
    for (const SyncGroupRequest::Assigned& assigned : assignments->assignments) {
      if (assigned.member == member.id) stored.assignment.push_back(assigned.partition);
    }
  }
  return static_cast<std::int32_t>(out.journal().size()) - 1;
}

void GroupCoordinator::release_syncs(ClassicGroup& group, Error error, Instant now, Outbox& out) {
  for (GroupMember& member : group.members) {
    if (member.awaiting != Awaiting::sync) continue;
    member.awaiting = Awaiting::nothing;
    renew_session(member, now);
    auto& answer = out.reply<SyncGroupResponse>(member.held);
    answer.error = error;
    if (error == Error::none) answer.partitions = member.assignment;
  }
}

// expirePendingSync.
void GroupCoordinator::on_sync_end(GroupIndex index, Instant now, Outbox& out) {
  ClassicGroup& group = group_of(index);
  group.sync_end = never;
  bool anybody_owes = false;
  for (std::size_t i = 0; i < group.members.size();) {
    if (!group.members[i].owes_sync) {
      ++i;
      continue;
    }
    anybody_owes = true;
    const MemberId id = group.members[i].id;
    out.note({.kind = ObservationKind::MemberEvicted, .group = index, .count = 1, .value = id});
    group.forget(id);
  }
  if (anybody_owes) prepare_rebalance(index, now, out);
}

// ---- Heartbeat, LeaveGroup, sessions -----------------------------------------------------------

void GroupCoordinator::on(const HeartbeatRequest& request, const RequestHandle& handle, Instant now,
                          Outbox& out) {
  ClassicGroup& group = group_of(request.group);
  const Error error = serving_ ? judge_heartbeat(group, request) : Error::not_coordinator;
  const bool is_alive = error == Error::none || error == Error::rebalance_in_progress;
  if (is_alive) renew_session(*group.find(request.member), now);
  out.reply<HeartbeatResponse>(handle).error = error;
  if (is_alive) watch(now, out);
}

// Simplified: the answer does not wait until the record of a group that became empty is committed.
void GroupCoordinator::on(const LeaveGroupRequest& request, const RequestHandle& handle,
                          Instant now, Outbox& out) {
  ClassicGroup& group = group_of(request.group);
  Error error = serving_ ? Error::none : Error::not_coordinator;
  if (serving_ && group.is_pending(request.member)) {
    group.forget(request.member);
    maybe_complete_join(request.group, now, out);
  } else if (serving_ && group.find(request.member) != nullptr) {
    out.note(
        {.kind = ObservationKind::MemberLeft, .group = request.group, .value = request.member});
    remove_member(request.group, request.member, now, out);
  } else if (serving_) {
    error = Error::unknown_member_id;
  }
  out.reply<LeaveGroupResponse>(handle).error = error;
  if (serving_) watch(now, out);
}

void GroupCoordinator::renew_session(GroupMember& member, Instant now) {
  if (!member.is_new) member.session_end = now + member.session_timeout;
}

// expireClassicGroupMemberHeartbeat. A member parked in JoinGroup or SyncGroup cannot expire; its
// session begins anew when it is answered.
void GroupCoordinator::expire_sessions(GroupIndex index, Instant now, Outbox& out) {
  ClassicGroup& group = group_of(index);
  for (std::size_t i = 0; i < group.pending.size();) {
    if (group.pending[i].session_end > now) {
      ++i;
      continue;
    }
    group.forget(group.pending[i].id);
    maybe_complete_join(index, now, out);
    i = 0;
  }
  for (std::size_t i = 0; i < group.members.size();) {
    GroupMember& member = group.members[i];
    if (member.session_end > now) {
      ++i;
    } else if (is_mutant(Mutant::session_never_expires) ||
               (member.awaiting != Awaiting::nothing && !member.is_new)) {
      member.session_end = never;
      ++i;
    } else {
      const MemberId id = member.id;
      out.note({.kind = ObservationKind::MemberEvicted, .group = index, .value = id});
      remove_member(index, id, now, out);
      i = 0;
    }
  }
}

// removeMemberAndUpdateClassicGroup.
void GroupCoordinator::remove_member(GroupIndex index, MemberId id, Instant now, Outbox& out) {
  ClassicGroup& group = group_of(index);
  const GroupMember& member = *group.find(id);
  if (member.awaiting == Awaiting::join) {
    out.reply<JoinGroupResponse>(member.held).error = Error::unknown_member_id;
  } else if (member.awaiting == Awaiting::sync) {
    out.reply<SyncGroupResponse>(member.held).error = Error::unknown_member_id;
  }
  group.forget(id);
  rebalance_or_complete_join(index, now, out);
}

}  // namespace kafault
