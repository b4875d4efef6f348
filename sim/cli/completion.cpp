#include "sim/cli/completion.hpp"

#include <algorithm>
#include <vector>

#include "sim/cli/commands.hpp"
#include "sim/cli/options.hpp"

namespace kafault {
namespace {

// What may stand behind an option.
enum class Takes { nothing, a_choice, a_file, a_folder, a_text };

struct CompletedOption {
  std::string name;      // "output"
  std::string letter;    // "o", or none
  std::string argument;  // "FILE"
  std::string words;
  std::string choices;
  Takes takes = Takes::nothing;
};

CompletedOption completed(std::string_view name) {
  const OptionText text = text_of_option(name);
  CompletedOption option;
  option.name = name;
  const std::size_t comma = text.names.find(',');
  if (comma != std::string_view::npos) option.letter = text.names.substr(comma + 1);
  option.argument = text.argument;
  option.words = text.words;
  option.choices = text.choices;
  if (text.argument.empty()) return option;
  option.takes = !text.choices.empty()             ? Takes::a_choice
                 : text.argument.ends_with("FILE") ? Takes::a_file
                 : text.argument == "DIR"          ? Takes::a_folder
                                                   : Takes::a_text;
  return option;
}

std::vector<CompletedOption> options_of(const Command& command) {
  std::vector<CompletedOption> options;
  for (const std::string_view name : command.options) {
    if (name != "help") options.push_back(completed(name));
  }
  options.push_back(completed("help"));
  return options;
}

std::vector<const Command*> shown_commands() {
  std::vector<const Command*> shown;
  for (const Command* command : commands()) {
    if (!command->hidden) shown.push_back(command);
  }
  return shown;
}

std::string names_of_commands() {
  std::string names;
  for (const Command* command : shown_commands()) names += std::string(command->name) + " ";
  return names + "help";
}

// What a command takes beside its options: "bash|zsh|fish" are words, FILE is a file.
std::string words_of_arguments(const Command& command) {
  if (command.arguments.find('|') == std::string_view::npos) return "";
  std::string words(command.arguments);
  std::replace(words.begin(), words.end(), '|', ' ');
  return words;
}
bool takes_files(const Command& command) { return command.arguments.starts_with("FILE"); }

// In single quotes, for each of the shells.
std::string quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

// Of a description in _arguments: what would end it or mean something else.
std::string zsh_words(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '[' || c == ']' || c == ':' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

}  // namespace

std::string bash_completion() {
  std::string options_by_command;
  std::string choices;
  std::string files;
  std::string folders;
  std::string texts;
  std::vector<std::string> told;
  for (const Command* command : shown_commands()) {
    std::string options;
    for (const CompletedOption& option : options_of(*command)) {
      options += (options.empty() ? "--" : " --") + option.name;
      if (std::find(told.begin(), told.end(), option.name) != told.end()) continue;
      told.push_back(option.name);
      std::string pattern = "--" + option.name;
      if (!option.letter.empty()) pattern += "|-" + option.letter;
      const auto add_to = [&](std::string& patterns) {
        patterns += (patterns.empty() ? "" : "|") + pattern;
      };
      if (option.takes == Takes::a_file) add_to(files);
      if (option.takes == Takes::a_folder) add_to(folders);
      if (option.takes == Takes::a_text) add_to(texts);
      if (option.takes == Takes::a_choice) {
        choices += "    " + pattern + ") COMPREPLY=($(compgen -W " + quoted(option.choices) +
                   " -- \"$word\")); return ;;\n";
      }
    }
    options_by_command += "    " + std::string(command->name) + ") options=" + quoted(options);
    const std::string words = words_of_arguments(*command);
    if (!words.empty()) options_by_command += " words=" + quoted(words);
    if (takes_files(*command)) options_by_command += " files=yes";
    options_by_command += " ;;\n";
  }
  return "# bash completion of kafault, made by: kafault completion bash\n"
         "_kafault() {\n"
         "  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}\n"
         "  local options= words= files= files_here='compopt -o filenames'\n"
         "  COMPREPLY=()\n"
         "  if ((COMP_CWORD == 1)); then\n"
         "    COMPREPLY=($(compgen -W " +
         quoted(names_of_commands() + " --help --version") +
         " -- \"$word\"))\n"
         "    return\n"
         "  fi\n"
         "  [[ $word == = ]] && word= before==  # bash has split NAME=FILE\n"
         "  case $before in\n" +
         choices + "    " + files +
         "|=) $files_here; COMPREPLY=($(compgen -f -- \"$word\")); return ;;\n    " + folders +
         ") $files_here; COMPREPLY=($(compgen -d -- \"$word\")); return ;;\n    " + texts +
         ") return ;;\n"
         "  esac\n"
         "  case ${COMP_WORDS[1]} in\n" +
         options_by_command + "    help) words=" + quoted(names_of_commands()) +
         " ;;\n"
         "  esac\n"
         "  if [[ $word == -* ]]; then\n"
         "    COMPREPLY=($(compgen -W \"$options\" -- \"$word\"))\n"
         "  elif [[ $files ]]; then\n"
         "    $files_here; COMPREPLY=($(compgen -f -- \"$word\"))\n"
         "  else\n"
         "    COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
         "  fi\n"
         "}\n"
         "complete -F _kafault kafault\n";
}

std::string zsh_completion() {
  std::string commands;
  std::string cases;
  for (const Command* command : shown_commands()) {
    commands +=
        "    " + quoted(zsh_words(command->name) + ":" + zsh_words(command->summary)) + "\n";
    cases += "    " + std::string(command->name) + ")\n      _arguments";
    for (const CompletedOption& option : options_of(*command)) {
      std::string spec = "[" + zsh_words(option.words) + "]";
      if (option.takes != Takes::nothing) spec += ":" + zsh_words(option.argument) + ":";
      if (option.takes == Takes::a_choice) spec += "(" + option.choices + ")";
      if (option.takes == Takes::a_file) spec += "_files";
      if (option.takes == Takes::a_folder) spec += "_files -/";
      cases += " \\\n        " + quoted("*--" + option.name + spec);
      if (!option.letter.empty()) cases += " \\\n        " + quoted("*-" + option.letter + spec);
    }
    const std::string words = words_of_arguments(*command);
    if (!words.empty()) cases += " \\\n        " + quoted("*:word:(" + words + ")");
    if (takes_files(*command)) cases += " \\\n        " + quoted("*:file:_files");
    cases += "\n      ;;\n";
  }
  return "#compdef kafault\n"
         "# zsh completion of kafault, made by: kafault completion zsh\n"
         "_kafault() {\n"
         "  local -a commands\n"
         "  commands=(\n" +
         commands +
         "    'help:the options of a command'\n"
         "  )\n"
         "  if ((CURRENT == 2)); then\n"
         "    _describe command commands\n"
         "    return\n"
         "  fi\n"
         "  local command=$words[2]\n"
         "  shift words\n"
         "  ((CURRENT--))\n"
         "  case $command in\n" +
         cases +
         "    help)\n"
         "      _describe command commands\n"
         "      ;;\n"
         "  esac\n"
         "}\n"
         "if [[ $funcstack[1] == _kafault ]]; then\n"
         "  _kafault \"$@\"\n"
         "else\n"
         "  compdef _kafault kafault\n"
         "fi\n";
}

std::string fish_completion() {
  std::string text =
      "# fish completion of kafault, made by: kafault completion fish\n"
      "complete -c kafault -f\n";
  for (const Command* command : shown_commands()) {
    const std::string name(command->name);
    text += "complete -c kafault -n __fish_use_subcommand -a " + name + " -d " +
            quoted(command->summary) + "\n";
    const std::string here =
        "complete -c kafault -n " + quoted("__fish_seen_subcommand_from " + name);
    for (const CompletedOption& option : options_of(*command)) {
      text += here + " -l " + option.name;
      if (!option.letter.empty()) text += " -s " + option.letter;
      if (option.takes == Takes::a_choice) text += " -x -a " + quoted(option.choices);
      if (option.takes == Takes::a_file) text += " -r -F";
      if (option.takes == Takes::a_folder) text += " -x -a '(__fish_complete_directories)'";
      if (option.takes == Takes::a_text) text += " -x";
      text += " -d " + quoted(option.words) + "\n";
    }
    const std::string words = words_of_arguments(*command);
    if (!words.empty()) text += here + " -a " + quoted(words) + "\n";
    if (takes_files(*command)) text += here + " -F\n";
  }
  return text +
         "complete -c kafault -n __fish_use_subcommand -a help -d 'the options of a command'\n";
}

}  // namespace kafault
