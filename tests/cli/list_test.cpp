// `kafault list` finds the scenarios that answer a question by the words in which it is asked.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

#include "sim/cli/best_matches.hpp"
#include "tests/cli/cli_harness.hpp"

namespace kafault {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class ListSearch : public CliTest {};

struct Question {
  std::string number;
  std::string asked;
  std::vector<std::string> answered_in;
};

// | Q1 | asked | answer | `groups/a.json`, `groups/b.json` |
std::vector<Question> all_questions() {
  static const std::regex row(R"(^\| ([QM]\d+) \| ([^|]+) \| [^|]+ \| ([^|]*) \|$)");
  static const std::regex file("`[a-z]+/([a-z0-9.-]+[.]json)`");
  std::vector<Question> questions;
  std::ifstream page(std::string(KAFAULT_SOURCE_DIR) + "/docs/questions.md");
  for (std::string line; std::getline(page, line);) {
    std::smatch cells;
    if (!std::regex_match(line, cells, row)) continue;
    Question question{cells[1], cells[2], {}};
    const std::string where = cells[3];
    for (std::sregex_iterator at(where.begin(), where.end(), file), end; at != end; ++at) {
      question.answered_in.push_back((*at)[1]);
    }
    questions.push_back(question);
  }
  return questions;
}

// The names that are listed first, at most five.
std::string first_five(const std::string& listed) {
  std::istringstream lines(listed);
  std::string names;
  int count = 0;
  for (std::string line; count < 5 && std::getline(lines, line);) {
    if (line.find(".json") == std::string::npos) continue;
    names += line.substr(0, line.find(".json") + 5) + "\n";
    ++count;
  }
  return names;
}

TEST_F(ListSearch, FindsTheAnswerToEachQuestionByItsWords) {
  const std::vector<Question> questions = all_questions();
  ASSERT_EQ(questions.size(), 38u);
  int answered = 0;
  for (const Question& question : questions) {
    if (question.answered_in.empty()) continue;
    ++answered;
    const Outcome listed =
        run({"list", question.asked, std::string(KAFAULT_SOURCE_DIR) + "/scenarios"});

    const std::string first = first_five(listed.out);
    bool is_found = false;
    for (const std::string& name : question.answered_in) {
      is_found = is_found || first.find("/" + name) != std::string::npos ||
                 first.find("  " + name) != std::string::npos;
    }
    EXPECT_TRUE(is_found) << question.number << " " << question.asked << "\n" << listed.out;
  }
  EXPECT_GE(answered, 32);
}

TEST_F(ListSearch, PrefersThoseThatHaveAllTheWords) {
  write("a.json", quiet_scenario);
  write("b.json", lost_ack_scenario);

  const Outcome both = run({"list", "lost", "ack", "{}/"});
  const Outcome closest = run({"list", "lost", "ack", "twice", "{}/"});

  EXPECT_THAT(both.out, HasSubstr("b.json"));
  EXPECT_THAT(both.out, Not(HasSubstr("closest first")));
  EXPECT_THAT(closest.out, HasSubstr("no scenario has all these words; closest first"));
  EXPECT_THAT(closest.out, HasSubstr("b.json"));
}

TEST(BestMatches, CountRareWordsMoreAndEmptyOnesNot) {
  const std::vector<std::string> texts{"the leader crashes", "the leader is paused",
                                       "a follower crashes", "the leader is cut off"};

  EXPECT_THAT(best_matches(texts, {"Why has the paused leader crashed?"}), ElementsAre(1, 0));
  EXPECT_THAT(best_matches(texts, {"What was it?"}), IsEmpty());
  EXPECT_THAT(best_matches({}, {"leader"}), IsEmpty());
}

}  // namespace
}  // namespace kafault
