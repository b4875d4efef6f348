#include "sim/cli/settings_options.hpp"

#include <sstream>

#include "reports/text.hpp"
#include "sim/cli/load.hpp"

namespace kafault {
namespace {

struct SettingsOption {
  const char* name;
  Role role;
  const std::vector<std::string>& texts;
};

std::vector<SettingsOption> settings_options_of(const Options& options) {
  return {{"broker-config", Role::broker, options.broker_config},
          {"topic-config", Role::topic, options.topic_config},
          {"producer-config", Role::producer, options.producer_config},
          {"consumer-config", Role::consumer, options.consumer_config}};
}

SettingsFile settings_file(const SettingsOption& option, const std::string& text) {
  SettingsFile file;
  file.role = option.role;
  file.name = text;
  const std::size_t equals = text.find('=');
  if (option.role != Role::broker && equals != std::string::npos) {
    file.of = text.substr(0, equals);
    file.name = text.substr(equals + 1);
    if (file.of.empty()) {
      throw UsageError("--" + std::string(option.name) + ": whose file is " + in_quotes(file.name) +
                       "?");
    }
  }
  if (file.name.empty() || file.name == "-") {
    throw UsageError("--" + std::string(option.name) + ": which file?");
  }
  std::istringstream nothing;
  file.text = read_input(file.name, nothing);
  return file;
}

}  // namespace

std::vector<SettingsFile> settings_files(const Options& options) {
  std::vector<SettingsFile> files;
  for (const SettingsOption& option : settings_options_of(options)) {
    for (const std::string& text : option.texts) files.push_back(settings_file(option, text));
  }
  return files;
}

std::string settings_words(const Options& options) {
  std::string words;
  for (const SettingsOption& option : settings_options_of(options)) {
    for (const std::string& text : option.texts) {
      words += " --" + std::string(option.name) + " " + shell_word(text);
    }
  }
  for (const std::string& text : options.property) {
    if (!is_secret(text.substr(0, text.find('=')))) words += " -X " + shell_word(text);
  }
  return words;
}

}  // namespace kafault
