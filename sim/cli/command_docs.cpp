// `kafault docs`: the parts of the documentation that are made of the program's own lists. Hidden:
// for those who change the lists; a test holds docs/ against it.
#include <array>
#include <sstream>
#include <type_traits>

#include "sim/cli/commands.hpp"
#include "sim/cli/help.hpp"
#include "sim/oracle/columns.hpp"
#include "sim/scenario/scenario.hpp"
#include "sim/scenario/versions.hpp"

namespace kafault {
namespace {

std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '|' || c == '<' || c == '*' || c == '_') result += '\\';
    result += c;
  }
  return result;
}

std::string counters() {
  std::ostringstream out;
  out << "# Counters\n"
         "\n"
         "The columns of a table, in their order. Made by `kafault docs counters`; do not edit.\n"
         "\n"
         "One row per combination of the matrix and per flow: the path from a producer through a\n"
         "topic to a group and its sink. With several runs a count is the sum over them.\n"
         "\n"
         "There are three counting points, never mixed: the **log** (what a reader of the final\n"
         "log finds), the **delivery** (the handler returned; one that throws or dies inside did\n"
         "not handle) and the **effect** (what the sink shows). `lost`, `given_up` and\n"
         "`duplicated` count at the last point that the flow has.\n"
         "\n"
         "A send has one of three outcomes for its application, and `sent` is their sum: "
         "**acked**,\n"
         "**failed** (certainly never written) and **unknown** (everything else).\n"
         "\n"
         "| column | type | meaning |\n"
         "| --- | --- | --- |\n";
  bool axis_told = false;
  describe_row({"axis"}, Row{}, [&](std::string_view name, auto value, std::string_view doc) {
    constexpr bool is_text = std::is_same_v<decltype(value), std::string_view>;
    if (name == "axis" && !axis_told) {
      axis_told = true;
      out << "| *the axes* | text | one column per axis of the scenario's matrix, by its name |\n";
      return;
    }
    out << "| `" << name << "` | " << (is_text ? "text" : "number") << " | " << escaped(doc)
        << " |\n";
  });
  out << "\n"
         "## What operators see\n"
         "\n"
         "Columns on request: `kafault run --columns flow,group_lag_max,rebalances FILE`, in CSV,\n"
         "Markdown and drawn tables; JSON has all of them as soon as one is asked for. An\n"
         "expectation may speak of them, too. With several runs: the worst, and the sum of\n"
         "rebalances.\n"
         "\n"
         "| column | meaning |\n"
         "| --- | --- |\n";
  describe_operations(Row{}, [&](std::string_view name, auto, std::string_view doc) {
    out << "| `" << name << "` | " << escaped(doc) << " |\n";
  });
  out << "\n"
         "## Verdicts\n"
         "\n"
         "What these runs showed, never a proof. A refusal that the application was told about is\n"
         "not loss: it stands beside the verdict and never lowers it.\n"
         "\n"
         "| verdict | when |\n"
         "| --- | --- |\n";
  const auto verdict = [&](Verdict v, std::string_view when) {
    out << "| `" << name_of(v) << "` | " << when << " |\n";
  };
  verdict(Verdict::exactly_once, "nothing lost, nothing twice");
  verdict(Verdict::at_least_once, "nothing lost, something twice");
  verdict(Verdict::at_most_once, "something lost, nothing twice");
  verdict(Verdict::no_guarantee, "something lost and something twice");
  verdict(Verdict::config_exception, "a client refused to start: nothing was run");
  verdict(Verdict::inconclusive, "a fault could have struck and did not");
  verdict(Verdict::unsettled, "a run did not come to rest within its limit");
  return out.str();
}

ExitCode run(Session& session) {
  const std::vector<std::string>& what = session.options.arguments;
  if (what.size() != 1) throw UsageError("docs takes one of: counters, scenarios, versions, man");
  if (what.front() == "counters") {
    deliver(session, counters());
  } else if (what.front() == "scenarios") {
    deliver(session, settings_reference());
  } else if (what.front() == "versions") {
    deliver(session, versions_reference());
  } else if (what.front() == "man") {
    std::ostringstream out;
    write_man_page(out);
    deliver(session, out.str());
  } else {
    throw UsageError("docs takes one of: counters, scenarios, versions, man");
  }
  return ExitCode::as_expected;
}

constexpr std::array<std::string_view, 1> options{"output"};

}  // namespace

const Command docs_command{
    .name = "docs",
    .arguments = "counters|scenarios|versions|man",
    .summary = "Prints documentation that is made of the program's own lists.",
    .help = "",
    .options = options,
    .run = run,
    .hidden = true,
};

}  // namespace kafault
