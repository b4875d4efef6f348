// The same work in several threads.
#pragma once

#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace kafault {

// Calls work(job) for every job from 0 to jobs - 1; job 0 is the calling thread. Once all have
// returned, what one of them threw is thrown again.
template <class Work>
void in_parallel(int jobs, const Work& work) {
  std::mutex mutex;
  std::exception_ptr thrown;
  const auto guarded = [&](int job) {
    try {
      work(job);
    } catch (...) {
      const std::lock_guard lock(mutex);
      if (!thrown) thrown = std::current_exception();
    }
  };
  std::vector<std::thread> helpers;
  for (int job = 1; job < jobs; ++job) helpers.emplace_back(guarded, job);
  guarded(0);
  for (std::thread& helper : helpers) helper.join();
  if (thrown) std::rethrow_exception(thrown);
}

}  // namespace kafault
