#include "sim/broker/partition.hpp"

#include <algorithm>

#include "sim/kernel/contract.hpp"
#include "sim/protocol/mutants.hpp"
#include "sim/protocol/topic_life.hpp"

namespace kafault {

bool RemoteReplica::is_caught_up(Offset leader_end, Duration lag_time_max, Instant now) const {
  return end_offset == leader_end || now - last_caught_up <= lag_time_max;
}

void Partition::configure(NodeId self, std::span<const NodeId> replicas,
                          const PartitionRules& rules) {
  self_ = self;
  rules_ = rules;
  producers_.configure(rules.producer_expiry);
  set_replicas(replicas);
}

void Partition::set_replicas(std::span<const NodeId> replicas) {
  replicas_ = {};
  for (const NodeId broker : replicas) replicas_.insert(broker);
  hosted_ = replicas_.contains(self_);
  std::erase_if(remotes_, [&](const RemoteReplica& remote) {
    return !hosted_ || !replicas_.contains(remote.broker);
  });
  for (const NodeId broker : replicas) {
    if (hosted_ && broker != self_ && replica(broker) == nullptr) {
      remotes_.push_back({.broker = broker});
    }
  }
}

void Partition::remove() {
  reset();
  set_replicas({});
}

void Partition::reset() {
  life_ = 0;
  log_.clear();
  producers_.clear();
  lose_memory();
}

void Partition::lose_memory() {
  producers_.lose_memory();
  role_ = Role::none;
  leader_ = no_node;
  epoch_ = no_epoch;
  partition_epoch_ = -1;
  epoch_start_ = no_offset;
  commit_isr({});
  for (RemoteReplica& remote : remotes_) remote = {.broker = remote.broker};
}

// Simplified: the high watermark is kept as it was; Kafka reads a checkpoint of the last 5 s.
void Partition::recover() {
  log_.set_high_watermark(log_.high_watermark());
  if (is_mutant(Mutant::restart_forgets_producers)) return producers_.clear();
  producers_.reload_after_restart(log_.batches());
}

// The epoch cache is cut at the new end and the producers' state rebuilt from what is left, as
// recovery does (LogLoader.recoverLog): their files say more than the log, and are not believed.
void Partition::lose_page_cache(const WriteBack& kernel, Instant now) {
  const OnDisk disk = log_.what_is_on_disk(rules_.flush, kernel, now);
  recover_up_to(disk.end);
  if (!rules_.epoch_checkpoint_synced) {
    log_.lose_unsynced_epochs(disk.recovery_point, kernel, now);
  }
}

std::span<const Batch> Partition::unflushed(const WriteBack& kernel, Instant now) const {
  const Offset from = log_.what_is_on_disk(rules_.flush, kernel, now).recovery_point;
  return log_.batches().subspan(log_.position_of(std::max(from, log_.start_offset())));
}

void Partition::recover_up_to(Offset end) {
  log_.truncate_to(end);
  log_.mark_all_on_disk();
}

bool Partition::become_leader(const MetadataCache::PartitionState& state, Instant now) {
  KAFAULT_REQUIRE(state.leader_epoch >= log_.latest_epoch());
  const bool is_new_leader = role_ != Role::leader;
  const bool is_new_epoch = state.leader_epoch > epoch_;
  commit_isr(state.isr);
  if (is_new_epoch) {
    epoch_start_ = log_.end_offset();
    log_.begin_epoch(state.leader_epoch);
    for (RemoteReplica& remote : remotes_) {
      const Instant seen = state.isr.contains(remote.broker) ? now : long_ago;
      if (is_new_leader) {
        remote = {.broker = remote.broker, .last_caught_up = seen};
      } else {  // re-elected: it has heard of its followers before
        remote.leader_end_at_fetch = epoch_start_;
        remote.last_fetch = remote.last_caught_up = seen;
      }
    }
  }
  role_ = Role::leader;
  leader_ = self_;
  epoch_ = state.leader_epoch;
  life_ = life_of(epoch_);
  partition_epoch_ = state.partition_epoch;
  return is_new_epoch;
}

bool Partition::become_follower(const MetadataCache::PartitionState& state) {
  const bool is_new_epoch = state.leader_epoch > epoch_;
  role_ = Role::follower;
  leader_ = state.leader;
  epoch_ = state.leader_epoch;
  life_ = life_of(epoch_);
  partition_epoch_ = state.partition_epoch;
  epoch_start_ = no_offset;
  commit_isr({});
  return is_new_epoch;
}

void Partition::settle_as_leader(Instant now) {
  for (RemoteReplica& remote : remotes_) {
    remote.note_fetch(log_.end_offset(), log_.end_offset(), settled_broker_epoch(remote.broker),
                      now);
  }
}

Error Partition::refuse_reader(LeaderEpoch claimed) const {
  if (claimed != no_epoch && claimed < epoch_) return Error::fenced_leader_epoch;
  if (claimed != no_epoch && claimed > epoch_ && is_hosted()) return Error::unknown_leader_epoch;
  return is_leader() ? Error::none : Error::not_leader_or_follower;
}

Error Partition::refuse_elsewhere(const FetchRequest& request, LeaderEpoch claimed) const {
  const Error error = refuse_reader(claimed);
  const bool may_follow = request.reads_from_followers() && role_ == Role::follower;
  return may_follow && error == Error::not_leader_or_follower ? Error::none : error;
}

Error Partition::refuse_contents(bool has_keys, Instant timestamp, Instant now) const {
  if (rules_.cleaner.compacts && !has_keys) return Error::invalid_record;
  const TimestampRules& rules = rules_.timestamps;
  if (rules.by_append) return Error::none;
  const bool is_too_old = rules.before_max < forever && now - timestamp > rules.before_max;
  const bool is_too_new = rules.after_max < forever && timestamp - now > rules.after_max;
  return is_too_old || is_too_new ? Error::invalid_timestamp : Error::none;
}

void Partition::truncate_to(Offset offset, Instant now) {
  const Offset old_end = log_.end_offset();
  log_.truncate_to(offset, now);
  if (log_.end_offset() < old_end) producers_.reload_after_truncation(log_.batches());
}

void Partition::start_anew_at(Offset offset) {
  log_.start_anew_at(offset);
  producers_.reload_after_truncation(log_.batches());
}

bool Partition::advance_with_joiners(Offset mark, const MetadataCache& metadata, Instant now) {
  const BrokerSet in_sync = maximal_isr();
  for (const RemoteReplica& remote : remotes_) {
    if (remote.end_offset >= mark || in_sync.contains(remote.broker)) continue;
    const bool is_about_to_join =
        remote.is_caught_up(log_.end_offset(), rules_.lag_time_max, now) &&
        (rules_.waits_for_ineligible || may_join_isr(remote, metadata));
    if (is_about_to_join) mark = remote.end_offset;
  }
  return log_.raise_high_watermark(mark);
}

NodeId Partition::preferred_reader(BrokerSet in_rack, Offset offset) const {
  if (!is_leader() || in_rack.contains(self_) || offset < log_.start_offset()) return no_node;
  const RemoteReplica* best = nullptr;
  for (const RemoteReplica& remote : remotes_) {
    if (!in_rack.contains(remote.broker) || !isr_.contains(remote.broker)) continue;
    if (remote.end_offset < offset) continue;
    const bool is_better =
        best == nullptr || remote.end_offset > best->end_offset ||
        (remote.end_offset == best->end_offset && remote.last_caught_up > best->last_caught_up);
    if (is_better) best = &remote;
  }
  return best == nullptr ? no_node : best->broker;
}

// The maximal ISR grows at once: from now on the high watermark waits for the newcomer.
bool Partition::propose_join(const RemoteReplica& follower, const MetadataCache& metadata) {
  const Offset least = std::max(log_.high_watermark(), epoch_start_);
  if (follower.end_offset < least && !is_mutant(Mutant::isr_grows_unchecked)) return false;
  if (!may_join_isr(follower, metadata)) return false;
  proposed_ = isr_;
  proposed_.insert(follower.broker);
  change_ = Change::expansion;
  change_sent_ = false;
  return true;
}

// The maximal ISR stays as it is until the controller has confirmed.
bool Partition::propose_shrink(Instant now) {
  if (!is_leader() || has_change()) return false;
  proposed_ = isr_;
  for (const RemoteReplica& remote : remotes_) {
    if (!remote.is_caught_up(log_.end_offset(), rules_.lag_time_max, now)) {
      proposed_.erase(remote.broker);
    }
  }
  if (proposed_ == isr_) return false;
  change_ = Change::shrink;
  change_sent_ = false;
  return true;
}

AlterPartitionRequest::Entry Partition::take_change(PartitionId id) {
  KAFAULT_REQUIRE(has_unsent_change());
  change_sent_ = true;
  AlterPartitionRequest::Entry entry{id, epoch_, partition_epoch_, proposed_};
  for (const RemoteReplica& remote : remotes_) {
    if (isr_.contains(remote.broker) || !proposed_.contains(remote.broker)) continue;
    entry.newcomer = remote.broker;
    entry.newcomer_epoch = remote.broker_epoch;
  }
  return entry;
}

// Partition.handleAlterPartitionUpdate and handleAlterPartitionError. An answer to a proposal that
// newer metadata has replaced is ignored.
bool Partition::settle_change(const AlterPartitionResponse::Entry& answer) {
  if (!is_leader() || !has_change() || !change_sent_) return false;
  if (answer.error == Error::ineligible_replica) {  // certainly not applied
    commit_isr(isr_);
    return false;
  }
  // It may or may not have been applied: the proposal stands until newer metadata comes.
  if (answer.error != Error::none) return false;
  if (answer.leader_epoch != epoch_ || answer.partition_epoch < partition_epoch_) return false;
  commit_isr(answer.isr);
  partition_epoch_ = answer.partition_epoch;
  return true;
}

void Partition::commit_isr(BrokerSet isr) {
  isr_ = isr;
  isr_size_ = isr.size();
  change_ = Change::none;
  change_sent_ = false;
}

}  // namespace kafault
