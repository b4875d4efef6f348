// `kafault completion`: for the shell that one types in.
#include <array>

#include "sim/cli/commands.hpp"
#include "sim/cli/completion.hpp"

namespace kafault {
namespace {

ExitCode run(Session& session) {
  const std::vector<std::string>& shells = session.options.arguments;
  const std::string shell = shells.size() == 1 ? shells.front() : "";
  if (shell == "bash") {
    deliver(session, bash_completion());
  } else if (shell == "zsh") {
    deliver(session, zsh_completion());
  } else if (shell == "fish") {
    deliver(session, fish_completion());
  } else {
    throw UsageError("completion takes one of: bash, zsh, fish");
  }
  return ExitCode::as_expected;
}

constexpr std::array<std::string_view, 1> options{"output"};

}  // namespace

const Command completion_command{
    .name = "completion",
    .arguments = "bash|zsh|fish",
    .summary = "Prints what a shell needs to complete kafault's command line.",
    .help =
        "  source <(kafault completion bash)\n"
        "  kafault completion zsh -o ~/.zfunc/_kafault\n"
        "  kafault completion fish -o ~/.config/fish/completions/kafault.fish\n",
    .options = options,
    .run = run,
};

}  // namespace kafault
