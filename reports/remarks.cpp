#include "reports/remarks.hpp"

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <set>
#include <utility>

#include "reports/cell.hpp"
#include "reports/text.hpp"

namespace kafault {
namespace {

std::size_t combinations_in(const Box& box) {
  return std::accumulate(box.values.begin(), box.values.end(), std::size_t{1},
                         [](std::size_t product, const auto& set) { return product * set.size(); });
}

// Combinations of the axes (whatever the flow) for which `says` gives something, folded.
std::vector<Box> boxes_where(const Table& table, const Axes& axes, const AxisList& list,
                             auto&& says) {
  std::vector<Box> boxes;
  std::set<std::vector<std::vector<std::size_t>>> seen;
  for (const Row& row : table.rows) {
    std::vector<std::string> words = says(row);
    if (words.empty()) continue;
    Box box = box_of(axes, list, row, std::move(words));
    if (seen.insert(box.values).second) boxes.push_back(std::move(box));
  }
  fold(boxes);
  return boxes;
}

AxisList without_flow(const Axes& axes) {
  AxisList list = all_but(axes, std::nullopt);
  std::erase_if(list, [&](std::size_t axis) { return axes.is_flow(axis); });
  return list;
}

void remark_refusals(const Table& table, const Axes& axes, std::vector<std::string>& remarks) {
  const AxisList list = without_flow(axes);
  const auto refusal = [](const Row& row) -> std::vector<std::string> {
    if (row.verdict != Verdict::config_exception) return {};
    return {row.config_exception};
  };
  for (const Box& box : boxes_where(table, axes, list, refusal)) {
    std::string why = clean(box.says.front());
    if (why.ends_with('.')) why.pop_back();
    remarks.push_back(words_of(axes, list, box) + ": the client refuses to start (" +
                      "ConfigException" + (why.empty() ? "" : ": " + why) + "), " +
                      count_of(combinations_in(box), "combination"));
  }
}

void remark_nothing_to_strike(const Table& table, const Axes& axes,
                              std::vector<std::string>& remarks) {
  const AxisList list = without_flow(axes);
  const auto spared = [](const Row& row) -> std::vector<std::string> {
    if (!row.nothing_to_strike) return {};
    return {"x"};
  };
  for (const Box& box : boxes_where(table, axes, list, spared)) {
    remarks.push_back("nothing to strike: " + words_of(axes, list, box));
  }
}

void remark_notes(const Table& table, std::vector<std::string>& remarks) {
  std::set<std::string> seen;
  for (const Row& row : table.rows) {
    for (const std::string& note : row.notes) {
      if (seen.insert(note).second) remarks.push_back(clean(note));
    }
  }
}

void remark_anywhere(const Table& table, std::vector<std::string>& remarks) {
  std::int64_t most = 0;
  for (const Row& row : table.rows) {
    if (row.anywhere) most = std::max(most, row.runs);
  }
  if (most == 0) return;
  remarks.push_back("anywhere: one run for each moment at which the fault could strike, up to " +
                    with_thousands(most) + "; a cell speaks for all of them");
}

}  // namespace

std::vector<std::string> remarks_on(const Table& table, const Axes& axes) {
  std::vector<std::string> remarks;
  remark_refusals(table, axes, remarks);
  remark_nothing_to_strike(table, axes, remarks);
  remark_anywhere(table, remarks);
  remark_notes(table, remarks);
  return remarks;
}

std::vector<std::string> legend_of(const Table& table) {
  std::vector<std::string> legend;
  bool ok = false, lost = false, unhandled = false, given_up = false, ghosts = false;
  bool twice_in_log = false, twice_handled = false, inconclusive = false, unsettled = false;
  bool reordered = false, several_runs = false;
  for (const Row& row : table.rows) {
    inconclusive |= row.verdict == Verdict::inconclusive;
    unsettled |= row.verdict == Verdict::unsettled;
    if (!is_about_delivery(row.verdict)) continue;
    const Losses losses = losses_of(row.counts);
    ok |= cell_of(row).text == "ok";
    lost |= losses.in_log > 0;
    unhandled |= losses.handled > 0;
    given_up |= row.counts.given_up > 0;
    ghosts |= row.counts.ghosts > 0;
    reordered |= row.counts.reordered > 0;
    (has_group(row) ? twice_handled : twice_in_log) |= row.counts.duplicated > 0;
    several_runs |= row.runs > 1 && row.counts.lost + row.counts.duplicated > 0;
  }
  const auto explain = [&](bool present, const std::string& words) {
    if (present) legend.push_back(words);
  };
  explain(ok, "ok: every message once, in order.");
  explain(lost, "lost: acknowledged and not in the log.");
  explain(unhandled, "LOST: acknowledged and never handled.");
  explain(twice_in_log && twice_handled, "twice: in the log, or handled, more than once.");
  explain(twice_in_log && !twice_handled, "twice: in the log more than once.");
  explain(twice_handled && !twice_in_log, "twice: handled more than once.");
  explain(reordered, "reordered: not in the order of sending.");
  explain(ghosts, "ghosts: handled, and gone from the log.");
  explain(given_up, "given up: absent, and the application was told, or died.");
  explain(several_runs, "4/100: in 4 of 100 runs.");
  explain(inconclusive, "?: a fault could have struck and did not.");
  explain(unsettled, "?: the run did not come to rest.");
  return legend;
}

}  // namespace kafault
