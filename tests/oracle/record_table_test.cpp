#include "sim/oracle/record_table.hpp"

#include <gtest/gtest.h>

namespace kafault {
namespace {

using Word = RecordTable::Word;

constexpr RecordTable::Column flag = 0;
constexpr RecordTable::Column times = 1;
constexpr RecordTable::Column columns = 1 + RecordTable::columns_of_times;

RecordTable table_of(std::size_t rows) {
  RecordTable table;
  table.reset(columns, rows);
  for (std::size_t row = 0; row < rows; ++row) table.add_row();
  return table;
}

TEST(RecordTable, NeighboursAreNeighbouringBits) {
  EXPECT_EQ(RecordTable::bits(62, 2), Word{3} << 62U);
  EXPECT_EQ(RecordTable::bits(64, 64), ~Word{0});
  EXPECT_EQ(RecordTable::bits(128, 2), Word{3});
  EXPECT_EQ(RecordTable::bits(5, 1), Word{1} << 5U);
  EXPECT_EQ(RecordTable::bits(69, 1), RecordTable::bit(5));
}

TEST(RecordTable, ARowBeginsWithNothing) {
  RecordTable table = table_of(2);
  table.row(1)[flag] = 0b101;
  EXPECT_TRUE(table.contains(66, flag));
  EXPECT_FALSE(table.contains(65, flag));

  EXPECT_EQ(table.add_row(), 2U);
  EXPECT_EQ(table.word(2, flag), 0U);
  table.clear(flag);
  EXPECT_EQ(table.word(1, flag), 0U);
  table.row(1)[flag] = 1;
  table.reset(columns, 2);
  EXPECT_EQ(table.rows(), 0U);
  table.add_row();
  EXPECT_EQ(table.word(table.add_row(), flag), 0U);
}

TEST(RecordTable, CountsEveryTime) {
  RecordTable table = table_of(2);
  table.add(table.row(1), times, 0b0111);
  table.add(table.row(1), times, 0b0110);
  table.add(table.row(1), times, 0b0100);
  table.add(table.row(1), times, 0b0100);

  EXPECT_EQ(table.word(1, times), 0b0111U);
  EXPECT_EQ(table.word(1, times + 1), 0b0110U);
  EXPECT_EQ(table.times(64, times), 1);
  EXPECT_EQ(table.times(65, times), 2);
  EXPECT_EQ(table.times(66, times), 4);
  EXPECT_EQ(table.times(67, times), 0);
}

TEST(RecordTable, TakesBackWhatWasAdded) {
  RecordTable table = table_of(1);
  table.add(table.row(0), times, 0b111);
  table.add(table.row(0), times, 0b110);
  table.add(table.row(0), times, 0b100);

  EXPECT_EQ(table.take(table.row(0), times, 0b111), 0b001U);
  EXPECT_EQ(table.times(0, times), 0);
  EXPECT_EQ(table.times(1, times), 1);
  EXPECT_EQ(table.times(2, times), 2);
  EXPECT_EQ(table.take(table.row(0), times, 0b110), 0b010U);
  EXPECT_EQ(table.take(table.row(0), times, 0b100), 0b100U);
}

}  // namespace
}  // namespace kafault
