// Records that a consuming application passes on to another topic. There they are the same records:
// whoever handles one there has handled it, and one that lies where its group does not read is
// parked, not lost.
#include "sim/kernel/contract.hpp"
#include "sim/oracle/index.hpp"
#include "sim/oracle/ledger.hpp"

namespace kafault {

inline void Ledger::add(Column times, Place place) {
  table_.add(table_.row(place / RecordTable::per_row), times, RecordTable::bit(place));
}

// Where a send of an outlet was sent first, by a producer of the scenario.
const Ledger::Home& Ledger::home_of(const Observation& o, std::uint32_t i) const {
  const std::int64_t home = sends(o.producer, o.partition).records.value_of(o.first + i);
  KAFAULT_REQUIRE(home >= 0);
  return homes_[at(home)];
}

void Ledger::forwarded(const Observation& o) {
  Observation read = o;
  read.producer = o.epoch;
  read.partition = static_cast<PartitionId>(o.value);
  read.first = static_cast<SendNumber>(o.offset);
  const Home home =
      is_outlet(read.producer) ? home_of(read, 0) : Home{read.producer, read.partition, read.first};
  const Place place = place_of(sends(home.producer, home.partition), home.send);
  Sends& here = sends(o.producer, o.partition);
  here.records.assign(o.first, 1, static_cast<std::int64_t>(homes_.size()));
  here.resent.assign(o.first, 1, place);
  homes_.push_back(home);
}

void Ledger::processed_elsewhere(const Observation& o, Instant now) {
  const Column handled = handled_by(o.group);
  for (std::uint32_t i = 0; i < o.count; ++i) {
    const Home& home = home_of(o, i);
    const Sends& there = sends(home.producer, home.partition);
    const Place place = place_of(there, home.send);
    const bool is_first = !table_.contains(place, handled);
    const std::int64_t next = find_place(there, home.send + 1);
    if (is_first && next >= 0 && table_.contains(static_cast<Place>(next), handled)) {
      add(overtaken_by(o.group), place);
    }
    Observation original = o;
    original.producer = home.producer;
    original.partition = home.partition;
    original.first = home.send;
    original.count = 1;
    processed(original, now);
  }
}

void Ledger::read_elsewhere(const Observation& o) {
  const std::size_t outlet = at(o.producer - own_producers_);
  const GroupIndex group = layout_->outlets[outlet];
  if (layout_->reads[at(group) * partitions_ + at(o.partition)] != 0) return;
  const Sends& s = sends(o.producer, o.partition);
  for (std::uint32_t i = 0; i < o.count; ++i) add(parked_by(group), place_of(s, o.first + i));
}

}  // namespace kafault
