// One sink of one group, as far as it tells records apart: what is in it, which ids it has had,
// and what a write would find. It stands outside Kafka: no crash of a member takes anything back;
// only a failover to a replica that is behind does.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/kernel/fingerprint.hpp"
#include "sim/kernel/time.hpp"
#include "sim/protocol/observation.hpp"
#include "sim/sink/sent_records.hpp"
#include "sim/sink/sink.hpp"

namespace kafault {

class SinkTable {
 public:
  explicit SinkTable(const SinkPlan& plan) : plan_(plan) {}

  // `may_fail_over`: what is written is kept in mind, so that it can be taken back.
  void resize(const SentRecords& sent, bool may_fail_over);
  void clear();

  // SELECT by its id: whether it is there.
  bool ask(NodeId node, RecordIndex record, const SentRecords& sent, Instant now);
  // Its id is inserted, in a transaction of its own; false if it is there already.
  bool store_id(NodeId node, RecordIndex record, Instant now);
  // The effect's transaction; false if nothing comes of it.
  bool write(const Observation& effect, const SentRecords& sent, Instant now);

  // Whoever takes over has nothing of what was written after `to`.
  void fail_over(Instant to);
  void process_ended(NodeId node);

  // How often it shows a record at the end, where that is not what the writes have added up to.
  template <class Show>
  void read(const SentRecords& sent, Show&& show) const {
    for (RecordIndex record = 0; record < records_.size(); ++record) {
      const std::int32_t times = shown(record, sent);
      if (times != noted(record)) show(record, times);
    }
  }
  // Rows of a producer's records that end with an older state than the newest that was written.
  std::int64_t stale_rows(std::int32_t producer, const SentRecords& sent) const;
  // How often a write has replaced a newer state by an older one.
  std::int64_t rows_gone_back() const { return gone_back_; }

  void hash_into(Fingerprint& print) const;

 private:
  struct Record {
    std::int32_t shown = 0;  // how often it is in the sink
    std::int32_t noted = 0;  // how often its effect was applied
    bool was_tried = false;
    Instant id_since = never;    // since when its id is kept; never: it is not
    NodeId logged_by = no_node;  // log_then_wal: whose log has it ...
    NodeId closed_by = no_node;  // ... and whose WAL
  };
  // What one who asked was told, until its effect.
  struct Answer {
    NodeId node;
    RecordIndex record;
    bool is_known;
    std::size_t added = 0;  // read_then_write: what the sum consisted of
  };
  struct Change {
    enum class Of : std::uint8_t { effect, id, row, key };
    Instant at;
    Of what;
    std::int64_t where;   // a record, a row, a key
    std::int64_t before;  // of a row
  };

  bool has_id(const Record& record, Instant now) const;
  void keep_id(RecordIndex record, Instant now);
  void answer(const Answer& answer);
  Answer take_answer(NodeId node, RecordIndex record);
  void write_sum(RecordIndex record, std::size_t read, const SentRecords& sent);
  bool admits(const Observation& effect, RecordIndex record, const SentRecords& sent, Instant now);
  bool insert_key(std::int64_t key, Instant now);
  bool is_newer(RecordIndex record, RecordIndex than, const SentRecords& sent) const;
  bool write_row(RecordIndex record, const SentRecords& sent, Instant now);
  void remember(Change::Of what, std::int64_t where, std::int64_t before, Instant now);
  std::int32_t shown(RecordIndex record, const SentRecords& sent) const;
  std::int32_t noted(RecordIndex record) const;

  SinkPlan plan_;
  bool may_fail_over_ = false;
  std::vector<Record> records_;
  std::vector<RecordIndex> rows_;               // what each shows
  std::vector<std::int64_t> keys_;              // timestamp_key: sorted, milliseconds
  std::vector<std::vector<RecordIndex>> sums_;  // read_then_write: by row, what was added
  std::vector<Answer> answers_;
  std::vector<Change> changes_;  // in their order; only where a failover may take them back
  std::int64_t gone_back_ = 0;
};

}  // namespace kafault
