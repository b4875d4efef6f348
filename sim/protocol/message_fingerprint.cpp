#include "sim/protocol/message_fingerprint.hpp"

namespace kafault {
namespace {

template <class T>
void add_each(Fingerprint& print, const std::vector<T>& words) {
  print.add(words.size());
  for (const T& word : words) print.add(word);
}

template <class T>
void hash_each(Fingerprint& print, const std::vector<T>& things) {
  print.add(things.size());
  for (const T& thing : things) hash_into(print, thing);
}

void hash_each(Fingerprint& print, const std::vector<CommittedOffset>& offsets) {
  print.add(offsets.size());
  for (const CommittedOffset& offset : offsets) {
    add_all(print, offset.partition, offset.offset, offset.leader_epoch);
  }
}

// The batches are the caller's business.
void hash_entry(Fingerprint& print, const FetchResponse::Entry& entry) {
  add_all(print, entry.partition, entry.error, entry.high_watermark, entry.log_start_offset,
          entry.diverging_epoch, entry.diverging_end_offset, entry.current_leader,
          entry.current_leader_epoch, entry.preferred_replica, entry.batch_count);
}

}  // namespace

// ---- records -----------------------------------------------------------------------------------

void hash_into(Fingerprint& print, const Batch& batch) {
  add_all(print, batch.producer, batch.first, batch.count, batch.bytes, batch.base_sequence,
          batch.producer_epoch, batch.leader_epoch, batch.base_offset);
  print.renamed(Fingerprint::Family::producer_id, batch.producer_id);
}

void hash_into(Fingerprint& print, const Batch& batch, const GroupJournal& journal) {
  hash_into(print, batch);
  print.add(batch.group_record >= 0);
  if (batch.group_record < 0) return;
  hash_into(print, journal[static_cast<std::size_t>(batch.group_record)]);
}

void hash_into(Fingerprint& print, const GroupRecord& record) {
  add_all(print, record.kind, record.group, record.partition, record.offset, record.leader_epoch,
          record.generation, record.target_epoch, record.added_partitions, record.assignor);
  hash_member(print, record.leader);
  print.add(record.members.size());
  for (const GroupRecord::Member& member : record.members) {
    hash_member(print, member.id);
    hash_order(print, record.members, member.id);
    add_all(print, member.node, member.instance, member.session_timeout, member.rebalance_timeout);
    add_each(print, member.assignment);
    add_each(print, member.topics);
    if (record.kind != GroupRecord::Kind::consumer_group) continue;
    add_all(print, member.epoch, member.previous_epoch, member.state, member.assignor);
    add_each(print, member.revoking);
    add_each(print, member.target);
  }
}

void hash_into(Fingerprint& print, const MetadataRecord& record) {
  add_all(print, record.kind, record.partition, record.leader, record.leader_epoch,
          record.partition_epoch, record.isr.bits(), record.broker, record.broker_epoch,
          record.fenced, record.in_controlled_shutdown, record.change);
  for (const NodeId replica : record.replicas) print.add(replica);
}

// ---- clients and brokers -----------------------------------------------------------------------

void hash_into(Fingerprint&, const ApiVersionsRequest&) {}
void hash_into(Fingerprint&, const ApiVersionsResponse&) {}
void hash_into(Fingerprint&, const MetadataRequest&) {}

void hash_into(Fingerprint& print, const MetadataResponse& message) {
  add_all(print, message.brokers.bits(), message.partitions.size());
  for (const PartitionMetadata& partition : message.partitions) {
    add_all(print, partition.partition, partition.leader, partition.leader_epoch);
  }
}

void hash_into(Fingerprint&, const InitProducerIdRequest&) {}

void hash_into(Fingerprint& print, const InitProducerIdResponse& message) {
  add_all(print, message.error, message.producer_epoch);
  print.renamed(Fingerprint::Family::producer_id, message.producer_id);
}

void hash_into(Fingerprint& print, const ProduceRequest& message) {
  add_all(print, message.acks, message.timeout, message.entries.size());
  for (const ProduceRequest::Entry& entry : message.entries) {
    print.add(entry.partition);
    hash_into(print, entry.batch);
  }
}

void hash_into(Fingerprint& print, const ProduceResponse& message) {
  print.add(message.entries.size());
  for (const ProduceResponse::Entry& entry : message.entries) {
    add_all(print, entry.partition, entry.error, entry.base_offset, entry.current_leader,
            entry.current_leader_epoch);
  }
}

void hash_into(Fingerprint& print, const FetchRequest& message) {
  add_all(print, message.replica, message.broker_epoch, message.max_wait, message.min_bytes,
          message.max_bytes, message.partition_max_bytes, message.isolation, message.rack,
          message.entries.size());
  for (const FetchRequest::Entry& entry : message.entries) {
    add_all(print, entry.partition, entry.fetch_offset, entry.current_leader_epoch,
            entry.last_fetched_epoch);
  }
}

void hash_into(Fingerprint& print, const FetchResponse& message) {
  print.add(message.entries.size());
  for (const FetchResponse::Entry& entry : message.entries) {
    hash_entry(print, entry);
    for (std::uint32_t i = 0; i < entry.batch_count; ++i) {
      hash_into(print, message.batches[entry.first_batch + i]);
    }
  }
}

void hash_into(Fingerprint& print, const FetchResponse& message, const GroupJournal& journal) {
  print.add(message.entries.size());
  for (const FetchResponse::Entry& entry : message.entries) {
    hash_entry(print, entry);
    for (std::uint32_t i = 0; i < entry.batch_count; ++i) {
      hash_into(print, message.batches[entry.first_batch + i], journal);
    }
  }
}

void hash_into(Fingerprint& print, const ListOffsetsRequest& message) {
  print.add(message.entries.size());
  for (const ListOffsetsRequest::Entry& entry : message.entries) {
    add_all(print, entry.partition, entry.current_leader_epoch, entry.which);
  }
}

void hash_into(Fingerprint& print, const ListOffsetsResponse& message) {
  print.add(message.entries.size());
  for (const ListOffsetsResponse::Entry& entry : message.entries) {
    add_all(print, entry.partition, entry.error, entry.offset, entry.leader_epoch);
  }
}

void hash_into(Fingerprint& print, const OffsetsForLeaderEpochRequest& message) {
  print.add(message.entries.size());
  for (const OffsetsForLeaderEpochRequest::Entry& entry : message.entries) {
    add_all(print, entry.partition, entry.current_leader_epoch, entry.leader_epoch);
  }
}

void hash_into(Fingerprint& print, const OffsetsForLeaderEpochResponse& message) {
  print.add(message.entries.size());
  for (const OffsetsForLeaderEpochResponse::Entry& entry : message.entries) {
    add_all(print, entry.partition, entry.error, entry.leader_epoch, entry.end_offset);
  }
}

// ---- groups ------------------------------------------------------------------------------------

void hash_into(Fingerprint& print, const FindCoordinatorRequest& message) {
  print.add(message.group);
}

void hash_into(Fingerprint& print, const FindCoordinatorResponse& message) {
  add_all(print, message.error, message.coordinator);
}

void hash_into(Fingerprint& print, const JoinGroupRequest& message) {
  print.add(message.group);
  hash_member(print, message.member);
  add_all(print, message.session_timeout, message.rebalance_timeout);
  add_each(print, message.assignors);
  add_each(print, message.topics);
  add_all(print, message.instance, message.owned_in);
  add_each(print, message.owned);
}

void hash_into(Fingerprint& print, const JoinGroupResponse& message) {
  add_all(print, message.error, message.generation, message.assignor, message.skip_assignment);
  hash_member(print, message.member);
  hash_member(print, message.leader);
  print.add(message.members.size());
  for (const JoinGroupResponse::Member& member : message.members) {
    hash_member(print, member.id);
    hash_order(print, message.members, member.id);
    add_each(print, member.topics);
    add_all(print, member.instance, member.owned_in);
    add_each(print, member.owned);
  }
}

void hash_into(Fingerprint& print, const SyncGroupRequest& message) {
  add_all(print, message.group, message.generation, message.instance);
  hash_member(print, message.member);
  print.add(message.assignments.size());
  for (const SyncGroupRequest::Assigned& assigned : message.assignments) {
    hash_member(print, assigned.member);
    print.add(assigned.partition);
  }
}

void hash_into(Fingerprint& print, const SyncGroupResponse& message) {
  print.add(message.error);
  add_each(print, message.partitions);
}

void hash_into(Fingerprint& print, const HeartbeatRequest& message) {
  add_all(print, message.group, message.generation, message.instance);
  hash_member(print, message.member);
}

void hash_into(Fingerprint& print, const HeartbeatResponse& message) { print.add(message.error); }

void hash_into(Fingerprint& print, const ConsumerGroupHeartbeatRequest& message) {
  add_all(print, message.group, message.epoch, message.instance, message.is_full,
          message.rebalance_timeout, message.assignor, message.has_owned);
  hash_member(print, message.member);
  add_each(print, message.topics);
  add_each(print, message.owned);
}

void hash_into(Fingerprint& print, const ConsumerGroupHeartbeatResponse& message) {
  add_all(print, message.error, message.epoch, message.heartbeat_interval, message.has_assignment);
  add_each(print, message.partitions);
}

void hash_into(Fingerprint& print, const LeaveGroupRequest& message) {
  print.add(message.group);
  hash_member(print, message.member);
}

void hash_into(Fingerprint& print, const LeaveGroupResponse& message) { print.add(message.error); }

void hash_into(Fingerprint& print, const OffsetCommitRequest& message) {
  add_all(print, message.group, message.generation, message.instance);
  hash_member(print, message.member);
  hash_each(print, message.offsets);
}

void hash_into(Fingerprint& print, const OffsetCommitResponse& message) {
  print.add(message.error);
}

void hash_into(Fingerprint& print, const OffsetFetchRequest& message) {
  add_all(print, message.group, message.epoch);
  hash_member(print, message.member);
  add_each(print, message.partitions);
}

void hash_into(Fingerprint& print, const OffsetFetchResponse& message) {
  print.add(message.error);
  hash_each(print, message.offsets);
}

// ---- brokers and the controller ----------------------------------------------------------------

void hash_into(Fingerprint& print, const BrokerRegistrationRequest& message) {
  add_all(print, message.broker, message.previous_broker_epoch);
  hash_incarnation(print, message.broker, message.incarnation);
}

void hash_into(Fingerprint& print, const BrokerRegistrationResponse& message) {
  add_all(print, message.error, message.broker_epoch);
}

void hash_into(Fingerprint& print, const BrokerHeartbeatRequest& message) {
  add_all(print, message.broker, message.broker_epoch, message.metadata_offset,
          message.want_shut_down);
}

void hash_into(Fingerprint& print, const BrokerHeartbeatResponse& message) {
  add_all(print, message.error, message.is_fenced, message.should_shut_down);
}

void hash_into(Fingerprint& print, const AlterPartitionRequest& message) {
  add_all(print, message.broker, message.broker_epoch, message.entries.size());
  for (const AlterPartitionRequest::Entry& entry : message.entries) {
    add_all(print, entry.partition, entry.leader_epoch, entry.partition_epoch, entry.isr.bits(),
            entry.newcomer, entry.newcomer_epoch);
  }
}

void hash_into(Fingerprint& print, const AlterPartitionResponse& message) {
  add_all(print, message.error, message.entries.size());
  for (const AlterPartitionResponse::Entry& entry : message.entries) {
    add_all(print, entry.partition, entry.error, entry.leader, entry.leader_epoch,
            entry.partition_epoch, entry.isr.bits());
  }
}

void hash_into(Fingerprint& print, const MetadataFetchRequest& message) {
  add_all(print, message.broker, message.offset, message.max_wait);
}

void hash_into(Fingerprint& print, const MetadataFetchResponse& message) {
  print.add(message.end_offset);
  hash_each(print, message.records);
}

}  // namespace kafault
