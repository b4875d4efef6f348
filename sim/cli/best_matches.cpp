#include "sim/cli/best_matches.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <set>
#include <string_view>
#include <utility>

namespace kafault {
namespace {

using namespace std::string_view_literals;

// What questions are made of, whatever they ask about.
constexpr std::array empty_words{
    "about"sv, "after"sv, "again"sv,   "all"sv,   "although"sv, "and"sv,   "any"sv,   "are"sv,
    "but"sv,   "can"sv,   "did"sv,     "does"sv,  "each"sv,     "even"sv,  "ever"sv,  "every"sv,
    "for"sv,   "from"sv,  "get"sv,     "give"sv,  "gives"sv,    "has"sv,   "have"sv,  "how"sv,
    "into"sv,  "its"sv,   "kafka"sv,   "may"sv,   "more"sv,     "my"sv,    "never"sv, "not"sv,
    "off"sv,   "one"sv,   "only"sv,    "our"sv,   "out"sv,      "see"sv,   "some"sv,  "still"sv,
    "than"sv,  "that"sv,  "the"sv,     "them"sv,  "then"sv,     "they"sv,  "this"sv,  "use"sv,
    "was"sv,   "were"sv,  "what"sv,    "when"sv,  "where"sv,    "which"sv, "who"sv,   "why"sv,
    "will"sv,  "with"sv,  "without"sv, "would"sv, "you"sv,      "your"sv,
};

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

// In small letters, cut at whatever is no letter or digit, and without endings: "duplicates" and
// "duplicated" are one word.
std::set<std::string> stems_of(std::string_view text) {
  std::set<std::string> stems;
  std::string word;
  const auto take = [&] {
    const bool is_empty =
        std::find(empty_words.begin(), empty_words.end(), word) != empty_words.end();
    if (word.size() > 2 && !is_empty) {
      for (const std::string_view ending : {"ing"sv, "ed"sv, "es"sv, "s"sv, "e"sv}) {
        if (word.size() < ending.size() + 3 || !word.ends_with(ending)) continue;
        word.resize(word.size() - ending.size());
        break;
      }
      stems.insert(word);
    }
    word.clear();
  };
  for (const char c : text) {
    const char small = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    is_letter(small) ? word.push_back(small) : take();
  }
  take();
  return stems;
}

}  // namespace

std::vector<std::size_t> best_matches(const std::vector<std::string>& texts,
                                      const std::vector<std::string>& words) {
  std::set<std::string> asked;
  for (const std::string& word : words) asked.merge(stems_of(word));
  std::vector<std::set<std::string>> stems;
  for (const std::string& text : texts) stems.push_back(stems_of(text));

  std::vector<int> scores(texts.size(), 0);
  for (const std::string& stem : asked) {
    const auto having = static_cast<std::size_t>(std::count_if(
        stems.begin(), stems.end(), [&](const auto& text) { return text.contains(stem); }));
    if (having == 0) continue;
    const auto weight = static_cast<int>(std::bit_width(texts.size() / having));
    for (std::size_t i = 0; i < texts.size(); ++i) {
      if (stems[i].contains(stem)) scores[i] += weight;
    }
  }

  const int best = texts.empty() ? 0 : *std::max_element(scores.begin(), scores.end());
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < texts.size() && best > 0; ++i) {
    if (2 * scores[i] > best) places.push_back(i);
  }
  std::stable_sort(places.begin(), places.end(),
                   [&](std::size_t a, std::size_t b) { return scores[a] > scores[b]; });
  return places;
}

}  // namespace kafault
