// A broker's data plane: the partitions it hosts, their replication in both directions, and what
// it answers to producers, consumers and other brokers (KafkaApis, ReplicaManager). Registration,
// heartbeats and the fetching of metadata are its neighbour's in the same process; so is the group
// coordinator, which it serves through local events.
//
//   producer --Produce--> leader: check, append ----------------------> answer (acks=1)
//                           |  ^ Fetch = "I have everything before this offset"
//                parked fetch  |
//                           v  |
//                        follower: append, fetch again --> leader: high watermark --> answer (all)
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "sim/broker/changing_topics.hpp"
#include "sim/broker/fetch_purgatory.hpp"
#include "sim/broker/metadata_cache.hpp"
#include "sim/broker/partition.hpp"
#include "sim/broker/produce_purgatory.hpp"
#include "sim/broker/replica_fetcher.hpp"
#include "sim/protocol/broker_config.hpp"
#include "sim/protocol/layout.hpp"
#include "sim/protocol/lazy_timer.hpp"
#include "sim/protocol/outbox.hpp"
#include "sim/protocol/version_profile.hpp"

namespace kafault {

class Broker {
 public:
  // Everything pointed to outlives the broker; `topics` by topic as in the layout, `changes` as the
  // metadata log names them.
  Broker(NodeId id, const BrokerConfig* config, const std::vector<TopicConfig>* topics,
         const ClusterLayout* layout, const VersionProfile* version,
         const std::vector<TopicConfigChange>* changes = nullptr);

  // ---- life ----
  void reset();  // before any run; keeps capacity
  // The cluster has been up for a while: the first replica of each partition leads in epoch 0, all
  // replicas are in sync, replication connections are open and fetches outstanding.
  void start_settled(Instant now, Outbox& out);
  // After a crash or a shutdown: the logs are as they were. Roles are taken up when the metadata
  // log shows the new registration, not before (BrokerServer installs its publishers when the
  // controller has acknowledged that it is caught up): nobody leads on in an epoch of his former
  // life.
  void start(Instant now, Outbox& out);
  // SIGKILL, or the end of an orderly exit: memory is lost, the page cache stays.
  void crash();
  // The end of an orderly exit: every log is flushed (LogManager.shutdown).
  void flush_logs();
  // Between crash() and start(). The machine lost power: what of the log was not on disk is gone;
  // needs keep_times() before the run. Or its disk was replaced by an empty one.
  void lose_page_cache(PartitionId partition, const WriteBack& kernel, Instant now) {
    at(partition).lose_page_cache(kernel, now);
  }
  void lose_disk(PartitionId partition) { at(partition).lose_disk(); }
  // Likewise. The batches that recovery will read, and where it finds that they end.
  std::span<const Batch> unflushed(PartitionId partition, const WriteBack& kernel,
                                   Instant now) const {
    return at(partition).unflushed(kernel, now);
  }
  void recover_up_to(PartitionId partition, Offset end) { at(partition).recover_up_to(end); }
  void keep_times(const WriteBack& kernel);
  // So that readers can ask for offsets by time.
  void keep_times();
  // Whether it has taken up its roles. Before, Kafka has not opened its port: nobody can connect.
  bool is_serving() const { return broker_epoch_ > previous_broker_epoch_; }

  // ---- metadata and ISR ----
  // All records of one answer at once: a broker publishes an image, not its history.
  void apply(std::span<const MetadataRecord> records, Instant now, Outbox& out);
  void apply(const MetadataRecord& record, Instant now, Outbox& out) {
    apply(std::span(&record, 1), now, out);
  }
  // DeleteRecords at the leader: what lies below `before` goes, if all of it is committed;
  // no_offset: all that is. False if it was refused (NOT_LEADER_OR_FOLLOWER, OFFSET_OUT_OF_RANGE).
  bool delete_records(PartitionId partition, Offset before, Instant now = {});
  // From now on it looks every log.retention.check.interval.ms what is too old or too much. To be
  // called before the run.
  void enforce_retention();
  // From now on it looks what is in the records: their keys, where the topic is compacted, and
  // their timestamps. Every outbox that it is given must have the contents. `cleans`: it compacts
  // what it hosts, looking every log.cleaner.backoff.ms. To be called before the run.
  void read_contents(bool cleans);
  // ISR changes that want to go to the controller; a partition has at most one on its way.
  bool has_isr_changes() const { return !isr_changes_.empty() && has_unsent_isr_changes(); }
  void take_isr_changes(std::vector<AlterPartitionRequest::Entry>& entries);
  // After an error of the whole request it is the asker's to repeat it.
  void on_alter_partition_result(const AlterPartitionResponse& result, Instant now, Outbox& out);

  // ---- requests ----
  void on(const ProduceRequest& request, const RequestHandle& handle, Instant now, Outbox& out);
  void on(const FetchRequest& request, const RequestHandle& handle, Instant now, Outbox& out);
  void on(const MetadataRequest& request, const RequestHandle& handle, Instant now, Outbox& out);
  void on(const ListOffsetsRequest& request, const RequestHandle& handle, Instant now, Outbox& out);
  void on(const OffsetsForLeaderEpochRequest& request, const RequestHandle& handle, Instant now,
          Outbox& out);
  void on(const InitProducerIdRequest& request, const RequestHandle& handle, Instant now,
          Outbox& out);
  void on(const ApiVersionsRequest& request, const RequestHandle& handle, Instant now, Outbox& out);

  // ---- the follower's connections; lanes other than replication are ignored ----
  void on(const FetchResponse& response, NodeId from, Instant now, Outbox& out);
  void on(const ApiVersionsResponse& response, NodeId from, Lane lane, Instant now, Outbox& out);
  void on_connected(NodeId peer, Lane lane, Instant now, Outbox& out);
  void on_disconnected(NodeId peer, Lane lane, Instant now, Outbox& out);

  void on_timer(std::uint8_t index, Instant now, Outbox& out);  // of TimerId{1, index}
  // The coordinator appends to the offsets partition.
  void on_local(const LocalEvent& event, Instant now, Outbox& out);

  // ---- views ----
  // The log of a replica that lies here, else null.
  const PartitionLog* log(PartitionId partition) const;
  bool leads(PartitionId partition) const { return at(partition).is_leader(); }
  LeaderEpoch leader_epoch(PartitionId partition) const { return at(partition).epoch(); }
  // As committed by the controller, as far as this broker knows.
  BrokerSet isr(PartitionId partition) const;
  Offset high_watermark(PartitionId partition) const {
    return at(partition).log().high_watermark();
  }
  Offset end_offset(PartitionId partition) const { return at(partition).log().end_offset(); }
  const Partition& partition(PartitionId id) const { return at(id); }
  const MetadataCache& metadata() const { return metadata_; }
  // No produce waits for replication and no ISR change for the controller.
  bool is_quiet() const;
  // The journal holds what the batches of the offsets partition stand for.
  void hash_into(Fingerprint& print, const GroupJournal& journal) const;

 private:
  Partition& at(PartitionId id) { return partitions_[static_cast<std::size_t>(id)]; }
  const Partition& at(PartitionId id) const { return partitions_[static_cast<std::size_t>(id)]; }
  bool is_known(PartitionId id) const {
    return static_cast<std::size_t>(id) < known_partitions_;  // a negative one is very large
  }
  ReplicaFetcher& fetcher_of(NodeId source) {
    return fetchers_[static_cast<std::size_t>(source) - 1];
  }
  FollowerTurn turn(Instant now, Outbox& out) {
    return {now, out, partitions_.data(), *version_, *config_, fetch_terms_};
  }
  void forget_everything_in_memory();
  void note_broker_epoch(std::int64_t epoch);
  PartitionRules rules_of(PartitionId id, std::size_t replicas) const;
  void take_settings(std::int32_t topic);
  void take_replicas(PartitionId id, std::span<const NodeId> replicas, Outbox& out);
  void put_replicas_back();
  bool is_of_another_topic(PartitionId id) const;
  void delete_log(PartitionId id, Outbox& out);
  bool has_unsent_isr_changes() const;

  static constexpr std::int32_t every_topic = -1;
  // broker.cpp: leadership
  void take_role(PartitionId id, Instant now, Outbox& out);
  void lead(PartitionId id, const MetadataCache::PartitionState& state, Instant now, Outbox& out);
  void follow(PartitionId id, const MetadataCache::PartitionState& state, Outbox& out);
  void resign(PartitionId id, LeaderEpoch epoch, Outbox& out);
  void cut_at_high_watermark(PartitionId id, Outbox& out);
  void stop_fetching(PartitionId id);
  void truncate_unasked(PartitionId id, Offset offset, Outbox& out);  // what only mutants do
  void run_fetchers(Instant now, Outbox& out);
  void shrink_isrs(Instant now, Outbox& out);
  void delete_old_segments(Instant now, Outbox& out);
  void delete_old_segments_of(PartitionId id, Instant now, Outbox& out);
  // broker_cleaner.cpp
  bool clean_filthiest(Instant now, Outbox& out);
  void clean_logs(Instant now, Outbox& out);
  [[gnu::cold, gnu::noinline]] Error refuse_contents(const ProduceRequest::Entry& entry,
                                                     Instant now, const Outbox& out) const;
  [[gnu::cold, gnu::noinline]] Instant stamp_of(const Batch& batch, PartitionId id, Instant now,
                                                const Outbox& out) const;
  // KIP-951: who leads now, for an answer that says "not I".
  template <class Entry>
  void hint_leader(Entry& entry) const {
    entry.current_leader = no_node;
    entry.current_leader_epoch = no_epoch;
    if (entry.error != Error::none) name_leader(entry);
  }
  template <class Entry>
  [[gnu::cold, gnu::noinline]] void name_leader(Entry& entry) const;

  // broker_produce.cpp. `inline`: a step of one handler, at every request.
  inline void judge_and_append(const ProduceRequest::Entry& entry, Acks acks,
                               ProduceOutcome& outcome, Instant now, Outbox& out);
  inline Error refuse_produce(const ProduceRequest::Entry& entry, Acks acks, Instant now,
                              const Outbox& out) const;
  [[gnu::noinline]] bool is_judged_fresh(const ProduceRequest::Entry& entry,
                                         ProduceOutcome& outcome, Instant now, Outbox& out) const;
  [[gnu::cold, gnu::noinline]] void note_refused(const ProduceRequest::Entry& entry, Error error,
                                                 Outbox& out) const;
  [[gnu::cold, gnu::noinline]] void note_duplicate(const ProduceRequest::Entry& entry,
                                                   Offset base_offset, Outbox& out) const;
  [[gnu::always_inline]] inline void reply_produce(const ProducePurgatory::Delayed& delayed,
                                                   Outbox& out) const;
  inline void note_append(PartitionId id, const Batch& batch, Outbox& out) const;
  void note_high_watermark(PartitionId id, const Partition& partition, Outbox& out) const;
  void after_append(PartitionId id, bool high_watermark_moved, Outbox& out);
  void after_high_watermark(PartitionId id, Outbox& out);
  [[gnu::always_inline]] inline void complete_produces(PartitionId id, Outbox& out);
  void release_produces(PartitionId id, Outbox& out);  // of a leader that is none any more
  void expire_produces(Instant now, Outbox& out);

  // broker_fetch.cpp, likewise.
  inline bool is_up_to_date(const FetchRequest& request) const;
  bool answer_at_once(const FetchRequest& request, const RequestHandle& handle, bool may_wait,
                      Instant now, Outbox& out);
  // Both return the bytes that they have put into the answer, which is a draft.
  std::int64_t read_all(const FetchRequest& request, std::uint32_t& draft, Outbox& out) const;
  inline std::int64_t read(const FetchRequest& request, const FetchRequest::Entry& asked,
                           std::int64_t bytes, FetchResponse& answer) const;
  [[gnu::cold, gnu::noinline]] bool is_told_otherwise(const FetchRequest::Entry& asked,
                                                      const PartitionLog& log,
                                                      FetchResponse::Entry& found) const;
  [[gnu::cold, gnu::noinline]] std::int64_t refuse_offset(const FetchRequest& request,
                                                          const FetchRequest::Entry& asked,
                                                          const PartitionLog& log,
                                                          FetchResponse::Entry& found) const;
  [[gnu::cold, gnu::noinline]] std::int64_t refuse(PartitionId partition, Error error,
                                                   FetchResponse& answer) const;
  [[gnu::cold, gnu::noinline]] std::int64_t refuse(FetchResponse::Entry& entry, Error error) const;
  NodeId preferred_reader(const FetchRequest& request, const FetchRequest::Entry& asked) const;
  bool sends_elsewhere(const FetchRequest& request) const {
    return request.reads_from_followers() && is_any_read_elsewhere(request);
  }
  [[gnu::cold, gnu::noinline]] bool is_any_read_elsewhere(const FetchRequest& request) const;
  inline bool is_heard(const FetchRequest& request, PartitionId partition) const;
  void hear_follower(const FetchRequest& request, FetchResponse& found, Instant now, Outbox& out);
  [[gnu::always_inline]] inline void hear_follower(const FetchRequest& request,
                                                   const FetchRequest::Entry& asked, Instant now,
                                                   Outbox& out);
  [[gnu::noinline]] bool has_enough(const FetchRequest& request) const;
  // Reads once more; the follower was heard when its fetch came.
  void answer_parked(const FetchPurgatory::Parked& parked, Outbox& out) const {
    std::uint32_t draft = 0;
    read_all(parked.request, draft, out);
    out.reply_draft<FetchResponse>(parked.handle, draft);
  }
  void release_followers(PartitionId id, Outbox& out);
  void release_consumers(PartitionId id, Outbox& out);
  [[gnu::noinline]] void release_consumers(const FetchResponse& response, Outbox& out);
  void answer_all_parked(PartitionId id, Outbox& out);

  static constexpr std::uint8_t isr_timer = 0;
  static constexpr std::uint8_t produce_timer = 1;
  static constexpr std::uint8_t fetch_timer = 2;
  static constexpr std::uint8_t follower_timer = 3;
  static constexpr std::uint8_t retention_timer = 4;
  static constexpr std::uint8_t cleaner_timer = 5;
  static constexpr TimerId timer(std::uint8_t index) { return {1, index}; }

  // Fixed.
  NodeId id_;
  const BrokerConfig* config_;
  const ClusterLayout* layout_;
  const VersionProfile* version_;
  std::optional<WriteBack> write_back_;  // where power may be lost
  bool enforces_retention_ = false;
  bool reads_contents_ = false;
  bool cleans_logs_ = false;
  bool replicas_have_moved_ = false;  // in this run

  // As far as it has applied the metadata log; kept, as the log keeps them.
  ChangingTopics topics_;
  // Page cache in each; roles in each are memory.
  std::vector<Partition> partitions_;  // by PartitionId, also those that others host
  std::size_t known_partitions_ = 0;   // of them, as they never change
  std::int64_t producer_ids_ = 0;      // handed out: blocks come from the controller, so they last

  std::int64_t previous_broker_epoch_ = -1;  // of its former life

  // Memory.
  std::int64_t broker_epoch_ = -1;  // as registered
  FetchTerms fetch_terms_;          // they carry it (KIP-903)
  MetadataCache metadata_;
  std::vector<ReplicaFetcher> fetchers_;  // by source broker - 1
  ProducePurgatory produces_;
  FetchPurgatory fetches_;
  std::vector<PartitionId> isr_changes_;
  LazyTimer produce_deadline_{timer(produce_timer)};
  LazyTimer fetch_deadline_{timer(fetch_timer)};
  LazyTimer follower_deadline_{timer(follower_timer)};

  // Scratch, empty between events.
  std::vector<CleanedAway> cleaned_away_;
  std::vector<PartitionId> changed_;
};

template <class Entry>
void Broker::name_leader(Entry& entry) const {
  const bool explains =
      entry.error == Error::not_leader_or_follower || entry.error == Error::fenced_leader_epoch;
  if (!explains || !version_->leader_in_answers || !is_known(entry.partition)) return;
  const MetadataCache::PartitionState& state = metadata_.partition(entry.partition);
  entry.current_leader = state.leader;
  entry.current_leader_epoch = state.leader_epoch;
}

}  // namespace kafault
