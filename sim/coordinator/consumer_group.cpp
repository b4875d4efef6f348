#include "sim/coordinator/consumer_group.hpp"

#include <algorithm>
#include <utility>

#include "sim/protocol/message_fingerprint.hpp"
#include "sim/protocol/mutants.hpp"

namespace kafault {
namespace {

using MemberState = ConsumerGroupMember::State;

bool is_among(const std::vector<PartitionId>& partitions, PartitionId partition) {
  return std::find(partitions.begin(), partitions.end(), partition) != partitions.end();
}

bool share_any(const std::vector<PartitionId>& a, const std::vector<PartitionId>& b) {
  return std::any_of(a.begin(), a.end(), [&](PartitionId p) { return is_among(b, p); });
}

bool is_subset(const std::vector<PartitionId>& part, const std::vector<PartitionId>& whole) {
  return std::all_of(part.begin(), part.end(), [&](PartitionId p) { return is_among(whole, p); });
}

template <class T>
void hash_words(Fingerprint& print, const std::vector<T>& words) {
  print.add(words.size());
  for (const T& word : words) print.add(word);
}

}  // namespace

bool ConsumerGroupMember::has(PartitionId partition) const {
  return is_among(assigned, partition) || is_among(revoking, partition);
}

void ConsumerGroupMember::clear() {
  ConsumerGroupMember fresh;
  fresh.topics = std::move(topics);
  fresh.assigned = std::move(assigned);
  fresh.revoking = std::move(revoking);
  fresh.target = std::move(target);
  *this = std::move(fresh);
  topics.clear();
  assigned.clear();
  revoking.clear();
  target.clear();
}

void ConsumerGroup::clear() {
  epoch = target_epoch = 0;
  added_partitions = 0;
  empty_since = {};
  members.clear();
  is_rebalancing = false;
}

ConsumerGroupMember* ConsumerGroup::find(MemberId id) {
  return const_cast<ConsumerGroupMember*>(std::as_const(*this).find(id));
}

const ConsumerGroupMember* ConsumerGroup::find(MemberId id) const {
  const auto at = std::find_if(members.begin(), members.end(),
                               [&](const ConsumerGroupMember& m) { return m.id == id; });
  return at == members.end() ? nullptr : &*at;
}

ConsumerGroupMember* ConsumerGroup::find_static(InstanceId instance) {
  return const_cast<ConsumerGroupMember*>(std::as_const(*this).find_static(instance));
}

const ConsumerGroupMember* ConsumerGroup::find_static(InstanceId instance) const {
  const auto at = std::find_if(members.begin(), members.end(), [&](const ConsumerGroupMember& m) {
    return m.instance == instance;
  });
  return at == members.end() ? nullptr : &*at;
}

bool ConsumerGroup::is_taken(PartitionId partition) const {
  return std::any_of(members.begin(), members.end(),
                     [&](const ConsumerGroupMember& m) { return m.has(partition); });
}

bool ConsumerGroup::is_reconciled() const {
  return target_epoch == epoch &&
         std::all_of(members.begin(), members.end(), [&](const ConsumerGroupMember& m) {
           return m.state == MemberState::stable && m.epoch == epoch;
         });
}

Instant ConsumerGroup::next_deadline() const {
  Instant next = never;
  for (const ConsumerGroupMember& m : members) {
    next = std::min({next, m.session_end, m.rebalance_end});
  }
  return next;
}

// ---- what a request means ----------------------------------------------------------------------

namespace {

// throwIfConsumerGroupMemberEpochIsInvalid: the previous epoch is accepted of a member that has
// nothing beyond what it is given, for the answer that told it the new one may be lost.
HeartbeatAnswer judge_member_epoch(const ConsumerGroupMember& member,
                                   const ConsumerGroupHeartbeatRequest& request) {
  if (request.epoch == member.epoch) return HeartbeatAnswer::go_on;
  const bool missed_the_answer = request.epoch == member.previous_epoch && request.has_owned &&
                                 request.epoch < member.epoch &&
                                 is_subset(request.owned, member.assigned);
  return missed_the_answer ? HeartbeatAnswer::go_on : HeartbeatAnswer::fenced_member_epoch;
}

// A hard stop leaves the identity behind until the session ends: unlike the classic protocol, no
// other process can take it before (throwIfInstanceIdIsUnreleased).
HeartbeatAnswer judge_static(const ConsumerGroup& group,
                             const ConsumerGroupHeartbeatRequest& request) {
  const ConsumerGroupMember* known = group.find_static(request.instance);
  const bool joins = request.epoch == 0;
  if (known == nullptr) return joins ? HeartbeatAnswer::join : HeartbeatAnswer::unknown_member_id;
  if (known->id != request.member) {
    if (!joins) return HeartbeatAnswer::fenced_instance_id;
    return known->epoch == leave_static_epoch ? HeartbeatAnswer::replace_static
                                              : HeartbeatAnswer::unreleased_instance_id;
  }
  if (request.epoch < 0) return HeartbeatAnswer::leave;
  if (joins && known->epoch == leave_static_epoch) return HeartbeatAnswer::replace_static;
  return judge_member_epoch(*known, request);
}

}  // namespace

HeartbeatAnswer judge_heartbeat(const ConsumerGroup& group,
                                const ConsumerGroupHeartbeatRequest& request) {
  if (request.instance != no_instance) return judge_static(group, request);
  const ConsumerGroupMember* member = group.find(request.member);
  if (member == nullptr) {
    return request.epoch == 0 ? HeartbeatAnswer::join : HeartbeatAnswer::unknown_member_id;
  }
  return request.epoch < 0 ? HeartbeatAnswer::leave : judge_member_epoch(*member, request);
}

namespace {

Error judge_epoch(const ConsumerGroup& group, MemberId id, Generation epoch) {
  const ConsumerGroupMember* member = group.find(id);
  if (member == nullptr) return Error::unknown_member_id;
  return member->epoch == epoch ? Error::none : Error::stale_member_epoch;
}

}  // namespace

Error judge_commit(const ConsumerGroup& group, const OffsetCommitRequest& request) {
  if (is_mutant(Mutant::commit_without_generation_check)) return Error::none;
  if (request.generation < 0 && group.members.empty()) return Error::none;
  return judge_epoch(group, request.member, request.generation);
}

Error judge_fetch(const ConsumerGroup& group, const OffsetFetchRequest& request) {
  if (request.member == no_member && request.epoch < 0) return Error::none;
  return judge_epoch(group, request.member, request.epoch);
}

// ---- reconciliation ----------------------------------------------------------------------------

namespace {

// CurrentAssignmentBuilder.computeNextAssignment.
void move_on(const ConsumerGroup& group, ConsumerGroupMember& member, Generation epoch,
             const std::vector<PartitionId>* owned) {
  std::vector<PartitionId> free;  // what it is to get and nobody has
  bool waits_for_others = false;
  for (const PartitionId partition : member.target) {
    if (is_among(member.assigned, partition)) continue;
    if (group.is_taken(partition) && !is_mutant(Mutant::given_before_released)) {
      waits_for_others = true;
    } else {
      free.push_back(partition);
    }
  }
  member.revoking.clear();
  for (const PartitionId partition : member.assigned) {
    if (!is_among(member.target, partition)) member.revoking.push_back(partition);
  }
  member.assigned.erase(
      std::remove_if(member.assigned.begin(), member.assigned.end(),
                     [&](PartitionId partition) { return is_among(member.revoking, partition); }),
      member.assigned.end());

  Generation next = epoch;
  if (!member.revoking.empty() && (owned == nullptr || share_any(*owned, member.revoking))) {
    member.state = MemberState::unrevoked_partitions;
  } else {
    next = group.target_epoch;
    member.revoking.clear();
    member.assigned.insert(member.assigned.end(), free.begin(), free.end());
    std::sort(member.assigned.begin(), member.assigned.end());
    member.state = waits_for_others ? MemberState::unreleased_partitions : MemberState::stable;
  }
  if (next == member.epoch) return;
  member.previous_epoch = member.epoch;
  member.epoch = next;
}

}  // namespace

bool reconcile(const ConsumerGroup& group, ConsumerGroupMember& member,
               const std::vector<PartitionId>* owned) {
  const Generation epoch = member.epoch;
  const MemberState state = member.state;
  const std::size_t had = member.assigned.size();
  switch (member.state) {
    case MemberState::stable:
      if (member.epoch == group.target_epoch) return false;
      move_on(group, member, member.epoch, owned);
      break;
    case MemberState::unrevoked_partitions:
      // What it gives up it no longer lists.
      if (owned == nullptr || share_any(*owned, member.revoking)) return false;
      move_on(group, member, member.epoch + 1, owned);
      break;
    case MemberState::unreleased_partitions:
      move_on(group, member, member.epoch, owned);
      break;
  }
  return member.epoch != epoch || member.state != state || member.assigned.size() != had;
}

// ---- what matters to the future ----------------------------------------------------------------

void ConsumerGroupMember::hash_into(Fingerprint& print) const {
  add_all(print, node, instance, rebalance_timeout, assignor, epoch, previous_epoch, state);
  hash_words(print, topics);
  hash_words(print, assigned);
  hash_words(print, revoking);
  hash_words(print, target);
  print.deadline(rebalance_end);
}

void ConsumerGroup::hash_into(Fingerprint& print) const {
  add_all(print, epoch, target_epoch, added_partitions, is_rebalancing, members.size());
  for (const ConsumerGroupMember& member : members) {
    hash_member(print, member.id);
    hash_order(print, members, member.id);
    member.hash_into(print);
  }
}

}  // namespace kafault
