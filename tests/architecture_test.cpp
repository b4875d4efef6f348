// The architecture as a test: folders are rooms, includes are doors, and what would make two
// machines disagree is banned. Each message names what to use instead.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace kafault {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

using Rooms = std::set<std::string>;

constexpr std::size_t most_lines = 500;

// Who may include whom, besides itself. The libraries in CMakeLists.txt are linked by the same map.
const std::map<std::string, Rooms>& doors() {
  static const Rooms nouns{"kernel", "protocol"};
  static const auto with = [](Rooms rooms, const Rooms& more) {
    rooms.insert(more.begin(), more.end());
    return rooms;
  };
  static const Rooms world =
      with(nouns, {"net", "client", "broker", "coordinator", "sink", "cluster"});
  static const Rooms judged = with(world, {"fault", "oracle"});
  static const std::map<std::string, Rooms> table{
      {"kernel", {}},
      {"protocol", {"kernel"}},
      {"net", nouns},
      {"client", with(nouns, {"net"})},
      {"broker", with(nouns, {"net"})},
      {"coordinator", nouns},
      {"sink", nouns},
      {"cluster", with(nouns, {"net", "client", "broker", "coordinator", "sink"})},
      {"fault", with(nouns, {"cluster"})},
      {"oracle", nouns},
      {"explore", {"kernel"}},
      {"scenario", judged},
      {"drive", with(judged, {"explore", "scenario"})},
      {"reports", with(judged, {"explore", "scenario", "drive"})},
      {"cli", with(judged, {"explore", "scenario", "drive", "reports"})},
  };
  return table;
}

const Rooms may_ask_fate{"kernel", "cluster", "net", "fault", "drive"};

struct Ban {
  std::regex pattern;
  std::string instead;
  Rooms except;
};

const std::vector<Ban>& bans() {
  static const std::vector<Ban> list{
      {std::regex("#include <random>|std::\\w+_distribution|random_device"),
       "<random> differs between standard libraries; ask Fate, or use Boost.Random",
       {}},
      {std::regex("std::shuffle|std::rand\\b|\\bsrand\\b"),
       "not the same on every platform; draw indices from Fate",
       {}},
      {std::regex("unordered_(map|set|multimap|multiset)"),
       "hash order must not be seen; use std::map, std::set or a sorted vector",
       {}},
      {std::regex("system_clock"), "there is no wall clock in a simulation; pass an Instant", {}},
      {std::regex("steady_clock|high_resolution_clock"),
       "simulated time is an Instant; only drive and cli may look at a real clock",
       {"drive", "cli"}},
      {std::regex("std::(cout|cerr|clog)|\\bf?printf\\s*\\("),
       "only cli prints; write to the std::ostream that was passed in",
       {"cli"}},
  };
  return list;
}

// "sim/broker/x.hpp" -> "broker", "reports/x.cpp" -> "reports", else "".
std::string room_of(const std::string& path) {
  const fs::path parts(path);
  auto part = parts.begin();
  if (part == parts.end()) return "";
  if (*part == "reports") return "reports";
  if (*part != "sim" || ++part == parts.end() || std::next(part) == parts.end()) return "";
  return part->string();
}

std::string without_comment(const std::string& line) { return line.substr(0, line.find("//")); }

std::string complain_about_include(const std::string& room, const std::string& included) {
  static const std::regex fate("sim/kernel/.*fate.*\\.hpp");
  if (included == "kafault_version.hpp") return "";
  const std::string other = room_of(included);
  if (!doors().contains(other)) {
    return "\"" + included + "\" is in no room; include it by its path from the project root";
  }
  if (std::regex_match(included, fate) && !may_ask_fate.contains(room)) {
    return room + " may not ask fate; arm a timer with a range and let the cluster ask";
  }
  if (other == room || doors().at(room).contains(other)) return "";
  return "there is no door from " + room + " to " + other +
         "; meet in protocol, or move what both need further down";
}

// Everything wrong with one source file of sim/ or reports/, as "path:line: why".
std::vector<std::string> complaints(const std::string& path, const std::string& text) {
  static const std::regex include("^\\s*#include \"([^\"]+)\"");
  const std::string room = room_of(path);
  if (!doors().contains(room)) return {path + ": the folder is not a room of the design"};

  std::vector<std::string> found;
  std::istringstream lines(text);
  int number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    const auto complain = [&](const std::string& why) {
      if (!why.empty()) found.push_back(path + ":" + std::to_string(number) + ": " + why);
    };
    std::smatch match;
    if (std::regex_search(line, match, include)) {
      complain(complain_about_include(room, match[1]));
    }
    const std::string code = without_comment(line);
    for (const Ban& ban : bans()) {
      if (!ban.except.contains(room) && std::regex_search(code, match, ban.pattern)) {
        complain(match[0].str() + ": " + ban.instead);
      }
    }
  }
  if (path.ends_with(".hpp") && text.find("#pragma once") == std::string::npos) {
    found.push_back(path + ": a header needs #pragma once");
  }
  return found;
}

std::vector<std::string> complain_about_length(const std::string& path, const std::string& text) {
  const auto lines = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
  if (lines <= most_lines) return {};
  return {path + ": " + std::to_string(lines) + " lines, more than " + std::to_string(most_lines) +
          "; give its second job a file of its own"};
}

// ---- reading the project
// -------------------------------------------------------------------------

std::map<std::string, std::string> files_in(const std::vector<std::string>& folders,
                                            const std::set<std::string>& extensions) {
  const fs::path root = KAFAULT_SOURCE_DIR;
  std::map<std::string, std::string> files;
  for (const std::string& folder : folders) {
    if (!fs::exists(root / folder)) continue;
    for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
      if (!entry.is_regular_file() || !extensions.contains(entry.path().extension())) continue;
      std::ifstream in(entry.path());
      files[entry.path().lexically_relative(root).generic_string()] =
          std::string(std::istreambuf_iterator<char>(in), {});
    }
  }
  return files;
}

TEST(Architecture, HasOnlyTheDoorsOfTheMapAndNothingThatDiffersBetweenMachines) {
  const auto files = files_in({"sim", "reports"}, {".cpp", ".hpp"});
  ASSERT_FALSE(files.empty());

  for (const auto& [path, text] : files) {
    for (const std::string& complaint : complaints(path, text)) ADD_FAILURE() << complaint;
  }
}

TEST(Architecture, KeepsFilesShort) {
  const auto files = files_in({"sim", "reports", "tests", "plot"}, {".cpp", ".hpp", ".py", ".sh"});

  for (const auto& [path, text] : files) {
    for (const std::string& complaint : complain_about_length(path, text)) {
      ADD_FAILURE() << complaint;
    }
  }
}

// ---- the test of the test
// ------------------------------------------------------------------------

TEST(ArchitectureTest, SeesAForbiddenDoor) {
  EXPECT_THAT(
      complaints("sim/broker/log.cpp", "#include <vector>\n#include \"sim/client/member.hpp\"\n"),
      ElementsAre(HasSubstr("sim/broker/log.cpp:2: there is no door from broker to client")));
  EXPECT_THAT(complaints("sim/kernel/a.cpp", "#include \"reports/csv.hpp\"\n"),
              ElementsAre(HasSubstr("no door from kernel to reports")));
  EXPECT_THAT(complaints("sim/broker/log.cpp", "#include \"../net/link.hpp\"\n"),
              ElementsAre(HasSubstr("path from the project root")));
}

TEST(ArchitectureTest, SeesAnActorThatAsksFate) {
  const std::string text = "#include \"sim/kernel/fate.hpp\"\n";

  EXPECT_THAT(complaints("sim/client/producer.cpp", text), ElementsAre(HasSubstr("arm a timer")));
  EXPECT_THAT(complaints("sim/cluster/cluster.cpp", text), IsEmpty());
}

TEST(ArchitectureTest, SeesWhatIsBanned) {
  EXPECT_THAT(complaints("sim/drive/a.cpp", "std::unordered_map<int, int> seen;\n"),
              ElementsAre(HasSubstr("use std::map")));
  EXPECT_THAT(complaints("reports/a.cpp", "x\nstd::chrono::system_clock::now();\n"),
              ElementsAre(HasSubstr("reports/a.cpp:2")));
  EXPECT_THAT(complaints("sim/net/a.cpp", "std::uniform_int_distribution<int> die(1, 6);\n"),
              ElementsAre(HasSubstr("ask Fate")));
  EXPECT_THAT(complaints("sim/oracle/a.cpp", "std::cout << 1;\n"),
              ElementsAre(HasSubstr("only cli prints")));
  EXPECT_THAT(complaints("sim/net/a.hpp", "int x;\n"), ElementsAre(HasSubstr("#pragma once")));
  EXPECT_THAT(complaints("sim/cellar/a.cpp", ""), ElementsAre(HasSubstr("not a room")));
}

TEST(ArchitectureTest, LetsPassWhatIsAllowed) {
  const std::string text =
      "#include \"sim/kernel/time.hpp\"\n#include \"sim/broker/log.hpp\"\n"
      "// Not std::unordered_map: its order can be seen.\n";

  EXPECT_THAT(complaints("sim/broker/log.cpp", text), IsEmpty());
}

TEST(ArchitectureTest, SeesAFileThatIsTooLong) {
  EXPECT_THAT(complain_about_length("sim/a.cpp", std::string(500, '\n')), IsEmpty());
  EXPECT_THAT(complain_about_length("sim/a.cpp", std::string(501, '\n')),
              ElementsAre(HasSubstr("501 lines")));
}

}  // namespace
}  // namespace kafault
