// Finds positions with the help of partition leaders (OffsetFetcher): resets by auto.offset.reset,
// and validates positions after a change of leader (KIP-320).
#pragma once

#include "sim/client/consumer_config.hpp"
#include "sim/client/consumer_network.hpp"
#include "sim/client/subscription.hpp"

namespace kafault {

class PositionResolver {
 public:
  PositionResolver(const ConsumerConfig* config, GroupIndex group)
      : config_(config), group_(group) {}

  void begin();
  // Inside poll() only: what newer metadata means for the positions; then asks the leaders about
  // those that are to be reset or validated.
  void follow_leaders(Subscription& subscription, const ConsumerNetwork& network) {
    if (seen_metadata_ != network.metadata_version()) adopt_leaders(subscription, network);
  }
  void ask(ConsumerTurn& turn, Subscription& subscription, ConsumerNetwork& network);

  // auto.offset.reset decides. With `none`, poll() throws (NoOffsetForPartitionException,
  // OffsetOutOfRangeException, LogTruncationException).
  void reset_by_policy(AssignedPartition& p);
  bool has_thrown() const { return has_thrown_; }
  // seekToEnd(): the leader is asked in the next poll(), whatever auto.offset.reset says.
  static void seek_to_end(AssignedPartition& p) { reset_later(p, true); }

  void on(const ListOffsetsResponse& response, NodeId from, ConsumerTurn& turn,
          Subscription& subscription, ConsumerNetwork& network);
  void on(const OffsetsForLeaderEpochResponse& response, NodeId from, ConsumerTurn& turn,
          Subscription& subscription, ConsumerNetwork& network);
  void on_lost(NodeId broker, ConsumerTurn& turn, Subscription& subscription);

  void hash_into(Fingerprint& print, const ConsumerNetwork& network) const {
    print.add(seen_metadata_ == network.metadata_version(), has_thrown_);
  }

 private:
  static void reset_later(AssignedPartition& p, bool to_end);
  ListOffsetsRequest::Which wanted(const AssignedPartition& p) const;
  void adopt_leaders(Subscription& subscription, const ConsumerNetwork& network);
  void ask_for_offsets(NodeId broker, ConsumerTurn& turn, Subscription& subscription,
                       ConsumerNetwork& network);
  void ask_for_epochs(NodeId broker, ConsumerTurn& turn, Subscription& subscription,
                      ConsumerNetwork& network);
  void retry_later(AssignedPartition& p, Error error, ConsumerTurn& turn, ConsumerNetwork& network);
  void complete_validation(AssignedPartition& p,
                           const OffsetsForLeaderEpochResponse::Entry& answer);

  const ConsumerConfig* config_;
  GroupIndex group_;
  std::uint32_t seen_metadata_ = 0;
  bool has_thrown_ = false;
};

// What the new leader's answer means for a position at `offset` (maybeCompleteValidation).
enum class Validation : std::uint8_t { valid, truncated, unknown };
Validation judge_position(Offset offset, LeaderEpoch answered_epoch, Offset end_offset);

}  // namespace kafault
