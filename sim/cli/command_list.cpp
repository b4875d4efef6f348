// `kafault list`: the shipped scenarios, by question.
#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <ostream>
#include <sstream>

#include "reports/text.hpp"
#include "sim/cli/best_matches.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/load.hpp"
#include "sim/scenario/source.hpp"

namespace kafault {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t width = 120;
constexpr std::size_t most_ranked = 10;

struct Entry {
  std::string folder;  // "scenarios/producer/"
  std::string name;    // "lost-ack.json"
  std::string title;
  std::string question;
  std::string also_asked;

  std::string all() const {
    return folder + name + " " + title + " " + question + " " + also_asked;
  }
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

// A text, or several.
std::string text_at(const Json& document, const char* key) {
  if (!document.is_object()) return "";
  const auto found = document.find(key);
  if (found == document.end()) return "";
  if (found->is_string()) return found->get<std::string>();
  std::string all;
  for (const Json& one : found->is_array() ? *found : Json::array()) {
    if (one.is_string()) all += one.get<std::string>() + " ";
  }
  return all;
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
    entry.also_asked = text_at(source.document(), "also_asked");
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
  const std::string all = lower(entry.all());
  return std::all_of(words.begin(), words.end(), [&](const std::string& word) {
    return all.find(lower(word)) != std::string::npos;
  });
}

// Those that have all the words; if none has, those that are most likely meant, best first.
std::vector<Entry> chosen(std::vector<Entry> entries, const std::vector<std::string>& words,
                          bool& are_ranked) {
  std::vector<Entry> found;
  std::vector<std::string> texts;
  for (const Entry& entry : entries) {
    if (matches(entry, words)) found.push_back(entry);
    texts.push_back(entry.all());
  }
  are_ranked = found.empty();
  if (!are_ranked) return found;
  for (const std::size_t place : best_matches(texts, words)) {
    if (found.size() == most_ranked) break;
    found.push_back(std::move(entries[place]));
  }
  return found;
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

  std::vector<Entry> entries;
  for (std::string folder : folders) {
    while (folder.size() > 1 && folder.back() == '/') folder.pop_back();
    for (const std::string& file : scenario_files_below(folder)) {
      entries.push_back(entry_of(file, session.streams.in));
    }
  }
  bool are_ranked = false;
  const std::vector<Entry> found = chosen(std::move(entries), words, are_ranked);
  std::map<std::string, std::vector<Entry>> groups;
  std::size_t name_width = 0;
  for (const Entry& entry : found) {
    groups[are_ranked ? "" : entry.folder].push_back(entry);
    if (are_ranked) groups[""].back().name = entry.folder + entry.name;
    name_width = std::max(name_width,
                          display_width(clean(groups[are_ranked ? "" : entry.folder].back().name)));
  }
  name_width = std::min<std::size_t>(name_width, 48);

  std::ostringstream out;
  bool first = true;
  for (const auto& [folder, listed] : groups) {
    if (!first) out << '\n';
    first = false;
    write_group(out, are_ranked ? "no scenario has all these words; closest first" : folder, listed,
                name_width);
  }
  deliver(session, session.options.ascii ? to_ascii(out.str()) : out.str());
  if (found.empty()) {
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
        "  kafault list lost ack      those that have both words\n"
        "  kafault list \"why are messages consumed twice?\"   else the closest\n",
    .options = options,
    .run = run,
};

}  // namespace kafault
