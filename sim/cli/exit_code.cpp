#include "sim/cli/exit_code.hpp"

#include <algorithm>
#include <iterator>

namespace kafault {

ExitCode more_serious(ExitCode a, ExitCode b) {
  constexpr ExitCode order[] = {ExitCode::interrupted,        ExitCode::our_bug,
                                ExitCode::cannot_write,       ExitCode::no_input,
                                ExitCode::bad_scenario,       ExitCode::usage,
                                ExitCode::expectation_failed, ExitCode::differs,
                                ExitCode::inconclusive,       ExitCode::as_expected};
  return std::min(a, b, [&](ExitCode left, ExitCode right) {
    const auto place = [&](ExitCode code) {
      return std::find(std::begin(order), std::end(order), code);
    };
    return place(left) < place(right);
  });
}

}  // namespace kafault
