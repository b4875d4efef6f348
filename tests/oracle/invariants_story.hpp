// A story of one partition on three brokers, told to the invariants note by note.
#pragma once

#include <gtest/gtest.h>

#include <vector>

#include "sim/oracle/invariants.hpp"
#include "tests/oracle/stories.hpp"

namespace kafault::test {

class InvariantsStory : public testing::Test {
 protected:
  InvariantsStory() {
    records_.cluster = &layout_;
    records_.records = {100};
    laws_.reset(layout_, terms_, 1);
    ledger_.reset(records_);
  }

  void tell(const Observation& o) {
    if (o.kind == ObservationKind::RecordSent) ledger_.see(o, ms(now_));
    laws_.see(o, ms(now_++));
  }
  std::vector<Finding> judge() {
    std::vector<Finding> findings;
    laws_.judge(ms(1000), ledger_, findings);
    return findings;
  }
  const std::vector<ModelViolation>& violations() const { return laws_.violations(); }
  void commit(Offset offset) {
    Observation o = kafault::test::tell(ObservationKind::OffsetCommitted, {0, 0, offset});
    o.group = 0;
    tell(o);
  }
  // Broker 1 has `count` records and so have its followers.
  void write(std::uint32_t count) {
    tell(sent({0, count}));
    tell(appended({0, count, 0}));
    tell(replicated({0, count, 0}, 2));
    tell(replicated({0, count, 0}, 3));
  }

  ClusterLayout layout_ = layout_of(1);
  std::vector<ProducerTerms> terms_ = {{}};
  LedgerLayout records_;
  Invariants laws_;
  Ledger ledger_;  // knows only which records the sends are of
  std::int64_t now_ = 0;
};

}  // namespace kafault::test
