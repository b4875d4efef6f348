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

inline RecordTimes& Ledger::effects_of(GroupIndex group, std::int32_t sink) {
  KAFAULT_REQUIRE(sink >= 0 && sink < layout_->sinks[at(group)]);
  return effects_[first_sink_[at(group)] + at(sink)];
}

// Visits the records of an observation's sends as words of the sets.
inline void Ledger::for_each_word(const Observation& o, auto&& visit) {
  const RangeMap& places = sends(o.producer, o.partition).places;
  if (const RangeMap::Stretch* const all = places.holding(o.first, o.count)) {  // mostly
    const std::int64_t place = all->value + (o.first - all->first);
    return RecordSet::for_each_word(static_cast<Place>(place), o.count, visit);
  }
  const std::uint32_t sent =
      places.for_each(o.first, o.count, [&](const RangeMap::Stretch& stretch) {
        RecordSet::for_each_word(static_cast<Place>(stretch.value), stretch.count, visit);
      });
  KAFAULT_REQUIRE(sent == o.count);
}

inline void Ledger::insert(const Observation& o, RecordSet& into) {
  for_each_word(o, [&](std::size_t w, Word records) { into.word(w) |= records; });
}

void Ledger::for_each_reader(const Producer& of, auto&& visit) {
  for (std::uint32_t i = 0; i < of.reader_count; ++i) visit(readers_[of.first_reader + i]);
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

  std::size_t words = 0;
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
      readers_.push_back({flow.group, {}});
      ++producers_.back().reader_count;
    }
    words += at(layout.records[p]) / RecordSet::per_word +
             partitions_;  // of a partition, one is not full
  }

  // Never shrunk: what a larger layout has allocated serves the next one of its size.
  sends_.resize(std::max(sends_.size(), producers_.size() * partitions_));
  for (Sends& s : sends_) {
    s.records.clear();
    s.places.clear();
    s.next_place = 0;
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
  std::size_t sinks = 0;
  first_sink_.clear();
  for (const std::int32_t count : layout.sinks) {
    first_sink_.push_back(sinks);
    sinks += at(count);
  }
  const std::size_t places = words * RecordSet::per_word;
  reading_ = no_partition;
  for (RecordSet* set : {&sent_, &acked_, &failed_, &appended_, &seen_}) set->reset(places);
  expired_.reset(0);
  for (RecordTimes* times : {&live_, &copies_}) times->reset(places);
  handlings_.resize(std::max(handlings_.size(), layout.sinks.size()));
  for (RecordTimes& times : handlings_) times.reset(places);
  effects_.resize(std::max(effects_.size(), sinks));
  for (RecordTimes& times : effects_) times.reset(places);
  homes_.clear();
  if (layout.outlets.empty()) return;
  parked_.resize(layout.sinks.size());
  overtaken_.resize(layout.sinks.size());
  for (RecordTimes& times : parked_) times.reset(places);
  for (RecordTimes& times : overtaken_) times.reset(places);
}

// ---- the producer's application ----------------------------------------------------------------

void Ledger::sent(const Observation& o, Instant now) {
  Producer& by = producer(o.producer);
  by.node = o.node;
  KAFAULT_REQUIRE(o.value >= 0 && o.value + o.count <= by.records);

  sends(o.producer, o.partition).records.assign(o.first, o.count, o.value);
  const RangeMap& places = places_[at(o.producer)];
  const auto record = static_cast<RangeMap::Number>(o.value);
  if (record >= places.end()) {  // mostly
    give_places(o, 0, o.count);
  } else {
    for (std::uint32_t i = 0; i < o.count; ++i) {
      const std::int64_t place = places.value_of(record + i);
      if (place < 0) {
        give_places(o, i, 1);
      } else {  // sent again: it keeps its place, and nobody knows yet
        sends(o.producer, o.partition).places.assign(o.first + i, 1, place);
        failed_.erase(at(place));
      }
    }
  }
  by.undecided.add(o.count, now);
}

// To `count` records that were never sent before, from the observation's `from`th on.
inline void Ledger::give_places(const Observation& o, std::uint32_t from, std::uint32_t count) {
  Sends& s = sends(o.producer, o.partition);
  const auto record = static_cast<RangeMap::Number>(o.value);
  for (const std::uint32_t end = from + count; from < end;) {
    if (s.next_place % RecordSet::per_word == 0) {
      s.next_place = static_cast<Place>(owners_.size() * RecordSet::per_word);
      owners_.push_back(o.producer);
    }
    const std::uint32_t room = RecordSet::per_word - s.next_place % RecordSet::per_word;
    const std::uint32_t here = std::min(end - from, room);
    places_[at(o.producer)].assign(record + from, here, s.next_place);
    s.places.assign(o.first + from, here, s.next_place);
    RecordSet::for_each_word(s.next_place, here,
                             [&](std::size_t w, Word records) { sent_.word(w) |= records; });
    s.next_place += here;
    from += here;
  }
}

void Ledger::acked(const Observation& o, Instant now) {
  if (is_outlet(o.producer)) return;
  insert(o, acked_);
  WaitClock& undecided = producer(o.producer).undecided;
  undecided.progress(now);
  undecided.remove(o.count, now);
}

void Ledger::failed(const Observation& o, Instant now) {
  if (is_outlet(o.producer)) return;
  insert(o, failed_);
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
  const bool from_a_zombie = o.epoch < log.epoch;
  if (!from_a_zombie) cut(log, o.partition, o.offset, now);
  if (o.producer < 0) return;
  if (from_a_zombie) {
    if (life_of(o.epoch) < life_of(log.epoch)) insert(o, expired_);
    return insert(o, appended_);
  }
  const bool is_reborn = life_of(o.epoch) > 0;
  const Producer& by = producer(o.producer);
  for_each_word(o, [&](std::size_t w, Word records) {
    const Word dead = records & ~live_.once(w);
    for_each_reader(by, [&](Reader& reader) {
      reader.unread.add(std::popcount(dead & ~handlings_[at(reader.group)].once(w)), now);
    });
    appended_.word(w) |= records;
    if (is_reborn) expired_.word(w) &= ~records;
    live_.add(w, records);
  });
  log.epoch = std::max(log.epoch, o.epoch);
  if (!log.stretches.empty()) {
    Stretch& last = log.stretches.back();
    if (last.producer == o.producer && last.end() == o.offset &&
        last.first + last.count == o.first) {
      last.count += o.count;
      return;
    }
  }
  log.stretches.push_back({o.offset, o.producer, o.first, o.count});
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

inline void Ledger::cut(LeaderLog& log, PartitionId partition, Offset end, Instant now) {
  while (!log.stretches.empty() && log.stretches.back().end() > end) {
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
  for_each_word(gone, [&](std::size_t w, Word records) {
    const Word dead = live_.take(w, records);
    for_each_reader(producer(gone.producer), [&](Reader& reader) {
      const Word handled = handlings_[at(reader.group)].once(w);
      reader.unread.remove(std::popcount(dead & ~handled), now);
    });
  });
}

// Retention or DeleteRecords. Nobody waits any more for what was not handled by then.
void Ledger::start_advanced(const Observation& o, Instant now) {
  LeaderLog& log = logs_[at(o.partition)];
  if (o.epoch < log.epoch) return;
  if (expired_.words() == 0) expired_.reset(sent_.words() * RecordSet::per_word);
  auto stretch = log.stretches.begin();
  for (; stretch != log.stretches.end() && stretch->offset < o.offset; ++stretch) {
    const Offset end = std::min(stretch->end(), o.offset);
    Observation gone;
    gone.producer = stretch->producer;
    gone.partition = o.partition;
    gone.first = stretch->first;
    gone.count = static_cast<std::uint32_t>(end - stretch->offset);
    insert(gone, expired_);
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
  if (expired_.words() == 0) expired_.reset(sent_.words() * RecordSet::per_word);
  insert(o, expired_);
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
  Reader* const by = reader(producer(o.producer), o.group);
  if (by != nullptr) by->unread.progress(now);
  RecordTimes& handled = handlings_[at(o.group)];
  for_each_word(o, [&](std::size_t w, Word records) {
    if (by != nullptr) {
      by->unread.remove(std::popcount(records & live_.once(w) & ~handled.once(w)), now);
    }
    handled.add(w, records);
  });
}

void Ledger::effect_applied(const Observation& o) {
  if (o.producer < 0) return;
  RecordTimes& effects = effects_of(o.group, static_cast<std::int32_t>(o.value));
  for_each_word(o, [&](std::size_t w, Word records) { effects.add(w, records); });
}

// ---- the judgement -----------------------------------------------------------------------------

// A sink that overwrites or loses does not show what its effects add up to.
void Ledger::effect_read(const Observation& o) {
  RecordTimes& effects = effects_of(o.group, static_cast<std::int32_t>(o.value));
  for_each_word(o, [&](std::size_t w, Word record) {
    while ((effects.once(w) & record) != 0) static_cast<void>(effects.take(w, record));
    for (std::int32_t i = 0; i < o.epoch; ++i) effects.add(w, record);
  });
}

// The final log comes partition by partition, in the order of offsets.
void Ledger::read(const Observation& o) {
  if (o.producer < 0) return;
  if (is_outlet(o.producer)) return read_elsewhere(o);
  if (o.partition != reading_) {
    reading_ = o.partition;
    seen_.reset(seen_.words() * RecordSet::per_word);
  }
  // Of sends one behind the other, each may be a record that was sent before; of records one behind
  // the other, none is.
  sends(o.producer, o.partition).records.for_each(o.first, o.count, [&](const auto& records) {
    Observation part = o;
    part.first = records.first;
    part.count = records.count;
    read_records(part, records.value);
  });
}

// Sends of as many records, from `record` on.
void Ledger::read_records(const Observation& o, std::int64_t record) {
  Producer& by = producer(o.producer);
  Sends& s = sends(o.producer, o.partition);
  const auto appear = [&](std::int64_t first, std::uint32_t count) {
    by.reordered += s.last_seen > first;
    s.last_seen = first + count - 1;
  };
  Word again = 0;
  for_each_word(o, [&](std::size_t w, Word records) {
    again |= seen_.word(w) & records;
    copies_.add(w, records);
  });
  if (again == 0) {  // mostly
    appear(record, o.count);
  } else {
    for (std::uint32_t i = 0; i < o.count; ++i) {
      const bool is_copy = seen_.contains(at(s.places.value_of(o.first + i)));
      if (!is_copy) appear(record + i, 1);
    }
  }
  insert(o, seen_);
}

}  // namespace kafault
