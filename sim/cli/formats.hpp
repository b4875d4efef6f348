// The formats that tables come in.
#pragma once

#include "sim/cli/session.hpp"

namespace kafault {

enum class TableFormat { table, csv, json, markdown };

// As --format says, else as the output file's name does, else a table on a terminal and CSV
// anywhere else. Throws UsageError.
TableFormat table_format_of(const Session& session);

}  // namespace kafault
