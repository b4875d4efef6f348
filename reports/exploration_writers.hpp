// Explorations as CSV and JSON, for programs: a row per combination and promise.
#pragma once

#include <iosfwd>

#include "sim/drive/exploration_campaign.hpp"

namespace kafault {

// scenario, the axes, promise, smallest, runs, worlds, complete. `smallest` is a number, "none" (in
// these runs), or "ConfigException".
void write_csv(std::ostream& out, const ExplorationResult& result);

// The same, and beside it what a table cannot hold: the bounds of each search, level by level.
void write_json(std::ostream& out, const ExplorationResult& result);

}  // namespace kafault
