// KIP-848 in the member: what it owns follows what the coordinator wants, partition by partition,
// while the others are read on (AbstractMembershipManager.maybeReconcile, 4.1).
#include "sim/client/member.hpp"

namespace kafault {

// A step inside poll(), before it returns records: commit, tell the listener, give up and take,
// acknowledge. True if the application's thread does something else first. Until the auto-commit is
// answered poll() goes on with what the member keeps.
bool Member::reconcile(ConsumerTurn& turn) {
  if (group_.modern().is_lost()) {
    give_up_lost(turn);
    return true;
  }
  switch (prepare_step_) {
    case PrepareStep::done:
      if (!group_.modern().wants_reconciliation()) return false;
      begin_reconciliation();
      [[fallthrough]];
    case PrepareStep::auto_commit:
      if (!commit_what_goes(turn)) return false;
      prepare_step_ = PrepareStep::revoke;
      [[fallthrough]];
    case PrepareStep::revoke:
      prepare_step_ = PrepareStep::release;
      if (!subscription_.is_any(AssignedPartition::State::revoking)) return true;
      note_revoked(turn);
      commit(on_revoke_call(*hooks_, application_->on_revoke), Phase::polling, turn);
      return true;
    case PrepareStep::release:
      complete_reconciliation(turn);
      return true;
  }
  contract_broken("a step of the reconciliation", __FILE__, __LINE__);
}

void Member::begin_reconciliation() {
  reconciling_ = group_.modern().target();
  subscription_.begin_to_revoke(reconciling_);
  prepare_step_ = PrepareStep::auto_commit;
}

bool Member::commit_what_goes(ConsumerTurn& turn) {
  OffsetCommitter::Committable offsets = committable();
  offsets.only_revoking = commits_only_what_goes(config_->client);
  return committer_.commit_before_rebalance(turn, offsets, group_, network_);
}

void Member::note_revoked(ConsumerTurn& turn) {
  for (const AssignedPartition& p : subscription_.partitions()) {
    if (p.state != AssignedPartition::State::revoking) continue;
    turn.out.note({.kind = ObservationKind::PartitionRevoked,
                   .partition = p.partition,
                   .group = group_index_});
  }
}

void Member::complete_reconciliation(ConsumerTurn& turn) {
  take_assignment(reconciling_, turn);
  group_.modern().acknowledge(reconciling_);
  committer_.restart_auto_commit_timer(turn.now);
  prepare_step_ = PrepareStep::done;
}

// Without auto-commit and without a listener nothing waits for the application: the background
// thread gives partitions up and says so while their records are still being handled. Kafka has
// mended that after 4.2.0 (KAFKA-20332). See also revokes_by_callback_only().
void Member::reconcile_behind_the_application(ConsumerTurn& turn) {
  const bool awaits_auto_commit =
      config_->enable_auto_commit && !revokes_by_callback_only(config_->client);
  const bool waits_for_poll = awaits_auto_commit || application_->on_revoke != OnRevoke::none;
  if (waits_for_poll || phase_ == Phase::closing) return;
  if (group_.modern().is_lost()) return;
  if (prepare_step_ == PrepareStep::done) {
    if (!group_.modern().wants_reconciliation()) return;
    begin_reconciliation();
  }
  if (prepare_step_ != PrepareStep::auto_commit || !commit_what_goes(turn)) return;
  note_revoked(turn);
  complete_reconciliation(turn);
  turn.again = true;
}

// onPartitionsLost: somebody else may have them already. It joins anew at once.
void Member::give_up_lost(ConsumerTurn& turn) {
  take_partitions_away(ObservationKind::PartitionLost, turn);
  if (group_.modern().is_stalled()) group_.leave_stalled(turn, network_);
  release_partitions();
  committer_.abandon_before_rebalance();
  prepare_step_ = PrepareStep::done;
  group_.modern().rejoin(turn.now);
}

}  // namespace kafault
