// The JSON Schema of a scenario file, for editors.
#pragma once

#include <string>
#include <vector>

#include "sim/scenario/source.hpp"

namespace kafault {

// Draft 7. What it refuses the reader refuses, not the other way round: a schema knows nothing of
// names, axes and contradictions.
Json scenario_schema();

// What keys take, in words of format.cpp that the schema does not know: it says nothing of them.
std::vector<std::string> phrases_without_schema();

}  // namespace kafault
