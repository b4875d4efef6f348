// What happened to which of many records, a bit for each: a batch of them is noted in a word or
// two, and 64 are judged at once.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace kafault {

class RecordSet {
 public:
  using Word = std::uint64_t;
  static constexpr std::uint32_t per_word = 64;

  // Holds nothing, and has room for `records`.
  void reset(std::size_t records) { words_.assign((records + per_word - 1) / per_word, 0); }

  Word word(std::size_t w) const { return words_[w]; }
  Word& word(std::size_t w) { return words_[w]; }
  bool contains(std::size_t record) const { return (words_[record / per_word] & bit(record)) != 0; }
  void erase(std::size_t record) { words_[record / per_word] &= ~bit(record); }

  std::size_t words() const { return words_.size(); }

  // Visits the words that hold these records (at least one), and which of their bits those are.
  template <class Visit>
  static void for_each_word(std::size_t first, std::size_t count, Visit&& visit) {
    const std::size_t last = first + count - 1;
    Word records = ~Word{0} << (first % per_word);
    if (first / per_word == last / per_word) {  // mostly
      return visit(last / per_word, records & (~Word{0} >> (per_word - 1 - last % per_word)));
    }
    for (std::size_t w = first / per_word; w < last / per_word; ++w) {
      visit(w, records);
      records = ~Word{0};
    }
    visit(last / per_word, records & (~Word{0} >> (per_word - 1 - last % per_word)));
  }

 private:
  static Word bit(std::size_t record) { return Word{1} << (record % per_word); }

  std::vector<Word> words_;
};

// How often it happened: mostly never or once.
class RecordTimes {
 public:
  using Word = RecordSet::Word;

  void reset(std::size_t records) {
    records_ = records;
    once_.reset(records);
    again_.reset(records);
    more_.clear();
  }

  // Once more for these records of word `w`.
  void add(std::size_t w, Word records) {
    const Word again = once_.word(w) & records;
    once_.word(w) |= records;
    if (again != 0) add_again(w, again);
  }
  // Once less for these, which have all been added. Returns those that are left with none.
  Word take(std::size_t w, Word records) {
    Word more = again_.word(w) & records;
    const Word none = records & ~more;
    once_.word(w) &= ~none;
    for (; more != 0; more &= more - 1) {
      const std::size_t record = w * RecordSet::per_word + lowest(more);
      if (!more_.empty() && more_[record] > 0) {
        --more_[record];
      } else {
        again_.erase(record);
      }
    }
    return none;
  }

  std::int64_t times(std::size_t record) const {
    if (!again_.contains(record)) return once_.contains(record) ? 1 : 0;
    return 2 + std::int64_t{more_.empty() ? 0 : more_[record]};
  }
  // At least once, at least twice.
  Word once(std::size_t w) const { return once_.word(w); }
  Word again(std::size_t w) const { return again_.word(w); }

 private:
  static std::size_t lowest(Word word) { return static_cast<std::size_t>(std::countr_zero(word)); }
  void add_again(std::size_t w, Word records) {
    Word more = again_.word(w) & records;
    again_.word(w) |= records;
    if (more != 0 && more_.empty()) more_.resize(records_, 0);
    for (; more != 0; more &= more - 1) {
      ++more_[w * RecordSet::per_word + lowest(more)];
    }
  }

  std::size_t records_ = 0;
  RecordSet once_;
  RecordSet again_;
  std::vector<std::uint32_t> more_;  // than twice; empty: none
};

}  // namespace kafault
