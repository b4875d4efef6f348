// Why a record could get lost, doubled or reordered, and which setting closes that: one declared
// list, keyed by what was seen in the run. Words only: what a setting would have changed in
// numbers is for `run` and `explore` to say.
#pragma once

#include <cstdint>
#include <string>

#include "sim/cluster/plan.hpp"
#include "sim/drive/lives.hpp"

namespace kafault {

// What the teller of a story saw happen to its record.
struct Evidence {
  const ClusterPlan* plan = nullptr;
  StoryKind kind = StoryKind::ordinary;
  Stage stage = Stage::log;
  ProducerIndex producer = -1;
  PartitionId partition = no_partition;
  GroupIndex group = -1;  // -1: the flow ends in the log

  // the producer and the log
  bool ever_appended = false;
  bool truncated = false;           // by a replica that had it
  bool tail_lost = false;           // by a replica that had it, with its page cache or its disk
  bool leader_was_deposed = false;  // when it appended the record, another had been elected
  bool unclean_election = false;
  bool retried = false;
  bool sent_again = false;          // by the application
  bool producer_restarted = false;  // before it was sent again
  bool acks_unheard = false;        // the connection broke, or the answer did not come in time
  bool refused = false;
  bool failed = false;
  Error failure = Error::none;
  // the group
  bool handled = false;
  bool threw = false;        // the handler of this record
  int published = 0;         // to another topic, so often
  bool other_threw = false;  // the handler of another record of its partition
  bool committed_before_handling = false;
  bool closed_after_throwing = false;
  bool member_died = false;          // after it had the record and before a commit covered it
  bool commit_refused = false;       // meanwhile
  bool evicted_for_polling = false;  // max.poll.interval.ms
  bool evicted = false;              // session.timeout.ms
  bool moved = false;                // the partition was given out anew meanwhile
  bool reset = false;                // auto.offset.reset decided where to begin
  bool committed_past_end = false;   // the log was cut below what the group had committed
  bool effect_refused = false;       // by the sink
  int sink = -1;                     // in the group's sinks
  int asked_in_vain = 0;             // its sink, whether it is there
  int effects = 0;                   // so many were applied
  bool effect_gone = false;          // and in the end it is not there
  bool set_back_by_other = false;    // its row, to an older state, by another member
  bool key_moved = false;            // that older state lies in another partition
  bool replaced = false;             // another process took a static member's place meanwhile

  // Of the flow's sink; nullptr: it has none.
  const SinkPlan* sink_plan() const {
    if (group < 0 || sink < 0) return nullptr;
    return &plan->groups[static_cast<std::size_t>(group)].sinks[static_cast<std::size_t>(sink)];
  }
  bool sink_asks() const {
    const SinkPlan* its = sink_plan();
    return its != nullptr && (is_asked_first(its->kind) || is_stored_first(its->kind));
  }
  // Whether it does not tell records apart, or only by a unique key.
  bool sink_is_plain() const {
    const SinkPlan* its = sink_plan();
    return its == nullptr || !judges_records(its->kind, false);
  }
};

struct Explanation {
  std::string why;
  std::string prevents;
};

// Of those that have to do with an outbox (explanations_of_outboxes.cpp).
Explanation explain_outbox(const Evidence& evidence);
// Of those that have to do with what a sink is (explanations_of_sinks.cpp).
Explanation explain_sink(const Evidence& evidence);
// Of those that few ever meet (explanations_rare.cpp).
Explanation explain_rare(const Evidence& evidence);
// The first of the list that fits; empty strings if none does.
Explanation explain(const Evidence& evidence);
// Of those that have to do with dead letters and retry topics (explanations_published.cpp).
Explanation explain_published(const Evidence& evidence);

}  // namespace kafault
