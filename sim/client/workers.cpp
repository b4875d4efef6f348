#include "sim/client/workers.hpp"

#include <algorithm>

namespace kafault {

void Workers::begin() {
  for (Thread& thread : threads_) thread.busy = false;
  queue_.clear();
  next_ = 0;
  progress_.clear();
  ++assignment_;
}

Workers::Progress* Workers::progress_of(PartitionId partition) {
  const auto at = std::find_if(progress_.begin(), progress_.end(),
                               [&](const Progress& p) { return p.partition == partition; });
  return at == progress_.end() ? nullptr : &*at;
}

void Workers::hand_over(const PolledRange& range) {
  if (!has_queued()) {  // start again at the front, with the memory that is there
    queue_.clear();
    next_ = 0;
  }
  queue_.push_back({range, assignment_, {}});
  Progress* progress = progress_of(range.partition);
  if (progress == nullptr) {
    progress_.push_back({range.partition, range.end_offset(), range.offset, nowhere, range.offset});
  } else {
    progress->handed_over = range.end_offset();
  }
}

bool Workers::has_work() const {
  return has_queued() || std::any_of(threads_.begin(), threads_.end(),
                                     [](const Thread& thread) { return thread.busy; });
}

const Workers::Task& Workers::start(std::size_t thread, Instant now) {
  KAFAULT_REQUIRE(has_queued());
  KAFAULT_REQUIRE(!threads_[thread].busy);
  Task& next = queue_[next_];
  Task& task = threads_[thread].task;
  task = next;
  task.range.count = 1;
  task.started = now;
  threads_[thread].busy = true;
  ++next.range.first;
  ++next.range.offset;
  if (--next.range.count == 0) ++next_;
  return task;
}

void Workers::finish(std::size_t thread) {
  count_as_finished(threads_[thread].task);
  threads_[thread].busy = false;
}

void Workers::finish_queued() {
  for (; next_ < queue_.size(); ++next_) count_as_finished(queue_[next_]);
}

void Workers::count_as_finished(const Task& task) {
  if (task.assignment != assignment_) return;
  Progress* progress = progress_of(task.range.partition);
  if (progress != nullptr) progress->highest = std::max(progress->highest, task.range.end_offset());
}

void Workers::abandon(std::size_t thread) {
  const Task& task = threads_[thread].task;
  Progress* progress = progress_of(task.range.partition);
  if (progress != nullptr && task.assignment == assignment_) {
    progress->stuck_at = std::min(progress->stuck_at, task.range.offset);
  }
  threads_[thread].busy = false;
}

void Workers::forget_progress() {
  if (keeps_progress_) return;
  progress_.clear();
  ++assignment_;
}

void Workers::forget_progress(PartitionId partition) {
  if (keeps_progress_) return;
  progress_.erase(
      std::remove_if(progress_.begin(), progress_.end(),
                     [&](const Progress& progress) { return progress.partition == partition; }),
      progress_.end());
  const auto disown = [&](Task& task) {
    if (task.range.partition == partition && task.assignment == assignment_) --task.assignment;
  };
  for (Thread& thread : threads_) disown(thread.task);
  for (std::size_t i = next_; i < queue_.size(); ++i) disown(queue_[i]);
}

Offset Workers::prefix(const Progress& progress) const {
  if (takes_highest_) return progress.highest;
  Offset end = std::min(progress.handed_over, progress.stuck_at);
  const auto holds_back = [&](const Task& task) {
    if (task.assignment != assignment_ || task.range.partition != progress.partition) return;
    end = std::min(end, task.range.offset);
  };
  for (const Thread& thread : threads_) {
    if (thread.busy) holds_back(thread.task);
  }
  for (std::size_t i = next_; i < queue_.size(); ++i) holds_back(queue_[i]);
  return end;
}

void Workers::finished_prefix(std::vector<CommittedOffset>& offsets) const {
  offsets.clear();
  for (const Progress& progress : progress_) {
    const Offset end = prefix(progress);
    if (end > progress.committed) offsets.push_back({progress.partition, end, no_epoch});
  }
}

bool Workers::has_uncommitted_prefix() const {
  return std::any_of(progress_.begin(), progress_.end(),
                     [&](const Progress& p) { return prefix(p) > p.committed; });
}

void Workers::prefix_committed(const std::vector<CommittedOffset>& offsets) {
  for (const CommittedOffset& offset : offsets) {
    Progress* progress = progress_of(offset.partition);
    if (progress != nullptr) progress->committed = std::max(progress->committed, offset.offset);
  }
}

void Workers::hash_into(Fingerprint& print) const {
  for (const Thread& thread : threads_) {
    print.add(thread.busy);
    if (!thread.busy) continue;
    hash_into(print, thread.task);
    print.add(print.now() - thread.task.started);
  }
  print.add(queue_.size() - next_);
  for (std::size_t i = next_; i < queue_.size(); ++i) hash_into(print, queue_[i]);
  print.add(progress_.size());
  for (const Progress& progress : progress_) {
    print.add(progress.partition, progress.handed_over, progress.committed, progress.stuck_at);
    if (takes_highest_) print.add(progress.highest);
  }
}

void Workers::hash_into(Fingerprint& print, const Task& task) const {
  task.range.hash_into(print);
  print.add(task.assignment == assignment_);
}

}  // namespace kafault
