// The Java producer with the application around it, as one actor: KafkaProducer, its Sender thread
// and the code that calls send() (KProd, Sender, RecordAccumulator, NetworkClient of 4.1). After
// every event the application sends what is due and the Sender runs until it has nothing more to
// do. It never looks at a broker or at a log: all it knows comes in answers.
//
// Simplified: application and Sender take turns instead of running in parallel, the application
// first; no transactions; compression is a ratio that the workload declares.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "sim/client/outlet.hpp"
#include "sim/client/producer_accumulator.hpp"
#include "sim/client/producer_config.hpp"
#include "sim/client/producer_metadata.hpp"
#include "sim/client/producer_partitioner.hpp"
#include "sim/client/producer_send_log.hpp"
#include "sim/client/producer_sequences.hpp"
#include "sim/client/workload.hpp"
#include "sim/net/channel.hpp"
#include "sim/protocol/flat_vector.hpp"
#include "sim/protocol/layout.hpp"
#include "sim/protocol/outbox.hpp"
#include "sim/protocol/version_profile.hpp"

namespace kafault {

class Producer {
 public:
  Producer() = default;
  // Config (after post_process), workload, layout and version must outlive it.
  Producer(ProducerIndex index, const ProducerConfig* config, const Workload* sends,
           const ClusterLayout* layout, const VersionProfile* version);

  // Back to before the first start; keeps the memory it has.
  void reset();

  // The process starts: at first with record 0 (not before Workload::start), later as
  // Workload::on_restart says. Connects to the lowest broker and asks for metadata at once.
  void start(Instant now, Outbox& out, Dice dice = {});
  // SIGKILL: what was in memory is gone, and the application never hears of it.
  void crash();
  // After crash(): an observation that the crash cut off the outbox. The application never knew of
  // that send() or of that callback.
  void take_back(const Observation& note);
  // SIGTERM: no more send(); close() waits until everything in the buffer is decided or its time is
  // over, then the process exits.
  void shut_down(Instant now, Outbox& out);
  // Of an outlet, whose workload has no topic: sends this next, and starts if it has not yet.
  // Returns the number that the send has or will have.
  SendNumber forward(const Forwarded& record, Instant now, Outbox& out, Dice dice = {});

  void on_timer(std::uint8_t index, Instant now, Outbox& out);
  void on_connected(NodeId peer, Lane lane, Instant now, Outbox& out);
  void on_disconnected(NodeId peer, Lane lane, Instant now, Outbox& out);
  // The socket has taken the last request. `written`: if that took a while, and it was a produce
  // request, what it carries; buffers that were freed and filled again meanwhile count
  // (KAFKA-19012).
  void on_sent(NodeId peer, ProduceRequest* written, Instant now, Outbox& out);
  void on(const ApiVersionsResponse& response, NodeId from, Lane lane, Instant now, Outbox& out);
  void on(const MetadataResponse& response, NodeId from, Lane lane, Instant now, Outbox& out);
  void on(const InitProducerIdResponse& response, NodeId from, Lane lane, Instant now, Outbox& out);
  void on(const ProduceResponse& response, NodeId from, Lane lane, Instant now, Outbox& out);

  // Every record that it will ever send is decided, or nobody will send what is left: the process
  // exited, or crashed and is to stay dead. A crashed producer that would go on is not done.
  bool is_done() const {
    if (is_running_) return undecided_ == 0 && has_sent_all();
    return has_exited_ || is_never_to_go_on();
  }
  bool is_running() const { return is_running_; }
  // The first record that was never given to send() (after a crash: with which it would go on).
  std::int64_t next_record() const { return next_record_; }
  // Sends that failed, over all its lives.
  std::int64_t failures() const { return failures_; }
  // Sends whose outcome the application waits for.
  std::int64_t undecided() const { return undecided_; }

  // What its future depends on.
  void hash_into(Fingerprint& print) const;
  // Likewise what take_back(note) depends on, for a note that a pause holds back.
  void hash_into(Fingerprint& print, const Observation& held) const;

 private:
  // An outlet is no process of its own: its connections and its timer are its own, its end is not.
  bool is_outlet() const { return sends_->topic < 0; }
  TimerId wake_timer() const { return {static_cast<std::uint8_t>(is_outlet() ? 1 : 0), 0}; }

  // Records to be sent, from `record` on.
  struct Due {
    std::int64_t record = 0;
    std::int64_t count = 0;
    bool is_resend = false;
  };
  // A ProduceRequest that was sent or is about to be.
  struct Request {
    NodeId to = no_node;
    FlatVector<BatchIndex> batches;
  };

  // The buffer of a batch that expired while its request was being written (KAFKA-19012).
  struct LooseBuffer {
    NodeId to = no_node;
    PartitionId partition = no_partition;  // of the batch that expired
    bool is_taken = false;
    BatchIndex taken_by = 0;  // the batch that was opened in it, while `contents` is empty
    Batch contents;           // once that batch was closed and sent
    std::size_t home = 0;     // its partition, and its records
    std::vector<SendLog::Run> records;
  };

  // What is declared inline is called from one place or two, next to it.

  // producer.cpp: life, connections, timers
  bool is_never_to_go_on() const;
  void run(Instant now, Outbox& out);
  void begin_close(Instant now);
  void force_close(Outbox& out);
  void exit(Outbox& out);
  void forget_everything();
  void close_timed_out_channels(Instant now, Outbox& out) {
    if (now >= nothing_times_out_before_) close_channels_due(now, out);
  }
  void close_channels_due(Instant now, Outbox& out);
  void fail_lost_requests(Error error, Instant now, Outbox& out);
  // No ProduceRequest is on its way.
  bool is_wire_quiet() const { return free_requests_.size() == requests_.size(); }
  Channel& channel(NodeId node) { return channels_[static_cast<std::size_t>(node)]; }
  const Channel& channel(NodeId node) const { return channels_[static_cast<std::size_t>(node)]; }
  bool can_send(NodeId node) const { return can_send(channel(node)); }
  bool can_send(const Channel& to) const {
    return to.is_ready() && to.in_flight() < static_cast<std::size_t>(config_->max_in_flight) &&
           (!to.is_sending() || is_outlet());
  }
  NodeId least_loaded_node(Instant now);
  NodeId least_loaded_of(BrokerSet candidates, Instant now);
  bool is_out_of_touch() const;
  // Java connects anew to a broker that it knows from its bootstrap list only; the model goes on
  // with the connection that there is.
  void note_use(NodeId node) {
    if (!metadata_.is_known()) {
      bootstrap_ = node;
    } else if (node == bootstrap_) {
      bootstrap_ = no_node;
    }
  }
  bool make_ready(NodeId node, Instant now, Outbox& out);
  void connect(NodeId node, Instant now, Outbox& out);
  template <class Ask>
  Ask& send(NodeId node, std::uint32_t tag, Instant now, Outbox& out) {
    expect(now + config_->request_timeout);
    note_use(node);
    return channel(node).send<Ask>(now, config_->request_timeout, tag, out);
  }
  void expect(Instant deadline) {
    nothing_times_out_before_ = std::min(nothing_times_out_before_, deadline);
  }
  PartitionId partition_id(std::size_t p) const {
    return first_partition_ + static_cast<PartitionId>(p);
  }
  // Position of a partition within the topic, if it is one of this topic's.
  bool locate(PartitionId partition, std::size_t& p) const;
  void note_leader(ProducerMetadata::Change change, std::size_t p, Outbox& out) const;

  // producer_fingerprint.cpp
  void hash_workload(Fingerprint& print) const;
  void hash_sender(Fingerprint& print) const;
  void hash_channel(Fingerprint& print, const Channel& channel) const;

  // producer_application.cpp: the code that calls send()
  void run_application(Instant now, Outbox& out);
  inline bool send_next(Instant now, Outbox& out);
  Instant due_at(std::int64_t record) const;
  inline Due next_due(Instant now) const;
  // Records are counted in the order in which they are sent; here is which row of an outbox one is.
  std::int64_t row_of(std::int64_t record) const {
    return schedule_.empty() ? record : schedule_.at(record).row;
  }
  bool pass_over(const Due& due, Instant now, Outbox& out);
  // When the application wants to run again by itself.
  Instant next_due_after(Instant now) const {
    return blocked_until_ == never && has_sent_all() ? never : next_turn_after(now);
  }
  Instant next_turn_after(Instant now) const;
  inline std::int64_t until_flush(std::int64_t records) const;
  bool has_sent_all() const {
    if (is_closing_) return true;
    if (!resends_.empty()) return false;
    return has_stopped_ || next_record_ >= sends_in_all_;
  }
  std::uint32_t bytes_of(std::int64_t record) const {
    const std::int64_t row = row_of(record);
    if (sends_->is_tombstone(row)) return record_overhead;
    if (row != sends_->large_record) return record_bytes_;
    return static_cast<std::uint32_t>(sends_->large_size) + record_overhead;
  }
  std::size_t choose_partition(std::int64_t record);
  std::size_t sticky_partition() const { return static_cast<std::size_t>(sticky_.current()); }
  inline void stick(std::int64_t bytes, bool all_batches_full);
  inline void keep_one_size(Due& due) const;
  inline std::uint32_t append(const Due& due, std::size_t p, std::uint32_t record_bytes,
                              Instant now);
  inline std::uint32_t contiguous(const Due& due, std::size_t p, std::uint32_t room) const;
  void stop_blocking() { blocked_until_ = never, waits_for_memory_ = false; }
  bool wait_or_fail(Error error, const Due& due, Instant now, Outbox& out);
  void fail_send(Error error, const Due& due, std::size_t p, Instant now, Outbox& out);
  inline void advance(const Due& due, std::uint32_t count);
  void on_records_failed(std::size_t p, SendNumber first, std::uint32_t count);
  void note_sent(std::size_t p, SendNumber first, std::uint32_t count, std::int64_t record,
                 Instant now, Outbox& out) const;
  inline void note_sent_here(std::size_t p, SendNumber first, std::uint32_t count,
                             std::int64_t record, Instant now, Outbox& out) const;
  [[gnu::noinline]] void fill_in(std::size_t p, SendNumber first, std::uint32_t count,
                                 std::int64_t record, Instant now, Outbox& out) const;
  [[gnu::noinline]] void note_forwarded(std::size_t p, SendNumber first, std::uint32_t count,
                                        std::int64_t record, Outbox& out) const;
  void note_sends(ObservationKind kind, std::size_t p, SendNumber first, std::uint32_t count,
                  Error error, std::int64_t value, Offset offset, Outbox& out) const;
  bool is_available(std::size_t p) const { return metadata_.leader(p) != no_node; }
  std::int64_t first_undecided_record() const;
  std::int64_t restart_at(std::int64_t undecided) const;
  bool is_flushing() const {
    return next_record_ == flush_at_ && undecided_ > unawaited_ && !is_closing_;
  }
  void begin_flush();
  static std::int64_t compressed_to(const ProducerConfig& config, const Workload& sends);

  // producer_sender.cpp: the threads' turns, and the Sender thread
  void run_threads(Instant now, Outbox& out);
  inline Instant next_sender_wake(Instant now);
  inline void arm_wake_timer(Instant now, Outbox& out);
  inline bool run_once(Instant now, Outbox& out);
  void update_metadata(Instant now, Outbox& out);
  void request_producer_id(Instant now, Outbox& out);
  inline BrokerSet ready_nodes(Instant now);
  inline bool drain(NodeId node, const Channel& leader, Instant now);
  void look_again_at(Instant at) { look_again_ = std::min(look_again_, at); }
  bool expire(Instant now, Outbox& out);
  inline void send_drained(Instant now, Outbox& out);
  inline void fill(ProduceRequest& message, const Request& request) const;
  void complete(BatchIndex index, Error error, Offset base_offset, Instant now, Outbox& out);
  inline void complete_here(BatchIndex index, Error error, Offset base_offset, Instant now,
                            Outbox& out);
  void retry_or_fail(BatchIndex index, Error error, Instant now, Outbox& out);
  inline void succeed(BatchIndex index, Offset base_offset, Outbox& out);
  void learn_leaders(const ProduceResponse& response, Outbox& out);
  bool can_retry(const ProducerBatch& batch, Error error, Instant now);
  void retry(BatchIndex index, Error error, Instant now, Outbox& out);
  void split(BatchIndex index, Instant now, Outbox& out);
  void fail(BatchIndex index, Error error, bool adjust_sequences, Outbox& out);
  inline void decide(BatchIndex index);
  inline void release(BatchIndex index);
  inline std::uint32_t take_request(NodeId to);
  inline BatchIndex batch_of(const Request& request, PartitionId partition, BatchIndex hint) const;
  void give_back_request(std::uint32_t tag) { free_requests_.push_back(tag); }
  // producer_buffers.cpp
  void free_buffer_in_use(BatchIndex index);
  void take_free_buffer(BatchIndex index);
  void close_taken_buffers(const Request& request, const ProduceRequest& message);
  void overwrite(ProduceRequest& written, const LooseBuffer& loose, Instant now, Outbox& out);
  bool is_in_a_hurry() const { return is_closing_ || waits_for_memory_ || is_flushing(); }
  bool guarantees_order() const { return config_->max_in_flight == 1; }

  ProducerIndex index_ = -1;
  const ProducerConfig* config_ = nullptr;
  const Workload* sends_ = nullptr;
  const ClusterLayout* layout_ = nullptr;
  const VersionProfile* version_ = nullptr;
  PartitionId first_partition_ = 0;
  std::size_t partitions_ = 0;
  std::uint32_t record_bytes_ = 0;  // of all but the large one
  bool is_sticky_ = false;          // KIP-794: the partitioner has the choice
  bool ends_when_sent_ = false;     // an application that has nothing more to send does something
  std::int64_t sends_in_all_ = 0;   // records; more if relays of an outbox send some of them twice
  ChannelTimes times_;

  // The process.
  Dice dice_;
  bool has_started_ = false;
  bool is_running_ = false;
  bool has_exited_ = false;  // by itself: nothing is left to be done
  bool is_closing_ = false;
  Instant closes_by_ = never;  // then close() waits no longer
  Instant armed_for_ = never;
  Instant sender_wakes_at_ = never;  // when its poll() returns by itself
  bool is_sender_awake_ = false;

  // The application.
  std::int64_t next_record_ = 0;
  std::int64_t paced_from_record_ = 0;  // which was, or is, due at:
  Instant paced_from_{};
  std::int64_t flush_at_ = -1;     // flush() is called before this one is sent
  bool has_stopped_ = false;       // on_error=stop
  Instant blocked_until_ = never;  // send() waits for metadata or memory
  bool waits_for_memory_ = false;
  std::int64_t undecided_ = 0;
  std::int64_t unawaited_ = 0;         // of them, those that the flush() under way has forgotten
  std::vector<SendLog::Run> resends_;  // `first` is not used
  std::size_t next_resend_ = 0;        // one of them, if there are any
  std::vector<Forwarded> forwards_;    // an outlet's records, by number; since it was done last
  std::int64_t failures_ = 0;
  SendLog send_log_;
  RelaySchedule schedule_;  // empty: no outbox
  StickyPartitioner sticky_;

  // The Sender.
  NodeId bootstrap_ = no_node;  // connected to, but not as one of the brokers that metadata names
  Instant look_again_ = never;  // a head lingers or backs off, or its leader's connection does
  Accumulator accumulator_;
  Sequences sequences_;
  ProducerMetadata metadata_;
  bool id_is_requested_ = false;
  Instant id_retry_at_{};
  std::vector<Channel> channels_;             // by broker; [0] is not used
  Instant nothing_times_out_before_ = never;  // spares a look at every channel
  bool is_connecting_ = false;                // perhaps; likewise
  std::vector<Request> requests_;             // by tag
  FlatVector<std::uint32_t> free_requests_;
  FlatVector<std::uint32_t> drained_;       // tags of requests not yet sent
  std::vector<std::size_t> drain_index_;    // by broker
  std::vector<Channel::InFlight> lost_;     // scratch
  std::vector<BatchIndex> pieces_;          // scratch
  std::vector<LooseBuffer> loose_buffers_;  // mostly none
};

}  // namespace kafault
