// When long work has to stop: when the user says so (Ctrl-C), or when its time is over.
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

#include "sim/kernel/time.hpp"

namespace kafault {

class Stop {
 public:
  // `interrupted` may be nullptr; without a limit nothing but it stops anything. The limit is real
  // time.
  Stop(const std::atomic<bool>* interrupted, std::optional<Duration> limit);
  ~Stop();
  Stop(const Stop&) = delete;
  Stop& operator=(const Stop&) = delete;

  const std::atomic<bool>* flag() const { return watcher_.joinable() ? &stop_ : interrupted_; }
  bool time_is_over() const { return time_is_over_; }

 private:
  void watch(Duration limit);

  const std::atomic<bool>* interrupted_;
  std::atomic<bool> stop_{false};
  std::atomic<bool> time_is_over_{false};
  std::mutex mutex_;
  std::condition_variable work_is_done_;
  bool is_done_ = false;
  std::thread watcher_;
};

}  // namespace kafault
