// From what stands on the command line to scenarios: files, folders, standard input, and the
// options that change or filter them.
#pragma once

#include <iosfwd>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sim/cli/exit_code.hpp"
#include "sim/cli/session.hpp"
#include "sim/drive/campaign.hpp"
#include "sim/scenario/scenario.hpp"

namespace kafault {

// The scenario files that the arguments mean, folders searched, in a fixed order. Throws NoInput
// for a folder without any.
std::vector<std::string> scenario_files(const std::vector<std::string>& arguments);
// All scenario files below a folder, sorted.
std::vector<std::string> scenario_files_below(const std::string& folder);

// The text of a file, or of standard input ("-"). Throws NoInput.
std::string read_input(const std::string& file, std::istream& in);

// "acks=1 fault='leader crash'": axis and value. Throws UsageError.
std::map<std::string, std::string> parse_where(const std::vector<std::string>& texts);

// What the options say about reading. Throws UsageError.
ReadOptions read_options(const Options& options);

// A scenario, or why there is none.
struct Loaded {
  std::string file;
  std::optional<Scenario> scenario;
  std::vector<std::string> mistakes;  // of the file
  std::string unreadable;             // why it could not be read
  ExitCode code = ExitCode::as_expected;
};
Loaded load(const std::string& file, const ReadOptions& options, std::istream& in);

// Loads all of them; if any cannot be used, says all that is wrong and returns no scenarios.
struct LoadedAll {
  std::vector<Scenario> scenarios;
  ExitCode code = ExitCode::as_expected;
};
LoadedAll load_all(Session& session);

// Runs one, with progress on a terminal. Rows are named by the file as it was given; `operations`:
// they say what operators see, too.
CampaignResult run_scenario(Session& session, const Scenario& scenario, bool operations = false);

// What is to be said about a scenario beside its table, and what a row's state means for the exit.
void write_words(Session& session, const Scenario& scenario);
ExitCode state_of(const CampaignResult& result);

}  // namespace kafault
