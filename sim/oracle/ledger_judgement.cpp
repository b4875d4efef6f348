#include <algorithm>
#include <bit>

#include "sim/oracle/index.hpp"
#include "sim/oracle/ledger.hpp"

namespace kafault {

// What a flow looks at; no_column: it has no such counting point, or nobody publishes anything.
struct Ledger::View {
  static constexpr Column no_column = ~Column{0};

  const RecordTable& of;
  Column handled = no_column;
  Column effects = no_column;
  bool sink_shows_repeats = true;
  Column parked = no_column;
  Column overtaken = no_column;

  // Those of a row that were not sent, acknowledged and everywhere once: mostly none.
  Word odd(std::size_t row) const {
    Word is_fine = of.word(row, is_acked);
    for (const Column times : {Column{copies}, handled, effects}) {
      if (times != no_column) is_fine &= of.word(row, times) & ~of.word(row, times + 1);
    }
    for (const Column times : {parked, overtaken}) {
      if (times != no_column) is_fine &= ~of.word(row, times);
    }
    return of.word(row, is_sent) & ~is_fine;
  }

  std::int64_t times(Place record, Column column) const {
    return column == no_column ? 0 : of.times(record, column);
  }

  void count(Place record, Counts& counts) const {
    const std::int64_t in_final_log = times(record, copies);
    const bool in_log = in_final_log > 0;
    // From the log that the group read, though a leader that cleans or deletes later has it still.
    const bool removed = of.contains(record, is_expired);
    const bool expired = removed && !in_log;
    const bool acked = of.contains(record, is_acked);
    // A crash may have cut off the note of the append, but the final log tells.
    const bool was_appended = of.contains(record, is_appended) || in_log;
    const bool failed = !acked && of.contains(record, is_failed) && !was_appended;
    ++counts.sent;
    counts.acked += acked;
    counts.failed += failed;
    counts.unknown += !acked && !failed;

    counts.expired += expired;
    counts.log_lost += acked && !in_log && !expired;
    counts.log_copies += std::max<std::int64_t>(in_final_log - 1, 0);
    counts.log_unexpected += !acked && in_log;

    const std::int64_t letters = times(record, parked);
    counts.parked += letters;
    counts.overtaken += times(record, overtaken) > 0;
    std::int64_t shown = in_final_log;  // at the flow's last counting point
    if (handled != no_column) {
      shown = times(record, handled);
      counts.unhandled += in_log && shown == 0 && letters == 0 && !removed;
      counts.handled_again += std::max<std::int64_t>(shown - 1, 0);
      counts.ghosts += !in_log && shown > 0 && !expired;
      counts.missed += removed && shown == 0 && letters == 0;
    }
    if (effects != no_column) {
      shown = times(record, effects);
      if (!sink_shows_repeats) shown = std::min<std::int64_t>(shown, 1);
      counts.effects_missing += in_log && shown == 0 && letters == 0 && !removed;
      counts.effects_extra += std::max<std::int64_t>(shown - (in_log || expired), 0);
    }
    shown += letters;
    counts.lost += acked && shown == 0 && !removed;
    counts.given_up += !acked && shown == 0 && !removed;
    counts.duplicated += shown > 1;
  }
};

FlowResult Ledger::judge_flow(const Flow& flow, Instant end, bool settled) const {
  const Producer& by = producers_[at(flow.producer)];
  const bool has_group = flow.group >= 0;
  const bool has_sink = has_group && flow.sink >= 0;
  View view{.of = table_, .sink_shows_repeats = flow.sink_shows_repeats};
  if (has_group) view.handled = handled_by(flow.group);
  if (has_sink) view.effects = effects_of(flow.group, flow.sink);
  if (has_group && !layout_->outlets.empty()) {
    view.parked = parked_by(flow.group);
    view.overtaken = overtaken_by(flow.group);
  }

  FlowResult result;
  for (std::size_t row = 0; row < owners_.size(); ++row) {
    if (owners_[row] != flow.producer) continue;
    Word odd = view.odd(row);
    const int fine = std::popcount(table_.word(row, is_sent) & ~odd);
    result.counts.sent += fine;
    result.counts.acked += fine;
    for (; odd != 0; odd &= odd - 1) {
      const auto bit = static_cast<Place>(std::countr_zero(odd));
      view.count(static_cast<Place>(row) * RecordTable::per_row + bit, result.counts);
    }
  }
  result.counts.reordered = by.reordered;

  result.ack_gap = by.undecided.longest_until(end);
  for (std::uint32_t i = 0; i < by.reader_count; ++i) {
    const Reader& reader = readers_[by.first_reader + i];
    if (reader.group != flow.group) continue;
    result.handling_gap = settled ? reader.unread.longest() : reader.unread.longest_until(end);
  }
  return result;
}

void Ledger::judge(Instant end, std::vector<FlowResult>& out, bool settled) const {
  out.clear();
  for (const Flow& flow : layout_->flows) out.push_back(judge_flow(flow, end, settled));
}

}  // namespace kafault
