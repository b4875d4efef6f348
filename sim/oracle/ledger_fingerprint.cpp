#include "sim/kernel/fingerprint.hpp"
#include "sim/oracle/index.hpp"
#include "sim/oracle/ledger.hpp"

namespace kafault {

// An ack outweighs whatever else the application was told, and an append makes a failure uncertain
// for ever. What is in the final log is the logs' part of the fingerprint, but which records its
// sends are is known only here.
void Ledger::hash_into(Fingerprint& print) const {
  const auto add_times = [&](const RecordTimes& times, std::size_t w) {
    print.add(times.once(w), times.again(w));
  };
  std::size_t sinks = 0;
  for (const std::int32_t count : layout_->sinks) sinks += at(count);

  for (std::size_t w = 0; w < owners_.size(); ++w) {
    const Word acked = acked_.word(w);
    const Word appended = appended_.word(w) & ~acked;
    print.add(sent_.word(w), acked, appended, failed_.word(w) & ~acked & ~appended);
    if (expired_.words() > 0) print.add(expired_.word(w));
    for (std::size_t group = 0; group < layout_->sinks.size(); ++group) {
      add_times(handlings_[group], w);
    }
    for (std::size_t sink = 0; sink < sinks; ++sink) add_times(effects_[sink], w);
  }
  const auto add_map = [&](const RangeMap& map) {
    print.add(map.stretches().size());
    for (const RangeMap::Stretch& stretch : map.stretches()) {
      print.add(stretch.first, stretch.count, stretch.value);
    }
  };
  for (std::size_t p = 0; p < producers_.size(); ++p) {
    add_map(places_[p]);
    for (std::size_t i = 0; i < partitions_; ++i) add_map(sends_[p * partitions_ + i].places);
  }
}

}  // namespace kafault
