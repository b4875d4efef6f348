#include "sim/scenario/matrix.hpp"

#include <algorithm>
#include <set>

#include "sim/oracle/columns.hpp"
#include "sim/scenario/flows.hpp"
#include "sim/scenario/pointing.hpp"
#include "sim/scenario/settings_files.hpp"
#include "sim/scenario/values.hpp"

namespace kafault {
namespace {

constexpr std::uint64_t most_combinations = 100'000;
constexpr std::size_t most_axes = 100;
constexpr std::size_t most_values = 10'000;

std::string last_token(std::string_view pointer) {
  const std::optional<Path> path = parse_pointer(pointer);
  return path && !path->empty() ? path->back() : std::string();
}

void move_member(Json& from, const char* key, Json& to) {
  const auto it = from.find(key);
  if (it == from.end()) return;
  to[key] = std::move(*it);
  from.erase(it);
}

// A Merge Patch may not touch what makes the combinations.
std::string_view forbidden_key(const Json& patch) {
  for (const char* key : {"matrix", "expect", "kafault", "$schema"}) {
    if (patch.contains(key)) return key;
  }
  return {};
}

bool is_of_fate(std::string_view section) {
  return section == "faults" || section == "seed" || section == "runs" || section == "client_dice";
}

bool only_sets_fate(const Axis::Change& change) {
  const Json* const patch = change.layer.patch;
  if (patch == nullptr) {
    return !change.layer.target.empty() && is_of_fate(change.layer.target.front());
  }
  for (const auto& section : patch->items()) {
    if (!is_of_fate(section.key())) return false;
  }
  return true;
}

}  // namespace

bool only_sets_fate(const Axis& axis) {
  return std::all_of(axis.values.begin(), axis.values.end(), [](const Axis::Value& value) {
    return std::all_of(value.changes.begin(), value.changes.end(),
                       [](const Axis::Change& change) { return only_sets_fate(change); });
  });
}

Matrix::Matrix(const Source& source, const ReadOptions& options, Reading& reading)
    : document_(source.document()) {
  if (!document_.is_object()) {
    reading.mistake({}, Origins::At::value, "a scenario is a JSON object");
    document_ = Json::object();
    return;
  }
  apply_options(options, reading);
  move_member(document_, "matrix", sections_);
  move_member(document_, "expect", sections_);
  read_axes(reading);
  for (const auto& [pointer, values] : options.vary) vary_option(pointer, values, reading);
  if (axes_.size() > most_axes) {
    reading.mistake({"matrix"}, Origins::At::value, "there are more than 100 axes");
    axes_.clear();
  }
  if (combinations() > most_combinations) {
    reading.mistake({"matrix"}, Origins::At::value, "there are more than 100,000 combinations");
    for (Axis& axis : axes_) axis.values.resize(1);
  }
}

// --- options ------------------------------------------------------------------------------------

void Matrix::apply_options(const ReadOptions& options, Reading& reading) {
  for (SettingOverride& setting : settings_from_outside(options, document_, reading)) {
    put(document_, setting.layer.target, setting.value);
    overrides_.push_back(std::move(setting.layer));
    reading.origins.push(&overrides_.back());
  }
  for (const auto& [pointer, value] : options.set) {
    const std::string shown = is_secret(last_token(pointer)) ? "[hidden]" : value;
    set_option("--set " + pointer + "=" + shown, pointer, value, reading);
  }
  if (options.seed) {
    const std::string seed = std::to_string(*options.seed);
    set_option("--seed " + seed, "/seed", seed, reading);
  }
}

void Matrix::set_option(const std::string& option, const std::string& pointer,
                        const std::string& value, Reading& reading) {
  const Pointing pointing = point(pointer, document_);
  Json json;
  std::string mistake = pointing.mistake;
  if (mistake.empty()) {
    try {
      json = option_value(value);
    } catch (const ScenarioError& error) {
      mistake = error.what();
    }
  }
  if (!mistake.empty()) {
    reading.mistake_of_option(option, mistake);
    return;
  }
  for (const Path& target : pointing.targets) {
    put(document_, target, json);
    overrides_.push_back({"--set", target, nullptr, {}, {}, option});
    reading.origins.push(&overrides_.back());
  }
}

void Matrix::vary_option(const std::string& pointer, const std::string& values, Reading& reading) {
  const std::string option = "--vary " + pointer + "=" + values;
  const Pointing pointing = point(pointer, document_);
  if (!pointing.mistake.empty()) return reading.mistake_of_option(option, pointing.mistake);
  Axis axis;
  axis.pointer = pointer;
  axis.name = last_token(pointer);
  std::set<std::string> texts;
  for (const std::string& text : split_values(values)) {
    try {
      owned_.push_back(option_value(text));
    } catch (const ScenarioError& error) {
      return reading.mistake_of_option(option, error.what());
    }
    Axis::Value value{cell_of(owned_.back()), {}};
    for (const Path& target : pointing.targets) {
      value.changes.push_back({{"--vary", target, nullptr, {}, {}, option}, &owned_.back()});
    }
    if (!texts.insert(value.text).second) {
      return reading.mistake_of_option(option, in_quotes(value.text) + " stands twice");
    }
    axis.values.push_back(std::move(value));
  }
  for (Axis& other : axes_) {
    if (other.pointer != pointer) continue;
    other.values = std::move(axis.values);
    return;
  }
  std::string why_not;
  if (!name_is_free(axis.name, why_not)) axis.name = pointer;
  if (!name_is_free(axis.name, why_not)) return reading.mistake_of_option(option, why_not);
  axes_.push_back(std::move(axis));
}

// --- the matrix of the file ---------------------------------------------------------------------

void Matrix::read_axes(Reading& reading) {
  const Cursor root(sections_, reading);
  const std::optional<Cursor> list = root.find("matrix");
  if (!list) return;
  if (!list->json().is_array()) {
    list->mistake("a matrix is a list of axes");
    return;
  }
  for (std::size_t at = 0; at < list->json().size(); ++at) {
    const Cursor cursor = list->element(at);
    std::optional<Axis> axis = read_axis(cursor);
    if (axis) add_axis(cursor, *std::move(axis));
  }
}

std::optional<Axis> Matrix::read_axis(const Cursor& cursor) {
  if (!check_object(cursor, axis_format)) return std::nullopt;
  Axis axis;
  read_text(cursor, "axis", axis.name);
  const std::optional<Cursor> patches = cursor.find("patches");
  const std::optional<Cursor> at = cursor.find("at");
  if (patches) {
    if (at || cursor.find("values")) {
      cursor.mistake("an axis has either \"at\" and \"values\", or \"patches\"");
      return std::nullopt;
    }
    read_patches(*patches, axis);
  } else if (!at) {
    cursor.mistake("\"at\" is missing: what the axis varies");
    return std::nullopt;
  } else {
    read_values(cursor, axis, *at);
  }
  if (axis.values.empty()) return std::nullopt;
  if (axis.name.empty()) {
    cursor.mistake("\"axis\" is missing: the name of its column");
    return std::nullopt;
  }
  return axis;
}

void Matrix::read_values(const Cursor& cursor, Axis& axis, const Cursor& at) {
  const std::optional<std::string> pointer = text_at(at);
  if (!pointer) return;
  axis.pointer = *pointer;
  if (axis.name.empty()) axis.name = last_token(*pointer);
  const Pointing pointing = point(*pointer, document_);
  if (!pointing.mistake.empty()) return at.mistake(pointing.mistake);
  for (const Layer& layer : overrides_) {
    for (const Path& target : pointing.targets) {
      if (!begins_with(target, layer.target) && !begins_with(layer.target, target)) continue;
      if (!layer.file.empty()) {
        cursor.reading().warn(layer.name + ": " + layer.target.back() + " has no effect: axis " +
                              in_quotes(axis.name) + " varies it");
        continue;
      }
      cursor.reading().mistake_of_option(
          layer.option, "axis " + in_quotes(axis.name) + " varies it: use --vary, or --where");
      return;
    }
  }
  const std::optional<Cursor> values = cursor.find("values");
  if (!values || !values->json().is_array() || values->json().empty()) {
    (values ? *values : cursor).mistake("an axis has a list of \"values\"");
    return;
  }
  if (values->json().size() > most_values) {
    return values->mistake("an axis has at most 10,000 values");
  }
  std::set<std::string> texts;
  for (std::size_t i = 0; i < values->json().size(); ++i) {
    const Cursor element = values->element(i);
    Axis::Value value{cell_of(element.json()), {}};
    if (!texts.insert(value.text).second) {
      element.mistake(in_quotes(value.text) + " stands twice");
      continue;
    }
    for (const Path& target : pointing.targets) {
      value.changes.push_back(
          {{"axis " + axis.name, target, nullptr, element.path(), at.path(), {}}, &element.json()});
    }
    axis.values.push_back(std::move(value));
  }
}

void Matrix::read_patches(const Cursor& patches, Axis& axis) {
  if (!patches.json().is_array() || patches.json().empty()) {
    patches.mistake("patches are a list of objects: { \"name\", \"set\" }");
    return;
  }
  if (patches.json().size() > most_values) {
    return patches.mistake("an axis has at most 10,000 patches");
  }
  std::set<std::string> texts;
  for (std::size_t i = 0; i < patches.json().size(); ++i) {
    const Cursor patch = patches.element(i);
    if (!check_object(patch, patch_format)) continue;
    std::string name;
    read_text(patch, "name", name);
    const std::optional<Cursor> set = patch.find("set");
    if (name.empty() || !set) {
      patch.mistake("a patch has a \"name\" and what it \"set\"s");
      continue;
    }
    if (!texts.insert(name).second) {
      patch.find("name")->mistake(in_quotes(name) + " stands twice");
      continue;
    }
    if (!set->json().is_object()) {
      set->mistake(shown(set->json()) + " stands where a Merge Patch, an object, belongs");
      continue;
    }
    const std::string_view forbidden = forbidden_key(set->json());
    if (!forbidden.empty()) {
      set->find(forbidden)->mistake_at_key("cannot be patched");
      continue;
    }
    axis.values.push_back(
        {printable(name),
         {{{"axis " + axis.name, {}, &set->json(), set->path(), set->path(), {}}, nullptr}}});
  }
}

bool Matrix::name_is_free(const std::string& name, std::string& why_not) const {
  why_not.clear();
  for (const std::string_view column : result_columns()) {
    if (name == column) why_not = in_quotes(name) + " is the name of a result column";
  }
  for (const std::string_view column : exploration_columns) {
    if (name == column) why_not = in_quotes(name) + " is the name of a column of explorations";
  }
  for (const Axis& axis : axes_) {
    if (name == axis.name) why_not = "another axis is called " + in_quotes(name);
  }
  return why_not.empty();
}

void Matrix::add_axis(const Cursor& cursor, Axis axis) {
  std::string why_not;
  if (!name_is_free(axis.name, why_not)) {
    const std::optional<Cursor> name = cursor.find("axis");
    (name ? *name : cursor).mistake(why_not + (name ? "" : "; name it with \"axis\""));
    return;
  }
  axes_.push_back(std::move(axis));
}

// --- combinations -------------------------------------------------------------------------------

std::uint64_t Matrix::combinations() const {
  std::uint64_t count = 1;
  for (const Axis& axis : axes_) {
    count *= axis.values.size();
    if (count > most_combinations) return most_combinations + 1;
  }
  return count;
}

std::vector<std::size_t> Matrix::choices(std::uint64_t combination) const {
  std::vector<std::size_t> choices(axes_.size());
  for (std::size_t i = axes_.size(); i-- > 0;) {
    choices[i] = combination % axes_[i].values.size();
    combination /= axes_[i].values.size();
  }
  return choices;
}

Json Matrix::apply(const std::vector<std::size_t>& choices, Reading& reading) const {
  reading.origins.shrink_to(overrides_.size());
  Json document = document_;
  for (std::size_t i = 0; i < axes_.size(); ++i) {
    for (const Axis::Change& change : axes_[i].values[choices[i]].changes) {
      reading.origins.push(&change.layer);
      if (change.layer.patch != nullptr) {
        document.merge_patch(*change.layer.patch);
      } else {
        put(document, change.layer.target, *change.value);
      }
    }
  }
  return document;
}

}  // namespace kafault
