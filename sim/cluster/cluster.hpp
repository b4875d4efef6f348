// The world of one run: processes, the network between them, the calendar. It interprets
// outboxes, and it crashes, starts, pauses and isolates processes when told to. It decides
// nothing that Kafka decides, and it does not know what a fault or an oracle is.
#pragma once

#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "sim/broker/controller.hpp"
#include "sim/client/member.hpp"
#include "sim/client/producer.hpp"
#include "sim/cluster/broker_process.hpp"
#include "sim/cluster/onlooker.hpp"
#include "sim/cluster/plan.hpp"
#include "sim/cluster/process.hpp"
#include "sim/kernel/calendar.hpp"
#include "sim/kernel/fate.hpp"
#include "sim/kernel/fingerprint.hpp"
#include "sim/net/network.hpp"
#include "sim/sink/sinks.hpp"

namespace kafault {

class Cluster {
 public:
  // `plan` must outlive the cluster. Nothing runs before reset().
  explicit Cluster(const ClusterPlan& plan);
  // A copy is a fork of the run: it goes on from here with its own fate and onlooker (attach()).
  Cluster(const Cluster& other);
  Cluster& operator=(const Cluster& other);
  ~Cluster() = default;

  void attach(Fate& fate, Onlooker& onlooker) {
    fate_ = &fate;
    onlooker_ = &onlooker;
  }
  // Back to the start of a run: brokers up and in sync for a while, clients about to start.
  // Allocates nothing when warm.
  void reset();

  // --- the course of events ---------------------------------------------------------------
  Instant now() const { return calendar_.now(); }
  bool idle() const { return calendar_.empty(); }
  Instant next_due() const { return calendar_.next_due(); }
  void step() { static_cast<void>(proceed(never, false)); }  // the next event
  // Events up to `limit`, at least one, until all_has_come(). False: the next one is due later.
  bool play(Instant limit) { return proceed(limit, true); }
  // All sends are decided, and the groups have caught up.
  bool all_has_come() const { return sends_decided() && groups_caught_up(); }
  // The onlooker sees what was noted and he has not seen yet.
  void tell_notes();
  std::int64_t events() const { return events_; }

  // --- what faults may do -------------------------------------------------------------------
  // SIGKILL: memory is lost, the page cache stays. Of several controllers it is the active one:
  // another takes over while a majority is left. A controller on a broker dies with it.
  void crash(NodeId node);
  // A broker's machine stops: what was not on disk is lost too, and nobody is told.
  void lose_power(NodeId node);
  // It has power again and starts; connections that were silenced break.
  void restore_power(NodeId node);
  // A broker's process dies and its disk with all logs is replaced by an empty one.
  void replace_disk(NodeId node);
  // Now, as an event of its own; nothing if it runs. Of several controllers one that had died.
  void start(NodeId node);
  void shut_down(NodeId node);    // SIGTERM
  void leave(NodeId node);        // a member leaves its group
  void unsubscribe(NodeId node);  // and stays where it is
  void subscribe(NodeId node);
  void pause(NodeId node);  // SIGSTOP: it does not know
  void resume(NodeId node);
  // A broker's disk hangs, without an error: whoever writes waits, and soon everybody who wants one
  // of the threads that do. Its heartbeats have a thread of their own. Simplified: all request
  // handlers, fetchers and the metadata log wait from the first moment.
  void stall_disk(NodeId node);
  void free_disk(NodeId node);
  // Each write of a broker takes `longer` more than usual, one after the other; 0: not any more.
  // What a produce request or an offset commit asks for happens when it is written, and a follower
  // goes on fetching when it has written what it fetched; whoever does not write does not wait.
  // Simplified: what is written together is one write; the metadata log and what the coordinator
  // writes of its members do not wait.
  void slow_disk(NodeId node, Duration longer);
  // A broker's process dies without a clean shutdown, and recovery finds a batch that fails its
  // CRC: the log is cut there, in every partition with batches that were never flushed (LogLoader).
  void corrupt_log(NodeId node);
  // By an operator, at the leader: what lies below `before`, see Broker::delete_records.
  // Simplified: the request itself takes no time.
  void delete_records(PartitionId partition, Offset before);
  // By an operator, at the controller, who asks again until there is one.
  void ask_controller(const OperatorRequest& request);
  // By an operator, at the coordinator, for all partitions that the group reads; refused while it
  // has members. Simplified: the requests take no time, and fail without a coordinator.
  void reset_offsets(GroupIndex group, const OffsetsReset& reset);
  void block(NodeId from, NodeId to);    // no bytes in this direction
  void unblock(NodeId from, NodeId to);  // connections that were silenced break
  void set_slowness(NodeId node, std::int64_t factor);
  void set_alarm(std::uint32_t alarm, Instant at);
  void watch_messages(MessageKind kind, bool received) {
    tell_notes();
    watched_[static_cast<std::size_t>(kind)] |= received ? received_watched : sent_watched;
    disturbed_ = true;
    outbox_.keep_order(true);
  }
  // Somebody may strike at a note: what stands behind it in the outbox has not happened then.
  void watch_notes() {
    tell_notes();
    outbox_.keep_order(true);
  }
  void watch_steps(NodeId node) { watched_steps_ = node; }
  void note(NodeId node, Observation observation);  // by the world itself
  // The next message is struck as it arrives, before its receiver sees it.
  void strike_next(Stroke stroke) {
    next_stroke_ = stroke;
    disturbed_ = true;
  }

  // --- what exploration needs (cluster_exploration.cpp) -------------------------------------
  // From now on a step ends also at each note of a handler that has yet to send something: what
  // precedes the note has happened, what follows it comes with the next step.
  void stop_at_notes() {
    tell_notes();
    stops_at_notes_ = true;
    outbox_.keep_order(true);
  }
  // The message that comes next, if a message comes next and its receiver will read it.
  struct Delivery {
    MessageKind kind;
    NodeId from;
    NodeId to;
  };
  std::optional<Delivery> next_delivery();
  // Whether that is more than a poll, or the answer to one, that will come to nothing.
  bool next_brings_news();
  // Who handled something last, and whether it is in the middle of it.
  NodeId last_actor() const { return last_actor_; }
  bool is_interrupted() const { return interrupted_ != no_node; }
  // The kinds of message that were sent since the last call, a bit each.
  std::uint64_t take_sent_kinds() { return std::exchange(sent_kinds_, 0); }
  void hash_into(Fingerprint& print) const;

  // --- views --------------------------------------------------------------------------------
  const ClusterPlan& plan() const { return *plan_; }
  std::span<const NodeId> replicas_of(PartitionId partition) const {
    return controller_.replicas_of(partition);
  }
  const Process& process(NodeId node) const { return processes_[static_cast<std::size_t>(node)]; }
  std::int32_t nodes() const { return static_cast<std::int32_t>(processes_.size()); }
  Producer& producer(ProducerIndex p) { return producers_[static_cast<std::size_t>(p)]; }
  const Producer& producer(ProducerIndex p) const {
    return producers_[static_cast<std::size_t>(p)];
  }
  Member& member_at(NodeId node) { return members_[static_cast<std::size_t>(process(node).index)]; }
  const Member& member_at(NodeId node) const {
    return members_[static_cast<std::size_t>(process(node).index)];
  }
  const Sinks& sinks() const { return sinks_; }
  // A group's sinks lose what was written to them in the last while.
  void fail_sinks_over(GroupIndex group, Duration behind) {
    sinks_.fail_over(group, now() - behind);
  }
  const Broker& broker(NodeId node) const {
    return brokers_[static_cast<std::size_t>(node) - 1].broker;
  }
  const GroupCoordinator& coordinator(NodeId node) const {
    return brokers_[static_cast<std::size_t>(node) - 1].coordinator;
  }
  const Controller& controller() const { return controller_; }
  NodeId leader_of(PartitionId partition) const;  // as the controller has it
  // Where the active controller is, or was last: a broker, or a node of its own.
  NodeId machine_of_controller() const { return network_.machine_of(controller_node); }
  std::uint32_t messages_in_flight() const { return store_.live(); }

  // Every producer has heard of every record it will send. Mostly the one that was waiting when
  // this was asked last is waiting still.
  bool sends_decided() const {
    return (waiting_ == no_node || !is_waiting(waiting_)) && !find_waiting_producer();
  }
  bool groups_caught_up() const;   // every group that can move is stable and at the end of the log
  bool replicas_settled() const;   // every replica is in its ISR and has what its leader has
  bool produces_executed() const;  // no ProduceRequest is on its way or unread at a broker

 private:
  bool read_to_the_end(GroupIndex g, PartitionId partition, bool commits) const;
  friend class Dispatch;
  // Its start is still to come, or it runs and has not heard of everything. A producer whose
  // process is gone or paused is blocked by a fault: it has nothing to wait for.
  bool is_waiting(NodeId node) const {
    const Process& process = this->process(node);
    if (process.state == Process::State::running &&
        !producers_[static_cast<std::size_t>(process.index)].is_done()) {
      return true;
    }
    return process.incarnation == 0 || process.starts;
  }
  bool find_waiting_producer() const;
  bool is_any_commit_on_its_way() const;
  static_assert(message_kinds <= 64);

  // cluster.cpp: events; cluster_processes.cpp: processes
  void schedule(NodeId node, Command command);
  void launch(NodeId node);
  // A client's own dice for the process that starts now. A kind world's are fixed.
  Dice cast_dice(NodeId node) {
    if (!plan_->client_dice) return {};
    return Dice{
        static_cast<std::uint64_t>(fate_->between(Question::process, node, 0, INT64_MAX - 1))};
  }
  // `teardown`: until its peers see the ends of its connections; never: they do not.
  void end_process(NodeId node, Duration teardown);
  void block_all(NodeId node, bool block);
  void lose_records(NodeId node, auto&& lose);
  WriteBack write_back_of(NodeId node);
  bool proceed(Instant limit, bool until_all_has_come);
  void go_on();
  void happen(Event event);
  bool timer_is_live(const Event& event);
  std::size_t timer_index(TimerId id) const { return id.room * timer_stride_ + id.index; }
  void obey(NodeId node, Command command);
  void hand_over(const Event& event);  // to the actor of a running process
  void resume_now(NodeId node);
  static bool waits(const Process& process) {
    return process.state == Process::State::paused || process.state == Process::State::applying ||
           process.state == Process::State::stalled;
  }
  bool must_wait(const Process& process, const Event& event) const {
    if (!waits(process)) return false;
    return process.state != Process::State::stalled || !is_of_heartbeats(event);
  }
  bool is_of_heartbeats(const Event& event) const;
  bool takes_time_to_apply(const Event& event) const;
  void begin_to_apply(const Event& event);
  void apply_now(NodeId node);
  void catch_up(Process& process);

  void hear_operators();
  void reset_offsets_now(NodeId coordinator);
  void list_reset(GroupIndex group, const OffsetsReset& reset, NodeId coordinator,
                  std::vector<CommittedOffset>& offsets) const;

  // cluster_quorum.cpp: who the active controller is
  void voter_crashed();
  void voter_started();
  void elect_another_voter();
  bool is_up(NodeId machine) const;
  bool may_control(NodeId machine) const;
  void review_controller();
  void controller_ends_with(NodeId machine, Duration teardown, bool in_order);
  NodeId next_controller() const;
  void elect_controller();
  void take_over_in(Duration wait);
  void take_over();
  void look_for_controller();
  BrokerSet silent_brokers() const;
  bool has_links(NodeId node) const;

  // cluster_outbox.cpp: what a handler causes
  void after_handler(NodeId node);
  inline void after_handler_here(NodeId node, Process& process);
  void carry_out(NodeId node);
  void carry_out_at_once(NodeId node, Process& process);
  void carry_out_in_order(NodeId node, Process& process);
  void perform(NodeId node, Process& process, const Effect& effect);
  void perform_other(NodeId node, Process& process, const Effect& effect);
  void show_notes(NodeId node);
  void forget_notes() {
    outbox_.clear_notes();
    noted_.clear();
    noted_end_ = 0;
  }
  void hold_rest(NodeId node, std::size_t from);
  bool stops_before(std::size_t effect) const;
  void discard(const Effect& effect);
  void arm(NodeId node, TimerId id, Duration after, Duration up_to);
  bool request_done(ConnectionIndex connection, std::uint32_t generation);
  void orphan_done(NodeId server, const Effect& effect);
  void transmit(ConnectionIndex connection, bool to_server, MessageKind kind, std::uint32_t slot);
  void transmit_disturbed(ConnectionIndex connection, bool to_server, MessageKind kind,
                          std::uint32_t slot);
  void put_on_its_way(ConnectionIndex connection, bool to_server, MessageKind kind,
                      std::uint32_t slot, Instant arrives);
  std::optional<Duration> delay_of(ConnectionIndex connection, bool to_server, MessageKind kind);

  // cluster_network.cpp: messages and connections
  Duration latency(NodeId from, NodeId to) {
    return latency_varies_ ? latency_that_varies(from, to) : latency_;
  }
  Duration latency_that_varies(NodeId from, NodeId to);
  std::uint32_t bytes_of(MessageKind kind, std::uint32_t slot) const;
  void socket_takes(ConnectionIndex index, Instant at);
  Instant send_lossy(ConnectionIndex index, bool to_server, MessageKind kind, std::uint32_t slot,
                     Duration one_way);
  void socket_has_room(const Event& event);
  void open(NodeId client, NodeId server, Lane lane);
  void knock(ConnectionIndex connection);
  bool listens(NodeId server) const;
  inline void message_arrives(const Event& event);
  void message_arrives_disturbed(Event event);
  static bool comes_too_late(const Event& request, const Connection& connection,
                             const Process& server);
  static bool is_gone(const Event& answer, const Connection& connection, const Process& client);
  static bool has_to_wait(const Connection& connection, const Process& server);
  void request_comes_too_late(Event event);
  void answer_arrives(const Event& event);
  void opening_ends(const Event& event);
  void closing_is_seen(const Event& event);
  bool is_struck(Event event);
  bool is_held_up(const Event& event);
  bool is_kept(Event event);
  void execute_next(ConnectionIndex connection);
  void execute(NodeId server, const RequestHandle& handle, MessageKind kind, std::uint32_t slot);
  void handle(NodeId server, const RequestHandle& handle, MessageKind kind, std::uint32_t slot);
  void take(NodeId client, const Connection& from, MessageKind kind, std::uint32_t slot);
  bool takes_longer(NodeId server, MessageKind kind, std::uint32_t slot) const;
  bool waits_for_disk(NodeId node, MessageKind kind, std::uint32_t slot) const;
  Instant written_at(NodeId node, Instant from);
  void write_at_once(NodeId node);
  bool begins_to_write(const Event& event);
  void take_in_hand(NodeId server, const RequestHandle& handle, MessageKind kind,
                    std::uint32_t slot);
  void request_is_handled(const Event& event);
  void break_connection(ConnectionIndex connection);
  void close_by_client(ConnectionIndex connection);
  void close_by_server(ConnectionIndex connection, Duration teardown);
  void orphan_unread(Connection& connection);
  void execute_orphans();
  void forget_unread(Connection& connection);
  void run_ready_connections();
  bool is_stale(const Event& event) const;
  bool is_wake_up(const Event& event) const;
  void hash_calendar(Fingerprint& print) const;
  void hash_process(NodeId node, Fingerprint& print) const;
  void hash_connection(const Connection& connection, Fingerprint& print) const;
  void hash_event(const Event& event, Fingerprint& print) const;
  void hash_message(MessageKind kind, std::uint32_t slot, Fingerprint& print) const;

  // What is looked at with every event lies together.
  const ClusterPlan* plan_;
  Fate* fate_ = nullptr;
  Onlooker* onlooker_ = nullptr;
  std::int64_t events_ = 0;
  Duration latency_{};  // of all links, where it does not vary
  std::uint64_t sent_kinds_ = 0;
  NodeId interrupted_ = no_node;  // it stopped at a note
  NodeId last_actor_ = no_node;
  NodeId watched_steps_ = no_node;
  mutable NodeId waiting_ = no_node;  // the producer that was found to wait last
  // Or has been in this run: some message may be lost, be held up, or take longer than the links
  // do. Where nothing is disturbed nobody needs to look.
  bool disturbed_ = false;
  bool latency_varies_ = false;
  bool anybody_slow_ = false;  // or has been in this run; its disk counts
  bool settling_ = false;      // the run is being set up: connections open by themselves
  bool stops_at_notes_ = false;
  std::vector<Process> processes_;
  std::vector<BrokerProcess> brokers_;
  std::vector<Producer> producers_;
  std::vector<Member> members_;
  FlatVector<ConnectionIndex> ready_;  // whose next request may be executed
  // A request whose client gave the connection up before the server read it.
  struct Orphan {
    NodeId server;
    RequestHandle handle;
    MessageKind kind;
    std::uint32_t slot;
    bool waits;  // for the request before it on its connection
  };
  std::vector<Orphan> orphans_;
  Network network_;
  Calendar<Event> calendar_;
  MessageStore store_;
  GroupJournal journal_;
  RecordContents contents_;
  Sinks sinks_;
  static constexpr std::uint32_t burst = 64;  // notes; more would not stay in a processor's cache
  Outbox outbox_;
  FlatVector<Noted> noted_;  // in the outbox, and not yet seen
  std::uint32_t noted_end_ = 0;
  Controller controller_;

  std::size_t timer_stride_ = 16;
  static constexpr std::uint8_t sent_watched = 1;
  static constexpr std::uint8_t received_watched = 2;
  std::array<std::uint8_t, message_kinds> watched_{};
  Stroke next_stroke_;
  std::int32_t controllers_down_ = 0;
  Instant controller_due_ = never;                  // when the next active one takes over
  std::vector<OperatorRequest> operator_requests_;  // that the controller has yet to hear
  struct PendingReset {
    GroupIndex group;
    OffsetsReset reset;
  };
  std::vector<PendingReset> offset_resets_;  // that the coordinator has yet to hear
};

}  // namespace kafault
