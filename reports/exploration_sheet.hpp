// An exploration as a person reads it: for each promise the smallest number of misfortunes that
// breaks it. Several combinations are a table of small numbers, one is a list.
#pragma once

#include <string>

#include "reports/cell.hpp"
#include "reports/sheet.hpp"
#include "sim/drive/exploration_campaign.hpp"

namespace kafault {

Sheet sheet_of(const ExplorationResult& result);

// "1"; "-" if no run breaks it. A search that did not finish may know less: "<=2" (two do, fewer
// might), ">1" (one does not), "?"; "1?" if no ordinary run confirms it. Empty where the promise
// does not apply.
Cell cell_of(const ExploredCombination& explored, Promise promise);

// Why a search ended before its time; empty: it did not.
std::string reason_of(ExploreEnd end);

}  // namespace kafault
