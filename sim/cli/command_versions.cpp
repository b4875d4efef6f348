// `kafault versions`: what Kafka's versions differ in, as the model knows them.
#include <algorithm>
#include <array>
#include <sstream>

#include "reports/markdown.hpp"
#include "reports/text_table.hpp"
#include "reports/versions.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/formats.hpp"
#include "sim/scenario/mistakes.hpp"
#include "sim/scenario/versions.hpp"

namespace kafault {
namespace {

// Throws UsageError.
void check_versions(const std::vector<std::string>& named) {
  const std::vector<std::string_view> known = known_versions();
  for (const std::string& name : named) {
    if (find_version(name) != nullptr) continue;
    throw UsageError("no version " + in_quotes(name) + "; known: " + list_of(known));
  }
}

ExitCode run(Session& session) {
  check_versions(session.options.arguments);
  const VersionSheet versions = versions_of(session.options.arguments);
  TextOptions text;
  text.colour = session.wants_colour();
  text.ascii = session.options.ascii;
  std::ostringstream out;
  switch (table_format_of(session)) {
    case TableFormat::csv:
      write_csv(out, versions);
      break;
    case TableFormat::json:
      write_json(out, versions);
      break;
    case TableFormat::markdown:
      write_markdown(out, sheet_of(versions));
      break;
    case TableFormat::table:
      write_text(out, sheet_of(versions), text);
      break;
  }
  deliver(session, out.str());
  return ExitCode::as_expected;
}

constexpr std::array<std::string_view, 4> options{"format", "output", "color", "ascii"};

}  // namespace

const Command versions_command{
    .name = "versions",
    .arguments = "[VERSION...]",
    .summary = "What Kafka's versions differ in: switches and defaults.",
    .help =
        "  kafault versions                all of them\n"
        "  kafault versions 2.8 4.1        what differs between these\n"
        "  kafault run FILE --vary /kafka=2.8,4.1\n",
    .options = options,
    .run = run,
};

}  // namespace kafault
