#include "sim/cli/cli.hpp"

#include <exception>
#include <new>
#include <ostream>
#include <span>

#include "kafault_version.hpp"
#include "reports/text.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/help.hpp"
#include "sim/drive/campaign.hpp"
#include "sim/scenario/mistakes.hpp"

namespace kafault {
namespace {

void flush(Streams& streams) {
  streams.out << std::flush;
  if (!streams.out) throw CannotWrite("standard output: cannot write");
}

ExitCode help(std::span<const std::string> arguments, Streams& streams) {
  if (arguments.empty()) {
    write_help(streams.out);
  } else if (const Command* const command = find_command(arguments.front())) {
    write_help(streams.out, *command);
  } else {
    throw UsageError("no such command: " + clean(arguments.front()));
  }
  flush(streams);
  return ExitCode::as_expected;
}

[[noreturn]] void no_such_command(const std::string& name) {
  std::vector<std::string_view> names;
  for (const Command* command : commands()) {
    if (!command->hidden) names.push_back(command->name);
  }
  throw UsageError("no such command: " + clean(name) + did_you_mean(name, names));
}

ExitCode dispatch(const std::vector<std::string>& arguments, Streams& streams) {
  if (arguments.empty()) {
    write_help(streams.err);
    return ExitCode::usage;
  }
  const std::string& first = arguments.front();
  const std::span<const std::string> rest(arguments.begin() + 1, arguments.end());
  if (first == "help" || first == "--help" || first == "-h") return help(rest, streams);
  if (first == "--version" || first == "version") {
    streams.out << "kafault " << KAFAULT_VERSION << ", model " << model_version << '\n';
    flush(streams);
    return ExitCode::as_expected;
  }
  const Command* const command = find_command(first);
  if (command == nullptr) no_such_command(first);

  Session session{streams, parse_options(rest, command->options)};
  if (session.options.help) {
    write_help(streams.out, *command);
    flush(streams);
    return ExitCode::as_expected;
  }
  return command->run(session);
}

ExitCode guarded(const std::vector<std::string>& arguments, Streams& streams) {
  try {
    return dispatch(arguments, streams);
  } catch (const UsageError& error) {
    streams.err << "kafault: " << error.what() << '\n';
    const bool is_command = !arguments.empty() && find_command(arguments.front()) != nullptr;
    streams.err << "Try: kafault help" << (is_command ? " " + arguments.front() : "") << '\n';
    return ExitCode::usage;
  } catch (const NoInput& error) {
    streams.err << "kafault: " << error.what() << '\n';
    return ExitCode::no_input;
  } catch (const ScenarioError& error) {
    for (const std::string& line : error.lines()) streams.err << line << '\n';
    streams.err << count_of(error.lines().size(), "mistake") << ", nothing run\n";
    return ExitCode::bad_scenario;
  } catch (const CannotWrite& error) {
    streams.err << "kafault: " << error.what() << '\n';
    return ExitCode::cannot_write;
  } catch (const std::bad_alloc&) {
    streams.err << "kafault: out of memory\n";
    return ExitCode::our_bug;
  } catch (const std::exception& error) {
    streams.err << "kafault: a bug of ours: " << error.what() << '\n';
    return ExitCode::our_bug;
  }
}

}  // namespace

int run_cli(const std::vector<std::string>& arguments, Streams streams) {
  return static_cast<int>(guarded(arguments, streams));
}

}  // namespace kafault
