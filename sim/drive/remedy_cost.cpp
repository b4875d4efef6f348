#include "sim/drive/remedy_cost.hpp"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "sim/drive/combination_runner.hpp"
#include "sim/drive/run.hpp"

namespace kafault {

RunCost cost_of_kind_run(ClusterPlan plan, std::int64_t records) {
  for (ProducerPlan& producer : plan.producers) {
    producer.sends.records = std::min(producer.sends.records, records);
  }
  const LedgerLayout layout = ledger_layout(plan);
  const std::vector<FaultPlan> nothing;
  Run run(plan, layout);
  run.reset_kindly(nothing);
  Trace trace;
  run.trace_into(&trace);
  run.finish();

  RunCost cost;
  using Send = std::pair<std::pair<std::int32_t, PartitionId>, SendNumber>;
  std::map<Send, Instant> sent;
  std::vector<Duration> waits;
  for (const Trace::Entry& entry : trace.entries()) {
    const Observation& what = entry.what;
    if (what.kind == ObservationKind::OffsetCommitted) ++cost.commits;
    const bool is_sent = what.kind == ObservationKind::RecordSent;
    if (!is_sent && what.kind != ObservationKind::RecordAcked) continue;
    for (SendNumber number = what.first; number < what.first + what.count; ++number) {
      const Send send{{what.producer, what.partition}, number};
      if (is_sent) {
        sent[send] = entry.at;
      } else if (const auto begin = sent.find(send); begin != sent.end()) {
        waits.push_back(entry.at - begin->second);
      }
    }
  }
  std::sort(waits.begin(), waits.end());
  if (!waits.empty()) cost.ack = waits[waits.size() / 2];
  return cost;
}

}  // namespace kafault
