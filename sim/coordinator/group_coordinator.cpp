#include "sim/coordinator/group_coordinator.hpp"

#include <algorithm>

#include "sim/kernel/contract.hpp"
#include "sim/protocol/mutants.hpp"

namespace kafault {
namespace {

constexpr std::uint8_t coordinator_room = 3;

using Awaiting = GroupMember::Awaiting;

void restore(ClassicGroup& group, const GroupRecord& record) {
  group.clear();
  group.state = record.members.empty() ? GroupState::empty : GroupState::stable;
  group.generation = record.generation;
  group.empty_since = record.time;
  group.leader = record.leader;
  if (record.assignor >= 0) group.assignor = static_cast<Assignor>(record.assignor);
  for (const GroupRecord::Member& stored : record.members) {
    GroupMember& member = group.members.emplace_back();
    member.id = stored.id;
    member.node = stored.node;
    member.instance = stored.instance;
    member.session_timeout = stored.session_timeout;
    member.rebalance_timeout = stored.rebalance_timeout;
    member.assignors.assign(1, group.assignor);  // the record holds the chosen protocol only
    member.topics = stored.topics;
    member.assignment = stored.assignment;
  }
}

}  // namespace

GroupCoordinator::GroupCoordinator(NodeId, const BrokerConfig* config, const ClusterLayout* layout,
                                   std::int32_t groups)
    : config_(config),
      layout_(layout),
      partitions_(layout),
      groups_(static_cast<std::size_t>(groups)),
      consumer_groups_(static_cast<std::size_t>(groups)),
      committed_(static_cast<std::size_t>(groups) * layout->partitions.size()),
      committed_at_(committed_.size()),
      timer_(TimerId{coordinator_room, 0}) {
  reset();
}

void GroupCoordinator::reset() {
  crash();
  tags_ = 0;
}

void GroupCoordinator::start_settled(bool leads) {
  meet_settled();
  if (!leads) return;
  serving_ = true;
  serving_since_ = Instant{};
  epoch_ = 0;
}

void GroupCoordinator::crash() {
  coordinator_ = no_node;
  partitions_.reset();
  lives_.clear();
  epoch_ = no_epoch;
  member_ids_ = 0;
  timer_.forget();
  unload();
}

void GroupCoordinator::unload() {
  serving_ = replaying_ = false;
  high_watermark_ = 0;
  for (ClassicGroup& group : groups_) group.clear();
  for (ConsumerGroup& group : consumer_groups_) group.clear();
  for (CommittedOffset& offset : committed_) offset = {no_partition, no_offset, no_epoch};
  std::fill(committed_at_.begin(), committed_at_.end(), Instant{});
  writes_.clear();
  unapplied_.clear();
}

// ---- becoming and ceasing to be the coordinator ------------------------------------------------

void GroupCoordinator::replay(Offset, const GroupRecord& record) {
  if (serving_ || is_mutant(Mutant::offsets_lost_on_failover)) return;
  if (!replaying_) unload();
  replaying_ = true;
  switch (record.kind) {
    case GroupRecord::Kind::group_metadata:
      return restore(group_of(record.group), record);
    case GroupRecord::Kind::consumer_group:
      return restore_consumer_group(record);
    case GroupRecord::Kind::offset_commit:
      committed_[slot_of(record.group, record.partition)] = {record.partition, record.offset,
                                                             record.leader_epoch};
      committed_at_[slot_of(record.group, record.partition)] = record.time;
      return;
  }
}

void GroupCoordinator::on_local(const LocalEvent& event, Instant now, Outbox& out) {
  switch (event.kind) {
    case LocalEvent::Kind::append:
      return;
    case LocalEvent::Kind::appended:
      on_appended(event, now, out);
      break;
    case LocalEvent::Kind::committed:
      on_committed(event.offset, now, out);
      break;
    case LocalEvent::Kind::elected:
      if (!serving_ && !replaying_) unload();
      replaying_ = false;
      if (event.epoch != epoch_) member_ids_ = 0;
      epoch_ = event.epoch;
      if (serving_) return;
      serving_ = true;
      serving_since_ = now;
      // Every member gets a full session to find the new coordinator (onLoaded).
      for (ClassicGroup& group : groups_) {
        for (GroupMember& member : group.members) renew_session(member, now);
      }
      renew_consumers(now);
      break;
    case LocalEvent::Kind::resigned:
      return resign(out);
  }
  watch(now, out);
}

// Whoever waits for an answer is sent away to the next coordinator; what was appended may survive
// there.
void GroupCoordinator::resign(Outbox& out) {
  for (const ClassicGroup& group : groups_) {
    for (const GroupMember& member : group.members) {
      if (member.awaiting == Awaiting::join) {
        out.reply<JoinGroupResponse>(member.held).error = Error::not_coordinator;
      } else if (member.awaiting == Awaiting::sync) {
        out.reply<SyncGroupResponse>(member.held).error = Error::not_coordinator;
      }
    }
  }
  for (const PendingWrite& write : writes_) {
    if (write.kind == PendingWrite::Kind::commit) {
      out.reply<OffsetCommitResponse>(write.handle).error = Error::not_coordinator;
    } else if (write.kind == PendingWrite::Kind::consumer_heartbeat) {
      complete_heartbeat(write, Error::not_coordinator, out);
    }
  }
  unload();
}

void GroupCoordinator::watch(Instant now, Outbox& out) {
  Instant next = never;
  for (const ClassicGroup& group : groups_) next = std::min(next, group.next_deadline());
  for (const ConsumerGroup& group : consumer_groups_) {
    next = std::min(next, group.next_deadline());
  }
  for (const PendingWrite& write : writes_) next = std::min(next, write.deadline);
  timer_.wake_by(next, now, out);
}

void GroupCoordinator::on_timer(std::uint8_t, Instant now, Outbox& out) {
  timer_.on_fired();
  if (!serving_) return;
  for (std::size_t i = 0; i < groups_.size(); ++i) {
    const auto index = static_cast<GroupIndex>(i);
    expire_sessions(index, now, out);
    expire_consumers(index, now, out);
    if (groups_[i].join_end <= now) on_join_end(index, now, out);
    if (groups_[i].sync_end <= now) on_sync_end(index, now, out);
  }
  expire_writes(now, out);
  watch(now, out);
}

void GroupCoordinator::on(const FindCoordinatorRequest&, const RequestHandle& handle, Instant,
                          Outbox& out) {
  auto& answer = out.reply<FindCoordinatorResponse>(handle);
  answer.coordinator = coordinator_;
  if (coordinator_ == no_node) answer.error = Error::coordinator_not_available;
}

// ---- offsets -----------------------------------------------------------------------------------

// A commit under KIP-848 does not prolong the session, one under the classic protocol does.
Error GroupCoordinator::judge(const OffsetCommitRequest& request) const {
  const ConsumerGroup& group = consumer_view(request.group);
  return group.exists() ? judge_commit(group, request) : judge_commit(view(request.group), request);
}

void GroupCoordinator::on(const OffsetCommitRequest& request, const RequestHandle& handle,
                          Instant now, Outbox& out) {
  if (!serving_) {
    out.reply<OffsetCommitResponse>(handle).error = Error::not_coordinator;
    return;
  }
  expire_offsets(request.group, now, out);
  ClassicGroup& group = group_of(request.group);
  if (const Error error = judge(request); error != Error::none) {
    out.note({.kind = ObservationKind::CommitRejected, .error = error, .group = request.group});
    out.reply<OffsetCommitResponse>(handle).error = error;
    return;
  }
  if (GroupMember* member = group.find(request.member)) renew_session(*member, now);
  if (is_any_gone(request)) {
    out.reply<OffsetCommitResponse>(handle).error = Error::unknown_topic_or_partition;
    return watch(now, out);
  }
  if (request.offsets.empty()) {
    out.reply<OffsetCommitResponse>(handle);
    return watch(now, out);
  }

  write_offsets(request, PendingWrite::Kind::commit, handle, now, out);
}

void GroupCoordinator::alter_offsets(const OffsetCommitRequest& request, Instant now, Outbox& out) {
  if (!serving_) return;
  if (const Error error = judge(request); error != Error::none) {
    out.note({.kind = ObservationKind::CommitRejected, .error = error, .group = request.group});
    return;
  }
  write_offsets(request, PendingWrite::Kind::alteration, {}, now, out);
}

void GroupCoordinator::write_offsets(const OffsetCommitRequest& request, PendingWrite::Kind kind,
                                     const RequestHandle& handle, Instant now, Outbox& out) {
  PendingWrite write;
  write.kind = kind;
  write.group = request.group;
  write.handle = handle;
  write.first_tag = tags_;
  write.records = static_cast<std::uint32_t>(request.offsets.size());
  write.deadline = now + config_->offsets_commit_timeout;
  for (const CommittedOffset& offset : request.offsets) {
    GroupRecord& record = out.journal().emplace_back();
    record.kind = GroupRecord::Kind::offset_commit;
    record.group = request.group;
    record.partition = offset.partition;
    record.offset = offset.offset;
    record.leader_epoch = offset.leader_epoch;
    record.time = now;
    const std::uint32_t tag = append(static_cast<std::int32_t>(out.journal().size()) - 1, out);
    unapplied_.push_back({tag, request.group, offset, now, no_offset});
  }
  writes_.push_back(write);
  watch(now, out);
}

void GroupCoordinator::on(const OffsetFetchRequest& request, const RequestHandle& handle,
                          Instant now, Outbox& out) {
  if (serving_) expire_offsets(request.group, now, out);
  auto& answer = out.reply<OffsetFetchResponse>(handle);
  if (!serving_) {
    answer.error = Error::not_coordinator;
    return;
  }
  const ConsumerGroup& group = consumer_group_of(request.group);
  if (group.exists()) answer.error = judge_fetch(group, request);
  if (answer.error != Error::none) return;
  for (const PartitionId partition : request.partitions) {
    CommittedOffset offset = committed_[slot_of(request.group, partition)];
    offset.partition = partition;
    answer.offsets.push_back(offset);
  }
}

// ---- the log -----------------------------------------------------------------------------------

std::uint32_t GroupCoordinator::append(std::int32_t record, Outbox& out) {
  LocalEvent event;
  event.kind = LocalEvent::Kind::append;
  event.record = record;
  event.tag = tags_;
  out.local(event);
  return tags_++;
}

void GroupCoordinator::on_appended(const LocalEvent& event, Instant now, Outbox& out) {
  const auto write =
      std::find_if(writes_.begin(), writes_.end(), [&](const PendingWrite& candidate) {
        return event.tag - candidate.first_tag < candidate.records;
      });
  if (event.error != Error::none) {
    unapplied_.erase(
        std::remove_if(unapplied_.begin(), unapplied_.end(),
                       [&](const UnappliedOffset& offset) { return offset.tag == event.tag; }),
        unapplied_.end());
    if (write == writes_.end()) return;
    const PendingWrite failed = *write;
    writes_.erase(write);
    return complete(failed, Error::not_coordinator, now, out);
  }
  for (UnappliedOffset& offset : unapplied_) {
    if (offset.tag == event.tag) offset.end_offset = event.offset;
  }
  if (write != writes_.end()) {
    ++write->appended;
    write->end_offset = std::max(write->end_offset, event.offset);
  }
  if (event.offset <= high_watermark_) on_committed(high_watermark_, now, out);
}

// Offsets take effect in the order of the log, also those whose request was given up.
void GroupCoordinator::on_committed(Offset high_watermark, Instant now, Outbox& out) {
  if (!serving_) return;
  high_watermark_ = std::max(high_watermark_, high_watermark);
  const auto is_covered = [&](Offset end_offset) {
    return end_offset != no_offset && end_offset <= high_watermark_;
  };
  for (const UnappliedOffset& offset : unapplied_) {
    if (!is_covered(offset.end_offset)) continue;
    committed_[slot_of(offset.group, offset.value.partition)] = offset.value;
    committed_at_[slot_of(offset.group, offset.value.partition)] = offset.written;
    out.note({.kind = ObservationKind::OffsetCommitted,
              .partition = offset.value.partition,
              .group = offset.group,
              .offset = offset.value.offset});
  }
  unapplied_.erase(
      std::remove_if(unapplied_.begin(), unapplied_.end(),
                     [&](const UnappliedOffset& offset) { return is_covered(offset.end_offset); }),
      unapplied_.end());
  for (std::size_t i = 0; i < writes_.size();) {
    if (writes_[i].appended < writes_[i].records || !is_covered(writes_[i].end_offset)) {
      ++i;
      continue;
    }
    const PendingWrite done = writes_[i];
    writes_.erase(writes_.begin() + static_cast<std::ptrdiff_t>(i));
    complete(done, Error::none, now, out);
  }
}

// The client is told that it failed; the records stay in the log and may yet take effect
// (CoordinatorRuntime, offsets.commit.timeout.ms).
void GroupCoordinator::expire_writes(Instant now, Outbox& out) {
  for (std::size_t i = 0; i < writes_.size();) {
    if (writes_[i].deadline > now) {
      ++i;
      continue;
    }
    const PendingWrite late = writes_[i];
    writes_.erase(writes_.begin() + static_cast<std::ptrdiff_t>(i));
    complete(late, Error::coordinator_not_available, now, out);
  }
}

void GroupCoordinator::complete(const PendingWrite& write, Error error, Instant now, Outbox& out) {
  if (write.kind == PendingWrite::Kind::alteration) return;
  if (write.kind == PendingWrite::Kind::commit) {
    out.reply<OffsetCommitResponse>(write.handle).error = error;
    return;
  }
  if (write.kind == PendingWrite::Kind::consumer_heartbeat) {
    return complete_heartbeat(write, error, out);
  }
  ClassicGroup& group = group_of(write.group);
  const bool is_current =
      group.state == GroupState::completing_rebalance && group.generation == write.generation;
  if (!is_current) return;
  if (error != Error::none) {
    release_syncs(group, error, now, out);
    return prepare_rebalance(write.group, now, out);
  }
  const GroupRecord& stored = out.journal()[static_cast<std::size_t>(write.record)];
  for (const GroupRecord::Member& member : stored.members) {
    if (GroupMember* known = group.find(member.id)) known->assignment = member.assignment;
  }
  group.transition_to(GroupState::stable);
  out.note({.kind = ObservationKind::RebalanceCompleted,
            .group = write.group,
            .count = static_cast<std::uint32_t>(group.members.size()),
            .epoch = group.generation});
  release_syncs(group, Error::none, now, out);
}

}  // namespace kafault
