#include "sim/client/offset_committer.hpp"

#include <algorithm>
#include <utility>

#include "sim/protocol/mutants.hpp"
#include "sim/protocol/topic_life.hpp"

namespace kafault {

void OffsetCommitter::begin() {
  staged_.clear();
  sync_.is_running = sync_.in_flight = false;
  sync_.outcome.reset();
  waiting_.clear();
  waiting_offsets_.clear();
  async_in_flight_ = auto_in_flight_ = 0;
  async_calls_ = 0;
  sent_.clear();
  failed_.clear();
  auto_commit_at_ = never;
  before_rebalance_ = {};
  fetch_in_flight_ = false;
  fetch_at_ = Instant{};
}

void OffsetCommitter::send(By by, const CommittedOffset* first, std::size_t count,
                           ConsumerTurn& turn, const GroupClient& group, ConsumerNetwork& network) {
  auto& request = network.send<OffsetCommitRequest>(group.coordinator(), Lane::coordinator,
                                                    config_->request_timeout,
                                                    static_cast<std::uint32_t>(by), turn);
  request.group = group_;
  request.generation = group.generation();
  request.member = group.member();
  request.instance = config_->instance;
  request.offsets.assign(first, first + count);
}

Error commit_exception(Error error) {
  const bool is_fenced = error == Error::unknown_member_id || error == Error::illegal_generation ||
                         error == Error::stale_member_epoch;
  return is_fenced ? Error::commit_failed : error;
}

// ---- commitSync --------------------------------------------------------------------------------

void OffsetCommitter::start_sync(Instant now, Duration timeout) {
  KAFAULT_REQUIRE(!sync_.is_running);
  sync_.offsets.assign(staged_.begin(), staged_.end());
  sync_.outcome.reset();
  sync_.failures = 0;
  sync_.retry_at = now;
  sync_.deadline = now + timeout;
  sync_.in_flight = false;
  sync_.is_running = true;
  if (sync_.offsets.empty()) finish_sync(Error::none);
}

void OffsetCommitter::finish_sync(Error outcome) {
  sync_.is_running = sync_.in_flight = false;
  sync_.outcome = outcome;
}

std::optional<Error> OffsetCommitter::take_sync_outcome() {
  const std::optional<Error> outcome = sync_.outcome;
  sync_.outcome.reset();
  return outcome;
}

void OffsetCommitter::send_sync(ConsumerTurn& turn, const GroupClient& group,
                                ConsumerNetwork& network) {
  // A TimeoutException leaves open whether the commit was, or will be, applied.
  if (turn.is_due(sync_.deadline)) return finish_sync(Error::timeout_exception);
  if (sync_.in_flight || !turn.is_due(sync_.retry_at)) return;
  if (!group.is_coordinator_ready(turn, network)) return;
  if (group.commit_refusal() != Error::none) return finish_sync(group.commit_refusal());
  send(By::sync, sync_.offsets.data(), sync_.offsets.size(), turn, group, network);
  sync_.in_flight = true;
}

// ---- commitAsync -------------------------------------------------------------------------------

void OffsetCommitter::commit_async(By by, ConsumerTurn& turn, const GroupClient& group,
                                   ConsumerNetwork& network) {
  if (staged_.empty()) return complete_async(by, Error::none, turn);
  if (by == By::async) ++async_calls_;
  waiting_.push_back({by, staged_.size(), group.lookup_failures(), async_calls_});
  waiting_offsets_.insert(waiting_offsets_.end(), staged_.begin(), staged_.end());
  send_waiting(turn, group, network);
}

void OffsetCommitter::send_waiting(ConsumerTurn& turn, const GroupClient& group,
                                   ConsumerNetwork& network) {
  while (!waiting_.empty()) {
    const Waiting next = waiting_.front();
    const bool could_not_find = next.lookup_failures != group.lookup_failures();
    if (!could_not_find && !group.is_coordinator_ready(turn, network)) return;
    const Error refusal =
        could_not_find ? Error::coordinator_not_available : group.commit_refusal();
    if (next.by == By::async && callback_ != Callback::nothing) {
      const auto first = waiting_offsets_.begin();
      std::vector<Sent>& list = refusal == Error::none ? sent_ : failed_;
      if (refusal == Error::none || is_retriable(refusal)) {
        list.push_back({next.call, {first, first + static_cast<std::ptrdiff_t>(next.count)}});
      }
    }
    if (refusal == Error::none) {
      send(next.by, waiting_offsets_.data(), next.count, turn, group, network);
      ++async_in_flight_;
      if (next.by == By::auto_commit) ++auto_in_flight_;
    }
    waiting_.erase(waiting_.begin());
    waiting_offsets_.erase(waiting_offsets_.begin(),
                           waiting_offsets_.begin() + static_cast<std::ptrdiff_t>(next.count));
    if (refusal != Error::none) complete_async(next.by, refusal, turn);
  }
}

void OffsetCommitter::complete_async(By by, Error error, ConsumerTurn& turn) {
  using Phase = BeforeRebalance::Phase;
  switch (by) {
    case By::sync:
      return;
    case By::async:
      // Simplified: the application hears of it when the answer comes, not in the next poll().
      if (error == Error::none) return;
      turn.out.note({.kind = ObservationKind::CommitFailed,
                     .error = commit_exception(error),
                     .group = group_});
      return;
    case By::auto_commit:  // only logged; a retriable failure is tried again sooner
      if (is_retriable(error)) auto_commit_at_ = turn.now + config_->retry_backoff;
      return;
    case By::join_prepare:
      if (before_rebalance_.phase != Phase::running) return;  // given up meanwhile
      // A member whose epoch has just moved on tries again with the new one (KIP-848). For a topic
      // that is gone only the classic protocol does
      // (CommitRequestManager.autoCommitSyncBeforeRevocationWithRetries).
      before_rebalance_.phase =
          is_retriable(error) || error == Error::stale_member_epoch ? Phase::failed : Phase::done;
      if (error == Error::unknown_topic_or_partition &&
          config_->group_protocol == GroupProtocol::consumer) {
        before_rebalance_.phase = Phase::done;
      }
      before_rebalance_.retry_at = turn.now + config_->retry_backoff;
      return;
  }
}

// Answers come in the order of the requests, and so do the failures of a broken connection.
void OffsetCommitter::keep_for_callback(Error error) {
  if (sent_.empty()) return;
  if (is_retriable(error)) failed_.push_back(std::move(sent_.front()));
  sent_.erase(sent_.begin());
}

// An older offset that is sent again behind a newer one takes the group back.
void OffsetCommitter::retry_failed(ConsumerTurn& turn, const GroupClient& group,
                                   ConsumerNetwork& network) {
  const std::vector<Sent> failed = std::exchange(failed_, {});
  for (const Sent& sent : failed) {
    if (callback_ == Callback::retry_if_newest && sent.call != async_calls_) continue;
    waiting_.push_back({By::async, sent.offsets.size(), group.lookup_failures(), sent.call});
    waiting_offsets_.insert(waiting_offsets_.end(), sent.offsets.begin(), sent.offsets.end());
  }
  send_waiting(turn, group, network);
}

// ---- auto-commit -------------------------------------------------------------------------------

Duration OffsetCommitter::auto_commit_interval() const {
  // Simplified: an interval of 0 commits every millisecond instead of in each round of poll().
  return std::max<Duration>(config_->auto_commit_interval, std::chrono::milliseconds(1));
}

void OffsetCommitter::auto_commit(ConsumerTurn& turn, const Committable& offsets,
                                  const GroupClient& group, ConsumerNetwork& network) {
  restart_auto_commit_timer(turn.now);
  offsets.list(staged_);
  commit_async(By::auto_commit, turn, group, network);
}

void OffsetCommitter::Committable::list(std::vector<CommittedOffset>& offsets) const {
  if (stored == nullptr) {
    subscription.consumed(offsets);
  } else {
    offsets.assign(stored->begin(), stored->end());
  }
  if (!only_revoking) return;
  std::erase_if(offsets, [&](const CommittedOffset& offset) {
    const AssignedPartition* p = subscription.find(offset.partition);
    return p == nullptr || p->state != AssignedPartition::State::revoking;
  });
}

bool OffsetCommitter::commit_before_rebalance(ConsumerTurn& turn, const Committable& offsets,
                                              const GroupClient& group, ConsumerNetwork& network) {
  using Phase = BeforeRebalance::Phase;
  if (!config_->enable_auto_commit) return true;
  if (before_rebalance_.phase == Phase::idle) {
    before_rebalance_.deadline =
        turn.now + (config_->client == ClientProfile::librdkafka ? config_->session_timeout
                                                                 : config_->max_poll_interval);
    before_rebalance_.retry_at = turn.now;
    before_rebalance_.phase = Phase::failed;  // not yet tried
  }
  const bool gives_up = turn.is_due(before_rebalance_.deadline);
  if (!gives_up && before_rebalance_.phase == Phase::failed &&
      turn.is_due(before_rebalance_.retry_at)) {
    before_rebalance_.phase = Phase::running;
    offsets.list(staged_);
    commit_async(By::join_prepare, turn, group, network);
  }
  if (!gives_up && before_rebalance_.phase != Phase::done) return false;
  before_rebalance_ = {};
  return true;
}

// ---- answers -----------------------------------------------------------------------------------

void OffsetCommitter::on(const OffsetCommitResponse& response, By by, ConsumerTurn& turn,
                         GroupClient& group, ConsumerNetwork& network) {
  if (by != By::sync) --async_in_flight_;
  if (by == By::auto_commit) --auto_in_flight_;
  if (by == By::async) keep_for_callback(response.error);
  complete(by, response.error, turn);
  group.on_coordinator_error(response.error, turn, network);
}

void OffsetCommitter::on_commit_lost(By by, ConsumerTurn& turn) {
  if (by != By::sync) --async_in_flight_;
  if (by == By::auto_commit) --auto_in_flight_;
  if (by == By::async) keep_for_callback(Error::network_exception);
  complete(by, Error::network_exception, turn);
}

void OffsetCommitter::complete(By by, Error error, ConsumerTurn& turn) {
  if (by != By::sync) return complete_async(by, error, turn);
  if (!sync_.is_running || !sync_.in_flight) return;
  if (is_mutant(Mutant::lost_commit_not_repeated) && error == Error::network_exception) {
    return finish_sync(Error::none);
  }
  if (!is_retriable(error)) return finish_sync(commit_exception(error));
  sync_.in_flight = false;
  sync_.retry_at = turn.now + drawn_backoff(*config_, sync_.failures++, turn.dice.jitter());
}

// ---- committed offsets -------------------------------------------------------------------------

void OffsetCommitter::fetch_committed(ConsumerTurn& turn, const Subscription& subscription,
                                      const GroupClient& group, ConsumerNetwork& network) {
  if (fetch_in_flight_ || !subscription.is_any(AssignedPartition::State::initializing)) return;
  if (!turn.is_due(fetch_at_) || !group.is_coordinator_ready(turn, network)) return;
  auto& request = network.send<OffsetFetchRequest>(group.coordinator(), Lane::coordinator, turn);
  request.group = group_;
  if (group.is_modern()) {
    request.member = group.member();
    request.epoch = group.generation();
  }
  for (const AssignedPartition& p : subscription.partitions()) {
    if (p.state == AssignedPartition::State::initializing) {
      request.partitions.push_back(p.partition);
    }
  }
  fetch_in_flight_ = true;
}

void OffsetCommitter::on(const OffsetFetchResponse& response, ConsumerTurn& turn,
                         Subscription& subscription, PositionResolver& positions,
                         GroupClient& group, ConsumerNetwork& network) {
  fetch_in_flight_ = false;
  if (response.error != Error::none) {
    fetch_at_ = turn.now + config_->retry_backoff;
    group.on_coordinator_error(response.error, turn, network);
    return;
  }
  for (const CommittedOffset& committed : response.offsets) {
    AssignedPartition* p = subscription.find(committed.partition);
    if (p == nullptr || p->state != AssignedPartition::State::initializing) continue;
    take_positions(*p, committed, positions, network);
  }
}

void OffsetCommitter::take_positions(AssignedPartition& p, const CommittedOffset& committed,
                                     PositionResolver& positions, ConsumerNetwork& network) {
  if (committed.offset == no_offset) return positions.reset_by_policy(p);
  network.saw_epoch(p.partition, committed.leader_epoch);
  const LeaderAndEpoch leader = network.leader_of(p.partition);
  const LeaderEpoch epoch = committed.leader_epoch > leader.epoch
                                ? committed.leader_epoch
                                : mistaken_for(committed.leader_epoch, leader.epoch);
  seek_unvalidated(p, committed.offset, epoch, leader);
}

void OffsetCommitter::on_fetch_lost(ConsumerTurn& turn) {
  fetch_in_flight_ = false;
  fetch_at_ = turn.now + config_->retry_backoff;
}

// ---- what matters to the future ----------------------------------------------------------------

void hash_into(Fingerprint& print, const std::vector<CommittedOffset>& offsets) {
  print.add(offsets.size());
  for (const CommittedOffset& committed : offsets) {
    print.add(committed.partition, committed.offset, committed.leader_epoch);
  }
}

void OffsetCommitter::hash_into(Fingerprint& print, const GroupClient& group) const {
  print.add(sync_.is_running, sync_.outcome.has_value());
  if (sync_.is_running || sync_.outcome) hash_sync(print);
  print.add(waiting_.size());
  for (const Waiting& waiting : waiting_) {
    print.add(waiting.by, waiting.count, waiting.lookup_failures == group.lookup_failures());
  }
  kafault::hash_into(print, waiting_offsets_);
  print.add(async_in_flight_);
  for (const std::vector<Sent>* each : {&sent_, &failed_}) {
    print.add(each->size());
    for (const Sent& sent : *each) {
      print.add(async_calls_ - sent.call);
      kafault::hash_into(print, sent.offsets);
    }
  }
  if (config_->enable_auto_commit) {
    print.poll(auto_commit_at_, config_->auto_commit_interval);
  }
  print.add(before_rebalance_.phase);
  print.deadline(before_rebalance_.deadline);
  print.deadline(before_rebalance_.retry_at);
  print.add(fetch_in_flight_);
  print.deadline(fetch_at_);
}

// The staged offsets are those of the commit until the application has its outcome.
void OffsetCommitter::hash_sync(Fingerprint& print) const {
  print.add(sync_.in_flight, retry_backoff(*config_, sync_.failures));
  print.deadline(sync_.retry_at);
  print.deadline(sync_.deadline);
  print.add(sync_.outcome.value_or(Error::none));
  kafault::hash_into(print, sync_.offsets);
  kafault::hash_into(print, staged_);
}

}  // namespace kafault
