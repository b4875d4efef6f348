// The consuming application: the code around poll() and commit that decides what is handled twice
// and what is never handled.
#pragma once

#include <array>
#include <cstdint>

#include "sim/kernel/time.hpp"
#include "sim/protocol/setting.hpp"

namespace kafault {

enum class CommitStrategy : std::uint8_t {
  automatic,             // enable.auto.commit=true, the handler runs inside the poll loop
  auto_worker,           // enable.auto.commit=true, records are handed to worker threads
  sync,                  // commitSync() after the polled batch was handled
  async,                 // commitAsync() after the batch; nothing on close
  async_then_sync,       // commitAsync() after the batch, commitSync() on close and on revoke
  before,                // commitSync() before the batch is handled
  each_record,           // commitSync(offset + 1) after every record
  each_record_position,  // commitSync() without arguments after every record
  worker_sync,           // hand-off to workers, then commitSync() at once
  worker_ordered,        // hand-off; only the contiguous finished prefix is committed
  none,                  // nothing is ever committed
};
template <>
struct Spellings<CommitStrategy> {
  static constexpr std::array<Spelling<CommitStrategy>, 11> all{
      {{"auto", CommitStrategy::automatic},
       {"auto_worker", CommitStrategy::auto_worker},
       {"sync", CommitStrategy::sync},
       {"async", CommitStrategy::async},
       {"async_then_sync", CommitStrategy::async_then_sync},
       {"before", CommitStrategy::before},
       {"each_record", CommitStrategy::each_record},
       {"each_record_position", CommitStrategy::each_record_position},
       {"worker_sync", CommitStrategy::worker_sync},
       {"worker_ordered", CommitStrategy::worker_ordered},
       {"none", CommitStrategy::none}}};
};

// What onPartitionsRevoked does: a listener that does nothing, one that commits what was handled
// (commitSync of the handled offsets), or no listener at all.
enum class OnRevoke : std::uint8_t { nothing, commit, none };
template <>
struct Spellings<OnRevoke> {
  static constexpr std::array<Spelling<OnRevoke>, 3> all{
      {{"nothing", OnRevoke::nothing}, {"commit", OnRevoke::commit}, {"none", OnRevoke::none}}};
};

// When a handler throws: the loop ends in `finally { consumer.close(); }`; the record is skipped;
// handled again at once; polled again after a seek() to it; or the process dies.
enum class OnException : std::uint8_t { close, skip, retry, seek, crash };
template <>
struct Spellings<OnException> {
  static constexpr std::array<Spelling<OnException>, 5> all{{{"close", OnException::close},
                                                             {"skip", OnException::skip},
                                                             {"retry", OnException::retry},
                                                             {"seek", OnException::seek},
                                                             {"crash", OnException::crash}}};
};

struct ApplicationPlan {
  CommitStrategy commit = CommitStrategy::automatic;
  OnRevoke on_revoke = OnRevoke::nothing;
  OnException on_exception = OnException::close;
  Duration takes_low{};  // handling time of one record
  Duration takes_high{};
  std::int32_t workers = 1;  // threads of the hand-off strategies
  Duration poll_timeout = std::chrono::milliseconds(100);
  // A fault names single records of this group, so that each record's handling is an event of its
  // own even when it takes no time.
  bool record_by_record = false;
};

constexpr bool uses_workers(CommitStrategy strategy) {
  return strategy == CommitStrategy::auto_worker || strategy == CommitStrategy::worker_sync ||
         strategy == CommitStrategy::worker_ordered;
}

}  // namespace kafault
