#include "sim/cli/load.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <istream>
#include <ostream>
#include <set>

#include "reports/text.hpp"
#include "sim/cli/progress.hpp"
#include "sim/cli/settings_options.hpp"

namespace kafault {
namespace {

namespace fs = std::filesystem;

// More than any scenario has; the reader refuses long before.
constexpr std::size_t most_bytes = 2U << 20U;

bool is_scenario_file(const std::string& name) {
  const bool json = name.ends_with(".json") || name.ends_with(".jsonc");
  return json && !name.ends_with(".schema.json") && !name.ends_with(".expected.json");
}

std::string drain(std::istream& in) {
  std::string text(most_bytes, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  return text;
}

std::pair<std::string, std::string> split_at_equals(const std::string& option,
                                                    const std::string& text) {
  const std::size_t at = text.find('=');
  if (at == std::string::npos || at == 0) {
    throw UsageError("--" + option + ": " + in_quotes(text) + " is not NAME=VALUE");
  }
  return {text.substr(0, at), text.substr(at + 1)};
}

// One `AXIS=value` of the text, from `at` on; moves `at` behind it.
std::pair<std::string, std::string> next_condition(const std::string& text, std::size_t& at) {
  std::string parts[2];
  std::size_t part = 0;
  char quote = '\0';
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (quote != '\0') {
      if (c == '\\' && quote == '"' && at + 1 < text.size()) {
        parts[part] += text[++at];
      } else if (c == quote) {
        quote = '\0';
      } else {
        parts[part] += c;
      }
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (c == '=' && part == 0) {
      part = 1;
    } else if ((c == ' ' || c == '\t') && part == 1) {
      break;  // an axis' name may have spaces
    } else {
      parts[part] += c;
    }
  }
  if (quote != '\0') throw UsageError("--where: a quote without its end in " + in_quotes(text));
  if (part == 0 || parts[0].empty()) {
    throw UsageError("--where: " + in_quotes(parts[0]) +
                     " is not AXIS=VALUE; a value with spaces stands in quotes");
  }
  return {parts[0], parts[1]};
}

// `scenarios/semantics` means the scenario of that name.
std::string with_ending(const std::string& file) {
  std::error_code ignored;
  if (fs::exists(file, ignored)) return file;
  for (const char* ending : {".json", ".jsonc"}) {
    if (fs::is_regular_file(file + ending, ignored)) return file + ending;
  }
  return file;
}

}  // namespace

std::vector<std::string> scenario_files_below(const std::string& folder) {
  std::vector<std::string> files;
  std::error_code failed;
  fs::recursive_directory_iterator entry(folder, failed);
  if (failed) throw NoInput(printable(folder) + ": cannot read: " + failed.message());
  for (const auto end = fs::recursive_directory_iterator(); entry != end;) {
    std::error_code ignored;
    if (entry->is_regular_file(ignored) && is_scenario_file(entry->path().filename().string())) {
      files.push_back(entry->path().generic_string());
    }
    entry.increment(failed);
    if (failed) throw NoInput(printable(folder) + ": cannot read: " + failed.message());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::vector<std::string> scenario_files(const std::vector<std::string>& arguments) {
  if (arguments.empty()) throw UsageError("which FILE? (- for standard input)");
  std::vector<std::string> files;
  for (const std::string& argument : arguments) {
    std::error_code ignored;
    if (argument == "-" || !fs::is_directory(argument, ignored)) {
      files.push_back(argument == "-" ? argument : with_ending(argument));
      continue;
    }
    const std::vector<std::string> found = scenario_files_below(argument);
    if (found.empty()) throw NoInput(printable(argument) + ": a folder without scenario files");
    files.insert(files.end(), found.begin(), found.end());
  }
  return files;
}

std::string read_input(const std::string& file, std::istream& in) {
  if (file == "-") return drain(in);
  std::error_code failed;
  const fs::file_status status = fs::status(file, failed);
  if (!fs::exists(status)) {
    throw NoInput(printable(file) + ": " + (failed ? failed.message() : "no such file"));
  }
  if (fs::is_directory(status)) throw NoInput(printable(file) + ": is a directory");
  errno = 0;
  std::ifstream stream(file, std::ios::binary);
  if (!stream) throw NoInput(printable(file) + ": cannot read: " + std::strerror(errno));
  std::string text = drain(stream);
  if (stream.bad()) throw NoInput(printable(file) + ": cannot read");
  return text;
}

std::map<std::string, std::string> parse_where(const std::vector<std::string>& texts) {
  std::map<std::string, std::string> where;
  for (const std::string& text : texts) {
    std::size_t at = 0;
    while ((at = text.find_first_not_of(" \t", at)) != std::string::npos) {
      auto [axis, value] = next_condition(text, at);
      const auto [place, is_new] = where.emplace(axis, value);
      if (!is_new && place->second != value) {
        throw UsageError("--where: " + in_quotes(axis) + " cannot have two values");
      }
    }
  }
  return where;
}

ReadOptions read_options(const Options& options) {
  ReadOptions read;
  for (const std::string& text : options.set) read.set.push_back(split_at_equals("set", text));
  for (const std::string& text : options.vary) read.vary.push_back(split_at_equals("vary", text));
  read.settings = settings_files(options);
  for (const std::string& text : options.property) {
    read.client_settings.push_back(split_at_equals("property", text));
  }
  read.where = parse_where(options.where);
  if (options.seed) read.seed = static_cast<std::uint64_t>(*options.seed);
  return read;
}

Loaded load(const std::string& file, const ReadOptions& options, std::istream& in) {
  Loaded loaded;
  loaded.file = file;
  try {
    loaded.scenario = read_scenario(read_input(file, in), file, options);
  } catch (const NoInput& error) {
    loaded.unreadable = error.what();
    loaded.code = ExitCode::no_input;
  } catch (const ScenarioError& error) {
    loaded.mistakes = error.lines();
    loaded.code = ExitCode::bad_scenario;
  }
  return loaded;
}

LoadedAll load_all(Session& session) {
  LoadedAll all;
  const ReadOptions options = read_options(session.options);
  std::size_t mistakes = 0;
  std::set<std::string> said;
  for (const std::string& file : scenario_files(session.options.arguments)) {
    Loaded loaded = load(file, options, session.streams.in);
    all.code = more_serious(all.code, loaded.code);
    if (!loaded.unreadable.empty()) session.streams.err << "kafault: " << loaded.unreadable << '\n';
    for (const std::string& line : loaded.mistakes) {
      if (!said.insert(line).second)
        continue;  // of a file of settings that several scenarios share
      session.streams.err << line << '\n';
      ++mistakes;
    }
    if (loaded.scenario) all.scenarios.push_back(std::move(*loaded.scenario));
  }
  if (all.code == ExitCode::as_expected) return all;
  if (mistakes > 0) session.streams.err << count_of(mistakes, "mistake") << ", nothing run\n";
  all.scenarios.clear();
  return all;
}

CampaignResult run_scenario(Session& session, const Scenario& scenario, bool operations) {
  Progress progress(session, scenario.file_name);
  CampaignOptions options;
  options.jobs = session.jobs();
  options.interrupted = session.streams.interrupted;
  options.operations = operations;
  options.on_progress = [&](std::int64_t done, std::int64_t all, std::int64_t runs) {
    progress.show(done, all, runs);
  };
  CampaignResult result = run_campaign(scenario, options);
  progress.clear();
  result.table.scenario = scenario.file_name;
  for (Row& row : result.table.rows) row.scenario = scenario.file_name;
  return result;
}

void write_words(Session& session, const Scenario& scenario) {
  std::ostream& err = session.streams.err;
  const auto write = [&](const std::string& where, const std::vector<std::string>& settings) {
    if (settings.empty()) return;
    std::string text = printable(where) + ": accepted, no effect here:";
    for (const std::string& setting : settings) text += " " + setting;
    for (const std::string& line : wrap(clean(text), 120)) err << line << '\n';
  };
  write(scenario.file_name, scenario.accepted_without_effect);
  for (const auto& [where, settings] : scenario.accepted_outside) write(where, settings);
}

ExitCode state_of(const CampaignResult& result) {
  if (!result.violations.empty()) return ExitCode::our_bug;
  if (!result.complete) return ExitCode::interrupted;
  const bool unclear =
      std::any_of(result.table.rows.begin(), result.table.rows.end(), [](const Row& row) {
        return row.verdict == Verdict::inconclusive || row.verdict == Verdict::unsettled;
      });
  return unclear ? ExitCode::inconclusive : ExitCode::as_expected;
}

}  // namespace kafault
