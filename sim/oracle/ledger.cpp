#include "sim/oracle/ledger.hpp"

#include <algorithm>
#include <bit>

#include "sim/kernel/contract.hpp"
#include "sim/oracle/index.hpp"
#include "sim/protocol/topic_life.hpp"

namespace kafault {

// ---- where things lie --------------------------------------------------------------------------

inline Ledger::Reader* Ledger::reader(Producer& of, GroupIndex group) {
  for (std::uint32_t i = 0; i < of.reader_count; ++i) {
    Reader& candidate = readers_[of.first_reader + i];
    if (candidate.group == group) return &candidate;
  }
  return nullptr;
}

// Mostly each record has been sent once, and lies where its send's number says.
inline Ledger::Piece Ledger::first_piece(const Sends& s, SendNumber first, std::uint32_t count) {
  const std::size_t nth_row = first / RecordTable::per_row;
  if (nth_row < s.rows.size()) [[likely]] {
    const std::uint32_t room = RecordTable::per_row - first % RecordTable::per_row;
    const std::uint32_t here = std::min(count, room);
    const Row row = table_.row(s.rows[nth_row]);
    const Word records = RecordTable::bits(first, here);
    if ((records & ~row[is_sent]) == 0) [[likely]]
      return {row, records, here};
  }
  const auto [row, records] = first_resent(s, first, count);
  return {row, records, static_cast<std::uint32_t>(std::popcount(records))};
}

// Where some sends are not the first of their record: that one, or those before it.
[[gnu::cold, gnu::noinline]] Ledger::Records Ledger::first_resent(const Sends& s, SendNumber first,
                                                                  std::uint32_t count) {
  const Place place = place_of(s, first);
  const Row row = table_.row(place / RecordTable::per_row);
  if (s.resent.has_any(first, 1)) return {row, RecordTable::bit(place)};
  const std::uint32_t bit = place % RecordTable::per_row;
  const auto sent = static_cast<std::uint32_t>(std::countr_one(row[is_sent] >> bit));
  return {row, RecordTable::bits(place, std::min({count, RecordTable::per_row - bit, sent}))};
}

// Of the record of this send; -1: there is no such send.
std::int64_t Ledger::find_place(const Sends& s, SendNumber send) const {
  const std::size_t nth_row = send / RecordTable::per_row;
  if (nth_row < s.rows.size()) {
    const Place own = s.rows[nth_row] * RecordTable::per_row + send % RecordTable::per_row;
    if (table_.contains(own, is_sent)) return own;
  }
  return s.resent.value_of(send);
}

RecordTable::Place Ledger::place_of(const Sends& s, SendNumber send) const {
  const std::int64_t place = find_place(s, send);
  KAFAULT_REQUIRE(place >= 0);
  return static_cast<Place>(place);
}

// Visits where the records of an observation's sends are, in their order.
inline void Ledger::for_each_piece(const Observation& o, auto&& visit) {
  const Sends& s = sends(o.producer, o.partition);
  for (std::uint32_t seen = 0; seen < o.count;) {
    const Piece piece = first_piece(s, o.first + seen, o.count - seen);
    visit(piece);
    seen += piece.count;
  }
}

// A batch mostly lies in one row. Where it does not, it is seen as several.
[[gnu::cold, gnu::noinline]] void Ledger::see_row_by_row(const Observation& o, Instant now) {
  Observation part = o;
  for_each_piece(o, [&](const Piece& piece) {
    part.count = piece.count;
    see(part, now);
    part.first += piece.count;
    part.offset += static_cast<Offset>(piece.count);
  });
}

inline void Ledger::insert(const Observation& o, Column into) {
  for_each_piece(o, [&](const Piece& piece) { piece.row[into] |= piece.records; });
}

std::int64_t Ledger::record_of(ProducerIndex p, PartitionId partition, SendNumber send) const {
  if (p < 0 || partition < 0) return -1;
  const std::int64_t value = sends(p, partition).records.value_of(send);
  if (value < 0 || !is_outlet(p)) return value;
  const Home& home = homes_[at(value)];
  return sends(home.producer, home.partition).records.value_of(home.send);
}

// ---- the life of a run -------------------------------------------------------------------------

void Ledger::reset(const LedgerLayout& layout) {
  KAFAULT_REQUIRE(layout.cluster != nullptr);
  layout_ = &layout;
  partitions_ = layout.cluster->partitions.size();

  own_producers_ = static_cast<ProducerIndex>(layout.records.size() - layout.outlets.size());

  std::size_t rows = 0;
  producers_.clear();
  readers_.clear();
  for (std::size_t p = 0; p < layout.records.size(); ++p) {
    Producer fresh;
    fresh.records = static_cast<std::uint32_t>(layout.records[p]);
    fresh.first_reader = static_cast<std::uint32_t>(readers_.size());
    producers_.push_back(fresh);
    for (const Flow& flow : layout.flows) {
      if (at(flow.producer) != p || flow.group < 0) continue;
      if (reader(producers_.back(), flow.group) != nullptr) continue;
      readers_.push_back({flow.group, handled_by(flow.group), {}});
      ++producers_.back().reader_count;
    }
    rows += at(layout.records[p]) / RecordTable::per_row +
            partitions_;  // of a partition, one is not full
  }

  // Never shrunk: what a larger layout has allocated serves the next one of its size.
  sends_.resize(std::max(sends_.size(), producers_.size() * partitions_));
  for (Sends& s : sends_) {
    s.records.clear();
    s.rows.clear();
    s.resent.clear();
    s.last_seen = -1;
  }
  places_.resize(std::max(places_.size(), producers_.size()));
  for (RangeMap& places : places_) places.clear();
  owners_.clear();
  logs_.resize(std::max(logs_.size(), partitions_));
  for (LeaderLog& log : logs_) {
    log.epoch = no_epoch;
    log.stretches.clear();
  }
  reading_ = no_partition;
  homes_.clear();
  const auto groups = static_cast<std::int64_t>(layout.sinks.size());
  Column columns = nth(first_handled, groups);
  first_effects_.clear();
  for (const std::int32_t sinks : layout.sinks) {
    first_effects_.push_back(columns);
    columns = nth(columns, sinks);
  }
  if (!layout.outlets.empty()) {
    first_parked_ = columns;
    first_overtaken_ = nth(first_parked_, groups);
    columns = nth(first_overtaken_, groups);
  }
  table_.reset(columns, rows);
}

// ---- the producer's application ----------------------------------------------------------------

// To records that were never sent before.
[[gnu::always_inline]] inline void Ledger::give_places(const Observation& o) {
  Sends& s = sends(o.producer, o.partition);
  RangeMap& places = places_[at(o.producer)];
  auto record = static_cast<RangeMap::Number>(o.value);
  const SendNumber end = o.first + o.count;
  for (SendNumber send = o.first; send < end;) {
    const std::size_t nth_row = send / RecordTable::per_row;
    while (s.rows.size() <= nth_row) add_row(s, o.producer);
    const std::uint32_t bit = send % RecordTable::per_row;
    const std::uint32_t here = std::min(end - send, RecordTable::per_row - bit);
    const Word records = RecordTable::bits(bit, here);
    Word& sent = table_.row(s.rows[nth_row])[is_sent];
    KAFAULT_REQUIRE((sent & records) == 0);
    sent |= records;
    places.assign(record, here, s.rows[nth_row] * RecordTable::per_row + bit);
    record += here;
    send += here;
  }
  Producer& by = producer(o.producer);
  by.next_record = std::max(by.next_record, record);
}

void Ledger::sent(const Observation& o, Instant now) {
  Producer& by = producer(o.producer);
  by.node = o.node;
  KAFAULT_REQUIRE(o.value >= 0 && o.value + o.count <= by.records);
  by.undecided.add(o.count, now);
  sends(o.producer, o.partition).records.assign(o.first, o.count, o.value);
  if (o.value < by.next_record) [[unlikely]]
    return send_again(o);
  give_places(o);
}

// Some records may have been sent before: they keep their places, and nobody knows yet.
[[gnu::cold, gnu::noinline]] void Ledger::send_again(const Observation& o) {
  const RangeMap& places = places_[at(o.producer)];
  Observation one = o;
  one.count = 1;
  for (std::uint32_t i = 0; i < o.count; ++i, ++one.first, ++one.value) {
    const std::int64_t place = places.value_of(static_cast<RangeMap::Number>(one.value));
    if (place < 0) {
      give_places(one);
    } else {
      sends(o.producer, o.partition).resent.assign(one.first, 1, place);
      table_.row(at(place) / RecordTable::per_row)[is_failed] &=
          ~RecordTable::bit(static_cast<Place>(place));
    }
  }
}

[[gnu::noinline]] void Ledger::add_row(Sends& s, ProducerIndex owner) {
  s.rows.push_back(table_.add_row());
  owners_.push_back(owner);
}

void Ledger::acked(const Observation& o, Instant now) {
  if (is_outlet(o.producer)) return;
  const Piece piece = first_piece(sends(o.producer, o.partition), o.first, o.count);
  if (piece.count < o.count) [[unlikely]]
    return see_row_by_row(o, now);
  piece.row[is_acked] |= piece.records;
  WaitClock& undecided = producer(o.producer).undecided;
  undecided.progress(now);
  undecided.remove(o.count, now);
}

void Ledger::failed(const Observation& o, Instant now) {
  if (is_outlet(o.producer)) return;
  insert(o, is_failed);
  producer(o.producer).undecided.remove(o.count, now);
}

// Whoever waited for a callback in that process does not any more.
void Ledger::process_ended(NodeId node, Instant now) {
  for (Producer& candidate : producers_) {
    if (candidate.node == node) candidate.undecided.nobody_waits(now);
  }
}

// ---- the logs of the leaders -------------------------------------------------------------------

// A record lies unread in a group while a current leader has it and the group never handled it.
void Ledger::appended(const Observation& o, Instant now) {
  LeaderLog& log = logs_[at(o.partition)];
  if (o.epoch < log.epoch) return appended_late(o);
  if (log.goes_past(o.offset)) [[unlikely]]
    cut(log, o.partition, o.offset, now);
  if (o.producer < 0) return;
  const Piece piece = first_piece(sends(o.producer, o.partition), o.first, o.count);
  if (piece.count < o.count) [[unlikely]]
    return see_row_by_row(o, now);
  const auto& [row, records, count] = piece;
  const Word dead = records & ~row[live];
  const Producer& by = producer(o.producer);
  for (std::uint32_t i = 0; i < by.reader_count; ++i) {
    Reader& reader = readers_[by.first_reader + i];
    reader.unread.add(piece.count_of(dead & ~row[reader.handled]), now);
  }
  row[is_appended] |= records;
  if (life_of(o.epoch) > 0) row[is_expired] &= ~records;  // it is there again
  table_.add(row, live, records);
  log.epoch = o.epoch;
  if (log.stretches.empty() || !log.stretches.back().goes_on_with(o)) begin_stretch(log, o);
  log.stretches.back().count += o.count;
}

// By a leader that was replaced and does not know it.
[[gnu::cold, gnu::noinline]] void Ledger::appended_late(const Observation& o) {
  if (o.producer < 0) return;
  if (life_of(o.epoch) < life_of(logs_[at(o.partition)].epoch)) insert(o, is_expired);
  insert(o, is_appended);
}

[[gnu::noinline]] void Ledger::begin_stretch(LeaderLog& log, const Observation& o) {
  log.stretches.push_back({o.offset, o.producer, o.first, 0});
}

// Simplified: what the new leader has below its log end is taken to be what the old one had. It
// differs only after an unclean election of a replica that had diverged, and only gaps depend on
// it.
void Ledger::leadership_taken(const Observation& o, Instant now) {
  LeaderLog& log = logs_[at(o.partition)];
  if (o.epoch <= log.epoch) return;
  log.epoch = o.epoch;
  cut(log, o.partition, o.offset, now);
}

[[gnu::noinline]] void Ledger::cut(LeaderLog& log, PartitionId partition, Offset end, Instant now) {
  while (log.goes_past(end)) {
    Stretch& last = log.stretches.back();
    const auto keep = static_cast<std::uint32_t>(std::max<Offset>(end - last.offset, 0));
    remove(last, partition, keep, now);
    last.count = keep;
    if (keep > 0) return;
    log.stretches.pop_back();
  }
}

void Ledger::remove(const Stretch& stretch, PartitionId partition, std::uint32_t keep,
                    Instant now) {
  Observation gone;
  gone.producer = stretch.producer;
  gone.partition = partition;
  gone.first = stretch.first + keep;
  gone.count = stretch.count - keep;
  remove(gone, now);
}

void Ledger::remove(const Observation& gone, Instant now) {
  const Producer& by = producer(gone.producer);
  for_each_piece(gone, [&](const Piece& piece) {
    const Word dead = table_.take(piece.row, live, piece.records);
    for (std::uint32_t i = 0; i < by.reader_count; ++i) {
      Reader& reader = readers_[by.first_reader + i];
      reader.unread.remove(piece.count_of(dead & ~piece.row[reader.handled]), now);
    }
  });
}

// Retention or DeleteRecords. Nobody waits any more for what was not handled by then.
void Ledger::start_advanced(const Observation& o, Instant now) {
  LeaderLog& log = logs_[at(o.partition)];
  if (o.epoch < log.epoch) return;
  auto stretch = log.stretches.begin();
  for (; stretch != log.stretches.end() && stretch->offset < o.offset; ++stretch) {
    const Offset end = std::min(stretch->end(), o.offset);
    Observation gone;
    gone.producer = stretch->producer;
    gone.partition = o.partition;
    gone.first = stretch->first;
    gone.count = static_cast<std::uint32_t>(end - stretch->offset);
    insert(gone, is_expired);
    remove(gone, now);
    stretch->offset = end;
    stretch->first += gone.count;
    stretch->count -= gone.count;
    if (stretch->count > 0) break;
  }
  log.stretches.erase(log.stretches.begin(), stretch);
}

// All that it had is deleted by policy, and so is what leaders append that do not know it yet. What
// a producer sends again to the next topic is there.
void Ledger::topic_deleted(const Observation& o, Instant now) {
  Observation everything = o;
  everything.offset = INT64_MAX;
  start_advanced(everything, now);
  logs_[at(o.partition)].epoch = o.epoch;
}

// A replica's cleaner. As long as that one does not lead, the record may still be read, and nobody
// can say that it is gone.
void Ledger::compacted(const Observation& o, Instant now) {
  if (o.producer < 0) return;
  insert(o, is_expired);
  LeaderLog& log = logs_[at(o.partition)];
  if (o.epoch == no_epoch || o.epoch < log.epoch) return;
  const auto holding =
      std::find_if(log.stretches.begin(), log.stretches.end(), [&](const Stretch& stretch) {
        return stretch.offset <= o.offset && o.offset < stretch.end();
      });
  if (holding == log.stretches.end()) return;
  remove(o, now);
  const auto before = static_cast<std::uint32_t>(o.offset - holding->offset);
  const Stretch behind{o.offset + static_cast<Offset>(o.count), o.producer, o.first + o.count,
                       holding->count - before - o.count};
  holding->count = before;
  const auto next = std::next(holding);
  if (behind.count > 0) log.stretches.insert(next, behind);
  std::erase_if(log.stretches, [](const Stretch& stretch) { return stretch.count == 0; });
}

// ---- the consumer's application ----------------------------------------------------------------

void Ledger::processed(const Observation& o, Instant now) {
  if (o.producer < 0) return;
  if (is_outlet(o.producer)) return processed_elsewhere(o, now);
  const Piece piece = first_piece(sends(o.producer, o.partition), o.first, o.count);
  if (piece.count < o.count) [[unlikely]]
    return see_row_by_row(o, now);
  const auto& [row, records, count] = piece;
  const Column handled = handled_by(o.group);
  if (Reader* const by = reader(producer(o.producer), o.group)) {
    by->unread.progress(now);
    by->unread.remove(piece.count_of(records & row[live] & ~row[handled]), now);
  }
  table_.add(row, handled, records);
}

void Ledger::effect_applied(const Observation& o, Instant now) {
  if (o.producer < 0) return;
  const Piece piece = first_piece(sends(o.producer, o.partition), o.first, o.count);
  if (piece.count < o.count) [[unlikely]]
    return see_row_by_row(o, now);
  table_.add(piece.row, effects_of(o.group, o.value), piece.records);
}

// ---- the judgement -----------------------------------------------------------------------------

// A sink that overwrites or loses does not show what its effects add up to.
void Ledger::effect_read(const Observation& o) {
  const Column effects = effects_of(o.group, o.value);
  for_each_piece(o, [&](const Piece& piece) {
    const auto& [row, record, count] = piece;
    while ((row[effects] & record) != 0) static_cast<void>(table_.take(row, effects, record));
    for (std::int32_t i = 0; i < o.epoch; ++i) table_.add(row, effects, record);
  });
}

// The final log comes partition by partition, in the order of offsets.
void Ledger::read(const Observation& o) {
  if (o.producer < 0) return;
  if (is_outlet(o.producer)) return read_elsewhere(o);
  if (o.partition != reading_) {
    reading_ = o.partition;
    table_.clear(is_seen);
  }
  SendNumber first = o.first;
  for_each_piece(o, [&](const Piece& piece) {
    const auto& [row, records, count] = piece;
    const Word copied = row[is_seen] & records;
    row[is_seen] |= records;
    table_.add(row, copies, records);
    if (copied == 0) {  // mostly
      appear(o, first, count);
    } else {
      for (std::uint32_t i = 0; i < count; ++i) {
        const bool is_copy = (copied & (records & -records) << i) != 0;
        if (!is_copy) appear(o, first + i, 1);
      }
    }
    first += count;
  });
}

// Records that were not in the final log before. Of sends one behind the other, each may be of any
// record.
inline void Ledger::appear(const Observation& o, SendNumber first, std::uint32_t count) {
  Producer& by = producer(o.producer);
  Sends& s = sends(o.producer, o.partition);
  s.records.for_each(first, count, [&](const RangeMap::Stretch& records) {
    by.reordered += s.last_seen > records.value;
    s.last_seen = records.value + records.count - 1;
  });
}

}  // namespace kafault
