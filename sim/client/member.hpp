// One process of a consumer group: a Java KafkaConsumer (of either group protocol) or what another
// client makes of it, and the application around it. Two threads: the application's, which polls,
// handles and commits, and blocks while it does; and the client's background thread, which goes on
// meanwhile. Auto-commits and fetches happen inside poll() only, rebalances as well but for one
// case (reconcile_behind_the_application).
//
// Never decides about sinks or the log: it notes what was delivered, handled and applied.
#pragma once

#include <vector>

#include "sim/client/application.hpp"
#include "sim/client/commit_strategies.hpp"
#include "sim/client/consumer_config.hpp"
#include "sim/client/consumer_network.hpp"
#include "sim/client/fetcher.hpp"
#include "sim/client/group_client.hpp"
#include "sim/client/handling_faults.hpp"
#include "sim/client/offset_committer.hpp"
#include "sim/client/outlet.hpp"
#include "sim/client/position_resolver.hpp"
#include "sim/client/producer.hpp"
#include "sim/client/subscription.hpp"
#include "sim/client/workers.hpp"

namespace kafault {

class Member {
 public:
  Member(NodeId node, GroupIndex group, const ConsumerConfig* config,
         const ApplicationPlan* application, std::int32_t sinks,
         const std::vector<std::int32_t>* topics, const ClusterLayout* layout,
         const VersionProfile* version, const OutletPlan* outlet = nullptr,
         ProducerIndex outlet_index = -1);

  void reset();  // as constructed; keeps its memory
  // The process starts, also after a crash.
  void start(Instant now, Outbox& out, Dice dice = {});
  void crash();  // SIGKILL
  // SIGTERM: finishes the batch in hand, commits as its strategy does, close(), then exits.
  void shut_down(Instant now, Outbox& out);
  void leave(Instant now, Outbox& out) { shut_down(now, out); }
  // The application calls unsubscribe() when it is done with the batch in hand, and does nothing
  // until it subscribes again.
  void unsubscribe(Instant now, Outbox& out);
  void subscribe_again(Instant now, Outbox& out);

  void on_timer(std::uint8_t index, Instant now, Outbox& out);
  void on_connected(NodeId broker, Lane lane, Instant now, Outbox& out);
  void on_disconnected(NodeId broker, Lane lane, Instant now, Outbox& out);
  void on(const ApiVersionsResponse&, NodeId from, Lane lane, Instant now, Outbox& out);
  void on(const MetadataResponse&, NodeId from, Lane lane, Instant now, Outbox& out);
  void on(const FindCoordinatorResponse&, NodeId from, Lane lane, Instant now, Outbox& out);
  void on(const JoinGroupResponse&, NodeId from, Lane lane, Instant now, Outbox& out);
  void on(const SyncGroupResponse&, NodeId from, Lane lane, Instant now, Outbox& out);
  void on(const HeartbeatResponse&, NodeId from, Lane lane, Instant now, Outbox& out);
  void on(const LeaveGroupResponse&, NodeId from, Lane lane, Instant now, Outbox& out);
  void on(const ConsumerGroupHeartbeatResponse&, NodeId from, Lane lane, Instant now, Outbox& out);
  void on(const OffsetCommitResponse&, NodeId from, Lane lane, Instant now, Outbox& out);
  void on(const OffsetFetchResponse&, NodeId from, Lane lane, Instant now, Outbox& out);
  void on(const ListOffsetsResponse&, NodeId from, Lane lane, Instant now, Outbox& out);
  void on(const OffsetsForLeaderEpochResponse&, NodeId from, Lane lane, Instant now, Outbox& out);
  void on(const FetchResponse&, NodeId from, Lane lane, Instant now, Outbox& out);

  // Of its outlet, if it has one.
  void on_outlet_timer(Instant now, Outbox& out);
  void on(const InitProducerIdResponse&, NodeId from, Lane lane, Instant now, Outbox& out);
  void on(const ProduceResponse&, NodeId from, Lane lane, Instant now, Outbox& out);

  // Called right after a RecordDelivered note of a single record: its handler throws, `times`
  // times (-1: always). The short form means the record that was noted last.
  void fail_handling(PartitionId partition, Offset offset, std::int64_t times) {
    faults_.fail(partition, offset, times);
  }
  // Likewise, but the sink has applied the record by then.
  void fail_after_effect(PartitionId partition, Offset offset, std::int64_t times) {
    faults_.fail(partition, offset, times, HandlingFaults::Throws::after_effect);
  }
  // Likewise: a batch of effects that has it is written up to there, and then the sink throws.
  void fail_batch_write(PartitionId partition, Offset offset, std::int64_t times) {
    faults_.fail(partition, offset, times, HandlingFaults::Throws::in_batch);
  }
  void set_sink_down(bool down) { faults_.set_sink_down(down); }
  void set_sink_slow(Duration by) { faults_.set_sink_delay(by); }
  void fail_handling(std::int64_t times) { fail_handling(delivered_, delivered_at_, times); }
  // Likewise: that record takes `extra` longer, or `factor` times as long.
  void slow_handling(PartitionId partition, Offset offset, Duration extra, std::int64_t factor) {
    faults_.slow_down({partition, offset, extra, factor});
  }
  void slow_handling(Duration extra) { slow_handling(delivered_, delivered_at_, extra, 1); }
  void slow_handling_times(std::int64_t factor) {
    slow_handling(delivered_, delivered_at_, Duration{}, factor);
  }

  // In a stable generation, polling, with nothing buffered, handed over or being committed.
  bool is_idle() const;
  // The same, but that a commit which auto-commit's timer has sent may be on its way.
  bool is_idle_but_for_auto_commits() const;
  // The next offset that poll() returns; no_offset where there is none (yet).
  // It has found no record that is as young as auto.offset.reset=by_duration wants, and asks for
  // one again from time to time.
  bool is_looking_back(PartitionId partition) const {
    const AssignedPartition* p = subscription_.find(partition);
    return p != nullptr && p->is_looking_back();
  }
  Duration looks_back() const { return config_->auto_offset_reset.back; }
  Offset position(PartitionId partition) const;
  // From an OffsetCommit request to its answer (commit-latency-max), over all its lives.
  Duration longest_commit() const { return longest_commit_; }
  bool owns(PartitionId partition) const { return subscription_.find(partition) != nullptr; }
  // Its process has ended since another one has taken its group.instance.id.
  bool was_replaced() const { return was_replaced_; }
  bool has_joined() const { return group_.is_stable(); }
  bool is_running() const { return phase_ > Phase::exited; }
  // The application closed its consumer and the process has ended.
  bool is_closed() const { return phase_ == Phase::exited; }

  // What its future depends on.
  void hash_into(Fingerprint& print) const;

  static constexpr std::uint8_t wake_timer = 0;
  static constexpr std::uint8_t handler_timer = 1;
  static constexpr std::uint8_t first_worker_timer = 2;  // one per worker from here on

 private:
  // Where the application's thread is: no process, no consumer, or one that is open.
  enum class Phase : std::uint8_t {
    absent,
    exited,
    zombie,      // the consumer is closed, the workers still handle what is queued
    polling,     // inside poll()
    committing,  // inside commitSync(); goes on at after_commit_
    batch_begins,
    next_record,
    handling,
    record_ends,
    backing_off,  // before it polls again from a record whose handler threw
    publishing,   // waits for what its outlet has sent
    batch_ends,
    unsubscribing,  // the listener has been told
    unsubscribed,
    draining,  // waits for its workers before it closes
    closing,   // inside close(), at close_step_
  };
  enum class PrepareStep : std::uint8_t { auto_commit, revoke, release, done };
  enum class CloseStep : std::uint8_t {
    application_commit,
    auto_commit,
    await_commits,
    revoke,
    leave,
    await_leave,
    await_outlet,
    finish,
  };

  bool has_open_consumer() const { return phase_ > Phase::zombie; }

  // What is declared inline is called from one place, next to it.

  // member.cpp: events, and the threads' turns.
  void settle(ConsumerTurn& turn);
  inline void tend(ConsumerTurn& turn);
  inline bool advance(ConsumerTurn& turn);
  // What handle_on() has handled: `batch`: all that poll() returned, so that poll() is next.
  enum class Handled : std::uint8_t { nothing, something, batch };
  inline Handled handle_on(ConsumerTurn& turn);
  inline bool has_seen_all(const ConsumerTurn& turn) const;
  inline void arm_wake(ConsumerTurn& turn);
  void deal_with_lost(ConsumerTurn& turn) {
    if (!network_.lost().empty()) deal_with_all_lost(turn);
  }
  void deal_with_all_lost(ConsumerTurn& turn);
  void deal_with(const ConsumerNetwork::Lost& lost, ConsumerTurn& turn);
  void forget();
  void hash_application(Fingerprint& print) const;
  void hash_handled(Fingerprint& print) const;
  template <class Response, class Deal>
  void deal_with_answer(NodeId from, Lane lane, Instant now, Outbox& out, Deal&& deal);

  // member_poll.cpp: inside poll() and close().
  void enter_poll(Instant now);
  bool poll(ConsumerTurn& turn);
  inline void find_positions(ConsumerTurn& turn);
  inline bool take_records(ConsumerTurn& turn, bool commits_late = false);
  bool has_prefix_to_commit() const;
  inline bool commit_after_poll(ConsumerTurn& turn);
  bool rejoin(ConsumerTurn& turn);
  bool prepare_join(ConsumerTurn& turn);
  bool polls_while_rejoining() const;
  bool poll_while_rejoining(ConsumerTurn& turn);
  bool complete_join(ConsumerTurn& turn);
  bool give_up_moved(ConsumerTurn& turn);
  void take_assignment(const std::vector<PartitionId>& assignment, ConsumerTurn& turn);
  OffsetCommitter::Committable committable() const;

  // member_reconcile.cpp: the same under KIP-848.
  bool reconcile(ConsumerTurn& turn);
  void reconcile_behind_the_application(ConsumerTurn& turn);
  void give_up_lost(ConsumerTurn& turn);
  void begin_reconciliation();
  bool commit_what_goes(ConsumerTurn& turn);
  void note_revoked(ConsumerTurn& turn);
  void complete_reconciliation(ConsumerTurn& turn);

  void auto_commit_if_due(ConsumerTurn& turn);
  bool background_is_late();
  void note_where_batch_began();
  void seek_to_stored(AssignedPartition& p, ConsumerTurn& turn);
  void take_partitions_away(ObservationKind kind, ConsumerTurn& turn);
  void release_partitions();
  void begin_closing();
  bool close(ConsumerTurn& turn);
  bool close_auto_commit(ConsumerTurn& turn);
  bool close_revoke(ConsumerTurn& turn);
  bool close_leave(ConsumerTurn& turn);
  bool close_finish(ConsumerTurn& turn);
  void exit(ConsumerTurn& turn);

  // member_unsubscribe.cpp
  void unsubscribe(ConsumerTurn& turn);
  void leave_unsubscribed(ConsumerTurn& turn);
  bool rest_unsubscribed(ConsumerTurn& turn);

  // member_handling.cpp: the application's code.
  inline bool is_timed() const;
  void commit(CommitCall call, Phase then, ConsumerTurn& turn);
  void go_on_at(Phase phase, Instant now);
  void block_on_commit(Phase then, Duration timeout, ConsumerTurn& turn);
  bool finish_commit(ConsumerTurn& turn);
  void next_record(ConsumerTurn& turn) {
    if (next_polled_ < polled_.size()) return begin_record(turn);
    phase_ = Phase::batch_ends;
  }
  void begin_record(ConsumerTurn& turn);
  void hand_batch_over(ConsumerTurn& turn);
  void start_workers(ConsumerTurn& turn);
  inline bool is_slowed(const PolledRange& range, Instant started, std::uint8_t timer,
                        ConsumerTurn& turn);
  void finish_record(ConsumerTurn& turn);
  inline void finish_in_hand(ConsumerTurn& turn);
  void finish_worker(std::size_t thread, ConsumerTurn& turn);
  void fail_record(ConsumerTurn& turn);
  void fail_worker(std::size_t thread, ConsumerTurn& turn);
  void seek_back(ConsumerTurn& turn);
  void poll_again(ConsumerTurn& turn);
  void seek_to_unhandled(ConsumerTurn& turn);
  void seek_back_to(PartitionId partition, Offset offset, ConsumerTurn& turn);
  void seek_to_batch();
  void skip_to_end(ConsumerTurn& turn);
  void on_commit_timeout();
  OnException what_to_do(const PolledRange& range);
  bool is_commit_due(Phase then, Instant now) const;
  void die(ConsumerTurn& turn);
  inline bool throws(const PolledRange& range, ConsumerTurn& turn);
  inline bool write_to_sinks(const PolledRange& range, ConsumerTurn& turn);
  bool write_to_window(const PolledRange& range, ConsumerTurn& turn);
  bool write_batch(ConsumerTurn& turn);
  void flush(ConsumerTurn& turn);
  inline void write_now(const PolledRange& range, ConsumerTurn& turn);
  void write_in_steps(const PolledRange& range, ConsumerTurn& turn);
  inline bool apply_effects(const PolledRange& range, ConsumerTurn& turn);
  inline void note(ObservationKind kind, const PolledRange& range, ConsumerTurn& turn,
                   std::int64_t value = 0);
  inline void note_delivered(const PolledRange& range, ConsumerTurn& turn);
  void arm_handling(std::uint8_t timer, ConsumerTurn& turn);
  void arm_retry(std::uint8_t timer, ConsumerTurn& turn);
  void remember_handled(const PolledRange& range) {
    uncommitted_ += range.count;
    for (CommittedOffset& c : handled_) {
      if (c.partition != range.partition) continue;
      c.offset = range.end_offset();
      return;
    }
    remember_first_handled(range);
  }
  [[gnu::noinline]] void remember_first_handled(const PolledRange& range);

  // member_outlet.cpp
  void publish(ConsumerTurn& turn);
  bool finish_publishing(ConsumerTurn& turn);
  bool close_outlet(ConsumerTurn& turn);
  void hold_back_early(ConsumerTurn& turn);
  template <class Deal>
  void at_outlet(Instant now, Outbox& out, Deal&& deal);
  void on_outlet_connected(NodeId broker, Instant now, Outbox& out);
  void on_outlet_disconnected(NodeId broker, Instant now, Outbox& out);
  void on_outlet(const ApiVersionsResponse&, NodeId from, Instant now, Outbox& out);
  void on_outlet(const MetadataResponse&, NodeId from, Instant now, Outbox& out);

  NodeId node_;
  GroupIndex group_index_;
  const ConsumerConfig* config_;
  const ApplicationPlan* application_;
  const CommitHooks* hooks_;
  std::int32_t sinks_;  // how many; an effect is noted for each
  const ClusterLayout* layout_;
  const VersionProfile* version_;
  const OutletPlan* outlet_plan_;
  std::vector<Producer> outlet_;    // one, or none
  std::int64_t failed_before_ = 0;  // of its sends, before those that are waited for
  bool outlet_is_closing_ = false;

  Dice dice_;
  ConsumerNetwork network_;
  GroupClient group_;
  OffsetCommitter committer_;
  Subscription subscription_;
  PositionResolver positions_;
  Fetcher fetcher_;
  Workers workers_;
  HandlingFaults faults_;

  Phase phase_ = Phase::absent;
  Phase after_commit_ = Phase::polling;
  CommitCall commit_call_ = CommitCall::nothing;
  bool is_unsubscribed_ = false;  // or is to be, at the next poll()
  bool must_close_ = false;       // asked to shut down, or poll() or a worker threw
  PrepareStep prepare_step_ = PrepareStep::done;
  CloseStep close_step_ = CloseStep::application_commit;
  Instant close_deadline_ = never;
  Instant poll_deadline_ = never;
  Instant wake_at_ = never;  // for when the wake timer is armed

  FlatVector<PolledRange> polled_;
  std::vector<CommittedOffset> batch_began_;  // only if it may be polled again
  std::size_t next_polled_ = 0;  // polled_ before it is handled, but for what is in hand_
  PolledRange in_hand_;
  Instant handling_since_{};
  std::vector<PolledRange> window_;       // handled, and their effects are still in memory
  bool batch_broke_ = false;              // they have been written in part
  std::vector<CommittedOffset> handled_;  // where the application is, per partition
  std::int64_t uncommitted_ = 0;          // handled since the last commit
  Instant committed_at_{};                // the last commit
  struct Attempts {
    PartitionId partition;
    Offset offset;
    std::int32_t count;
  };
  std::vector<Attempts> attempts_;  // how often the handler threw; by partition, its last record
  std::vector<PartitionId> owned_;  // scratch
  bool moved_are_given_up_ = false;
  std::vector<PartitionId> reconciling_;  // KIP-848: what is to be owned once this is done
  bool was_replaced_ = false;             // outlives the process
  Duration longest_commit_{};             // likewise; nothing depends on it
  std::int32_t starts_ = 0;               // likewise: each process has an id of its own

  PartitionId delivered_ = no_partition;  // of the last RecordDelivered
  Offset delivered_at_ = no_offset;
};

}  // namespace kafault
