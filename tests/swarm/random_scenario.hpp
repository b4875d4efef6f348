// Scenarios that nobody thought of: random settings, random faults, whole kinds of fault switched
// off at random (a swarm), all as text that any user could have written.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>

namespace kafault {

// The same for the same seed, on every machine.
nlohmann::ordered_json random_scenario(std::uint64_t seed);

}  // namespace kafault
