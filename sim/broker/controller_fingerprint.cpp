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

// The contact of a broker that is not fenced counts even after its session: the longest silent is
// fenced first.
void RegisteredBroker::hash_into(Fingerprint& print, NodeId id) const {
  add_all(print, epoch, fenced, in_controlled_shutdown, metadata_offset);
  hash_incarnation(print, id, incarnation);
  if (in_controlled_shutdown) print.add(shutdown_offset);
  if (!fenced) print.add(print.now() - last_contact);
}

void Controller::hash_into(Fingerprint& print) const {
  log_.hash_into(print);
  for (const PartitionState& state : partitions_) {
    add_all(print, state.leader, state.leader_epoch, state.partition_epoch, state.isr.bits(),
            state.elr.bits(), state.last_known_leader);
  }
  for (std::size_t i = 0; i < brokers_.size(); ++i) {
    brokers_[i].hash_into(print, static_cast<NodeId>(i) + 1);
  }
  if (version_->periodic_fencing) print.add((print.now() - activated_) % fencing_period());
  print.add(parked_.size());
  for (const ParkedFetch& fetch : parked_) {
    kafault::hash_into(print, fetch.handle);
    print.add(fetch.offset);
    print.deadline(fetch.deadline);
  }
}

}  // namespace kafault
