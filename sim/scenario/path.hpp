// JSON Pointers (RFC 6901) as lists of tokens.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kafault {

using Path = std::vector<std::string>;

// Nothing if `text` is neither empty nor begins with a slash, or has a `~` that escapes nothing.
std::optional<Path> parse_pointer(std::string_view text);
std::string pointer_of(const Path& path);
bool begins_with(const Path& path, const Path& start);

}  // namespace kafault
