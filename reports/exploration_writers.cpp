#include "reports/exploration_writers.hpp"

#include <nlohmann/json.hpp>
#include <ostream>
#include <string>
#include <vector>

#include "kafault_version.hpp"
#include "reports/exploration_sheet.hpp"
#include "reports/remedy_sheet.hpp"
#include "reports/text.hpp"
#include "sim/drive/csv.hpp"
#include "sim/scenario/values.hpp"

namespace kafault {
namespace {

using Json = nlohmann::ordered_json;

std::string smallest_in(const ExploredCombination& explored, Promise promise) {
  if (explored.config_exception) return "ConfigException";
  const std::optional<Script>& script = explored.counterexample(promise);
  return script ? std::to_string(script->size()) : "none";
}

// Empty where there is nothing to confirm.
std::string confirmed_in(const ExploredCombination& explored, Promise promise) {
  if (!explored.counterexample(promise)) return "";
  return explored.confirmation(promise) ? "true" : "false";
}

Json promises_of(const ExploredCombination& explored) {
  Json list = Json::array();
  for (const auto& [name, promise] : Spellings<Promise>::all) {
    if (!explored.applies(promise)) continue;
    const std::optional<Script>& script = explored.counterexample(promise);
    Json entry{{"promise", name}, {"smallest", script ? Json(script->size()) : Json()}};
    if (script) {
      const std::optional<Counterexample>& confirmation = explored.confirmation(promise);
      entry["confirmed"] = confirmation.has_value();
      if (confirmation) {
        entry["digest"] = hex(confirmation->digest);
        entry["scenario"] = Json::parse(confirmation->document);
      }
    }
    list.push_back(std::move(entry));
  }
  return list;
}

Json json_of(const ExplorationResult& result, const ExploredCombination& explored) {
  Json json = Json::object();
  Json& axes = json["axes"] = Json::object();
  for (std::size_t i = 0; i < result.axes.size(); ++i) {
    axes[result.axes[i]] = explored.axis_values[i];
  }
  if (explored.config_exception) {
    json["config_exception"] = *explored.config_exception;
    return json;
  }
  const Exploration& exploration = explored.exploration;
  json["promises"] = promises_of(explored);
  json["complete"] = exploration.has_finished();
  if (!exploration.has_finished()) json["ended"] = reason_of(exploration.end);
  json["complete_levels"] = exploration.complete_levels;
  json["runs"] = exploration.runs;
  json["worlds"] = exploration.worlds;
  json["transitions"] = exploration.transitions;
  json["depth"] = exploration.depth;
  json["collision_odds"] = exploration.collision_odds;
  Json& levels = json["levels"] = Json::array();
  for (const ExploredLevel& level : exploration.levels) {
    levels.push_back({{"misfortunes", levels.size()},
                      {"runs", level.runs},
                      {"worlds", level.worlds},
                      {"transitions", level.transitions}});
  }
  return json;
}

}  // namespace

void write_csv(std::ostream& out, const ExplorationResult& result) {
  CsvLine header{"scenario"};
  header.insert(header.end(), result.axes.begin(), result.axes.end());
  for (const char* column : {"promise", "smallest", "confirmed", "runs", "worlds", "complete"}) {
    header.emplace_back(column);
  }
  write_csv_line(out, header);
  for (const ExploredCombination& explored : result.combinations) {
    for (const auto& [name, promise] : Spellings<Promise>::all) {
      if (!explored.applies(promise)) continue;
      CsvLine line{result.scenario};
      line.insert(line.end(), explored.axis_values.begin(), explored.axis_values.end());
      line.emplace_back(name);
      line.push_back(smallest_in(explored, promise));
      line.push_back(confirmed_in(explored, promise));
      line.push_back(std::to_string(explored.exploration.runs));
      line.push_back(std::to_string(explored.exploration.worlds));
      line.emplace_back(explored.is_complete() ? "true" : "false");
      write_csv_line(out, line);
    }
  }
}

void write_json(std::ostream& out, const ExplorationResult& result,
                const std::vector<RemedyReport>& remedies) {
  Json json = Json::object();
  json["kafault"] = KAFAULT_VERSION;
  json["scenario"] = result.scenario;
  json["title"] = result.title;
  json["question"] = result.question;
  json["subtitle"] = result.subtitle;
  json["budget"] = result.budget;
  Json& misfortunes = json["misfortunes"] = Json::array();
  for (const Misfortune misfortune : result.misfortunes) misfortunes.push_back(spell(misfortune));
  json["records"] = result.records;
  json["tick"] = text_of(result.tick);
  json["merged"] = result.merged;
  json["complete"] = result.is_complete();
  json["axes"] = result.axes;
  json["axes_left_aside"] = result.axes_left_aside;
  json["warnings"] = result.warnings;
  Json& combinations = json["combinations"] = Json::array();
  for (std::size_t i = 0; i < result.combinations.size(); ++i) {
    combinations.push_back(json_of(result, result.combinations[i]));
    if (!remedies.empty()) combinations.back()["remedies"] = json_of(remedies[i]);
  }
  out << json.dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
}

}  // namespace kafault
