#include "sim/client/relay_schedule.hpp"

#include <algorithm>

namespace kafault {
namespace {

// The table, and what polls have found in it. At most one row is late.
class OutboxTable {
 public:
  OutboxTable(const OutboxPlan& plan, std::int64_t rows, Instant start, Duration every)
      : plan_(plan), rows_(rows), start_(start), every_(every) {}

  bool is_empty() const { return next_ == rows_ && !waits_; }
  bool is_late(std::int64_t row) const { return row == plan_.late_row; }
  Instant visible_at(std::int64_t row) const {
    return start_ + every_ * row + (is_late(row) ? plan_.late_by : Duration{});
  }
  // Before that a poll finds nothing.
  Instant next_at() const {
    const bool is_held_up = waits_ && plan_.reads == RelayReads::without_gaps;
    Instant soonest = waits_ ? visible_at(plan_.late_row) : never;
    if (next_ < rows_ && !is_held_up) soonest = std::min(soonest, start_ + every_ * next_);
    return soonest;
  }

  // What a poll finds, by id. True if it has passed over the late row, for ever.
  bool poll(Instant now, std::vector<std::int64_t>& found) {
    found.clear();
    if (waits_ && visible_at(plan_.late_row) <= now) {
      waits_ = false;
      found.push_back(plan_.late_row);
    }
    const auto is_held_up = [&] { return waits_ && plan_.reads == RelayReads::without_gaps; };
    for (; next_ < rows_ && !is_held_up() && start_ + every_ * next_ <= now; ++next_) {
      if (visible_at(next_) > now) {
        waits_ = true;
      } else {
        found.push_back(next_);
      }
    }
    const bool passes_it_over = waits_ && plan_.reads == RelayReads::past_last_id &&
                                !found.empty() && found.back() > plan_.late_row;
    if (passes_it_over) waits_ = false;
    return passes_it_over;
  }

 private:
  const OutboxPlan& plan_;
  std::int64_t rows_;
  Instant start_;
  Duration every_;
  std::int64_t next_ = 0;  // the first id that no poll has come to
  bool waits_ = false;     // the late row: one has come to it, and it was not there
};

}  // namespace

RelaySchedule::RelaySchedule(const OutboxPlan& plan, std::int64_t rows, Instant start,
                             Duration every) {
  turns_.reserve(static_cast<std::size_t>(rows));
  OutboxTable table(plan, rows, start, every);
  if (plan.reads == RelayReads::change_log) {
    for (std::int64_t row = 0; row < rows; ++row) turns_.push_back({row, table.visible_at(row)});
  }
  std::vector<std::int64_t> found;
  Instant earliest = start;
  std::int64_t polls = 0;
  while (plan.reads != RelayReads::change_log && !table.is_empty()) {
    const Instant wanted = std::max(earliest, table.next_at());
    const Instant now = start + (wanted - start + plan.poll - Duration{1}) / plan.poll * plan.poll;
    earliest = now + plan.poll;
    const bool passes_over = table.poll(now, found);
    const Duration late = polls++ == plan.late_poll ? plan.late_poll_by : Duration{};
    for (const std::int64_t row : found) turns_.push_back({row, now + late});
    const bool is_found_again = plan.relays > 1 && !plan.locks && late > plan.poll;
    for (std::size_t i = 0; is_found_again && i < found.size(); ++i) {
      turns_.push_back({found[i], now + plan.poll});
    }
    if (passes_over) turns_.push_back({plan.late_row, table.visible_at(plan.late_row), true});
    if (plan.relays == 1) earliest = std::max(earliest, now + late);
  }
  std::stable_sort(turns_.begin(), turns_.end(),
                   [](const Turn& a, const Turn& b) { return a.due < b.due; });
}

std::int64_t RelaySchedule::position_of(std::int64_t row, std::int64_t before) const {
  std::int64_t position = before - 1;
  while (position > 0 && at(position).row != row) --position;
  return position;
}

}  // namespace kafault
