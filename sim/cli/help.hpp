// The texts of --help, made of the list of commands and the list of options.
#pragma once

#include <iosfwd>

#include "sim/cli/commands.hpp"

namespace kafault {

void write_help(std::ostream& out);
void write_help(std::ostream& out, const Command& command);

}  // namespace kafault
