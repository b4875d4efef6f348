#include "sim/cli/stop.hpp"

#include <chrono>

namespace kafault {

Stop::Stop(const std::atomic<bool>* interrupted, std::optional<Duration> limit)
    : interrupted_(interrupted) {
  if (limit) watcher_ = std::thread([this, limit] { watch(*limit); });
}

Stop::~Stop() {
  if (!watcher_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    is_done_ = true;
  }
  work_is_done_.notify_one();
  watcher_.join();
}

void Stop::watch(Duration limit) {
  constexpr auto often = std::chrono::milliseconds(20);
  const auto end = std::chrono::steady_clock::now() + limit;
  std::unique_lock lock(mutex_);
  while (!is_done_) {
    time_is_over_ = std::chrono::steady_clock::now() >= end;
    const bool was_interrupted = interrupted_ != nullptr && interrupted_->load();
    if (time_is_over_ || was_interrupted) {
      stop_ = true;
      return;
    }
    work_is_done_.wait_for(lock, often);
  }
}

}  // namespace kafault
