// Whatever the text is: a Scenario or a ScenarioError, nothing else. The function is libFuzzer's
// entry; the test beside it mutates scenarios like those that are shipped, always in the same way.
#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "sim/scenario/scenario.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  try {
    const kafault::Scenario scenario = kafault::read_scenario(text, "fuzz.jsonc", {});
    if (!scenario.combinations.empty()) resolved(scenario, scenario.combinations.front());
  } catch (const kafault::ScenarioError& error) {
    if (error.lines().empty()) throw std::logic_error("a ScenarioError without a mistake");
  }
  return 0;
}

namespace kafault {
namespace {

// splitmix64: the same numbers everywhere.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : state_(seed) {}
  std::size_t below(std::size_t end) {
    state_ += 0x9E3779B97F4A7C15u;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return static_cast<std::size_t>((z ^ (z >> 31)) % end);
  }

 private:
  std::uint64_t state_;
};

std::vector<std::string> corpus() {
  std::vector<std::string> texts;
  const std::filesystem::path folder = std::filesystem::path(KAFAULT_SOURCE_DIR) / "scenarios";
  std::vector<std::filesystem::path> files;
  if (std::filesystem::exists(folder)) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
      if (entry.path().extension() == ".json") files.push_back(entry.path());
    }
  }
  std::sort(files.begin(), files.end());
  for (const auto& file : files) {
    std::ostringstream text;
    text << std::ifstream(file).rdbuf();
    // Hundreds of combinations are as good as one here, and slower.
    if (text.str().size() < 5000) texts.push_back(text.str());
  }
  texts.push_back(R"j({"kafka": "3.9", "network": {"latency": ["0.2ms", "2ms"]},
    "brokers": {"count": 3, "coordinator": 2, "config": {"min.insync.replicas": 2}},
    "topics": {"a": {"partitions": 2, "replication.factor": 2}, "b": {"assignment": [[1], [2]]}},
    "producers": {"p": {"config": {"acks": 1}, "sends": {"topic": "a", "key": 5}},
                  "q": {"sends": {"topic": "b", "partition": 1}}},
    "groups": {"g": {"members": [{}, {"start": "1s", "config": {"fetch.min.bytes": null}}],
                     "sink": ["append", {"is": "upsert"}], "commit": {"is": "before"}}},
    "faults": [{"name": "a", "when": {"message": "FetchRequest", "from": "g", "to": "leader(a-1)"},
                "do": "delay", "by": "1ms", "times": "all", "for": "2s"},
               {"name": "b", "after": "a", "when": {"at": "1s"}, "do": "isolate",
                "target": "broker(1)", "from": ["controller", "p"], "direction": "out"},
               {"name": "c", "when": {"event": "RecordProcessed"}, "do": "join", "target": "g"}],
    "matrix": [{"at": "/producers/*/config/acks", "values": [0, "all"]},
               {"axis": "x", "patches": [{"name": "y", "set": {"groups": {"g": null}}},
                                         {"name": "z", "set": {"faults": []}},
                                         {"name": "w", "set": {}}]}],
    "expect": [{"where": {"x": "z"}, "lost": ">= 0"}], "seed": 5, "horizon": "1m"})j");
  return texts;
}

constexpr std::array<const char*, 24> tokens{"{",
                                             "}",
                                             "[",
                                             "]",
                                             ",",
                                             ":",
                                             "\"",
                                             "null",
                                             "true",
                                             "-1",
                                             "0",
                                             "1e9",
                                             "99999999999999999999",
                                             "\"*\"",
                                             "\"\"",
                                             "\"1s\"",
                                             "//",
                                             "/*",
                                             "\\u0000",
                                             "\"anywhere\"",
                                             "{}",
                                             "[]",
                                             "\"all\"",
                                             "\"broker(1)\""};

std::string mutated(std::string text, const std::vector<std::string>& texts, Dice& dice) {
  for (std::size_t times = 1 + dice.below(4); times > 0 && !text.empty(); --times) {
    const std::size_t at = dice.below(text.size());
    switch (dice.below(7)) {
      case 0:  // a bit flips
        text[at] = static_cast<char>(text[at] ^ (1 << dice.below(8)));
        break;
      case 1:
        text.resize(at);
        break;
      case 2:
        text.erase(at, dice.below(20));
        break;
      case 3:
        text.insert(at, tokens[dice.below(tokens.size())]);
        break;
      case 4: {  // a quoted word or a number becomes another token
        const std::size_t end = text.find_first_of(",:}] ", at);
        if (end != std::string::npos) text.replace(at, end - at, tokens[dice.below(tokens.size())]);
        break;
      }
      case 5: {  // a piece of another file
        const std::string& other = texts[dice.below(texts.size())];
        const std::size_t from = dice.below(other.size());
        text.insert(at, other.substr(from, dice.below(200)));
        break;
      }
      default: {  // two pieces change places
        const std::size_t other = dice.below(text.size());
        std::swap(text[at], text[other]);
        break;
      }
    }
  }
  return text;
}

TEST(Reader, GivesAScenarioOrAScenarioErrorForEveryMutatedFile) {
  const std::vector<std::string> texts = corpus();
  Dice dice(2024);
  for (int round = 0; round < 4000; ++round) {
    const std::string text = mutated(texts[dice.below(texts.size())], texts, dice);
    ASSERT_NO_THROW(
        LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()))
        << "round " << round << ":\n"
        << text;
  }
}

TEST(Reader, GivesAScenarioErrorForEveryTruncatedFile) {
  const std::string text = corpus().back();
  for (std::size_t size = 0; size < text.size(); ++size) {
    ASSERT_THROW(read_scenario(text.substr(0, size), "a.json", {}), ScenarioError) << size;
  }
  EXPECT_NO_THROW(read_scenario(text, "a.json", {}));
}

}  // namespace
}  // namespace kafault
