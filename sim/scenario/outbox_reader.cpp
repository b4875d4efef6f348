#include "sim/scenario/outbox_reader.hpp"

#include "sim/scenario/format.hpp"
#include "sim/scenario/settings_reader.hpp"

namespace kafault {

void read_outbox(const Cursor& sends, Workload& workload) {
  const std::optional<Cursor> cursor = sends.find("outbox");
  if (!cursor || !check_object(*cursor, outbox_format)) return;
  OutboxPlan& outbox = workload.outbox;
  outbox.exists = true;
  read_choice(*cursor, "reads", outbox.reads);
  read_duration(*cursor, "poll", outbox.poll, std::chrono::microseconds(1));
  read_integer(*cursor, "late_row", outbox.late_row, 0, workload.records - 1);
  read_duration(*cursor, "late_by", outbox.late_by);
  read_integer(*cursor, "relays", outbox.relays, 1, 1000);
  read_flag(*cursor, "locks", outbox.locks);
  read_integer(*cursor, "late_poll", outbox.late_poll, 0, workload.records - 1);
  read_duration(*cursor, "late_poll_by", outbox.late_poll_by);
}

}  // namespace kafault
