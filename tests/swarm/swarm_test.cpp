// Whatever is set and whatever goes wrong: the model keeps its own laws, the ledger counts right,
// and what Kafka's settings make impossible does not happen. KAFAULT_SWARM is the number of
// scenarios; KAFAULT_SWARM_FIRST the first seed.
#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "sim/drive/combination_runner.hpp"
#include "sim/kernel/contract.hpp"
#include "sim/oracle/trace.hpp"
#include "sim/protocol/topic_life.hpp"
#include "sim/scenario/mistakes.hpp"
#include "tests/swarm/random_scenario.hpp"

namespace kafault {
namespace {

using Json = nlohmann::ordered_json;
using Complaints = std::vector<std::string>;

// ---- counted once more, simply -----------------------------------------------------------------

struct Seen {
  bool acked = false;
  bool failed = false;
  bool appended = false;
  bool removed = false;  // by compaction or retention
  std::int64_t copies = 0;
  std::map<GroupIndex, std::int64_t> handled;
  std::map<std::pair<GroupIndex, std::int64_t>, std::int64_t> effects;  // by group and sink
};

// What became of every record, from what was observed of its sends.
class Recount {
 public:
  explicit Recount(const Trace& trace) {
    for (const Trace::Entry& entry : trace.entries()) {
      const Observation& what = entry.what;
      see_log(what);
      if (what.producer < 0) continue;
      for (std::uint32_t i = 0; i < what.count; ++i) see(what, i);
    }
  }

  Counts of(const Flow& flow) const {
    Counts counts;
    for (const auto& [key, seen] : records_) {
      if (key.first == flow.producer) add(seen, flow, counts);
    }
    return counts;
  }

 private:
  using Send = std::tuple<std::int32_t, PartitionId, SendNumber>;

  // What the leaders' logs hold, as far as retention may delete it.
  void see_log(const Observation& what) {
    const bool is_append = what.kind == ObservationKind::BatchAppended;
    const bool begins = what.kind == ObservationKind::LeadershipTaken;
    const bool is_deleted = what.kind == ObservationKind::TopicDeleted;
    const bool deletes = is_deleted || what.kind == ObservationKind::LogStartAdvanced;
    if (!is_append && !begins && !deletes) return;
    if (what.epoch < epochs_[what.partition]) {
      // To a topic that is no more.
      if (is_append && life_of(what.epoch) < life_of(epochs_[what.partition])) mark(what, true);
      return;
    }
    if (is_append && life_of(what.epoch) > 0) mark(what, false);
    std::map<Offset, Send>& log = logs_[what.partition];
    if (begins && what.epoch == epochs_[what.partition]) return;
    epochs_[what.partition] = what.epoch;
    if (deletes) {
      const auto end = is_deleted ? log.end() : log.lower_bound(what.offset);
      for (auto at = log.begin(); at != end; at = log.erase(at)) {
        const auto known = record_.find(at->second);
        if (known == record_.end()) continue;
        records_[{std::get<0>(at->second), known->second}].removed = true;
      }
      return;
    }
    log.erase(log.lower_bound(what.offset), log.end());
    for (std::uint32_t i = 0; is_append && what.producer >= 0 && i < what.count; ++i) {
      log[what.offset + i] = {what.producer, what.partition, what.first + i};
    }
  }

  void mark(const Observation& what, bool removed) {
    for (std::uint32_t i = 0; i < what.count; ++i) {
      const auto known = record_.find({what.producer, what.partition, what.first + i});
      if (known != record_.end()) records_[{what.producer, known->second}].removed = removed;
    }
  }

  void see(const Observation& what, std::uint32_t i) {
    const Send send(what.producer, what.partition, what.first + i);
    if (what.kind == ObservationKind::RecordSent) record_[send] = what.value + i;
    const auto known = record_.find(send);
    if (known == record_.end()) return;
    Seen& seen = records_[{what.producer, known->second}];
    if (what.kind == ObservationKind::RecordSent) seen.failed = false;  // it is open again
    switch (what.kind) {
      case ObservationKind::RecordAcked:
        seen.acked = true;
        break;
      case ObservationKind::RecordFailed:
        seen.failed = true;
        break;
      case ObservationKind::BatchAppended:
        seen.appended = true;
        break;
      case ObservationKind::RecordsCompacted:
        seen.removed = true;
        break;
      case ObservationKind::LogRead:
        ++seen.copies;
        break;
      case ObservationKind::RecordProcessed:
        ++seen.handled[what.group];
        break;
      case ObservationKind::EffectApplied:
        ++seen.effects[{what.group, what.value}];
        break;
      case ObservationKind::EffectRead:  // a row that was overwritten since, or an id
        seen.effects[{what.group, what.value}] = what.epoch;
        break;
      default:
        break;
    }
  }

  static std::int64_t times(const auto& map, const auto& key) {
    const auto found = map.find(key);
    return found == map.end() ? 0 : found->second;
  }

  static void add(const Seen& seen, const Flow& flow, Counts& counts) {
    const bool in_log = seen.copies > 0;
    const bool expired = seen.removed && !in_log;
    const bool failed = !seen.acked && seen.failed && !seen.appended && !in_log;
    counts.sent += 1;
    counts.acked += seen.acked;
    counts.failed += failed;
    counts.unknown += !seen.acked && !failed;
    counts.expired += expired;
    counts.log_lost += seen.acked && !in_log && !expired;
    counts.log_copies += in_log ? seen.copies - 1 : 0;
    counts.log_unexpected += !seen.acked && in_log;
    std::int64_t shown = seen.copies;
    if (flow.group >= 0) {
      shown = times(seen.handled, flow.group);
      counts.unhandled += in_log && shown == 0 && !seen.removed;
      counts.handled_again += shown > 1 ? shown - 1 : 0;
      counts.ghosts += !in_log && shown > 0 && !expired;
      counts.missed += seen.removed && shown == 0;
    }
    if (flow.group >= 0 && flow.sink >= 0) {
      shown = times(seen.effects, std::pair(flow.group, std::int64_t{flow.sink}));
      if (!flow.sink_shows_repeats && shown > 1) shown = 1;
      counts.effects_missing += in_log && shown == 0 && !seen.removed;
      const bool was_due = in_log || expired;
      counts.effects_extra += shown > was_due ? shown - was_due : 0;
    }
    counts.lost += seen.acked && shown == 0 && !seen.removed;
    counts.given_up += !seen.acked && shown == 0 && !seen.removed;
    counts.duplicated += shown > 1;
  }

  // By producer, partition and the number of the send there.
  std::map<Send, std::int64_t> record_;
  std::map<PartitionId, std::map<Offset, Send>> logs_;
  std::map<PartitionId, LeaderEpoch> epochs_;
  std::map<std::pair<std::int32_t, std::int64_t>, Seen> records_;  // by producer and record
};

// ---- what must not happen ----------------------------------------------------------------------

// What a run met that settings do not tell.
struct Circumstances {
  std::set<NodeId> lost_data;     // brokers that lost what they had acknowledged
  std::set<std::int32_t> bumped;  // producers that began a new epoch: D11, D14
  std::set<std::int32_t> died;    // producers whose process did
  bool unclean = false;           // somebody led who may lack records
  bool recreated = false;         // a topic: a position in the old one says nothing about the new

  Circumstances(const Trace& trace, const ClusterPlan& plan) {
    for (const Trace::Entry& entry : trace.entries()) {
      const Observation& what = entry.what;
      const bool is_producer =
          what.node >= plan.node_of_producer(0) && what.node < plan.node_of_member(0, 0);
      const std::int32_t producer = is_producer ? what.node - plan.node_of_producer(0) : -1;
      if (what.kind == ObservationKind::LogTailLost) lost_data.insert(what.node);
      if (what.kind == ObservationKind::LeaderElected && what.count == 1) unclean = true;
      if (what.kind == ObservationKind::TopicDeleted) recreated = true;
      if (what.kind == ObservationKind::ProducerIdAssigned && what.epoch > 0)
        bumped.insert(producer);
      if (what.kind == ObservationKind::ProcessCrashed && is_producer) died.insert(producer);
    }
  }
};

struct Laws {
  const ClusterPlan& plan;
  const Circumstances& met;
  Complaints& complaints;

  void hold(const Flow& flow, const Counts& counts) {
    const ProducerPlan& producer = plan.producers[static_cast<std::size_t>(flow.producer)];
    const ProducerConfig& config = producer.config;
    const TopicConfig& topic = plan.topics[static_cast<std::size_t>(flow.topic)];
    const bool is_clean = met.lost_data.empty() && !met.unclean;
    // By the application: D9, D10.
    const bool sends_twice =
        producer.sends.on_error == OnError::resend ||
        (met.died.contains(flow.producer) && producer.sends.on_restart != OnRestart::stay_dead);
    // With ELR also if fewer machines than min.insync.replicas lose data.
    const auto lossy = static_cast<std::int32_t>(met.lost_data.size());
    const bool elr_saves =
        plan.version.eligible_leader_replicas && !met.unclean && lossy < topic.min_insync_replicas;
    if (config.acks == Acks::all && (is_clean || elr_saves)) {
      never(counts.log_lost, "acks=all, no unclean election, and an acknowledged record is gone");
    }
    // D11 to D14 begin with a new epoch or a broker that lost data, or has forgotten the producer.
    const bool is_known = config.enable_idempotence && !met.bumped.contains(flow.producer) &&
                          producer.sends.timestamp_shift == Duration{};
    const bool never_retries = config.acks == Acks::none || config.retries == 0;
    if (!sends_twice && is_clean && (is_known || never_retries)) {
      never(counts.log_copies, "nothing was sent twice, or was recognised, and there is a copy");
    }
    if (!sends_twice && is_clean && is_known) {
      never(counts.reordered, "batches have sequence numbers, and the order is not kept");
    }
    if (is_clean) never(counts.ghosts, "what was handled is gone, and nobody lost data");
    if (flow.group < 0) return;
    const bool keeps_offsets = is_clean && !met.recreated;
    if (keeps_offsets &&
        commits_what_was_handled(plan.groups[static_cast<std::size_t>(flow.group)])) {
      never(counts.unhandled, "committed after the handling, and a record was passed over");
    }
  }

  static bool commits_what_was_handled(const GroupPlan& group) {
    switch (group.application.commit) {
      case CommitStrategy::automatic:
        if (commits_in_background(group.members.front().config.client)) return false;
        break;
      case CommitStrategy::sync:
      case CommitStrategy::async:
      case CommitStrategy::async_then_sync:
      case CommitStrategy::each_record:
      case CommitStrategy::worker_ordered:
      case CommitStrategy::none:
        break;
      default:
        return false;
    }
    for (const MemberPlan& member : group.members) {
      if (member.config.auto_offset_reset != OffsetReset::earliest) return false;
    }
    return true;
  }

  void never(std::int64_t count, const char* what) {
    if (count > 0) complaints.push_back(std::string(what) + " (" + std::to_string(count) + ")");
  }
};

// ---- one scenario ------------------------------------------------------------------------------

struct Tally {
  int runs = 0, refused = 0, with_loss = 0, with_copies = 0, with_repeats = 0, disordered = 0;
};

void compare(const Counts& ledger, const Counts& recount, Complaints& complaints) {
  Counts::columns([&](auto name, auto member, auto) {
    if (std::string_view(name) == "reordered" || ledger.*member == recount.*member) return;
    complaints.push_back("the ledger counts " + std::to_string(ledger.*member) + " " +
                         std::string(name) + ", there are " + std::to_string(recount.*member));
  });
}

Complaints complaints_about(const Json& document, Tally* tally) {
  Complaints complaints;
  try {
    const Scenario scenario = read_scenario(document.dump(), "swarm.json", {});
    const Combination& combination = scenario.combinations.front();
    if (tally != nullptr) ++(combination.config_exception ? tally->refused : tally->runs);
    if (combination.config_exception) return {};
    CombinationRunner runner(combination);
    Run& run = runner.run();
    Trace trace;
    run.trace_into(&trace);
    run.reset(combination.faults, combination.seed);
    run.finish();
    complaints = run.violations();
    if (!run.settled()) return {"does not settle"};
    const Recount recount(trace);
    const Circumstances met(trace, combination.plan);
    const std::vector<Flow> flows = flows_of(combination.plan);
    for (std::size_t i = 0; i < flows.size(); ++i) {
      const Counts& counts = run.flows()[i].counts;
      compare(counts, recount.of(flows[i]), complaints);
      Laws{combination.plan, met, complaints}.hold(flows[i], counts);
      if (tally == nullptr || i > 0) continue;
      tally->with_loss += counts.log_lost > 0;
      tally->with_copies += counts.log_copies > 0;
      tally->with_repeats += counts.handled_again > 0;
      tally->disordered += counts.reordered > 0;
    }
  } catch (const ContractViolation& broken) {
    complaints.emplace_back(broken.what());
  } catch (const ScenarioError& error) {
    complaints.emplace_back(error.what());
  }
  return complaints;
}

// Without the faults, the group and the second producer that the complaint does not need.
Json shrunk(Json document, const std::string& complaint) {
  const auto still_fails = [&](const Json& smaller) {
    const Complaints complaints = complaints_about(smaller, nullptr);
    constexpr std::size_t alike = 12;  // numbers may change
    return !complaints.empty() && complaints.front().substr(0, alike) == complaint.substr(0, alike);
  };
  for (bool again = true; again;) {
    again = false;
    std::vector<Json> candidates;
    for (std::size_t i = 0; i < document["faults"].size(); ++i) {
      candidates.push_back(document);
      candidates.back()["faults"].erase(i);
    }
    for (const char* part : {"/groups", "/producers/p1"}) {
      const Json::json_pointer pointer(part);
      if (!document.contains(pointer)) continue;
      candidates.push_back(document);
      candidates.back()[pointer.parent_pointer()].erase(pointer.back());
    }
    for (auto& [name, producer] : document["producers"].items()) {
      const int records = producer["sends"]["records"];
      if (records == 1) continue;
      candidates.push_back(document);
      candidates.back()["producers"][name]["sends"]["records"] = records / 2;
    }
    if (document.contains("groups") && document["groups"]["billing"]["members"] > 1) {
      candidates.push_back(document);
      candidates.back()["groups"]["billing"]["members"] = 1;
    }
    for (Json& candidate : candidates) {
      if (!still_fails(candidate)) continue;
      document = std::move(candidate);
      again = true;
      break;
    }
  }
  return document;
}

std::int64_t number_from(const char* variable, std::int64_t otherwise) {
  const char* const text = std::getenv(variable);
  return text == nullptr ? otherwise : std::strtoll(text, nullptr, 10);
}

TEST(Swarm, HoldsWhateverGoesWrong) {
  const std::int64_t scenarios = number_from("KAFAULT_SWARM", 2000);
  const std::int64_t first = number_from("KAFAULT_SWARM_FIRST", 1);
  Tally tally;
  int failures = 0;
  for (std::int64_t seed = first; seed < first + scenarios && failures < 5; ++seed) {
    const Json document = random_scenario(static_cast<std::uint64_t>(seed));
    const Complaints complaints = complaints_about(document, &tally);
    if (complaints.empty()) continue;
    ++failures;
    const Json small = shrunk(document, complaints.front());
    ADD_FAILURE() << "seed " << seed << ": " << complaints.front()
                  << "\nsmaller: " << complaints_about(small, nullptr).front() << '\n'
                  << small.dump();
  }
  std::cout << tally.runs << " runs and " << tally.refused
            << " that a client refuses; records lost in " << tally.with_loss
            << ", copies in the log in " << tally.with_copies << ", handled again in "
            << tally.with_repeats << ", disorder in " << tally.disordered << '\n';
  // A swarm in which nothing goes wrong would prove nothing.
  if (failures > 0 || scenarios < 1000) return;
  EXPECT_GT(20 * tally.with_loss, tally.runs);
  EXPECT_GT(25 * tally.with_copies, tally.runs);  // compaction removes some
  EXPECT_GT(50 * tally.with_repeats, tally.runs);
  EXPECT_GT(50 * tally.disordered, tally.runs);
}

}  // namespace
}  // namespace kafault
