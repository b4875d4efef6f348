// The part of the cluster that is an operating system: processes start, end, pause and go on.
#include <algorithm>
#include <utility>

#include "sim/cluster/cluster.hpp"
#include "sim/cluster/dispatch.hpp"
#include "sim/kernel/contract.hpp"

namespace kafault {
namespace {

// Simplified: an exploration does not stop at the notes of what a process goes on with, or catches
// up with, after a pause.
class Unstopped {
 public:
  explicit Unstopped(bool& stops) : stops_(stops), before_(std::exchange(stops, false)) {}
  Unstopped(const Unstopped&) = delete;
  Unstopped& operator=(const Unstopped&) = delete;
  ~Unstopped() { stops_ = before_; }

 private:
  bool& stops_;
  bool before_;
};

}  // namespace

void Cluster::schedule(NodeId node, Command command) {
  Event event;
  event.kind = Event::Kind::command;
  event.node = node;
  event.a = static_cast<std::uint32_t>(command);
  event.due = now();
  calendar_.schedule(event);
}

void Cluster::start(NodeId node) {
  if (node == controller_node && plan_->controllers > 1) return voter_started();
  processes_[static_cast<std::size_t>(node)].starts = true;
  schedule(node, Command::start);
}
void Cluster::shut_down(NodeId node) { schedule(node, Command::shut_down); }
void Cluster::leave(NodeId node) { schedule(node, Command::leave); }
void Cluster::unsubscribe(NodeId node) { schedule(node, Command::unsubscribe); }
void Cluster::subscribe(NodeId node) { schedule(node, Command::subscribe); }
void Cluster::resume(NodeId node) { schedule(node, Command::resume); }
void Cluster::free_disk(NodeId node) { schedule(node, Command::disk_works); }

void Cluster::obey(NodeId node, Command command) {
  Process& process = processes_[static_cast<std::size_t>(node)];
  switch (command) {
    case Command::start:
      process.starts = false;
      if (node == controller_node && plan_->has_elections() && now() != controller_due_) break;
      if (node == controller_node && plan_->has_controller_on_broker()) {
        take_over();
        break;
      }
      if (process.state == Process::State::down && process.has_power) launch(node);
      process.starts_again = process.stops;
      break;
    case Command::shut_down:
      if (process.state == Process::State::down || process.state == Process::State::paused) break;
      process.stops = true;
      Dispatch::shut_down(*this, node);
      after_handler(node);
      break;
    case Command::unsubscribe:
    case Command::subscribe:
      if (process.state != Process::State::running) break;
      KAFAULT_REQUIRE(process.kind == ProcessKind::member);
      command == Command::subscribe ? member_at(node).subscribe_again(now(), outbox_)
                                    : member_at(node).unsubscribe(now(), outbox_);
      after_handler(node);
      break;
    case Command::leave:
      if (process.state != Process::State::running) break;
      KAFAULT_REQUIRE(process.kind == ProcessKind::member);
      member_at(node).leave(now(), outbox_);
      after_handler(node);
      break;
    case Command::resume:
      if (process.state == Process::State::paused) resume_now(node);
      if (node == controller_node) hear_operators();
      break;
    case Command::disk_works:
      if (process.state != Process::State::stalled) break;
      process.state = Process::State::running;
      catch_up(process);
      break;
    case Command::apply:
      if (process.state == Process::State::applying) apply_now(node);
      break;
    case Command::operate:
      node == controller_node ? hear_operators() : reset_offsets_now(node);
      break;
  }
}

void Cluster::launch(NodeId node) {
  Process& process = processes_[static_cast<std::size_t>(node)];
  process.state = Process::State::running;
  process.done = process.stops = process.starts_again = false;
  ++process.incarnation;
  note(node, {.kind = ObservationKind::ProcessStarted});
  Dispatch::start(*this, node);
  after_handler(node);
  if (node == controller_node) {
    controller_due_ = never;
    hear_operators();
  } else {
    review_controller();
  }
}

void Cluster::crash(NodeId node) {
  Process& process = processes_[static_cast<std::size_t>(node)];
  if (process.state == Process::State::down) return;
  const NetworkPlan& network = plan_->network;
  const Duration teardown{fate_->between(Question::teardown, node, network.teardown_low.count(),
                                         network.teardown_high.count())};
  end_process(node, teardown);
  note(node, {.kind = ObservationKind::ProcessCrashed});
  if (node == controller_node && plan_->controllers > 1) return voter_crashed();
  controller_ends_with(node, teardown, false);
}

// No kernel is left that could close its connections: they are silent until there is one again,
// which knows nothing of them.
void Cluster::lose_power(NodeId node) {
  Process& process = processes_[static_cast<std::size_t>(node)];
  KAFAULT_REQUIRE(process.kind == ProcessKind::broker);
  if (!process.has_power) return;
  process.has_power = false;
  if (process.state != Process::State::down) {
    end_process(node, forever);
    note(node, {.kind = ObservationKind::ProcessCrashed});
    controller_ends_with(node, forever, false);
  }
  block_all(node, true);

  const WriteBack kernel = write_back_of(node);
  Broker& broker = brokers_[static_cast<std::size_t>(node) - 1].broker;
  lose_records(node, [&](PartitionId id) { broker.lose_page_cache(id, kernel, now()); });
}

// When a broker's kernel and its Kafka look what there is to write: nobody knows that.
WriteBack Cluster::write_back_of(NodeId node) {
  const auto phase = [&](Duration period) {
    const bool is_periodic = period > Duration{} && period < forever;
    return Duration{is_periodic ? fate_->between(Question::fault, node, 0, period.count() - 1) : 0};
  };
  const DiskPlan& disk = plan_->disk;
  const BrokerConfig& config = plan_->brokers[static_cast<std::size_t>(node) - 1];
  return {.period = disk.dirty_writeback,
          .expire = disk.dirty_expire,
          .phase = phase(disk.dirty_writeback),
          .scheduler_phase = phase(config.log_flush_scheduler_interval)};
}

void Cluster::restore_power(NodeId node) {
  Process& process = processes_[static_cast<std::size_t>(node)];
  if (process.has_power) return;
  process.has_power = true;
  block_all(node, false);
  start(node);
}

void Cluster::replace_disk(NodeId node) {
  crash(node);
  BrokerProcess& broker = brokers_[static_cast<std::size_t>(node) - 1];
  broker.lifecycle.lose_disk();
  lose_records(node, [&](PartitionId id) { broker.broker.lose_disk(id); });
}

void Cluster::corrupt_log(NodeId node) {
  crash(node);
  const WriteBack kernel = write_back_of(node);
  Broker& broker = brokers_[static_cast<std::size_t>(node) - 1].broker;
  lose_records(node, [&](PartitionId id) {
    const std::span<const Batch> read = broker.unflushed(id, kernel, now());
    if (read.empty()) return;
    const auto bad =
        fate_->between(Question::fault, node, 0, static_cast<std::int64_t>(read.size()) - 1);
    broker.recover_up_to(id, read[static_cast<std::size_t>(bad)].base_offset);
  });
}

// Tells what of each log is gone then.
void Cluster::lose_records(NodeId node, auto&& lose) {
  const Broker& broker = this->broker(node);
  const auto partitions = static_cast<PartitionId>(plan_->layout.partitions.size());
  for (PartitionId id = 0; id < partitions; ++id) {
    if (broker.log(id) == nullptr) continue;
    const Offset old_end = broker.end_offset(id);
    lose(id);
    const Offset end = broker.end_offset(id);
    if (end == old_end) continue;
    note(node,
         {.kind = ObservationKind::LogTailLost, .partition = id, .offset = end, .value = old_end});
  }
}

void Cluster::block_all(NodeId node, bool block) {
  for (NodeId other = 0; other < nodes(); ++other) {
    if (other == node) continue;
    block ? this->block(node, other) : unblock(node, other);
    block ? this->block(other, node) : unblock(other, node);
  }
}

// The process is gone. Its peers see the ends of its connections once the kernel has torn it down:
// until then they send into the void.
void Cluster::end_process(NodeId node, Duration teardown) {
  Process& process = processes_[static_cast<std::size_t>(node)];
  process.state = Process::State::down;
  ++process.incarnation;
  process.slowness = 1;
  process.disk_free_at = {};
  if (sinks_.decide()) sinks_.process_ended(node);
  for (Timer& timer : process.timers) {
    timer.deadline = never;
    timer.entry = never;
    ++timer.generation;
  }
  for (const Event& event : process.held) {
    const bool is_answer =
        event.kind == Event::Kind::to_client || event.kind == Event::Kind::written;
    if (is_answer) store_.give_back(event.message, event.c);
  }
  process.held.clear();
  for (const InHand& request : process.in_hand) store_.give_back(request.kind, request.slot);
  process.in_hand.clear();
  for (const Effect& effect : process.held_effects) {
    discard(effect);
    if (effect.kind == Effect::Kind::note && process.kind == ProcessKind::producer) {
      producers_[static_cast<std::size_t>(process.index)].take_back(
          process.held_notes[effect.slot]);
    }
  }
  process.held_effects.clear();
  process.held_notes.clear();
  process.held_locals.clear();
  std::erase_if(orphans_, [&](const Orphan& orphan) {
    if (orphan.server != node) return false;
    store_.give_back(orphan.kind, orphan.slot);
    return true;
  });
  for (ConnectionIndex i = 0; i < network_.size(); ++i) {
    Connection& connection = network_[i];
    if (connection.state != Connection::State::open) continue;
    if (connection.server == node) {
      close_by_server(i, teardown);
    } else if (connection.client == node) {
      connection.client_gone = true;
      if (teardown == forever) continue;
      Event event;
      event.kind = Event::Kind::closed_to_server;
      event.node = connection.server;
      event.a = i;
      event.b = connection.generation;
      event.due =
          std::max(now() + teardown + latency(node, connection.server), connection.to_server.last);
      calendar_.schedule(event);
    }
  }
  Dispatch::crash(*this, node);
}

void Cluster::pause(NodeId node) {
  Process& process = processes_[static_cast<std::size_t>(node)];
  if (process.state == Process::State::down || process.state == Process::State::paused) return;
  process.state = Process::State::paused;
  note(node, {.kind = ObservationKind::ProcessPaused});
  if (node != controller_node) review_controller();
}

void Cluster::stall_disk(NodeId node) {
  Process& process = processes_[static_cast<std::size_t>(node)];
  KAFAULT_REQUIRE(process.kind == ProcessKind::broker);
  if (process.state == Process::State::running || process.state == Process::State::applying) {
    process.state = Process::State::stalled;
  }
}

void Cluster::slow_disk(NodeId node, Duration longer) {
  Process& process = processes_[static_cast<std::size_t>(node)];
  KAFAULT_REQUIRE(process.kind == ProcessKind::broker);
  if (longer == Duration{}) write_at_once(node);
  process.write_takes = longer;
  anybody_slow_ = disturbed_ = latency_varies_ = true;
}

// What has waited for the disk is written now, in order.
void Cluster::write_at_once(NodeId node) {
  Process& process = processes_[static_cast<std::size_t>(node)];
  for (InHand& request : process.in_hand) {
    if (!waits_for_disk(node, request.kind, request.slot)) continue;
    Event done;
    done.kind = Event::Kind::handled;
    done.message = request.kind;
    done.node = node;
    done.a = request.connection;
    done.b = request.generation;
    done.c = request.slot;
    done.due = request.due = now();
    calendar_.schedule(done);
  }
  process.disk_free_at = now();
}

// BrokerLifecycleManager has an event queue and a channel of its own.
bool Cluster::is_of_heartbeats(const Event& event) const {
  if (event.kind == Event::Kind::timer) return event.a == timer_index(heartbeat_timer);
  return network_[event.a].lane == Lane::heartbeat;
}

// First what it was in the middle of, then the requests that its kernel received meanwhile (with
// what it knew before the pause), then everything else in order.
void Cluster::resume_now(NodeId node) {
  Process& process = processes_[static_cast<std::size_t>(node)];
  process.state = Process::State::running;
  note(node, {.kind = ObservationKind::ProcessResumed});
  const Unstopped unstopped(stops_at_notes_);
  Dispatch::put_back(*this, process);
  carry_out(node);
  catch_up(process);
  if (node != controller_node) review_controller();
}

// A broker that hears of a newer leader epoch for a partition that it hosts.
bool Cluster::takes_time_to_apply(const Event& event) const {
  if (event.message != MessageKind::MetadataFetchResponse) return false;
  const Broker& broker = this->broker(event.node);
  if (!broker.is_serving()) return false;
  const auto& records = store_.of<MetadataFetchResponse>()[event.c].records;
  return std::any_of(records.begin(), records.end(), [&](const MetadataRecord& record) {
    return record.kind == MetadataRecord::Kind::partition &&
           broker.log(record.partition) != nullptr &&
           record.leader_epoch > broker.leader_epoch(record.partition);
  });
}

void Cluster::begin_to_apply(const Event& event) {
  Process& process = processes_[static_cast<std::size_t>(event.node)];
  const NetworkPlan& network = plan_->network;
  process.state = Process::State::applying;
  // Before what waits already: it may be handed over anew, after a pause in the middle of this.
  process.held.insert(process.held.begin(), event);
  Event done;
  done.kind = Event::Kind::command;
  done.node = event.node;
  done.a = static_cast<std::uint32_t>(Command::apply);
  done.due = now() + Duration{fate_->between(Question::timer, event.node, network.apply_low.count(),
                                             network.apply_high.count())};
  calendar_.schedule(done);
}

// First the metadata, which began the wait, then what waited.
void Cluster::apply_now(NodeId node) {
  Process& process = processes_[static_cast<std::size_t>(node)];
  process.state = Process::State::running;
  const Event metadata = process.held.front();
  process.held.erase(process.held.begin());
  const Unstopped unstopped(stops_at_notes_);
  take(node, network_[metadata.a], metadata.message, metadata.c);
  catch_up(process);
}

void Cluster::catch_up(Process& process) {
  const Unstopped unstopped(stops_at_notes_);
  const auto node = static_cast<NodeId>(&process - processes_.data());
  execute_orphans();
  for (ConnectionIndex i = 0; i < network_.size(); ++i) {
    if (network_[i].server == node) ready_.push_back(i);
  }
  run_ready_connections();
  // Handlers may pause or crash the process again; then the rest is held, or gone.
  for (std::size_t i = 0; i < process.held.size(); ++i) {
    if (process.state != Process::State::running) break;
    const Event event = process.held[i];
    process.held[i].kind = Event::Kind::alarm;  // taken
    hand_over(event);
    run_ready_connections();
  }
  std::erase_if(process.held, [](const Event& event) { return event.kind == Event::Kind::alarm; });
}

void Cluster::set_slowness(NodeId node, std::int64_t factor) {
  processes_[static_cast<std::size_t>(node)].slowness = factor;
  anybody_slow_ = disturbed_ = latency_varies_ = true;
}

void Cluster::set_alarm(std::uint32_t alarm, Instant at) {
  Event event;
  event.kind = Event::Kind::alarm;
  event.a = alarm;
  event.due = std::max(at, now());
  calendar_.schedule(event);
}

}  // namespace kafault
