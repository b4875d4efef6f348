// Counterexamples as files that somebody may read.
#include "sim/drive/counterexample.hpp"
#include "sim/kernel/contract.hpp"
#include "sim/scenario/json_text.hpp"

namespace kafault {
namespace {

std::string_view column_of(Promise promise) {
  switch (promise) {
    case Promise::no_acked_record_lost:
      return "log_lost";
    case Promise::no_copy_in_the_log:
      return "log_copies";
    case Promise::order_per_partition:
      return "reordered";
    case Promise::every_record_handled:
      return "unhandled";
    case Promise::handled_only_once:
      return "handled_again";
    case Promise::effect_only_once:
      return "effects_extra";
    case Promise::no_ghost:
      return "ghosts";
    case Promise::settles:
      break;
  }
  return "";
}

// That the promise is broken, on the flows on which it is.
Json expectations_of(const Counterexample& found, Promise promise) {
  if (promise == Promise::settles) return Json::array({{{"verdict", "unsettled"}}});
  const Scenario scenario = read_scenario(found.document, "counterexample.json", {});
  const ClusterPlan& plan = scenario.combinations.front().plan;
  const std::vector<Flow> flows = flows_of(plan);
  const std::optional<OrdinaryRun> run = play(found.document);
  KAFAULT_REQUIRE(run.has_value() && run->digest == found.digest);
  Json list = Json::array();
  for (std::size_t i = 0; i < flows.size(); ++i) {
    if (!breaks(promise, run->flows[i].counts)) continue;
    Json expectation = Json::object();
    expectation["flow"] = flow_name(plan, flows[i]);
    expectation[std::string(column_of(promise))] = ">= 1";
    list.push_back(std::move(expectation));
  }
  return list;
}

// "acks=1, commit=sync": the axes that an exploration does not leave aside.
std::string settings_text(const Scenario& origin, const Combination& combination) {
  std::string text;
  for (std::size_t axis = 0; axis < origin.axes.size(); ++axis) {
    if (origin.axis_only_sets_fate[axis]) continue;
    text += (text.empty() ? "" : ", ") + origin.axes[axis] + "=" + combination.axis_values[axis];
  }
  return text;
}

std::string without_folders(const std::string& path) {
  const std::size_t slash = path.find_last_of('/');
  return slash == std::string::npos ? path : path.substr(slash + 1);
}

// Anything else than letters, digits and "=._" becomes a dash, several become one.
std::string safe(const std::string& text) {
  std::string name;
  for (const char c : text) {
    const bool is_safe = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                         (c >= '0' && c <= '9') || c == '=' || c == '.' || c == '_';
    if (is_safe) {
      name += c;
    } else if (!name.empty() && name.back() != '-') {
      name += '-';
    }
  }
  return name;
}

}  // namespace

CounterexampleFile file_of(const Counterexample& found, Promise promise, const Scenario& origin,
                           const Combination& combination) {
  Json document = Json::parse(found.document);
  const std::string settings = settings_text(origin, combination);
  const std::string name(spell(promise));
  std::string misfortunes;
  for (const Json& fault : document["faults"]) {
    misfortunes += (misfortunes.empty() ? "" : ", then ") + fault["name"].get<std::string>();
  }
  if (misfortunes.empty()) misfortunes = "nothing";
  Json file = Json::object();
  file["kafault"] = 1;
  file["title"] =
      misfortunes + " breaks \"" + name + "\"" + (settings.empty() ? "" : " (" + settings + ")");
  file["question"] = "What does it take to break \"" + name + "\"?";
  file["source"] = "found by kafault explore " + without_folders(origin.file_name);
  for (auto& [key, value] : document.items()) {
    if (!file.contains(key)) file[key] = std::move(value);
  }
  file["expect"] = expectations_of(found, promise);
  CounterexampleFile result;
  result.name = safe(without_folders(origin.name) + " " + name + " " + settings);
  while (result.name.ends_with('-')) result.name.pop_back();
  result.name += ".json";
  result.text = json_text(file);
  return result;
}

}  // namespace kafault
