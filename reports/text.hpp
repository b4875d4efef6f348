// Words on a screen: how wide they are, where they break, and what must not reach a terminal.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace kafault {

// Columns that UTF-8 text takes on a terminal: 2 for East Asian wide characters and pictures, 0 for
// combining marks.
std::size_t display_width(std::string_view text);

// Without control characters and broken UTF-8: what a scenario calls its things may end up on a
// terminal.
std::string clean(std::string_view text);

// For consoles that know only ASCII: our own separators and dots, and "?" for anything else.
std::string to_ascii(std::string_view text);

// Lines no wider than `width` (at least 1): broken at spaces, else behind one of "._-/>,=", else
// anywhere. Empty text is one empty line.
std::vector<std::string> wrap(std::string_view text, std::size_t width);

// Lines of whole items, joined by the separator; an item that is wider than a line is wrapped.
std::vector<std::string> pack(const std::vector<std::string>& items, std::string_view separator,
                              std::size_t width);

// The text between separators.
std::vector<std::string> split(std::string_view text, std::string_view separator);

// Spaces that do not break, but for those behind a comma: "3 lost, 5 twice" breaks in one place.
// unglued() makes them ordinary ones again.
std::string glued(std::string_view text);
std::string unglued(std::string_view text);

// The narrowest width in which nothing breaks but at spaces; or, `softly`, behind "._-/>,=" too.
std::size_t narrowest(std::string_view text, bool softly);

// The narrowest width in which the text takes at most two lines, without breaking words anywhere.
std::size_t width_in_two_lines(std::string_view text);

std::string padded(std::string_view text, std::size_t width, bool right_aligned = false);

// Sixteen hex digits, as digests are printed.
std::string hex(std::uint64_t value);

// "1,212"
std::string with_thousands(std::int64_t value);

// As a shell takes it: in single quotes; a word only if it needs them.
std::string shell_quoted(std::string_view text);
std::string shell_word(std::string_view text);

// An axis or a value as --where takes it: in double quotes if it has spaces or the like.
std::string where_word(std::string_view text);

// "a", "a or b", "a, b or c"
std::string any_of(const std::vector<std::string>& words);

// "1 row", "2 rows"
std::string count_of(std::size_t count, std::string_view noun);

}  // namespace kafault
