// AbstractStickyAssignor.constrainedAssign: as balanced as can be, and everybody keeps what it owns
// as far as that allows.
#include <algorithm>

#include "sim/client/assignors.hpp"

namespace kafault {

void AssignmentMaker::assign_sticky(Members members, const KnownPartitions& known,
                                    bool is_cooperative,
                                    std::vector<SyncGroupRequest::Assigned>& assignments) {
  if (members.empty()) return;
  list_partitions(members.front(), known);
  list_claims(members);
  const auto partitions = static_cast<std::int32_t>(partitions_.size());
  quota_ = partitions / static_cast<std::int32_t>(shares_.size());
  one_more_ = partitions % static_cast<std::int32_t>(shares_.size());
  leave_what_is_owned();
  deal_the_rest();
  for (const Owned& p : partitions_) {
    // CooperativeStickyAssignor.adjustAssignment: what somebody has to give up first is nobody's in
    // this round.
    const bool moves = p.is_contested || (p.owner != nobody && p.owner != p.given_to);
    if (is_cooperative && moves) continue;
    assignments.push_back({shares_[p.given_to].id, p.partition});
  }
}

void AssignmentMaker::list_partitions(const JoinGroupResponse::Member& subscriber,
                                      const KnownPartitions& known) {
  partitions_.clear();
  for (const std::int32_t topic : subscriber.topics) {
    const auto t = static_cast<std::size_t>(topic);
    for (std::int32_t number = 0; number < known.of(t); ++number) {
      partitions_.push_back({known.first_of(t) + number, number, nobody, -1, false, nobody});
    }
  }
  in_order_.clear();
  for (std::size_t i = 0; i < partitions_.size(); ++i) in_order_.push_back(i);
  std::sort(in_order_.begin(), in_order_.end(), [&](std::size_t a, std::size_t b) {
    const bool same = partitions_[a].number == partitions_[b].number;
    return same ? a < b : partitions_[a].number < partitions_[b].number;
  });
}

void AssignmentMaker::list_claims(Members members) {
  shares_.clear();
  for (std::size_t i = 0; i < members.size(); ++i) shares_.push_back({i, members[i].id, 0});
  std::sort(shares_.begin(), shares_.end(),
            [](const Share& a, const Share& b) { return a.id < b.id; });
  for (std::size_t i = 0; i < shares_.size(); ++i) claim(members[shares_[i].member], i);
}

// Of two claims the one from the later generation counts; of the same generation, neither
// (allSubscriptionsEqual, KIP-792).
void AssignmentMaker::claim(const JoinGroupResponse::Member& member, std::size_t share) {
  for (Owned& p : partitions_) {
    if (std::find(member.owned.begin(), member.owned.end(), p.partition) == member.owned.end()) {
      continue;
    }
    if (p.owner != nobody && member.owned_in < p.owned_in) continue;
    p.is_contested |= p.owner != nobody && member.owned_in == p.owned_in;
    p.owner = share;
    p.owned_in = member.owned_in;
  }
}

std::int32_t AssignmentMaker::owned_by(std::size_t share) const {
  return static_cast<std::int32_t>(
      std::count_if(partitions_.begin(), partitions_.end(),
                    [&](const Owned& p) { return p.owner == share && !p.is_contested; }));
}

void AssignmentMaker::leave_what_is_owned() {
  below_quota_.clear();
  at_quota_.clear();
  have_one_more_ = 0;
  for (std::size_t i = 0; i < shares_.size(); ++i) {
    const std::int32_t owned = owned_by(i);
    if (owned < quota_) {
      leave_to(i, owned);
      below_quota_.push_back(i);
    } else if (owned > quota_ && have_one_more_ < one_more_) {
      leave_to(i, quota_ + 1);
      if (++have_one_more_ == one_more_) at_quota_.clear();
    } else {
      leave_to(i, quota_);
      if (have_one_more_ < one_more_) at_quota_.push_back(i);
    }
  }
}

void AssignmentMaker::leave_to(std::size_t share, std::int32_t quota) {
  for (const std::size_t i : in_order_) {
    Owned& p = partitions_[i];
    if (p.owner != share || p.is_contested || shares_[share].count == quota) continue;
    p.given_to = share;
    ++shares_[share].count;
  }
}

// In turn, first up to the quota, then to those who get one more.
void AssignmentMaker::deal_the_rest() {
  turn_ = 0;
  for (Owned& p : partitions_) {
    if (p.given_to != nobody) continue;
    const std::size_t share = next_in_turn();
    p.given_to = share;
    if (++shares_[share].count != quota_) continue;
    below_quota_.erase(below_quota_.begin() + static_cast<std::ptrdiff_t>(--turn_));
    at_quota_.push_back(share);
  }
}

std::size_t AssignmentMaker::next_in_turn() {
  if (below_quota_.empty()) {
    const std::size_t share = at_quota_.front();
    at_quota_.erase(at_quota_.begin());
    return share;
  }
  if (turn_ >= below_quota_.size()) turn_ = 0;
  return below_quota_[turn_++];
}

}  // namespace kafault
