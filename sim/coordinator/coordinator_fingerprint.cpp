// What of groups, their members and their offsets matters to the future.
#include "sim/coordinator/group_coordinator.hpp"
#include "sim/protocol/message_fingerprint.hpp"

namespace kafault {
namespace {

template <class T>
void add_each(Fingerprint& print, const std::vector<T>& words) {
  print.add(words.size());
  for (const T& word : words) print.add(word);
}

}  // namespace

// The caller has said who it is.
void GroupMember::hash_into(Fingerprint& print) const {
  add_all(print, node, instance, session_timeout, rebalance_timeout, owned_in);
  add_each(print, owned);
  add_each(print, assignors);
  add_each(print, topics);
  add_each(print, assignment);
  add_all(print, awaiting, is_new, owes_sync);
  if (awaiting != Awaiting::nothing) kafault::hash_into(print, held);
  print.poll(session_end, session_timeout / 3);  // a heartbeat interval is at most that
}

// Members in the order in which they joined, and where they stand in the order of their ids.
void ClassicGroup::hash_into(Fingerprint& print) const {
  const auto hash_id = [&](MemberId id) {
    hash_member(print, id);
    hash_order(print, members, id);
    hash_order(print, pending, id);
  };
  add_all(print, state, generation, assignor, members.size(), pending.size());
  hash_member(print, leader);
  for (const GroupMember& member : members) {
    hash_id(member.id);
    member.hash_into(print);
  }
  for (const PendingMember& member : pending) {
    hash_id(member.id);
    print.deadline(member.session_end);
  }
  print.deadline(join_end);
  print.deadline(sync_end);
  if (state != GroupState::preparing_rebalance) return;
  print.add(is_initial);
  if (is_initial) add_all(print, member_added, initial_delay, initial_remaining);
}

// How many member ids and tags it has handed out, and in which epoch it leads, is history: ids are
// renamed, tags counted back from the last.
void GroupCoordinator::hash_into(Fingerprint& print, const GroupJournal& journal) const {
  add_all(print, coordinator_, serving_);
  if (!serving_) return;
  print.add(high_watermark_);
  for (const ClassicGroup& group : groups_) group.hash_into(print);
  for (const ConsumerGroup& group : consumer_groups_) {
    if (!group.exists()) continue;
    group.hash_into(print);
    for (const ConsumerGroupMember& member : group.members) {
      print.poll(member.session_end, config_->group_consumer_heartbeat_interval);
    }
  }
  for (const CommittedOffset& offset : committed_) {
    add_all(print, offset.offset, offset.leader_epoch);
  }
  for (const std::int32_t life : lives_) print.add(life);
  hash_expiry(print);
  print.add(writes_.size());
  for (const PendingWrite& write : writes_) {
    add_all(print, write.kind, write.group, tags_ - write.first_tag, write.records, write.appended,
            write.end_offset);
    print.deadline(write.deadline);
    if (write.kind == PendingWrite::Kind::consumer_heartbeat) hash_member(print, write.member);
    if (write.kind != PendingWrite::Kind::assignment) kafault::hash_into(print, write.handle);
    if (write.kind != PendingWrite::Kind::commit) {
      print.add(write.generation);
      kafault::hash_into(print, journal[static_cast<std::size_t>(write.record)]);
    }
  }
  print.add(unapplied_.size());
  for (const UnappliedOffset& offset : unapplied_) {
    add_all(print, tags_ - offset.tag, offset.group, offset.value.partition, offset.value.offset,
            offset.value.leader_epoch, offset.end_offset);
  }
}

}  // namespace kafault
