// Who gets which partitions: computed by the group's leader, a client, from what JoinGroup told it
// (RangeAssignor, RoundRobinAssignor, StickyAssignor, CooperativeStickyAssignor).
#pragma once

#include <span>
#include <vector>

#include "sim/protocol/known_partitions.hpp"
#include "sim/protocol/messages.hpp"

namespace kafault {

// Whether members keep what they own while they join again (KIP-429): only if they list nothing but
// assignors that support it. The client's default list, range and cooperative-sticky, does not.
bool is_cooperative(std::span<const Assignor> assignors);

// Keeps its memory from one assignment to the next.
class AssignmentMaker {
 public:
  // Fills `assignments` for as many partitions as the leader's metadata has. Members are taken in
  // the order of their ids, static members before them in the order of their instance ids where
  // Kafka does so, too. Simplified: Kafka's member ids are random, so there the order of members
  // changes with each process; without racks (KIP-881); sticky assignors take it that all members
  // subscribe to the same topics.
  void assign(Assignor assignor, std::span<const JoinGroupResponse::Member> members,
              const KnownPartitions& known, std::vector<SyncGroupRequest::Assigned>& assignments);

 private:
  using Members = std::span<const JoinGroupResponse::Member>;
  struct Owned {
    PartitionId partition;
    std::int32_t number;  // within its topic
    std::size_t owner;    // index in members_; nobody: no member claims it
    Generation owned_in;
    bool is_contested;  // two members of one generation claim it
    std::size_t given_to;
  };
  struct Share {
    std::size_t member;  // index into what JoinGroup told
    MemberId id;
    std::int32_t count;
  };
  static constexpr std::size_t nobody = SIZE_MAX;

  void assign_sticky(Members members, const KnownPartitions& known, bool is_cooperative,
                     std::vector<SyncGroupRequest::Assigned>& assignments);
  void list_partitions(const JoinGroupResponse::Member& subscriber, const KnownPartitions& known);
  void list_claims(Members members);
  void claim(const JoinGroupResponse::Member& member, std::size_t share);
  void leave_what_is_owned();
  void leave_to(std::size_t share, std::int32_t quota);
  void deal_the_rest();
  std::size_t next_in_turn();
  std::int32_t owned_by(std::size_t share) const;

  std::vector<Owned> partitions_;      // by topic and number
  std::vector<std::size_t> in_order_;  // the same by number, then topic
  std::vector<Share> shares_;          // by member id
  std::vector<std::size_t> below_quota_;
  std::vector<std::size_t> at_quota_;
  std::size_t turn_ = 0;       // in below_quota_
  std::int32_t quota_ = 0;     // everybody gets that many
  std::int32_t one_more_ = 0;  // so many members get one more
  std::int32_t have_one_more_ = 0;
};

// Range: the first `partitions % members` members get one partition more than the others. Which
// of the `members` subscribers (0, 1, ...) gets partition number `number`.
std::int32_t range_owner(std::int32_t number, std::int32_t partitions, std::int32_t members);

}  // namespace kafault
