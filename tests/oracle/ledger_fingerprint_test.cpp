#include <gtest/gtest.h>

#include <vector>

#include "sim/kernel/fingerprint.hpp"
#include "sim/oracle/ledger.hpp"
#include "tests/oracle/stories.hpp"

namespace kafault {
namespace {

using test::acked;
using test::appended;
using test::effect;
using test::failed;
using test::leads;
using test::ms;
using test::processed;
using test::sent;

using Story = std::vector<Observation>;

// What a ledger looks like to its future that has seen this, one observation per `step`.
std::uint64_t after(const Story& story, std::int64_t step = 1) {
  const ClusterLayout cluster = test::layout_of(1);
  const LedgerLayout layout{&cluster, {100}, {1}, {{0, 0, 0, 0, true}}, {}, {}};
  Ledger ledger;
  ledger.reset(layout);
  std::int64_t now = 0;
  for (const Observation& o : story) ledger.see(o, ms(now += step));
  Fingerprint print;
  print.begin(ms(now));
  ledger.hash_into(print);
  return print.value();
}

Story sent_ten(const Story& then = {}) {
  Story story = {sent({0, 10})};
  story.insert(story.end(), then.begin(), then.end());
  return story;
}

TEST(LedgerFingerprint, HistoryThatChangesNoJudgementIsNotSeen) {
  EXPECT_EQ(after(sent_ten({acked({0, 2}), acked({5, 1})})),
            after(sent_ten({acked({5, 1}), acked({0, 1}), acked({1, 1})}), 70));
  EXPECT_EQ(after({sent({0, 4}), sent({4, 6})}), after(sent_ten()));
  // An append tells nothing more once it is acked, a failure nothing once it may be in a log.
  EXPECT_EQ(after(sent_ten({acked({0, 1})})),
            after(sent_ten({appended({0, 1, 0}), failed({0, 1}), acked({0, 1})})));
  EXPECT_EQ(after(sent_ten({appended({0, 1, 0})})),
            after(sent_ten({appended({0, 1, 0}), failed({0, 1}), leads(2, 1, 0)})));
  // Twice is as wrong as three times.
  EXPECT_EQ(after(sent_ten({processed({0, 1}), processed({0, 1})})),
            after(sent_ten({processed({0, 1}), processed({0, 1}), processed({0, 1})})));
}

TEST(LedgerFingerprint, WhateverChangesAJudgementIsSeen) {
  const std::vector<Story> all = {
      {},
      sent_ten(),
      {sent({0, 10}, 1)},
      {sent({0, 9})},
      sent_ten({sent({10, 1}, 3)}),
      sent_ten({acked({0, 1})}),
      sent_ten({acked({1, 1})}),
      sent_ten({failed({0, 1})}),
      sent_ten({appended({0, 1, 0})}),
      sent_ten({processed({0, 1})}),
      sent_ten({processed({0, 1}), processed({0, 1})}),
      sent_ten({effect({0, 1})}),
      sent_ten({effect({0, 1}), effect({0, 1})}),
      {sent({0, 70}), acked({69, 1})},
      {sent({0, 70}), acked({68, 1})},
  };
  for (std::size_t i = 0; i < all.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) EXPECT_NE(after(all[i]), after(all[j])) << i << " " << j;
  }
}

}  // namespace
}  // namespace kafault
