// A transactional outbox, as its relay works through it. The application inserts a row in the
// transaction of its business data; the row gets its id (auto increment) at once and is visible
// when the transaction commits. The relay polls the table, sends what it finds and marks it. In
// which order and when it sends what follows from the plan alone.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "sim/kernel/time.hpp"
#include "sim/protocol/setting.hpp"

namespace kafault {

// How a relay finds the rows that it has not sent yet.
enum class RelayReads : std::uint8_t {
  past_last_id,  // WHERE id > :last ORDER BY id: what commits later with a lower id is passed over
  without_gaps,  // likewise, as far as every id is there
  unsent,        // WHERE NOT sent ORDER BY id
  change_log,    // in the order of commits, as they come: change data capture
};
template <>
struct Spellings<RelayReads> {
  static constexpr std::array<Spelling<RelayReads>, 4> all{
      {{"past_last_id", RelayReads::past_last_id},
       {"without_gaps", RelayReads::without_gaps},
       {"unsent", RelayReads::unsent},
       {"change_log", RelayReads::change_log}}};
};

struct OutboxPlan {
  bool exists = false;
  RelayReads reads = RelayReads::past_last_id;
  Duration poll = std::chrono::milliseconds(100);
  std::int64_t late_row = -1;  // its transaction commits `late_by` after it got its id; -1: none
  Duration late_by{};
  // Each poll is one relay's, in turn.
  std::int32_t relays = 1;
  // No two get the same row (FOR UPDATE SKIP LOCKED). Else the next relay finds again, and sends,
  // what another has found and not yet marked.
  bool locks = true;
  std::int64_t late_poll = -1;  // counted from 0: its relay sends what it got `late_poll_by` later
  Duration late_poll_by{};
};

// The rows in the order in which they are sent; some twice.
// Simplified: a relay that was down sends what it would have sent meanwhile, in that order.
class RelaySchedule {
 public:
  struct Turn {
    std::int64_t row = 0;
    Instant due{};
    bool is_passed_over = false;  // nobody sends it; `due` is when its transaction commits
  };

  RelaySchedule() = default;
  // One row every `every` from `start` on.
  RelaySchedule(const OutboxPlan& plan, std::int64_t rows, Instant start, Duration every);

  bool empty() const { return turns_.empty(); }
  const Turn& at(std::int64_t position) const { return turns_[static_cast<std::size_t>(position)]; }
  // The last turn of a row before a position.
  std::int64_t position_of(std::int64_t row, std::int64_t before) const;
  const std::vector<Turn>& turns() const { return turns_; }

 private:
  std::vector<Turn> turns_;
};

}  // namespace kafault
