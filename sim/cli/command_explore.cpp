// `kafault explore`: has its place on the command line, and says so.
#include "sim/cli/commands.hpp"

namespace kafault {
namespace {

ExitCode run(Session&) { throw UsageError("explore is not available yet"); }

}  // namespace

const Command explore_command{
    .name = "explore",
    .arguments = "FILE",
    .summary = "Not available yet: every run within a budget of misfortunes.",
    .help = "",
    .options = {},
    .run = run,
};

}  // namespace kafault
