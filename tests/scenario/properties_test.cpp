// Java's .properties files. java_properties.json has texts, byte by byte, and what
// java.util.Properties of OpenJDK 17 made of them: its entries in the order of the file, or null
// where load() threw; a half of a UTF-16 pair stands there as "?".
#include "sim/scenario/properties.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

namespace kafault {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Entries = std::vector<std::pair<std::string, std::string>>;

std::vector<Property> parsed(std::string_view text) {
  Mistakes mistakes("a.properties");
  std::vector<Property> properties = parse_properties(text, "a.properties", mistakes);
  EXPECT_THAT(mistakes.lines(), IsEmpty());
  return properties;
}
std::vector<std::string> mistakes_of(std::string_view text) {
  Mistakes mistakes("a.properties");
  parse_properties(text, "a.properties", mistakes);
  return mistakes.lines();
}

// Each character of the JSON stands for a byte.
std::string bytes_of(const std::string& utf8) {
  std::string bytes;
  for (std::size_t at = 0; at < utf8.size(); ++at) {
    const auto byte = static_cast<unsigned char>(utf8[at]);
    const bool is_long = byte >= 0x80;
    const unsigned low = is_long ? static_cast<unsigned char>(utf8[at + 1]) & 0x3FU : 0U;
    bytes += static_cast<char>(is_long ? ((byte & 0x03U) << 6U) | low : byte);
    at += is_long ? 1 : 0;
  }
  return bytes;
}

TEST(Properties, AreReadAsJavaReadsThem) {
  std::ifstream in(KAFAULT_SOURCE_DIR "/tests/scenario/java_properties.json");
  const auto cases = nlohmann::json::parse(in);
  ASSERT_GT(cases.size(), 300u);
  for (const auto& one : cases) {
    const std::string text = bytes_of(one["text"].get<std::string>());
    Mistakes mistakes("a.properties");
    Entries entries;
    for (const Property& property : parse_properties(text, "a.properties", mistakes)) {
      entries.emplace_back(property.name, property.value);
    }

    if (one["entries"].is_null()) {
      EXPECT_FALSE(mistakes.empty()) << one["text"];
    } else {
      EXPECT_THAT(mistakes.lines(), IsEmpty()) << one["text"];
      EXPECT_EQ(entries, one["entries"].get<Entries>()) << one["text"];
    }
  }
}

TEST(Properties, KnowWhereTheyStand) {
  const auto properties = parsed("# x\r\n\r\n  acks = \\\r\n   all\nretries\n\tlinger.ms:5");

  ASSERT_EQ(properties.size(), 3u);
  EXPECT_EQ(properties[0].name_at, (Position{3, 3}));
  EXPECT_EQ(properties[0].value_at, (Position{4, 4}));
  EXPECT_EQ(properties[1].name_at, (Position{5, 1}));
  EXPECT_EQ(properties[1].value_at, (Position{5, 8})) << "where it would begin";
  EXPECT_EQ(properties[2].value_at, (Position{6, 12}));
}

TEST(Properties, CountCharactersOfUtf8AndOfIsoLatin1) {
  EXPECT_EQ(parsed("\xC3\xA9=1")[0].value_at, (Position{1, 3}));
  EXPECT_EQ(parsed("\xE9=1")[0].value_at, (Position{1, 3}));
  EXPECT_EQ(parsed("\xE9=1")[0].name, parsed("\xC3\xA9=1")[0].name);
  EXPECT_EQ(parsed("a=\xF0\x9F\x98\x80")[0].value, parsed("a=\\ud83d\\ude00")[0].value);
}

TEST(Properties, ThatJavaRefusesAreMistakesWithTheirPlace) {
  EXPECT_THAT(mistakes_of("a=1\nb=x\\u12"),
              ElementsAre("a.properties:2:4: \\u stands without four hexadecimal digits, which "
                          "Java refuses"));
  EXPECT_THAT(mistakes_of("\xEF\xBB\xBF"
                          "acks=1"),
              ElementsAre(testing::HasSubstr("a.properties:1:1: begins with a byte order mark")));
  EXPECT_THAT(mistakes_of(std::string((1 << 20) + 1, '#')),
              ElementsAre(testing::HasSubstr("at most 1 MiB")));
}

}  // namespace
}  // namespace kafault
