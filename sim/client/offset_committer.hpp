// Committing offsets and fetching them back (the committing half of ConsumerCoordinator).
// commitSync() retries what can be retried and blocks the application; commitAsync() tries once;
// auto-commit is a commitAsync() of the positions that happens inside poll().
#pragma once

#include <optional>
#include <vector>

#include "sim/client/consumer_config.hpp"
#include "sim/client/consumer_network.hpp"
#include "sim/client/group_client.hpp"
#include "sim/client/position_resolver.hpp"
#include "sim/client/subscription.hpp"

namespace kafault {

class OffsetCommitter {
 public:
  // Who commits: decides who hears of a failure. Travels as the tag of the request.
  enum class By : std::uint32_t { sync, async, auto_commit, join_prepare };

  // What the application's callback of commitAsync() does about a failure that may pass.
  enum class Callback : std::uint8_t { nothing, retry, retry_if_newest };

  OffsetCommitter(const ConsumerConfig* config, GroupIndex group, Callback callback)
      : config_(config), group_(group), callback_(callback) {}

  void begin();
  // Sends what waits, oldest first.
  void tend(ConsumerTurn& turn, const GroupClient& group, ConsumerNetwork& network) {
    if (!waiting_.empty()) send_waiting(turn, group, network);
    if (sync_.is_running) send_sync(turn, group, network);
  }

  // The offsets of the next commit; filled by the caller.
  std::vector<CommittedOffset>& offsets_to_commit() { return staged_; }

  // commitSync(staged offsets): the outcome comes later, by take_sync_outcome(). Nothing to commit
  // is a success.
  void start_sync(Instant now, Duration timeout);
  std::optional<Error> take_sync_outcome();
  bool is_sync_running() const { return sync_.is_running; }

  // commitAsync(staged offsets).
  void commit_async(By by, ConsumerTurn& turn, const GroupClient& group, ConsumerNetwork& network);
  bool has_async_pending() const {
    return !waiting_.empty() || async_in_flight_ > 0 || !failed_.empty();
  }
  // That the timer of auto-commit has sent.
  bool has_only_auto_commits_pending() const {
    return waiting_.empty() && async_in_flight_ == auto_in_flight_ && failed_.empty();
  }
  // In poll(): the callbacks of commits that have failed meanwhile.
  void run_callbacks(ConsumerTurn& turn, const GroupClient& group, ConsumerNetwork& network) {
    if (!failed_.empty()) retry_failed(turn, group, network);
  }

  // What auto-commit commits: the positions, unless the application stores offsets by hand.
  struct Committable {
    const Subscription& subscription;
    const std::vector<CommittedOffset>* stored;
    bool only_revoking = false;
    void list(std::vector<CommittedOffset>& offsets) const;
  };

  // maybeAutoCommitOffsetsAsync: only inside poll(), before it returns records.
  bool is_auto_commit_due(ConsumerTurn& turn) const {
    return config_->enable_auto_commit && turn.is_due(auto_commit_at_);
  }
  void auto_commit(ConsumerTurn& turn, const Committable& offsets, const GroupClient& group,
                   ConsumerNetwork& network);
  void restart_auto_commit_timer(Instant now) { auto_commit_at_ = now + auto_commit_interval(); }

  // The auto-commit of onJoinPrepare: waits for success, retries until the rebalance timeout
  // (librdkafka: session.timeout.ms, rd_kafka_cgrp_defer_offset_commit). True when the rebalance
  // may go on.
  bool commit_before_rebalance(ConsumerTurn& turn, const Committable& offsets,
                               const GroupClient& group, ConsumerNetwork& network);

  void abandon_before_rebalance() { before_rebalance_ = {}; }

  // Asks for the committed offsets of partitions that have no position yet.
  void fetch_committed(ConsumerTurn& turn, const Subscription& subscription,
                       const GroupClient& group, ConsumerNetwork& network);

  void on(const OffsetCommitResponse& response, By by, ConsumerTurn& turn, GroupClient& group,
          ConsumerNetwork& network);
  void on(const OffsetFetchResponse& response, ConsumerTurn& turn, Subscription& subscription,
          PositionResolver& positions, GroupClient& group, ConsumerNetwork& network);
  void on_commit_lost(By by, ConsumerTurn& turn);
  void on_fetch_lost(ConsumerTurn& turn);

  void hash_into(Fingerprint& print, const GroupClient& group) const;

 private:
  struct Sync {
    bool is_running = false;
    bool in_flight = false;
    std::int32_t failures = 0;
    Instant retry_at{};
    Instant deadline = never;
    std::optional<Error> outcome;
    std::vector<CommittedOffset> offsets;
  };
  struct Waiting {  // a commitAsync() that waits for the coordinator
    By by;
    std::size_t count;
    std::uint32_t lookup_failures;
    std::uint32_t call;  // which commitAsync() of the application
  };
  // Of a commitAsync() whose callback may try it again.
  struct Sent {
    std::uint32_t call;
    std::vector<CommittedOffset> offsets;
  };
  struct BeforeRebalance {
    enum class Phase : std::uint8_t { idle, running, failed, done } phase = Phase::idle;
    Instant deadline = never;
    Instant retry_at{};
  };

  Duration auto_commit_interval() const;
  void send(By by, const CommittedOffset* first, std::size_t count, ConsumerTurn& turn,
            const GroupClient& group, ConsumerNetwork& network);
  void retry_failed(ConsumerTurn& turn, const GroupClient& group, ConsumerNetwork& network);
  void keep_for_callback(Error error);
  void send_waiting(ConsumerTurn& turn, const GroupClient& group, ConsumerNetwork& network);
  void hash_sync(Fingerprint& print) const;
  void send_sync(ConsumerTurn& turn, const GroupClient& group, ConsumerNetwork& network);
  void finish_sync(Error outcome);
  void complete(By by, Error error, ConsumerTurn& turn);
  void complete_async(By by, Error error, ConsumerTurn& turn);
  void take_positions(AssignedPartition& p, const CommittedOffset& committed,
                      PositionResolver& positions, ConsumerNetwork& network);

  const ConsumerConfig* config_;
  GroupIndex group_;
  std::vector<CommittedOffset> staged_;
  Sync sync_;
  std::vector<Waiting> waiting_;
  std::vector<CommittedOffset> waiting_offsets_;
  std::int32_t async_in_flight_ = 0;
  std::int32_t auto_in_flight_ = 0;  // of these
  Callback callback_;
  std::uint32_t async_calls_ = 0;
  std::vector<Sent> sent_;    // in flight, oldest first; only if the callback tries again
  std::vector<Sent> failed_;  // their callbacks run in the next poll()
  Instant auto_commit_at_ = never;
  BeforeRebalance before_rebalance_;
  bool fetch_in_flight_ = false;
  Instant fetch_at_{};
};

void hash_into(Fingerprint& print, const std::vector<CommittedOffset>& offsets);

// What the application's exception says: UNKNOWN_MEMBER_ID, ILLEGAL_GENERATION and
// STALE_MEMBER_EPOCH surface as CommitFailedException, the others under their own name.
Error commit_exception(Error error);

}  // namespace kafault
