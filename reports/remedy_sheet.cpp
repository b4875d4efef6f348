#include "reports/remedy_sheet.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "reports/text.hpp"

namespace kafault {
namespace {

using Json = nlohmann::ordered_json;

// "1.5 ms", "9.6 s", "19 s"
std::string in_words(Duration duration) {
  constexpr Duration second = std::chrono::seconds(1);
  constexpr Duration millisecond = std::chrono::milliseconds(1);
  const Duration unit = duration >= second ? second : millisecond;
  const bool is_coarse = duration >= 10 * second;
  const std::int64_t tenths =
      is_coarse ? (duration + unit / 2) / unit * 10 : (duration + unit / 20) / (unit / 10);
  std::string text = with_thousands(tenths / 10);
  if (tenths % 10 != 0) text += "." + std::to_string(tenths % 10);
  return text + (unit == second ? " s" : " ms");
}

std::string times(std::int64_t count) {
  return count == 1 ? "once" : count == 2 ? "twice" : with_thousands(count) + " times";
}

std::string after(std::size_t misfortunes) {
  return misfortunes == 0 ? "without any misfortune"
                          : "after " + count_of(misfortunes, "misfortune");
}

std::string sizes_in_words() {
  static_assert(most_changes == 2);
  return "alone or in pairs";
}

double in_ms(Duration duration) {
  return std::chrono::duration<double, std::milli>(duration).count();
}

Json json_of(const RunCost& cost) {
  return {{"ack_ms", in_ms(cost.ack)},
          {"commits", cost.commits},
          {"longest_wait_ms", in_ms(cost.longest_wait)},
          {"fails_after", cost.fails_after ? Json(*cost.fails_after) : Json()}};
}

Json json_of(const Remedy& remedy) {
  Json json = Json::object();
  Json& changes = json["changes"] = Json::array();
  for (const Change& change : remedy.changes) {
    changes.push_back({{"pointer", change.pointer}, {"value", change.value}});
  }
  json["cost"] = json_of(remedy.cost);
  Json& broken = json["now_broken"] = Json::array();
  for (const auto& [promise, misfortunes] : remedy.now_broken) {
    broken.push_back({{"promise", spell(promise)}, {"smallest", misfortunes}});
  }
  return json;
}

std::string words_of(const Change& change) { return clean(change.name + "=" + change.value); }

// What is different, a line each.
std::vector<std::string> costs_of(const Remedy& remedy, const RunCost& before) {
  const RunCost& cost = remedy.cost;
  std::vector<std::string> lines;
  const auto compare = [&](const std::string& what, const std::string& now,
                           const std::string& was) {
    if (now != was) lines.push_back(what + " " + now + " instead of " + was);
  };
  compare("acknowledged after", in_words(cost.ack), in_words(before.ack));
  // A tenth more or less is where the misfortune happened to strike.
  if (cost.longest_wait > before.longest_wait + before.longest_wait / 10) {
    compare("one misfortune and no ack for", in_words(cost.longest_wait),
            in_words(before.longest_wait));
  }
  if (remedy.fails_sooner) lines.push_back("a send fails " + after(*cost.fails_after));
  if (cost.commits > before.commits) compare("commits", times(cost.commits), times(before.commits));
  for (const auto& [promise, misfortunes] : remedy.now_broken) {
    lines.push_back("breaks \"" + std::string(spell(promise)) + "\" " + after(misfortunes));
  }
  if (lines.empty()) lines.emplace_back("nothing");
  return lines;
}

void list_remedies(const PromiseRemedies& found, const RemedyReport& report, Grid& grid) {
  const std::string promise = glued(spell(found.promise));
  const std::string misfortunes = std::to_string(found.misfortunes);
  if (found.remedies.empty()) {
    const std::string none = found.tried == 0 ? "no setting of the list changes anything"
                                              : "none of " + count_of(report.candidates, "change") +
                                                    " " + sizes_in_words();
    grid.rows.push_back(
        {{promise, Tone::plain}, {misfortunes, Tone::bad}, {none, Tone::warning}, {}});
    return;
  }
  bool is_first = true;
  for (const Remedy& remedy : found.remedies) {
    const std::vector<std::string> costs = costs_of(remedy, report.cost);
    for (std::size_t line = 0; line < std::max(remedy.changes.size(), costs.size()); ++line) {
      const std::string change =
          line < remedy.changes.size() ? words_of(remedy.changes[line]) : std::string();
      const bool goes_on = line + 1 < remedy.changes.size();
      grid.rows.push_back({{is_first ? promise : "", Tone::plain},
                           {is_first ? misfortunes : "", Tone::bad},
                           {change + (goes_on ? " and" : ""), Tone::good},
                           {line < costs.size() ? costs[line] : "",
                            remedy.is_paid_for() ? Tone::warning : Tone::plain}});
      is_first = false;
    }
  }
  if (found.more > 0) {
    grid.rows.push_back({{}, {}, {"and " + std::to_string(found.more) + " more", Tone::plain}, {}});
  }
}

}  // namespace

Sheet remedies_of(const ExplorationResult& result, std::size_t combination,
                  const RemedyReport& report) {
  const ExploredCombination& explored = result.combinations[combination];
  Sheet sheet;
  sheet.title = "The smallest changes that keep each promise";
  for (std::size_t axis = 0; axis < result.axes.size(); ++axis) {
    sheet.facts.push_back(clean(result.axes[axis] + "=" + explored.axis_values[axis]));
  }
  Grid& grid = sheet.grid;
  if (explored.config_exception) {
    grid.remarks.push_back("the client refuses to start: " + clean(*explored.config_exception));
    return sheet;
  }
  if (report.promises.empty()) {
    grid.remarks.emplace_back("no promise is broken: there is nothing to cure");
    return sheet;
  }
  grid.columns = {
      {"promise", false}, {"broken by", true}, {"kept with", false}, {"what that costs", false}};
  grid.fixed = 2;
  std::size_t most = 0;
  for (const PromiseRemedies& found : report.promises) {
    list_remedies(found, report, grid);
    most = std::max(most, found.tried);
  }
  grid.remarks.push_back("each change explored like the settings themselves: " +
                         count_of(report.candidates, "change") + " " + sizes_in_words() + ", " +
                         count_of(most, "different setup"));
  if (!report.complete) {
    grid.remarks.emplace_back(
        "INCOMPLETE: some searches did not finish; there may be more or smaller remedies");
  }
  return sheet;
}

Json json_of(const RemedyReport& report) {
  Json json = Json::object();
  json["candidates"] = report.candidates;
  json["complete"] = report.complete;
  json["cost"] = json_of(report.cost);
  Json& broken = json["promises"] = Json::array();
  for (const PromiseRemedies& found : report.promises) {
    Json remedies = Json::array();
    for (const Remedy& remedy : found.remedies) remedies.push_back(json_of(remedy));
    broken.push_back({{"promise", spell(found.promise)},
                      {"smallest", found.misfortunes},
                      {"tried", found.tried},
                      {"remedies", std::move(remedies)},
                      {"more", found.more}});
  }
  return json;
}

}  // namespace kafault
