// Java's .properties files, as java.util.Properties.load reads them: comments with # and !, blanks,
// = or : between name and value, continued lines, escapes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sim/scenario/mistakes.hpp"

namespace kafault {

struct Property {
  std::string name;  // UTF-8, as the value
  std::string value;
  Position name_at;
  Position value_at;  // of an empty value: where it would begin
};

// All entries in the order of the file, repeated ones too (in Java the last one counts). The text
// is UTF-8, or ISO-8859-1 if it cannot be UTF-8. What Java refuses (an escape \u without four
// hexadecimal digits), a byte order mark and a text of more than 1 MiB are reported as mistakes of
// `file`.
std::vector<Property> parse_properties(std::string_view text, const std::string& file,
                                       Mistakes& mistakes);

}  // namespace kafault
