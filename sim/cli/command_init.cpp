// `kafault init`: a scenario to begin with, made of the settings that somebody has.
#include <array>
#include <filesystem>
#include <ostream>

#include "reports/text.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/load.hpp"
#include "sim/cli/settings_options.hpp"
#include "sim/scenario/starter.hpp"

namespace kafault {
namespace {

// The one name that the files of a role are given for, if any is.
void take_name(const SettingsFile& file, std::string_view option, std::string& name,
               std::string& given) {
  if (file.of.empty()) return;
  if (!given.empty() && given != file.of) {
    throw UsageError(std::string(option) + ": init writes one of them, " + in_quotes(given) +
                     " or " + in_quotes(file.of) + "?");
  }
  given = file.of;
  name = file.of;
}

StarterNames names_in(const std::vector<SettingsFile>& files) {
  StarterNames names;
  std::string producer;
  std::string group;
  std::string topic;
  for (const SettingsFile& file : files) {
    if (file.role == Role::producer) {
      take_name(file, "--producer-config", names.producer, producer);
    } else if (file.role == Role::consumer) {
      take_name(file, "--consumer-config", names.group, group);
    } else if (file.role == Role::topic) {
      take_name(file, "--topic-config", names.topic, topic);
    }
  }
  return names;
}

void refuse_to_replace(const Options& options) {
  std::error_code ignored;
  if (options.output.empty() || options.output == "-" || options.force) return;
  if (!std::filesystem::exists(options.output, ignored)) return;
  throw CannotWrite(printable(options.output) + ": is there already; --force replaces it");
}

ExitCode run(Session& session) {
  const Options& options = session.options;
  if (!options.arguments.empty()) {
    throw UsageError("init takes no " + in_quotes(options.arguments.front()) +
                     "; -o FILE says where to write");
  }
  refuse_to_replace(options);
  const std::vector<SettingsFile> files = settings_files(options);
  const Starter starter =
      starter_scenario(names_in(files), files, "kafault init" + settings_words(options));
  deliver(session, starter.text);

  std::ostream& err = session.streams.err;
  for (const std::string& warning : starter.warnings) {
    err << "warning: " << clean(warning) << '\n';
  }
  for (const auto& [file, settings] : starter.left_out) {
    std::string text = printable(file) + ": left out, no effect here:";
    for (const std::string& setting : settings) text += " " + setting;
    for (const std::string& line : wrap(clean(text), 120)) err << line << '\n';
  }
  if (!options.output.empty() && options.output != "-") {
    err << "Now: kafault run " << shell_word(clean(options.output)) << '\n';
  }
  return ExitCode::as_expected;
}

constexpr std::array<std::string_view, 6> options{
    "producer-config", "consumer-config", "topic-config", "broker-config", "output", "force"};

}  // namespace

const Command init_command{
    .name = "init",
    .arguments = "",
    .summary = "Writes a scenario to begin with, with your settings if you have them in files.",
    .help =
        "  kafault init -o orders.json\n"
        "  kafault init --producer-config producer.properties --consumer-config "
        "consumer.properties\n"
        "  kafault init --producer-config checkout=producer.properties -o checkout.json\n",
    .options = options,
    .run = run,
};

}  // namespace kafault
