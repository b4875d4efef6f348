// What a coordinator knows of one group, classic protocol, for tests of members: who is in it, who
// has joined, and which answers a completed step releases.
#pragma once

#include <algorithm>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "sim/protocol/messages.hpp"

namespace kafault::testing_member {

class FakeGroup {
 public:
  template <class Response>
  using Answers = std::vector<std::pair<std::size_t, Response>>;  // by the member's seat

  bool is_rebalancing() const { return rebalancing_; }
  Answers<JoinGroupResponse> take_join_answers() { return std::exchange(join_answers_, {}); }
  Answers<SyncGroupResponse> take_sync_answers() { return std::exchange(sync_answers_, {}); }

  // Whether a request of this member and generation is welcome; it also shows a sign of life.
  Error judge(MemberId id, Generation generation, Instant now) {
    if (!members_.contains(id)) return Error::unknown_member_id;
    members_[id].last_seen = now;
    return generation == generation_ ? Error::none : Error::illegal_generation;
  }

  // The id of the member, a new one if it has none yet (KIP-394).
  MemberId join(std::size_t seat, const JoinGroupRequest& request, Instant now) {
    JoinGroupResponse r;
    if (request.member == no_member) {
      r.error = Error::member_id_required;
      r.member = next_id_++;
      members_[r.member].seat = seat;
      members_[r.member].last_seen = now;
      pending_.insert(r.member);
      join_answers_.push_back({seat, r});
      return r.member;
    }
    if (!members_.contains(request.member)) {
      r.error = Error::unknown_member_id;
      join_answers_.push_back({seat, r});
      return request.member;
    }
    pending_.erase(request.member);
    Member& member = members_[request.member];
    member.joined = true;
    member.last_seen = now;
    member.topics = request.topics;
    member.owned = request.owned;
    member.owned_in = request.owned_in;
    assignor_ = request.assignors.front();
    rebalancing_ = true;
    complete_join();
    return request.member;
  }

  void sync(std::size_t seat, const SyncGroupRequest& request, Instant now) {
    SyncGroupResponse r;
    r.error = judge(request.member, request.generation, now);
    if (r.error != Error::none) return sync_answers_.push_back({seat, r});
    members_[request.member].synced = true;
    if (!request.assignments.empty()) {  // from the leader
      for (auto& [id, member] : members_) member.assignment.clear();
      for (const auto& a : request.assignments) {
        members_[a.member].assignment.push_back(a.partition);
      }
      syncing_ = false;
    }
    if (syncing_) return;
    for (auto& [id, member] : members_) {
      if (!member.synced) continue;
      member.synced = member.joined = false;
      r.partitions = member.assignment;
      sync_answers_.push_back({member.seat, r});
    }
  }

  void evict(MemberId id) {
    if (members_.erase(id) == 0) return;
    pending_.erase(id);
    if (!members_.empty()) rebalancing_ = true;
    complete_join();
  }

  // Evicts a member whose session has ended; false if it is not there any more. A member that is
  // parked in JoinGroup cannot expire.
  bool expire(MemberId id, Duration session, Instant now, bool restart_session) {
    if (!members_.contains(id)) return false;
    Member& member = members_[id];
    if (restart_session) member.last_seen = now;
    if (member.joined || now - member.last_seen < session) return true;
    evict(id);
    return false;
  }

 private:
  struct Member {
    std::size_t seat = 0;
    bool joined = false;
    bool synced = false;
    Instant last_seen{};
    std::vector<std::int32_t> topics;
    std::vector<PartitionId> assignment;
    std::vector<PartitionId> owned;
    Generation owned_in = -1;
  };

  void complete_join() {
    const bool all = std::all_of(members_.begin(), members_.end(), [&](const auto& entry) {
      return entry.second.joined || pending_.contains(entry.first);
    });
    if (!rebalancing_ || !all || members_.size() == pending_.size()) return;
    rebalancing_ = false;
    syncing_ = true;
    ++generation_;
    JoinGroupResponse r;
    r.generation = generation_;
    r.assignor = assignor_;
    for (const auto& [id, member] : members_) {
      if (!member.joined) continue;
      if (r.leader == no_member) r.leader = id;
      r.members.push_back({id, member.topics, no_instance, member.owned, member.owned_in});
    }
    for (auto& [id, member] : members_) {
      if (!member.joined) continue;
      JoinGroupResponse answer = r;
      answer.member = id;
      if (id != r.leader) answer.members.clear();
      join_answers_.push_back({member.seat, answer});
    }
  }

  std::map<MemberId, Member> members_;
  std::set<MemberId> pending_;  // have an id, have not joined with it yet
  MemberId next_id_ = 0;
  Generation generation_ = 0;
  Assignor assignor_ = Assignor::range;
  bool rebalancing_ = false;
  bool syncing_ = false;
  Answers<JoinGroupResponse> join_answers_;
  Answers<SyncGroupResponse> sync_answers_;
};

}  // namespace kafault::testing_member
