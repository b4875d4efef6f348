#include "sim/broker/lifecycle.hpp"

#include <algorithm>
#include <utility>

#include "sim/broker/metadata_log.hpp"
#include "sim/kernel/contract.hpp"

namespace kafault {
namespace {

using std::chrono::milliseconds;

constexpr std::uint8_t lifecycle_room = 2;
// KafkaRaftClient.MAX_FETCH_WAIT_MS.
constexpr Duration metadata_max_wait = milliseconds(500);
// BrokerLifecycleManager asks a little sooner once: a controlled shutdown may be quick.
constexpr Duration first_shutdown_poll = milliseconds(50);
// AlterPartitionManager after an error of the whole request.
constexpr Duration alter_partition_backoff = milliseconds(50);

constexpr std::array<Lane, 3> lane_of_link = {Lane::heartbeat, Lane::alter_partition,
                                              Lane::metadata};

}  // namespace

Lifecycle::Lifecycle(NodeId broker, const BrokerConfig* config) : broker_(broker), config_(config) {
  for (std::uint8_t i = 0; i < links_.size(); ++i) {
    links_[i].channel = Channel(controller_node, lane_of_link[i]);
    links_[i].times.request_timeout = config->controller_request_timeout;
    links_[i].timer = LazyTimer(TimerId{lifecycle_room, i});
  }
  // A heartbeat that is not answered must not cost the whole session (KAFKA-14392).
  heartbeats().times.request_timeout = config->broker_session_timeout / 2;
  reset();
}

void Lifecycle::reset() {
  clean_shutdown_epoch_ = -1;
  crash();
}

void Lifecycle::crash() {
  started_ = false;
  begin(0);
}

void Lifecycle::begin(std::uint32_t incarnation) {
  incarnation_ = incarnation;
  previous_broker_epoch_ = broker_epoch_ = -1;
  metadata_offset_ = 0;
  want_shut_down_ = shutdown_answered_ = beat_again_at_once_ = false;
  changes_.clear();
  sent_changes_ = 0;
  for (Link& link : links_) {
    link.channel.reset();
    link.timer.forget();
    link.due = never;
  }
}

void Lifecycle::start_settled(Duration phase, Instant now, Outbox& out) {
  begin(0);
  started_ = true;
  broker_epoch_ = broker_;
  metadata_offset_ = settled_metadata_offset;
  for (Link& link : links_) link.channel.start_ready();
  heartbeats().due = now + phase;
  metadata().due = now;
  for (Link& link : links_) attend(link, now, out);
}

void Lifecycle::start(Instant now, std::uint32_t incarnation, Outbox& out) {
  begin(incarnation);
  started_ = true;
  previous_broker_epoch_ = std::exchange(clean_shutdown_epoch_, -1);
  heartbeats().due = now;
  metadata().due = now;
  for (Link& link : links_) attend(link, now, out);
}

void Lifecycle::shut_down(Instant now, Outbox& out) {
  if (!started_ || want_shut_down_) return;
  want_shut_down_ = true;
  if (!is_running()) {
    started_ = false;
    return out.exit();
  }
  if (heartbeats().due == never) {
    beat_again_at_once_ = true;  // as soon as the one under way is answered
  } else {
    heartbeats().due = now;
  }
  attend(heartbeats(), now, out);
}

void Lifecycle::submit(const std::vector<AlterPartitionRequest::Entry>& changes, Instant now,
                       Outbox& out) {
  changes_.insert(changes_.end(), changes.begin(), changes.end());
  if (sent_changes_ == 0 && alterations().due == never) alterations().due = now;
  attend(alterations(), now, out);
}

// ---- connections -------------------------------------------------------------------------------

Lifecycle::Link& Lifecycle::link_of(Lane lane) {
  const auto at = std::find(lane_of_link.begin(), lane_of_link.end(), lane);
  KAFAULT_REQUIRE(at != lane_of_link.end());
  return links_[static_cast<std::size_t>(at - lane_of_link.begin())];
}

void Lifecycle::on_connected(NodeId, Lane lane, Instant now, Outbox& out) {
  if (!started_) return;
  Link& link = link_of(lane);
  link.channel.on_connected(now, link.times, out);
  attend(link, now, out);
}

void Lifecycle::on_disconnected(NodeId, Lane lane, Instant now, Outbox& out) {
  Link& link = link_of(lane);
  if (!started_ || link.channel.is_disconnected()) return;
  link.channel.on_disconnected(now, link.times, lost_);
  after_loss(link, false, now);
  attend(link, now, out);
}

void Lifecycle::on_timer(std::uint8_t index, Instant now, Outbox& out) {
  Link& link = links_[index];
  link.timer.on_fired();
  if (!started_) return;
  if (link.channel.has_timed_out(now)) {
    link.channel.close(now, link.times, lost_, out);
    after_loss(link, true, now);
  }
  attend(link, now, out);
}

// What was under way is asked again: at once when the connection broke; a heartbeat or registration
// that timed out counts as failed and waits for its turn (BrokerLifecycleManager).
void Lifecycle::after_loss(Link& link, bool timed_out, Instant now) {
  if (lost_.empty()) return;
  link.due = now;
  if (&link == &alterations()) sent_changes_ = 0;
  if (&link == &heartbeats() && timed_out && !std::exchange(beat_again_at_once_, false)) {
    link.due = now + config_->broker_heartbeat_interval;
  }
}

// Sends what is due, or sees to it that it can be sent.
void Lifecycle::attend(Link& link, Instant now, Outbox& out) {
  if (link.due <= now && link.channel.ready_or_connect(now, link.times, out)) {
    transmit(link, now, out);
  }
  Instant wake = link.channel.next_deadline();
  if (link.channel.is_ready()) wake = std::min(wake, link.due);
  if (link.channel.is_disconnected() && link.due != never) {
    wake = std::min(wake, std::max(link.due, link.channel.may_connect_at()));
  }
  link.timer.wake_by(wake, now, out);
}

void Lifecycle::transmit(Link& link, Instant now, Outbox& out) {
  link.due = never;
  const Duration timeout = link.times.request_timeout;
  if (&link == &metadata()) {
    auto& request = link.channel.send<MetadataFetchRequest>(now, timeout, 0, out);
    request.broker = broker_;
    request.offset = metadata_offset_;
    request.max_wait = metadata_max_wait;
  } else if (&link == &alterations()) {
    auto& request = link.channel.send<AlterPartitionRequest>(now, timeout, 0, out);
    request.broker = broker_;
    request.broker_epoch = broker_epoch_;
    request.entries = changes_;
    sent_changes_ = changes_.size();
  } else if (is_running()) {
    auto& request = link.channel.send<BrokerHeartbeatRequest>(now, timeout, 0, out);
    request.broker = broker_;
    request.broker_epoch = broker_epoch_;
    request.metadata_offset = metadata_offset_;
    request.want_shut_down = want_shut_down_;
  } else {
    auto& request = link.channel.send<BrokerRegistrationRequest>(now, timeout, 0, out);
    request.broker = broker_;
    request.incarnation = incarnation_;
    request.previous_broker_epoch = previous_broker_epoch_;
  }
}

// ---- answers -----------------------------------------------------------------------------------

void Lifecycle::on(const ApiVersionsResponse&, Lane lane, Instant now, Outbox& out) {
  Link& link = link_of(lane);
  link.channel.on_handshake();
  attend(link, now, out);
}

void Lifecycle::on(const BrokerRegistrationResponse& answer, Lane, Instant now, Outbox& out) {
  heartbeats().channel.take_answered();
  if (answer.error == Error::none) {
    broker_epoch_ = answer.broker_epoch;
    heartbeats().due = now;
  } else {
    heartbeats().due = now + config_->broker_heartbeat_interval;
  }
  attend(heartbeats(), now, out);
}

void Lifecycle::on(const BrokerHeartbeatResponse& answer, Lane, Instant now, Outbox& out) {
  heartbeats().channel.take_answered();
  if (answer.error == Error::none && answer.should_shut_down && want_shut_down_) {
    clean_shutdown_epoch_ = broker_epoch_;
    started_ = false;
    return out.exit();
  }
  heartbeats().due = now + pause_before_next_heartbeat();
  attend(heartbeats(), now, out);
}

Duration Lifecycle::pause_before_next_heartbeat() {
  const bool is_first_while_shutting_down =
      want_shut_down_ && !std::exchange(shutdown_answered_, want_shut_down_);
  if (std::exchange(beat_again_at_once_, false)) return Duration{};
  return is_first_while_shutting_down ? first_shutdown_poll : config_->broker_heartbeat_interval;
}

void Lifecycle::on(const AlterPartitionResponse& answer, Lane, Instant now, Outbox& out) {
  alterations().channel.take_answered();
  if (answer.error == Error::none) {
    changes_.erase(changes_.begin(), changes_.begin() + static_cast<std::ptrdiff_t>(sent_changes_));
    if (!changes_.empty()) alterations().due = now;
  } else {
    alterations().due = now + alter_partition_backoff;
  }
  sent_changes_ = 0;
  attend(alterations(), now, out);
}

void Lifecycle::on(const MetadataFetchResponse& answer, Lane, Instant now, Outbox& out) {
  metadata().channel.take_answered();
  metadata_offset_ = answer.end_offset;
  metadata().due = now;
  attend(metadata(), now, out);
}

}  // namespace kafault
