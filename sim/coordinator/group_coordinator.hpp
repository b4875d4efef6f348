// The coordinator of all groups, in the broker that leads the (one) partition of
// __consumer_offsets: membership, rebalances, committed offsets. What must survive it is appended
// to that partition through the broker of the same process; the next leader replays it.
// Modelled on the coordinator of 4.x (GroupCoordinatorService, GroupMetadataManager,
// OffsetMetadataManager, CoordinatorRuntime). A group is of the protocol of who comes first: each
// of the two is a state machine of its own (classic_group.hpp, consumer_group.hpp).
// Simplified: loading takes no time.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/coordinator/classic_group.hpp"
#include "sim/coordinator/consumer_group.hpp"
#include "sim/protocol/broker_config.hpp"
#include "sim/protocol/known_partitions.hpp"
#include "sim/protocol/layout.hpp"
#include "sim/protocol/lazy_timer.hpp"
#include "sim/protocol/outbox.hpp"

namespace kafault {

class GroupCoordinator {
 public:
  // `config` and `layout` outlive the coordinator.
  GroupCoordinator(NodeId broker, const BrokerConfig* config, const ClusterLayout* layout,
                   std::int32_t groups);

  // Back to before the run; keeps memory.
  void reset();
  // `leads`: this broker leads the offsets partition, which is empty.
  void start_settled(bool leads);
  // The process dies; nothing here is on disk.
  void crash();

  // Who leads the offsets partition as far as this broker's metadata says, or no_node.
  void set_coordinator(NodeId leader) { coordinator_ = leader; }
  // There is this partition, as far as this broker's metadata says.
  void learn(PartitionId partition) { partitions_.learn(partition); }
  // The leader epoch that its metadata has for a partition of a topic that may be deleted and
  // created anew, no_epoch where there is no such topic: with a topic its offsets are deleted.
  void meet(PartitionId partition, LeaderEpoch epoch, Instant now, Outbox& out);
  // A record of the local log, up to its end and not only to the high watermark
  // (CoordinatorLoaderImpl), before LocalEvent::Kind::elected. Without effect while serving: then
  // everything in the log is known already.
  // Simplified: an offset above the high watermark is visible at once, not when that passes it.
  void replay(Offset end_offset, const GroupRecord& record);
  // appended, committed, elected, resigned.
  void on_local(const LocalEvent& event, Instant now, Outbox& out);

  void on(const FindCoordinatorRequest& request, const RequestHandle& handle, Instant now,
          Outbox& out);
  void on(const JoinGroupRequest& request, const RequestHandle& handle, Instant now, Outbox& out);
  void on(const SyncGroupRequest& request, const RequestHandle& handle, Instant now, Outbox& out);
  void on(const HeartbeatRequest& request, const RequestHandle& handle, Instant now, Outbox& out);
  void on(const LeaveGroupRequest& request, const RequestHandle& handle, Instant now, Outbox& out);
  void on(const ConsumerGroupHeartbeatRequest& request, const RequestHandle& handle, Instant now,
          Outbox& out);
  void on(const OffsetCommitRequest& request, const RequestHandle& handle, Instant now,
          Outbox& out);
  void on(const OffsetFetchRequest& request, const RequestHandle& handle, Instant now, Outbox& out);
  // An operator's commit, which is in no generation (AlterConsumerGroupOffsets). Nobody is
  // answered.
  void alter_offsets(const OffsetCommitRequest& request, Instant now, Outbox& out);
  void on_timer(std::uint8_t index, Instant now, Outbox& out);

  bool is_serving() const { return serving_; }
  bool is_stable(GroupIndex group) const {
    return consumer_view(group).exists() ? !consumer_view(group).is_rebalancing
                                         : view(group).state == GroupState::stable;
  }
  const ClassicGroup& view(GroupIndex group) const {
    return groups_[static_cast<std::size_t>(group)];
  }
  const ConsumerGroup& consumer_view(GroupIndex group) const {
    return consumer_groups_[static_cast<std::size_t>(group)];
  }
  const ReusedVector<GroupMember>& members(GroupIndex group) const { return view(group).members; }
  // no_offset: nothing is committed.
  Offset committed(GroupIndex group, PartitionId partition) const {
    return committed_[slot_of(group, partition)].offset;
  }
  // Commits that are in the log and not applied yet.
  bool has_pending_commits() const { return !unapplied_.empty(); }
  void hash_into(Fingerprint& print, const GroupJournal& journal) const;

 private:
  // One request's records on their way through the log.
  struct PendingWrite {
    enum class Kind : std::uint8_t {
      commit,
      alteration,          // a commit that nobody waits for
      assignment,          // of a classic group
      consumer_heartbeat,  // of a member of the other protocol
    } kind = Kind::commit;
    GroupIndex group = -1;
    Generation generation = -1;   // assignment; consumer_heartbeat: the epoch it came with
    std::int32_t record = -1;     // neither a commit: index into the journal
    MemberId member = no_member;  // consumer_heartbeat
    RequestHandle handle{};       // commit, consumer_heartbeat
    std::uint32_t first_tag = 0;
    std::uint32_t records = 1;
    std::uint32_t appended = 0;
    Offset end_offset = no_offset;  // of the last record
    Instant deadline = never;
  };
  struct UnappliedOffset {
    std::uint32_t tag = 0;
    GroupIndex group = -1;
    CommittedOffset value{};
    Instant written{};
    Offset end_offset = no_offset;  // no_offset: not appended yet
  };

  ClassicGroup& group_of(GroupIndex group) { return groups_[static_cast<std::size_t>(group)]; }
  ConsumerGroup& consumer_group_of(GroupIndex group) {
    return consumer_groups_[static_cast<std::size_t>(group)];
  }
  std::size_t slot_of(GroupIndex group, PartitionId partition) const {
    return static_cast<std::size_t>(group) * layout_->partitions.size() +
           static_cast<std::size_t>(partition);
  }
  void unload();
  void watch(Instant now, Outbox& out);

  // Membership (group_membership.cpp).
  MemberId new_member_id();
  void add_member(GroupIndex index, MemberId id, const JoinGroupRequest& request,
                  const RequestHandle& handle, Instant now, Outbox& out);
  void replace_static(GroupIndex index, const JoinGroupRequest& request,
                      const RequestHandle& handle, Instant now, Outbox& out);
  void rejoin(GroupIndex index, GroupMember& member, const JoinGroupRequest& request,
              const RequestHandle& handle, Instant now, Outbox& out);
  void rebalance_or_complete_join(GroupIndex index, Instant now, Outbox& out);
  void prepare_rebalance(GroupIndex index, Instant now, Outbox& out);
  void maybe_complete_join(GroupIndex index, Instant now, Outbox& out);
  void on_join_end(GroupIndex index, Instant now, Outbox& out);
  void complete_join(GroupIndex index, Instant now, Outbox& out);
  void release_joins(ClassicGroup& group, Instant now, Outbox& out);
  void answer_join(const ClassicGroup& group, const GroupMember& member,
                   const RequestHandle& handle, Outbox& out, bool skip_assignment = false) const;
  void on_sync_end(GroupIndex index, Instant now, Outbox& out);
  void remove_member(GroupIndex index, MemberId id, Instant now, Outbox& out);
  void expire_sessions(GroupIndex index, Instant now, Outbox& out);
  void renew_session(GroupMember& member, Instant now);
  void release_syncs(ClassicGroup& group, Error error, Instant now, Outbox& out);
  void store_assignment(GroupIndex index, const SyncGroupRequest& request, Instant now,
                        Outbox& out);
  std::int32_t write_group(GroupIndex index, const SyncGroupRequest* assignments, Outbox& out);

  // The same under KIP-848 (consumer_group_membership.cpp).
  void bump_epoch(GroupIndex index, Outbox& out);
  void watch_metadata(GroupIndex index, Outbox& out);
  void add_consumer(const ConsumerGroupHeartbeatRequest& request, const RequestHandle& handle,
                    Outbox& out);
  void replace_consumer(const ConsumerGroupHeartbeatRequest& request, const RequestHandle& handle,
                        Outbox& out);
  void on_leaving(const ConsumerGroupHeartbeatRequest& request, const RequestHandle& handle,
                  Instant now, Outbox& out);
  void forget_consumer(GroupIndex index, MemberId id, Instant now, Outbox& out);
  void expire_consumers(GroupIndex index, Instant now, Outbox& out);
  void write_consumer_group(const ConsumerGroupHeartbeatRequest& request,
                            const RequestHandle& handle, Instant now, Outbox& out);
  std::int32_t journal_consumer_group(GroupIndex index, Outbox& out);
  void restore_consumer_group(const GroupRecord& record);
  void renew_consumers(Instant now);
  void complete_heartbeat(const PendingWrite& write, Error error, Outbox& out);

  // Offsets that nobody needs any more (offset_expiry.cpp).
  void expire_offsets(GroupIndex index, Instant now, Outbox& out);
  void delete_group(GroupIndex index, Outbox& out);
  Instant expires_at(GroupIndex index, std::size_t slot) const;
  void hash_expiry(Fingerprint& print) const;

  // And of topics that were deleted (deleted_topics.cpp).
  void meet_settled();
  bool is_any_gone(const OffsetCommitRequest& request) const;
  void delete_offsets(PartitionId partition, Instant now, Outbox& out);

  // The offsets partition (group_coordinator.cpp).
  Error judge(const OffsetCommitRequest& request) const;
  void write_offsets(const OffsetCommitRequest& request, PendingWrite::Kind kind,
                     const RequestHandle& handle, Instant now, Outbox& out);
  std::uint32_t append(std::int32_t record, Outbox& out);
  void on_appended(const LocalEvent& event, Instant now, Outbox& out);
  void on_committed(Offset high_watermark, Instant now, Outbox& out);
  void complete(const PendingWrite& write, Error error, Instant now, Outbox& out);
  void expire_writes(Instant now, Outbox& out);
  void resign(Outbox& out);

  const BrokerConfig* config_;
  const ClusterLayout* layout_;

  // Memory of the process.
  KnownPartitions partitions_;
  std::vector<std::int32_t> lives_;  // by partition, of topics that may be deleted; else empty
  NodeId coordinator_ = no_node;
  bool serving_ = false;
  bool replaying_ = false;
  LeaderEpoch epoch_ = no_epoch;
  std::int32_t member_ids_ = 0;  // given out in this epoch
  std::uint32_t tags_ = 0;
  Offset high_watermark_ = 0;
  std::vector<ClassicGroup> groups_;
  std::vector<ConsumerGroup> consumer_groups_;
  std::vector<PartitionId> scratch_;        // empty between calls
  std::vector<CommittedOffset> committed_;  // by group and partition
  std::vector<Instant> committed_at_;       // likewise: when it was written
  Instant serving_since_{};
  std::vector<PendingWrite> writes_;
  std::vector<UnappliedOffset> unapplied_;
  LazyTimer timer_;
};

}  // namespace kafault
