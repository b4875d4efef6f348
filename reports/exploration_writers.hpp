// Explorations as CSV and JSON, for programs: a row per combination and promise.
#pragma once

#include <iosfwd>
#include <vector>

#include "sim/drive/exploration_campaign.hpp"
#include "sim/drive/remedies.hpp"

namespace kafault {

// scenario, the axes, promise, smallest, runs, worlds, complete. `smallest` is a number, "none" (in
// these runs), or "ConfigException".
void write_csv(std::ostream& out, const ExplorationResult& result);

// The same, and beside it what a table cannot hold: the bounds of each search, level by level, and
// the remedies of each combination, if there are any.
void write_json(std::ostream& out, const ExplorationResult& result,
                const std::vector<RemedyReport>& remedies = {});

}  // namespace kafault
