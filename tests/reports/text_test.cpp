#include "reports/text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reports/fold.hpp"

namespace kafault {
namespace {

using testing::ElementsAre;

TEST(DisplayWidth, CountsWhatATerminalShows) {
  EXPECT_EQ(display_width("abc"), 3U);
  EXPECT_EQ(display_width("Größe · …"), 9U);
  EXPECT_EQ(display_width("e\xCC\x81"), 1U);                 // e and a combining acute accent
  EXPECT_EQ(display_width("\xE6\xB3\xA8\xE6\x96\x87"), 4U);  // two ideographs
  EXPECT_EQ(display_width("\xF0\x9F\x92\xA5"), 2U);          // a picture
  EXPECT_EQ(display_width("\xff\xC3"), 2U);                  // broken
}

TEST(Clean, TakesControlCharactersAndBrokenUtf8Away) {
  EXPECT_EQ(clean("a\tb\x1b[1m\x7f"), "a b [1m ");
  EXPECT_EQ(clean("\xC2\x9B"
                  "1m"),
            " 1m");
  EXPECT_EQ(clean("\xC0\xAF\xED\xA0\x80 é"), "????? é");
}

TEST(Wrap, BreaksAtSpacesThenBehindDotsThenAnywhere) {
  EXPECT_THAT(wrap("a member joins", 8), ElementsAre("a member", "joins"));
  EXPECT_THAT(wrap("enable.idempotence", 12), ElementsAre("enable.", "idempotence"));
  EXPECT_THAT(wrap("abcdefgh", 3), ElementsAre("abc", "def", "gh"));
  EXPECT_THAT(wrap("", 5), ElementsAre(""));
}

TEST(Wrap, FindsTheNarrowestHeaderOfTwoLines) {
  EXPECT_EQ(width_in_two_lines("leader crash, followers behind"), 16U);
  EXPECT_EQ(width_in_two_lines("acks"), 4U);
  EXPECT_EQ(width_in_two_lines(""), 1U);
}

TEST(Pack, BreaksBetweenItemsOnly) {
  EXPECT_THAT(pack({"one two", "three", "four"}, " - ", 15),
              ElementsAre("one two - three", "four"));
  EXPECT_THAT(pack({"x", "a b c d"}, " ", 3), ElementsAre("x", "a b", "c d"));
}

TEST(Glue, LeavesOnlyTheSpacesBehindCommasToBreak) {
  EXPECT_THAT(wrap(glued("3 lost, 5 twice"), 9), ElementsAre(glued("3 lost,"), glued("5 twice")));
  EXPECT_EQ(unglued(glued(" 3 lost, 5 twice ")), " 3 lost, 5 twice ");
  EXPECT_EQ(unglued(""), "");
}

TEST(Words, SpellNumbersAndLists) {
  EXPECT_EQ(with_thousands(0), "0");
  EXPECT_EQ(with_thousands(-1234567), "-1,234,567");
  EXPECT_EQ(with_thousands(999), "999");
  EXPECT_EQ(any_of({"a"}), "a");
  EXPECT_EQ(any_of({"a", "b", "c"}), "a, b or c");
  EXPECT_EQ(count_of(1, "row"), "1 row");
  EXPECT_EQ(count_of(1200, "row"), "1,200 rows");
  EXPECT_EQ(hex(0xabcULL), "0000000000000abc");
  EXPECT_EQ(shell_word("a/b-c.json"), "a/b-c.json");
  EXPECT_EQ(shell_word("a b"), "'a b'");
  EXPECT_EQ(where_word("min.insync"), "min.insync");
  EXPECT_EQ(where_word("say \"a\""), "\"say \\\"a\\\"\"");
  EXPECT_EQ(where_word(""), "\"\"");
  EXPECT_EQ(to_ascii("a · b… ö"), "a - b... ?");
}

// ---- fold --------------------------------------------------------------------------------------

TEST(Fold, MergesWhatDiffersInOneAxisAndSaysTheSame) {
  std::vector<Box> boxes{{{{0}, {0}}, {"x"}}, {{{0}, {1}}, {"x"}}, {{{1}, {0}}, {"x"}},
                         {{{1}, {1}}, {"x"}}, {{{2}, {0}}, {"y"}}, {{{2}, {1}}, {"x"}}};

  fold(boxes);

  EXPECT_THAT(boxes, ElementsAre(Box{{{0, 1}, {0, 1}}, {"x"}}, Box{{{2}, {0}}, {"y"}},
                                 Box{{{2}, {1}}, {"x"}}));
}

TEST(Fold, KeepsEveryCombinationExactlyOnce) {
  std::vector<Box> boxes;
  for (std::size_t a = 0; a < 4; ++a) {
    for (std::size_t b = 0; b < 5; ++b) {
      for (std::size_t c = 0; c < 3; ++c) {
        boxes.push_back({{{a}, {b}, {c}}, {(a * 7 + b * 3 + c) % 5 < 2 ? "x" : "y"}});
      }
    }
  }
  const std::vector<Box> before = boxes;

  fold(boxes);

  EXPECT_LT(boxes.size(), before.size());
  const auto has = [](const std::vector<std::size_t>& set, std::size_t value) {
    return std::find(set.begin(), set.end(), value) != set.end();
  };
  for (const Box& one : before) {
    int found = 0;
    for (const Box& box : boxes) {
      bool inside = true;
      for (std::size_t i = 0; i < 3; ++i) inside = inside && has(box.values[i], one.values[i][0]);
      if (!inside) continue;
      ++found;
      EXPECT_EQ(box.says, one.says);
    }
    EXPECT_EQ(found, 1);
  }
}

}  // namespace
}  // namespace kafault
