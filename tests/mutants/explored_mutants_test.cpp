// How many misfortunes each way of being wrong takes to show: an exploration must find it with so
// many and not with fewer, where the right model keeps the promise with as many. The deep ones are
// those that no single misfortune shows.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <iostream>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sim/drive/exploration_campaign.hpp"
#include "sim/drive/guarded_run.hpp"
#include "sim/protocol/mutants.hpp"
#include "tests/mutants/names.hpp"

namespace kafault {
namespace {

// Three records, two brokers, acks=all; what a witness needs besides is set in it.
const char* const small_world = R"({
  "title": "A small world",
  "question": "What does it take?",
  "brokers": {
    "count": 2,
    "config": {
      "broker.session.timeout.ms": 3000,
      "broker.heartbeat.interval.ms": 1000,
      "group.initial.rebalance.delay.ms": 0
    }
  },
  "topics": {
    "orders": { "partitions": 1, "replication.factor": 2, "config": { "min.insync.replicas": 1 } }
  },
  "producers": {
    "shop": {
      "config": { "acks": "all", "linger.ms": 0 },
      "sends": { "topic": "orders", "records": 3, "every": "4500ms" }
    }
  }
})";

using Settings = std::vector<std::pair<std::string, std::string>>;
using enum Misfortune;

constexpr std::size_t bit_of(Promise promise) { return static_cast<std::size_t>(promise); }

struct ExploredWitness {
  Mutant mutant;
  std::size_t smallest;
  std::vector<Misfortune> misfortunes;
  std::size_t broken;     // a promise, or our_bug: the invariants hold the model to its laws
  const char* resembles;  // as far as it does; empty: nothing
  const char* why;
  Settings set = {};
};

const Settings three_brokers = {{"/brokers/count", "3"},
                                {"/topics/orders/replication.factor", "3"}};

const std::vector<ExploredWitness>& deep_witnesses() {
  static const std::vector<ExploredWitness> list = {
      {Mutant::truncation_to_high_watermark,
       2,
       {crash},
       bit_of(Promise::no_acked_record_lost),
       "KAFKA-1211, closed by KIP-101: a follower truncates to its high watermark",
       "at an election a follower cuts an acknowledged record off, because the news of the high "
       "watermark comes after the record; before it has fetched it again, the new leader dies",
       three_brokers},
      {Mutant::restart_truncates_to_zero,
       2,
       {crash},
       bit_of(Promise::no_acked_record_lost),
       "KAFKA-1647: the checkpoint of the high watermark is lost",
       "a follower dies, the leader goes on alone, and restarts with nothing"},
      {Mutant::isr_grows_unchecked,
       2,
       {silent_request, crash},
       bit_of(Promise::no_acked_record_lost),
       "KAFKA-7128, closed with KIP-320: a follower joins the ISR before it has what was committed",
       "a follower that lost its fetch is in the ISR again at the next, and the leader dies",
       {{"/brokers/config/replica.lag.time.max.ms", "1000"},
        {"/brokers/config/replica.socket.timeout.ms", "5000"},
        {"/brokers/config/replica.fetch.response.max.bytes", "1"},
        {"/producers/shop/sends", R"({ "topic": "orders", "records": 4, "every": "2600ms" })"}}},
      {Mutant::commits_below_min_isr,
       2,
       {isolate, crash},
       bit_of(Promise::no_acked_record_lost),
       "KAFKA-15583: the high watermark must not pass an ISR below min.insync.replicas",
       "a follower is cut off before it has the record; once it has left the ISR the leader "
       "commits alone, and dies; the follower is eligible",
       {{"/topics/orders/config/min.insync.replicas", "2"},
        {"/producers/shop/sends", R"({ "topic": "orders", "records": 4, "every": "1250ms" })"}}},
      {Mutant::elr_never_emptied,
       2,
       {isolate, crash},
       bit_of(Promise::no_acked_record_lost),
       "KIP-966: who leaves an ISR that stays at min.insync.replicas is not eligible",
       "a follower is cut off, the leader goes on alone, and dies"},
      {Mutant::isr_may_be_empty,
       2,
       {crash},
       bit_of(Promise::settles),
       "KIP-966: before it the last member had to stay in the ISR, or nobody could ever lead",
       "one broker dies after the other",
       {{"/kafka", "4.0"}}},
      {Mutant::restart_forgets_producers,
       2,
       {crash},
       our_bug,
       "KAFKA-5435, KAFKA-5793, KAFKA-6003: a replica without the state of its producers",
       "the leader dies before it has answered; so does the next, and has forgotten the record "
       "that it is sent again"},
      {Mutant::new_sequence_at_second_retry,
       2,
       {lost_ack, lost_request},
       our_bug,
       "producers before KIP-360 that reset their sequences",
       "the broker cannot recognise the second retry"},
      {Mutant::second_retry_at_the_back,
       2,
       {lost_request},
       bit_of(Promise::order_per_partition),
       "KAFKA-3197: out of order even with one request in flight",
       "the record sent meanwhile overtakes the one that failed twice",
       {{"/producers/shop/sends/every", "20ms"},
        {"/producers/shop/config/max.in.flight.requests.per.connection", "1"},
        {"/producers/shop/config/enable.idempotence", "false"}}},
      {Mutant::lost_commit_not_repeated,
       2,
       {lost_request, consumer_crash},
       bit_of(Promise::handled_only_once),
       "commitAsync where commitSync was asked for",
       "a record is handled whose offset was not committed, and the member dies",
       {{"/groups",
         R"({ "billing": { "topics": ["orders"], "commit": "before", "config": { "auto.offset.reset": "earliest" } } })"}}},
  };
  return list;
}

const Settings without_idempotence = {
    {"/producers/shop/config/enable.idempotence", "false"},
    {"/producers/shop/config/max.in.flight.requests.per.connection", "1"},
    {"/producers/shop/config/batch.size", "1"},
    {"/producers/shop/sends/every", "0ms"}};

// One whose auto-commit is due at every poll, and whose handler takes a while.
Settings with_group(const std::string& commit, const std::string& members) {
  return {{"/producers/shop/sends/every", "50ms"},
          {"/groups", R"({ "billing": { "topics": ["orders"], "members": )" + members +
                          R"(, "commit": ")" + commit + R"(", "handling": { "takes": "20ms" },
                          "config": { "auto.offset.reset": "earliest",
                                      "auto.commit.interval.ms": 1 } } })"}};
}

const std::vector<ExploredWitness>& shallow_witnesses() {
  static const std::vector<ExploredWitness> list = {
      {Mutant::ack_before_append, 0, {}, our_bug, "", "what is acked was appended by no leader"},
      {Mutant::ack_all_like_leader,
       0,
       {},
       our_bug,
       "acks=1",
       "what is acked is above every high watermark"},
      {Mutant::high_watermark_too_early,
       0,
       {},
       our_bug,
       "",
       "the invariants know how far the follower is"},
      {Mutant::forgotten_truncation,
       2,
       {lost_ack, isolate},
       our_bug,
       "",
       "a follower misses a record that is acked, the leader is cut off, and keeps it when it "
       "follows",
       {{"/producers/shop/config/acks", "1"},
        {"/producers/shop/config/enable.idempotence", "false"}}},
      {Mutant::lost_dedup_cache,
       1,
       {lost_ack},
       our_bug,
       "a producer without idempotence",
       "the retry is appended again"},
      {Mutant::min_isr_ignored,
       1,
       {shut_down},
       bit_of(Promise::no_copy_in_the_log),
       "",
       "what should have been refused is appended, waits for the follower that is gone, and is "
       "sent "
       "again",
       {{"/topics/orders/config/min.insync.replicas", "2"},
        {"/producers/shop/config/enable.idempotence", "false"},
        {"/producers/shop/config/request.timeout.ms", "500"}}},
      {Mutant::election_of_anyone,
       2,
       {crash},
       bit_of(Promise::no_acked_record_lost),
       "unclean.leader.election.enable=true",
       "a follower misses a record, and leads when the leader dies"},
      {Mutant::retry_at_the_back,
       1,
       {lost_request},
       bit_of(Promise::order_per_partition),
       "KAFKA-3197",
       "the record sent meanwhile overtakes the one that failed",
       without_idempotence},
      {Mutant::sequence_per_attempt,
       1,
       {lost_ack},
       our_bug,
       "a producer without idempotence",
       "the broker cannot recognise the retry"},
      {Mutant::position_before_return,
       1,
       {consumer_crash},
       bit_of(Promise::every_record_handled),
       "auto-commit of a consumer that hands its records to other threads",
       "what the dead member had in hand is committed",
       with_group("auto", "1")},
      {Mutant::no_commit_on_close,
       1,
       {leave},
       bit_of(Promise::handled_only_once),
       "",
       "who comes next begins at the last commit of a timer",
       with_group("auto", "2")},
      {Mutant::offsets_lost_on_failover,
       1,
       {crash},
       bit_of(Promise::handled_only_once),
       "",
       "the coordinator dies, the next knows of no commit, and the group begins anew",
       with_group("sync", "1")},
  };
  return list;
}

// These break no promise: they make a run wait, give a record up before it must be, or do what one
// misfortune does to the right model as well, only more often; or need more members and
// time than a small world has.
const std::vector<Mutant> not_explored = {
    Mutant::isr_never_shrinks,          Mutant::no_retry,
    Mutant::session_never_expires,      Mutant::commit_without_generation_check,
    Mutant::expiry_despite_members,     Mutant::given_before_released,
    Mutant::dead_letter_taken_for_sent, Mutant::condition_forgotten_in_sink};

ExplorationResult explored_with(Mutant mutant, const ExploredWitness& witness) {
  ReadOptions options;
  options.set = witness.set;
  const Scenario scenario = read_scenario(small_world, "small-world.json", options);
  ExplorationRequest request;
  request.budget = witness.smallest;
  request.misfortunes = witness.misfortunes;
  request.records = 4;
  request.merge = false;
  active_mutant = mutant;
  ExplorationResult result = explore_scenario(scenario, request);
  active_mutant = Mutant::none;
  EXPECT_TRUE(result.is_complete());
  return result;
}

class ExploredMutant : public testing::TestWithParam<ExploredWitness> {};

TEST_P(ExploredMutant, TakesSoManyMisfortunes) {
  const ExploredWitness& witness = GetParam();

  const ExplorationResult right = explored_with(Mutant::none, witness);
  const ExplorationResult wrong = explored_with(witness.mutant, witness);

  EXPECT_TRUE(right.violations.empty()) << right.violations.front();
  EXPECT_EQ(right.combinations.front().exploration.counterexamples[witness.broken], std::nullopt);
  const ExploredCombination& found = wrong.combinations.front();
  const std::optional<Script>& script = found.exploration.counterexamples[witness.broken];
  ASSERT_TRUE(script) << witness.why;
  EXPECT_EQ(script->size(), witness.smallest) << witness.why;
  std::cout << name_of(witness.mutant) << ": " << script->size() << " of at most "
            << witness.smallest << ", " << found.exploration.runs << " runs. " << witness.resembles
            << '\n';
}

std::vector<Mutant> mutants_of(const std::vector<ExploredWitness>& witnesses) {
  std::vector<Mutant> mutants;
  for (const ExploredWitness& witness : witnesses) mutants.push_back(witness.mutant);
  return mutants;
}

#define KAFAULT_MUTANT(name) listed.push_back(Mutant::name);

TEST(ExploredMutants, HaveOneWitnessEach) {
  std::vector<Mutant> listed;
  KAFAULT_MUTANT_LIST(KAFAULT_MUTANT)
  std::vector<Mutant> known = mutants_of(shallow_witnesses());
  known.insert(known.end(), not_explored.begin(), not_explored.end());
  EXPECT_THAT(known, testing::UnorderedElementsAreArray(listed));
}

TEST(ExploredMutants, AreTenThatTakeTwo) {
  std::vector<Mutant> listed;
  KAFAULT_DEEP_MUTANT_LIST(KAFAULT_MUTANT)
  EXPECT_THAT(mutants_of(deep_witnesses()), testing::UnorderedElementsAreArray(listed));
  for (const ExploredWitness& witness : deep_witnesses()) EXPECT_EQ(witness.smallest, 2U);
}

#undef KAFAULT_MUTANT

std::string name_of_explored_test(const testing::TestParamInfo<ExploredWitness>& witness) {
  return name_of(witness.param.mutant);
}

INSTANTIATE_TEST_SUITE_P(Model, ExploredMutant, testing::ValuesIn(shallow_witnesses()),
                         name_of_explored_test);
INSTANTIATE_TEST_SUITE_P(Deep, ExploredMutant, testing::ValuesIn(deep_witnesses()),
                         name_of_explored_test);

}  // namespace
}  // namespace kafault
