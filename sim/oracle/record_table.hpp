// What happened to which of many records, a bit for each: a row for 64 of them, and in it a word
// for each thing that may happen, a column. What happens to a batch is noted in a row or two, in
// words that lie together, and 64 records are judged at once.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace kafault {

class RecordTable {
 public:
  using Word = std::uint64_t;
  using Column = std::uint32_t;
  // A record's place: its row's number times 64, and its bit.
  using Place = std::uint32_t;
  static constexpr std::uint32_t per_row = 64;
  // What may happen more than once needs a column for once and, behind it, one for again.
  static constexpr Column columns_of_times = 2;

  // Good until a row is added.
  class Row {
   public:
    Word& operator[](Column column) const { return words_[column]; }

   private:
    friend class RecordTable;
    explicit Row(Word* words) : words_(words) {}
    Word* words_;
  };

  // Holds nothing. `rows`: how many to have room for.
  void reset(Column columns, std::size_t rows) {
    columns_ = columns;
    words_.clear();
    words_.reserve(rows * columns);
    for (std::vector<std::uint32_t>& more : more_) more.clear();
  }
  // Returns its number: how many there were before it.
  [[gnu::noinline]] std::uint32_t add_row() {
    const std::size_t number = rows();
    words_.resize(words_.size() + columns_, 0);
    return static_cast<std::uint32_t>(number);
  }

  std::size_t rows() const { return columns_ == 0 ? 0 : words_.size() / columns_; }
  Row row(std::size_t number) { return Row{words_.data() + number * columns_}; }
  Word word(std::size_t row, Column column) const { return words_[row * columns_ + column]; }
  bool contains(Place place, Column column) const {
    return (word(place / per_row, column) & bit(place)) != 0;
  }
  static Word bit(Place place) { return Word{1} << (place % per_row); }
  // So many (1 to 64) from this one on, all in one row.
  static Word bits(Place first, std::uint32_t count) {
    return (~Word{0} >> (per_row - count)) << (first % per_row);
  }
  // Nobody has it any more.
  void clear(Column column) {
    for (std::size_t w = column; w < words_.size(); w += columns_) words_[w] = 0;
  }

  // Once more for these records of a row.
  void add(Row row, Column times, Word records) {
    const Word again = row[times] & records;
    row[times] |= records;
    if (again != 0) add_again(row, times, again);
  }
  // Once less for these, which have all been added. Returns those that are left with none.
  Word take(Row row, Column times, Word records) {
    const Word again = row[times + 1] & records;
    const Word none = records & ~again;
    row[times] &= ~none;
    if (again != 0) take_again(row, times, again);
    return none;
  }
  std::int64_t times(Place place, Column times) const {
    if (!contains(place, times + 1)) return contains(place, times) ? 1 : 0;
    return 2 + std::int64_t{is_more(place, times) ? more_[times][place] : 0};
  }

 private:
  [[gnu::cold, gnu::noinline]] void add_again(Row row, Column times, Word records) {
    Word more = row[times + 1] & records;
    row[times + 1] |= records;
    if (more == 0) return;
    if (more_.size() <= times) more_.resize(columns_);
    more_[times].resize(words_.size() / columns_ * per_row, 0);
    for (; more != 0; more &= more - 1) ++more_[times][place_of(row, more)];
  }
  [[gnu::cold, gnu::noinline]] void take_again(Row row, Column times, Word records) {
    for (; records != 0; records &= records - 1) {
      const std::size_t place = place_of(row, records);
      if (is_more(place, times)) {
        --more_[times][place];
      } else {
        row[times + 1] &= ~(records & -records);
      }
    }
  }
  bool is_more(std::size_t place, Column times) const {
    return times < more_.size() && place < more_[times].size() && more_[times][place] > 0;
  }
  // Of the first of these.
  std::size_t place_of(Row row, Word records) const {
    const auto number = static_cast<std::size_t>(row.words_ - words_.data()) / columns_;
    return number * per_row + static_cast<std::size_t>(std::countr_zero(records));
  }

  Column columns_ = 0;
  std::vector<Word> words_;  // by row, then column
  // How often more than twice, by column, then place; as far as that ever was.
  std::vector<std::vector<std::uint32_t>> more_;
};

}  // namespace kafault
