#include "reports/exploration_sheet.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "reports/axes.hpp"
#include "reports/grid_rows.hpp"
#include "reports/remarks.hpp"
#include "reports/text.hpp"
#include "sim/scenario/values.hpp"

namespace kafault {
namespace {

std::string counted(std::uint64_t value) {
  if (value >= INT64_MAX) return "more than 9 x 10^18";
  return with_thousands(static_cast<std::int64_t>(value));
}

std::string counted(std::uint64_t value, const std::string& noun) {
  return counted(value) + " " + noun + (value == 1 ? "" : "s");
}

std::string at_most(std::size_t misfortunes) {
  return "with at most " + counted(misfortunes, "misfortune");
}

// "below 1 in 10^9": the largest power of ten that is true.
std::string odds_in_words(double odds) {
  int power = 0;
  for (double bound = 0.1; odds < bound && power < 30; bound /= 10) ++power;
  return power == 0 ? "above 1 in 10" : "below 1 in 10^" + std::to_string(power);
}

// ---- what all combinations add up to -----------------------------------------------------------

struct Sums {
  std::uint64_t runs = 0;
  std::uint64_t worlds = 0;
  std::uint64_t transitions = 0;
  std::uint32_t depth = 0;
  double collision_odds = 0;
  std::size_t explored = 0;  // combinations
  std::size_t finished = 0;
  std::set<ExploreEnd> ends;
};

Sums sums_of(const ExplorationResult& result) {
  Sums sums;
  for (const ExploredCombination& combination : result.combinations) {
    if (combination.config_exception) continue;
    const Exploration& exploration = combination.exploration;
    ++sums.explored;
    if (exploration.has_finished()) ++sums.finished;
    sums.ends.insert(exploration.end);
    sums.runs = saturating_sum(sums.runs, exploration.runs);
    sums.worlds += exploration.worlds;
    sums.transitions += exploration.transitions;
    sums.depth = std::max(sums.depth, exploration.depth);
    sums.collision_odds = std::min(1.0, sums.collision_odds + exploration.collision_odds);
  }
  return sums;
}

void remark_bounds(const ExplorationResult& result, const Sums& sums, Grid& grid) {
  if (sums.explored == 0) return;
  std::string words = counted(sums.worlds, "world") + ", " +
                      counted(sums.transitions, "transition") + "; the longest run has " +
                      counted(sums.depth, "step");
  words += result.merged ? "; the odds that two worlds were taken for one are " +
                               odds_in_words(sums.collision_odds)
                         : "; every run by itself, no two worlds were taken for one";
  grid.remarks.push_back(std::move(words));
  if (sums.finished == sums.explored) return;
  words.clear();
  for (const ExploreEnd end : sums.ends) {
    if (end != ExploreEnd::finished) words += (words.empty() ? "" : ", ") + reason_of(end);
  }
  grid.remarks.push_back("INCOMPLETE: the search did not finish (" + words + "); " +
                         counted(sums.finished) + " of " + counted(sums.explored, "combination") +
                         " finished");
}

// ---- one combination ---------------------------------------------------------------------------

std::string sentence_of(const ExploredCombination& explored, Promise promise, std::size_t budget) {
  const Exploration& exploration = explored.exploration;
  const std::optional<Script>& script = explored.counterexample(promise);
  if (exploration.has_finished()) {
    if (script) {
      return counted(script->size()) +
             (explored.confirmation(promise) ? "" : ", not confirmed by an ordinary run");
    }
    return "none in all " + counted(exploration.runs, "run") + " " + at_most(budget);
  }
  const std::string why = "the search did not finish";
  if (script) {
    const bool is_smallest = script->size() <= exploration.complete_levels;
    return counted(script->size()) + (is_smallest ? "" : " or fewer: " + why);
  }
  if (exploration.complete_levels == 0) return "unknown: " + why;
  return "more than " + counted(exploration.complete_levels - 1) + ": " + why;
}

void list_promises(const ExplorationResult& result, Grid& grid) {
  const ExploredCombination& explored = result.combinations.front();
  grid.columns = {{"promise", false}, {"misfortunes that break it", false}};
  grid.fixed = 1;
  for (const auto& [name, promise] : Spellings<Promise>::all) {
    if (!explored.applies(promise)) continue;
    grid.rows.push_back(
        {{std::string(name), Tone::plain},
         {sentence_of(explored, promise, result.budget), cell_of(explored, promise).tone}});
  }
}

// ---- several -----------------------------------------------------------------------------------

// The combinations as rows without counts, for what knows the axes of tables.
Table skeleton_of(const ExplorationResult& result) {
  Table table;
  table.axes = result.axes;
  for (const ExploredCombination& combination : result.combinations) {
    Row row;
    row.axis_values = combination.axis_values;
    if (combination.config_exception) {
      row.verdict = Verdict::config_exception;
      row.config_exception = *combination.config_exception;
    }
    table.rows.push_back(std::move(row));
  }
  return table;
}

std::vector<Promise> promises_in(const ExplorationResult& result) {
  std::vector<Promise> columns;
  for (const auto& [name, promise] : Spellings<Promise>::all) {
    const Promise column = promise;
    const bool is_shown =
        std::any_of(result.combinations.begin(), result.combinations.end(),
                    [&](const auto& one) { return !one.config_exception && one.applies(column); });
    if (is_shown) columns.push_back(column);
  }
  return columns;
}

void draw_poster(const ExplorationResult& result, const Table& skeleton, const Axes& axes,
                 Grid& grid) {
  constexpr std::size_t fold_above = 8;
  const std::vector<Promise> promises = promises_in(result);
  for (const Promise promise : promises) {
    grid.columns.push_back({std::string(spell(promise)), true});
  }
  std::vector<GridRow> rows;
  for (std::size_t i = 0; i < result.combinations.size(); ++i) {
    const ExploredCombination& explored = result.combinations[i];
    if (explored.config_exception) continue;
    GridRow row{&skeleton.rows[i], {}};
    for (const Promise promise : promises) row.cells.push_back(cell_of(explored, promise));
    rows.push_back(std::move(row));
  }
  add_rows(axes, all_but(axes, std::nullopt), rows, fold_above, grid);
}

void explain_cells(const ExplorationResult& result, Grid& grid) {
  bool none = false, at_least = false, at_most_so_many = false, unknown = false;
  bool unconfirmed = false;
  for (const std::vector<Cell>& row : grid.rows) {
    for (std::size_t i = grid.fixed; i < row.size(); ++i) {
      const std::string& text = row[i].text;
      none |= text == "-";
      unknown |= text == "?";
      unconfirmed |= text.size() > 1 && text.ends_with("?");
      at_least |= text.starts_with(">");
      at_most_so_many |= text.starts_with("<");
    }
  }
  if (none) {
    grid.legend.push_back("-  none in all runs " + at_most(result.budget) +
                          ". That is not a proof for " + counted(result.budget + 1) + ".");
  }
  const std::string why = "; the search did not finish.";
  if (at_least) grid.legend.push_back(">1  none in all runs with at most 1 misfortune" + why);
  if (at_most_so_many) grid.legend.push_back("<=2  two do it, fewer might" + why);
  if (unconfirmed) {
    grid.legend.push_back(
        "1?  one does it with time in steps; no ordinary run was found that shows it.");
  }
  if (unknown) grid.legend.push_back("?  not found" + why);
}

}  // namespace

std::string reason_of(ExploreEnd end) {
  switch (end) {
    case ExploreEnd::finished:
      return "";
    case ExploreEnd::interrupted:
      return "it was stopped";
    case ExploreEnd::world_limit:
      return "it reached its limit of worlds";
    case ExploreEnd::memory_limit:
      return "it reached its limit of memory";
  }
  return "";
}

Cell cell_of(const ExploredCombination& explored, Promise promise) {
  if (!explored.applies(promise)) return {};
  const Exploration& exploration = explored.exploration;
  if (const std::optional<Script>& script = explored.counterexample(promise)) {
    const bool is_smallest =
        exploration.has_finished() || script->size() <= exploration.complete_levels;
    const bool is_confirmed = explored.confirmation(promise).has_value();
    return {(is_smallest ? "" : "<=") + counted(script->size()) + (is_confirmed ? "" : "?"),
            script->size() <= 1 && is_confirmed ? Tone::bad : Tone::warning};
  }
  if (exploration.has_finished()) return {"-", Tone::good};
  if (exploration.complete_levels == 0) return {"?", Tone::unknown};
  return {">" + counted(exploration.complete_levels - 1), Tone::unknown};
}

Sheet sheet_of(const ExplorationResult& result) {
  const Table skeleton = skeleton_of(result);
  const Axes axes(skeleton);
  const Sums sums = sums_of(result);

  Sheet sheet;
  sheet.title = "The smallest number of misfortunes that breaks each promise";
  sheet.question = result.question;
  sheet.facts = split(clean(result.subtitle), " · ");
  for (const std::string& fixed : fixed_axes_of(skeleton)) sheet.facts.push_back(fixed);
  sheet.facts.push_back("time in steps of " + text_of(result.tick));
  std::string misfortunes;
  for (const Misfortune misfortune : result.misfortunes) {
    misfortunes += (misfortunes.empty() ? "" : ", ") + std::string(spell(misfortune));
  }
  sheet.facts.push_back(misfortunes);
  if (sums.explored > 0) {
    sheet.facts.push_back(counted(sums.runs, "run") + " " + at_most(result.budget) +
                          (sums.finished == sums.explored ? ", all of them" : ", not all of them"));
  }
  if (sums.explored > 0 && result.combinations.size() == 1) {
    list_promises(result, sheet.grid);
  } else if (sums.explored > 0) {
    draw_poster(result, skeleton, axes, sheet.grid);
    explain_cells(result, sheet.grid);
  }
  for (std::string& remark : remarks_on(skeleton, axes)) {
    sheet.grid.remarks.push_back(std::move(remark));
  }
  for (const std::string& axis : result.axes_left_aside) {
    sheet.grid.remarks.push_back("left aside: " + clean(axis) +
                                 " (an exploration lets misfortunes strike everywhere by itself)");
  }
  remark_bounds(result, sums, sheet.grid);
  sheet.warnings = result.warnings;
  return sheet;
}

}  // namespace kafault
