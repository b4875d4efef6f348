// JSON that somebody may read: what fits on a line stands on one.
#pragma once

#include <string>

#include "sim/scenario/source.hpp"

namespace kafault {

// With a line end behind it.
std::string json_text(const Json& json);

}  // namespace kafault
