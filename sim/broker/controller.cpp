#include "sim/broker/controller.hpp"

#include <algorithm>

#include "sim/kernel/contract.hpp"

namespace kafault {
BrokerControlState next_broker_state(const RegisteredBroker& broker,
                                     const BrokerHeartbeatRequest& request, bool has_leaderships,
                                     std::int64_t lowest_active_offset) {
  using enum BrokerControlState;
  if (broker.in_controlled_shutdown) {
    if (has_leaderships || lowest_active_offset < broker.shutdown_offset) {
      return controlled_shutdown;
    }
    return shutdown_now;
  }
  if (broker.fenced) {
    if (request.want_shut_down) return shutdown_now;
    return request.metadata_offset >= broker.epoch ? unfenced : fenced;
  }
  if (!request.want_shut_down) return unfenced;
  return has_leaderships ? controlled_shutdown : shutdown_now;
}

Controller::Controller(const std::vector<BrokerConfig>* brokers,
                       const std::vector<TopicConfig>* topics, const ClusterLayout* layout,
                       const VersionProfile* version, const std::vector<TopicConfigChange>* changes)
    : configs_(brokers), layout_(layout), version_(version), topics_(topics, changes) {
  reset();
}

void Controller::reset() {
  log_.clear();
  topics_.reset();
  partitions_.assign(layout_->partitions.size(), PartitionState{});
  brokers_.assign(configs_->size(), RegisteredBroker{});
  crash();
}

void Controller::crash() {
  activated_ = Instant{};
  parked_.clear();
  untold_.clear();
  looks_for_unclean_elections_ = false;
  fencing_timer_.forget();
  fetch_timer_.forget();
  for (RegisteredBroker& broker : brokers_) broker.metadata_offset = 0;
}

void Controller::start_settled(Instant now, Outbox& out) {
  for (std::size_t i = 0; i < brokers_.size(); ++i) {
    RegisteredBroker& broker = brokers_[i];
    broker = {};
    broker.epoch = static_cast<std::int64_t>(i) + 1;
    broker.fenced = false;
    broker.metadata_offset = settled_metadata_offset;
  }
  lives_.clear();
  for (std::size_t i = 0; i < partitions_.size(); ++i) {
    const std::vector<NodeId>& replicas = layout_->partitions[i].replicas;
    partitions_[i] = {};
    if (!layout_->exists_at_first(static_cast<PartitionId>(i))) {
      partitions_[i].leader_epoch = no_epoch;
      continue;
    }
    partitions_[i].leader = replicas.front();
    for (const NodeId replica : replicas) partitions_[i].isr.insert(replica);
  }
  activate(now, out);
  // Where in its period it is, nobody knows.
  if (rebalances_leaders()) {
    out.arm(timer(preferred_elections), Duration{}, rebalance_interval());
  }
}

void Controller::start(Instant now, Outbox& out, BrokerSet silent) {
  activate(now, out, silent);
  if (rebalances_leaders()) out.arm(timer(preferred_elections), rebalance_interval());
  if (topics_.have_changed()) look_for_unclean_elections(out);
}

void Controller::activate(Instant now, Outbox& out, BrokerSet silent) {
  activated_ = now;
  for (std::size_t i = 0; i < brokers_.size(); ++i) {
    if (!silent.contains(static_cast<NodeId>(i) + 1)) brokers_[i].last_contact = now;
  }
  fencing_timer_.wake_by(next_fencing(), now, out);
}

// ---- requests ----------------------------------------------------------------------------------

void Controller::on(const ApiVersionsRequest&, const RequestHandle& handle, Instant, Outbox& out) {
  out.reply<ApiVersionsResponse>(handle);
}

// ClusterControlManager.registerBroker.
void Controller::on(const BrokerRegistrationRequest& request, const RequestHandle& handle,
                    Instant now, Outbox& out) {
  RegisteredBroker& broker = known(request.broker);
  const bool is_known = broker.epoch >= 0;
  const bool is_repeated = is_known && broker.incarnation == request.incarnation;
  if (!is_repeated && has_valid_session(request.broker, now)) {
    out.reply<BrokerRegistrationResponse>(handle).error = Error::duplicate_broker_registration;
    return;
  }

  if (!is_repeated) {
    const bool clean = request.previous_broker_epoch == broker.epoch;
    if (is_known) forget_log_of(request.broker, clean);
    broker.incarnation = request.incarnation;
    broker.fenced = true;
    broker.in_controlled_shutdown = false;
    broker.metadata_offset = 0;
    broker.epoch = log_.end_offset() + 1;
    write_broker(request.broker);
  }
  broker.last_contact = now;
  tell(out);
  out.reply<BrokerRegistrationResponse>(handle).broker_epoch = broker.epoch;
  answer_fetches(now, out);
  fencing_timer_.wake_by(next_fencing(), now, out);
}

void Controller::on(const BrokerHeartbeatRequest& request, const RequestHandle& handle, Instant now,
                    Outbox& out) {
  if (const Error error = judge(request.broker_epoch, request.broker); error != Error::none) {
    out.reply<BrokerHeartbeatResponse>(handle).error = error;
    return;
  }
  RegisteredBroker& broker = known(request.broker);
  broker.last_contact = now;
  const BrokerControlState next =
      next_broker_state(broker, request, has_leaderships(request.broker), lowest_active_offset());
  take_step(request.broker, next);
  broker.metadata_offset = request.metadata_offset;

  tell(out);
  auto& answer = out.reply<BrokerHeartbeatResponse>(handle);
  answer.is_fenced = broker.fenced;
  answer.should_shut_down = next == BrokerControlState::shutdown_now;
  answer_fetches(now, out);
  fencing_timer_.wake_by(next_fencing(), now, out);
}

void Controller::on(const AlterPartitionRequest& request, const RequestHandle& handle, Instant now,
                    Outbox& out) {
  if (const Error error = judge(request.broker_epoch, request.broker); error != Error::none) {
    out.reply<AlterPartitionResponse>(handle).error = error;
    return;
  }
  // The answer is filled in now and leaves after what it reports has been noted.
  std::vector<AlterPartitionResponse::Entry>& entries = altered_;
  entries.clear();
  for (const AlterPartitionRequest::Entry& entry : request.entries) {
    const Error error = judge(entry, request.broker);
    if (error != Error::none) {
      entries.push_back({entry.partition, error, no_node, no_epoch, 0, {}});
      continue;
    }
    PartitionChange wanted = circumstances(entry.partition);
    wanted.target_isr = entry.isr;
    change(entry.partition, wanted);
    const PartitionState& state = partition(entry.partition);
    entries.push_back({entry.partition, Error::none, state.leader, state.leader_epoch,
                       state.partition_epoch, state.isr});
  }

  tell(out);
  out.reply<AlterPartitionResponse>(handle).entries = entries;
  answer_fetches(now, out);
}

void Controller::on(const MetadataFetchRequest& request, const RequestHandle& handle, Instant now,
                    Outbox& out) {
  const ParkedFetch fetch{handle, request.offset, now + request.max_wait};
  if (request.offset < log_.end_offset()) return answer_fetch(fetch, out);
  parked_.push_back(fetch);
  fetch_timer_.wake_by(fetch.deadline, now, out);
}

void Controller::on_timer(std::uint8_t index, Instant now, Outbox& out) {
  switch (index) {
    case fencing:
      fencing_timer_.on_fired();
      fence_stale_brokers(now);
      tell(out);
      fencing_timer_.wake_by(next_fencing(), now, out);
      break;
    case fetch_wait:
      fetch_timer_.on_fired();
      break;
    case preferred_elections:
      elect_preferred_leaders();
      tell(out);
      out.arm(timer(preferred_elections), rebalance_interval());
      break;
    case unclean_elections:
      elect_where_leaderless();
      tell(out);
      out.arm(timer(unclean_elections), unclean_election_check_interval);
      break;
    default:
      KAFAULT_REQUIRE(false);
  }
  answer_fetches(now, out);
}

// ---- decisions ---------------------------------------------------------------------------------

bool Controller::is_settled() const {
  const auto is_active = [](const RegisteredBroker& broker) { return broker.is_active(); };
  if (!std::all_of(brokers_.begin(), brokers_.end(), is_active)) return false;
  for (std::size_t i = 0; i < partitions_.size(); ++i) {
    if (!exists(static_cast<PartitionId>(i))) continue;
    const auto replicas = static_cast<int>(replicas_of(static_cast<PartitionId>(i)).size());
    if (partitions_[i].leader == no_node || partitions_[i].isr.size() != replicas) return false;
    if (partitions_[i].assigned.is_under_way()) return false;
  }
  return true;
}

const TopicConfig& Controller::topic_of(PartitionId partition) const {
  const std::int32_t topic = layout_->partitions[static_cast<std::size_t>(partition)].topic;
  return topics_[topic];
}

// ReplicationControlManager.getTopicEffectiveMinIsr.
std::int32_t Controller::min_isr_of(PartitionId partition) const {
  return std::min(topic_of(partition).min_insync_replicas,
                  static_cast<std::int32_t>(replicas_of(partition).size()));
}

// Simplified: the controller has no settings of its own, each broker's session is as long as that
// broker's broker.session.timeout.ms says.
Duration Controller::session_of(NodeId broker) const {
  return (*configs_)[static_cast<std::size_t>(broker) - 1].broker_session_timeout;
}

bool Controller::has_valid_session(NodeId id, Instant now) const {
  const RegisteredBroker& known_broker = broker(id);
  return known_broker.epoch >= 0 && !known_broker.fenced &&
         known_broker.last_contact + session_of(id) > now;
}

bool Controller::has_leaderships(NodeId id) const {
  return std::any_of(partitions_.begin(), partitions_.end(),
                     [&](const PartitionState& state) { return state.leader == id; });
}

std::int64_t Controller::lowest_active_offset() const {
  std::int64_t lowest = INT64_MAX;
  for (const RegisteredBroker& broker : brokers_) {
    if (broker.is_active()) lowest = std::min(lowest, broker.metadata_offset);
  }
  return lowest;
}

BrokerSet Controller::active_brokers() const {
  BrokerSet active;
  for (std::size_t i = 0; i < brokers_.size(); ++i) {
    if (brokers_[i].is_active()) active.insert(static_cast<NodeId>(i) + 1);
  }
  return active;
}

Error Controller::judge(std::int64_t broker_epoch, NodeId id) const {
  if (broker(id).epoch < 0) return Error::broker_id_not_registered;
  return broker(id).epoch == broker_epoch ? Error::none : Error::stale_broker_epoch;
}

// ReplicationControlManager.validateAlterPartitionData.
Error Controller::judge(const AlterPartitionRequest::Entry& entry, NodeId from) const {
  const PartitionState& state = partition(entry.partition);
  if (!exists(entry.partition)) return Error::unknown_topic_or_partition;
  KAFAULT_REQUIRE(entry.leader_epoch <= state.leader_epoch);
  if (entry.leader_epoch < state.leader_epoch) return Error::fenced_leader_epoch;
  if (state.leader != from) return Error::not_leader_or_follower;
  if (entry.partition_epoch != state.partition_epoch) return Error::invalid_update_version;
  KAFAULT_REQUIRE(entry.isr.contains(from));
  // KIP-903: it fetched in a former life, and may have lost what it had then.
  if (entry.newcomer_epoch != -1 && entry.newcomer_epoch != broker(entry.newcomer).epoch) {
    return Error::ineligible_replica;
  }
  return may_be_in_isr(entry.isr) ? Error::none : Error::ineligible_replica;
}

// KIP-841: who is fenced or shutting down must not be in an ISR.
bool Controller::may_be_in_isr(BrokerSet isr) const {
  if (!version_->fenced_stay_out_of_isr) return true;
  return (isr.bits() & ~active_brokers().bits()) == 0;
}

}  // namespace kafault
