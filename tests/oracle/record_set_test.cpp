#include "sim/oracle/record_set.hpp"

#include <gtest/gtest.h>

#include <utility>

namespace kafault {
namespace {

using Word = RecordSet::Word;

TEST(RecordSet, ARangeIsItsBitsOfEveryWordItTouches) {
  std::vector<std::pair<std::size_t, Word>> words;
  const auto visit = [&](std::size_t w, Word records) { words.emplace_back(w, records); };

  RecordSet::for_each_word(62, 68, visit);
  RecordSet::for_each_word(64, 64, visit);
  RecordSet::for_each_word(5, 1, visit);

  const std::vector<std::pair<std::size_t, Word>> expected = {
      {0, Word{3} << 62U}, {1, ~Word{0}}, {2, Word{3}}, {1, ~Word{0}}, {0, Word{1} << 5U}};
  EXPECT_EQ(words, expected);
}

TEST(RecordTimes, CountsEveryTime) {
  RecordTimes times;
  times.reset(100);
  times.add(1, 0b0111);
  times.add(1, 0b0110);
  times.add(1, 0b0100);
  times.add(1, 0b0100);

  EXPECT_EQ(times.once(1), 0b0111U);
  EXPECT_EQ(times.again(1), 0b0110U);
  EXPECT_EQ(times.times(64), 1);
  EXPECT_EQ(times.times(65), 2);
  EXPECT_EQ(times.times(66), 4);
  EXPECT_EQ(times.times(67), 0);
}

TEST(RecordTimes, TakesBackWhatWasAdded) {
  RecordTimes times;
  times.reset(64);
  times.add(0, 0b111);
  times.add(0, 0b110);
  times.add(0, 0b100);

  EXPECT_EQ(times.take(0, 0b111), 0b001U);
  EXPECT_EQ(times.times(0), 0);
  EXPECT_EQ(times.times(1), 1);
  EXPECT_EQ(times.times(2), 2);
  EXPECT_EQ(times.take(0, 0b110), 0b010U);
  EXPECT_EQ(times.take(0, 0b100), 0b100U);
}

}  // namespace
}  // namespace kafault
