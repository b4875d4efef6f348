#include "reports/versions.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <ostream>

#include "kafault_version.hpp"
#include "sim/drive/csv.hpp"

namespace kafault {
namespace {

bool is_the_same_everywhere(const VersionLine& line) {
  return std::all_of(line.values.begin(), line.values.end(),
                     [&](const std::string& value) { return value == line.values.front(); });
}

}  // namespace

VersionSheet versions_of(const std::vector<std::string>& named) {
  const std::vector<std::string_view> known = known_versions();
  VersionSheet sheet{named, {}};
  if (named.empty()) sheet.versions.assign(known.begin(), known.end());
  for (VersionLine& line : version_table()) {
    std::vector<std::string> picked;
    for (const std::string& version : sheet.versions) {
      const auto at = std::find(known.begin(), known.end(), version) - known.begin();
      picked.push_back(line.values[static_cast<std::size_t>(at)]);
    }
    line.values = std::move(picked);
    if (named.size() > 1 && is_the_same_everywhere(line)) continue;
    sheet.lines.push_back(std::move(line));
  }
  return sheet;
}

Sheet sheet_of(const VersionSheet& versions) {
  Sheet sheet;
  sheet.title = "What Kafka's versions differ in, as far as it is modelled";
  sheet.grid.columns.push_back({"switch or default", false});
  sheet.grid.fixed = 1;
  for (const std::string& version : versions.versions) {
    sheet.grid.columns.push_back({version, true});
  }
  for (const VersionLine& line : versions.lines) {
    std::vector<Cell> row{{std::string(line.name)}};
    for (const std::string& value : line.values) {
      row.push_back({value, value == "off" ? Tone::warning : Tone::plain});
    }
    sheet.grid.rows.push_back(std::move(row));
  }
  for (const VersionLine& line : versions.lines) {
    sheet.grid.remarks.push_back(std::string(line.name) + " (" + std::string(line.source) +
                                 "): " + std::string(line.doc));
  }
  return sheet;
}

void write_csv(std::ostream& out, const VersionSheet& versions) {
  CsvLine header{"kind", "name"};
  header.insert(header.end(), versions.versions.begin(), versions.versions.end());
  header.insert(header.end(), {"meaning", "source"});
  write_csv_line(out, header);
  for (const VersionLine& line : versions.lines) {
    CsvLine cells{std::string(line.kind), std::string(line.name)};
    cells.insert(cells.end(), line.values.begin(), line.values.end());
    cells.insert(cells.end(), {std::string(line.doc), std::string(line.source)});
    write_csv_line(out, cells);
  }
}

void write_json(std::ostream& out, const VersionSheet& versions) {
  nlohmann::ordered_json lines = nlohmann::ordered_json::array();
  for (const VersionLine& line : versions.lines) {
    nlohmann::ordered_json values = nlohmann::ordered_json::object();
    for (std::size_t i = 0; i < line.values.size(); ++i) {
      values[versions.versions[i]] = line.values[i];
    }
    lines.push_back({{"kind", line.kind},
                     {"name", line.name},
                     {"values", std::move(values)},
                     {"meaning", line.doc},
                     {"source", line.source}});
  }
  const nlohmann::ordered_json json{
      {"kafault", KAFAULT_VERSION}, {"versions", versions.versions}, {"lines", std::move(lines)}};
  out << json.dump(2) << '\n';
}

}  // namespace kafault
