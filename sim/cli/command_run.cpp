// `kafault run`: the table.
#include <algorithm>
#include <array>
#include <ostream>
#include <sstream>
#include <utility>

#include "reports/csv.hpp"
#include "reports/json.hpp"
#include "reports/markdown.hpp"
#include "reports/text.hpp"
#include "reports/text_table.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/formats.hpp"
#include "sim/cli/load.hpp"
#include "sim/cli/resolved.hpp"
#include "sim/drive/csv.hpp"
#include "sim/oracle/columns.hpp"

namespace kafault {
namespace {

std::vector<std::string> wished_columns(const Options& options) {
  std::vector<std::string> columns;
  std::istringstream text(options.columns);
  for (std::string name; std::getline(text, name, ',');) {
    const std::size_t from = name.find_first_not_of(' ');
    if (from == std::string::npos) continue;
    columns.push_back(name.substr(from, name.find_last_not_of(' ') - from + 1));
  }
  if (!options.columns.empty() && columns.empty()) throw UsageError("--columns: which?");
  return columns;
}

// The options that name axes and columns, held against the scenarios before anything is run.
void check_names(const Options& options, const std::vector<std::string>& columns,
                 const std::vector<Scenario>& scenarios) {
  std::vector<std::string> axes;
  for (const Scenario& scenario : scenarios) {
    axes.insert(axes.end(), scenario.axes.begin(), scenario.axes.end());
  }
  const auto refuse = [](const std::string& option, const std::string& name,
                         const std::vector<std::string>& known) {
    const std::vector<std::string_view> words(known.begin(), known.end());
    throw UsageError("--" + option + ": there is no " + in_quotes(name) +
                     did_you_mean(name, words) +
                     (words.empty() ? "" : "; known: " + list_of(words)));
  };
  if (!options.pivot.empty() && std::find(axes.begin(), axes.end(), options.pivot) == axes.end()) {
    refuse("pivot", options.pivot, axes);
  }
  std::vector<std::string> known = column_names(axes);
  for (std::string& name : operator_column_names()) known.push_back(std::move(name));
  for (const std::string& column : columns) {
    if (std::find(known.begin(), known.end(), column) == known.end()) {
      refuse("columns", column, known);
    }
  }
}

// The CSV with only these columns, in this order.
std::string with_columns(const std::string& csv, const std::vector<std::string>& columns) {
  if (columns.empty()) return csv;
  const std::vector<CsvLine> lines = parse_csv(csv);
  std::vector<std::size_t> places;
  for (const std::string& column : columns) {
    const auto place = std::find(lines.front().begin(), lines.front().end(), column);
    places.push_back(static_cast<std::size_t>(place - lines.front().begin()));
  }
  std::ostringstream out;
  for (const CsvLine& line : lines) {
    CsvLine picked;
    for (const std::size_t place : places) picked.push_back(line[place]);
    write_csv_line(out, picked);
  }
  return out.str();
}

std::string draw(Session& session, TableFormat format, const std::vector<std::string>& columns,
                 const std::vector<Table>& tables) {
  const Options& options = session.options;
  std::ostringstream out;
  TextOptions text;
  text.colour = session.wants_colour();
  text.ascii = options.ascii;
  text.explore = true;
  text.grid.pivot = options.pivot;
  text.grid.columns = columns;
  switch (format) {
    case TableFormat::csv:
      write_csv(out, tables);
      return with_columns(out.str(), columns);
    case TableFormat::json:
      write_json(out, tables);
      return out.str();
    case TableFormat::table:
    case TableFormat::markdown:
      for (const Table& table : tables) {
        if (&table != &tables.front()) out << '\n';
        if (format == TableFormat::table) {
          write_text(out, table, text);
        } else {
          write_markdown(out, table, text.grid);
        }
      }
      return out.str();
  }
  return "";
}

ExitCode run(Session& session) {
  const TableFormat format = table_format_of(session);
  const std::vector<std::string> columns = wished_columns(session.options);
  const LoadedAll loaded = load_all(session);
  if (loaded.scenarios.empty()) return loaded.code;
  check_names(session.options, columns, loaded.scenarios);
  const std::vector<std::string> of_operators = operator_column_names();
  const bool operations = std::find_first_of(columns.begin(), columns.end(), of_operators.begin(),
                                             of_operators.end()) != columns.end();
  if (session.options.resolved) {
    for (const Scenario& scenario : loaded.scenarios) write_words(session, scenario);
    deliver(session, resolved_text(session, loaded.scenarios));
    return ExitCode::as_expected;
  }

  std::ostream& err = session.streams.err;
  ExitCode code = ExitCode::as_expected;
  std::vector<Table> tables;
  for (const Scenario& scenario : loaded.scenarios) {
    write_words(session, scenario);
    CampaignResult result = run_scenario(session, scenario, operations);
    code = more_serious(code, state_of(result));
    for (const std::string& violation : result.violations) {
      err << "kafault: a bug of ours: " << clean(violation) << '\n';
    }
    if (!result.complete) {
      result.table.warnings.emplace_back("incomplete: interrupted, combinations are missing");
    }
    if (format == TableFormat::csv) {
      for (const std::string& warning : result.table.warnings) {
        err << clean(scenario.file_name) << ": warning: " << clean(warning) << '\n';
      }
    }
    tables.push_back(std::move(result.table));
    if (session.was_interrupted()) break;
  }
  deliver(session, draw(session, format, columns, tables));
  return code;
}

constexpr std::array<std::string_view, 18> options{"format",
                                                   "output",
                                                   "pivot",
                                                   "columns",
                                                   "where",
                                                   "set",
                                                   "vary",
                                                   "producer-config",
                                                   "consumer-config",
                                                   "topic-config",
                                                   "broker-config",
                                                   "property",
                                                   "seed",
                                                   "jobs",
                                                   "color",
                                                   "resolved",
                                                   "ascii",
                                                   "help"};

}  // namespace

const Command run_command{
    .name = "run",
    .arguments = "FILE...",
    .summary = "Runs every combination of a scenario and prints the table.",
    .help =
        "  kafault run scenarios/semantics.json\n"
        "  kafault run orders.json --where 'acks=1' --set /runs=100\n"
        "  kafault run orders.json --vary /producers/shop/config/acks=0,1,all\n"
        "  kafault run orders.json --producer-config shop=producer.properties -X linger.ms=0\n"
        "  kafault run - --format csv < orders.json > orders.csv\n",
    .options = std::span(options).first(options.size() - 1),
    .run = run,
};

}  // namespace kafault
