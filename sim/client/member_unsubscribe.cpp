// unsubscribe(), and the subscribe() that follows (ClassicKafkaConsumer, AsyncKafkaConsumer). The
// listener is told, and may commit; the group is left. Unlike close() it commits nothing by itself,
// also under auto-commit (measured on Kafka 4.1.0 with both protocols).
#include "sim/client/member.hpp"

namespace kafault {

void Member::unsubscribe(Instant now, Outbox& out) {
  if (!has_open_consumer()) return;
  is_unsubscribed_ = true;
  ConsumerTurn turn{now, out, dice_};
  settle(turn);
}

void Member::subscribe_again(Instant now, Outbox& out) {
  if (!has_open_consumer()) return;
  is_unsubscribed_ = false;
  ConsumerTurn turn{now, out, dice_};
  settle(turn);
}

void Member::unsubscribe(ConsumerTurn& turn) {
  phase_ = Phase::unsubscribing;
  if (subscription_.empty() || group_.is_by_hand()) return;
  if (group_.is_membership_lost())
    return take_partitions_away(ObservationKind::PartitionLost, turn);
  take_partitions_away(ObservationKind::PartitionRevoked, turn);
  commit(on_revoke_call(*hooks_, application_->on_revoke), Phase::unsubscribing, turn);
}

// Nobody waits for the answer to LeaveGroup.
void Member::leave_unsubscribed(ConsumerTurn& turn) {
  release_partitions();
  committer_.abandon_before_rebalance();
  if (!group_.is_by_hand()) static_cast<void>(group_.leave(turn, network_));
  prepare_step_ = PrepareStep::done;
  phase_ = Phase::unsubscribed;
}

bool Member::rest_unsubscribed(ConsumerTurn& turn) {
  if (must_close_) {
    begin_closing();
    return true;
  }
  if (is_unsubscribed_) return false;
  if (group_.is_by_hand()) {
    take_assignment(config_->assigned, turn);
    committer_.restart_auto_commit_timer(turn.now);
  } else if (group_.is_modern()) {
    group_.modern().rejoin(turn.now);
  }
  enter_poll(turn.now);
  return true;
}

}  // namespace kafault
