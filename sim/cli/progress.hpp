// One line on a terminal that says how far a long run is; nothing anywhere else.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "sim/cli/session.hpp"

namespace kafault {

class Progress {
 public:
  Progress(Session& session, std::string file);
  ~Progress() { clear(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // How many combinations are done, and how many runs (or what `noun` names) that was so far.
  void show(std::int64_t done, std::int64_t all, std::int64_t count,
            std::string_view noun = "runs");
  void clear();

 private:
  using Clock = std::chrono::steady_clock;

  Session& session_;
  std::string file_;
  Clock::time_point next_;  // when the line is drawn again
  bool drawn_ = false;
};

}  // namespace kafault
