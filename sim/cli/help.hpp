// The texts of --help, made of the list of commands and the list of options.
#pragma once

#include <iosfwd>
#include <string_view>

#include "sim/cli/commands.hpp"

namespace kafault {

// Parts of the text, on lines of their own.
extern const std::string_view what_kafault_is;
extern const std::string_view first_examples;
extern const std::string_view exit_codes_in_words;

void write_help(std::ostream& out);
void write_help(std::ostream& out, const Command& command);
// The same for man(1).
void write_man_page(std::ostream& out);

}  // namespace kafault
