// What of the controller matters to the future.
#include "sim/broker/controller.hpp"
#include "sim/protocol/message_fingerprint.hpp"

namespace kafault {

// Where the newest record of everything lies: no reader is given any other.
void MetadataLog::hash_into(Fingerprint& print) const {
  print.add(end_offset());
  for (std::size_t i = 0; i < records_.size(); ++i) {
    if (is_superseded(i)) continue;
    print.add(i);
    kafault::hash_into(print, records_[i]);
  }
}

// The contact of a broker that is not fenced counts until its session is over.
void RegisteredBroker::hash_into(Fingerprint& print, NodeId id, const BrokerConfig& config) const {
  add_all(print, epoch, fenced, in_controlled_shutdown, metadata_offset);
  hash_incarnation(print, id, incarnation);
  if (in_controlled_shutdown) print.add(shutdown_offset);
  if (!fenced) {
    print.poll(last_contact + config.broker_session_timeout, config.broker_heartbeat_interval);
  }
}

void Controller::hash_into(Fingerprint& print) const {
  log_.hash_into(print);
  topics_.hash_into(print);
  for (const PartitionState& state : partitions_) {
    add_all(print, state.leader, state.leader_epoch, state.partition_epoch, state.isr.bits(),
            state.elr.bits(), state.last_known_leader);
    if (state.assigned.replicas.empty()) continue;
    print.add(state.assigned.adding.bits(), state.assigned.removing.bits());
    for (const NodeId replica : state.assigned.replicas) print.add(replica);
  }
  for (const std::int32_t life : lives_) print.add(life);
  for (std::size_t i = 0; i < brokers_.size(); ++i) {
    brokers_[i].hash_into(print, static_cast<NodeId>(i) + 1, (*configs_)[i]);
  }
  std::uint64_t sum = 0;  // in whatever order their polls came
  for (const ParkedFetch& fetch : parked_) {
    Fingerprint one = print.part();
    kafault::hash_into(one, fetch.handle);
    one.add(fetch.offset);
    sum += one.value();
  }
  print.add(sum);
}

}  // namespace kafault
