#include "sim/drive/story_teller.hpp"

#include <algorithm>

#include "sim/drive/campaign.hpp"
#include "sim/drive/fault_words.hpp"

namespace kafault {
namespace {

bool is_about_groups(ObservationKind kind) {
  return (kind >= ObservationKind::MemberJoined && kind <= ObservationKind::ApplicationClosed) ||
         kind == ObservationKind::MemberReplaced || kind == ObservationKind::EffectRefused ||
         kind == ObservationKind::RecordForwarded || kind == ObservationKind::SinkAsked ||
         kind == ObservationKind::IdStored || kind == ObservationKind::EffectRead;
}
bool is_about_the_world(ObservationKind kind) {
  return kind >= ObservationKind::FaultStruck && kind <= ObservationKind::ProcessExited;
}

}  // namespace

StoryTeller::StoryTeller(const StorySource& source, const Lives& lives, const Flow& flow,
                         StoryKind kind, Stage stage, RecordName name)
    : source_(source),
      plan_(source.plan),
      lives_(lives),
      flow_(flow),
      name_(name),
      life_(lives.of(name)),
      producer_node_(plan_.node_of_producer(name.producer)),
      partition_(life_.sends.front().partition),
      tells_of_group_(flow.group >= 0 && (stage != Stage::log || kind == StoryKind::ordinary)),
      log_is_the_matter_(stage == Stage::log || kind == StoryKind::ghost) {
  evidence_.plan = &plan_;
  evidence_.kind = kind;
  evidence_.stage = stage;
  evidence_.producer = name.producer;
  evidence_.partition = partition_;
  evidence_.group = flow.group;
  evidence_.sink = flow.sink;
  const PartitionLayout& layout = plan_.layout.partitions[static_cast<std::size_t>(partition_)];
  leader_ = layout.replicas.empty() ? no_node : layout.replicas.front();
  leader_for_producer_ = leader_;
  for (const NodeId replica : layout.replicas) isr_ |= std::int64_t{1} << replica;
}

void StoryTeller::tell() {
  for (const Trace::Entry& entry : source_.trace.entries()) {
    now_ = entry.at;
    see(entry.what);
  }
  tell_of_the_others();
}

void StoryTeller::see(const Observation& o) {
  if (is_about_the_world(o.kind)) return see_world(o);
  if (is_about_groups(o.kind)) return see_group(o);
  see_log(o);
}

// ---- faults and processes ----------------------------------------------------------------------

void StoryTeller::see_world(const Observation& o) {
  switch (o.kind) {
    case ObservationKind::FaultStruck:
      return struck(o);
    case ObservationKind::FaultEnded:
      return;  // what starts or goes on says so itself
    default:
      return process_changed(o);
  }
}

void StoryTeller::struck(const Observation& o) {
  const FaultPlan& fault = source_.faults[static_cast<std::size_t>(o.value)];
  // Leaders change: whom a fault means now.
  const bool means_our_leader =
      fault.target.kind == Target::Kind::leader && fault.target.index == partition_;
  const std::string whom = means_our_leader && leader_ != no_node ? name(leader_) : "";
  StoryLine& line = say(no_node, words_for(fault, plan_, whom), Weight::must);
  line.who = "FAULT";
  const bool takes_its_effect = fault.action == Action::sink_failover &&
                                fault.target.index == flow_.group && evidence_.effects > 0 &&
                                evidence_.stage == Stage::effect;
  if (takes_its_effect) {
    line.weight = Weight::own;
    line.node = holder_;
  }
  strike_line_ = lines_.size() - 1;
  strike_fault_ = o.value;
}

void StoryTeller::process_changed(const Observation& o) {
  if (o.kind == ObservationKind::ProcessCrashed || o.kind == ObservationKind::ProcessExited) {
    holder_ended(o.node);
    if (o.node == producer_node_ && sent_) evidence_.producer_restarted = true;
  }
  // The fault's own line names whom it meant.
  const bool is_strike =
      strike_line_ && lines_[*strike_line_].at == now_ &&
      (o.kind == ObservationKind::ProcessCrashed || o.kind == ObservationKind::ProcessPaused);
  if (is_strike) {
    const FaultPlan& fault = source_.faults[static_cast<std::size_t>(strike_fault_)];
    if (!fault.others.empty()) return;  // it names all of them
    StoryLine& line = lines_[*strike_line_];
    line.what = words_for(fault, plan_, name(o.node));
    line.node = o.node;
    line.weight = weight_of_end(o.node);
    strike_line_.reset();
    return;
  }
  if (!plays_a_part(o.node)) return;
  switch (o.kind) {
    case ObservationKind::ProcessCrashed:
      say(o.node, "crashes", weight_of_end(o.node));
      return;
    case ObservationKind::ProcessPaused:
      say(o.node, "stops", Weight::must);
      return;
    case ObservationKind::ProcessResumed:
      say(o.node, "goes on where it was", Weight::should);
      return;
    case ObservationKind::ProcessExited:
      say(o.node, "ends", Weight::should);
      return;
    case ObservationKind::ProcessStarted:
      if (started_.insert(o.node).second) {
        say(o.node, "starts", Weight::may);
      } else {
        say(o.node, "is back", Weight::should);
      }
      return;
    default:
      return;
  }
}

// ---- small questions ---------------------------------------------------------------------------

std::optional<SendNumber> StoryTeller::number_in(const Observation& o) const {
  if (o.producer != name_.producer) return std::nullopt;
  for (const Life::Send& send : life_.sends) {
    if (send.partition != o.partition) continue;
    if (send.number >= o.first && send.number - o.first < o.count) return send.number;
  }
  return std::nullopt;
}

bool StoryTeller::is_about_it(const Observation& o) const {
  if (number_in(o)) return true;
  if (o.producer < static_cast<ProducerIndex>(plan_.producers.size())) return false;
  for (std::uint32_t i = 0; i < o.count; ++i) {
    if (lives_.name_of(o.producer, o.partition, o.first + i) == name_) return true;
  }
  return false;
}

bool StoryTeller::concerns(PartitionId partition) const {
  return std::any_of(life_.sends.begin(), life_.sends.end(),
                     [&](const Life::Send& send) { return send.partition == partition; });
}

bool StoryTeller::concerns_group(const Observation& o) const {
  return o.group >= 0 && o.group == flow_.group &&
         (tells_of_group_ || evidence_.kind == StoryKind::ghost);
}

bool StoryTeller::plays_a_part(NodeId node) const {
  if (node == producer_node_ || node == controller_node) return true;
  const auto holds = [&](PartitionId partition) {
    if (partition < 0) return false;
    if (plan_.replicas_move && node <= plan_.layout.brokers) return true;
    const auto& replicas = plan_.layout.partitions[static_cast<std::size_t>(partition)].replicas;
    return std::find(replicas.begin(), replicas.end(), node) != replicas.end();
  };
  if (holds(partition_)) return true;
  if (!tells_of_group_) return false;
  const NodeId first = plan_.node_of_member(flow_.group, 0);
  const auto members = plan_.groups[static_cast<std::size_t>(flow_.group)].members.size();
  if (node >= first && node < first + static_cast<NodeId>(members)) return true;
  return holds(plan_.layout.offsets_partition);
}

std::string StoryTeller::name(NodeId node) const { return name_of_node(node, plan_); }
std::string StoryTeller::partition_name() const { return plan_.layout.name_of(partition_); }

StoryLine& StoryTeller::say(NodeId node, std::string what, Weight weight) {
  StoryLine line;
  line.at = now_;
  line.who = node == no_node ? "log" : name(node);
  line.what = std::move(what);
  line.weight = weight;
  line.node = node;
  lines_.push_back(std::move(line));
  return lines_.back();
}

}  // namespace kafault
