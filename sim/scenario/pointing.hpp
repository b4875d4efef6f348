// What a JSON Pointer of an axis or an option points to.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sim/scenario/source.hpp"

namespace kafault {

struct Pointing {
  std::vector<Path> targets;  // more than one if a `*` stands for several names
  std::string mistake;        // why there are none
};
// Parts that the document does not have are allowed where a scenario may have them: a setting, a
// section. A name (of a producer, ...), and an element of a list, must be there.
Pointing point(std::string_view pointer, const Json& document);

// Puts `value` there; objects on the way are made.
void put(Json& document, const Path& target, const Json& value);

// What the text of an option means: JSON if it is any, else a word.
Json option_value(const std::string& text);
// "a,b,c" at the commas that are in no brackets or quotes.
std::vector<std::string> split_values(std::string_view text);
// A value as the cell of a table: words without quotes.
std::string cell_of(const Json& value);

}  // namespace kafault
