// What the process ends with. The numbers from 64 on are those of sysexits.h.
#pragma once

#include <stdexcept>
#include <string>

namespace kafault {

enum class ExitCode : int {
  as_expected = 0,
  expectation_failed = 1,
  inconclusive = 2,  // or unsettled
  differs = 3,       // from the expected table
  usage = 64,
  bad_scenario = 65,
  no_input = 66,  // no such file, or no expected table
  our_bug = 70,
  cannot_write = 74,
  interrupted = 130,
};

// What a command over several files ends with: an interrupt, then the first that applies of 70, 74,
// 66, 65, 1, 3, 2.
ExitCode more_serious(ExitCode a, ExitCode b);

// The command line is wrong. Caught once, in run_cli().
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};
// There is no such file, or it cannot be read.
class NoInput : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};
class CannotWrite : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace kafault
