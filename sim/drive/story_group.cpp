// The group that reads a record: deliveries, commits and rebalances.
#include "sim/drive/story_teller.hpp"
#include "sim/scenario/values.hpp"

namespace kafault {

void StoryTeller::see_group(const Observation& o) {
  if (o.kind == ObservationKind::RecordForwarded) return forwarded(o);
  if (!concerns_group(o)) return;
  switch (o.kind) {
    case ObservationKind::RecordDelivered:
      return delivered(o);
    case ObservationKind::RecordProcessed:
      return processed(o);
    case ObservationKind::HandlerThrew:
      return threw(o);
    case ObservationKind::EffectApplied:
      return effect_applied(o);
    case ObservationKind::EffectRefused:
    case ObservationKind::SinkAsked:
    case ObservationKind::IdStored:
    case ObservationKind::EffectRead:
      return told_by_sink(o);
    case ObservationKind::OffsetCommitted:
      return committed(o);
    case ObservationKind::PartitionAssigned:
      return assigned(o);
    case ObservationKind::PartitionRevoked:
    case ObservationKind::PartitionLost:
      return taken_away(o);
    case ObservationKind::OffsetReset:
      if (o.partition != partition_) return;
      evidence_.reset |= polled_ || (offset_ != no_offset && o.offset > offset_);
      say(o.node,
          "finds no committed offset that holds for " + partition_name() + ": begins at " +
              std::to_string(o.offset) + " (auto.offset.reset)",
          evidence_.reset ? Weight::must : Weight::may);
      return;
    default:
      return membership(o);
  }
}

void StoryTeller::delivered(const Observation& o) {
  if (is_about_it(o)) {
    const bool again = polled_;
    polled_ = true;
    holder_ = o.node;
    owner_has_begun_ = true;
    holder_threw_ = false;
    say(o.node, again ? "polls it again" : "polls it");
    return;
  }
  // Where a new owner begins says whether it will ever see the record.
  if (o.partition != partition_ || o.node != owner_ || owner_has_begun_) return;
  owner_has_begun_ = true;
  if (offset_ == no_offset) return;
  const bool passes_it = o.offset > offset_ && times_handled_ == 0;
  say(o.node,
      "begins at offset " + std::to_string(o.offset) + (passes_it ? ", and will never see it" : ""),
      passes_it ? Weight::own
      : polled_ ? Weight::should
                : Weight::may);
}

void StoryTeller::processed(const Observation& o) {
  if (!is_about_it(o)) return;
  ++times_handled_;
  evidence_.handled = true;
  say(o.node, times_handled_ == 1 ? "has handled it" : "has handled it once more");
}

void StoryTeller::threw(const Observation& o) {
  if (is_about_it(o)) {
    evidence_.threw = true;
    holder_threw_ = true;
    say(o.node, "its handler throws");
    return;
  }
  if (!polled_ || o.partition != partition_ || covered_) return;
  evidence_.other_threw = true;
  holder_threw_ = o.node == holder_;
  const std::int64_t other = lives_.record_of(o.producer, o.partition, o.first);
  say(o.node, "the handler of record " + std::to_string(other) + " throws", Weight::must);
}

void StoryTeller::forwarded(const Observation& o) {
  if (!tells_of_group_ || !is_about_it(o)) return;
  ++evidence_.published;
  say(o.node,
      std::string("publishes it") + (evidence_.published > 1 ? " again" : "") + " to " +
          plan_.layout.name_of(o.partition),
      Weight::own);
}

// What its sink says to it, but for its effect.
void StoryTeller::told_by_sink(const Observation& o) {
  if (!is_about_it(o) || flow_.sink < 0 || o.value != flow_.sink) return;
  const bool matters = evidence_.stage == Stage::effect || !evidence_.sink_is_plain();
  const Weight weight = matters ? Weight::must : Weight::may;
  switch (o.kind) {
    case ObservationKind::SinkAsked:
      evidence_.asked_in_vain += o.epoch == 0;
      say(o.node,
          o.epoch == 1 ? "finds its id in the sink, and writes nothing"
          : evidence_.sink_plan()->kind == SinkKind::read_then_write
              ? "reads the sum that it will add to"
              : "asks the sink for its id: it is not there",
          weight);
      return;
    case ObservationKind::IdStored:
      if (o.epoch == 0) say(o.node, "has stored its id beside its effect", weight);
      if (o.epoch == 1 && evidence_.sink_plan()->kind == SinkKind::inbox_before) {
        say(o.node, "finds its id in the inbox, and writes nothing", weight);
      }
      return;
    case ObservationKind::EffectRefused:
      evidence_.effect_refused = true;
      if (evidence_.sink_asks()) return;  // it was found, which has been said
      say(o.node, "the sink refuses it: it has had it, or takes it for another", weight);
      return;
    default:  // EffectRead
      evidence_.effect_gone |= o.epoch == 0;
      say(no_node,
          o.epoch == 0 ? "in the end the sink does not show it"
                       : "in the end the sink shows it, or what came after it",
          o.epoch == 0 ? Weight::own : weight)
          .who = "sink";
  }
}

// Whether it is an older state of the record's row, in a sink that has rows.
bool StoryTeller::is_set_back_by(const Observation& o) const {
  const SinkPlan* sink = evidence_.sink_plan();
  if (sink == nullptr || !has_rows(sink->kind) || o.value != flow_.sink) return false;
  const RecordName other = lives_.name_of(o.producer, o.partition, o.first);
  const std::int64_t keys = plan_.producers[static_cast<std::size_t>(name_.producer)].sends.keys;
  return keys > 0 && other.producer == name_.producer && other.record >= 0 &&
         other.record < name_.record && (name_.record - other.record) % keys == 0;
}

void StoryTeller::effect_applied(const Observation& o) {
  if (evidence_.effects > 0 && is_set_back_by(o)) {
    const std::int64_t other = lives_.record_of(o.producer, o.partition, o.first);
    evidence_.set_back_by_other |= o.node != holder_;
    evidence_.key_moved |= o.partition != evidence_.partition;
    say(o.node, "writes the older state of record " + std::to_string(other) + " over it");
  }
  if (!is_about_it(o) || flow_.sink < 0 || o.value != flow_.sink) return;
  ++evidence_.effects;
  say(o.node, "its effect is in the sink",
      evidence_.stage == Stage::effect ? Weight::own : Weight::may);
}

void StoryTeller::committed(const Observation& o) {
  if (o.partition != partition_) return;
  const Offset before = committed_;
  committed_ = o.offset;
  if (offset_ == no_offset) return;
  const std::string group = plan_.groups[static_cast<std::size_t>(o.group)].name;
  const bool covers = before <= offset_ && o.offset > offset_;
  if (!covers) {
    say(o.node, group + " has committed offset " + std::to_string(o.offset), Weight::may);
    return;
  }
  covered_ = true;
  const bool too_early = times_handled_ == 0;
  evidence_.committed_before_handling |= too_early;
  say(o.node,
      group + " has committed offset " + std::to_string(o.offset) + ", past it" +
          (too_early ? ", which nobody has handled" : ""),
      too_early || evidence_.kind == StoryKind::ordinary ? Weight::own : Weight::should);
}

void StoryTeller::assigned(const Observation& o) {
  if (o.partition != partition_) return;
  const bool other = holder_ != no_node && o.node != holder_;
  evidence_.moved |= polled_ && !covered_;
  if (other && !gave_it_back_) name_the_departed(holder_);
  gave_it_back_ = false;
  owner_ = o.node;
  owner_has_begun_ = false;
  const Weight weight = other ? Weight::must : polled_ ? Weight::should : Weight::may;
  say(o.node, "gets " + partition_name(), weight);
}

void StoryTeller::taken_away(const Observation& o) {
  if (o.partition != partition_ || !polled_) return;
  if (o.kind == ObservationKind::PartitionLost) {
    if (o.node == holder_) name_the_departed(holder_);
    say(o.node, "has lost " + partition_name() + ", without a chance to commit", Weight::must);
  } else {
    gave_it_back_ |= o.node == holder_;
    say(o.node, "gives " + partition_name() + " back", Weight::should);
  }
}

void StoryTeller::holder_ended(NodeId node) {
  if (node == holder_ && !covered_) evidence_.member_died = true;
}

// The coordinator's notes name members by an id. Whose partition went to another member without
// having been given back was the one.
void StoryTeller::name_the_departed(NodeId node) {
  if (!departure_) return;
  StoryLine& line = lines_[*departure_];
  if (departure_was_its_own_) {
    line.who = name(node);
    line.node = node;
    line.what.erase(0, line.what.find("leaves"));
    evidence_.evicted_for_polling |=
        !covered_ && !evidence_.member_died && !evidence_.closed_after_throwing;
  } else {
    const std::string nobody = "a member";
    line.what.replace(line.what.find(nobody), nobody.size(), name(node));
    evidence_.evicted |= !covered_;
  }
  line.weight = Weight::must;
  departure_.reset();
}

void StoryTeller::membership(const Observation& o) {
  const GroupPlan& group = plan_.groups[static_cast<std::size_t>(o.group)];
  const bool now_matters = offset_ != no_offset;
  switch (o.kind) {
    case ObservationKind::MemberEvicted:
      say(o.node,
          std::string("evicts a member: ") +
              (o.count == 1 ? "it did not rejoin in time"
                            : "nothing was heard of it for session.timeout.ms"),
          now_matters ? Weight::should : Weight::may);
      departure_ = lines_.size() - 1;
      departure_was_its_own_ = false;
      return;
    case ObservationKind::MemberReplaced:
      evidence_.replaced |= polled_ && !covered_;
      say(o.node, "gives a static member's place to its new process: no rebalance",
          now_matters ? Weight::should : Weight::may);
      return;
    case ObservationKind::MemberLeft:
      // Before its orderly end a member gives its partitions back; a member whose heartbeat thread
      // sees that it does not poll leaves without.
      say(gave_it_back_ ? holder_ : o.node,
          gave_it_back_ ? "leaves " + group.name : "hears that a member leaves " + group.name,
          now_matters ? Weight::should : Weight::may);
      if (!gave_it_back_) departure_ = lines_.size() - 1;
      departure_was_its_own_ = true;
      return;
    case ObservationKind::ApplicationClosed:
      if (o.node == holder_) {
        evidence_.closed_after_throwing |= holder_threw_;
        holder_ended(o.node);
      }
      say(o.node, "closes its consumer", weight_of_end(o.node));
      return;
    case ObservationKind::CommitRejected:
    case ObservationKind::CommitFailed: {
      const bool after_polling = polled_ && !covered_;
      evidence_.commit_refused |= after_polling;
      const bool by_broker = o.kind == ObservationKind::CommitRejected;
      say(o.node,
          (by_broker ? "refuses a commit of " + group.name + ": "
                     : std::string("its commit fails: ")) +
              std::string(name_of(o.error)),
          after_polling && !by_broker ? Weight::must : Weight::should);
      return;
    }
    case ObservationKind::RebalanceCompleted:
      say(o.node,
          "generation " + std::to_string(o.epoch) + " of " + group.name + " has " +
              std::to_string(o.count) + (o.count == 1 ? " member" : " members"),
          polled_ ? Weight::should : Weight::may);
      return;
    case ObservationKind::RebalanceStarted:
      say(o.node, group.name + " rebalances", Weight::may);
      return;
    default:
      return;
  }
}

}  // namespace kafault
