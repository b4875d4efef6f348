// The metadata log as the controller writes it and brokers follow it. Offsets are exclusive: a
// broker at offset n has applied everything before n. What was there when a run began is a
// snapshot below `settled_metadata_offset`, so brokers that start settled begin to fetch there and
// restarted ones begin at 0.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/kernel/fingerprint.hpp"
#include "sim/protocol/batch.hpp"
#include "sim/protocol/messages.hpp"

namespace kafault {

// Above every broker id: at the start of a run a broker's epoch is its id, later it is the offset
// after its registration record (KIP-631), and epochs never repeat.
inline constexpr std::int64_t settled_metadata_offset = BrokerSet::max_broker + 1;

class MetadataLog {
 public:
  void clear() { records_.clear(); }
  std::int64_t end_offset() const {
    return settled_metadata_offset + static_cast<std::int64_t>(records_.size());
  }
  void append(const MetadataRecord& record) { records_.push_back(record); }

  // What a broker at `offset` (not below settled_metadata_offset) publishes next: of every
  // partition and broker the newest record only, in the order of the log. A broker turns all that
  // it has fetched into one image before it acts (MetadataLoader, BrokerMetadataPublisher), so it
  // never sees a leadership that has already passed.
  void read(std::int64_t offset, std::vector<MetadataRecord>& records) const {
    const auto first = static_cast<std::size_t>(offset - settled_metadata_offset);
    for (std::size_t i = first; i < records_.size(); ++i) {
      if (!is_superseded(i)) records.push_back(records_[i]);
    }
  }

  // All changes of settings, for who reads a snapshot.
  void read_config_changes(std::vector<MetadataRecord>& records) const {
    for (std::size_t i = 0; i < records_.size(); ++i) {
      const bool is_change = records_[i].kind == MetadataRecord::Kind::config;
      if (is_change && !is_superseded(i)) records.push_back(records_[i]);
    }
  }

  void hash_into(Fingerprint& print) const;

 private:
  // A change that is made once more counts where it was made last.
  static bool same_subject(const MetadataRecord& a, const MetadataRecord& b) {
    return a.kind == b.kind && a.partition == b.partition && a.broker == b.broker &&
           a.change == b.change;
  }
  bool is_superseded(std::size_t index) const {
    for (std::size_t i = index + 1; i < records_.size(); ++i) {
      if (same_subject(records_[index], records_[i])) return true;
    }
    return false;
  }

  std::vector<MetadataRecord> records_;
};

}  // namespace kafault
