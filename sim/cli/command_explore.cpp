// `kafault explore`: how many misfortunes it takes.
#include <unistd.h>

#include <algorithm>
#include <array>
#include <ostream>
#include <sstream>

#include "reports/exploration_sheet.hpp"
#include "reports/exploration_writers.hpp"
#include "reports/markdown.hpp"
#include "reports/remedy_sheet.hpp"
#include "reports/text.hpp"
#include "reports/text_table.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/formats.hpp"
#include "sim/cli/load.hpp"
#include "sim/cli/progress.hpp"
#include "sim/cli/save_counterexamples.hpp"
#include "sim/cli/stop.hpp"
#include "sim/drive/exploration_campaign.hpp"
#include "sim/drive/remedies.hpp"
#include "sim/scenario/values.hpp"

namespace kafault {
namespace {

// ---- what is asked for -------------------------------------------------------------------------

Misfortune misfortune_called(const std::string& name) {
  std::vector<std::string_view> known;
  for (const auto& spelling : Spellings<Misfortune>::all) {
    if (spelling.text == name) return spelling.value;
    known.push_back(spelling.text);
  }
  throw UsageError("--misfortunes: there is no " + in_quotes(name) + did_you_mean(name, known) +
                   "; known: " + list_of(known));
}

std::vector<Misfortune> wished_misfortunes(const Options& options) {
  if (options.misfortunes.empty()) {
    return {default_misfortunes.begin(), default_misfortunes.end()};
  }
  std::vector<Misfortune> wished;
  std::istringstream text(options.misfortunes);
  for (std::string name; std::getline(text, name, ',');) {
    wished.push_back(misfortune_called(std::string(trimmed(name))));
  }
  return wished;
}

std::optional<Duration> duration_of(const char* option, const std::string& text) {
  if (text.empty()) return std::nullopt;
  const Parsed<Duration> parsed = parse_duration(text);
  if (!parsed.value) {
    throw UsageError("--" + std::string(option) + ": " + in_quotes(text) + " " + parsed.mistake);
  }
  if (*parsed.value <= Duration{}) {
    throw UsageError("--" + std::string(option) + ": more than nothing");
  }
  return parsed.value;
}

// Three quarters of the machine's memory, unless told otherwise.
std::uint64_t memory_limit_of(const Options& options) {
  if (!options.memory_limit.empty()) {
    const Parsed<std::int64_t> parsed = parse_large_size(options.memory_limit);
    if (!parsed.value) {
      throw UsageError("--memory-limit: " + in_quotes(options.memory_limit) + " " + parsed.mistake);
    }
    return static_cast<std::uint64_t>(*parsed.value);
  }
  const long pages = ::sysconf(_SC_PHYS_PAGES);
  const long page = ::sysconf(_SC_PAGESIZE);
  if (pages <= 0 || page <= 0) return UINT64_MAX;
  return static_cast<std::uint64_t>(pages) * static_cast<std::uint64_t>(page) / 4 * 3;
}

ExplorationRequest request_of(const Session& session) {
  const Options& options = session.options;
  ExplorationRequest request;
  request.budget = static_cast<std::size_t>(options.budget);
  request.misfortunes = wished_misfortunes(options);
  request.records = options.records;
  request.tick = duration_of("tick", options.tick).value_or(request.tick);
  // Runs with one or two misfortunes are made faster than compared: each by itself, none can be
  // taken for another.
  request.merge = options.budget > 2;
  request.jobs = session.jobs();
  request.memory_limit = memory_limit_of(options);
  return request;
}

// ---- what is said ------------------------------------------------------------------------------

// Remedies are no table: where nothing else is asked for, words.
TableFormat format_of(const Session& session) {
  const Options& options = session.options;
  if (!options.remedy) return table_format_of(session);
  if (options.format.empty() && options.output.empty()) return TableFormat::table;
  const TableFormat format = table_format_of(session);
  if (format == TableFormat::csv) throw UsageError("--remedy: table, json or markdown, not csv");
  return format;
}

std::string draw(const Session& session, TableFormat format, const ExplorationResult& result,
                 const std::vector<RemedyReport>& remedies) {
  std::ostringstream out;
  switch (format) {
    case TableFormat::csv:
      write_csv(out, result);
      break;
    case TableFormat::json:
      write_json(out, result, remedies);
      break;
    case TableFormat::table: {
      TextOptions text;
      text.colour = session.wants_colour();
      text.ascii = session.options.ascii;
      write_text(out, sheet_of(result), text);
      for (std::size_t i = 0; i < remedies.size(); ++i) {
        out << '\n';
        write_text(out, remedies_of(result, i, remedies[i]), text);
      }
      break;
    }
    case TableFormat::markdown:
      write_markdown(out, sheet_of(result));
      for (std::size_t i = 0; i < remedies.size(); ++i) {
        out << '\n';
        write_markdown(out, remedies_of(result, i, remedies[i]));
      }
      break;
  }
  return out.str();
}

// ", 12% of those with 2 misfortunes"
std::string how_far(const std::optional<ExploreProgress>& search) {
  if (!search || search->total == 0) return "";
  return ", " + std::to_string(100 * search->done / search->total) + "% of those with " +
         count_of(search->level, "misfortune");
}

// Why a search that did not finish was stopped.
std::string why_stopped(const Session& session, const Stop& stop, const ExplorationResult& result) {
  if (stop.time_is_over()) return "the time limit is over";
  if (session.was_interrupted()) return "interrupted";
  for (const ExploredCombination& explored : result.combinations) {
    const std::string reason = reason_of(explored.exploration.end);
    if (!reason.empty()) return reason;
  }
  return "";
}

ExitCode run(Session& session) {
  const TableFormat format = format_of(session);
  ExplorationRequest request = request_of(session);
  const std::optional<Duration> limit = duration_of("time-limit", session.options.time_limit);
  if (session.options.arguments.size() != 1) throw UsageError("explore takes one FILE");
  const LoadedAll loaded = load_all(session);
  if (loaded.scenarios.empty()) return loaded.code;
  if (loaded.scenarios.size() > 1) throw UsageError("explore takes one FILE, not a folder of them");
  const Scenario& scenario = loaded.scenarios.front();
  write_words(session, scenario);

  if (!session.options.save.empty()) prepare_folder(session.options.save);
  if (session.options.shrink) {
    shrink_failing_runs(session, scenario);
    return ExitCode::as_expected;
  }
  const Stop stop(session.streams.interrupted, limit);
  Progress progress(session, scenario.file_name);
  request.interrupted = stop.flag();
  request.on_progress = [&](const CampaignProgress& now) {
    progress.show(static_cast<std::int64_t>(now.done), static_cast<std::int64_t>(now.all),
                  static_cast<std::int64_t>(now.worlds), "worlds" + how_far(now.search));
  };
  const ExplorationResult result = explore_scenario(scenario, request);
  std::vector<RemedyReport> remedies;
  if (session.options.remedy) {
    for (const ExploredCombination& explored : result.combinations) {
      remedies.push_back(find_remedies(scenario, explored, request));
    }
  }
  progress.clear();

  std::ostream& err = session.streams.err;
  for (const std::string& violation : result.violations) {
    err << "kafault: a bug of ours: " << clean(violation) << '\n';
  }
  if (format == TableFormat::csv) {
    for (const std::string& warning : result.warnings) {
      err << clean(scenario.file_name) << ": warning: " << clean(warning) << '\n';
    }
  }
  if (!result.is_complete()) {
    err << clean(scenario.file_name)
        << ": incomplete, not all runs are covered: " << why_stopped(session, stop, result) << '\n';
  }
  deliver(session, draw(session, format, result, remedies));
  if (!session.options.save.empty()) save_counterexamples(session, scenario, result);
  if (!result.violations.empty()) return ExitCode::our_bug;
  if (session.was_interrupted()) return ExitCode::interrupted;
  return result.is_complete() ? ExitCode::as_expected : ExitCode::inconclusive;
}

constexpr std::array<std::string_view, 22> options{"budget",
                                                   "misfortunes",
                                                   "remedy",
                                                   "records",
                                                   "tick",
                                                   "where",
                                                   "set",
                                                   "vary",
                                                   "producer-config",
                                                   "consumer-config",
                                                   "topic-config",
                                                   "broker-config",
                                                   "property",
                                                   "format",
                                                   "output",
                                                   "jobs",
                                                   "time-limit",
                                                   "memory-limit",
                                                   "save",
                                                   "shrink",
                                                   "color",
                                                   "ascii"};

}  // namespace

const Command explore_command{
    .name = "explore",
    .arguments = "FILE",
    .summary =
        "Tries every run with at most so many misfortunes: what does it take to break "
        "each promise?",
    .help =
        "  kafault explore scenarios/semantics.json\n"
        "  kafault explore orders.json --budget 2 --where 'acks=all'\n"
        "  kafault explore orders.json --misfortunes lost-ack,crash --time-limit 10m\n"
        "  kafault explore orders.json --save counterexamples\n"
        "  kafault explore orders.json --remedy\n"
        "  kafault explore orders.json --shrink --where 'acks=1'\n"
        "\n"
        "Misfortunes: lost-request, lost-ack, silent-request, silent-ack, late-request, late-ack,\n"
        "crash, pause, isolate, shut-down, rebalance, leave, consumer-crash, consumer-pause,\n"
        "producer-crash. Without --misfortunes: lost-request, lost-ack, crash, pause, isolate,\n"
        "rebalance, consumer-crash. The file's own faults are left aside, but for --shrink.\n",
    .options = options,
    .run = run,
};

}  // namespace kafault
