// `kafault list`: the shipped scenarios, by question.
#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <ostream>
#include <sstream>

#include "reports/text.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/load.hpp"
#include "sim/scenario/source.hpp"

namespace kafault {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t width = 120;

struct Entry {
  std::string folder;  // "scenarios/producer/"
  std::string name;    // "lost-ack.json"
  std::string title;
  std::string question;
};

// KAFAULT_SCENARIOS, else what lies in the current folder, else what was installed.
std::string scenarios_folder() {
  std::error_code ignored;
  if (const char* const named = std::getenv("KAFAULT_SCENARIOS"); named != nullptr && *named) {
    return named;
  }
  if (fs::is_directory("scenarios", ignored)) return "scenarios";
  const fs::path program = fs::read_symlink("/proc/self/exe", ignored);
  for (const char* place : {"../share/kafault/scenarios", "scenarios"}) {
    const fs::path folder = (program.parent_path() / place).lexically_normal();
    if (!program.empty() && fs::is_directory(folder, ignored)) return folder.generic_string();
  }
  throw NoInput(
      "no scenarios here and none installed; name their folder in KAFAULT_SCENARIOS, or give it");
}

std::string text_at(const Json& document, const char* key) {
  if (!document.is_object()) return "";
  const auto found = document.find(key);
  return found != document.end() && found->is_string() ? found->get<std::string>() : "";
}

Entry entry_of(const std::string& file, std::istream& in) {
  Entry entry;
  const fs::path path(file);
  entry.folder = path.parent_path().generic_string();
  if (!entry.folder.empty()) entry.folder += "/";
  entry.name = path.filename().generic_string();
  try {
    const Source source(read_input(file, in), file);
    entry.title = text_at(source.document(), "title");
    entry.question = text_at(source.document(), "question");
  } catch (const ScenarioError&) {
    entry.title = "(not readable: see kafault validate)";
  }
  return entry;
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return text;
}

bool matches(const Entry& entry, const std::vector<std::string>& words) {
  const std::string all =
      lower(entry.folder + entry.name + " " + entry.title + " " + entry.question);
  return std::all_of(words.begin(), words.end(), [&](const std::string& word) {
    return all.find(lower(word)) != std::string::npos;
  });
}

void write_group(std::ostream& out, const std::string& folder, const std::vector<Entry>& entries,
                 std::size_t name_width) {
  out << clean(folder.empty() ? "./" : folder) << '\n';
  for (const Entry& entry : entries) {
    std::string start = "  " + padded(clean(entry.name), name_width) + "  ";
    const std::string& words = entry.question.empty() ? entry.title : entry.question;
    for (const std::string& line : wrap(clean(words), width - name_width - 4)) {
      out << start << line << '\n';
      start = std::string(name_width + 4, ' ');
    }
  }
}

ExitCode run(Session& session) {
  std::vector<std::string> words;
  std::vector<std::string> folders;
  for (const std::string& argument : session.options.arguments) {
    std::error_code ignored;
    const bool is_folder =
        argument.find('/') != std::string::npos && fs::is_directory(argument, ignored);
    (is_folder ? folders : words).push_back(argument);
  }
  if (folders.empty()) folders.push_back(scenarios_folder());

  std::map<std::string, std::vector<Entry>> groups;
  std::size_t name_width = 0;
  std::size_t found = 0;
  for (std::string folder : folders) {
    while (folder.size() > 1 && folder.back() == '/') folder.pop_back();
    for (const std::string& file : scenario_files_below(folder)) {
      Entry entry = entry_of(file, session.streams.in);
      if (!matches(entry, words)) continue;
      ++found;
      name_width = std::max(name_width, display_width(clean(entry.name)));
      groups[entry.folder].push_back(std::move(entry));
    }
  }
  name_width = std::min<std::size_t>(name_width, 48);

  std::ostringstream out;
  bool first = true;
  for (const auto& [folder, entries] : groups) {
    if (!first) out << '\n';
    first = false;
    write_group(out, folder, entries, name_width);
  }
  deliver(session, session.options.ascii ? to_ascii(out.str()) : out.str());
  if (found == 0) {
    session.streams.err << "no scenario has these words; all: kafault list\n";
    return ExitCode::no_input;
  }
  return ExitCode::as_expected;
}

constexpr std::array<std::string_view, 2> options{"ascii", "output"};

}  // namespace

const Command list_command{
    .name = "list",
    .arguments = "[WORDS]",
    .summary = "Shipped scenarios, by the question that they answer.",
    .help =
        "  kafault list\n"
        "  kafault list lost ack      those that have both words\n",
    .options = options,
    .run = run,
};

}  // namespace kafault
