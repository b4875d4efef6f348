#include "sim/broker/broker.hpp"

#include <algorithm>

#include "sim/broker/replica_fetcher_answer.hpp"
#include "sim/kernel/contract.hpp"
#include "sim/protocol/mutants.hpp"

namespace kafault {
namespace {

// LogManager.initialTaskDelayMs.
constexpr Duration log_initial_task_delay = std::chrono::seconds(30);

}  // namespace

Broker::Broker(NodeId id, const BrokerConfig* config, const std::vector<TopicConfig>* topics,
               const ClusterLayout* layout, const VersionProfile* version,
               const std::vector<TopicConfigChange>* changes)
    : id_(id), config_(config), layout_(layout), version_(version), topics_(topics, changes) {
  partitions_.resize(layout->partitions.size());
  known_partitions_ = partitions_.size();
  for (PartitionId id_of_partition = 0; is_known(id_of_partition); ++id_of_partition) {
    const auto& replicas = layout->partitions[static_cast<std::size_t>(id_of_partition)].replicas;
    at(id_of_partition).configure(id, replicas, rules_of(id_of_partition, replicas.size()));
  }
  for (NodeId source = 1; source <= layout->brokers; ++source) fetchers_.emplace_back(source);
  reset();
}

// ---- life -------------------------------------------------------------------------------------

void Broker::reset() {
  if (topics_.have_changed()) {
    topics_.reset();
    take_settings(every_topic);
  }
  if (replicas_have_moved_) put_replicas_back();
  for (Partition& partition : partitions_) partition.reset();
  producer_ids_ = 0;
  forget_everything_in_memory();
  previous_broker_epoch_ = -1;
}

void Broker::crash() {
  previous_broker_epoch_ = std::max(previous_broker_epoch_, broker_epoch_);
  forget_everything_in_memory();
}

void Broker::forget_everything_in_memory() {
  for (Partition& partition : partitions_) partition.lose_memory();
  for (ReplicaFetcher& fetcher : fetchers_) fetcher.reset();
  metadata_.reset(partitions_.size(), layout_->brokers);
  produces_.reset();
  fetches_.reset();
  isr_changes_.clear();
  note_broker_epoch(-1);
  produce_deadline_.forget();
  fetch_deadline_.forget();
  follower_deadline_.forget();
}

void Broker::note_broker_epoch(std::int64_t epoch) {
  broker_epoch_ = epoch;
  fetch_terms_.replica = id_;
  fetch_terms_.broker_epoch = version_->broker_epoch_fencing ? epoch : -1;
  fetch_terms_.max_wait = config_->replica_fetch_wait_max;
  fetch_terms_.max_bytes = config_->replica_fetch_response_max_bytes;
  fetch_terms_.partition_max_bytes = config_->replica_fetch_max_bytes;
}

void Broker::start_settled(Instant now, Outbox& out) {
  for (NodeId broker = 1; broker <= layout_->brokers; ++broker) {
    MetadataRecord record;
    record.kind = MetadataRecord::Kind::broker;
    record.broker = broker;
    record.broker_epoch = settled_broker_epoch(broker);
    metadata_.apply(record);
  }
  note_broker_epoch(settled_broker_epoch(id_));
  for (PartitionId id = 0; is_known(id); ++id) {
    if (!layout_->exists_at_first(id)) continue;
    const std::vector<NodeId>& replicas =
        layout_->partitions[static_cast<std::size_t>(id)].replicas;
    MetadataRecord record;
    record.partition = id;
    record.leader = replicas.front();
    record.leader_epoch = 0;
    for (const NodeId broker : replicas) record.isr.insert(broker);
    metadata_.apply(record);
    if (!at(id).is_hosted()) continue;
    if (replicas.front() != id_) {
      at(id).become_follower(metadata_.partition(id));
      fetcher_of(replicas.front()).add(id);
      continue;
    }
    at(id).become_leader(metadata_.partition(id), now);
    at(id).settle_as_leader(now);
    if (id == layout_->offsets_partition) {
      out.local({.kind = LocalEvent::Kind::elected, .epoch = 0, .offset = 0});
    }
  }
  for (ReplicaFetcher& fetcher : fetchers_) {
    if (!fetcher.is_idle()) fetcher.start_ready();
  }
  run_fetchers(now, out);
  // Ticks whose phase nobody knows.
  out.arm(timer(isr_timer), Duration{}, config_->replica_lag_time_max / 2);
  if (enforces_retention_) {
    out.arm(timer(retention_timer), Duration{}, config_->log_retention_check_interval);
  }
  if (cleans_logs_) out.arm(timer(cleaner_timer), Duration{}, config_->log_cleaner_backoff);
}

void Broker::start(Instant, Outbox& out) {
  for (Partition& partition : partitions_) partition.recover();
  if (is_mutant(Mutant::restart_truncates_to_zero)) {
    for (PartitionId id = 0; is_known(id); ++id) truncate_unasked(id, 0, out);
  }
  out.arm(timer(isr_timer), config_->replica_lag_time_max / 2);
  if (enforces_retention_) out.arm(timer(retention_timer), log_initial_task_delay);
  if (cleans_logs_) out.arm(timer(cleaner_timer), config_->log_cleaner_backoff);
}

// ---- metadata and leadership ------------------------------------------------------------------

void Broker::apply(std::span<const MetadataRecord> records, Instant now, Outbox& out) {
  const bool was_serving = is_serving();
  changed_.clear();
  for (const MetadataRecord& record : records) {
    metadata_.apply(record);
    if (record.kind == MetadataRecord::Kind::partition) {
      changed_.push_back(record.partition);
    } else if (record.kind == MetadataRecord::Kind::config) {
      topics_.apply(record.change);
      take_settings(topics_.change(record.change).topic());
    } else if (record.broker == id_) {
      note_broker_epoch(record.broker_epoch);
    }
  }
  if (!is_serving()) return;
  if (was_serving) {
    for (const PartitionId id : changed_) take_role(id, now, out);
  } else {
    for (PartitionId id = 0; is_known(id); ++id) take_role(id, now, out);
  }
  run_fetchers(now, out);
}

void Broker::take_role(PartitionId id, Instant now, Outbox& out) {
  const MetadataCache::PartitionState& state = metadata_.partition(id);
  // What lies here is of a topic that was deleted (ReplicaManager.stopPartitions; after a restart a
  // stray log, LogManager.isStrayKraftReplica).
  if (is_of_another_topic(id)) delete_log(id, out);
  if (!state.replicas.empty()) take_replicas(id, state.replicas, out);
  // Not newer: the answer to an AlterPartition has told already.
  if (!at(id).is_hosted() || state.partition_epoch <= at(id).partition_epoch()) return;
  if (state.leader == id_) {
    lead(id, state, now, out);
  } else {
    follow(id, state, out);
  }
}

// Partition.makeLeader. The high watermark starts from what this replica knew as a follower, and
// moves when the ISR has fetched in the new epoch.
void Broker::lead(PartitionId id, const MetadataCache::PartitionState& state, Instant now,
                  Outbox& out) {
  stop_fetching(id);
  const bool is_new_epoch = at(id).become_leader(state, now);
  const bool moved = at(id).advance_high_watermark(metadata_, now);
  if (is_new_epoch) {
    const Offset end = end_offset(id);
    out.note({.kind = ObservationKind::LeadershipTaken,
              .partition = id,
              .epoch = state.leader_epoch,
              .offset = end});
    if (id == layout_->offsets_partition) {
      out.local({.kind = LocalEvent::Kind::elected, .epoch = state.leader_epoch, .offset = end});
    }
  }
  if (!moved) return;
  note_high_watermark(id, at(id), out);
  after_high_watermark(id, out);
}

// Partition.makeFollower and what ReplicaManager.applyLocalFollowersDelta does about it: fetchers
// start anew when the leader epoch is new, and who waited for this leader learns that it is none.
void Broker::follow(PartitionId id, const MetadataCache::PartitionState& state, Outbox& out) {
  const bool led = at(id).is_leader();
  const bool is_new_epoch = at(id).become_follower(state);
  const bool is_leaving =
      metadata_.is_shutting_down(id_) && (state.leader == no_node || !state.isr.contains(id_));
  if (is_new_epoch && is_mutant(Mutant::truncation_to_high_watermark)) {
    truncate_unasked(id, at(id).log().high_watermark(), out);
  }
  if (is_leaving || is_new_epoch) stop_fetching(id);
  if (is_new_epoch && !is_leaving && state.leader != no_node) {
    fetcher_of(state.leader).add(id);
    const bool has_epochs = version_->leader_epoch_truncation && !at(id).log().has_lost_epochs();
    if (!has_epochs) cut_at_high_watermark(id, out);
  }
  if (led) resign(id, state.leader_epoch, out);
}

void Broker::resign(PartitionId id, LeaderEpoch epoch, Outbox& out) {
  out.note({.kind = ObservationKind::LeadershipLost, .partition = id, .epoch = epoch});
  release_produces(id, out);
  answer_all_parked(id, out);
  if (id == layout_->offsets_partition) {
    out.local({.kind = LocalEvent::Kind::resigned, .epoch = epoch});
  }
}

// Before KIP-101 a follower trusted only what it knew to be committed
// (ReplicaManager.makeFollowers): less than what was, as its high watermark lags. So does one that
// has lost its epochs (AbstractFetcherThread.partitionFetchState).
void Broker::cut_at_high_watermark(PartitionId id, Outbox& out) {
  const Offset old_end = end_offset(id);
  at(id).truncate_to(high_watermark(id));
  if (end_offset(id) == old_end) return;
  out.note({.kind = ObservationKind::LogTruncated,
            .partition = id,
            .epoch = at(id).epoch(),
            .offset = end_offset(id),
            .value = old_end});
}

void Broker::stop_fetching(PartitionId id) {
  for (ReplicaFetcher& fetcher : fetchers_) fetcher.remove(id);
}

void Broker::truncate_unasked(PartitionId id, Offset offset, Outbox& out) {
  const Offset old_end = end_offset(id);
  if (!at(id).is_hosted() || offset >= old_end) return;
  at(id).truncate_to(offset);
  out.note({.kind = ObservationKind::LogTruncated,
            .partition = id,
            .epoch = at(id).epoch(),
            .offset = end_offset(id),
            .value = old_end});
}

void Broker::run_fetchers(Instant now, Outbox& out) {
  for (ReplicaFetcher& fetcher : fetchers_) {
    fetcher.run(turn(now, out));
    follower_deadline_.wake_by(fetcher.next_deadline(now), now, out);
  }
}

// ---- ISR --------------------------------------------------------------------------------------

// ReplicaManager's isr-expiration task.
void Broker::shrink_isrs(Instant now, Outbox& out) {
  for (PartitionId id = 0; is_known(id); ++id) {
    if (at(id).propose_shrink(now)) isr_changes_.push_back(id);
  }
  out.arm(timer(isr_timer), config_->replica_lag_time_max / 2);
}

// A change that newer metadata has replaced is not offered any more.
bool Broker::has_unsent_isr_changes() const {
  return std::any_of(isr_changes_.begin(), isr_changes_.end(),
                     [&](PartitionId id) { return at(id).has_unsent_change(); });
}

void Broker::take_isr_changes(std::vector<AlterPartitionRequest::Entry>& entries) {
  for (const PartitionId id : isr_changes_) {
    if (at(id).has_unsent_change()) entries.push_back(at(id).take_change(id));
  }
  isr_changes_.clear();
}

void Broker::on_alter_partition_result(const AlterPartitionResponse& result, Instant now,
                                       Outbox& out) {
  for (const AlterPartitionResponse::Entry& answer : result.entries) {
    Partition& partition = at(answer.partition);
    if (!partition.settle_change(answer)) continue;
    // The ISR may be down to one.
    if (!partition.advance_high_watermark(metadata_, now)) continue;
    note_high_watermark(answer.partition, partition, out);
    after_high_watermark(answer.partition, out);
  }
}

// ---- small requests ---------------------------------------------------------------------------

void Broker::on(const MetadataRequest&, const RequestHandle& handle, Instant, Outbox& out) {
  MetadataResponse& response = out.reply<MetadataResponse>(handle);
  response.brokers = metadata_.alive();
  for (PartitionId id = 0; is_known(id); ++id) {
    const MetadataCache::PartitionState& state = metadata_.partition(id);
    if (state.leader_epoch == no_epoch) continue;  // not added yet, as far as this broker knows
    // A leader that is not alive is not shown (LEADER_NOT_AVAILABLE).
    const bool shown = state.leader != no_node && response.brokers.contains(state.leader);
    response.partitions.push_back({id, shown ? state.leader : no_node, state.leader_epoch});
  }
}

// Partition.fetchOffsetForTimestamp. While a new leader's high watermark is below the beginning of
// its epoch, the latest offset could go back: it is not available (KIP-207).
void Broker::on(const ListOffsetsRequest& request, const RequestHandle& handle, Instant,
                Outbox& out) {
  ListOffsetsResponse& response = out.reply<ListOffsetsResponse>(handle);
  for (const ListOffsetsRequest::Entry& asked : request.entries) {
    ListOffsetsResponse::Entry& entry = response.entries.emplace_back();
    entry = {asked.partition, Error::unknown_topic_or_partition, no_offset, no_epoch};
    if (!is_known(asked.partition)) continue;
    const Partition& partition = at(asked.partition);
    entry.error = partition.refuse_reader(asked.current_leader_epoch);
    if (entry.error != Error::none) continue;
    if (asked.which == ListOffsetsRequest::Which::earliest) {
      const auto epochs = partition.log().epochs();
      entry.offset = partition.log().start_offset();
      entry.leader_epoch = epochs.empty() ? no_epoch : epochs.front().epoch;
    } else if (partition.log().high_watermark() < partition.epoch_start()) {
      entry.error = Error::offset_not_available;
    } else if (asked.which == ListOffsetsRequest::Which::since) {
      const Offset found = partition.log().first_written_since(asked.since);
      if (found < partition.log().high_watermark()) entry.offset = found;
      entry.leader_epoch = partition.epoch();
    } else {
      entry.offset = partition.log().high_watermark();
      entry.leader_epoch = partition.epoch();
    }
  }
}

void Broker::on(const OffsetsForLeaderEpochRequest& request, const RequestHandle& handle, Instant,
                Outbox& out) {
  auto& response = out.reply<OffsetsForLeaderEpochResponse>(handle);
  for (const OffsetsForLeaderEpochRequest::Entry& asked : request.entries) {
    OffsetsForLeaderEpochResponse::Entry& entry = response.entries.emplace_back();
    entry = {asked.partition, Error::unknown_topic_or_partition, no_epoch, no_offset};
    if (!is_known(asked.partition)) continue;
    entry.error = at(asked.partition).refuse_reader(asked.current_leader_epoch);
    if (entry.error != Error::none) continue;
    const EpochEnd end = at(asked.partition).log().end_of_epoch(asked.leader_epoch);
    entry.leader_epoch = end.epoch;
    entry.end_offset = end.end_offset;
  }
}

// Simplified: ids come from a block of this broker's own, not from the controller in blocks.
void Broker::on(const InitProducerIdRequest&, const RequestHandle& handle, Instant, Outbox& out) {
  constexpr ProducerId block = 1000000;
  InitProducerIdResponse& response = out.reply<InitProducerIdResponse>(handle);
  response.producer_id = id_ * block + producer_ids_++;
  response.producer_epoch = 0;
}

void Broker::on(const ApiVersionsRequest&, const RequestHandle& handle, Instant, Outbox& out) {
  out.reply<ApiVersionsResponse>(handle);
}

// ---- the follower's connections, timers, views ------------------------------------------------

void Broker::on(const FetchResponse& response, NodeId from, Instant now, Outbox& out) {
  ReplicaFetcher& fetcher = fetcher_of(from);
  FollowerTurn event = turn(now, out);
  if (reads_contents_) event.contents = out.contents();
  fetcher.on(response, event);
  follower_deadline_.wake_by(fetcher.next_deadline(now), now, out);
  if (config_->replica_selector != ReplicaSelector::leader) release_consumers(response, out);
}

// Consumers read here, too, up to the high watermark that the answer brought
// (ReplicaFetcherThread.completeDelayedFetchRequests).
void Broker::release_consumers(const FetchResponse& response, Outbox& out) {
  for (const FetchResponse::Entry& entry : response.entries) {
    release_consumers(entry.partition, out);
  }
}

void Broker::on(const ApiVersionsResponse&, NodeId from, Lane lane, Instant now, Outbox& out) {
  if (lane != Lane::replication) return;
  fetcher_of(from).on_handshake(turn(now, out));
  follower_deadline_.wake_by(fetcher_of(from).next_deadline(now), now, out);
}

void Broker::on_connected(NodeId peer, Lane lane, Instant now, Outbox& out) {
  if (lane != Lane::replication) return;
  fetcher_of(peer).on_connected(turn(now, out));
  follower_deadline_.wake_by(fetcher_of(peer).next_deadline(now), now, out);
}

void Broker::on_disconnected(NodeId peer, Lane lane, Instant now, Outbox& out) {
  if (lane != Lane::replication) return;
  fetcher_of(peer).on_disconnected(turn(now, out));
  follower_deadline_.wake_by(fetcher_of(peer).next_deadline(now), now, out);
}

void Broker::on_timer(std::uint8_t index, Instant now, Outbox& out) {
  KAFAULT_REQUIRE(index <= cleaner_timer);
  switch (index) {
    case isr_timer:
      return shrink_isrs(now, out);
    case produce_timer:
      produce_deadline_.on_fired();
      expire_produces(now, out);
      return produce_deadline_.wake_by(produces_.next_deadline(), now, out);
    case fetch_timer:
      fetch_deadline_.on_fired();
      fetches_.expire(now,
                      [&](const FetchPurgatory::Parked& parked) { answer_parked(parked, out); });
      return fetch_deadline_.wake_by(fetches_.next_deadline(), now, out);
    case retention_timer:
      return delete_old_segments(now, out);
    case cleaner_timer:
      return clean_logs(now, out);
    case follower_timer:
      follower_deadline_.on_fired();
      for (ReplicaFetcher& fetcher : fetchers_) {
        fetcher.on_timer(turn(now, out));
        follower_deadline_.wake_by(fetcher.next_deadline(now), now, out);
      }
      return;
  }
}

const PartitionLog* Broker::log(PartitionId partition) const {
  return at(partition).is_hosted() ? &at(partition).log() : nullptr;
}

BrokerSet Broker::isr(PartitionId partition) const {
  return leads(partition) ? at(partition).isr() : metadata_.partition(partition).isr;
}

bool Broker::is_quiet() const {
  return produces_.is_empty() &&
         std::none_of(partitions_.begin(), partitions_.end(),
                      [](const Partition& partition) { return partition.has_change(); });
}

}  // namespace kafault
