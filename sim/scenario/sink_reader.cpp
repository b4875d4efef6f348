#include "sim/scenario/sink_reader.hpp"

#include <algorithm>

#include "sim/scenario/application_reader.hpp"
#include "sim/scenario/settings_reader.hpp"

namespace kafault {
namespace {

void read_sink_options(const Cursor& cursor, SinkPlan& sink) {
  const auto is_for = [&](std::string_view key, bool fits, std::string_view whom) {
    const std::optional<Cursor> given = cursor.find(key);
    if (given && !fits) given->mistake_at_key("is for " + std::string(whom));
    return given && fits;
  };
  const bool keeps_ids = has_inbox(sink.kind) || sink.kind == SinkKind::cache;
  if (is_for("remembers", keeps_ids, "the inboxes and \"cache\"")) {
    read_duration(cursor, "remembers", sink.remembers, Duration{1});
  }
  if (is_for("resolution", sink.kind == SinkKind::newest_timestamp, "\"newest_timestamp\"")) {
    read_duration(cursor, "resolution", sink.resolution, Duration{1});
  }
  const bool has_files = sink.kind == SinkKind::log_then_wal;
  if (is_for("checks", has_files, "\"log_then_wal\"")) read_flag(cursor, "checks", sink.checks);
  if (is_for("keeps_files", has_files, "\"log_then_wal\"")) {
    read_flag(cursor, "keeps_files", sink.keeps_files);
  }
}

void add_sink(const Cursor& cursor, std::vector<SinkPlan>& sinks) {
  const auto kind = named_at<SinkKind>(cursor, sink_format);
  if (!kind) return;
  const bool is_there = std::any_of(sinks.begin(), sinks.end(),
                                    [&](const SinkPlan& sink) { return sink.kind == *kind; });
  if (is_there) return cursor.mistake("this sink is already in the list");
  sinks.push_back({.kind = *kind});
  if (cursor.json().is_object()) read_sink_options(cursor, sinks.back());
}

void read_list(const Cursor& group, std::vector<SinkPlan>& sinks) {
  const std::optional<Cursor> cursor = group.find("sink");
  if (cursor && cursor->json().is_array()) {
    for (std::size_t at = 0; at < cursor->json().size(); ++at) {
      add_sink(cursor->element(at), sinks);
    }
    if (cursor->json().empty()) cursor->mistake("the list is empty");
  } else if (cursor) {
    add_sink(*cursor, sinks);
  }
  if (sinks.empty()) sinks.push_back({});
}

}  // namespace

void read_sinks(const Cursor& group, const ClusterPlan& plan, GroupPlan& made) {
  read_list(group, made.sinks);
  made.sinks_together.offsets = read_offset_write(group, made.application.commit);
  const bool keeps_offsets = made.sinks_together.offsets != OffsetWrite::none;
  if (keeps_offsets && made.sinks.size() > 1) {
    group.find("sink")->mistake("with commit \"sink\" there is one sink, which keeps the offsets");
  }
  const bool keys_repeat =
      std::any_of(plan.producers.begin(), plan.producers.end(),
                  [](const ProducerPlan& producer) { return producer.sends.keys > 0; });
  bool any_steps = false;
  std::vector<WriteSteps> writes;
  for (const SinkPlan& sink : made.sinks) {
    writes.push_back({.asks = is_asked_first(sink.kind),
                      .stores_first = is_stored_first(sink.kind),
                      .stores_after = is_stored_after(sink.kind)});
    any_steps |= !writes.back().is_plain();
    made.sinks_together.judge_records |= judges_records(sink.kind, keys_repeat);
  }
  if (any_steps) made.application.writes = std::move(writes);
  made.application.record_by_record =
      keeps_offsets || made.application.window > 1 || made.sinks_together.judge_records;
}

}  // namespace kafault
