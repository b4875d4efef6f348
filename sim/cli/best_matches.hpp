// Which texts a handful of words, or a whole question, is most likely about.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace kafault {

// The texts' places, best first; none if no text has any of the words that say something. A word
// counts the more the fewer texts have it; what is only a little like the question is left out.
std::vector<std::size_t> best_matches(const std::vector<std::string>& texts,
                                      const std::vector<std::string>& words);

}  // namespace kafault
