#include "sim/sink/sink_table.hpp"

#include <algorithm>

#include "sim/protocol/mutants.hpp"

namespace kafault {

void SinkTable::resize(const SentRecords& sent, bool may_fail_over) {
  may_fail_over_ = may_fail_over;
  records_.resize(sent.records());
  rows_.resize(has_rows(plan_.kind) ? sent.rows() : 0);
  sums_.resize(plan_.kind == SinkKind::read_then_write ? sent.rows() : 0);
  clear();
}

void SinkTable::clear() {
  std::fill(records_.begin(), records_.end(), Record{});
  std::fill(rows_.begin(), rows_.end(), no_record);
  keys_.clear();
  for (auto& added : sums_) added.clear();
  answers_.clear();
  changes_.clear();
  gone_back_ = 0;
}

// ---- before and after an effect ----------------------------------------------------------------

bool SinkTable::ask(NodeId node, RecordIndex record, const SentRecords& sent, Instant now) {
  const Record& known = records_[record];
  Answer told{node, record, false};
  switch (plan_.kind) {
    case SinkKind::read_then_write:
      told.added = sums_[sent.row_of(record)].size();
      break;
    case SinkKind::select_then_insert:
      told.is_known = known.shown > 0;
      break;
    case SinkKind::log_then_wal:
      told.is_known =
          known.closed_by == node || (known.logged_by == node && plan_.checks && known.shown > 0);
      break;
    default:
      told.is_known = has_id(known, now);
  }
  answer(told);
  return told.is_known;
}

bool SinkTable::store_id(NodeId node, RecordIndex record, Instant now) {
  Record& known = records_[record];
  switch (plan_.kind) {
    case SinkKind::inbox_before: {
      const bool is_known = has_id(known, now);
      answer({node, record, is_known});
      if (!is_known) keep_id(record, now);
      return !is_known;
    }
    case SinkKind::log_then_wal: {
      const bool comes_before = std::any_of(
          answers_.begin(), answers_.end(),
          [&](const Answer& told) { return told.node == node && told.record == record; });
      (comes_before ? known.logged_by : known.closed_by) = node;
      return true;
    }
    default:
      if (has_id(known, now)) return false;
      keep_id(record, now);
      return true;
  }
}

bool SinkTable::has_id(const Record& record, Instant now) const {
  return record.id_since != never && now - record.id_since < plan_.remembers;
}

void SinkTable::keep_id(RecordIndex record, Instant now) {
  // A cache is no part of the database, and stays as it is when that fails over.
  if (plan_.kind != SinkKind::cache) remember(Change::Of::id, record, 0, now);
  records_[record].id_since = now;
}

void SinkTable::answer(const Answer& answer) {
  take_answer(answer.node, answer.record);
  answers_.push_back(answer);
}

SinkTable::Answer SinkTable::take_answer(NodeId node, RecordIndex record) {
  const auto at = std::find_if(answers_.begin(), answers_.end(), [&](const Answer& told) {
    return told.node == node && told.record == record;
  });
  if (at == answers_.end()) return {node, record, false};
  const Answer told = *at;
  answers_.erase(at);
  return told;
}

// ---- the effect --------------------------------------------------------------------------------

bool SinkTable::write(const Observation& effect, const SentRecords& sent, Instant now) {
  const RecordIndex index = sent.index_of(effect);
  Record& record = records_[index];
  record.was_tried = true;
  if (!admits(effect, index, sent, now)) return false;
  ++record.noted;
  if (plan_.kind == SinkKind::unique_id && record.shown > 0) return true;
  ++record.shown;
  remember(Change::Of::effect, index, 0, now);
  return true;
}

bool SinkTable::admits(const Observation& effect, RecordIndex record, const SentRecords& sent,
                       Instant now) {
  switch (plan_.kind) {
    case SinkKind::append:
    case SinkKind::counter:
    case SinkKind::unique_id:
    case SinkKind::consumer_uuid:
      return true;
    case SinkKind::timestamp_key:
      return insert_key(sent.created_ms(effect), now);
    case SinkKind::upsert:
    case SinkKind::newest_version:
    case SinkKind::newest_timestamp:
      return write_row(record, sent, now);
    case SinkKind::inbox:
      if (has_id(records_[record], now)) return false;
      keep_id(record, now);
      return true;
    case SinkKind::select_then_insert:
    case SinkKind::inbox_before:
    case SinkKind::inbox_after:
    case SinkKind::cache:
    case SinkKind::log_then_wal:
      return !take_answer(effect.node, record).is_known;
    case SinkKind::read_then_write:
      write_sum(record, take_answer(effect.node, record).added, sent);
      return true;
  }
  return true;
}

bool SinkTable::insert_key(std::int64_t key, Instant now) {
  const auto at = std::lower_bound(keys_.begin(), keys_.end(), key);
  if (at != keys_.end() && *at == key) return false;
  keys_.insert(at, key);
  remember(Change::Of::key, key, 0, now);
  return true;
}

bool SinkTable::is_newer(RecordIndex record, RecordIndex than, const SentRecords& sent) const {
  if (plan_.kind == SinkKind::newest_version) return record > than;
  const auto stamp = [&](RecordIndex of) {
    return sent.updated_at(of).time_since_epoch() / plan_.resolution;
  };
  return stamp(record) > stamp(than);
}

bool SinkTable::write_row(RecordIndex record, const SentRecords& sent, Instant now) {
  RecordIndex& row = rows_[sent.row_of(record)];
  const bool has_condition =
      plan_.kind != SinkKind::upsert && !is_mutant(Mutant::condition_forgotten_in_sink);
  if (has_condition && row != no_record && !is_newer(record, row, sent)) return false;
  if (row != no_record && record < row) ++gone_back_;
  remember(Change::Of::row, static_cast<std::int64_t>(sent.row_of(record)), row, now);
  row = record;
  return true;
}

// The sum that was read, and one more: whatever was added since is gone.
void SinkTable::write_sum(RecordIndex record, std::size_t read, const SentRecords& sent) {
  std::vector<RecordIndex>& added = sums_[sent.row_of(record)];
  for (std::size_t i = read; i < added.size(); ++i) --records_[added[i]].shown;
  added.resize(read);
  added.push_back(record);
}

// ---- failures ----------------------------------------------------------------------------------

void SinkTable::remember(Change::Of what, std::int64_t where, std::int64_t before, Instant now) {
  if (may_fail_over_) changes_.push_back({now, what, where, before});
}

void SinkTable::fail_over(Instant to) {
  for (; !changes_.empty() && changes_.back().at > to; changes_.pop_back()) {
    const Change& change = changes_.back();
    const auto where = static_cast<std::size_t>(change.where);
    switch (change.what) {
      case Change::Of::effect:
        --records_[where].shown;
        break;
      case Change::Of::id:
        records_[where].id_since = never;
        break;
      case Change::Of::row:
        rows_[where] = static_cast<RecordIndex>(change.before);
        break;
      case Change::Of::key:
        keys_.erase(std::lower_bound(keys_.begin(), keys_.end(), change.where));
        break;
    }
  }
}

// Simplified: files that are lost are lost whole.
void SinkTable::process_ended(NodeId node) {
  std::erase_if(answers_, [&](const Answer& told) { return told.node == node; });
  if (plan_.kind != SinkKind::log_then_wal || plan_.keeps_files) return;
  for (Record& record : records_) {
    if (record.logged_by == node) record.logged_by = no_node;
    if (record.closed_by == node) record.closed_by = no_node;
  }
}

// ---- what it shows in the end ------------------------------------------------------------------

// A row shows a record if its last state is that record's, or a newer one's.
std::int32_t SinkTable::shown(RecordIndex record, const SentRecords& sent) const {
  const Record& known = records_[record];
  if (!has_rows(plan_.kind) || !known.was_tried) return known.shown;
  const RecordIndex row = rows_[sent.row_of(record)];
  return row != no_record && record <= row ? 1 : 0;
}

std::int32_t SinkTable::noted(RecordIndex record) const {
  const std::int32_t times = records_[record].noted;
  return shows_repeats(plan_.kind) ? times : std::min(times, 1);
}

std::int64_t SinkTable::stale_rows(std::int32_t producer, const SentRecords& sent) const {
  std::vector<bool> is_stale(rows_.size());
  for (RecordIndex record = 0; record < records_.size() && !rows_.empty(); ++record) {
    if (!records_[record].was_tried || sent.producer_of(record) != producer) continue;
    if (shown(record, sent) == 0) is_stale[sent.row_of(record)] = true;
  }
  return std::count(is_stale.begin(), is_stale.end(), true);
}

void SinkTable::hash_into(Fingerprint& print) const {
  for (const Record& record : records_) {
    print.add(record.shown, record.was_tried, record.id_since != never, record.logged_by,
              record.closed_by);
  }
  for (const RecordIndex row : rows_) print.add(row);
  print.add(keys_.size());
  for (const std::int64_t key : keys_) print.add(key);
  for (const Answer& told : answers_) print.add(told.node, told.record, told.is_known, told.added);
  for (const auto& added : sums_) {
    for (const RecordIndex record : added) print.add(record);
  }
  if (plan_.remembers == forever) return;
  for (const Record& record : records_) {
    if (record.id_since != never) print.deadline(record.id_since + plan_.remembers);
  }
}

}  // namespace kafault
