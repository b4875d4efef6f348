#include "sim/cli/progress.hpp"

#include <ostream>

#include "reports/text.hpp"

namespace kafault {
namespace {

using namespace std::chrono_literals;
constexpr auto patience = 2s;
constexpr auto refresh = 200ms;

}  // namespace

Progress::Progress(Session& session, std::string file)
    : session_(session), file_(clean(file)), next_(Clock::now() + patience) {}

void Progress::show(std::int64_t done, std::int64_t all, std::int64_t count,
                    std::string_view noun) {
  if (!session_.streams.err_is_terminal) return;
  const Clock::time_point now = Clock::now();
  if (now < next_) return;
  next_ = now + refresh;
  drawn_ = true;
  session_.streams.err << "\r\x1b[K" << file_ << ": " << with_thousands(done) << " of "
                       << with_thousands(all) << " combinations, " << with_thousands(count) << ' '
                       << noun << std::flush;
}

void Progress::clear() {
  if (!drawn_) return;
  drawn_ = false;
  session_.streams.err << "\r\x1b[K" << std::flush;
}

}  // namespace kafault
