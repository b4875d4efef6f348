// What a topic leaves behind for the next one of its name.
#include "sim/oracle/index.hpp"
#include "sim/oracle/invariants.hpp"

namespace kafault {

// The next topic of its name begins with nothing. Who does not know it yet goes on with the old
// one, and offsets are told by clients, who may not know it either: what they reached at most
// stays.
void Invariants::topic_deleted(const Observation& o) {
  Partition& where = partition(o.partition);
  where.start = 0;
  where.isr = {};
  where.epoch = where.first_epoch = o.epoch;
  where.compacted.clear();
  where.leaders.clear();
  for (std::size_t producer = 0; producer < terms_.size(); ++producer) {
    Sends& s = sends(static_cast<ProducerIndex>(producer), o.partition);
    s.appended.for_each([&](const RangeMap::Stretch& gone) {
      s.deleted.assign(gone.first, gone.count, gone.value);
    });
  }
  for (std::size_t i = at(o.partition); i < committed_.size(); i += partition_count_) {
    committed_[i] = no_offset;
  }
}

}  // namespace kafault
