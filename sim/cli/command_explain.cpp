// `kafault explain`: one combination, one record, as a story.
#include <algorithm>
#include <array>
#include <ostream>
#include <sstream>

#include "reports/story_writer.hpp"
#include "reports/text.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/load.hpp"
#include "sim/cli/settings_options.hpp"
#include "sim/drive/story.hpp"

namespace kafault {
namespace {

constexpr std::int64_t most_seeds = 10'000;

enum class Format { text, json, mermaid };

Format format_of(const Session& session) {
  const std::string& wish = session.options.format;
  if (wish.empty() || wish == "text" || wish == "table") return Format::text;
  if (wish == "json") return Format::json;
  if (wish == "mermaid") return Format::mermaid;
  throw UsageError("--format: text, json or mermaid, not " + in_quotes(wish));
}

StoryWish wish_of(const Options& options) {
  StoryWish wish;
  wish.record = options.record;
  if (options.finding.empty()) return wish;
  std::vector<std::string_view> known;
  for (const auto& spelling : Spellings<StoryKind>::all) {
    known.push_back(spelling.text);
    if (spelling.text == options.finding) wish.kind = spelling.value;
  }
  if (!wish.kind) {
    throw UsageError("--finding: there is no " + in_quotes(options.finding) +
                     did_you_mean(options.finding, known) + "; known: " + list_of(known));
  }
  return wish;
}

// "acks=1 fault='leader crash'", as --where takes it.
std::string where_text(const Scenario& scenario, const Combination& combination) {
  std::string text;
  for (std::size_t i = 0; i < scenario.axes.size(); ++i) {
    const std::string& value = combination.axis_values[i];
    const bool plain = !value.empty() && value.find_first_of(" \t\"'\\") == std::string::npos;
    std::string spelled = value;
    if (!plain) {
      spelled = "\"";
      for (const char c : value) {
        if (c == '"' || c == '\\') spelled += '\\';
        spelled += c;
      }
      spelled += '"';
    }
    text += (text.empty() ? "" : " ") + scenario.axes[i] + "=" + spelled;
  }
  return text;
}

struct Told {
  const Combination* combination = nullptr;
  Inspection inspection;
  std::optional<Story> story;
  std::size_t matching = 0;  // combinations that could have been told of
};

bool is_what_was_wished(const Told& told, const StoryWish& wish) {
  if (!told.story) return false;
  return wish.kind ? told.story->kind == *wish.kind : told.story->kind != StoryKind::ordinary;
}

void tell(const Combination& runs, const StoryWish& wish, Told& told) {
  told.inspection = inspect(runs);
  const std::vector<Flow> flows = flows_of(runs.plan);
  told.story = tell_story({runs.plan, runs.faults, flows, told.inspection.trace}, wish);
}

Told tell(const Combination& combination, const StoryWish& wish) {
  Told told;
  told.combination = &combination;
  tell(combination, wish, told);
  if (!wish.kind || is_what_was_wished(told, wish) || combination.runs == 1) return told;
  // The first run that broke anything did not break what was wished for: one seed after the other.
  Combination single = combination;
  single.runs = 1;
  for (std::int64_t i = 0; i < std::min(combination.runs, most_seeds); ++i) {
    single.seed = combination.seed + static_cast<std::uint64_t>(i);
    tell(single, wish, told);
    if (is_what_was_wished(told, wish)) break;
  }
  return told;
}

// The first combination in which something broke (or what was wished for happened), else the first.
std::optional<Told> choose(Session& session, const Scenario& scenario, const StoryWish& wish) {
  std::optional<Told> first;
  std::size_t startable = 0;
  for (const Combination& combination : scenario.combinations) {
    startable += !combination.config_exception;
  }
  for (const Combination& combination : scenario.combinations) {
    if (combination.config_exception) continue;
    if (session.was_interrupted()) return std::nullopt;
    Told told = tell(combination, wish);
    told.matching = startable;
    if (is_what_was_wished(told, wish)) return told;
    if (!first) first = std::move(told);
  }
  return first;
}

void say_which(Session& session, const Scenario& scenario, const Told& told) {
  std::ostream& err = session.streams.err;
  const std::string where = where_text(scenario, *told.combination);
  if (told.matching > 1) {
    const bool broke = told.story && told.story->kind != StoryKind::ordinary;
    err << count_of(told.matching, "combination") << " match; this is the first"
        << (broke ? " in which something went wrong" : "; nothing went wrong in any of them")
        << ":  --where " << shell_word(clean(where)) << '\n';
  }
  const Inspection& inspection = told.inspection;
  if (inspection.placements > 0) {
    err << "The fault struck at moment " << with_thousands(inspection.placement) << " of "
        << with_thousands(inspection.placements) << ".\n";
  } else if (!inspection.struck) {
    err << "A fault of this combination did not strike.\n";
  }
  if (!inspection.settled) err << "The run did not come to rest within its limit.\n";
}

std::string again(const Options& options, const Scenario& scenario, const Told& told) {
  std::string command = "kafault run " + shell_word(scenario.file_name);
  const std::string where = where_text(scenario, *told.combination);
  if (!where.empty()) command += " --where " + shell_word(where);
  for (const std::string& set : options.set) command += " --set " + shell_word(set);
  command += settings_words(options);
  for (const std::string& vary : options.vary) command += " --vary " + shell_word(vary);
  if (told.combination->runs > 1) command += " --set /runs=1";
  command += " --seed " + std::to_string(told.inspection.seed);
  return command;
}

ExitCode no_story(Session& session, const Scenario& scenario, const StoryWish& wish) {
  std::ostream& err = session.streams.err;
  const auto refused = std::find_if(scenario.combinations.begin(), scenario.combinations.end(),
                                    [](const Combination& c) { return c.config_exception; });
  const bool all_refused =
      std::all_of(scenario.combinations.begin(), scenario.combinations.end(),
                  [](const Combination& c) { return c.config_exception.has_value(); });
  if (all_refused && refused != scenario.combinations.end()) {
    deliver(session, "The client refuses to start: " + clean(*refused->config_exception) + "\n");
    return ExitCode::as_expected;
  }
  err << "kafault: ";
  if (wish.record) {
    err << "record " << *wish.record << " was not sent";
    if (wish.kind) err << ", or was not " << spell(*wish.kind);
  } else if (wish.kind) {
    err << "nothing was " << spell(*wish.kind) << " here";
  } else {
    err << "nothing was sent";
  }
  err << '\n';
  return ExitCode::usage;
}

ExitCode run(Session& session) {
  const Format format = format_of(session);
  const StoryWish wish = wish_of(session.options);
  if (session.options.arguments.size() != 1) throw UsageError("explain takes one FILE");
  const LoadedAll loaded = load_all(session);
  if (loaded.scenarios.empty()) return loaded.code;
  if (loaded.scenarios.size() > 1) throw UsageError("explain takes one FILE, not a folder of them");
  const Scenario& scenario = loaded.scenarios.front();

  const std::optional<Told> told = choose(session, scenario, wish);
  if (session.was_interrupted()) return ExitCode::interrupted;
  if (!told || !told->story) return no_story(session, scenario, wish);
  say_which(session, scenario, *told);

  std::ostringstream out;
  StoryOptions options;
  options.colour = session.wants_colour();
  options.ascii = session.options.ascii;
  options.again = again(session.options, scenario, *told);
  options.as_diagram = "--format mermaid";
  switch (format) {
    case Format::text:
      write_story(out, *told->story, options);
      break;
    case Format::json:
      write_story_json(out, *told->story);
      break;
    case Format::mermaid:
      write_mermaid(out, *told->story);
      break;
  }
  deliver(session, out.str());
  return ExitCode::as_expected;
}

constexpr std::array<std::string_view, 16> options{"where",
                                                   "record",
                                                   "finding",
                                                   "format",
                                                   "output",
                                                   "set",
                                                   "vary",
                                                   "producer-config",
                                                   "consumer-config",
                                                   "topic-config",
                                                   "broker-config",
                                                   "property",
                                                   "seed",
                                                   "jobs",
                                                   "color",
                                                   "ascii"};

}  // namespace

const Command explain_command{
    .name = "explain",
    .arguments = "FILE",
    .summary = "Tells the story of one record that was lost, doubled or reordered, and why.",
    .help =
        "  kafault explain scenarios/semantics.json --where 'acks=1 fault=\"leader crash\"'\n"
        "  kafault explain orders.json --record 31\n"
        "  kafault explain orders.json --finding twice --format mermaid\n",
    .options = options,
    .run = run,
};

}  // namespace kafault
