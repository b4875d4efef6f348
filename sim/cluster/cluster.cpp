#include "sim/cluster/cluster.hpp"

#include <algorithm>

#include "sim/cluster/dispatch.hpp"
#include "sim/cluster/rarely.hpp"
#include "sim/kernel/contract.hpp"

namespace kafault {

namespace {
constexpr std::size_t smallest_stride = 16;

// Some consumer looks for offsets by their age.
bool asks_by_time(const ClusterPlan& plan) {
  return std::any_of(plan.groups.begin(), plan.groups.end(), [](const GroupPlan& group) {
    return std::any_of(group.members.begin(), group.members.end(), [](const MemberPlan& member) {
      return member.config.auto_offset_reset.to == OffsetReset::by_duration;
    });
  });
}

// What the plan's producers put into their records, if anybody looks.
RecordContents contents_of(const ClusterPlan& plan) {
  if (!plan.disk.reads_contents) return {};
  std::vector<ContentRules> rules;
  for (const ProducerPlan& producer : plan.producers) {
    const Workload& sends = producer.sends;
    rules.push_back(
        {sends.keys, sends.tombstones_from, sends.tombstones_to, sends.timestamp_shift});
  }
  return {std::move(rules), static_cast<std::size_t>(plan.producers_and_outlets()),
          plan.layout.partitions.size()};
}

}  // namespace

Cluster::Cluster(const ClusterPlan& plan)
    : plan_(&plan),
      contents_(contents_of(plan)),
      outbox_(store_, journal_, &sinks_.stored(), plan.disk.reads_contents ? &contents_ : nullptr),
      controller_(&plan.brokers, &plan.topics, &plan.layout, &plan.version, &plan.config_changes),
      timer_stride_(std::max(smallest_stride, static_cast<std::size_t>(plan.layout.brokers) + 8)) {
  const auto add = [&](ProcessKind kind, std::int32_t index) {
    Process process;
    process.kind = kind;
    process.index = index;
    process.timers.resize(timer_rooms * timer_stride_);
    processes_.push_back(std::move(process));
  };
  add(ProcessKind::controller, 0);
  for (NodeId id = 1; id <= plan.layout.brokers; ++id) {
    add(ProcessKind::broker, id - 1);
    brokers_.emplace_back(id, plan);
    if (plan.disk.deletes_segments) brokers_.back().broker.enforce_retention();
    if (asks_by_time(plan)) brokers_.back().broker.keep_times();
    if (plan.disk.reads_contents) brokers_.back().broker.read_contents(plan.disk.compacts);
    if (!plan.disk.may_lose_power) continue;
    brokers_.back().broker.keep_times(
        {.period = plan.disk.dirty_writeback, .expire = plan.disk.dirty_expire});
  }
  for (ProducerIndex p = 0; p < static_cast<ProducerIndex>(plan.producers.size()); ++p) {
    const ProducerPlan& producer = plan.producers[static_cast<std::size_t>(p)];
    producers_.emplace_back(p, &producer.config, &producer.sends, &plan.layout, &producer.version);
    add(ProcessKind::producer, p);
  }
  for (GroupIndex g = 0; g < static_cast<GroupIndex>(plan.groups.size()); ++g) {
    const GroupPlan& group = plan.groups[static_cast<std::size_t>(g)];
    ProducerIndex outlet = plan.outlet_of(g, 0);
    for (const MemberPlan& member : group.members) {
      const auto index = static_cast<std::int32_t>(members_.size());
      members_.emplace_back(nodes(), g, &member.config, &group.application,
                            static_cast<std::int32_t>(group.sinks.size()), &group.topics,
                            &plan.layout, &group.version, &group.outlet, outlet++);
      add(ProcessKind::member, index);
    }
  }
  for (const GroupPlan& group : plan.groups) {
    sinks_.add_group(group.sinks, group.sinks_together);
  }
  std::vector<RecordSource> sources;
  for (const ProducerPlan& producer : plan.producers) {
    sources.push_back({producer.sends.records, producer.sends.keys});
  }
  sinks_.resize(sources, static_cast<std::size_t>(plan.producers_and_outlets()),
                plan.layout.partitions.size());
  KAFAULT_REQUIRE(nodes() == plan.nodes());
}

Cluster::Cluster(const Cluster& other)
    : plan_(other.plan_),
      outbox_(store_, journal_, &sinks_.stored(),
              other.plan_->disk.reads_contents ? &contents_ : nullptr),
      controller_(other.controller_) {
  *this = other;
}

Cluster& Cluster::operator=(const Cluster& other) {
  if (this == &other) return *this;
  KAFAULT_REQUIRE(other.outbox_.effects().empty());  // a fork happens between events
  KAFAULT_REQUIRE(other.noted_.empty());
  plan_ = other.plan_;
  calendar_ = other.calendar_;
  network_ = other.network_;
  store_ = other.store_;
  journal_ = other.journal_;
  if (plan_->disk.reads_contents) contents_ = other.contents_;
  sinks_ = other.sinks_;
  processes_ = other.processes_;
  brokers_ = other.brokers_;
  producers_ = other.producers_;
  members_ = other.members_;
  controller_ = other.controller_;
  orphans_ = other.orphans_;
  ready_ = other.ready_;
  watched_ = other.watched_;
  outbox_.keep_order(other.outbox_.keeps_order());
  outbox_.let_sends_take_time(other.outbox_.sends_take_time());
  watched_steps_ = other.watched_steps_;
  anybody_slow_ = other.anybody_slow_;
  disturbed_ = other.disturbed_;
  latency_varies_ = other.latency_varies_;
  latency_ = other.latency_;
  stops_at_notes_ = other.stops_at_notes_;
  interrupted_ = other.interrupted_;
  last_actor_ = other.last_actor_;
  sent_kinds_ = other.sent_kinds_;
  next_stroke_ = other.next_stroke_;
  controllers_down_ = other.controllers_down_;
  controller_due_ = other.controller_due_;
  operator_requests_ = other.operator_requests_;
  offset_resets_ = other.offset_resets_;
  timer_stride_ = other.timer_stride_;
  events_ = other.events_;
  settling_ = other.settling_;
  outbox_.clear();
  forget_notes();
  return *this;
}

void Cluster::reset() {
  calendar_.clear();
  network_.reset(nodes());
  if (plan_->has_controller_on_broker()) network_.move(controller_node, 1);
  store_.reset();
  journal_.clear();
  contents_.reset();
  sinks_.reset();
  outbox_.clear();
  forget_notes();
  orphans_.clear();
  ready_.clear();
  watched_.fill(0);
  outbox_.keep_order(false);
  outbox_.let_sends_take_time(plan_->network.loss_ppm > 0);
  watched_steps_ = no_node;
  anybody_slow_ = stops_at_notes_ = false;
  disturbed_ = plan_->network.loss_ppm > 0 || plan_->request.takes_time();
  latency_ = plan_->network.latency_low;
  latency_varies_ = plan_->network.latency_high > latency_;
  interrupted_ = last_actor_ = no_node;
  sent_kinds_ = 0;
  next_stroke_ = {};
  controllers_down_ = 0;
  controller_due_ = never;
  operator_requests_.clear();
  offset_resets_.clear();
  events_ = 0;
  for (Process& process : processes_) {
    process.state = Process::State::down;
    process.done = process.starts = process.stops = process.starts_again = false;
    process.has_power = true;
    process.incarnation = 0;
    process.slowness = 1;
    process.write_takes = {};
    process.disk_free_at = {};
    process.steps = 0;
    std::fill(process.timers.begin(), process.timers.end(), Timer{});
    process.held.clear();
    process.in_hand.clear();
    process.held_effects.clear();
    process.held_notes.clear();
    process.held_locals.clear();
  }
  for (BrokerProcess& broker : brokers_) broker.reset();
  for (Producer& producer : producers_) producer.reset();
  for (Member& member : members_) member.reset();
  controller_.reset();

  settling_ = true;
  processes_[controller_node].state = Process::State::running;
  controller_.start_settled(now(), outbox_);
  carry_out(controller_node);
  for (NodeId id = 1; id <= plan_->layout.brokers; ++id) {
    processes_[static_cast<std::size_t>(id)].state = Process::State::running;
  }
  const ClusterLayout& layout = plan_->layout;
  const NodeId offsets_leader =
      layout.partitions[static_cast<std::size_t>(layout.offsets_partition)].replicas.front();
  for (NodeId id = 1; id <= layout.brokers; ++id) {
    const BrokerConfig& config = plan_->brokers[static_cast<std::size_t>(id) - 1];
    for (const Lane lane : {Lane::heartbeat, Lane::alter_partition, Lane::metadata}) {
      network_[network_.find_or_add(id, controller_node, lane)].state = Connection::State::open;
    }
    const Duration phase{
        fate_->between(Question::timer, id, 0, config.broker_heartbeat_interval.count() - 1)};
    brokers_[static_cast<std::size_t>(id) - 1].start_settled(offsets_leader, phase, now(), outbox_);
    carry_out(id);
  }
  settling_ = false;
  tell_notes();

  for (ProducerIndex p = 0; p < static_cast<ProducerIndex>(plan_->producers.size()); ++p) {
    start(plan_->node_of_producer(p));
  }
  for (GroupIndex g = 0; g < static_cast<GroupIndex>(plan_->groups.size()); ++g) {
    const GroupPlan& group = plan_->groups[static_cast<std::size_t>(g)];
    for (std::size_t m = 0; m < group.members.size(); ++m) {
      if (group.members[m].joins_by_fault) continue;
      Event event;
      event.kind = Event::Kind::command;
      event.node = plan_->node_of_member(g, static_cast<std::int32_t>(m));
      event.a = static_cast<std::uint32_t>(Command::start);
      event.due = now() + group.members[m].start;
      calendar_.schedule(event);
    }
  }
}

void Cluster::note(NodeId node, Observation observation) {
  KAFAULT_REQUIRE(outbox_.keeps_order() || outbox_.notes().size() == noted_end_);
  observation.node = node;
  tell_notes();
  onlooker_->see(observation, now());
}

}  // namespace kafault
