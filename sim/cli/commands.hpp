// The one list of commands. To add one: write its file, declare it here, add it to the list in
// commands.cpp.
#pragma once

#include <span>
#include <string_view>

#include "sim/cli/exit_code.hpp"
#include "sim/cli/session.hpp"

namespace kafault {

struct Command {
  std::string_view name;
  std::string_view arguments;  // "FILE..."
  std::string_view summary;    // one line
  std::string_view help;       // more, with examples
  std::span<const std::string_view> options;
  ExitCode (*run)(Session&);
  bool hidden = false;
};

extern const Command run_command;
extern const Command check_command;
extern const Command explain_command;
extern const Command explore_command;
extern const Command validate_command;
extern const Command list_command;
extern const Command versions_command;
extern const Command init_command;
extern const Command schema_command;
extern const Command completion_command;
extern const Command docs_command;

std::span<const Command* const> commands();
const Command* find_command(std::string_view name);

}  // namespace kafault
