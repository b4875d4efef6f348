// kafault's command line as a function: the program, and the tests, call it.
#pragma once

#include <string>
#include <vector>

#include "sim/cli/session.hpp"

namespace kafault {

// `arguments` without the program's name. Returns the exit code; throws nothing.
int run_cli(const std::vector<std::string>& arguments, Streams streams);

}  // namespace kafault
