#include "reports/json.hpp"

#include <nlohmann/json.hpp>
#include <ostream>
#include <string>

#include "kafault_version.hpp"
#include "reports/text.hpp"
#include "sim/oracle/columns.hpp"

namespace kafault {
namespace {

using Json = nlohmann::ordered_json;

// Values of axes keep the text that names them everywhere else, also where they are numbers.
Json json_of(const Table& table, const Row& row) {
  Json json = Json::object();
  const auto add = [&](std::string_view name, auto value, auto) {
    json[std::string(name)] = value;
  };
  describe_row(table.axes, row, add);
  if (table.has_operations) describe_operations(row, add);
  if (!row.config_exception.empty()) json["config_exception"] = row.config_exception;
  if (row.nothing_to_strike) json["nothing_to_strike"] = true;
  if (row.anywhere) json["anywhere"] = true;
  if (row.unsettled_runs > 0) json["unsettled_runs"] = row.unsettled_runs;
  if (!row.notes.empty()) json["notes"] = row.notes;
  return json;
}

Json json_of(const Table& table) {
  Json json = Json::object();
  json["scenario"] = table.scenario;
  json["title"] = table.title;
  json["question"] = table.question;
  json["subtitle"] = table.subtitle;
  json["seed"] = table.seed;
  json["digest"] = hex(table.digest);
  json["axes"] = table.axes;
  json["warnings"] = table.warnings;
  Json& rows = json["rows"] = Json::array();
  for (const Row& row : table.rows) rows.push_back(json_of(table, row));
  return json;
}

}  // namespace

void write_json(std::ostream& out, std::span<const Table> tables) {
  Json json = Json::object();
  json["kafault"] = KAFAULT_VERSION;
  Json& list = json["tables"] = Json::array();
  for (const Table& table : tables) list.push_back(json_of(table));
  out << json.dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
}

}  // namespace kafault
