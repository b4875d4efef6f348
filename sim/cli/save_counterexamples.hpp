// `explore --save DIR` and `explore --shrink`: counterexamples as scenario files.
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

// `explore --shrink`: the runs of the file itself that break a promise, as small as they go, into
// the folder; without one the first of them to standard output. Throws CannotWrite.
void shrink_failing_runs(Session& session, const Scenario& scenario);

}  // namespace kafault
