#include "sim/scenario/source.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kafault {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::string> mistakes_of_text(const std::string& text,
                                          const std::string& file_name = "a.json") {
  try {
    const Source source(text, file_name);
  } catch (const ScenarioError& error) {
    return error.lines();
  }
  return {};
}

TEST(Source, KnowsWhereKeysAndValuesStand) {
  const Source source("{\n  \"a\": {\n    \"b\": [1, \"two\"]\n  }\n}\n", "a.json");

  EXPECT_EQ(source.value_at({}), (Position{1, 1}));
  EXPECT_EQ(source.key_at({"a"}), (Position{2, 3}));
  EXPECT_EQ(source.value_at({"a"}), (Position{2, 8}));
  EXPECT_EQ(source.value_at({"a", "b"}), (Position{3, 10}));
  EXPECT_EQ(source.value_at({"a", "b", "1"}), (Position{3, 14}));
  EXPECT_EQ(source.key_at({"a", "b", "1"}), (Position{3, 14}));
}

TEST(Source, PlacesWhatIsAbsentAtTheDeepestPartThatIsThere) {
  const Source source("{\n  \"a\": {}\n}", "a.json");

  EXPECT_EQ(source.value_at({"a", "b", "c"}), (Position{2, 8}));
  EXPECT_TRUE(source.contains({"a"}));
  EXPECT_FALSE(source.contains({"a", "b"}));
}

TEST(Source, CountsCharactersNotBytes) {
  const Source source("\xEF\xBB\xBF{\"\xC3\xA4\xC3\xB6\": 1, \"b\": 2}", "a.json");

  EXPECT_EQ(source.key_at({"\xC3\xA4\xC3\xB6"}), (Position{1, 2}));
  EXPECT_EQ(source.key_at({"b"}), (Position{1, 11}));
}

TEST(Source, UnderstandsEscapesInKeys) {
  const Source source(R"({"a\"}{": {"A/~": 1}})", "a.json");

  EXPECT_EQ(source.value_at({"a\"}{", "A/~"}), (Position{1, 19}));
}

TEST(Source, KeepsTheOrderOfTheFile) {
  const Source source(R"({"z": 1, "a": 2})", "a.json");

  EXPECT_EQ(source.document().dump(), R"({"z":1,"a":2})");
}

TEST(Source, RefusesARepeatedKeyAtItsPlace) {
  EXPECT_THAT(mistakes_of_text("{\"a\": 1,\n \"b\": {\"c\": 1, \"c\": 2}, \"a\": 3}"),
              ElementsAre("a.json:2:16: /b/c: this key is repeated",
                          "a.json:2:25: /a: this key is repeated"));
  EXPECT_THAT(mistakes_of_text(R"({"a": 1, "\u0061": 2})"), testing::SizeIs(1));
}

TEST(Source, SaysWhereItIsNoJson) {
  EXPECT_THAT(mistakes_of_text("{\n \"a\": 1,\n}"),
              ElementsAre(HasSubstr("a.json:3:1: not JSON: ")));
  EXPECT_THAT(mistakes_of_text("{\"a\": NaN}"), ElementsAre(HasSubstr("a.json:1:7: not JSON: ")));
  EXPECT_THAT(mistakes_of_text("{\"a\": 1e999}"), ElementsAre(HasSubstr("not JSON")));
  EXPECT_THAT(mistakes_of_text("{} {}"), ElementsAre(HasSubstr("a.json:1:4: not JSON: ")));
  EXPECT_THAT(mistakes_of_text("{\"a\": 01}"), ElementsAre(HasSubstr("not JSON")));
  EXPECT_THAT(mistakes_of_text("{\"a\": \"\xFF\"}"), ElementsAre(HasSubstr("not JSON")));
  EXPECT_THAT(mistakes_of_text("{'a': 1}"), ElementsAre(HasSubstr("not JSON")));
}

TEST(Source, SaysThatATruncatedTextEndsTooEarly) {
  EXPECT_THAT(mistakes_of_text("{\"a\": [1, "),
              ElementsAre(HasSubstr("a.json:1:11: the text ends too early")));
  EXPECT_THAT(mistakes_of_text("{\"a\": \"b"), testing::SizeIs(1));
  EXPECT_THAT(mistakes_of_text(" \n "), ElementsAre(HasSubstr("the file is empty")));
  EXPECT_THAT(mistakes_of_text(""), ElementsAre(HasSubstr("the file is empty")));
}

TEST(Source, RefusesDeepNestingWithoutRecursion) {
  const std::string deep(500'000, '[');
  EXPECT_THAT(mistakes_of_text(deep), ElementsAre("a.json:1:65: nested more than 64 levels deep"));
  EXPECT_TRUE(mistakes_of_text(std::string(64, '[') + std::string(64, ']')).empty());
  EXPECT_TRUE(
      mistakes_of_text(
          R"({"a": "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["})")
          .empty());
}

TEST(Source, RefusesTextsBeyondAllUse) {
  EXPECT_THAT(mistakes_of_text(std::string((1 << 20) + 1, ' ')), ElementsAre(HasSubstr("1 MiB")));
  std::string wide = "{";
  for (int i = 0; i < 10'001; ++i) wide += "\"" + std::to_string(i) + "\":0,";
  EXPECT_THAT(mistakes_of_text(wide + "\"x\":0}"), ElementsAre(HasSubstr("10,000 members")));
}

TEST(Source, TakesCommentsOnlyInJsonc) {
  const std::string text = "{ // one\n  \"a//b\": /* two\n */ 1 }";

  EXPECT_THAT(mistakes_of_text(text), testing::SizeIs(1));
  const Source source(text, "a.jsonc");
  EXPECT_EQ(source.value_at({"a//b"}), (Position{3, 5}));
  EXPECT_THAT(mistakes_of_text("{ /* ", "a.jsonc"),
              ElementsAre("a.jsonc:1:3: the comment does not end"));
}

TEST(Pointers, GoThereAndBack) {
  EXPECT_EQ(parse_pointer("/a~1b/c~0d/"), (Path{"a/b", "c~d", ""}));
  EXPECT_EQ(pointer_of({"a/b", "c~d", ""}), "/a~1b/c~0d/");
  EXPECT_EQ(parse_pointer(""), Path{});
  EXPECT_FALSE(parse_pointer("a/b"));
  EXPECT_FALSE(parse_pointer("/a~2"));
  EXPECT_FALSE(parse_pointer("/a~"));
}

}  // namespace
}  // namespace kafault
