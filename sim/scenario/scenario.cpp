#include "sim/scenario/scenario.hpp"

#include <algorithm>
#include <set>

#include "sim/scenario/combination_reader.hpp"
#include "sim/scenario/expectations_reader.hpp"
#include "sim/scenario/matrix.hpp"
#include "sim/scenario/pointing.hpp"
#include "sim/scenario/values.hpp"

namespace kafault {
namespace {

// Partitions and processes of all combinations together, which all stand in memory.
constexpr std::size_t most_parts = 2'000'000;

std::size_t parts_of(const ClusterPlan& plan) {
  return plan.layout.partitions.size() + static_cast<std::size_t>(plan.nodes());
}

std::string without_ending(std::string name) {
  for (const std::string_view ending : {".json", ".jsonc"}) {
    if (name.size() > ending.size() && name.ends_with(ending)) {
      name.resize(name.size() - ending.size());
      break;
    }
  }
  return name;
}

void read_head(const Cursor& root, Scenario& scenario) {
  std::string schema;
  read_text(root, "$schema", schema);
  read_text(root, "title", scenario.title);
  read_text(root, "question", scenario.question);
  read_text(root, "source", scenario.source);
  if (const std::optional<Cursor> asked = root.find("also_asked")) {
    const Json& list = asked->json();
    const auto is_text = [](const Json& one) { return one.is_string(); };
    if (!list.is_array() || !std::all_of(list.begin(), list.end(), is_text)) {
      asked->mistake("other words for the question are a list of texts");
    }
  }
  const std::optional<Cursor> format = root.find("kafault");
  if (format && format->json() != 1) {
    format->mistake("this program reads version 1 of the format, not " + shown(format->json()));
  }
}

void check_where(const ReadOptions& options, const Matrix& matrix, Reading& reading) {
  std::vector<std::string_view> names;
  for (const Axis& axis : matrix.axes()) names.push_back(axis.name);
  for (const auto& [name, value] : options.where) {
    const std::string option = "--where " + name + "=" + value;
    const auto axis = std::find(names.begin(), names.end(), name);
    if (axis == names.end()) {
      reading.mistake_of_option(option, "there is no axis " + in_quotes(name) +
                                            did_you_mean(name, names) +
                                            (names.empty() ? "" : "; known: " + list_of(names)));
      continue;
    }
    std::vector<std::string_view> texts;
    for (const Axis::Value& known :
         matrix.axes()[static_cast<std::size_t>(axis - names.begin())].values) {
      texts.push_back(known.text);
    }
    if (std::find(texts.begin(), texts.end(), value) == texts.end()) {
      reading.mistake_of_option(option, "axis " + in_quotes(name) + " has no value " +
                                            in_quotes(value) + did_you_mean(value, texts) +
                                            "; known: " + list_of(texts));
    }
  }
}

bool is_wanted(const std::vector<std::string>& axes, const Combination& combination,
               const std::map<std::string, std::string>& where) {
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const auto wanted = where.find(axes[i]);
    if (wanted != where.end() && wanted->second != combination.axis_values[i]) return false;
  }
  return true;
}

// The model uses none of them; Kafka, too, prints such values like this.
void hide_secrets(Json& json) {
  for (auto& [key, value] : json.items()) {
    if (value.is_structured()) {
      hide_secrets(value);
    } else if (json.is_object() && is_secret(key)) {
      value = "[hidden]";
    }
  }
}

// Reads all of them, also those that `where` leaves out: a mistake is one wherever it stands, and a
// target that is missing here may be found there.
void read_combinations(const Matrix& matrix, const ReadOptions& options, Reading& reading,
                       Scenario& scenario, std::set<std::string>& flows) {
  std::size_t parts = 0;
  const std::uint64_t count = matrix.combinations();
  for (std::uint64_t n = 0; n < count; ++n) {
    Combination combination;
    combination.choices = matrix.choices(n);
    for (std::size_t i = 0; i < combination.choices.size(); ++i) {
      combination.axis_values.push_back(matrix.axes()[i].values[combination.choices[i]].text);
    }
    const Json document = matrix.apply(combination.choices, reading);
    read_combination(Cursor(document, reading), combination);
    parts += parts_of(combination.plan);
    if (parts > most_parts) {
      reading.mistake(
          {"matrix"}, Origins::At::value,
          "all combinations together have more than 2,000,000 partitions and processes");
      return;
    }
    if (reading.is_full()) return;
    for (const Flow& flow : flows_of(combination.plan)) {
      flows.insert(flow_name(combination.plan, flow));
    }
    if (is_wanted(scenario.axes, combination, options.where)) {
      scenario.combinations.push_back(std::move(combination));
    }
  }
}

}  // namespace

Scenario read_scenario(const std::string& text, const std::string& file_name,
                       const ReadOptions& options) {
  const Source source(text, file_name);
  Mistakes mistakes(file_name);
  Reading reading(source, mistakes);
  const Matrix matrix(source, options, reading);
  // Without an axis that has a mistake, more would seem wrong than is.
  const bool axes_are_known = mistakes.empty();
  if (axes_are_known) check_where(options, matrix, reading);

  Scenario scenario;
  scenario.name = without_ending(file_name);
  scenario.text = text;
  scenario.file_name = file_name;
  scenario.options = options;
  for (const Axis& axis : matrix.axes()) {
    scenario.axes.push_back(axis.name);
    scenario.axis_only_sets_fate.push_back(only_sets_fate(axis));
  }
  read_head(Cursor(matrix.document(), reading), scenario);

  std::set<std::string> flows;
  if (source.document().is_object()) {
    read_combinations(matrix, options, reading, scenario, flows);
  }
  reading.report_what_was_never_found();
  reading.origins.shrink_to(0);
  if (axes_are_known) {
    scenario.expect = read_expectations(Cursor(matrix.sections(), reading), matrix, flows);
  }
  for (Expectation& expectation : scenario.expect) {
    const Position at = source.value_at(*parse_pointer(expectation.place));
    expectation.place = file_name + ":" + std::to_string(at.line) + ":" + std::to_string(at.column);
  }
  mistakes.raise_if_any();
  scenario.warnings = reading.warnings();
  scenario.accepted_without_effect = reading.accepted_without_effect();
  scenario.accepted_outside = reading.accepted_outside();
  return scenario;
}

std::string document_of(const Scenario& scenario, const Combination& combination) {
  const Source source(scenario.text, scenario.file_name);
  Mistakes mistakes(scenario.file_name);
  Reading reading(source, mistakes);
  const Matrix matrix(source, scenario.options, reading);
  Json document = matrix.apply(combination.choices, reading);
  hide_secrets(document);
  return document.dump(2) + "\n";
}

}  // namespace kafault
