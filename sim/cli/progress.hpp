// One line on a terminal that says how far a long run is; nothing anywhere else.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "sim/cli/session.hpp"

namespace kafault {

class Progress {
 public:
  Progress(Session& session, std::string file);
  ~Progress() { clear(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void show(std::int64_t done, std::int64_t all, std::int64_t runs);
  void clear();

 private:
  using Clock = std::chrono::steady_clock;

  Session& session_;
  std::string file_;
  Clock::time_point next_;  // when the line is drawn again
  bool drawn_ = false;
};

}  // namespace kafault
