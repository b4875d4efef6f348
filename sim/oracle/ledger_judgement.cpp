#include <algorithm>
#include <bit>

#include "sim/oracle/index.hpp"
#include "sim/oracle/ledger.hpp"

namespace kafault {

// What a flow looks at; nullptr: it has no such counting point.
struct Ledger::View {
  const Ledger& of;
  const RecordTimes* handled;
  const RecordTimes* effects;
  bool sink_shows_repeats;
  const RecordTimes* parked;     // nullptr: nobody publishes anything
  const RecordTimes* overtaken;  // likewise

  // Those of a word that were not sent, acknowledged and everywhere once: mostly none.
  Word odd(std::size_t w) const {
    Word is_fine = of.acked_.word(w);
    for (const RecordTimes* times : {&of.copies_, handled, effects}) {
      if (times != nullptr) is_fine &= times->once(w) & ~times->again(w);
    }
    if (parked != nullptr) is_fine &= ~parked->once(w) & ~overtaken->once(w);
    return of.sent_.word(w) & ~is_fine;
  }

  void count(std::size_t record, Counts& counts) const {
    const std::int64_t copies = of.copies_.times(record);
    const bool in_log = copies > 0;
    // From the log that the group read, though a leader that cleans or deletes later has it still.
    const bool removed = of.expired_.words() > 0 && of.expired_.contains(record);
    const bool expired = removed && !in_log;
    const bool acked = of.acked_.contains(record);
    // A crash may have cut off the note of the append, but the final log tells.
    const bool was_appended = of.appended_.contains(record) || in_log;
    const bool failed = !acked && of.failed_.contains(record) && !was_appended;
    ++counts.sent;
    counts.acked += acked;
    counts.failed += failed;
    counts.unknown += !acked && !failed;

    counts.expired += expired;
    counts.log_lost += acked && !in_log && !expired;
    counts.log_copies += std::max<std::int64_t>(copies - 1, 0);
    counts.log_unexpected += !acked && in_log;

    const std::int64_t letters = parked == nullptr ? 0 : parked->times(record);
    counts.parked += letters;
    counts.overtaken += overtaken != nullptr && overtaken->times(record) > 0;
    std::int64_t shown = copies;  // at the flow's last counting point
    if (handled != nullptr) {
      shown = handled->times(record);
      counts.unhandled += in_log && shown == 0 && letters == 0 && !removed;
      counts.handled_again += std::max<std::int64_t>(shown - 1, 0);
      counts.ghosts += !in_log && shown > 0 && !expired;
      counts.missed += removed && shown == 0 && letters == 0;
    }
    if (effects != nullptr) {
      shown = effects->times(record);
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
  const View view{*this,
                  has_group ? &handlings_[at(flow.group)] : nullptr,
                  has_sink ? &effects_[first_sink_[at(flow.group)] + at(flow.sink)] : nullptr,
                  flow.sink_shows_repeats,
                  has_group && !parked_.empty() ? &parked_[at(flow.group)] : nullptr,
                  has_group && !overtaken_.empty() ? &overtaken_[at(flow.group)] : nullptr};

  FlowResult result;
  for (std::size_t w = 0; w < owners_.size(); ++w) {
    if (owners_[w] != flow.producer) continue;
    Word odd = view.odd(w);
    const int fine = std::popcount(sent_.word(w) & ~odd);
    result.counts.sent += fine;
    result.counts.acked += fine;
    for (; odd != 0; odd &= odd - 1) {
      const auto bit = static_cast<std::size_t>(std::countr_zero(odd));
      view.count(w * RecordSet::per_word + bit, result.counts);
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
