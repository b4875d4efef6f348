// `explore --save DIR`: counterexamples as scenario files.
#pragma once

#include <string>

#include "sim/cli/session.hpp"
#include "sim/drive/exploration_campaign.hpp"

namespace kafault {

// The folder is made if it is missing. Throws CannotWrite; to be asked before the long search.
void prepare_folder(const std::string& folder);

// One file per promise and combination that an ordinary run confirms, made as small as it goes.
// A file that is there already and says something else is left as it is, and none is written.
// Throws CannotWrite.
void save_counterexamples(Session& session, const Scenario& scenario,
                          const ExplorationResult& result);

}  // namespace kafault
