// The tests of the tests: each known way of being wrong is switched on, one shipped scenario is run
// again, and the column that must tell of it has to grow. A mutant that nothing notices means that
// an oracle looks away.
#include "sim/protocol/mutants.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include "sim/drive/campaign.hpp"
#include "sim/drive/exploration_campaign.hpp"
#include "tests/mutants/names.hpp"

namespace kafault {
namespace {

// The column of the invariants' own reports; the others are those of the tables.
constexpr const char* violations = "violations";

struct Witness {
  Mutant mutant;
  const char* scenario;
  std::map<std::string, std::string> where;
  const char* grows;  // the sum of this column over the rows
  const char* why;
  std::vector<std::pair<std::string, std::string>> set = {};
};

const std::vector<Witness>& all_witnesses() {
  static const std::vector<Witness> list = {
      {Mutant::ack_before_append,
       "producer/lost-ack.json",
       {{"acks", "all"}, {"idempotence", "true"}},
       "lost",
       "every ack is for a record that is nowhere"},
      {Mutant::ack_all_like_leader,
       "broker/leader-crash-followers-behind.json",
       {{"producer", "idempotent"}},
       "lost",
       "acks=all answers for records that no follower has, and then the leader dies"},
      {Mutant::high_watermark_too_early,
       "broker/leader-crash-followers-behind.json",
       {{"producer", "acks=1"}},
       violations,
       "an invariant holds the high watermark against the logs of the ISR"},
      {Mutant::forgotten_truncation,
       "groups/truncation.json",
       {{"auto.offset.reset", "earliest"}},
       violations,
       "an acked record is not in the final log, and nobody has truncated it"},
      {Mutant::lost_dedup_cache,
       "producer/lost-ack.json",
       {{"acks", "all"}, {"idempotence", "true"}},
       "log_copies",
       "the retry of an appended batch is appended again"},
      {Mutant::min_isr_ignored,
       "broker/below-min-isr.json",
       {{"min ISR", "2"}, {"acks", "all"}},
       "log_unexpected",
       "batches that had to be refused are in the log"},
      {Mutant::election_of_anyone,
       "broker/unclean-election.json",
       {{"unclean", "false"}, {"acks", "all"}, {"min ISR", "1"}},
       "lost",
       "the stale follower that returns leads, and the last leader's records go"},
      {Mutant::isr_never_shrinks,
       "broker/follower-crash.json",
       {{"producer", "acks=all"}},
       "ack_gap_ms",
       "acks=all waits until the dead follower is back, not until its session ends"},
      {Mutant::retry_at_the_back,
       "producer/reorder-on-retry.json",
       {{"idempotence", "false"}, {"in flight", "2"}},
       "reordered",
       "with two in flight the lost request stays before what is queued; now it comes last"},
      {Mutant::no_retry,
       "producer/lost-ack.json",
       {{"acks", "all"}, {"idempotence", "true"}},
       "unknown",
       "the application is told of a failure that one retry would have spared it"},
      {Mutant::sequence_per_attempt,
       "producer/lost-ack.json",
       {{"acks", "all"}, {"idempotence", "true"}},
       "log_copies",
       "the leader cannot recognise the retry: its sequence is the next one"},
      {Mutant::commit_without_generation_check,
       "groups/long-pause.json",
       {{"commit", "each_record_position"}},
       "handled_again",
       "awake after the other has finished, it commits before a heartbeat tells it: all goes back",
       {{"/faults/0/for", "20s"}}},
      {Mutant::session_never_expires,
       "groups/consumer-crash.json",
       {{"commit", "sync"}},
       "handling_gap_ms",
       "the dead member's partition waits for the rebalance time-out, not for its session"},
      {Mutant::position_before_return,
       "groups/auto-commit-interval.json",
       {{"interval", "100"}},
       "unhandled",
       "the rest of the batch in which the consumer died is committed already"},
      {Mutant::no_commit_on_close,
       "groups/graceful-close.json",
       {{"commit", "auto"}},
       "handled_again",
       "the next consumer begins where the last timed auto-commit was"},
      {Mutant::given_before_released,
       "groups/consumer-protocol-listener.json",
       {{"protocol", "consumer"}, {"on_revoke", "nothing"}, {"commit", "sync"}},
       violations,
       "a contract holds that the coordinator knows one owner of a partition"},
      {Mutant::expiry_despite_members,
       "groups/offsets-expired.json",
       {{"protocol", "classic"},
        {"meanwhile", "its member is idle"},
        {"auto.offset.reset", "earliest"},
        {"retention", "1"}},
       "handled_again",
       "a group that has a member keeps its offsets, however old"},
      {Mutant::offsets_lost_on_failover,
       "groups/coordinator-crash.json",
       {{"commit", "sync"}},
       "handled_again",
       "the new coordinator knows no offset, and the group begins anew"},
      {Mutant::dead_letter_taken_for_sent,
       "groups/dead-letter.json",
       {{"error handler", "dead letter, awaited"}, {"fault", "broker 2 is down"}},
       "lost",
       "the offset is committed, and the record is in no topic that anybody reads"},
      {Mutant::condition_forgotten_in_sink,
       "effects/offsets-in-the-sink.json",
       {{"offsets", "in the sink, conditional"}, {"misfortune", "zombie"}},
       "effects_extra",
       "the zombie's write of what the new owner has written is applied again"},
  };
  return list;
}

Scenario scenario_of(const Witness& witness) {
  std::ifstream in(std::string(KAFAULT_SOURCE_DIR) + "/scenarios/" + witness.scenario);
  const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  ReadOptions options;
  options.where = witness.where;
  options.set = witness.set;
  return read_scenario(text, witness.scenario, options);
}

CampaignResult run_with(Mutant mutant, const Scenario& scenario) {
  active_mutant = mutant;
  CampaignResult result = run_campaign(scenario, {});
  active_mutant = Mutant::none;
  return result;
}

// By name, summed over the rows.
std::map<std::string, std::int64_t> columns_of(const CampaignResult& result) {
  std::map<std::string, std::int64_t> sums;
  sums[violations] = static_cast<std::int64_t>(result.violations.size());
  for (const Row& row : result.table.rows) {
    Counts::describe(row.counts, [&](auto name, const std::int64_t& value, auto) {
      sums[std::string(name)] += value;
    });
    sums["ack_gap_ms"] += row.ack_gap_ms;
    sums["handling_gap_ms"] += row.handling_gap_ms;
    sums["unsettled_runs"] += row.unsettled_runs;
  }
  return sums;
}

class EveryMutant : public testing::TestWithParam<Witness> {};

TEST_P(EveryMutant, IsNoticed) {
  const Witness& witness = GetParam();
  const Scenario scenario = scenario_of(witness);
  ASSERT_EQ(scenario.combinations.size(), 1U);
  const CampaignResult right = run_with(Mutant::none, scenario);
  const CampaignResult wrong = run_with(witness.mutant, scenario);

  const auto before = columns_of(right);
  const auto after = columns_of(wrong);
  ASSERT_TRUE(before.contains(witness.grows));
  std::cout << name_of(witness.mutant) << ": " << witness.scenario << ", " << witness.grows << ' '
            << before.at(witness.grows) << " -> " << after.at(witness.grows) << "; "
            << wrong.violations.size() << " violations\n";
  if (!wrong.violations.empty()) std::cout << "  " << wrong.violations.front() << '\n';
  EXPECT_GT(after.at(witness.grows), before.at(witness.grows)) << witness.why;
}

TEST_P(EveryMutant, LeavesTheRightModelAsItWas) {
  const Scenario scenario = scenario_of(GetParam());
  const CampaignResult before = run_with(Mutant::none, scenario);
  run_with(GetParam().mutant, scenario);
  const CampaignResult after = run_with(Mutant::none, scenario);

  EXPECT_TRUE(before.violations.empty()) << before.violations.front();
  EXPECT_EQ(columns_of(before)["unsettled_runs"], 0);
  EXPECT_EQ(before.table.digest, after.table.digest);
  EXPECT_EQ(columns_of(before), columns_of(after));
}

std::string name_of_test(const testing::TestParamInfo<Witness>& witness) {
  return name_of(witness.param.mutant);
}

INSTANTIATE_TEST_SUITE_P(Model, EveryMutant, testing::ValuesIn(all_witnesses()), name_of_test);

// A world that does what no Kafka could do is no end of the search: it says with which misfortunes.
TEST(Mutants, AreFoundByExplorationsToo) {
  const auto witness = std::find_if(
      all_witnesses().begin(), all_witnesses().end(),
      [](const Witness& one) { return one.mutant == Mutant::high_watermark_too_early; });
  const Scenario scenario = scenario_of(*witness);
  ExplorationRequest request;
  request.misfortunes = {Misfortune::crash};
  request.merge = false;
  const auto violations_with = [&](Mutant mutant) {
    active_mutant = mutant;
    const ExplorationResult result = explore_scenario(scenario, request);
    active_mutant = Mutant::none;
    EXPECT_TRUE(result.is_complete());
    return result.violations;
  };

  EXPECT_EQ(violations_with(Mutant::none), std::vector<std::string>());
  const std::vector<std::string> found = violations_with(witness->mutant);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_NE(found.front().find("high watermark"), std::string::npos) << found.front();
}

TEST(Mutants, HaveOneWitnessEach) {
  std::vector<Mutant> listed;
#define KAFAULT_MUTANT(name) listed.push_back(Mutant::name);
  KAFAULT_MUTANT_LIST(KAFAULT_MUTANT)
#undef KAFAULT_MUTANT
  for (const Mutant mutant : listed) {
    const auto count =
        std::count_if(all_witnesses().begin(), all_witnesses().end(),
                      [&](const Witness& witness) { return witness.mutant == mutant; });
    EXPECT_EQ(count, 1) << name_of(mutant);
  }
  EXPECT_EQ(all_witnesses().size(), listed.size());
}

}  // namespace
}  // namespace kafault
