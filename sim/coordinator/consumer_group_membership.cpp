// The coordinator's side of KIP-848: ConsumerGroupHeartbeat and the timers behind it
// (GroupMetadataManager.consumerGroupHeartbeat and the consumerGroup... methods).
#include <algorithm>

#include "sim/coordinator/group_coordinator.hpp"
#include "sim/kernel/contract.hpp"
#include "sim/protocol/mutants.hpp"

namespace kafault {
namespace {

using MemberState = ConsumerGroupMember::State;

Error error_of(HeartbeatAnswer answer) {
  switch (answer) {
    case HeartbeatAnswer::unknown_member_id:
      return Error::unknown_member_id;
    case HeartbeatAnswer::fenced_member_epoch:
      return Error::fenced_member_epoch;
    case HeartbeatAnswer::unreleased_instance_id:
      return Error::unreleased_instance_id;
    case HeartbeatAnswer::fenced_instance_id:
      return Error::fenced_instance_id;
    case HeartbeatAnswer::join:
    case HeartbeatAnswer::replace_static:
    case HeartbeatAnswer::go_on:
    case HeartbeatAnswer::leave:
      return Error::none;
  }
  contract_broken("a known answer", __FILE__, __LINE__);
}

}  // namespace

// Whatever a heartbeat changes is written before it is answered. Simplified: one that changes
// nothing is answered at once, also while earlier records are on their way.
void GroupCoordinator::on(const ConsumerGroupHeartbeatRequest& request, const RequestHandle& handle,
                          Instant now, Outbox& out) {
  if (serving_) expire_offsets(request.group, now, out);
  ConsumerGroup& group = consumer_group_of(request.group);
  const HeartbeatAnswer answer = judge_heartbeat(group, request);
  const Error error = serving_ ? error_of(answer) : Error::not_coordinator;
  if (error != Error::none) {
    out.reply<ConsumerGroupHeartbeatResponse>(handle).error = error;
    return;
  }
  if (answer == HeartbeatAnswer::leave) return on_leaving(request, handle, now, out);
  bool has_changed = answer != HeartbeatAnswer::go_on;
  if (answer == HeartbeatAnswer::join) {
    add_consumer(request, handle, out);
  } else if (answer == HeartbeatAnswer::replace_static) {
    replace_consumer(request, handle, out);
  }
  ConsumerGroupMember& member = *group.find(request.member);
  watch_metadata(request.group, out);
  if (group.epoch > group.target_epoch) {
    assign_targets(group, partitions_);
    has_changed = true;
  }
  if (reconcile(group, member, request.has_owned ? &request.owned : nullptr)) {
    const bool owes = member.state == MemberState::unrevoked_partitions;
    member.rebalance_end = owes ? now + member.rebalance_timeout : never;
    has_changed = true;
  }
  member.session_end = now + config_->group_consumer_session_timeout;
  if (has_changed) {
    write_consumer_group(request, handle, now, out);
  } else {
    auto& unchanged = out.reply<ConsumerGroupHeartbeatResponse>(handle);
    unchanged.epoch = member.epoch;
    unchanged.heartbeat_interval = config_->group_consumer_heartbeat_interval;
    unchanged.has_assignment = request.is_full;
    if (request.is_full) unchanged.partitions = member.assigned;
  }
  watch(now, out);
}

// The group's epoch grows; targets are computed with the next heartbeat of anybody.
void GroupCoordinator::bump_epoch(GroupIndex index, Outbox& out) {
  ConsumerGroup& group = consumer_group_of(index);
  out.note({.kind = ObservationKind::RebalanceStarted, .group = index, .epoch = group.epoch});
  ++group.epoch;
  group.is_rebalancing = true;
}

// The metadata of what its members subscribe to has changed (ConsumerGroup.computeMetadataHash).
void GroupCoordinator::watch_metadata(GroupIndex index, Outbox& out) {
  ConsumerGroup& group = consumer_group_of(index);
  // Mostly nothing ever changed: neither now nor when the group's last record was written.
  if (!partitions_.have_grown() && group.added_partitions == 0) return;
  const std::int32_t added = added_to_subscriptions(group, partitions_);
  if (added == group.added_partitions) return;
  group.added_partitions = added;
  if (group.epoch == group.target_epoch) bump_epoch(index, out);
}

void GroupCoordinator::add_consumer(const ConsumerGroupHeartbeatRequest& request,
                                    const RequestHandle& handle, Outbox& out) {
  ConsumerGroup& group = consumer_group_of(request.group);
  out.note({.kind = ObservationKind::MemberJoined,
            .group = request.group,
            .epoch = group.epoch,
            .value = request.member});
  bump_epoch(request.group, out);
  ConsumerGroupMember& member = group.members.emplace_back();
  member.id = request.member;
  member.node = handle.client;
  member.instance = request.instance;
  member.rebalance_timeout = request.rebalance_timeout;
  member.assignor = request.assignor;
  member.topics = request.topics;
}

// It gets what the process before it had, and nobody else hears of it.
void GroupCoordinator::replace_consumer(const ConsumerGroupHeartbeatRequest& request,
                                        const RequestHandle& handle, Outbox& out) {
  ConsumerGroupMember& member = *consumer_group_of(request.group).find_static(request.instance);
  out.note({.kind = ObservationKind::MemberReplaced,
            .group = request.group,
            .epoch = consumer_group_of(request.group).epoch,
            .value = member.id});
  member.id = request.member;
  member.node = handle.client;
  member.epoch = member.previous_epoch = 0;
}

void GroupCoordinator::on_leaving(const ConsumerGroupHeartbeatRequest& request,
                                  const RequestHandle& handle, Instant now, Outbox& out) {
  if (request.epoch == leave_static_epoch) {
    // It keeps its place until its session ends.
    consumer_group_of(request.group).find(request.member)->epoch = leave_static_epoch;
  } else {
    out.note(
        {.kind = ObservationKind::MemberLeft, .group = request.group, .value = request.member});
    forget_consumer(request.group, request.member, now, out);
  }
  write_consumer_group(request, handle, now, out);
  watch(now, out);
}

void GroupCoordinator::forget_consumer(GroupIndex index, MemberId id, Instant now, Outbox& out) {
  ConsumerGroup& group = consumer_group_of(index);
  group.members.erase_if([&](const ConsumerGroupMember& member) { return member.id == id; });
  if (group.members.empty()) group.empty_since = now;
  bump_epoch(index, out);
}

// Sessions, and members that did not give up in time (scheduleConsumerGroupRebalanceTimeout).
void GroupCoordinator::expire_consumers(GroupIndex index, Instant now, Outbox& out) {
  ConsumerGroup& group = consumer_group_of(index);
  for (std::size_t i = 0; i < group.members.size();) {
    ConsumerGroupMember& member = group.members[i];
    if (is_mutant(Mutant::session_never_expires)) member.session_end = never;
    const bool too_late = member.rebalance_end <= now;
    if (member.session_end > now && !too_late) {
      ++i;
      continue;
    }
    const MemberId id = member.id;
    out.note({.kind = ObservationKind::MemberEvicted,
              .group = index,
              .count = too_late ? 1U : 0U,
              .value = id});
    forget_consumer(index, id, now, out);
    append(journal_consumer_group(index, out), out);
    i = 0;
  }
}

// ---- its record --------------------------------------------------------------------------------

void GroupCoordinator::write_consumer_group(const ConsumerGroupHeartbeatRequest& request,
                                            const RequestHandle& handle, Instant now, Outbox& out) {
  PendingWrite write;
  write.kind = PendingWrite::Kind::consumer_heartbeat;
  write.group = request.group;
  write.generation = request.epoch;
  write.member = request.member;
  write.handle = handle;
  write.record = journal_consumer_group(request.group, out);
  write.first_tag = append(write.record, out);
  write.deadline = now + config_->offsets_commit_timeout;
  writes_.push_back(write);
}

std::int32_t GroupCoordinator::journal_consumer_group(GroupIndex index, Outbox& out) {
  const ConsumerGroup& group = consumer_group_of(index);
  GroupRecord& record = out.journal().emplace_back();
  record.kind = GroupRecord::Kind::consumer_group;
  record.time = group.empty_since;
  record.group = index;
  record.generation = group.epoch;
  record.target_epoch = group.target_epoch;
  record.added_partitions = group.added_partitions;
  for (const ConsumerGroupMember& member : group.members) {
    GroupRecord::Member& stored = record.members.emplace_back();
    stored.id = member.id;
    stored.node = member.node;
    stored.instance = member.instance;
    stored.rebalance_timeout = member.rebalance_timeout;
    stored.assignor = static_cast<std::int8_t>(member.assignor);
    stored.topics = member.topics;
    stored.epoch = member.epoch;
    stored.previous_epoch = member.previous_epoch;
    stored.state = static_cast<std::uint8_t>(member.state);
    stored.assignment = member.assigned;
    stored.revoking = member.revoking;
    stored.target = member.target;
    scratch_.insert(scratch_.end(), member.assigned.begin(), member.assigned.end());
    scratch_.insert(scratch_.end(), member.revoking.begin(), member.revoking.end());
  }
  // The law of this protocol: a partition has one owner, whoever is on the way to which epoch.
  std::sort(scratch_.begin(), scratch_.end());
  KAFAULT_REQUIRE(std::adjacent_find(scratch_.begin(), scratch_.end()) == scratch_.end());
  scratch_.clear();
  return static_cast<std::int32_t>(out.journal().size()) - 1;
}

void GroupCoordinator::restore_consumer_group(const GroupRecord& record) {
  ConsumerGroup& group = consumer_group_of(record.group);
  group.clear();
  group.epoch = record.generation;
  group.empty_since = record.time;
  group.target_epoch = record.target_epoch;
  group.added_partitions = record.added_partitions;
  for (const GroupRecord::Member& stored : record.members) {
    ConsumerGroupMember& member = group.members.emplace_back();
    member.id = stored.id;
    member.node = stored.node;
    member.instance = stored.instance;
    member.rebalance_timeout = stored.rebalance_timeout;
    member.assignor = static_cast<RemoteAssignor>(stored.assignor);
    member.topics = stored.topics;
    member.epoch = stored.epoch;
    member.previous_epoch = stored.previous_epoch;
    member.state = static_cast<MemberState>(stored.state);
    member.assigned = stored.assignment;
    member.revoking = stored.revoking;
    member.target = stored.target;
  }
  group.is_rebalancing = !group.is_reconciled();
}

// Every member gets a full session, and a full rebalance timeout, to find the new coordinator.
void GroupCoordinator::renew_consumers(Instant now) {
  for (ConsumerGroup& group : consumer_groups_) {
    for (ConsumerGroupMember& member : group.members) {
      member.session_end = now + config_->group_consumer_session_timeout;
      const bool is_due = member.state == MemberState::unrevoked_partitions;
      member.rebalance_end = is_due ? now + member.rebalance_timeout : never;
    }
  }
}

// The answer says what was written, whatever has changed since.
void GroupCoordinator::complete_heartbeat(const PendingWrite& write, Error error, Outbox& out) {
  auto& answer = out.reply<ConsumerGroupHeartbeatResponse>(write.handle);
  answer.error = error;
  if (error != Error::none) return;
  answer.epoch = write.generation;
  answer.heartbeat_interval = config_->group_consumer_heartbeat_interval;
  if (write.generation < 0) return;
  const GroupRecord& stored = out.journal()[static_cast<std::size_t>(write.record)];
  for (const GroupRecord::Member& member : stored.members) {
    if (member.id != write.member) continue;
    answer.epoch = member.epoch;
    answer.has_assignment = true;
    answer.partitions = member.assignment;
  }
  ConsumerGroup& group = consumer_group_of(write.group);
  if (!group.is_rebalancing || !group.is_reconciled()) return;
  group.is_rebalancing = false;
  out.note({.kind = ObservationKind::RebalanceCompleted,
            .group = write.group,
            .count = static_cast<std::uint32_t>(group.members.size()),
            .epoch = group.epoch});
}

}  // namespace kafault
