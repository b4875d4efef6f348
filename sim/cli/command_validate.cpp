// `kafault validate`: reads, resolves, says all errors at once, runs nothing.
#include <algorithm>
#include <array>
#include <set>
#include <sstream>

#include "reports/text.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/load.hpp"

namespace kafault {
namespace {

std::string words_for(const Scenario& scenario) {
  const auto combinations = scenario.combinations.size();
  const auto refused = static_cast<std::size_t>(
      std::count_if(scenario.combinations.begin(), scenario.combinations.end(),
                    [](const Combination& c) { return c.config_exception.has_value(); }));
  std::string words = count_of(combinations, "combination");
  if (refused > 0) words += ", " + std::to_string(refused) + " of them a ConfigException";
  return words;
}

ExitCode run(Session& session) {
  const ReadOptions options = read_options(session.options);
  const std::vector<std::string> files = scenario_files(session.options.arguments);
  std::size_t width = 0;
  for (const std::string& file : files) width = std::max(width, display_width(clean(file)));

  std::ostringstream out;
  std::ostream& err = session.streams.err;
  ExitCode code = ExitCode::as_expected;
  std::size_t mistakes = 0;
  std::set<std::string> said;
  for (const std::string& file : files) {
    const Loaded loaded = load(file, options, session.streams.in);
    code = more_serious(code, loaded.code);
    if (!loaded.unreadable.empty()) err << "kafault: " << loaded.unreadable << '\n';
    for (const std::string& line : loaded.mistakes) {
      if (!said.insert(line).second)
        continue;  // of a file of settings that several scenarios share
      err << line << '\n';
      ++mistakes;
    }
    if (!loaded.scenario) continue;
    out << padded(clean(file), width) << "  ok  " << words_for(*loaded.scenario) << '\n';
    for (const std::string& warning : loaded.scenario->warnings) {
      err << clean(file) << ": warning: " << clean(warning) << '\n';
    }
    write_words(session, *loaded.scenario);
  }
  deliver(session, out.str());
  if (mistakes > 0) err << count_of(mistakes, "mistake") << '\n';
  return code;
}

constexpr std::array<std::string_view, 10> options{
    "where",         "set",      "vary", "producer-config", "consumer-config", "topic-config",
    "broker-config", "property", "seed", "output"};

}  // namespace

const Command validate_command{
    .name = "validate",
    .arguments = "FILE...",
    .summary = "Reads scenarios and says all mistakes at once; runs nothing.",
    .help = "  kafault validate scenarios/\n",
    .options = options,
    .run = run,
};

}  // namespace kafault
