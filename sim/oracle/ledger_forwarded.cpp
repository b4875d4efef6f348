// Records that a consuming application passes on to another topic. There they are the same records:
// whoever handles one there has handled it, and one that lies where its group does not read is
// parked, not lost.
#include "sim/kernel/contract.hpp"
#include "sim/oracle/index.hpp"
#include "sim/oracle/ledger.hpp"

namespace kafault {
namespace {

void add(RecordTimes& to, std::int64_t place) {
  RecordSet::for_each_word(at(place), 1,
                           [&](std::size_t w, RecordSet::Word record) { to.add(w, record); });
}

}  // namespace

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
  const std::int64_t place = sends(home.producer, home.partition).places.value_of(home.send);
  Sends& here = sends(o.producer, o.partition);
  here.records.assign(o.first, 1, static_cast<std::int64_t>(homes_.size()));
  here.places.assign(o.first, 1, place);
  homes_.push_back(home);
}

void Ledger::processed_elsewhere(const Observation& o, Instant now) {
  const RecordTimes& handled = handlings_[at(o.group)];
  for (std::uint32_t i = 0; i < o.count; ++i) {
    const Home& home = home_of(o, i);
    const RangeMap& places = sends(home.producer, home.partition).places;
    const std::int64_t place = places.value_of(home.send);
    const std::int64_t next = places.value_of(home.send + 1);
    const bool is_first = handled.times(at(place)) == 0;
    if (is_first && next >= 0 && handled.times(at(next)) > 0) {
      add(overtaken_[at(o.group)], place);
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
  const std::size_t outlet = at(o.producer) - own_producers();
  const GroupIndex group = layout_->outlets[outlet];
  if (layout_->reads[at(group) * partitions_ + at(o.partition)] != 0) return;
  const RangeMap& places = sends(o.producer, o.partition).places;
  for (std::uint32_t i = 0; i < o.count; ++i) add(parked_[at(group)], places.value_of(o.first + i));
}

}  // namespace kafault
