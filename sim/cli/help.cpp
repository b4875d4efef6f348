#include "sim/cli/help.hpp"

#include <algorithm>
#include <ostream>
#include <string>

#include "reports/text.hpp"

namespace kafault {
namespace {

constexpr std::size_t width = 96;

void write_entry(std::ostream& out, const std::string& left, std::string_view words,
                 std::size_t column) {
  std::string start = padded("  " + left, column);
  if (display_width("  " + left) >= column) {
    out << "  " << left << '\n';
    start = std::string(column, ' ');
  }
  for (const std::string& line : wrap(words, width - column)) {
    out << start << line << '\n';
    start = std::string(column, ' ');
  }
}

// "-o, --output FILE"
std::string spelled(const OptionText& option) {
  const std::size_t comma = option.names.find(',');
  std::string text = comma == std::string_view::npos
                         ? "    "
                         : "-" + std::string(option.names.substr(comma + 1)) + ", ";
  text += "--" + std::string(option.names.substr(0, comma));
  if (!option.argument.empty()) text += " " + std::string(option.argument);
  return text;
}

}  // namespace

const std::string_view what_kafault_is =
    "kafault says what Kafka settings and a list of faults do to your records: lost, doubled,\n"
    "reordered. A simulation: no Kafka needed.\n";

const std::string_view first_examples =
    "  kafault run scenarios/semantics.json          what one fault does, setting by setting\n"
    "  kafault list lost                             shipped scenarios by question\n"
    "  kafault init -o orders.json                   a scenario of your own, to begin with\n"
    "  kafault explain FILE --where 'acks=1'         why, as the story of one record\n"
    "  kafault explore FILE --budget 2               how many misfortunes each promise takes\n"
    "  kafault check scenarios/                      in CI: against the expected tables\n";

const std::string_view exit_codes_in_words =
    "0 as expected, 1 an expectation failed, 2 inconclusive or unsettled, 3 a table\n"
    "differs, 64 usage, 65 bad scenario, 66 no such file, 70 a bug of ours, 74 cannot write,\n"
    "130 interrupted.\n";

void write_help(std::ostream& out) {
  out << what_kafault_is << "\n" << first_examples << "\nCommands:\n";
  for (const Command* command : commands()) {
    if (command->hidden) continue;
    write_entry(out, std::string(command->name) + " " + std::string(command->arguments),
                command->summary, 26);
  }
  out << "\n"
         "  kafault help COMMAND      its options\n"
         "  kafault --version\n"
         "\n"
         "Exit: "
      << exit_codes_in_words;
}

void write_help(std::ostream& out, const Command& command) {
  out << "kafault " << command.name << ' ' << command.arguments << "\n\n"
      << command.summary << "\n\n"
      << command.help;
  if (!command.help.empty()) out << '\n';
  out << "Options:\n";
  for (const std::string_view name : command.options) {
    const OptionText option = text_of_option(name);
    write_entry(out, spelled(option), option.words, 32);
  }
  const OptionText help = text_of_option("help");
  write_entry(out, spelled(help), help.words, 32);
}

}  // namespace kafault
