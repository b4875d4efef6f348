// `kafault run --resolved`: every value that is used, and where it came from.
#pragma once

#include <string>
#include <vector>

#include "sim/cli/session.hpp"
#include "sim/scenario/scenario.hpp"

namespace kafault {

// In the session's format: text, CSV (one line per value and combination), or JSON (the
// combinations as scenario files without a matrix).
std::string resolved_text(const Session& session, const std::vector<Scenario>& scenarios);

}  // namespace kafault
