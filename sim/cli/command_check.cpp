// `kafault check`: runs, compares with the expected table and with `expect`; one line per file.
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <ostream>
#include <sstream>

#include "kafault_version.hpp"
#include "reports/grid.hpp"
#include "reports/text.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/load.hpp"
#include "sim/drive/expectation_check.hpp"
#include "sim/drive/expected.hpp"

namespace kafault {
namespace {

constexpr std::size_t most_lines_per_file = 12;

std::string this_version() {
  return std::string("kafault ") + KAFAULT_VERSION + ", model " + std::to_string(model_version);
}

// One file's outcome, as it is printed.
struct Outcome {
  ExitCode code = ExitCode::as_expected;
  std::string status = "ok";
  std::string remark;                // "12 rows", "1 of 8 rows"
  std::vector<std::string> details;  // what differs
  std::vector<std::string> hints;    // commands to try next
};

std::string difference_text(const Difference& difference) {
  if (difference.column.empty()) {
    return difference.row + ": expected " + difference.expected + ", now " + difference.now;
  }
  return difference.row + "     " + difference.column + ": expected " + difference.expected +
         ", now " + difference.now;
}

// The row that a name of it means, to say how to look at it alone.
std::string where_for(const Table& table, const std::string& row_name) {
  for (const Row& row : table.rows) {
    if (name_of_row(table, row) == row_name) return where_of(table, row);
  }
  return "";
}

class Check {
 public:
  Check(Session& session, std::string file) : session_(session), file_(std::move(file)) {}

  Outcome run() {
    const Loaded loaded = load(file_, {}, session_.streams.in);
    if (!loaded.scenario) return not_usable(loaded);
    const std::optional<ExpectedTable> expected = read_expected();
    const bool nothing_to_hold_against =
        !expected && loaded.scenario->expect.empty() && !session_.options.update;
    if (!table_mistake_.empty()) {
      result(ExitCode::bad_scenario, "bad table", "");
      outcome_.details.push_back(table_mistake_);
      return outcome_;
    }
    if (nothing_to_hold_against) {
      result(ExitCode::no_input, "no table", "there is no " + printable(expected_path(file_)));
      outcome_.hints.push_back("kafault check --update " + shell_word(file_));
      return outcome_;
    }

    const CampaignResult campaign = run_scenario(session_, *loaded.scenario);
    const Table& table = campaign.table;
    outcome_.remark = count_of(table.rows.size(), "row");
    if (!campaign.complete) {
      result(ExitCode::interrupted, "incomplete", "interrupted");
      return outcome_;
    }
    for (const std::string& violation : campaign.violations) {
      result(ExitCode::our_bug, "our bug", "");
      outcome_.details.push_back(violation);
    }
    judge_expectations(*loaded.scenario, table);
    if (session_.options.update) {
      update(expected, table);
    } else if (expected) {
      judge_table(*expected, table);
    }
    judge_clarity(expected, table);
    return outcome_;
  }

 private:
  void result(ExitCode code, std::string status, std::string remark) {
    const bool is_worse = more_serious(code, outcome_.code) == code && code != outcome_.code;
    outcome_.code = more_serious(code, outcome_.code);
    if (!is_worse) return;
    outcome_.status = std::move(status);
    if (!remark.empty()) outcome_.remark = std::move(remark);
  }

  Outcome not_usable(const Loaded& loaded) {
    if (loaded.code == ExitCode::no_input) {
      result(loaded.code, "not read", "");
      outcome_.details.push_back(loaded.unreadable);
    } else {
      result(loaded.code, "bad", count_of(loaded.mistakes.size(), "mistake"));
      outcome_.details = loaded.mistakes;
    }
    return outcome_;
  }

  std::optional<ExpectedTable> read_expected() {
    const std::string path = expected_path(file_);
    std::error_code ignored;
    if (file_ == "-" || !std::filesystem::exists(path, ignored)) return std::nullopt;
    try {
      return parse_expected(read_input(path, session_.streams.in));
    } catch (const CsvError& error) {
      table_mistake_ = printable(path) + ":" + error.what();
      return std::nullopt;
    }
  }

  void judge_expectations(const Scenario& scenario, const Table& table) {
    const std::vector<Failure> failures = failures_of(scenario.expect, table);
    if (failures.empty()) return;
    result(ExitCode::expectation_failed, "failed", count_of(failures.size(), "expectation"));
    for (const Failure& failure : failures) {
      std::string text = failure.place + ": ";
      if (failure.row.empty()) {
        text += "no row is what it is about";
      } else {
        text += failure.row + "     " + failure.column + ": expected " + failure.expected +
                ", now " + failure.now;
      }
      outcome_.details.push_back(text);
    }
    hint_at(table, failures.front().row);
  }

  void judge_table(const ExpectedTable& expected, const Table& table) {
    const Comparison comparison = compare(expected, table);
    if (comparison.agrees()) return;
    result(ExitCode::differs, "differs",
           comparison.problems.empty() ? std::to_string(comparison.rows_that_differ) + " of " +
                                             count_of(comparison.rows, "row")
                                       : "");
    for (const std::string& problem : comparison.problems) outcome_.details.push_back(problem);
    std::string versions;
    if (!comparison.written_by.empty()) {
      versions = "      (expected with " + comparison.written_by + "; now " + this_version() + ")";
    }
    for (const Difference& difference : comparison.differences) {
      outcome_.details.push_back(difference_text(difference) + versions);
      versions.clear();
    }
    if (!comparison.differences.empty()) hint_at(table, comparison.differences.front().row);
    outcome_.hints.push_back("kafault check --update " + shell_word(file_));
  }

  void hint_at(const Table& table, const std::string& row_name) {
    if (file_ == "-") return;
    const std::string where = where_for(table, row_name);
    outcome_.hints.push_back("kafault explain " + shell_word(file_) +
                             (where.empty() ? "" : " --where " + shell_word(where)));
  }

  void update(const std::optional<ExpectedTable>& expected, const Table& table) {
    if (file_ == "-") throw UsageError("--update: standard input has no expected table");
    const std::string path = expected_path(file_);
    if (expected) {
      const Comparison comparison = compare(*expected, table);
      if (comparison.agrees()) {
        outcome_.status = "unchanged";
        return;
      }
      outcome_.status = "updated";
      outcome_.remark =
          std::to_string(comparison.rows_that_differ) + " of " + count_of(comparison.rows, "row");
      outcome_.details.insert(outcome_.details.end(), comparison.problems.begin(),
                              comparison.problems.end());
      for (const Difference& difference : comparison.differences) {
        outcome_.details.push_back(difference_text(difference));
      }
    } else {
      outcome_.status = "written";
    }
    std::ostringstream text;
    write_expected(text, table, this_version(), expected ? &*expected : nullptr);
    write_file(path, text.str());
  }

  // Inconclusive and unsettled rows are no news if the expected table has them.
  void judge_clarity(const std::optional<ExpectedTable>& expected, const Table& table) {
    const bool says_verdicts =
        expected && std::find(expected->header.begin(), expected->header.end(), "verdict") !=
                        expected->header.end();
    if (says_verdicts || session_.options.update) return;
    for (const Verdict verdict : {Verdict::inconclusive, Verdict::unsettled}) {
      const auto rows = std::count_if(table.rows.begin(), table.rows.end(),
                                      [&](const Row& row) { return row.verdict == verdict; });
      if (rows == 0) continue;
      result(ExitCode::inconclusive, std::string(name_of(verdict)),
             std::to_string(rows) + " of " + count_of(table.rows.size(), "row"));
    }
  }

  Session& session_;
  std::string file_;
  Outcome outcome_;
  std::string table_mistake_;
};

std::string_view colour_of(ExitCode code) {
  if (code == ExitCode::as_expected) return "\x1b[32m";
  return code == ExitCode::inconclusive ? "\x1b[35m" : "\x1b[1;31m";
}

void write_outcome(Session& session, const std::string& file, std::size_t width,
                   const Outcome& outcome) {
  std::ostream& out = session.streams.out;
  std::string status = padded(outcome.status, 12);
  if (session.wants_colour()) {
    status = std::string(colour_of(outcome.code)) + status + "\x1b[0m";
  }
  out << padded(clean(file), width) << "  " << status << "  " << outcome.remark << '\n';
  for (std::size_t i = 0; i < outcome.details.size(); ++i) {
    if (i == most_lines_per_file) {
      out << "    ... and " << outcome.details.size() - i << " more\n";
      break;
    }
    out << "    " << clean(outcome.details[i]) << '\n';
  }
  out << std::flush;
}

std::string seconds_since(std::chrono::steady_clock::time_point start) {
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(
                      std::chrono::steady_clock::now() - start)
                      .count();
  const std::string hundredths = std::to_string(100 + ms / 10 % 100).substr(1);
  return std::to_string(ms / 1000) + "." + hundredths + " s";
}

ExitCode run(Session& session) {
  const auto start = std::chrono::steady_clock::now();
  const std::vector<std::string> files = scenario_files(session.options.arguments);
  std::size_t width = 48;
  for (const std::string& file : files) width = std::max(width, display_width(clean(file)));
  width = std::min<std::size_t>(width, 80);

  ExitCode code = ExitCode::as_expected;
  std::vector<std::pair<std::string, std::size_t>> counts;  // by status, in order of appearance
  std::vector<std::string> hints;
  for (const std::string& file : files) {
    const Outcome outcome = Check(session, file).run();
    write_outcome(session, file, width, outcome);
    code = more_serious(code, outcome.code);
    const auto known = std::find_if(counts.begin(), counts.end(), [&](const auto& entry) {
      return entry.first == outcome.status;
    });
    if (known == counts.end()) {
      counts.emplace_back(outcome.status, 1);
    } else {
      ++known->second;
    }
    hints.insert(hints.end(), outcome.hints.begin(), outcome.hints.end());
    if (session.was_interrupted()) break;
  }

  std::string summary;
  for (const auto& [status, count] : counts) {
    summary += (summary.empty() ? "" : ", ") + std::to_string(count) + " " + status;
  }
  // A time is nothing to compare logs by: only for who is looking.
  if (session.streams.out_is_terminal) {
    summary += (session.options.ascii ? ", " : " · ") + seconds_since(start);
  }
  summary = padded(summary, width + 16) + "exit " + std::to_string(static_cast<int>(code));
  session.streams.out << summary << '\n' << std::flush;
  if (!session.streams.out) throw CannotWrite("standard output: cannot write");
  for (const std::string& hint : hints) session.streams.err << "    " << hint << '\n';
  return code;
}

constexpr std::array<std::string_view, 4> options{"update", "jobs", "color", "ascii"};

}  // namespace

const Command check_command{
    .name = "check",
    .arguments = "FILE...",
    .summary = "Runs scenarios and holds them against NAME.expected.csv and their `expect`.",
    .help =
        "  kafault check scenarios/\n"
        "  kafault check --update orders.json     what comes out is expected from now on\n",
    .options = options,
    .run = run,
};

}  // namespace kafault
