// The command line: every option is declared once, with its argument and its words; a command names
// those that it takes.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kafault {

struct Options {
  std::vector<std::string> arguments;  // files, or words
  std::string format;                  // empty: by where it goes
  std::string output;                  // empty: standard output
  std::string pivot;
  std::string columns;                       // "a,b,c"
  std::vector<std::string> where;            // "acks=1 fault='leader crash'"; all must hold
  std::vector<std::string> set;              // "/seed=2"
  std::vector<std::string> vary;             // "/producers/shop/config/acks=0,1,all"
  std::vector<std::string> producer_config;  // "shop=producer.properties"; without a name: all
  std::vector<std::string> consumer_config;
  std::vector<std::string> topic_config;
  std::vector<std::string> broker_config;  // "server.properties"
  std::vector<std::string> property;       // "acks=1"
  std::optional<std::int64_t> seed;
  std::int64_t jobs = 0;  // 0: one per processor
  std::optional<std::int64_t> record;
  std::string finding;
  std::int64_t budget = 1;   // of misfortunes
  std::string misfortunes;   // "lost-ack,crash"; empty: the usual ones
  std::int64_t records = 3;  // of an exploration, per producer
  std::string tick;          // "10ms"
  std::string time_limit;    // "90s"
  std::string memory_limit;  // "2GiB"
  std::string save;          // a folder for counterexamples
  std::string colour = "auto";
  bool ascii = false;
  bool resolved = false;
  bool shrink = false;
  bool update = false;
  bool remedy = false;
  bool force = false;
  bool help = false;
};

// One option as the help shows it.
struct OptionText {
  std::string_view names;     // "format,f" as Boost.Program_options spells it
  std::string_view argument;  // "" for a switch
  std::string_view words;
  std::string_view choices = "";  // "auto always never", for a shell that completes
};

// Throws UsageError.
Options parse_options(std::span<const std::string> arguments,
                      std::span<const std::string_view> accepted);

OptionText text_of_option(std::string_view name);

}  // namespace kafault
