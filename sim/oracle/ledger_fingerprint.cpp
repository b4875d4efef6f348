#include "sim/kernel/fingerprint.hpp"
#include "sim/oracle/index.hpp"
#include "sim/oracle/ledger.hpp"

namespace kafault {

// An ack outweighs whatever else the application was told, and an append makes a failure uncertain
// for ever. What is in the final log is the logs' part of the fingerprint, but which records its
// sends are is known only here.
void Ledger::hash_into(Fingerprint& print) const {
  std::size_t sinks = 0;
  for (const std::int32_t count : layout_->sinks) sinks += at(count);
  const Column end_of_effects =
      nth(first_handled, static_cast<std::int64_t>(layout_->sinks.size() + sinks));

  for (std::size_t row = 0; row < owners_.size(); ++row) {
    const Word acked = table_.word(row, is_acked);
    const Word appended = table_.word(row, is_appended) & ~acked;
    print.add(table_.word(row, is_sent), acked, appended,
              table_.word(row, is_failed) & ~acked & ~appended, table_.word(row, is_expired));
    for (Column handled = first_handled; handled < end_of_effects; ++handled) {
      print.add(table_.word(row, handled));
    }
  }
  const auto add_map = [&](const RangeMap& map) {
    print.add(map.stretches());
    map.for_each([&](const RangeMap::Stretch& stretch) {
      print.add(stretch.first, stretch.count, stretch.value);
    });
  };
  for (std::size_t p = 0; p < producers_.size(); ++p) {
    add_map(places_[p]);
    for (std::size_t i = 0; i < partitions_; ++i) {
      const Sends& s = sends_[p * partitions_ + i];
      print.add(s.rows.size());
      for (const std::uint32_t row : s.rows) print.add(row);
      add_map(s.resent);
    }
  }
}

}  // namespace kafault
