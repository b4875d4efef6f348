// Remedies as a person reads them, and as JSON: for each broken promise the smallest changes that
// keep it, and what they cost.
#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>

#include "reports/sheet.hpp"
#include "sim/drive/remedies.hpp"

namespace kafault {

// Of one of the result's combinations.
Sheet remedies_of(const ExplorationResult& result, std::size_t combination,
                  const RemedyReport& report);

nlohmann::ordered_json json_of(const RemedyReport& report);

}  // namespace kafault
