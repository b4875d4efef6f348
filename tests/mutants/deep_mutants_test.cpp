// Ways of being wrong that no single misfortune shows. An exploration with two of them must find
// each of these, with two and not with one, where the right model keeps the promise.
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

struct DeepWitness {
  Mutant mutant;
  std::vector<Misfortune> misfortunes;
  std::size_t broken;     // a promise, or our_bug: the invariants hold idempotence to its word
  const char* resembles;  // as far as it does
  const char* why;
  Settings set = {};
};

const Settings three_brokers = {{"/brokers/count", "3"},
                                {"/topics/orders/replication.factor", "3"}};

const std::vector<DeepWitness>& all_deep_witnesses() {
  static const std::vector<DeepWitness> list = {
      {Mutant::truncation_to_high_watermark,
       {crash},
       bit_of(Promise::no_acked_record_lost),
       "KAFKA-1211, closed by KIP-101: a follower truncates to its high watermark",
       "at an election a follower cuts an acknowledged record off, because the news of the high "
       "watermark comes after the record; before it has fetched it again, the new leader dies",
       three_brokers},
      {Mutant::restart_truncates_to_zero,
       {crash},
       bit_of(Promise::no_acked_record_lost),
       "KAFKA-1647: the checkpoint of the high watermark is lost",
       "a follower dies, the leader goes on alone, and restarts with nothing"},
      {Mutant::isr_grows_unchecked,
       {silent_request, crash},
       bit_of(Promise::no_acked_record_lost),
       "KAFKA-7128, closed with KIP-320: a follower joins the ISR before it has what was committed",
       "a follower that lost its fetch is in the ISR again at the next, and the leader dies",
       {{"/brokers/config/replica.lag.time.max.ms", "1000"},
        {"/brokers/config/replica.socket.timeout.ms", "5000"},
        {"/brokers/config/replica.fetch.response.max.bytes", "1"},
        {"/producers/shop/sends", R"({ "topic": "orders", "records": 4, "every": "2600ms" })"}}},
      {Mutant::commits_below_min_isr,
       {isolate, crash},
       bit_of(Promise::no_acked_record_lost),
       "KAFKA-15583: the high watermark must not pass an ISR below min.insync.replicas",
       "a follower is cut off before it has the record; once it has left the ISR the leader "
       "commits alone, and dies; the follower is eligible",
       {{"/topics/orders/config/min.insync.replicas", "2"},
        {"/producers/shop/sends", R"({ "topic": "orders", "records": 4, "every": "1250ms" })"}}},
      {Mutant::elr_never_emptied,
       {isolate, crash},
       bit_of(Promise::no_acked_record_lost),
       "KIP-966: who leaves an ISR that stays at min.insync.replicas is not eligible",
       "a follower is cut off, the leader goes on alone, and dies"},
      {Mutant::isr_may_be_empty,
       {crash},
       bit_of(Promise::settles),
       "KIP-966: before it the last member had to stay in the ISR, or nobody could ever lead",
       "one broker dies after the other",
       {{"/kafka", "4.0"}}},
      {Mutant::restart_forgets_producers,
       {crash},
       our_bug,
       "KAFKA-5435, KAFKA-5793, KAFKA-6003: a replica without the state of its producers",
       "the leader dies before it has answered; so does the next, and has forgotten the record "
       "that it is sent again"},
      {Mutant::new_sequence_at_second_retry,
       {lost_ack, lost_request},
       our_bug,
       "producers before KIP-360 that reset their sequences",
       "the broker cannot recognise the second retry"},
      {Mutant::second_retry_at_the_back,
       {lost_request},
       bit_of(Promise::order_per_partition),
       "KAFKA-3197: out of order even with one request in flight",
       "the record sent meanwhile overtakes the one that failed twice",
       {{"/producers/shop/sends/every", "20ms"},
        {"/producers/shop/config/max.in.flight.requests.per.connection", "1"},
        {"/producers/shop/config/enable.idempotence", "false"}}},
      {Mutant::lost_commit_not_repeated,
       {lost_request, consumer_crash},
       bit_of(Promise::handled_only_once),
       "commitAsync where commitSync was asked for",
       "a record is handled whose offset was not committed, and the member dies",
       {{"/groups",
         R"({ "billing": { "topics": ["orders"], "commit": "before", "config": { "auto.offset.reset": "earliest" } } })"}}},
  };
  return list;
}

ExplorationResult explored_with(Mutant mutant, const DeepWitness& witness) {
  ReadOptions options;
  options.set = witness.set;
  const Scenario scenario = read_scenario(small_world, "small-world.json", options);
  ExplorationRequest request;
  request.budget = 2;
  request.misfortunes = witness.misfortunes;
  request.records = 4;
  request.merge = false;
  active_mutant = mutant;
  ExplorationResult result = explore_scenario(scenario, request);
  active_mutant = Mutant::none;
  EXPECT_TRUE(result.is_complete());
  return result;
}

class EveryDeepMutant : public testing::TestWithParam<DeepWitness> {};

TEST_P(EveryDeepMutant, NeedsTwoMisfortunes) {
  const DeepWitness& witness = GetParam();

  const ExplorationResult right = explored_with(Mutant::none, witness);
  const ExplorationResult wrong = explored_with(witness.mutant, witness);

  EXPECT_TRUE(right.violations.empty()) << right.violations.front();
  EXPECT_EQ(right.combinations.front().exploration.counterexamples[witness.broken], std::nullopt);
  const ExploredCombination& found = wrong.combinations.front();
  const std::optional<Script>& script = found.exploration.counterexamples[witness.broken];
  ASSERT_TRUE(script) << witness.why;
  EXPECT_EQ(script->size(), 2U) << witness.why;
  std::cout << name_of(witness.mutant) << ": " << witness.resembles << "; 2 of at most 2, "
            << found.exploration.runs << " runs\n";
}

TEST(DeepMutants, HaveOneWitnessEach) {
  std::vector<Mutant> listed;
#define KAFAULT_MUTANT(name) listed.push_back(Mutant::name);
  KAFAULT_DEEP_MUTANT_LIST(KAFAULT_MUTANT)
#undef KAFAULT_MUTANT
  std::vector<Mutant> witnessed;
  for (const DeepWitness& witness : all_deep_witnesses()) witnessed.push_back(witness.mutant);
  EXPECT_THAT(witnessed, testing::UnorderedElementsAreArray(listed));
}

std::string name_of_deep_test(const testing::TestParamInfo<DeepWitness>& witness) {
  return name_of(witness.param.mutant);
}

INSTANTIATE_TEST_SUITE_P(Model, EveryDeepMutant, testing::ValuesIn(all_deep_witnesses()),
                         name_of_deep_test);

}  // namespace
}  // namespace kafault
