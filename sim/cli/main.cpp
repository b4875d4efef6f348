#include <unistd.h>

#include <atomic>
#include <csignal>
#include <iostream>
#include <string>
#include <vector>

#include "sim/cli/cli.hpp"

namespace {

std::atomic<bool> interrupted{false};
static_assert(std::atomic<bool>::is_always_lock_free);

// The first Ctrl-C asks for what there is, the second ends at once.
void interrupt(int) {
  interrupted.store(true);
  std::signal(SIGINT, SIG_DFL);
}

}  // namespace

int main(int argc, char** argv) {
  std::ios::sync_with_stdio(false);
  std::signal(SIGINT, interrupt);
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  return kafault::run_cli(arguments, {.in = std::cin,
                                      .out = std::cout,
                                      .err = std::cerr,
                                      .out_is_terminal = ::isatty(STDOUT_FILENO) == 1,
                                      .err_is_terminal = ::isatty(STDERR_FILENO) == 1,
                                      .interrupted = &interrupted});
}
