#include "sim/cluster/broker_process.hpp"

namespace kafault {

namespace {
constexpr std::uint8_t log_room = 1;
constexpr std::uint8_t lifecycle_room = 2;
}  // namespace

void BrokerProcess::reset() {
  broker.reset();
  lifecycle.reset();
  coordinator.reset();
}

void BrokerProcess::start_settled(NodeId offsets_leader, Duration heartbeat_phase, Instant now,
                                  Outbox& out) {
  broker.start_settled(now, out);
  lifecycle.start_settled(heartbeat_phase, now, out);
  coordinator.set_coordinator(offsets_leader);
  coordinator.start_settled(offsets_leader == id_);
}

void BrokerProcess::start(std::uint32_t incarnation, Instant now, Outbox& out) {
  broker.start(now, out);
  lifecycle.start(now, incarnation, out);
}

void BrokerProcess::crash() {
  if (lifecycle.has_stopped_cleanly()) broker.flush_logs();
  broker.crash();
  lifecycle.crash();
  coordinator.crash();
}

void BrokerProcess::on_timer(TimerId timer, Instant now, Outbox& out) {
  if (timer.room == log_room) return broker.on_timer(timer.index, now, out);
  if (timer.room == lifecycle_room) return lifecycle.on_timer(timer.index, now, out);
  coordinator.on_timer(timer.index, now, out);
}

void BrokerProcess::on_connected(NodeId peer, Lane lane, Instant now, Outbox& out) {
  if (lane == Lane::replication) return broker.on_connected(peer, lane, now, out);
  lifecycle.on_connected(peer, lane, now, out);
}

void BrokerProcess::on_disconnected(NodeId peer, Lane lane, Instant now, Outbox& out) {
  if (lane == Lane::replication) return broker.on_disconnected(peer, lane, now, out);
  lifecycle.on_disconnected(peer, lane, now, out);
}

void BrokerProcess::on_local(const LocalEvent& event, Instant now, Outbox& out) {
  if (event.kind == LocalEvent::Kind::append) return broker.on_local(event, now, out);
  if (event.kind == LocalEvent::Kind::elected) {
    // A new coordinator replays the whole partition to its end, not to the high watermark
    // (CoordinatorLoaderImpl reads with FetchIsolation.LOG_END).
    for (const Batch& batch : broker.log(offsets_partition_)->batches()) {
      if (batch.group_record < 0) continue;
      coordinator.replay(batch.end_offset(),
                         out.journal()[static_cast<std::size_t>(batch.group_record)]);
    }
  }
  coordinator.on_local(event, now, out);
}

void BrokerProcess::submit_isr_changes(Instant now, Outbox& out) {
  if (!lifecycle.can_submit()) return;
  isr_changes_.clear();
  broker.take_isr_changes(isr_changes_);
  lifecycle.submit(isr_changes_, now, out);
}

void BrokerProcess::hash_into(Fingerprint& print, const GroupJournal& journal) const {
  broker.hash_into(print, journal);
  lifecycle.hash_into(print);
  coordinator.hash_into(print, journal);
}

void BrokerProcess::on(const ApiVersionsResponse& answer, NodeId from, Lane lane, Instant now,
                       Outbox& out) {
  if (lane == Lane::replication) return broker.on(answer, from, lane, now, out);
  lifecycle.on(answer, lane, now, out);
}

void BrokerProcess::on(const MetadataFetchResponse& answer, Lane lane, Instant now, Outbox& out) {
  // All at once: a partition that loses a follower and that follower's fencing are one change.
  broker.apply(answer.records, now, out);
  for (const MetadataRecord& record : answer.records) {
    if (record.kind != MetadataRecord::Kind::partition) continue;
    if (record.leader_epoch != no_epoch) coordinator.learn(record.partition);
    if (record.partition == offsets_partition_) coordinator.set_coordinator(record.leader);
  }
  for (const PartitionId id : of_recreated_topics_) {
    coordinator.meet(id, broker.metadata().partition(id).leader_epoch, now, out);
  }
  lifecycle.on(answer, lane, now, out);
}

void BrokerProcess::on(const AlterPartitionResponse& answer, Lane lane, Instant now, Outbox& out) {
  broker.on_alter_partition_result(answer, now, out);
  lifecycle.on(answer, lane, now, out);
}

}  // namespace kafault
