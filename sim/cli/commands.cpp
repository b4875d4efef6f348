#include "sim/cli/commands.hpp"

namespace kafault {

std::span<const Command* const> commands() {
  static constexpr const Command* all[] = {&run_command,        &check_command,    &explain_command,
                                           &explore_command,    &validate_command, &list_command,
                                           &versions_command,   &init_command,     &schema_command,
                                           &completion_command, &docs_command};
  return all;
}

const Command* find_command(std::string_view name) {
  for (const Command* command : commands()) {
    if (command->name == name) return command;
  }
  return nullptr;
}

}  // namespace kafault
