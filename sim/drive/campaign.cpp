#include "sim/drive/campaign.hpp"

#include <algorithm>
#include <memory>
#include <mutex>
#include <thread>

#include "sim/drive/combination_runner.hpp"
#include "sim/drive/subtitle.hpp"
#include "sim/oracle/columns.hpp"

namespace kafault {

namespace {

// A share of the work: some seeds of one combination, or all placements of its fault.
struct Share {
  std::size_t combination = 0;
  std::int64_t first = 0;
  std::int64_t count = 0;
};
constexpr std::int64_t seeds_per_share = 500;

std::vector<Share> share_out(const Scenario& scenario) {
  std::vector<Share> shares;
  for (std::size_t c = 0; c < scenario.combinations.size(); ++c) {
    const Combination& combination = scenario.combinations[c];
    if (combination.config_exception) continue;
    for (std::int64_t first = 0; first < combination.runs; first += seeds_per_share) {
      shares.push_back({c, first, std::min(seeds_per_share, combination.runs - first)});
    }
  }
  return shares;
}

struct Done {
  Totals totals;
  bool anywhere = false;
  bool nothing_to_strike = false;
  bool finished = false;
};

// Whether an expectation speaks of a column that is there on request only.
bool expects_operations(const Scenario& scenario) {
  const std::vector<std::string> names = operator_column_names();
  return std::any_of(
      scenario.expect.begin(), scenario.expect.end(), [&](const Expectation& expected) {
        return std::any_of(expected.claims.begin(), expected.claims.end(), [&](const Claim& claim) {
          return std::find(names.begin(), names.end(), claim.column) != names.end();
        });
      });
}

Done carry_out(const Scenario& scenario, const Share& share, bool operations,
               const std::atomic<bool>* interrupted) {
  Done done;
  CombinationRunner runner(scenario.combinations[share.combination]);
  if (operations) runner.watch_operations();
  done.anywhere = runner.is_anywhere();
  done.nothing_to_strike = runner.nothing_to_strike();
  done.totals = done.anywhere && !done.nothing_to_strike
                    ? runner.placements(interrupted)
                    : runner.seeds(share.first, share.count, interrupted);
  done.finished = interrupted == nullptr || !interrupted->load(std::memory_order_relaxed);
  return done;
}

Verdict judge(const Done& done, const Totals::PerFlow& flow) {
  if (done.totals.unsettled > 0) return Verdict::unsettled;
  if (done.totals.missed > 0) return Verdict::inconclusive;
  if (done.anywhere && done.totals.runs == 0) return Verdict::inconclusive;
  return verdict_of(flow.counts.lost, flow.counts.duplicated);
}

std::int64_t to_ms(Duration gap) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(gap).count();
}

void add_rows(const Scenario& scenario, const Combination& combination, const Done* done,
              std::vector<Row>& rows) {
  const std::vector<Flow> flows = flows_of(combination.plan);
  for (std::size_t i = 0; i < flows.size(); ++i) {
    Row row;
    row.scenario = scenario.name;
    row.axis_values = combination.axis_values;
    row.flow = flow_name(combination.plan, flows[i]);
    if (done == nullptr) {
      row.verdict = Verdict::config_exception;
      row.config_exception = *combination.config_exception;
    } else {
      const Totals::PerFlow flow =
          i < done->totals.flows.size() ? done->totals.flows[i] : Totals::PerFlow{};
      row.verdict = judge(*done, flow);
      row.runs = done->totals.runs;
      row.counts = flow.counts;
      row.runs_lost = flow.runs_lost;
      row.runs_duplicated = flow.runs_duplicated;
      row.worst_lost = flow.worst_lost;
      row.worst_duplicated = flow.worst_duplicated;
      row.ack_gap_ms = to_ms(flow.ack_gap);
      row.handling_gap_ms = to_ms(flow.handling_gap);
      row.operations = flow.operations;
      row.nothing_to_strike = done->nothing_to_strike;
      row.anywhere = done->anywhere;
      row.unsettled_runs = done->totals.unsettled;
    }
    rows.push_back(std::move(row));
  }
}

}  // namespace

CampaignResult run_campaign(const Scenario& scenario, const CampaignOptions& options) {
  const std::vector<Share> shares = share_out(scenario);
  const bool operations = options.operations || expects_operations(scenario);
  std::vector<Done> done(shares.size());
  std::atomic<std::size_t> next{0};
  std::mutex progress;
  std::int64_t finished = 0;
  std::int64_t runs = 0;
  const auto work = [&] {
    for (std::size_t i = next++; i < shares.size(); i = next++) {
      if (options.interrupted != nullptr && options.interrupted->load()) return;
      done[i] = carry_out(scenario, shares[i], operations, options.interrupted);
      const std::lock_guard lock(progress);
      ++finished;
      runs += done[i].totals.runs;
      if (options.on_progress) {
        options.on_progress(finished, static_cast<std::int64_t>(shares.size()), runs);
      }
    }
  };
  std::vector<std::thread> helpers;
  for (int j = 1; j < options.jobs; ++j) helpers.emplace_back(work);
  work();
  for (std::thread& helper : helpers) helper.join();

  CampaignResult result;
  result.table.scenario = scenario.name;
  result.table.title = scenario.title;
  result.table.question = scenario.question;
  result.table.subtitle = subtitle_of(scenario);
  result.table.axes = scenario.axes;
  result.table.warnings = scenario.warnings;
  result.table.has_operations = operations;
  if (!scenario.combinations.empty()) result.table.seed = scenario.combinations.front().seed;
  Digest digest;
  std::size_t share = 0;
  for (std::size_t c = 0; c < scenario.combinations.size(); ++c) {
    const Combination& combination = scenario.combinations[c];
    if (combination.config_exception) {
      add_rows(scenario, combination, nullptr, result.table.rows);
      continue;
    }
    Done all;
    all.finished = true;
    for (; share < shares.size() && shares[share].combination == c; ++share) {
      all.anywhere = done[share].anywhere;
      all.nothing_to_strike = done[share].nothing_to_strike;
      all.finished = all.finished && done[share].finished;
      all.totals.add(done[share].totals);
    }
    if (!all.finished) {
      result.complete = false;
      continue;
    }
    digest.add(all.totals.digest.value());
    result.runs += all.totals.runs;
    result.events += all.totals.events;
    for (const std::string& violation : all.totals.violations) {
      result.violations.push_back(scenario.name + ": " + violation);
    }
    add_rows(scenario, combination, &all, result.table.rows);
  }
  result.table.digest = digest.value();
  return result;
}

Inspection inspect(const Combination& combination) {
  CombinationRunner runner(combination);
  Inspection inspection;
  inspection.seed = combination.seed;
  const auto look = [&](const std::vector<FaultPlan>& faults, std::uint64_t seed) {
    Run& run = runner.run();
    inspection.trace.clear();
    run.reset(faults, seed);
    run.trace_into(&inspection.trace);
    run.finish();
    run.trace_into(nullptr);
    inspection.flows = run.flows();
    inspection.settled = run.settled();
    inspection.digest = run.digest();
    inspection.seed = seed;
    inspection.struck = true;
    for (std::size_t i = 0; i < faults.size(); ++i) {
      if (run.faults().strikes(i) == 0) inspection.struck = false;
    }
    std::int64_t broken = 0;
    for (const FlowResult& flow : inspection.flows) {
      broken += flow.counts.lost + flow.counts.duplicated + flow.counts.reordered +
                flow.counts.log_copies;
    }
    return broken > 0;
  };
  if (runner.is_anywhere() && !runner.nothing_to_strike()) {
    inspection.placements = runner.placements(nullptr).runs;
    for (std::int64_t placement = 1; placement <= inspection.placements; ++placement) {
      inspection.placement = placement;
      if (look(runner.placed(placement), combination.seed)) break;
    }
  } else {
    for (std::int64_t i = 0; i < combination.runs; ++i) {
      if (look(combination.faults, combination.seed + static_cast<std::uint64_t>(i))) break;
    }
  }
  std::int64_t lost = 0;
  std::int64_t duplicated = 0;
  for (const FlowResult& flow : inspection.flows) {
    lost += flow.counts.lost;
    duplicated += flow.counts.duplicated;
  }
  inspection.verdict = !inspection.settled ? Verdict::unsettled : verdict_of(lost, duplicated);
  return inspection;
}

}  // namespace kafault
