// What of a member matters to its future. When it wakes follows from the rest: to wake early
// changes nothing.
#include <algorithm>

#include "sim/client/member.hpp"

namespace kafault {

void Member::hash_into(Fingerprint& print) const {
  print.add(phase_);
  print.add(was_replaced_);
  faults_.hash_into(print);
  if (!is_running()) return;
  hash_application(print);
  workers_.hash_into(print);
  if (phase_ == Phase::zombie) return;  // its consumer is closed
  network_.hash_into(print);
  group_.hash_into(print);
  committer_.hash_into(print, group_);
  subscription_.hash_into(print);
  positions_.hash_into(print, network_);
  fetcher_.hash_into(print);
  for (const Producer& outlet : outlet_) {
    outlet.hash_into(print);
    print.add(outlet_is_closing_, outlet.failures() == failed_before_);
  }
}

void Member::hash_application(Fingerprint& print) const {
  print.add(must_close_, is_unsubscribed_, prepare_step_);
  const bool is_committing = phase_ == Phase::committing;
  const Phase goes_on_at = is_committing ? after_commit_ : phase_;
  print.add(goes_on_at);
  if (is_committing) print.add(commit_call_);
  if (goes_on_at == Phase::polling) print.poll(poll_deadline_, application_->poll_timeout);
  if (goes_on_at == Phase::closing) {
    print.add(close_step_);
    print.deadline(close_deadline_);
  }
  if (goes_on_at == Phase::handling) {
    in_hand_.hash_into(print);
    print.add(print.now() - handling_since_);
  }
  if (goes_on_at == Phase::backing_off || goes_on_at == Phase::publishing)
    in_hand_.hash_into(print);
  if (application_->on_exception == OnException::seek_batch ||
      application_->on_commit_timeout == OnCommitTimeout::rewind) {
    kafault::hash_into(print, batch_began_);
  }
  print.add(moved_are_given_up_, reconciling_.size());
  for (const PartitionId partition : reconciling_) print.add(partition);
  print.add(window_.size());
  print.add(batch_broke_);
  for (const PolledRange& range : window_) range.hash_into(print);
  if (hooks_->waits_for_due) {
    print.add(uncommitted_);
    print.add(print.now() - committed_at_);
  }
  print.add(attempts_.size());
  for (const Attempts& each : attempts_) {
    print.add(each.partition);
    print.add(each.offset);
    print.add(each.count);
  }
  if (goes_on_at == Phase::handling || goes_on_at == Phase::next_record ||
      goes_on_at == Phase::backing_off || goes_on_at == Phase::publishing) {
    print.add(polled_.size() - next_polled_);
    for (std::size_t i = next_polled_; i < polled_.size(); ++i) polled_[i].hash_into(print);
  }
  const bool commits_handled =
      application_->on_revoke == OnRevoke::commit || hooks_->on_close == CommitCall::sync_handled ||
      hooks_->waits_for_flush || application_->commit == CommitStrategy::stored;
  if (commits_handled) hash_handled(print);
}

// By partition, not in the order in which they were handled first.
void Member::hash_handled(Fingerprint& print) const {
  for (const AssignedPartition& p : subscription_.partitions()) {
    const auto at = std::find_if(handled_.begin(), handled_.end(), [&](const CommittedOffset& c) {
      return c.partition == p.partition;
    });
    print.add(at == handled_.end() ? no_offset : at->offset);
  }
}

}  // namespace kafault
