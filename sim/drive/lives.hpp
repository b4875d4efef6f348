// What became of every single record, read back from a trace: the ledger counts, this names. For
// stories, which need one record to tell of; slow and roomy compared with the ledger.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/cluster/plan.hpp"
#include "sim/oracle/counts.hpp"
#include "sim/oracle/trace.hpp"

namespace kafault {

// A record of a producer's workload.
struct RecordName {
  ProducerIndex producer = -1;
  std::int64_t record = -1;
  friend bool operator==(const RecordName&, const RecordName&) = default;
};

struct Life {
  struct Send {
    PartitionId partition = no_partition;
    SendNumber number = 0;
    Instant at{};
  };
  std::vector<Send> sends;  // more than one: the application sent it again
  bool acked = false;
  bool failed = false;                   // its last send was decided so
  bool appended = false;                 // by any leader, at any time
  PartitionId partition = no_partition;  // where it was appended last
  Offset offset = no_offset;
  bool deleted = false;  // from there, by retention, compaction or DeleteRecords: no loss
  std::int64_t log_copies = 0;
  bool out_of_order = false;            // in the final log, behind one that was sent after it
  std::vector<std::int64_t> handlings;  // by group
  std::vector<std::int64_t> parked;     // by group: copies where it writes and does not read
  std::vector<std::vector<std::int64_t>> effects;  // by group, then sink
};

// What a user may ask a story of, worst first.
enum class StoryKind : std::uint8_t { lost, twice, reordered, ghost, given_up, ordinary };
template <>
struct Spellings<StoryKind> {
  static constexpr std::array<Spelling<StoryKind>, 6> all{{{"lost", StoryKind::lost},
                                                           {"twice", StoryKind::twice},
                                                           {"reordered", StoryKind::reordered},
                                                           {"ghost", StoryKind::ghost},
                                                           {"given_up", StoryKind::given_up},
                                                           {"ordinary", StoryKind::ordinary}}};
};

// Where along a flow it happened.
// `parked`: among what its group publishes for nobody of its own, its dead letters.
enum class Stage : std::uint8_t { log, delivery, effect, parked };

class Lives {
 public:
  Lives(const ClusterPlan& plan, const Trace& trace);

  const Life& of(RecordName name) const;
  std::int64_t records(ProducerIndex producer) const {
    return static_cast<std::int64_t>(lives_[static_cast<std::size_t>(producer)].size());
  }
  // The record behind a send; -1 if there is no such send.
  std::int64_t record_of(ProducerIndex producer, PartitionId partition, SendNumber send) const;

  // The same with its producer, which an outlet's sends do not say.
  RecordName name_of(ProducerIndex producer, PartitionId partition, SendNumber send) const;

  // How often the flow's last counting point shows a record, as the ledger counts it.
  std::int64_t shown(const Flow& flow, const Life& life) const;
  // Whether `kind` befell a record on this flow, and the first stage that went wrong.
  std::optional<Stage> befell(const Flow& flow, StoryKind kind, const Life& life) const;
  // All records of the flow's producer that `kind` befell.
  std::vector<RecordName> all(const Flow& flow, StoryKind kind) const;

 private:
  void see(const Observation& o, Instant at);
  void sent(const Observation& o, Instant at);
  void read(const Observation& o);
  void appended(const Observation& o);
  void deleted(const Observation& o, Offset end);
  void for_each(const Observation& o, auto&& visit);
  void see_of_outlet(const Observation& o);
  void see_handling(const Observation& o);

  std::size_t partitions_ = 0;
  std::vector<LeaderEpoch> first_epochs_;          // by partition: of the topic of its name now
  std::vector<std::vector<Life>> lives_;           // by producer, then record
  std::vector<std::vector<RecordName>> sends_;     // by producer and partition: record by send
  std::vector<GroupIndex> outlets_;                // producers behind those of the scenario: whose
  std::vector<bool> reads_;                        // by group, then partition
  std::vector<std::int64_t> last_read_;            // by producer and partition
  std::vector<std::vector<PartitionId>> read_in_;  // by producer, then record
};

}  // namespace kafault
