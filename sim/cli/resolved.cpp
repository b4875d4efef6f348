#include "sim/cli/resolved.hpp"

#include <algorithm>
#include <map>
#include <sstream>

#include "reports/text.hpp"
#include "sim/drive/csv.hpp"

namespace kafault {
namespace {

std::string name_of(const Scenario& scenario, const Combination& combination) {
  std::string name;
  for (std::size_t i = 0; i < scenario.axes.size(); ++i) {
    name +=
        (i == 0 ? "" : "  ") + clean(scenario.axes[i]) + "=" + clean(combination.axis_values[i]);
  }
  return name;
}

void write_values(std::ostream& out, const std::vector<ResolvedValue>& values) {
  std::size_t pointer_width = 0;
  std::size_t value_width = 0;
  for (const ResolvedValue& value : values) {
    pointer_width = std::max(pointer_width, display_width(clean(value.pointer)));
    value_width = std::max(value_width, display_width(clean(value.value)));
  }
  pointer_width = std::min<std::size_t>(pointer_width, 64);
  value_width = std::min<std::size_t>(value_width, 32);
  for (const ResolvedValue& value : values) {
    out << "  " << padded(clean(value.pointer), pointer_width) << "  "
        << padded(clean(value.value), value_width) << "  " << clean(value.origin) << '\n';
  }
}

// The first combination whole, of the others what differs from it.
void write_text(std::ostream& out, const Scenario& scenario) {
  out << clean(scenario.file_name) << '\n';
  std::map<std::string, ResolvedValue> first;
  bool is_first = true;
  for (const Combination& combination : scenario.combinations) {
    std::vector<ResolvedValue> values = resolved(scenario, combination);
    const std::string name = name_of(scenario, combination);
    if (!name.empty()) out << '\n' << name << '\n';
    if (is_first) {
      is_first = false;
      for (const ResolvedValue& value : values) first[value.pointer] = value;
      write_values(out, values);
      continue;
    }
    std::erase_if(values, [&](const ResolvedValue& value) {
      const auto known = first.find(value.pointer);
      return known != first.end() && known->second.value == value.value &&
             known->second.origin == value.origin;
    });
    write_values(out, values);
  }
}

void write_csv(std::ostream& out, const std::vector<Scenario>& scenarios) {
  write_csv_line(out, {"scenario", "combination", "pointer", "value", "origin"});
  for (const Scenario& scenario : scenarios) {
    for (const Combination& combination : scenario.combinations) {
      const std::string name = name_of(scenario, combination);
      for (const ResolvedValue& value : resolved(scenario, combination)) {
        write_csv_line(out, {scenario.file_name, name, value.pointer, value.value, value.origin});
      }
    }
  }
}

}  // namespace

std::string resolved_text(const Session& session, const std::vector<Scenario>& scenarios) {
  std::ostringstream out;
  if (session.options.format == "csv") {
    write_csv(out, scenarios);
  } else if (session.options.format == "json") {
    for (const Scenario& scenario : scenarios) {
      for (const Combination& combination : scenario.combinations) {
        out << document_of(scenario, combination);
      }
    }
  } else {
    for (const Scenario& scenario : scenarios) write_text(out, scenario);
  }
  return out.str();
}

}  // namespace kafault
