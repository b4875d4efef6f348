// What a shell needs to complete kafault's command line, made of the lists of commands and options.
#pragma once

#include <string>

namespace kafault {

std::string bash_completion();
std::string zsh_completion();
std::string fish_completion();

}  // namespace kafault
