// Worker threads that take records from one queue, in order, while the poll loop goes on. What is
// queued stays queued when its partition is revoked or the group is left: zombies, as in real
// applications. Knows nothing of Kafka: it says which record is next and which prefix is finished.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/client/fetcher.hpp"

namespace kafault {

class Workers {
 public:
  struct Task {
    PolledRange range;             // one record, once a worker has taken it
    std::uint32_t assignment = 0;  // of which assignment; older ones are nobody's to commit
    Instant started{};
  };

  // `takes_highest`: the application takes the highest finished record for the end of the prefix;
  // `keeps_progress`: it does not look whether a partition still is its own.
  Workers(std::int32_t count, bool takes_highest, bool keeps_progress = false)
      : threads_(static_cast<std::size_t>(count)),
        takes_highest_(takes_highest),
        keeps_progress_(keeps_progress) {}

  void begin();
  void hand_over(const PolledRange& range);

  std::size_t threads() const { return threads_.size(); }
  bool is_busy(std::size_t thread) const { return threads_[thread].busy; }
  Task& task_of(std::size_t thread) { return threads_[thread].task; }
  bool has_queued() const { return next_ < queue_.size(); }
  bool has_work() const;
  // The next record of the queue, for an idle worker.
  const Task& start(std::size_t thread, Instant now);
  void finish(std::size_t thread);
  // Everything queued took no time.
  void finish_queued();
  // The handler threw and nobody handles the record again: it is never finished, so that the
  // prefix of its partition never passes it.
  void abandon(std::size_t thread);

  // The partitions were taken away: their progress is not ours to commit any more.
  void forget_progress();
  void forget_progress(PartitionId partition);
  // Of each partition, up to where everything that was handed over is finished, if that is news.
  void finished_prefix(std::vector<CommittedOffset>& offsets) const;
  bool has_uncommitted_prefix() const;
  void prefix_committed(const std::vector<CommittedOffset>& offsets);

  void hash_into(Fingerprint& print) const;

 private:
  struct Thread {
    bool busy = false;
    Task task;
  };
  struct Progress {
    PartitionId partition;
    Offset handed_over;  // exclusive
    Offset committed;
    Offset stuck_at;  // nowhere: no record was abandoned
    Offset highest;   // finished, exclusive
  };
  static constexpr Offset nowhere = INT64_MAX;

  Progress* progress_of(PartitionId partition);
  void hash_into(Fingerprint& print, const Task& task) const;
  Offset prefix(const Progress& progress) const;
  void count_as_finished(const Task& task);

  std::vector<Thread> threads_;
  bool takes_highest_;
  bool keeps_progress_;
  std::vector<Task> queue_;
  std::size_t next_ = 0;
  std::vector<Progress> progress_;
  std::uint32_t assignment_ = 0;
};

}  // namespace kafault
