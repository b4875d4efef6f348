#include "sim/cli/options.hpp"

#include <algorithm>
#include <boost/program_options.hpp>
#include <iterator>

#include "sim/cli/exit_code.hpp"
#include "sim/scenario/mistakes.hpp"

namespace kafault {
namespace {

namespace po = boost::program_options;

constexpr OptionText all_options[] = {
    {"format,f", "FORMAT",
     "table, csv, json or markdown (a table on a terminal, else CSV); explain: text, json "
     "or mermaid",
     "table csv json markdown text mermaid"},
    {"output,o", "FILE", "write there instead of standard output; whole or not at all"},
    {"pivot", "AXIS", "the axis whose values become the columns of a drawn table"},
    {"columns", "A,B,C", "show exactly these columns"},
    {"where", "'AXIS=VALUE ...'", "only these combinations; values with spaces in quotes"},
    {"set", "PTR=VALUE", "change a value of the file: /producers/shop/config/acks=1"},
    {"vary", "PTR=A,B", "one more axis: a pointer into the file and its values"},
    {"producer-config", "[NAME=]FILE",
     "the producer's settings as Java has them, a .properties file; without NAME: of all "
     "producers"},
    {"consumer-config", "[NAME=]FILE", "the same for a group"},
    {"topic-config", "[NAME=]FILE", "the same for a topic"},
    {"broker-config", "FILE", "the same for the brokers: server.properties"},
    {"property,X", "KEY=VALUE", "a setting of all producers and groups that have it: acks=1"},
    {"seed", "N", "the first run's seed"},
    {"jobs,j", "N", "threads; never changes the result"},
    {"record", "N", "the record to tell of, counted from 0"},
    {"finding", "KIND", "lost, twice, reordered, ghost or given_up: which to tell of",
     "lost twice reordered ghost given_up"},
    {"budget", "K", "misfortunes in one run, at most (default 1)"},
    {"misfortunes", "A,B,C", "what may strike"},
    {"records", "N", "records per producer, at most (default 3)"},
    {"tick", "TIME", "durations are rounded up to multiples of it (default 1ms)"},
    {"time-limit", "TIME", "stop after this time and say what was covered: 90s, 10m, 1h"},
    {"memory-limit", "SIZE",
     "stop at this size and say what was covered (default three quarters "
     "of the machine's)"},
    {"save", "DIR", "write each counterexample there as a scenario file"},
    {"remedy", "", "find the smallest changes of settings that keep each broken promise"},
    {"shrink", "", "explore nothing: make the file's own failing runs as small as they go"},
    {"resolved", "", "print every value used and where it came from; run nothing"},
    {"update", "", "write what comes out as what is expected from now on"},
    {"force", "", "replace the output file if it is there"},
    {"color", "WHEN", "auto, always or never", "auto always never"},
    {"ascii", "", "only ASCII characters"},
    {"help,h", "", "this text"},
};

// Boost takes "output,o"; the long name is what options are known by.
std::string_view long_name(std::string_view names) { return names.substr(0, names.find(',')); }

struct Declared {
  po::options_description description;
  Options options;
  std::string seed;
  std::string record;
  std::string jobs;
  std::string budget;
  std::string records;

  void add(std::string_view names) {
    const std::string spelled(names);
    const std::string name(long_name(names));
    const auto value = [&](auto* target) {
      description.add_options()(spelled.c_str(), po::value(target));
    };
    const auto a_switch = [&](bool* target) {
      description.add_options()(spelled.c_str(), po::bool_switch(target));
    };
    if (name == "format") return value(&options.format);
    if (name == "output") return value(&options.output);
    if (name == "pivot") return value(&options.pivot);
    if (name == "columns") return value(&options.columns);
    if (name == "where") return value(&options.where);
    if (name == "set") return value(&options.set);
    if (name == "vary") return value(&options.vary);
    if (name == "producer-config") return value(&options.producer_config);
    if (name == "consumer-config") return value(&options.consumer_config);
    if (name == "topic-config") return value(&options.topic_config);
    if (name == "broker-config") return value(&options.broker_config);
    if (name == "property") return value(&options.property);
    if (name == "seed") return value(&seed);
    if (name == "jobs") return value(&jobs);
    if (name == "record") return value(&record);
    if (name == "finding") return value(&options.finding);
    if (name == "budget") return value(&budget);
    if (name == "misfortunes") return value(&options.misfortunes);
    if (name == "records") return value(&records);
    if (name == "tick") return value(&options.tick);
    if (name == "time-limit") return value(&options.time_limit);
    if (name == "memory-limit") return value(&options.memory_limit);
    if (name == "save") return value(&options.save);
    if (name == "color") return value(&options.colour);
    if (name == "ascii") return a_switch(&options.ascii);
    if (name == "resolved") return a_switch(&options.resolved);
    if (name == "remedy") return a_switch(&options.remedy);
    if (name == "shrink") return a_switch(&options.shrink);
    if (name == "update") return a_switch(&options.update);
    if (name == "force") return a_switch(&options.force);
    if (name == "help") return a_switch(&options.help);
  }
};

std::int64_t number(const std::string& option, const std::string& text, std::int64_t low,
                    std::int64_t high) {
  std::int64_t value = 0;
  bool good = !text.empty() && text.size() <= 18;
  for (const char c : text) {
    good = good && c >= '0' && c <= '9';
    if (good) value = value * 10 + (c - '0');
  }
  if (!good || value < low || value > high) {
    throw UsageError("--" + option + ": " + in_quotes(text) + " is not a number from " +
                     std::to_string(low) + " to " + std::to_string(high));
  }
  return value;
}

[[noreturn]] void unknown_option(const std::string& given,
                                 std::span<const std::string_view> accepted) {
  std::vector<std::string> spelled;
  for (const std::string_view name : accepted) spelled.push_back("--" + std::string(name));
  spelled.emplace_back("--help");
  std::vector<std::string_view> candidates(spelled.begin(), spelled.end());
  throw UsageError("no such option here: " + printable(given) + did_you_mean(given, candidates));
}

bool is_empty_string(const std::string& text) { return text.empty(); }

}  // namespace

OptionText text_of_option(std::string_view name) {
  for (const OptionText& option : all_options) {
    if (long_name(option.names) == name) return option;
  }
  return {};
}

Options parse_options(std::span<const std::string> arguments,
                      std::span<const std::string_view> accepted) {
  Declared declared;
  for (const OptionText& option : all_options) {
    const std::string_view name = long_name(option.names);
    const bool taken = std::find(accepted.begin(), accepted.end(), name) != accepted.end();
    if (taken || name == "help") declared.add(option.names);
  }
  po::options_description everything;
  everything.add(declared.description);
  everything.add_options()("argument", po::value(&declared.options.arguments));
  po::positional_options_description positional;
  positional.add("argument", -1);
  try {
    using namespace po::command_line_style;
    const int style = (unix_style & ~allow_guessing) | allow_long;
    po::variables_map map;
    po::store(po::command_line_parser(std::vector<std::string>(arguments.begin(), arguments.end()))
                  .options(everything)
                  .positional(positional)
                  .style(style)
                  .run(),
              map);
    po::notify(map);
  } catch (const po::unknown_option& error) {
    unknown_option(error.get_option_name(), accepted);
  } catch (const po::error& error) {
    throw UsageError(printable(error.what()));
  }
  Options options = std::move(declared.options);
  if (!declared.seed.empty()) {
    options.seed = number("seed", declared.seed, 0, 999'999'999'999'999'999);
  }
  if (!declared.record.empty())
    options.record = number("record", declared.record, 0, 1'000'000'000);
  if (!declared.budget.empty()) options.budget = number("budget", declared.budget, 0, 20);
  if (!declared.records.empty()) options.records = number("records", declared.records, 1, 1000);
  if (!declared.jobs.empty()) options.jobs = number("jobs", declared.jobs, 1, 1024);
  if (options.colour != "auto" && options.colour != "always" && options.colour != "never") {
    throw UsageError("--color: auto, always or never");
  }
  if (std::any_of(options.arguments.begin(), options.arguments.end(), is_empty_string)) {
    throw UsageError("an empty file name");
  }
  return options;
}

}  // namespace kafault
