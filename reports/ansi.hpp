#pragma once

#include <string_view>

// What terminals understand: ECMA-48, "select graphic rendition".
namespace kafault::ansi {

inline constexpr std::string_view plain = "\x1b[0m";
inline constexpr std::string_view bold = "\x1b[1m";
inline constexpr std::string_view dim = "\x1b[2m";
inline constexpr std::string_view red = "\x1b[1;31m";

}  // namespace kafault::ansi
