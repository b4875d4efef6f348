// Walks a trace from one record's point of view and notes a line for each thing that mattered to
// it, with what each line is worth, and the evidence for an explanation. One use per story.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "sim/drive/explanations.hpp"
#include "sim/drive/lives.hpp"
#include "sim/drive/story.hpp"

namespace kafault {

class StoryTeller {
 public:
  StoryTeller(const StorySource& source, const Lives& lives, const Flow& flow, StoryKind kind,
              Stage stage, RecordName name);

  void tell();
  std::vector<StoryLine> take_lines() { return std::move(lines_); }
  const Evidence& evidence() const { return evidence_; }

 private:
  using Weight = StoryLine::Weight;

  void see(const Observation& o);
  // story_log.cpp: the producer, the log, replication, leaders
  void see_log(const Observation& o);
  void sent(const Observation& o);
  void acked(const Observation& o);
  void appended(const Observation& o);
  void replicated(const Observation& o);
  void truncated(const Observation& o);
  void tail_lost(const Observation& o);
  void leader_elected(const Observation& o);
  void leadership_taken(const Observation& o);
  void high_watermark_advanced(const Observation& o);
  void trouble_of_the_producer(const Observation& o);
  void read_final_log(const Observation& o);
  void tell_of_the_others();
  // story_group.cpp: deliveries, commits, rebalances
  void see_group(const Observation& o);
  void delivered(const Observation& o);
  void processed(const Observation& o);
  void threw(const Observation& o);
  void effect_applied(const Observation& o);
  void told_by_sink(const Observation& o);
  bool is_set_back_by(const Observation& o) const;
  void committed(const Observation& o);
  void membership(const Observation& o);
  void assigned(const Observation& o);
  void taken_away(const Observation& o);
  void holder_ended(NodeId node);
  // Whether this process has the record in hand: whoever polled it, else whose partition it is.
  bool has_it_in_hand(NodeId node) const {
    return node != no_node && node == (holder_ != no_node ? holder_ : owner_);
  }
  void name_the_departed(NodeId node);
  // The end of a process: part of the record's own story while it waits in that process.
  Weight weight_of_end(NodeId node) const {
    return tells_of_group_ && times_handled_ == 0 && has_it_in_hand(node) ? Weight::own
                                                                          : Weight::must;
  }
  // story_world.cpp: faults and processes
  void see_world(const Observation& o);
  void struck(const Observation& o);
  void process_changed(const Observation& o);

  // The record's send number in this observation's range, if it is there.
  std::optional<SendNumber> number_in(const Observation& o) const;
  // Likewise where the record was sent on to.
  bool is_about_it(const Observation& o) const;
  void forwarded(const Observation& o);
  Offset offset_in(const Observation& o, SendNumber number) const {
    return o.offset + static_cast<Offset>(number - o.first);
  }
  // Whether the record lies in this partition.
  bool concerns(PartitionId partition) const;
  bool concerns_group(const Observation& o) const;
  bool plays_a_part(NodeId node) const;
  bool is_undecided() const { return sent_ && !decided_; }
  // Offsets in the log of a node; none if it does not have the record.
  std::vector<Offset>& offsets_at(NodeId node) { return where_[node]; }
  std::string name(NodeId node) const;
  std::string partition_name() const;

  StoryLine& say(NodeId node, std::string what, Weight weight = Weight::own);

  const StorySource& source_;
  const ClusterPlan& plan_;
  const Lives& lives_;
  const Flow& flow_;
  RecordName name_;
  const Life& life_;
  NodeId producer_node_;
  PartitionId partition_;  // of its first send
  bool tells_of_group_;
  bool log_is_the_matter_;

  Instant now_{};
  std::vector<StoryLine> lines_;
  Evidence evidence_;

  // the log
  bool sent_ = false;
  bool decided_ = false;
  std::int32_t sends_ = 0;
  std::int32_t epoch_ = 0;                       // of the last elected leader
  NodeId leader_ = no_node;                      // likewise
  NodeId leader_for_producer_ = no_node;         // as it believes
  std::int32_t epoch_for_producer_ = 0;          // likewise
  std::map<NodeId, std::vector<Offset>> where_;  // the record, by the log of a node
  std::map<NodeId, Offset> log_end_;             // of partition_
  Offset offset_ = no_offset;                    // in the log of the leader that appended it last
  std::int64_t isr_ = 0;                         // bits
  bool high_watermark_told_ = false;
  bool place_taken_told_ = false;
  std::vector<Offset> final_offsets_;
  Instant others_at_ = never;  // when the first other like it was acked
  std::string others_words_;
  // the group
  NodeId owner_ = no_node;   // of partition_
  NodeId holder_ = no_node;  // the member that polled the record last
  bool owner_has_begun_ = false;
  bool polled_ = false;
  Offset committed_ = no_offset;
  bool covered_ = false;  // by a commit
  std::int64_t times_handled_ = 0;
  bool holder_threw_ = false;
  bool gave_it_back_ = false;  // the holder: partition_
  // A member was evicted or left, and its place in lines_: the coordinator knows an id, no name.
  std::optional<std::size_t> departure_;
  bool departure_was_its_own_ = false;  // it left
  // the world
  std::optional<std::size_t> strike_line_;  // of the fault that struck last
  std::int64_t strike_fault_ = -1;
  std::set<NodeId> started_;
};

}  // namespace kafault
