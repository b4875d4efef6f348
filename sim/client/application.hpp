// The consuming application: the code around poll() and commit that decides what is handled twice
// and what is never handled.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

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
  worker_highest,        // hand-off; the highest finished offset, whatever is still below it
  worker_unowned,        // the finished prefix, also of partitions that are another's by now
  off_by_one_high,       // commitSync(offset + 2) after every record: skips the next one
  off_by_one_low,        // commitSync(offset) after every record: the last is read again
  sink,                  // the offset is written with the effect, in the sink's own transaction
  stored,                // librdkafka: stored by hand after handling, committed in the background
  ack_batch,             // Spring's AckMode.BATCH: what was handled, once the batch is
  ack_count,             // AckMode.COUNT: once so many records were handled
  ack_time,              // AckMode.TIME: once so much time has passed
  async_retry,           // commitAsync() after the batch, tried again in its callback
  async_retry_guarded,   // the same, unless a newer one was sent meanwhile
  at_flush,              // commitSync(what was handled) once the window is written
  none,                  // nothing is ever committed
};
template <>
struct Spellings<CommitStrategy> {
  static constexpr std::array<Spelling<CommitStrategy>, 24> all{
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
       {"worker_highest", CommitStrategy::worker_highest},
       {"worker_unowned", CommitStrategy::worker_unowned},
       {"off_by_one_high", CommitStrategy::off_by_one_high},
       {"off_by_one_low", CommitStrategy::off_by_one_low},
       {"sink", CommitStrategy::sink},
       {"stored", CommitStrategy::stored},
       {"ack_batch", CommitStrategy::ack_batch},
       {"ack_count", CommitStrategy::ack_count},
       {"ack_time", CommitStrategy::ack_time},
       {"ack_record", CommitStrategy::each_record},
       {"async_retry", CommitStrategy::async_retry},
       {"async_retry_guarded", CommitStrategy::async_retry_guarded},
       {"at_flush", CommitStrategy::at_flush},
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
// handled again at once; polled again after a seek() to it, or to the beginning of its batch; or
// the error handler goes on with seekToEnd(); or the process dies; or the record is published to
// another topic, see OutletPlan, and counts as handled once it is.
enum class OnException : std::uint8_t {
  close,
  skip,
  retry,
  seek,
  seek_batch,
  seek_to_end,
  crash,
  publish
};
template <>
struct Spellings<OnException> {
  static constexpr std::array<Spelling<OnException>, 8> all{
      {{"close", OnException::close},
       {"skip", OnException::skip},
       {"retry", OnException::retry},
       {"seek", OnException::seek},
       {"seek_batch", OnException::seek_batch},
       {"seek_to_end", OnException::seek_to_end},
       {"crash", OnException::crash},
       {"publish", OnException::publish}}};
};

// When commitSync() throws a TimeoutException, which leaves open whether the offsets were
// committed: the loop goes on; it takes them for not committed, and polls the batch again; or it
// asks committed(), and polls from there.
enum class OnCommitTimeout : std::uint8_t { go_on, rewind, ask };
template <>
struct Spellings<OnCommitTimeout> {
  static constexpr std::array<Spelling<OnCommitTimeout>, 3> all{
      {{"go_on", OnCommitTimeout::go_on},
       {"rewind", OnCommitTimeout::rewind},
       {"ask", OnCommitTimeout::ask}}};
};

// close(CloseOptions) (KIP-1092): by default dynamic members leave their group and static ones keep
// their place until the session ends; or they leave, or keep it, whichever they are.
enum class LeaveOnClose : std::uint8_t { by_default, leave, remain };
template <>
struct Spellings<LeaveOnClose> {
  static constexpr std::array<Spelling<LeaveOnClose>, 3> all{{{"default", LeaveOnClose::by_default},
                                                              {"leave", LeaveOnClose::leave},
                                                              {"remain", LeaveOnClose::remain}}};
};

// What the code that writes an effect does before and after, each in a transaction of its own.
struct WriteSteps {
  bool asks = false;          // before: SELECT; where it is there, nothing more is done
  bool stores_first = false;  // before: INSERT of its id, likewise
  bool stores_after = false;
  bool is_plain() const { return !asks && !stores_first && !stores_after; }
};

// What is written again of a batch that a sink has taken in part: all of it, or what the sink's
// answer says has failed.
enum class Rewrites : std::uint8_t { all, failed };
template <>
struct Spellings<Rewrites> {
  static constexpr std::array<Spelling<Rewrites>, 2> all{
      {{"all", Rewrites::all}, {"failed", Rewrites::failed}}};
};

struct ApplicationPlan {
  CommitStrategy commit = CommitStrategy::automatic;
  OnRevoke on_revoke = OnRevoke::nothing;
  OnException on_exception = OnException::close;
  OnCommitTimeout on_commit_timeout = OnCommitTimeout::go_on;
  Duration takes_low{};  // handling time of one record
  Duration takes_high{};
  // An aggregate in memory: effects wait until there are so many records in it, or nothing comes.
  std::int64_t window = 1;
  Rewrites rewrites = Rewrites::all;
  std::int32_t workers = 1;  // threads of the hand-off strategies
  Duration poll_timeout = std::chrono::milliseconds(100);
  Duration close_timeout = std::chrono::seconds(30);  // KafkaConsumer's default
  LeaveOnClose leave_on_close = LeaveOnClose::by_default;
  // retry and seek: how long the handler's thread waits before it tries again, how often a record
  // is tried at most, and what happens then; 0: for ever (Spring's DefaultErrorHandler: 10, skip).
  Duration backoff{};
  std::int32_t attempts = 0;
  OnException then = OnException::skip;
  std::int64_t commit_every_records = 1;  // ack_count
  Duration commit_every{};                // ack_time
  // A fault names single records of this group, so that each record's handling is an event of its
  // own even when it takes no time.
  bool record_by_record = false;
  std::vector<WriteSteps> writes;  // by sink; empty: all are plain
};

constexpr bool tries_again(OnException reaction) {
  return reaction == OnException::retry || reaction == OnException::seek ||
         reaction == OnException::seek_batch;
}

constexpr bool publishes(const ApplicationPlan& application) {
  return application.on_exception == OnException::publish ||
         (application.attempts > 0 && application.then == OnException::publish);
}

constexpr bool uses_workers(CommitStrategy strategy) {
  return strategy == CommitStrategy::auto_worker || strategy == CommitStrategy::worker_sync ||
         strategy == CommitStrategy::worker_ordered || strategy == CommitStrategy::worker_highest ||
         strategy == CommitStrategy::worker_unowned;
}

}  // namespace kafault
