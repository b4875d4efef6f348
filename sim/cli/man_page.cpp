// The manual page: the same lists as the help, for troff.
#include <ostream>
#include <string>

#include "kafault_version.hpp"
#include "sim/cli/help.hpp"
#include "sim/cli/options.hpp"

namespace kafault {
namespace {

// Text for troff: no backslash, hyphen or line's beginning means anything else.
std::string roff(std::string_view text) {
  std::string out;
  bool at_line_begin = true;
  for (const char c : text) {
    if (at_line_begin && (c == '.' || c == '\'')) out += "\\&";
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else {
      out += c;
    }
    at_line_begin = c == '\n';
  }
  return out;
}

void write_examples(std::ostream& out, std::string_view text) {
  if (!text.empty()) out << ".PP\n.nf\n" << roff(text) << ".fi\n";
}

void write_option(std::ostream& out, std::string_view name) {
  const OptionText option = text_of_option(name);
  out << ".TP\n\\fB";
  const std::size_t comma = option.names.find(',');
  if (comma != std::string_view::npos) {
    out << "\\-" << roff(option.names.substr(comma + 1)) << "\\fR, \\fB";
  }
  out << "\\-\\-" << roff(option.names.substr(0, comma)) << "\\fR";
  if (!option.argument.empty()) out << " \\fI" << roff(option.argument) << "\\fR";
  out << "\n" << roff(option.words) << "\n";
}

}  // namespace

void write_man_page(std::ostream& out) {
  out << ".TH KAFAULT 1 \"\" \"kafault " KAFAULT_VERSION "\" \"User Commands\"\n"
      << ".SH NAME\nkafault \\- what Kafka settings and faults do to records\n"
      << ".SH SYNOPSIS\n.B kafault\n\\fICOMMAND\\fR [\\fIOPTIONS\\fR] [\\fIFILE\\fR...]\n"
      << ".SH DESCRIPTION\n"
      << roff(what_kafault_is) << ".SH EXAMPLES\n";
  write_examples(out, first_examples);
  out << ".SH COMMANDS\n";
  for (const Command* command : commands()) {
    if (command->hidden) continue;
    out << ".SS \"kafault " << command->name;
    if (!command->arguments.empty()) out << ' ' << roff(command->arguments);
    out << "\"\n" << roff(command->summary) << "\n";
    write_examples(out, command->help);
    for (const std::string_view name : command->options) {
      if (name != "help") write_option(out, name);
    }
  }
  out << ".SH EXIT STATUS\n" << roff(exit_codes_in_words);
}

}  // namespace kafault
