// When the application's code commits, and what: each strategy is one row of hooks in the one list
// of strategies. enable.auto.commit is the client's doing and works beside any of them.
#pragma once

#include <array>

#include "sim/client/application.hpp"
#include "sim/kernel/contract.hpp"

namespace kafault {

enum class CommitCall : std::uint8_t {
  nothing,
  sync_positions,    // commitSync(): positions, thus all that was polled, handled or not
  async_positions,   // commitAsync()
  sync_record,       // commitSync(offset + 1) of the record just handled
  sync_past_record,  // commitSync(offset + 2), as if the API wanted the next but one
  sync_at_record,    // commitSync(offset), as if it wanted the last
  sync_handled,      // commitSync(the offsets handled so far)
  sync_finished,     // commitSync(the contiguous prefix that the workers have finished)
};

struct CommitHooks {
  CommitStrategy strategy;
  CommitCall before_batch = CommitCall::nothing;
  CommitCall after_record = CommitCall::nothing;
  CommitCall after_batch = CommitCall::nothing;  // or after the batch was handed to the workers
  CommitCall after_poll = CommitCall::nothing;   // also after a poll that returned nothing
  CommitCall on_revoke = CommitCall::nothing;
  CommitCall on_close = CommitCall::nothing;  // in `finally`, before close()
  CommitCall on_seek = CommitCall::nothing;   // before the rest of a batch is polled again
  bool waits_for_due = false;    // after batches and polls, until count or time are reached
  bool waits_for_flush = false;  // nothing is committed whose effect is still in memory
};

// The one list. A strategy that commits nothing by itself relies on enable.auto.commit.
inline constexpr std::array<CommitHooks, 23> commit_strategies{{
    {.strategy = CommitStrategy::automatic},
    {.strategy = CommitStrategy::auto_worker},
    {.strategy = CommitStrategy::sync, .after_batch = CommitCall::sync_positions},
    {.strategy = CommitStrategy::async, .after_batch = CommitCall::async_positions},
    {.strategy = CommitStrategy::async_then_sync,
     .after_batch = CommitCall::async_positions,
     .on_revoke = CommitCall::sync_positions,
     .on_close = CommitCall::sync_positions},
    {.strategy = CommitStrategy::before, .before_batch = CommitCall::sync_positions},
    {.strategy = CommitStrategy::each_record, .after_record = CommitCall::sync_record},
    {.strategy = CommitStrategy::each_record_position, .after_record = CommitCall::sync_positions},
    {.strategy = CommitStrategy::worker_sync, .after_batch = CommitCall::sync_positions},
    {.strategy = CommitStrategy::worker_ordered,
     .after_batch = CommitCall::sync_finished,
     .after_poll = CommitCall::sync_finished,
     .on_close = CommitCall::sync_finished},
    {.strategy = CommitStrategy::worker_highest,
     .after_batch = CommitCall::sync_finished,
     .after_poll = CommitCall::sync_finished,
     .on_close = CommitCall::sync_finished},
    {.strategy = CommitStrategy::worker_unowned,
     .after_batch = CommitCall::sync_finished,
     .after_poll = CommitCall::sync_finished,
     .on_close = CommitCall::sync_finished},
    {.strategy = CommitStrategy::off_by_one_high, .after_record = CommitCall::sync_past_record},
    {.strategy = CommitStrategy::off_by_one_low, .after_record = CommitCall::sync_at_record},
    {.strategy = CommitStrategy::sink},
    {.strategy = CommitStrategy::stored},
    {.strategy = CommitStrategy::ack_batch,
     .after_batch = CommitCall::sync_handled,
     .on_revoke = CommitCall::sync_handled,
     .on_close = CommitCall::sync_handled,
     .on_seek = CommitCall::sync_handled},
    {.strategy = CommitStrategy::ack_count,
     .after_batch = CommitCall::sync_handled,
     .on_revoke = CommitCall::sync_handled,
     .on_close = CommitCall::sync_handled,
     .on_seek = CommitCall::sync_handled,
     .waits_for_due = true},
    {.strategy = CommitStrategy::ack_time,
     .after_batch = CommitCall::sync_handled,
     .after_poll = CommitCall::sync_handled,
     .on_revoke = CommitCall::sync_handled,
     .on_close = CommitCall::sync_handled,
     .on_seek = CommitCall::sync_handled,
     .waits_for_due = true},
    {.strategy = CommitStrategy::async_retry, .after_batch = CommitCall::async_positions},
    {.strategy = CommitStrategy::async_retry_guarded, .after_batch = CommitCall::async_positions},
    {.strategy = CommitStrategy::at_flush,
     .after_record = CommitCall::sync_handled,
     .after_poll = CommitCall::sync_handled,
     .on_revoke = CommitCall::sync_handled,
     .on_close = CommitCall::sync_handled,
     .waits_for_flush = true},
    {.strategy = CommitStrategy::none},
}};

constexpr const CommitHooks& hooks_of(CommitStrategy strategy) {
  for (const CommitHooks& hooks : commit_strategies) {
    if (hooks.strategy == strategy) return hooks;
  }
  contract_broken("every strategy has its hooks", __FILE__, __LINE__);
}

// What onPartitionsRevoked commits: what the listener says, else what the strategy says.
constexpr CommitCall on_revoke_call(const CommitHooks& hooks, OnRevoke listener) {
  return listener == OnRevoke::commit ? CommitCall::sync_handled : hooks.on_revoke;
}

}  // namespace kafault
