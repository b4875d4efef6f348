// What is counted, per flow, and the one list of the columns. Three points, never mixed: the log,
// the delivery (the handler returned), the effect (what the sink shows).
#pragma once

#include <cstdint>
#include <string_view>

#include "sim/kernel/time.hpp"
#include "sim/oracle/operations.hpp"

namespace kafault {

// The path from a producer through a topic to a group and its sink.
struct Flow {
  std::int32_t producer = -1;
  std::int32_t topic = -1;
  std::int32_t group = -1;  // -1: the flow ends in the log
  std::int32_t sink = -1;   // position in the group's sinks; -1: none
  bool sink_shows_repeats = true;
};

struct Counts {
  std::int64_t sent = 0;
  std::int64_t acked = 0;
  std::int64_t failed = 0;
  std::int64_t unknown = 0;
  std::int64_t lost = 0;
  std::int64_t given_up = 0;
  std::int64_t duplicated = 0;
  std::int64_t reordered = 0;
  std::int64_t log_lost = 0;
  std::int64_t log_copies = 0;
  std::int64_t log_unexpected = 0;
  std::int64_t unhandled = 0;
  std::int64_t handled_again = 0;
  std::int64_t ghosts = 0;
  std::int64_t effects_missing = 0;
  std::int64_t effects_extra = 0;
  std::int64_t expired = 0;
  std::int64_t missed = 0;
  std::int64_t parked = 0;
  std::int64_t overtaken = 0;
  friend bool operator==(const Counts&, const Counts&) = default;

  // The only list of these columns, in the order of the tables.
  template <class Column>
  static void columns(Column&& column) {
    column("sent", &Counts::sent, "records given to send()");
    column("acked", &Counts::acked, "callback succeeded (acks=0: handed to the socket)");
    column("failed", &Counts::failed,
           "the application was told, and it was certainly never written");
    column("unknown", &Counts::unknown,
           "told of a failure that may be in the log, or never told: its process died");
    column("lost", &Counts::lost,
           "acked, absent at the flow's last counting point, and not parked: silent loss");
    column("given_up", &Counts::given_up,
           "failed or unknown, and absent there: the application was told, or died");
    column("duplicated", &Counts::duplicated, "distinct records present more than once there");
    column("reordered", &Counts::reordered,
           "neighbours, by first appearance in a partition of the final log, that stand against "
           "their producer's order of sending");
    column("log_lost", &Counts::log_lost, "acked and not in the final log");
    column("log_copies", &Counts::log_copies, "extra copies in the final log");
    column("log_unexpected", &Counts::log_unexpected, "not acked and in the final log");
    column("unhandled", &Counts::unhandled, "in the final log and never handled");
    column("handled_again", &Counts::handled_again, "extra handlings");
    column("ghosts", &Counts::ghosts, "handled and not in the final log");
    column("effects_missing", &Counts::effects_missing, "in the final log, without an effect");
    column("effects_extra", &Counts::effects_extra,
           "effects beyond one per record of the final log");
    column(
        "expired", &Counts::expired,
        "removed by retention, compaction, DeleteRecords or with its topic: never counted as lost");
    column("missed", &Counts::missed, "expired before the group had handled them");
    column("parked", &Counts::parked,
           "dead letters: copies in a topic that the group writes to and does not read");
    column("overtaken", &Counts::overtaken,
           "handled from a retry topic, after the next record of their partition was");
  }
  template <class Self, class Column>
  static void describe(Self& self, Column&& column) {
    columns([&](std::string_view name, auto member, std::string_view meaning) {
      column(name, self.*member, meaning);
    });
  }

  Counts& operator+=(const Counts& other) {
    columns([&](auto, auto member, auto) { this->*member += other.*member; });
    return *this;
  }
};

// One flow's counts in one run.
struct FlowResult {
  Counts counts;
  Duration ack_gap{};       // longest time without an ack while records waited
  Duration handling_gap{};  // longest time without a handling while records lay unread
  Operations operations;    // if the run was watched for them
};

}  // namespace kafault
