// `kafault schema`: what an editor needs to complete and to check scenario files.
#include <array>

#include "sim/cli/commands.hpp"
#include "sim/scenario/schema.hpp"

namespace kafault {
namespace {

ExitCode run(Session& session) {
  if (!session.options.arguments.empty()) throw UsageError("schema takes no arguments");
  deliver(session, scenario_schema().dump(2) + "\n");
  return ExitCode::as_expected;
}

constexpr std::array<std::string_view, 1> options{"output"};

}  // namespace

const Command schema_command{
    .name = "schema",
    .arguments = "",
    .summary = "Prints the JSON Schema of a scenario file, for editors.",
    .help =
        "  kafault schema -o kafault.schema.json\n"
        "\n"
        "Then \"$schema\": \"kafault.schema.json\" in a scenario beside it makes an editor "
        "complete\n"
        "keys and settings and explain them.\n",
    .options = options,
    .run = run,
};

}  // namespace kafault
