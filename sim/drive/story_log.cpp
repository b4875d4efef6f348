// The producer, the log and its leaders, as a record lives through them.
#include <algorithm>

#include "sim/drive/story_teller.hpp"
#include "sim/protocol/topic_life.hpp"
#include "sim/scenario/values.hpp"

namespace kafault {
namespace {

std::string at_offset(Offset offset) { return "offset " + std::to_string(offset); }

std::string list_of_brokers(std::int64_t bits, NodeId without) {
  std::vector<std::string> names;
  for (NodeId broker = 1; broker <= BrokerSet::max_broker; ++broker) {
    if (((bits >> broker) & 1) != 0 && broker != without) names.push_back(std::to_string(broker));
  }
  if (names.empty()) return "";
  std::string text = (names.size() > 1 ? "brokers " : "broker ") + names.front();
  for (std::size_t i = 1; i < names.size(); ++i) {
    text += (i + 1 == names.size() ? " and " : ", ") + names[i];
  }
  return text;
}

}  // namespace

void StoryTeller::see_log(const Observation& o) {
  switch (o.kind) {
    case ObservationKind::RecordSent:
      return sent(o);
    case ObservationKind::RecordAcked:
      return acked(o);
    case ObservationKind::BatchAppended:
      return appended(o);
    case ObservationKind::BatchReplicated:
      return replicated(o);
    case ObservationKind::LogTruncated:
    case ObservationKind::ReplicaDeleted:
      return truncated(o);
    case ObservationKind::LogTailLost:
      return tail_lost(o);
    case ObservationKind::LogStartAdvanced:
      if (o.partition != partition_ || !sent_) return;
      say(o.node,
          "deletes what lies below " + at_offset(o.offset) +
              (offset_ != no_offset && offset_ < o.offset ? ", this record among it" : ""),
          Weight::should);
      return;
    case ObservationKind::TopicDeleted:
      if (o.partition == partition_) committed_ = no_offset;
      if (o.partition == partition_ && sent_) {
        say(o.node, "deletes the topic of " + partition_name() + ", with all that is in it",
            Weight::should);
      }
      return;
    case ObservationKind::RecordsCompacted:
      if (!number_in(o)) return;
      say(o.node,
          o.value == 1 ? "removes it in compaction: a tombstone whose time is over"
                       : "removes it in compaction: a later record has its key",
          Weight::should);
      return;
    case ObservationKind::LeaderElected:
      return leader_elected(o);
    case ObservationKind::LeadershipTaken:
      return leadership_taken(o);
    case ObservationKind::HighWatermarkAdvanced:
      return high_watermark_advanced(o);
    case ObservationKind::IsrChanged:
      if (o.partition != partition_) return;
      isr_ = o.value;
      if (sent_) {
        say(o.node, "the ISR of " + partition_name() + " is now " + list_of_brokers(o.value, 0),
            Weight::may);
      }
      return;
    case ObservationKind::LogRead:
      return read_final_log(o);
    default:
      return trouble_of_the_producer(o);
  }
}

void StoryTeller::sent(const Observation& o) {
  const auto number = number_in(o);
  if (!number) return;
  sent_ = true;
  decided_ = false;
  ++sends_;
  const NodeId to = o.partition == partition_ ? leader_for_producer_ : no_node;
  std::string what = "sends it";
  if (sends_ > 1) {
    evidence_.sent_again = true;
    what += " again (a new send(), not a retry)";
  }
  if (to != no_node && sends_ == 1) {
    what += " to " + name(to) +
            (to == leader_ ? ", leader of " : ", which it still takes for the leader of ") +
            partition_name() + " in epoch " + std::to_string(epoch_in_life(epoch_for_producer_));
  }
  const Acks acks = plan_.producers[static_cast<std::size_t>(name_.producer)].config.acks;
  if (sends_ == 1) what += " (acks=" + std::string(spell(acks)) + ")";
  StoryLine& line = say(o.node, what);
  line.to = to;
  line.arrow = sends_ > 1 ? "send again" : "send";
}

void StoryTeller::acked(const Observation& o) {
  if (!number_in(o)) {
    // Others of its kind, for "28 more like it".
    if (!sent_ || others_at_ != never || o.producer != name_.producer) return;
    for (std::uint32_t i = 0; i < o.count; ++i) {
      const std::int64_t other = lives_.record_of(o.producer, o.partition, o.first + i);
      if (other < 0 || other == name_.record) continue;
      if (lives_.befell(flow_, evidence_.kind, lives_.of({o.producer, other}))) others_at_ = now_;
    }
    return;
  }
  decided_ = true;
  const bool is_relay =
      plan_.producers[static_cast<std::size_t>(name_.producer)].sends.outbox.exists;
  if (is_relay && o.offset == no_offset) {  // what is noted as its send is none
    lines_.pop_back();
    say(o.node, "its transaction commits; the relay has read higher ids by then");
    return;
  }
  say(o.node,
      o.offset == no_offset ? "done: handed to the socket, counts as acked" : "done: acked");
}

void StoryTeller::appended(const Observation& o) {
  if (!concerns(o.partition)) return;
  const auto end = o.offset + static_cast<Offset>(o.count);
  if (o.partition == partition_) log_end_[o.node] = end;
  const auto number = number_in(o);
  if (!number) {
    const bool took_its_place = offset_ != no_offset && o.offset <= offset_ && offset_ < end &&
                                o.partition == partition_ && !place_taken_told_;
    if (!took_its_place) return;
    place_taken_told_ = true;
    const std::int64_t other = lives_.record_of(
        o.producer, o.partition, o.first + static_cast<SendNumber>(offset_ - o.offset));
    say(o.node, (other < 0 ? "another record" : "record " + std::to_string(other)) + " takes " +
                    at_offset(offset_));
    return;
  }

  std::vector<Offset>& offsets = offsets_at(o.node);
  const bool had_it = !offsets.empty();
  offset_ = offset_in(o, *number);
  offsets.push_back(offset_);
  evidence_.ever_appended = true;
  evidence_.leader_was_deposed |= o.epoch < epoch_;
  std::string what = "appends it ";
  if (had_it) what += "once more, ";
  what += "at " + at_offset(offset_);
  const ProducerConfig& config = plan_.producers[static_cast<std::size_t>(name_.producer)].config;
  const bool alone = where_.size() == 1 && !had_it;
  if (config.acks == Acks::leader) {
    what += " and acknowledges";
    if (alone) what += ": the only copy";
  } else if (config.acks == Acks::none && alone) {
    what += ": the only copy";
  }
  if (o.epoch < epoch_)
    what += "; it does not know that epoch " + std::to_string(epoch_in_life(epoch_)) + " has begun";
  StoryLine& line = say(o.node, what);
  if (config.acks == Acks::leader) {
    line.to = producer_node_;
    line.arrow = "ack";
  }
}

void StoryTeller::replicated(const Observation& o) {
  if (!concerns(o.partition)) return;
  if (o.partition == partition_) log_end_[o.node] = o.offset + static_cast<Offset>(o.count);
  const auto number = number_in(o);
  if (!number) return;
  std::vector<Offset>& offsets = offsets_at(o.node);
  const bool had_it = !offsets.empty();
  offsets.push_back(offset_in(o, *number));
  say(o.node, had_it ? "copies it once more" : "copies it",
      log_is_the_matter_ ? Weight::should : Weight::may);
}

void StoryTeller::truncated(const Observation& o) {
  if (o.partition != partition_) return;
  log_end_[o.node] = o.offset;
  std::vector<Offset>& offsets = offsets_at(o.node);
  const auto kept = std::remove_if(offsets.begin(), offsets.end(),
                                   [&](Offset offset) { return offset >= o.offset; });
  const bool is_deleted = o.kind == ObservationKind::ReplicaDeleted;
  if (committed_ != no_offset && o.offset < committed_ && !is_deleted) {
    evidence_.committed_past_end = true;
  }
  const std::int64_t gone = o.value - o.offset;
  const std::string records = std::to_string(gone) + (gone == 1 ? " record" : " records");
  if (kept == offsets.end()) {
    if (sent_ && !is_deleted)
      say(o.node, "cuts its log back to " + at_offset(o.offset) + ": " + records, Weight::may);
    return;
  }
  offsets.erase(kept, offsets.end());
  evidence_.truncated = true;
  const std::string why = o.epoch == no_epoch ? "is no replica any more, and deletes what it has: "
                                              : "deletes what it has of a topic that is no more: ";
  const std::string what =
      is_deleted ? why : "cuts its log back to " + at_offset(o.offset) + " to fit its leader's: ";
  say(o.node, what + records + (gone == 1 ? ", this one" : ", it among them"));
}

// With the page cache of a machine that lost power, or with its disk.
void StoryTeller::tail_lost(const Observation& o) {
  if (o.partition != partition_) return;
  log_end_[o.node] = o.offset;
  std::vector<Offset>& offsets = offsets_at(o.node);
  const auto kept = std::remove_if(offsets.begin(), offsets.end(),
                                   [&](Offset offset) { return offset >= o.offset; });
  const bool had_it = kept != offsets.end();
  if (!sent_ || !had_it) return;
  offsets.erase(kept, offsets.end());
  evidence_.truncated = evidence_.tail_lost = true;
  say(o.node, "has nothing left from " + at_offset(o.offset) + " to " + at_offset(o.value - 1) +
                  ", this record among them");
}

void StoryTeller::leader_elected(const Observation& o) {
  if (o.partition != partition_) return;
  const bool is_news = o.epoch > epoch_;
  const bool unclean = o.count == 1;
  if (is_news && !unclean && sent_ && others_words_.empty() && offset_ != no_offset &&
      !evidence_.tail_lost) {
    // What the others had when it was decided.
    Offset furthest = -1;
    std::int64_t in_sync = 0;
    for (const NodeId replica :
         plan_.layout.partitions[static_cast<std::size_t>(partition_)].replicas) {
      if (((isr_ >> replica) & 1) == 0 || !offsets_at(replica).empty()) continue;
      in_sync |= std::int64_t{1} << replica;
      furthest = std::max(furthest, log_end_[replica] - 1);
    }
    const std::string brokers = list_of_brokers(in_sync, 0);
    if (!brokers.empty()) {
      const bool one = brokers.starts_with("broker ");
      others_words_ = brokers + (one ? " is" : " are") + " in the ISR and " +
                      (one ? "has" : "have") + " nothing " +
                      (furthest < 0 ? "at all" : "past " + at_offset(furthest));
    }
  }
  epoch_ = std::max(epoch_, o.epoch);
  leader_ = static_cast<NodeId>(o.value);
  if (unclean && sent_) evidence_.unclean_election = true;
  std::string what = "makes " + name(leader_) + " leader of " + partition_name() + " in epoch " +
                     std::to_string(epoch_in_life(o.epoch));
  if (unclean) what += ", which is not in sync: an unclean election";
  const bool lacks_it = offset_ != no_offset && offsets_at(leader_).empty();
  if (!unclean && lacks_it && log_is_the_matter_) what += ", which does not have it";
  say(o.node, what, sent_ && (unclean || log_is_the_matter_) ? Weight::must : Weight::may);
}

void StoryTeller::leadership_taken(const Observation& o) {
  if (o.partition != partition_) return;
  if (leader_ == no_node || o.epoch > epoch_) {
    leader_ = o.node;
    epoch_ = std::max(epoch_, o.epoch);
  }
  if (committed_ != no_offset && o.offset < committed_) evidence_.committed_past_end = true;
  say(o.node,
      "leads " + partition_name() + " in epoch " + std::to_string(epoch_in_life(o.epoch)) +
          ", from " + at_offset(o.offset) + " on",
      sent_ && log_is_the_matter_ ? Weight::should : Weight::may);
}

void StoryTeller::high_watermark_advanced(const Observation& o) {
  if (o.partition != partition_ || high_watermark_told_ || offset_ == no_offset) return;
  if (o.offset <= offset_ || offsets_at(o.node).empty()) return;
  high_watermark_told_ = true;
  say(o.node, "every in-sync replica has it: it can be read",
      evidence_.kind == StoryKind::ghost || evidence_.kind == StoryKind::ordinary ? Weight::own
                                                                                  : Weight::may);
}

void StoryTeller::trouble_of_the_producer(const Observation& o) {
  const bool direct = number_in(o).has_value();
  const bool in_flight = o.node == producer_node_ && is_undecided();
  switch (o.kind) {
    case ObservationKind::RecordFailed:
      if (!direct) return;
      decided_ = true;
      evidence_.failed = true;
      evidence_.failure = o.error;
      say(o.node, "gives up: " + std::string(name_of(o.error)) + "; the application is told");
      return;
    case ObservationKind::BatchRetried:
      if (!direct) return;
      say(o.node, "will send it again: " + std::string(name_of(o.error)),
          evidence_.retried ? Weight::may : Weight::own);
      evidence_.retried = true;
      return;
    case ObservationKind::BatchDeduplicated:
      if (!direct) return;
      say(o.node,
          "has it already, and answers with " + at_offset(offset_in(o, *number_in(o))) + " again");
      return;
    case ObservationKind::BatchRefused:
      if (!direct) return;
      say(o.node, "refuses it: " + std::string(name_of(o.error)),
          evidence_.refused ? Weight::may : Weight::own);
      evidence_.refused = true;
      return;
    case ObservationKind::ConnectionLost:
      if (!in_flight) return;
      evidence_.acks_unheard = true;
      say(o.node, "its connection to " + name(static_cast<NodeId>(o.value)) + " is gone",
          Weight::should);
      return;
    case ObservationKind::RequestTimedOut:
      if (!in_flight) return;
      evidence_.acks_unheard = true;
      say(o.node, "has waited request.timeout.ms for " + name(static_cast<NodeId>(o.value)) +
                      ": closes the connection");
      return;
    case ObservationKind::LeaderLearned:
      if (o.node != producer_node_ || o.partition != partition_) return;
      leader_for_producer_ = o.count > 0 ? static_cast<NodeId>(o.count) : no_node;
      epoch_for_producer_ = static_cast<std::int32_t>(o.value);
      if (sent_ && leader_for_producer_ != no_node) {
        say(o.node, "learns that " + name(leader_for_producer_) + " leads " + partition_name(),
            Weight::may);
      }
      return;
    default:
      return;
  }
}

void StoryTeller::read_final_log(const Observation& o) {
  if (const auto number = number_in(o)) final_offsets_.push_back(offset_in(o, *number));
}

// After everything: what the final log says, and how many others went the same way.
void StoryTeller::tell_of_the_others() {
  const auto others = static_cast<std::int64_t>(lives_.all(flow_, evidence_.kind).size()) - 1;
  const bool like_it = evidence_.kind == StoryKind::lost && evidence_.stage == Stage::log;
  if (like_it && others > 0 && others_at_ != never) {
    StoryLine line;
    line.at = others_at_;
    line.who = "...";
    line.what = std::to_string(others) + " more like it";
    if (!others_words_.empty()) line.what += "; " + others_words_;
    const auto place = std::find_if(lines_.begin(), lines_.end(),
                                    [&](const StoryLine& l) { return l.at > line.at; });
    lines_.insert(place, std::move(line));
  }
  if (!log_is_the_matter_ || evidence_.kind == StoryKind::ordinary || life_.sends.empty()) return;
  if (final_offsets_.size() < 2) return;
  std::string what = "the final log has it at offsets ";
  for (std::size_t i = 0; i < final_offsets_.size(); ++i) {
    if (i > 0) what += i + 1 == final_offsets_.size() ? " and " : ", ";
    what += std::to_string(final_offsets_[i]);
  }
  say(no_node, what);
}

}  // namespace kafault
